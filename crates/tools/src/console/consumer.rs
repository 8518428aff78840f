//! `kafka-console-consumer` (`ConsoleConsumer`): what it prints of the logs, and what its group has committed then.
//!
//! It reads the logs itself, in the order in which a consumer that is alone in its group would get them; it is no member
//! that others could see.

use super::formatter::{Formatter, Place};
use super::{Properties, pairs};
use crate::cluster::{broker, check_bootstrap, has_listener, leader};
use crate::configs::properties;
use crate::filter::is_internal;
use crate::java_map;
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require, usage};
use crate::shell::{Exit, Shell};
use millrace_broker::topic::invalid_topic_reason;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{GroupId, Offset, Partition, Pattern, Span, TopicName, TopicPartition};
use millrace_sim::{Command, ResetScope, ResetTarget};

const ABOUT: &str = "This tool helps to read data from Kafka topics and outputs it to standard output.";
const LOGGER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const FORMATTER: &str = "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

/// Kafka's tool waits for ever unless it is told otherwise; here it is interrupted after so long without a record.
const PATIENCE: Span = Span::from_secs(10);

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("topic", "topic", "the topic"),
        Opt::value("include", "regex", "the topics, by a regular expression"),
        Opt::value("partition", "number", "only this partition, from its end unless --offset says otherwise"),
        Opt::value("offset", "offset", "where to begin in the partition: a number, earliest or latest"),
        Opt::value("consumer-property", "key=value", "of the consumer"),
        Opt::value("consumer.config", "file", "the same in a file"),
        Opt::value("formatter", "class", "what prints the records"),
        Opt::value("property", "key=value", "of the formatter: print.key, print.timestamp, key.separator …"),
        Opt::value("formatter-config", "file", "the same in a file"),
        Opt::flag("from-beginning", "begins at the earliest record where nothing is committed"),
        Opt::value("max-messages", "number", "ends after so many records"),
        Opt::value("timeout-ms", "ms", "ends if no record comes for so long"),
        Opt::flag("skip-message-on-error", "goes on after a record that cannot be printed"),
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("key-deserializer", "class", "how keys are read"),
        Opt::value("value-deserializer", "class", "how values are read"),
        Opt::flag("enable-systest-events", "says when it ends"),
        Opt::value("isolation-level", "level", "read_uncommitted (the default) or read_committed"),
        Opt::value("group", "group", "the group"),
    ],
};

/// What ends the tool before it reads.
enum Failure {
    Exit(Exit),
    /// An exception in the options, which nobody catches.
    Uncaught(OptionError),
}

impl From<Exit> for Failure {
    fn from(exit: Exit) -> Failure {
        Failure::Exit(exit)
    }
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure::Uncaught(error)
    }
}

/// Where to begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    Earliest,
    Latest,
    At(i64),
}

/// Who reads, and what.
pub(crate) struct Who {
    /// `client.id`
    pub client_id: String,
    pub topic: Option<String>,
    pub include: Option<String>,
    pub group: Option<String>,
    /// `auto.offset.reset`
    pub reset: String,
}

/// What was asked for.
struct Options {
    who: Who,
    partition: Option<i32>,
    from: Begin,
    commits: bool,
    isolation: String,
    max: i64,
    timeout: Option<Span>,
    skip: bool,
    formatter: Formatter,
    /// Somebody listens at the bootstrap address.
    is_reachable: bool,
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(usage(shell, &GRAMMAR, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    let options = match read(shell, &given) {
        Ok(options) => options,
        Err(Failure::Exit(exit)) => return Err(exit),
        Err(Failure::Uncaught(error)) => return Err(shell.uncaught(error.class, &error.words)),
    };
    if !matches!(&*options.isolation, "read_committed" | "read_uncommitted") {
        shell.log("ERROR", "Unknown error when running consumer: ", LOGGER);
        let words = format!(
            "org.apache.kafka.common.config.ConfigException: Invalid value {} for configuration isolation.level: String \
             must be one of: read_committed, read_uncommitted",
            options.isolation
        );
        return Err(shell.die(&words));
    }
    let done = consume(shell, &options);
    if given.has("enable-systest-events") {
        shell.say("shutdown_complete");
    }
    done
}

fn read(shell: &mut Shell<'_>, given: &Given) -> Result<Options, Failure> {
    let wrong = |shell: &mut Shell<'_>, words: &str| Err(Failure::Exit(usage(shell, &GRAMMAR, words)));
    if given.has("topic") == given.has("include") {
        return wrong(shell, "Exactly one of --include/--topic is required. ");
    }
    let partition = given.number::<i32>("partition")?;
    if partition.is_some() {
        if !given.has("topic") {
            return wrong(shell, "The topic is required when partition is specified.");
        }
        if given.has("from-beginning") && given.has("offset") {
            return wrong(shell, "Options from-beginning and offset cannot be specified together.");
        }
    } else if given.has("offset") {
        return wrong(shell, "The partition is required when offset is specified.");
    }
    require(shell, &GRAMMAR, given, &["bootstrap-server"])?;
    let mut config = Properties::new();
    if let Some(path) = given.value("consumer.config")? {
        load(shell, path, &mut config)?;
    }
    let mut groups: Vec<String> = given.value("group")?.into_iter().map(str::to_owned).collect();
    groups.extend(config.get("group.id").cloned());
    let mut extra = Properties::new();
    pairs(&given.values("consumer-property"), &mut extra);
    groups.extend(extra.get("group.id").cloned());
    config.extend(extra);
    groups.sort();
    groups.dedup();
    if groups.len() > 1 {
        let shown: Vec<String> =
            java_map::order_for(groups, 0).iter().map(|group| format!("'{group}'")).collect();
        let words = format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
             '--consumer.config') do not match. Detected group ids: {}",
            shown.join(", ")
        );
        return wrong(shell, &words);
    }
    let group = groups.pop();
    if group.is_some() && partition.is_some() {
        return wrong(shell, "Options group and partition cannot be specified together.");
    }
    let default = if given.has("from-beginning") { "earliest" } else { "latest" };
    let reset = match config.get("auto.offset.reset") {
        Some(reset) if given.has("from-beginning") && reset != "earliest" => {
            let words = format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option"
            );
            return Err(shell.die(&words).into());
        }
        Some(reset) => reset.clone(),
        None => default.to_owned(),
    };
    let isolation = match given.value("isolation-level")? {
        Some(level) => level.to_owned(),
        None => config.get("isolation.level").map_or("read_uncommitted", String::as_str).to_owned(),
    };
    let from = match given.value("offset")? {
        Some(text) => match (text.to_ascii_lowercase().as_str(), text.parse::<i64>()) {
            ("earliest", _) => Begin::Earliest,
            ("latest", _) => Begin::Latest,
            (_, Ok(offset @ 0..)) => Begin::At(offset),
            _ => {
                let words = format!(
                    "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a \
                     non-negative long."
                );
                return wrong(shell, &words);
            }
        },
        None if given.has("from-beginning") => Begin::Earliest,
        None => Begin::Latest,
    };
    let timeout =
        given.number::<i64>("timeout-ms")?.and_then(|ms| u64::try_from(ms).ok()).map(Span::from_millis);
    let formatter = formatter(shell, given)?;
    if let Some(Err(why)) = given.value("bootstrap-server")?.map(check_bootstrap) {
        shell.log("ERROR", "Unknown error when running consumer: ", LOGGER);
        let _ = why;
        return Err(shell
            .die("org.apache.kafka.common.KafkaException: Failed to construct kafka consumer")
            .into());
    }
    let commits = match config.get("enable.auto.commit") {
        Some(value) => value == "true",
        None => group.is_some(),
    };
    Ok(Options {
        who: Who {
            client_id: "console-consumer".to_owned(),
            topic: given.value("topic")?.map(str::to_owned),
            include: given.value("include")?.map(str::to_owned),
            group,
            reset,
        },
        partition,
        from,
        commits,
        isolation,
        max: given.number::<i32>("max-messages")?.map_or(-1, i64::from),
        timeout,
        skip: given.has("skip-message-on-error"),
        formatter,
        is_reachable: has_listener(shell.world(), given.value("bootstrap-server")?.unwrap_or_default()),
    })
}

fn load(shell: &mut Shell<'_>, path: &str, into: &mut Properties) -> Result<(), Failure> {
    let Some(text) = shell.read(path) else {
        return Err(shell.uncaught("java.nio.file.NoSuchFileException", path).into());
    };
    into.extend(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())));
    Ok(())
}

fn formatter(shell: &mut Shell<'_>, given: &Given) -> Result<Formatter, Failure> {
    let mut config = Properties::new();
    if let Some(path) = given.value("formatter-config")? {
        load(shell, path, &mut config)?;
    }
    for (option, key) in
        [("key-deserializer", "key.deserializer"), ("value-deserializer", "value.deserializer")]
    {
        if let Some(class) = given.value(option)?.filter(|class| !class.is_empty()) {
            config.insert(key.to_owned(), class.to_owned());
        }
    }
    pairs(&given.values("property"), &mut config);
    let class = given.value("formatter")?.unwrap_or(FORMATTER);
    let Some((formatter, unknown)) = Formatter::named(class, &config) else {
        return Err(usage(shell, &GRAMMAR, class).into());
    };
    for class in unknown {
        let words = format!("Unable to instantiate a deserializer from {class}");
        shell.log("ERROR", &words, FORMATTER);
        shell.complain(format!("java.lang.ClassNotFoundException: {class}"));
    }
    Ok(formatter)
}

/// The partitions that it reads, in the order in which a fetch gives them, each with its position.
pub(crate) type Positions = Vec<(TopicPartition, i64)>;

fn consume(shell: &mut Shell<'_>, options: &Options) -> Result<(), Exit> {
    if let Some(topic) = options.who.topic.as_deref().filter(|_| options.is_reachable)
        && invalid_topic_reason(topic).is_some()
    {
        return refuse_topic(shell, &options.who, topic);
    }
    let mut positions = match (options.partition, &options.who.topic) {
        _ if !options.is_reachable => Positions::new(),
        (Some(partition), Some(topic)) => {
            let tp = TopicPartition { topic: TopicName::from(&**topic), partition: Partition(partition) };
            shell.run_until(shell.world().now() + Span::from_millis(10));
            let at = match options.from {
                Begin::At(offset) => offset,
                Begin::Earliest => start(shell, &tp),
                Begin::Latest => end(shell, &tp),
            };
            vec![(tp, at)]
        }
        _ => subscribe(shell, &options.who)?,
    };
    let mut count = 0_i64;
    let mut failed = Ok(());
    let mut waiting_since = shell.world().now();
    'reading: while options.max < 0 || count < options.max {
        let mut some = false;
        for at in 0..positions.len() {
            while options.max < 0 || count < options.max {
                let Some((tp, position)) = positions.get_mut(at) else { break };
                let Some((next, (text, done))) = next(shell, tp, position, options) else { break };
                some = true;
                *position = next;
                count += 1;
                shell.print(&text);
                if let Err(words) = done {
                    let why = match words.starts_with("java.") {
                        true => words,
                        false => format!("org.apache.kafka.common.errors.SerializationException: {words}"),
                    };
                    if !options.skip {
                        failed = Err(why);
                        break 'reading;
                    }
                    shell.log("ERROR", "Error processing message, skipping this message: ", LOGGER);
                    shell.complain(why);
                }
            }
        }
        if some {
            waiting_since = shell.world().now();
            continue;
        }
        let deadline = waiting_since + options.timeout.unwrap_or(PATIENCE);
        let now = shell.world().now();
        if now >= deadline {
            if options.timeout.is_some() {
                shell.log("ERROR", "Error processing message, terminating consumer process: ", LOGGER);
                shell.complain("org.apache.kafka.common.errors.TimeoutException: null");
            }
            break;
        }
        shell.run_until((now + Span::from_millis(100)).min(deadline));
    }
    if options.commits {
        commit(shell, &options.who, &positions)?;
    }
    shell.complain(format!("Processed a total of {count} messages"));
    if let Err(why) = failed {
        shell.log("ERROR", "Unknown error when running consumer: ", LOGGER);
        return Err(shell.die(&why));
    }
    Ok(())
}

/// The cluster knows no topic of such a name.
fn refuse_topic(shell: &mut Shell<'_>, who: &Who, topic: &str) -> Result<(), Exit> {
    let client = format!(
        "[Consumer clientId={}, groupId={}]",
        who.client_id,
        who.group.as_deref().unwrap_or("console-consumer-10000")
    );
    let words = format!(
        "{client} The metadata response from the cluster reported a recoverable issue with correlation id 2 : \
         {{{topic}=INVALID_TOPIC_EXCEPTION}}"
    );
    shell.log("WARN", &words, "org.apache.kafka.clients.NetworkClient");
    let words = format!("{client} Metadata response reported invalid topics [{topic}]");
    shell.log("ERROR", &words, "org.apache.kafka.clients.Metadata");
    shell.log("ERROR", "Error processing message, terminating consumer process: ", LOGGER);
    shell
        .complain(format!("org.apache.kafka.common.errors.InvalidTopicException: Invalid topics: [{topic}]"));
    shell.complain("Processed a total of 0 messages");
    Ok(())
}

fn start(shell: &Shell<'_>, tp: &TopicPartition) -> i64 {
    leader(shell.world(), tp).and_then(|broker| broker.log(tp)).map_or(0, |log| log.log_start_offset().0)
}

fn end(shell: &Shell<'_>, tp: &TopicPartition) -> i64 {
    leader(shell.world(), tp).and_then(|broker| broker.log(tp)).map_or(0, |log| log.high_watermark().0)
}

/// Joins: topics that are not there yet are made, and each partition begins at what is committed, or where
/// `auto.offset.reset` says.
pub(crate) fn subscribe(shell: &mut Shell<'_>, options: &Who) -> Result<Positions, Exit> {
    let names: Vec<TopicName> = match (&options.topic, &options.include) {
        (Some(topic), _) => {
            let missing = broker(shell.world()).is_none_or(|broker| broker.topic(topic).is_none());
            if missing && invalid_topic_reason(topic).is_none() {
                let words = format!(
                    "[Consumer clientId={}, groupId={}] The metadata response from the cluster reported a \
                     recoverable issue with correlation id 2 : {{{topic}=UNKNOWN_TOPIC_OR_PARTITION}}",
                    options.client_id,
                    options.group.as_deref().unwrap_or("console-consumer-10000")
                );
                shell.log("WARN", &words, "org.apache.kafka.clients.NetworkClient");
                let auto = broker(shell.world()).is_some_and(|broker| broker.config().auto_create_topics);
                if auto {
                    let (topic, config) = (TopicName::from(&**topic), TopicConfig::default());
                    let command =
                        Command::CreateTopic { topic, partitions: None, replication_factor: None, config };
                    shell.execute(command).map_err(|words| shell.die(&words))?;
                }
            }
            vec![TopicName::from(&**topic)]
        }
        (None, Some(regex)) => {
            let Ok(pattern) = Pattern::new(regex) else {
                shell.log("ERROR", "Unknown error when running consumer: ", LOGGER);
                return Err(shell.die(&format!("java.util.regex.PatternSyntaxException: {regex}")));
            };
            let all = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
            let names = all.map(|topic| topic.name()).filter(|name| !is_internal(name.as_str()));
            names.filter(|name| pattern.matches(name.as_str())).cloned().collect()
        }
        (None, None) => Vec::new(),
    };
    // `group.initial.rebalance.delay.ms`
    let delay =
        broker(shell.world()).map_or(Span::ZERO, |broker| broker.config().group_initial_rebalance_delay);
    shell.run_until(shell.world().now() + delay);
    let mut partitions: Vec<TopicPartition> = Vec::new();
    for name in names {
        let count = broker(shell.world())
            .and_then(|broker| broker.topic(name.as_str()))
            .map_or(0, |t| t.partition_count());
        let tp = |partition| TopicPartition { topic: name.clone(), partition: Partition(partition) };
        partitions.extend((0..count).map(tp));
    }
    let partitions = java_map::order_by(partitions, 16, |tp| {
        java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0)
    });
    let position = |tp: TopicPartition| {
        let committed = options.group.as_ref().and_then(|group| shell.world().group(group)?.committed(&tp));
        let at = match committed {
            Some(committed) => committed.offset.0,
            None if options.reset == "earliest" => start(shell, &tp),
            None => end(shell, &tp),
        };
        (tp, at)
    };
    Ok(partitions.into_iter().map(position).collect())
}

type Printed = (String, Result<(), String>);

/// The next record of a partition, printed, and the position behind it. A position outside of the log is reset.
fn next(
    shell: &Shell<'_>,
    tp: &TopicPartition,
    position: &mut i64,
    options: &Options,
) -> Option<(i64, Printed)> {
    let log = leader(shell.world(), tp)?.log(tp)?;
    let (start, end) = (log.log_start_offset().0, log.high_watermark().0);
    if *position < start || *position > end {
        *position = if options.who.reset == "earliest" { start } else { end };
    }
    if *position >= end {
        return None;
    }
    let from = Offset(*position);
    let stored = log.batches_from(from).next()?;
    let (offset, record) = stored.records_from(from).next()?;
    let place = Place {
        partition: tp.partition.0,
        offset: offset.0,
        timestamp: stored.timestamp(record),
        is_append_time: stored.log_append_time.is_some(),
        record,
    };
    let printed = match &options.formatter {
        Formatter::Default(formatter) => formatter.print(&place),
        Formatter::NoOp => (String::new(), Ok(())),
    };
    Some((offset.0 + 1, printed))
}

/// What is committed when it closes: the positions of all partitions.
pub(crate) fn commit(shell: &mut Shell<'_>, options: &Who, positions: &Positions) -> Result<(), Exit> {
    let Some(group) = &options.group else { return Ok(()) };
    for (tp, at) in positions {
        let command = Command::ResetOffsets {
            group: GroupId::from(&**group),
            scope: ResetScope::Topics(vec![(tp.topic.clone(), vec![tp.partition])]),
            to: ResetTarget::Offset(*at),
            execute: true,
        };
        shell.execute(command).map_err(|words| shell.die(&words))?;
    }
    Ok(())
}
