//! `kafka-streams-application-reset` (`StreamsResetter`): a streams application reads its input again.

use crate::admin::load;
use crate::cluster::{broker, check_bootstrap, list_offsets};
use crate::filter::is_internal;
use crate::java_map;
use crate::java_number;
use crate::options::{Given, Grammar, Opt, OptionError, exclusive, help_or_version, usage};
use crate::shell::{Exit, Shell};
use millrace_model::protocol::OffsetSpec;
use millrace_model::{GroupId, Map, Partition, Timestamp, TopicName, TopicPartition};
use millrace_sim::{Command, ResetScope, ResetTarget};

const ABOUT: &str = "This tool helps to quickly reset an application in order to reprocess its data from scratch.\n\
    It sets the group's offsets of the input topics back, and deletes the application's internal topics. It leaves its output \
    topics alone, and the stores of instances that run: stop them first.\n";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("application-id", "id", "application.id").required(),
        Opt::value("bootstrap-server", "host:port", "the cluster; localhost:9092 if left out"),
        Opt::value("input-topics", "topics", "topics to read again"),
        Opt::value("intermediate-topics", "topics", "topics to skip to the end of"),
        Opt::value("internal-topics", "topics", "internal topics to delete; all if left out"),
        Opt::value("to-offset", "offset", "resets to an offset"),
        Opt::value("to-datetime", "YYYY-MM-DDTHH:mm:ss.sss", "resets to the first record that is not older"),
        Opt::value(
            "by-duration",
            "PnDTnHnMnS",
            "resets to the first record that is not older than so long ago",
        ),
        Opt::flag("to-earliest", "resets to the start: the default"),
        Opt::flag("to-latest", "resets to the end"),
        Opt::value("from-file", "file", "resets to the offsets of a CSV file"),
        Opt::value("shift-by", "number", "moves by so many records"),
        Opt::value("config-file", "file", "settings of the clients"),
        Opt::flag("force", "removes members that are left"),
        Opt::flag("dry-run", "shows what would be done"),
    ],
};

/// Where to; each excludes the others.
const SCENARIOS: [&str; 7] =
    ["to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "from-file", "shift-by"];

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(usage(shell, &GRAMMAR, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    for name in SCENARIOS {
        let others: Vec<&str> = SCENARIOS.into_iter().filter(|other| *other != name).collect();
        exclusive(shell, &GRAMMAR, &given, (name, &others))?;
    }
    match reset(shell, &given) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Exit(1)),
        Err((class, words)) => {
            shell.complain(format!("ERROR: {class}: {words}"));
            Err(Exit(1))
        }
    }
}

/// Java's class and the sentence.
type Failure = (&'static str, String);

const NO_FILE: &str = "java.nio.file.NoSuchFileException";
const PARSE: &str = "java.text.ParseException";

fn in_java(error: OptionError) -> Failure {
    (error.class, error.words)
}

fn list(given: &Given, name: &str) -> Vec<String> {
    given.values(name).iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
}

/// True if every topic was found.
fn reset(shell: &mut Shell<'_>, given: &Given) -> Result<bool, Failure> {
    let group = given.value("application-id").map_err(in_java)?.unwrap_or_default().to_owned();
    if let Some(servers) = given.value("bootstrap-server").map_err(in_java)?
        && check_bootstrap(servers).is_err()
    {
        return Err((
            "org.apache.kafka.common.KafkaException",
            "Failed to create new KafkaAdminClient".to_owned(),
        ));
    }
    if let Err(path) = load(shell, given.value("config-file").map_err(in_java)?) {
        return Err((NO_FILE, path));
    }
    let known = shell.world().group(&group);
    let members = known.map_or(0, |group| {
        group.members().len() + group.consumer().map_or(0, |consumer| consumer.members().len())
    });
    if members > 0 {
        return Err((
            "java.lang.IllegalStateException",
            format!(
                "Consumer group '{group}' is still active and has {members} member(s). Make sure to stop all running \
                 application instances before running the reset tool. You can use option '--force' to remove active members \
                 from the group."
            ),
        ));
    }
    let all = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
    let all = all.map(|topic| topic.name().to_string()).filter(|name| !is_internal(name));
    let all = java_map::order_for(all.collect(), 0);
    let dry_run = given.has("dry-run");
    if dry_run {
        shell.say(
            "----Dry run displays the actions which will be performed when running Streams Reset Tool----",
        );
    }
    let found = reset_offsets(shell, given, &group, &all)?;
    delete_internal(shell, given, &group, &all, dry_run)?;
    Ok(found)
}

fn reset_offsets(shell: &mut Shell<'_>, given: &Given, group: &str, all: &[String]) -> Result<bool, Failure> {
    let inputs = list(given, "input-topics");
    shell.say("intermediateTopicsOption is deprecated and will be removed in a future release");
    let intermediates = list(given, "intermediate-topics");
    if inputs.is_empty() && intermediates.is_empty() {
        shell.say("No input or intermediate topics specified. Skipping seek.");
        return Ok(true);
    }
    if !inputs.is_empty() {
        shell.say(format!("Reset-offsets for input topics [{}]", inputs.join(", ")));
    }
    if !intermediates.is_empty() {
        shell.say(format!("Seek-to-end for intermediate topics [{}]", intermediates.join(", ")));
    }
    let mut found = true;
    for (topics, what, sign) in [(&inputs, "input", "Topic: "), (&intermediates, "intermediate", "Topic:")] {
        let missing: Vec<&String> = topics.iter().filter(|topic| !all.contains(topic)).collect();
        if !missing.is_empty() {
            found = false;
            shell.say(format!("Following {what} topics are not found, skipping them"));
            for topic in missing {
                shell.say(format!("{sign}{topic}"));
            }
        }
    }
    let input_partitions = partitions(shell, &inputs);
    let intermediate_partitions = partitions(shell, &intermediates);
    if input_partitions.is_empty() && intermediate_partitions.is_empty() {
        return Ok(found);
    }
    let mut plan: Vec<(TopicPartition, i64)> = Vec::new();
    if !input_partitions.is_empty() {
        shell.say(format!("Following input topics offsets will be reset to (for consumer group {group})"));
        plan = positions(shell, given, group, input_partitions).inspect_err(|(class, _)| {
            if [NO_FILE, PARSE].contains(class) {
                shell.complain("ERROR: Resetting offsets failed.");
            }
        })?;
        for (tp, offset) in &plan {
            shell.say(format!("Topic: {} Partition: {} Offset: {offset}", tp.topic, tp.partition));
        }
    }
    if !intermediate_partitions.is_empty() {
        shell.say(format!(
            "Following intermediate topics offsets will be reset to end (for consumer group {group})"
        ));
        for tp in &intermediate_partitions {
            shell.say(format!("Topic: {}", tp.topic));
        }
        plan.extend(look_up(shell, &intermediate_partitions, OffsetSpec::Latest));
    }
    if !given.has("dry-run") {
        for (tp, offset) in plan {
            let command = Command::ResetOffsets {
                group: GroupId::from(group),
                scope: ResetScope::Topics(vec![(tp.topic, vec![tp.partition])]),
                to: ResetTarget::Offset(offset),
                execute: true,
            };
            shell.execute(command).map_err(|words| ("org.apache.kafka.common.KafkaException", words))?;
        }
    }
    shell.say("Done.");
    Ok(found)
}

/// The partitions of the topics that are there, in the order of a set of them.
fn partitions(shell: &Shell<'_>, topics: &[String]) -> Vec<TopicPartition> {
    let Some(broker) = broker(shell.world()) else { return Vec::new() };
    let known = topics.iter().filter_map(|topic| broker.topic(topic));
    let all = known.flat_map(|topic| {
        let name = topic.name().clone();
        (0..topic.partition_count())
            .map(move |n| TopicPartition { topic: name.clone(), partition: Partition(n) })
    });
    java_map::order_by(all.collect(), 16, |tp| {
        java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0)
    })
}

fn look_up(shell: &Shell<'_>, partitions: &[TopicPartition], spec: OffsetSpec) -> Vec<(TopicPartition, i64)> {
    let listed = list_offsets(shell.world(), partitions, spec).into_iter();
    listed.map(|listed| (listed.tp, listed.offset.0)).collect()
}

fn positions(
    shell: &mut Shell<'_>,
    given: &Given,
    group: &str,
    partitions: Vec<TopicPartition>,
) -> Result<Vec<(TopicPartition, i64)>, Failure> {
    let time = if let Some(text) = given.value("to-datetime").map_err(in_java)? {
        Some(java_number::read_datetime(text).map_err(|words| (PARSE, words))?)
    } else if let Some(text) = given.value("by-duration").map_err(in_java)? {
        let class = "java.time.format.DateTimeParseException";
        let ms = java_number::read_duration(text)
            .ok_or_else(|| (class, "Text cannot be parsed to a Duration".to_owned()))?;
        Some(Timestamp(shell.world().now().timestamp().0.saturating_sub(ms)))
    } else {
        None
    };
    if let Some(time) = time {
        let mut plan = Vec::new();
        for (tp, offset) in look_up(shell, &partitions, OffsetSpec::Timestamp(time)) {
            let offset = if offset >= 0 {
                offset
            } else {
                shell.say(format!(
                    "Partition {} from topic {} is empty, without a committed record. Falling back to latest known offset.",
                    tp.partition, tp.topic
                ));
                look_up(shell, std::slice::from_ref(&tp), OffsetSpec::Latest)
                    .first()
                    .map_or(0, |(_, end)| *end)
            };
            plan.push((tp, offset));
        }
        return Ok(plan);
    }
    let starts: Map<TopicPartition, i64> =
        look_up(shell, &partitions, OffsetSpec::Earliest).into_iter().collect();
    let ends: Map<TopicPartition, i64> =
        look_up(shell, &partitions, OffsetSpec::Latest).into_iter().collect();
    let at = |map: &Map<TopicPartition, i64>, tp: &TopicPartition| map.get(tp).copied().unwrap_or(0);
    let planned = match given.value("from-file").map_err(in_java)? {
        Some(path) => from_file(shell, path)?,
        None => Map::new(),
    };
    let to = given.number::<i64>("to-offset").map_err(in_java)?;
    let by = given.number::<i64>("shift-by").map_err(in_java)?;
    let mut wanted: Vec<(TopicPartition, Option<i64>)> = Vec::new();
    for tp in partitions {
        let committed = shell.world().group(group).and_then(|group| group.committed(&tp));
        let position = committed.map_or(at(&ends, &tp), |committed| committed.offset.0);
        let offset = to.or(by.map(|by| position.saturating_add(by))).or(planned.get(&tp).copied());
        wanted.push((tp, offset));
    }
    let mut plan = Vec::new();
    for (tp, offset) in wanted {
        let (start, end) = (at(&starts, &tp), at(&ends, &tp));
        let offset = match offset {
            // Kafka says so even of the end and the start themselves.
            Some(offset) if offset >= end => {
                shell.say(format!(
                    "New offset ({offset}) is higher than latest offset. Value will be set to {end}"
                ));
                end
            }
            Some(offset) if offset <= start => {
                shell.say(format!(
                    "New offset ({offset}) is lower than earliest offset. Value will be set to {start}"
                ));
                start
            }
            Some(offset) => offset,
            None if given.has("to-latest") => end,
            None => start,
        };
        plan.push((tp, offset));
    }
    Ok(plan)
}

/// Lines `TOPIC,PARTITION,OFFSET` (`parseResetPlan`).
fn from_file(shell: &Shell<'_>, path: &str) -> Result<Map<TopicPartition, i64>, Failure> {
    let text = shell.read(path).ok_or_else(|| (NO_FILE, path.to_owned()))?;
    if text.is_empty() {
        return Err((PARSE, "Error parsing reset plan CSV file. It is empty,".to_owned()));
    }
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| ("java.lang.NumberFormatException", format!("For input string: \"{text}\"")))
    };
    let mut plan = Map::new();
    for line in text.trim_end_matches('\n').split('\n') {
        let [topic, partition, offset] = line.split(',').collect::<Vec<_>>()[..] else {
            let words = "Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.";
            return Err((PARSE, words.to_owned()));
        };
        let partition = i32::try_from(number(partition)?).unwrap_or(i32::MAX);
        plan.insert(TopicPartition::new(topic, partition), number(offset)?);
    }
    Ok(plan)
}

fn delete_internal(
    shell: &mut Shell<'_>,
    given: &Given,
    group: &str,
    all: &[String],
    dry_run: bool,
) -> Result<(), Failure> {
    let (inputs, intermediates) = (list(given, "input-topics"), list(given, "intermediate-topics"));
    let prefix = format!("{group}-");
    let inferred: Vec<String> = all
        .iter()
        .filter(|name| !inputs.contains(name) && !intermediates.contains(name))
        .filter(|name| name.starts_with(&prefix) && is_of_streams(name))
        .cloned()
        .collect();
    let specified = list(given, "internal-topics");
    let (what, topics) = if specified.is_empty() {
        ("inferred", inferred)
    } else if specified.iter().all(|topic| inferred.contains(topic)) {
        ("specified", specified)
    } else {
        return Err((
            "java.lang.IllegalArgumentException",
            "Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal \
             topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be \
             deleted."
                .to_owned(),
        ));
    };
    shell.say(format!("Deleting {what} internal topics [{}]", topics.join(", ")));
    if !dry_run {
        for topic in topics {
            let command = Command::DeleteTopic { topic: TopicName::from(&*topic) };
            shell.execute(command).map_err(|words| ("java.lang.RuntimeException", words))?;
        }
    }
    shell.say("Done.");
    Ok(())
}

/// `matchesInternalTopicFormat`
fn is_of_streams(name: &str) -> bool {
    let numbered = |kind: &str| {
        let (_, rest) = name.split_once(kind).unwrap_or(("", ""));
        let number = rest.strip_suffix("-topic").unwrap_or("");
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    };
    let ends =
        ["-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"];
    ends.iter().any(|end| name.ends_with(end))
        || numbered("-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-")
        || numbered("-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_topics_are_known_by_their_names() {
        assert!(is_of_streams("a-counts-changelog") && is_of_streams("a-x-repartition"));
        assert!(is_of_streams("a-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000007-topic"));
        assert!(
            !is_of_streams("a-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-x-topic") && !is_of_streams("a-orders")
        );
    }
}
