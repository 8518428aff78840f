//! `produce`: records by hand, one or many in a line.
//!
//! The plain words are `[TOPIC] KEY VALUE`; a topic stands only in front of the first record and holds for those after
//! each `+`. Whatever is not text or not usual has an option: `--null-key` and no key are the same, a record without a
//! value must say `--tombstone`.

mod header;
mod json;

pub use json::json_lines;

use super::topic;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::lexer::Token;
use crate::language::number::whole;
use crate::language::problem::{Problem, shown};
use crate::language::quote::{add, bytes, hex, option};
use crate::language::time::{print_timestamp, timestamp};
use millrace_model::{Bytes, Header, Partition, Timestamp, TopicName};
use millrace_sim::{Command, Name, NewRecord, limits};

pub(super) const HELP: &[Help] = &[Help {
    name: "produce",
    synopsis: "produce [TOPIC] [KEY VALUE] [--key TEXT | --key-hex HEX | --null-key] [--value TEXT | --value-hex HEX | --tombstone] [--partition N] [--timestamp TIME] [--header NAME=TEXT]… [--topic TOPIC] [--producer NAME] [+ …]…",
    meaning: "sends records; + begins the next one, in the same topic",
    example: "produce orders alice '{\"amount\": 12}' + bob '{\"amount\": 7}' --timestamp 12:00:07.500 --header trace=42",
}];

const OPTIONS: &[&str] = &[
    "key",
    "key-hex",
    "null-key",
    "value",
    "value-hex",
    "tombstone",
    "partition",
    "timestamp",
    "topic",
    "default-topic",
];

/// A record as far as it has been read. `None` outside: nothing said yet.
#[derive(Default)]
struct Draft {
    words: Vec<Token>,
    topic: Option<Option<TopicName>>,
    key: Option<Option<Bytes>>,
    value: Option<Option<Bytes>>,
    partition: Option<Partition>,
    timestamp: Option<Timestamp>,
    headers: Vec<Header>,
}

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut producer = None;
    let mut records: Vec<NewRecord> = Vec::new();
    let mut draft = Draft::default();
    loop {
        let is_first = records.is_empty();
        let mut once = OPTIONS.to_vec();
        // Who sends is the same for all records.
        if is_first {
            once.push("producer");
        }
        let options = Options { once, many: &["header", "header-hex", "header-null"] };
        match arguments.argument(&options)? {
            Some(Argument::Option("producer")) => {
                producer = Some(Name::from(arguments.value("a producer's name")?.name("a producer's name")?));
            }
            Some(Argument::Option(name)) => draft.option(name, arguments)?,
            Some(Argument::Word(token)) if !token.quoted && token.text == "+" => {
                let record = draft.finish(arguments, records.first())?;
                records.push(record);
                draft = Draft::default();
                arguments.forget_options();
                if records.len() >= limits::RECORDS_PER_COMMAND {
                    let expected = format!("at most {} records in one line", limits::RECORDS_PER_COMMAND);
                    return Err(arguments.problem(token.span, expected, "one more"));
                }
            }
            Some(Argument::Word(token)) => draft.words.push(token),
            None => {
                let record = draft.finish(arguments, records.first())?;
                records.push(record);
                return Ok(Command::Produce { producer, records });
            }
        }
    }
}

impl Draft {
    fn option(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let at = arguments.option_span();
        match name {
            "topic" => {
                let topic = topic(&arguments.value("a topic's name")?)?;
                said_once(&mut self.topic, Some(topic), "a topic", at, arguments)
            }
            "default-topic" => said_once(&mut self.topic, None, "a topic", at, arguments),
            "key" => {
                let key = text(&arguments.value("a key")?);
                said_once(&mut self.key, Some(key), "a key", at, arguments)
            }
            "key-hex" => {
                let key = from_hex(&arguments.value("a key's bytes")?)?;
                said_once(&mut self.key, Some(key), "a key", at, arguments)
            }
            "null-key" => said_once(&mut self.key, None, "a key", at, arguments),
            "value" => {
                let value = text(&arguments.value("a value")?);
                said_once(&mut self.value, Some(value), "a value", at, arguments)
            }
            "value-hex" => {
                let value = from_hex(&arguments.value("a value's bytes")?)?;
                said_once(&mut self.value, Some(value), "a value", at, arguments)
            }
            "tombstone" => said_once(&mut self.value, None, "a value", at, arguments),
            "partition" => {
                let what = "a partition's number";
                self.partition = Some(Partition(whole(&arguments.value(what)?, what, 0, i32::MAX)?));
                Ok(())
            }
            "timestamp" => {
                self.timestamp = Some(timestamp(&arguments.value("a timestamp")?)?);
                Ok(())
            }
            name => {
                self.headers.push(header::parse(name, &arguments.value("a header")?)?);
                Ok(())
            }
        }
    }

    fn finish(self, arguments: &mut Arguments<'_>, first: Option<&NewRecord>) -> Result<NewRecord, Problem> {
        let mut words = self.words.into_iter();
        let topic = match (self.topic, first) {
            (Some(topic), _) => topic,
            (None, Some(first)) => first.topic.clone(),
            (None, None) => words.next().map(|token| topic(&arguments.as_value(token))).transpose()?,
        };
        let (mut key, mut value) = (self.key, self.value);
        if let Some(token) = words.next() {
            let word = arguments.as_value(token);
            said_once(&mut key, Some(text(&word)), "a key", word.span(), arguments)?;
        }
        if let Some(token) = words.next() {
            let word = arguments.as_value(token);
            said_once(&mut value, Some(text(&word)), "a value", word.span(), arguments)?;
        }
        if let Some(token) = words.next() {
            let expected = "+ before the next record, or quotes around a text with spaces";
            return Err(arguments.problem(token.span, expected, shown(&token.text)));
        }
        let Some(value) = value else {
            return Err(arguments.missing("the value (a word after the key, --value) or --tombstone"));
        };
        Ok(NewRecord {
            topic,
            key: key.flatten(),
            value,
            timestamp: self.timestamp,
            partition: self.partition,
            headers: self.headers.into(),
        })
    }
}

fn said_once<T>(
    place: &mut Option<T>,
    said: T,
    what: &str,
    at: millrace_expr::Span,
    arguments: &Arguments<'_>,
) -> Result<(), Problem> {
    if place.replace(said).is_some() {
        return Err(arguments.problem(at, format!("{what} only once in a record"), "a second one"));
    }
    Ok(())
}

fn text(value: &Value<'_>) -> Bytes {
    value.text().as_bytes().into()
}

fn from_hex(value: &Value<'_>) -> Result<Bytes, Problem> {
    let bytes =
        bytes(value.text()).ok_or_else(|| value.wrong("bytes as pairs of hex digits, such as 00ff"))?;
    Ok(bytes.into())
}

pub(super) fn print(producer: Option<&str>, records: &[NewRecord]) -> String {
    let mut line = "produce".to_owned();
    let first = records.first().and_then(|record| record.topic.as_ref());
    for (i, record) in records.iter().enumerate() {
        let mut has_place_for_words = true;
        if i > 0 {
            line.push_str(" +");
        } else {
            match first {
                Some(topic) => add(&mut line, topic.as_str()),
                // The first plain word would be the topic.
                None => has_place_for_words = false,
            }
            if let Some(producer) = producer {
                option(&mut line, "producer", producer);
            }
        }
        print_record(&mut line, record, first, has_place_for_words);
    }
    line
}

fn print_record(line: &mut String, record: &NewRecord, first: Option<&TopicName>, has_place_for_words: bool) {
    let as_text =
        |bytes: &Option<Bytes>| bytes.as_deref().and_then(|b| std::str::from_utf8(b).ok().map(str::to_owned));
    match (as_text(&record.key), as_text(&record.value)) {
        (Some(key), Some(value)) if has_place_for_words => {
            add(line, &key);
            add(line, &value);
        }
        (key, value) => {
            match (&record.key, key) {
                (_, Some(key)) => option(line, "key", &key),
                (Some(bytes), None) => option(line, "key-hex", &hex(bytes)),
                (None, None) => {}
            }
            match (&record.value, value) {
                (_, Some(value)) => option(line, "value", &value),
                (Some(bytes), None) => option(line, "value-hex", &hex(bytes)),
                (None, None) => line.push_str(" --tombstone"),
            }
        }
    }
    match (&record.topic, first) {
        (Some(topic), first) if first != Some(topic) => option(line, "topic", topic.as_str()),
        (None, Some(_)) => line.push_str(" --default-topic"),
        _ => {}
    }
    if let Some(partition) = record.partition {
        option(line, "partition", &partition.to_string());
    }
    if let Some(timestamp) = record.timestamp {
        option(line, "timestamp", &print_timestamp(timestamp));
    }
    for header in record.headers.iter() {
        header::print(line, header);
    }
}
