//! `kafka-log-dirs` (`LogDirsCommand`): the broker has one directory, as in Kafka's quick start.

use crate::admin::connect_to;
use crate::cluster::broker;
use crate::java_map;
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require};
use crate::quorum::LOG_DIR;
use crate::shell::{Exit, Shell};
use millrace_model::{Partition, TopicPartition};

const ABOUT: &str = "This tool helps to query log directory usage on the specified brokers.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("describe", "required: shows directories and what is in them"),
        Opt::value("topic-list", "topics", "the topics, set off by commas; all if left out"),
        Opt::value("broker-list", "ids", "the brokers, set off by commas; all if left out"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["bootstrap-server", "describe"])?;
    describe(shell, &given).map_err(|words| shell.die(&words))
}

fn describe(shell: &mut Shell<'_>, given: &Given) -> Result<(), String> {
    let words = |error: OptionError| error.words;
    if let Some(path) = given.value("command-config").map_err(words)? {
        crate::admin::load(shell, Some(path))?;
    }
    connect_to(shell, given.value("bootstrap-server").map_err(words)?, None, "listNodes")?;
    let listed = |text: Option<&str>| -> Vec<String> {
        let parts = text.unwrap_or_default().split(',').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let topics = listed(given.value("topic-list").map_err(words)?);
    let mut wanted = Vec::new();
    for text in listed(given.value("broker-list").map_err(words)?) {
        wanted.push(text.parse::<i32>().map_err(|_| format!("For input string: \"{text}\""))?);
    }
    let ids: Vec<i32> = shell.world().brokers().map(|broker| broker.id().0).collect();
    let shown = |ids: &[i32]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let unknown: Vec<i32> = wanted.iter().filter(|id| !ids.contains(id)).copied().collect();
    if !unknown.is_empty() {
        return Err(format!(
            "ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}",
            shown(&in_java_order(unknown)),
            shown(&ids)
        ));
    }
    let asked: Vec<i32> = if wanted.is_empty() { ids.clone() } else { in_java_order(wanted) };
    shell.say("Querying brokers for log directories information");
    shell.say(format!("Received log directory information from brokers {}", shown(&asked)));
    let brokers: Vec<String> = asked
        .iter()
        .map(|id| {
            let partitions = partitions(shell, &topics).join(",");
            format!(
                "{{\"broker\":{id},\"logDirs\":[{{\"partitions\":[{partitions}],\"error\":null,\"logDir\":\"{LOG_DIR}\"}}]}}"
            )
        })
        .collect();
    shell.say(format!("{{\"brokers\":[{}],\"version\":1}}", brokers.join(",")));
    Ok(())
}

/// A `HashSet<Integer>` gives its numbers so.
fn in_java_order(mut ids: Vec<i32>) -> Vec<i32> {
    ids.sort_unstable();
    ids.dedup();
    java_map::order_by(ids, 16, |id| *id)
}

fn partitions(shell: &Shell<'_>, topics: &[String]) -> Vec<String> {
    let all = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
    let wanted =
        all.filter(|topic| topics.is_empty() || topics.iter().any(|name| **name == *topic.name().as_str()));
    let partitions: Vec<(TopicPartition, u64)> = wanted
        .flat_map(|topic| {
            topic.partitions().zip(0..).map(|(partition, n)| {
                let tp = TopicPartition { topic: topic.name().clone(), partition: Partition(n) };
                (tp, partition.log.size_in_bytes())
            })
        })
        .collect();
    let sorted = java_map::order_by(partitions, 16, |(tp, _)| {
        java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0)
    });
    let shown = |(tp, size): (TopicPartition, u64)| {
        format!("{{\"partition\":\"{tp}\",\"size\":{size},\"offsetLag\":0,\"isFuture\":false}}")
    };
    sorted.into_iter().map(shown).collect()
}
