//! `kafka-get-offsets` (`GetOffsetShell`).

use crate::admin::{API_TIMEOUT_MS, connect_anywhere, load};
use crate::cluster::{ask_broker, broker, has_port, leader};
use crate::filter::{IncludeList, Partitions, is_internal};
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require, usage};
use crate::shell::{Exit, Shell};
use millrace_model::protocol::{IsolationLevel, ListOffsetsRequest, OffsetSpec};
use millrace_model::{ErrorCode, Offset, Partition, Request, Response, Timestamp, TopicName, TopicPartition};

const ABOUT: &str = "An interactive shell for getting topic-partition offsets.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("topic-partitions", "patterns", "topics and partitions, such as orders:0-2,pay.*:1"),
        Opt::value("topic", "regex", "the topics; all if left out"),
        Opt::value("partitions", "numbers", "the partitions, set off by commas; all if left out"),
        Opt::value(
            "time",
            "time",
            "a timestamp, or latest (the default), earliest, max-timestamp, earliest-local, latest-tiered",
        ),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("exclude-internal-topics", "leaves Kafka's own topics out"),
    ],
};

const LOGGER: &str = "org.apache.kafka.clients.admin.internals.ListOffsetsHandler";

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    if arguments.is_empty() {
        return Err(usage(shell, &GRAMMAR, ABOUT));
    }
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(terse(shell, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (false, ABOUT))?;
    require(shell, &GRAMMAR, &given, &["bootstrap-server"])?;
    match given.value("bootstrap-server") {
        Ok(Some(servers)) if !servers.trim().is_empty() => {
            if !servers.split(',').all(has_port) {
                let words = "Please provide valid host:port like host1:9091,host2:9092\n";
                return Err(usage(shell, &GRAMMAR, words));
            }
        }
        Ok(_) => return Err(usage(shell, &GRAMMAR, "Error while validating the bootstrap address\n")),
        Err(error) => return Err(terse(shell, &error.words)),
    }
    print(shell, &given).map_err(|words| terse(shell, &words))
}

fn terse(shell: &mut Shell<'_>, words: &str) -> Exit {
    shell.complain(format!("Error occurred: {words}"));
    Exit(1)
}

fn print(shell: &mut Shell<'_>, given: &Given) -> Result<(), String> {
    if given.has("topic-partitions") && (given.has("topic") || given.has("partitions")) {
        return Err("--topic-partitions cannot be used with --topic or --partitions".to_owned());
    }
    let words = |error: OptionError| error.words;
    let time = parse_time(given.value("time").map_err(words)?.unwrap_or("latest"))?;
    let rules = match given.value("topic-partitions").map_err(words)? {
        // Java's split drops empty parts at the end.
        Some(patterns) => {
            patterns.trim_end_matches(',').split(',').map(rule).collect::<Result<Vec<_>, _>>()?
        }
        None => {
            let topic = given.value("topic").map_err(words)?.unwrap_or(".*");
            let set = partition_set(given.value("partitions").map_err(words)?.unwrap_or_default())?;
            vec![(IncludeList::new(topic)?, Partitions::Set(set))]
        }
    };
    load(shell, given.value("command-config").map_err(words)?)?;
    connect_anywhere(shell, given.value("bootstrap-server").map_err(words)?, "listTopics")?;
    let exclude_internal = given.has("exclude-internal-topics");
    let mut wanted: Vec<TopicPartition> = Vec::new();
    for topic in broker(shell.world()).into_iter().flat_map(|broker| broker.topics()) {
        if exclude_internal && is_internal(topic.name().as_str()) {
            continue;
        }
        for partition in 0..topic.partition_count() {
            let fits = |(topics, partitions): &(IncludeList, Partitions)| {
                topics.allows(topic.name().as_str(), false) && partitions.allows(partition)
            };
            if rules.iter().any(fits) {
                let topic: TopicName = topic.name().clone();
                wanted.push(TopicPartition { topic, partition: Partition(partition) });
            }
        }
    }
    if wanted.is_empty() {
        return Err("Could not match any topic-partitions with the specified filters".to_owned());
    }
    wanted.sort_by_key(ToString::to_string);
    let Some(spec) = time else {
        let error = crate::errors::Refused::new(ErrorCode::UnsupportedVersion, None);
        for tp in &wanted {
            let words = format!(
                "[AdminClient clientId=GetOffsetShell] ListOffsets request for topic partition {tp} failed due to an \
                 unexpected error {}",
                error.error
            );
            shell.log("ERROR", &words, LOGGER);
        }
        for tp in &wanted {
            let java = error.in_java();
            shell.complain(format!("Skip getting offsets for topic-partition {tp} due to error: {java}"));
        }
        return Ok(());
    };
    let Spec::Known(spec) = spec else { return Ok(()) };
    let mut without: Vec<TopicPartition> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for tp in wanted {
        let Some(leader) = leader(shell.world(), &tp) else {
            without.push(tp);
            continue;
        };
        let partitions = vec![(tp, spec)];
        let request = ListOffsetsRequest { partitions, isolation_level: IsolationLevel::ReadUncommitted };
        let answer = ask_broker(shell.world(), leader, Request::ListOffsets(request));
        let Some(Response::ListOffsets(answer)) = answer else { continue };
        for listed in answer.partitions {
            if listed.error == ErrorCode::None && listed.offset != Offset(-1) {
                lines.push(format!("{}:{}:{}", listed.tp.topic, listed.tp.partition, listed.offset));
            }
        }
    }
    if !without.is_empty() {
        skip(shell, given, &without)?;
    }
    lines.into_iter().for_each(|line| shell.say(line));
    Ok(())
}

/// Nobody leads these: the admin client asks for metadata until its time is over.
fn skip(shell: &mut Shell<'_>, given: &Given, without: &[TopicPartition]) -> Result<(), String> {
    let settings = load(shell, given.value("command-config").map_err(|error| error.words)?)?;
    let own = settings.iter().find(|(key, _)| key == "default.api.timeout.ms");
    let timeout = own.and_then(|(_, value)| value.parse().ok()).unwrap_or(API_TIMEOUT_MS);
    let words = shell.timed_out("listOffsets(api=METADATA)", timeout);
    for tp in without {
        let why = format!("org.apache.kafka.common.errors.TimeoutException: {words}");
        shell.complain(format!("Skip getting offsets for topic-partition {tp} due to error: {why}"));
    }
    Ok(())
}

/// What is looked for.
enum Spec {
    Known(OffsetSpec),
    /// Offsets in tiered storage, of which there is none here.
    Tiered,
}

/// `None` for a negative time that no broker knows.
fn parse_time(text: &str) -> Result<Option<Spec>, String> {
    let number = match text {
        "earliest" | "earliest-local" => -2,
        "latest" => -1,
        "max-timestamp" => -3,
        "latest-tiered" => -5,
        _ => text.parse::<i64>().map_err(|_| {
            format!(
                "Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or \
                 earliest-local / -5 or latest-tiered, or a specified long format timestamp"
            )
        })?,
    };
    Ok(match number {
        -1 => Some(Spec::Known(OffsetSpec::Latest)),
        -2 | -4 => Some(Spec::Known(OffsetSpec::Earliest)),
        -3 => Some(Spec::Known(OffsetSpec::MaxTimestamp)),
        -5 => Some(Spec::Tiered),
        n if n < 0 => None,
        n => Some(Spec::Known(OffsetSpec::Timestamp(Timestamp(n)))),
    })
}

fn partition_set(text: &str) -> Result<Vec<i32>, String> {
    let numbers = text.trim_end_matches(',');
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    numbers.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| {
        format!("--partitions expects a comma separated list of numeric partition ids, but received: {text}")
    })
}

/// `orders`, `orders:0`, `orders:0-2`, `orders:1-`, `orders:-2`, `:0`.
fn rule(text: &str) -> Result<(IncludeList, Partitions), String> {
    let invalid = || format!("org.apache.kafka.tools.TerseException: Invalid rule specification: {text}");
    let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
    let number = |text: &str, or: i32| {
        if text.is_empty() {
            return Ok(or);
        }
        if !text.chars().all(|c| c.is_ascii_digit()) {
            return Err(invalid());
        }
        text.parse::<i32>().map_err(|_| format!("For input string: \"{text}\""))
    };
    let partitions = match partitions.split_once('-') {
        Some((from, to)) => Partitions::Range(number(from, 0)?, number(to, i32::MAX)?),
        None if partitions.is_empty() => Partitions::Range(0, i32::MAX),
        None => Partitions::Set(vec![number(partitions, 0)?]),
    };
    let topic = if topic.is_empty() { ".*" } else { topic };
    Ok((IncludeList::new(topic)?, partitions))
}
