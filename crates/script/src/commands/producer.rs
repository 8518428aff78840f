//! `producer`: a producer client, and what it sends by itself.

use super::topic;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use crate::settings::{self, place, producer::SETTINGS};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{GroupId, Partition, Profile, Span, TopicName, TopicPartition};
use millrace_sim::{Command, ProducerAction, Skew, Workload, limits};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "producer start",
        synopsis: "producer start NAME --topic TOPIC [--acks all|1|0] [--linger DURATION] [--batch-size BYTES] [--SETTING VALUE]… [--bootstrap-server HOST:PORT,…] [--network NAME|host]",
        meaning: "starts a producer; every setting of Kafka's producer is an option",
        example: "producer start checkout --topic orders --acks 1 --linger 20ms",
    },
    Help {
        name: "producer rate",
        synopsis: "producer rate NAME PER-SECOND|off [--keys K,K…] [--skew even|zipf|hot] [--value TEXT] [--late PERCENT% [--late-by DURATION]] [--topic TOPIC] [--producer-per-record]",
        meaning: "lets a producer send by itself; ${n} in the value is the record's number, ${a..b} a number between; with --producer-per-record by a new producer each time, as a service that makes one in each call",
        example: "producer rate checkout 12 --keys alice,bob,carol --skew hot --value '{\"amount\": ${-5..60}}' --late 10% --late-by 8s",
    },
    Help {
        name: "producer begin",
        synopsis: "producer begin|commit|abort NAME",
        meaning: "begins a transaction of a producer with --transactional-id, commits or aborts it",
        example: "producer begin checkout",
    },
    Help {
        name: "producer offsets",
        synopsis: "producer offsets NAME --group GROUP --offset TOPIC-PARTITION=OFFSET… [--metadata TEXT]",
        meaning: "makes offsets of a group part of the producer's transaction",
        example: "producer offsets checkout --group billing --offset orders-0=5",
    },
    Help {
        name: "producer stop",
        synopsis: "producer stop|crash NAME",
        meaning: "closes a producer, or kills its process: then its transaction stays open",
        example: "producer stop checkout",
    },
];

/// The value that a workload sends unless told otherwise.
const VALUE: &str = r#"{"n": ${n}}"#;
/// How far in the past late records lie unless told otherwise.
const LATE_BY: Span = Span::from_secs(10);

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let verbs = ["start", "rate", "begin", "commit", "abort", "offsets", "stop", "crash"];
    let verb = arguments.choice("what to do:", &verbs)?;
    let name = arguments.word("a producer's name")?.name("a producer's name")?.into();
    let action = match verb {
        0 => return start(name, arguments, profile),
        1 => return rate(name, arguments),
        2 => ProducerAction::Begin,
        3 => ProducerAction::Commit,
        4 => ProducerAction::Abort,
        5 => send_offsets(arguments)?,
        6 => ProducerAction::Stop,
        _ => ProducerAction::Crash,
    };
    arguments.done()?;
    Ok(Command::Producer { name, action })
}

fn send_offsets(arguments: &mut Arguments<'_>) -> Result<ProducerAction, Problem> {
    let options = Options { once: vec!["group", "metadata"], many: &["offset"] };
    let (mut group, mut offsets, mut metadata) = (None, Vec::new(), "".into());
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("group") => {
                group = Some(GroupId::from(arguments.value("a group's name")?.name("a group's name")?));
            }
            Argument::Option("metadata") => {
                metadata = arguments.value("what is kept with the offsets")?.text().into()
            }
            Argument::Option(_) => offsets.push(offset(&arguments.value(OFFSET)?)?),
        }
    }
    let group = group.ok_or_else(|| arguments.missing("--group and a group's name"))?;
    if offsets.is_empty() {
        return Err(arguments.missing("--offset and an offset, such as orders-0=5"));
    }
    Ok(ProducerAction::SendOffsets { group, offsets, metadata })
}

const OFFSET: &str = "a partition with the next offset to read, such as orders-0=5";

/// `orders-0=5`
fn offset(value: &Value<'_>) -> Result<(TopicPartition, i64), Problem> {
    let read = || {
        let (tp, offset) = value.text().rsplit_once('=')?;
        let (topic, partition) = tp.rsplit_once('-')?;
        let partition = partition.parse::<i32>().ok().filter(|n| *n >= 0 && !topic.is_empty())?;
        let offset = offset.parse::<i64>().ok().filter(|n| *n >= 0)?;
        let tp = TopicPartition { topic: TopicName::from(topic), partition: Partition(partition) };
        Some((tp, offset))
    };
    read().ok_or_else(|| value.wrong(OFFSET))
}

pub(super) fn print_action(name: &str, action: &ProducerAction) -> String {
    let verb = match action {
        ProducerAction::Begin => "begin",
        ProducerAction::Commit => "commit",
        ProducerAction::Abort => "abort",
        ProducerAction::SendOffsets { .. } => "offsets",
        ProducerAction::Stop => "stop",
        ProducerAction::Crash => "crash",
    };
    let mut line = format!("producer {verb}");
    add(&mut line, name);
    if let ProducerAction::SendOffsets { group, offsets, metadata } = action {
        option(&mut line, "group", group.as_str());
        for (tp, offset) in offsets {
            option(&mut line, "offset", &format!("{tp}={offset}"));
        }
        if !metadata.is_empty() {
            option(&mut line, "metadata", metadata);
        }
    }
    line
}

fn start(
    name: millrace_sim::Name,
    arguments: &mut Arguments<'_>,
    profile: Profile,
) -> Result<Command, Problem> {
    let mut once = vec!["topic"];
    once.extend(SETTINGS.iter().map(|setting| setting.name));
    once.extend(place::OPTIONS);
    let options = Options { once, many: &[] };
    let mut to = None;
    let mut config = ProducerConfig::defaults(profile);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(name) => match settings::named(SETTINGS, name) {
                Some(setting) => setting.read(&mut config, &arguments.value(setting.key)?)?,
                None if place::OPTIONS.contains(&name) => {
                    place::read(&mut config.bootstrap, name, arguments)?;
                }
                None => to = Some(topic(&arguments.value("a topic's name")?)?),
            },
        }
    }
    let topic = to.ok_or_else(|| arguments.missing("--topic and a topic's name"))?;
    Ok(Command::StartProducer { name, topic, config: Box::new(config) })
}

fn rate(producer: millrace_sim::Name, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let what = "records a second, or off";
    let value = arguments.word(what)?;
    if value.text() == "off" || value.text() == "0" {
        arguments.done()?;
        return Ok(Command::SetWorkload { producer, workload: None });
    }
    let mut workload = Workload {
        rate: whole(&value, what, 0, limits::RATE)?,
        keys: Vec::new(),
        skew: Skew::default(),
        value: VALUE.into(),
        late_percent: 0,
        late_by: Span::ZERO,
        topic: None,
        is_per_record: false,
    };
    let mut late_by = None;
    let once = vec!["keys", "skew", "value", "late", "late-by", "topic", "producer-per-record"];
    let options = Options { once, many: &["key"] };
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("keys") => {
                let value = arguments.value("keys, such as alice,bob")?;
                workload.keys.extend(value.text().split(',').map(Into::into));
            }
            Argument::Option("key") => workload.keys.push(arguments.value("a key")?.text().into()),
            Argument::Option("skew") => workload.skew = skew(&arguments.value("the skew")?)?,
            Argument::Option("value") => workload.value = arguments.value("the value")?.text().into(),
            Argument::Option("late") => {
                workload.late_percent = percent(&arguments.value("how many are late")?)?
            }
            Argument::Option("late-by") => {
                let what = "how late they are at most";
                late_by = Some(span(&arguments.value(what)?, what, "s")?);
            }
            Argument::Option("producer-per-record") => workload.is_per_record = true,
            Argument::Option(_) => workload.topic = Some(topic(&arguments.value("a topic's name")?)?),
        }
    }
    workload.late_by = late_by.unwrap_or_else(|| default_late_by(workload.late_percent));
    Ok(Command::SetWorkload { producer, workload: Some(workload) })
}

fn default_late_by(late_percent: u8) -> Span {
    if late_percent > 0 { LATE_BY } else { Span::ZERO }
}

fn skew(value: &Value<'_>) -> Result<Skew, Problem> {
    let names = Skew::ALL.map(|(name, _)| name);
    let at = value.choice("the skew:", &names)?;
    Ok(Skew::ALL.get(at).map(|(_, skew)| *skew).unwrap_or_default())
}

fn percent(value: &Value<'_>) -> Result<u8, Problem> {
    let number = value.text().strip_suffix('%').and_then(|number| number.parse::<u8>().ok());
    number.filter(|n| *n <= 100).ok_or_else(|| value.wrong("how many are late, from 0% to 100%"))
}

pub(super) fn print_start(
    name: &str,
    topic: &TopicName,
    config: &ProducerConfig,
    profile: Profile,
) -> String {
    let mut line = "producer start".to_owned();
    add(&mut line, name);
    option(&mut line, "topic", topic.as_str());
    settings::print(&mut line, SETTINGS, config, &ProducerConfig::defaults(profile), &[]);
    place::print(&mut line, &config.bootstrap);
    line
}

pub(super) fn print_rate(producer: &str, workload: Option<&Workload>) -> String {
    let mut line = "producer rate".to_owned();
    add(&mut line, producer);
    let Some(workload) = workload else {
        line.push_str(" off");
        return line;
    };
    add(&mut line, &workload.rate.to_string());
    if workload.keys.iter().any(|key| key.contains(',')) {
        for key in &workload.keys {
            option(&mut line, "key", key);
        }
    } else if !workload.keys.is_empty() {
        let keys: Vec<&str> = workload.keys.iter().map(|key| &**key).collect();
        option(&mut line, "keys", &keys.join(","));
    }
    if workload.skew != Skew::default() {
        option(&mut line, "skew", workload.skew.name());
    }
    if &*workload.value != VALUE {
        option(&mut line, "value", &workload.value);
    }
    if workload.late_percent > 0 {
        option(&mut line, "late", &format!("{}%", workload.late_percent));
    }
    if workload.late_by != default_late_by(workload.late_percent) {
        option(&mut line, "late-by", &workload.late_by.to_string());
    }
    if let Some(topic) = &workload.topic {
        option(&mut line, "topic", topic.as_str());
    }
    if workload.is_per_record {
        line.push_str(" --producer-per-record");
    }
    line
}
