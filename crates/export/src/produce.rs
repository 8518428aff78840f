//! `produce.sh`: the records once more, by Kafka's console producer, a here-document for each topic.
//!
//! The tool cuts lines at signs; the signs are chosen so that none occurs in the data. It cannot give a timestamp or a
//! partition, and a line holds only text: what does not fit is counted, and left to `python/replay.py`.

use crate::comment;
use crate::plan::{Placed, Plan, Topic};
use crate::quote::shell;
use crate::setup::head;
use millrace_client::partitioner::partition_for_key;
use millrace_model::{Bytes, Record};

/// The whole script.
pub(crate) fn text(plan: &Plan) -> String {
    let about = [
        "The records of the scenario, in their order, topic by topic.",
        "A key leads to the same partition as in the playground (murmur2). A record without a key may land elsewhere, and",
        "every record gets the time at which it is sent: python/replay.py sends partition, timestamp and bytes as they were.",
    ];
    let mut out = head(plan, &about, &["kafka-console-producer"]);
    for topic in plan.given() {
        one_topic(&mut out, topic);
    }
    if plan.given().all(|topic| topic.records.is_empty()) {
        out.push_str("\n# There is no record.\n");
    }
    out
}

fn one_topic(out: &mut String, topic: &Topic) {
    let (told, untold): (Vec<&Placed>, Vec<&Placed>) =
        topic.records.iter().partition(|placed| is_line(&placed.record));
    if topic.records.is_empty() && topic.gone == 0 {
        return;
    }
    out.push('\n');
    let mut remark = |text: String| out.push_str(&["# ", &comment::line(&text), "\n"].concat());
    let name = topic.name.as_str();
    if topic.gone > 0 {
        remark(format!("{name}: {} earlier records are not in the log, and not here.", topic.gone));
    }
    if !untold.is_empty() {
        remark(format!(
            "{name}: {} records are no lines of text (other bytes, or a line's end inside); python/replay.py sends them.",
            untold.len()
        ));
    }
    let elsewhere = told.iter().filter(|placed| !leads_there(topic, placed)).count();
    if elsewhere > 0 {
        remark(format!(
            "{name}: {elsewhere} records may land in another partition than in the playground (no key, or not placed by it)."
        ));
    }
    if told.is_empty() {
        return;
    }
    let signs = Signs::of(&told);
    let mut line = format!("kafka-console-producer --topic {}", shell(name));
    for (key, value) in signs.properties() {
        line.extend([" --property ", &shell(&[key, "=", &value].concat())]);
    }
    let lines: Vec<String> = told.iter().map(|placed| signs.line(&placed.record)).collect();
    let end = free("RECORDS", |end| lines.iter().all(|line| line != end));
    out.push_str(&format!("{line} <<'{end}'\n"));
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str(&end);
    out.push('\n');
}

/// Whether the console producer would put it where it is.
fn leads_there(topic: &Topic, placed: &Placed) -> bool {
    let key = placed.record.key.as_deref();
    key.is_some_and(|key| partition_for_key(key, topic.partitions) == placed.partition)
}

/// Whether a record is a line of text: no other bytes, no line's end, and not an empty line.
pub(crate) fn is_line(record: &Record) -> bool {
    let headers = record.headers.iter();
    let is_plain = |text: &str| !text.contains(['\n', '\r', '\0']);
    let is_text = |bytes: &Option<Bytes>| {
        bytes.as_deref().is_none_or(|bytes| std::str::from_utf8(bytes).is_ok_and(is_plain))
    };
    let is_empty = record.key.is_none() && record.value.as_deref() == Some(b"") && record.headers.is_empty();
    let mut named = headers.map(|header| is_plain(&header.key) && is_text(&header.value));
    !is_empty && named.all(|fits| fits) && is_text(&record.key) && is_text(&record.value)
}

/// The signs at which lines are cut. `None`: lines have no such part.
struct Signs {
    key: Option<String>,
    headers: Option<HeaderSigns>,
    null: Option<String>,
}

struct HeaderSigns {
    end: String,
    between: String,
    of_key: String,
}

fn text_of(bytes: &Option<Bytes>) -> Option<&str> {
    bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

/// The first of some signs that will do; `NAME0`, `NAME1` … never end.
fn choose(signs: &[&str], name: &str, will_do: impl Fn(&str) -> bool) -> String {
    let first = signs.iter().find(|sign| will_do(sign)).map(|sign| (*sign).to_owned());
    let more = || (0_u32..).map(|n| format!("<{name}{n}>")).find(|sign| will_do(sign)).unwrap_or_default();
    first.unwrap_or_else(more)
}

fn free(name: &str, will_do: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|n| format!("{name}_{n}")).find(|name| will_do(name));
    if will_do(name) { name.to_owned() } else { numbered.unwrap_or_default() }
}

/// True if the first `sign` in `text` and what follows is the one behind `text`.
fn ends(text: &str, sign: &str) -> bool {
    [text, sign].concat().find(sign) == Some(text.len())
}

impl Signs {
    fn of(records: &[&Placed]) -> Signs {
        let records = || records.iter().map(|placed| &placed.record);
        let headers = || records().flat_map(|record| record.headers.iter());
        let texts = || {
            let header = headers().flat_map(|header| [Some(&*header.key), text_of(&header.value)]);
            let record = records().flat_map(|record| [text_of(&record.key), text_of(&record.value)]);
            header.chain(record).flatten()
        };
        let has_key = records().any(|record| record.key.is_some());
        let has_headers = headers().next().is_some();
        let has_null = records().any(|record| {
            record.value.is_none()
                || (has_key && record.key.is_none())
                || (has_headers && record.headers.is_empty())
                || record.headers.iter().any(|header| header.value.is_none())
        });
        let null = has_null.then(|| choose(&["NULL"], "null", |sign| texts().all(|text| text != sign)));
        let part =
            |text: Option<&str>, sign: &str| text.or(null.as_deref()).is_none_or(|text| ends(text, sign));
        let key = has_key.then(|| {
            choose(&[":", "|", "="], "key", |sign| records().all(|record| part(text_of(&record.key), sign)))
        });
        let is_free = |sign: &str| {
            let of_header = |header: &millrace_model::Header| {
                ends(&header.key, sign) && part(text_of(&header.value), sign)
            };
            headers().all(of_header) && null.as_deref().is_none_or(|null| ends(null, sign))
        };
        let headers = has_headers.then(|| {
            // The tool reads this one as a regular expression: none of its signs.
            let between = choose(&[",", ";", "&"], "next", is_free);
            let of_key = choose(&["=", ":"], "is", |sign| sign != between && is_free(sign));
            let end = choose(&["|", "\t"], "end", |sign| sign != between && sign != of_key && is_free(sign));
            HeaderSigns { end, between, of_key }
        });
        Signs { key, headers, null }
    }

    fn properties(&self) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        if let Some(headers) = &self.headers {
            out.push(("parse.headers", "true".to_owned()));
            out.push(("headers.delimiter", headers.end.clone()));
            out.push(("headers.separator", headers.between.clone()));
            out.push(("headers.key.separator", headers.of_key.clone()));
        }
        if let Some(key) = &self.key {
            out.push(("parse.key", "true".to_owned()));
            out.push(("key.separator", key.clone()));
        }
        if let Some(null) = &self.null {
            out.push(("null.marker", null.clone()));
        }
        out
    }

    fn line(&self, record: &Record) -> String {
        let null = self.null.as_deref().unwrap_or_default();
        let mut line = String::new();
        if let Some(signs) = &self.headers {
            let one = |header: &millrace_model::Header| {
                [&header.key, &*signs.of_key, text_of(&header.value).unwrap_or(null)].concat()
            };
            let headers: Vec<String> = record.headers.iter().map(one).collect();
            line.push_str(if headers.is_empty() { null } else { "" });
            line.push_str(&headers.join(&signs.between));
            line.push_str(&signs.end);
        }
        if let Some(sign) = &self.key {
            line.push_str(text_of(&record.key).unwrap_or(null));
            line.push_str(sign);
        }
        line.push_str(text_of(&record.value).unwrap_or(null));
        line
    }
}
