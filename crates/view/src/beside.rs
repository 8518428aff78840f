//! Two futures beside each other: the same things looked at in two worlds, each with what it is here and there, so that
//! what differs can be listed and marked. Pure, as a scene is; which moments are compared is the caller's business.

use crate::cast::{self, Cast, GroupCast, GroupKind};
use crate::failure::Kind;
use crate::running::Running;
use crate::scene::{Condition, Target};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_model::collections::sort;
use millrace_model::{Bytes, Map, Offset, Record, Timestamp, TopicPartition};
use millrace_sim::{Timeline, World};
use millrace_words::differs as say;
use std::fmt;

/// Newest results of one topic that are compared, by key.
const KEYS: usize = 24;
/// Records of one partition in which the first that differs is looked for.
const RECORDS: usize = 20_000;
/// What stands for something that is not there.
pub const ABSENT: &str = "—";

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Everything that was looked at, in groups.
    pub sections: Vec<Section>,
}

/// One kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// The things.
    pub rows: Vec<Row>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub what: String,
    /// What it is in the one world.
    pub here: String,
    /// What it is in the other.
    pub there: String,
    /// What stands for it on stage.
    pub target: Option<Target>,
}

impl Row {
    /// Whether the two are not the same.
    pub fn differs(&self) -> bool {
        self.here != self.there
    }
}

/// Something seen in one world.
struct Seen {
    what: String,
    value: String,
    target: Option<Target>,
}

/// Everything but metrics, which need the traces: see [`measured`].
pub fn beside(here: &World, there: &World) -> Beside {
    let (ours, theirs) = (Cast::of(here), Cast::of(there));
    let section = |title, of: &dyn Fn(&World, &Cast<'_>) -> Vec<Seen>| {
        joined(title, of(here, &ours), of(there, &theirs))
    };
    let mut topics = section(say::topics(), &|world, _| topics(world));
    topics.rows.extend(first_records(here, there));
    let sections = vec![
        topics,
        section(say::groups(), &|world, cast| groups(world, cast)),
        section(say::outcomes(), &|world, cast| outcomes(world, cast)),
        section(say::streams_results(), &|world, cast| results(world, cast)),
    ];
    Beside { sections }
}

/// The metrics of two histories at their playheads.
pub fn measured(here: &Timeline, there: &Timeline) -> Section {
    let read = |timeline: &Timeline| -> Vec<Seen> {
        let text = crate::metrics::exposition(timeline);
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (what, value) = line.rsplit_once(' ')?;
            Some(Seen { what: what.to_owned(), value: value.to_owned(), target: None })
        });
        samples.collect()
    };
    joined(say::metrics(), read(here), read(there))
}

/// What is seen in either, each once, in the order of the first world.
fn joined(title: &'static str, here: Vec<Seen>, there: Vec<Seen>) -> Section {
    let mut others: Map<String, Seen> = there.into_iter().map(|seen| (seen.what.clone(), seen)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for Seen { what, value, target } in here {
        let there = others.remove(&what).map_or_else(|| ABSENT.to_owned(), |seen| seen.value);
        rows.push(Row { what, here: value, there, target });
    }
    let only_there = others.into_iter().map(|(what, Seen { value, target, .. })| Row {
        what,
        here: ABSENT.to_owned(),
        there: value,
        target,
    });
    rows.extend(only_there);
    Section { title, rows }
}

fn shown_logs(world: &World) -> impl Iterator<Item = (TopicPartition, &PartitionLog)> {
    let topics = world.asked_broker().into_iter().flat_map(|broker| broker.topics());
    let logs = topics.filter(|topic| !cast::is_internal(topic.name().as_str())).flat_map(cast::logs);
    logs.map(|(tp, own)| {
        let led = cast::log(world, &tp).unwrap_or(own);
        (tp, led)
    })
}

fn topics(world: &World) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (tp, log) in shown_logs(world) {
        let numbers = [
            (say::log_end_offset(), log.log_end_offset()),
            (say::high_watermark(), log.high_watermark()),
            (say::log_start_offset(), log.log_start_offset()),
        ];
        seen.extend(numbers.map(|(name, offset)| Seen {
            what: format!("{tp} {name}"),
            value: offset.to_string(),
            target: Some(Target::Partition(tp.clone())),
        }));
    }
    seen
}

/// Of each partition that is in both: the first record that is not the same.
fn first_records(here: &World, there: &World) -> Vec<Row> {
    let rows = shown_logs(here).filter_map(|(tp, ours)| {
        let theirs = cast::log(there, &tp)?;
        let from = ours.log_start_offset().max(theirs.log_start_offset());
        let (mut one, mut other) = (records(ours, from), records(theirs, from));
        for _ in 0..RECORDS {
            let (one, other) = (one.next(), other.next());
            let is_same = match (&one, &other) {
                (None, None) => return None,
                (Some((at, one)), Some((place, other))) => {
                    at == place && (&one.key, &one.value) == (&other.key, &other.value)
                }
                _ => false,
            };
            if !is_same {
                let text = |record: Option<(Offset, &Record)>| match record {
                    Some((offset, record)) => {
                        let value =
                            record.value.as_ref().map_or("null".to_owned(), |v| words::bytes(Some(v)));
                        format!("{offset} {} {value}", words::key(record.key.as_ref()))
                    }
                    None => ABSENT.to_owned(),
                };
                return Some(Row {
                    what: say::first_record_that_differs(&tp),
                    here: text(one),
                    there: text(other),
                    target: Some(Target::Partition(tp)),
                });
            }
        }
        None
    });
    rows.collect()
}

fn records(log: &PartitionLog, from: Offset) -> impl Iterator<Item = (Offset, &Record)> {
    log.batches_from(from).flat_map(move |batch| batch.records_from(from))
}

fn groups(world: &World, cast: &Cast<'_>) -> Vec<Seen> {
    let mut seen = Vec::new();
    for group in &cast.groups {
        let id = &group.id;
        let target = crate::groups::target(group);
        let of_group = |what: &str, value: String| Seen {
            what: format!("{id} {what}"),
            value,
            target: Some(target.clone()),
        };
        seen.push(of_group(say::state(), crate::groups::state(group)));
        let mut names: Vec<String> = group
            .members
            .iter()
            .map(|member| match crate::members::condition(group, member) {
                Condition::Joining | Condition::Active | Condition::Idle => member.node.name.to_string(),
                Condition::Frozen => say::frozen(&member.node.name),
                Condition::Crashed => say::crashed(&member.node.name),
                Condition::Stopped => say::stopped(&member.node.name),
            })
            .collect();
        sort::sort(&mut names);
        seen.push(of_group(
            say::members(),
            if names.is_empty() { say::none().to_owned() } else { names.join(", ") },
        ));
        let logs =
            group.topics.iter().filter_map(|name| cast::topic(world, name.as_str())).flat_map(cast::logs);
        for (tp, log) in logs {
            let committed = group.committed(&tp);
            let owner = group.owner(&tp);
            let lag = log.high_watermark().since(committed.unwrap_or(log.log_start_offset()));
            let member = |name: &std::sync::Arc<str>| Target::Member(id.clone(), name.clone());
            seen.push(Seen {
                what: say::reader(&id, &tp),
                value: owner.map_or_else(|| say::nobody().to_owned(), |member| member.node.name.to_string()),
                target: owner.map(|owner| member(&owner.node.name)),
            });
            let offset = committed.map_or_else(|| say::nobody().to_owned(), |offset| offset.to_string());
            seen.push(of_group(&say::committed_offset(&tp), offset));
            seen.push(of_group(&say::lag(&tp), lag.to_string()));
        }
    }
    seen
}

/// What became of each application's records, dead letters among them.
fn outcomes(world: &World, cast: &Cast<'_>) -> Vec<Seen> {
    let apps = cast.groups.iter().filter(|group| matches!(group.kind, GroupKind::App(_)));
    let of_app = |group: &GroupCast<'_>| -> Vec<Seen> {
        let Some(account) = world.account(group.id.as_str()) else { return Vec::new() };
        let kinds = Kind::ALL.into_iter().map(|kind| Seen {
            what: format!("{} {}", group.id, kind.name()),
            value: kind.count(&account).to_string(),
            target: None,
        });
        kinds.collect()
    };
    apps.flat_map(of_app).collect()
}

/// What streams applications have come to: the newest value of each key in the topics that they write, and their clocks.
fn results(world: &World, cast: &Cast<'_>) -> Vec<Seen> {
    let mut seen = Vec::new();
    for group in &cast.groups {
        let Some(running) = Running::of(group) else { continue };
        let name = group.name();
        let target = Some(Target::Streams(name.into()));
        for (id, task) in &running.tasks {
            seen.push(Seen {
                what: say::task_stream_time(&name, &id),
                value: words::clock(task.stream_time()),
                target: target.clone(),
            });
        }
        let dropped: u64 = running.tasks.values().map(|task| task.dropped_total()).sum();
        seen.push(Seen {
            what: say::dropped_records(&name),
            value: dropped.to_string(),
            target: target.clone(),
        });
        for topic in cast::results_of(group) {
            let mut newest: Map<String, String> = Map::new();
            let logs = cast::topic(world, topic.as_str()).into_iter().flat_map(cast::logs);
            for (_, record) in logs.flat_map(|(_, log)| records(log, log.log_start_offset())) {
                newest.insert(result_key(record.key.as_ref()), result_value(record.value.as_ref()));
            }
            seen.extend(newest.into_iter().take(KEYS).map(|(key, value)| Seen {
                what: say::newest_of(&topic, &key),
                value,
                target: target.clone(),
            }));
        }
    }
    seen
}

/// What is text, without control characters.
fn plain(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains(char::is_control))
}

fn whole(bytes: &[u8]) -> Option<i64> {
    bytes.first_chunk().filter(|_| bytes.len() == 8).map(|bytes| i64::from_be_bytes(*bytes))
}

/// A number as `LongSerializer` writes it is shown as one.
fn result_value(value: Option<&Bytes>) -> String {
    let Some(bytes) = value else { return "null".to_owned() };
    match (plain(bytes), whole(bytes)) {
        (None, Some(number)) => number.to_string(),
        _ => words::bytes(value),
    }
}

/// A key as `TimeWindowedSerializer` and `SessionWindowedSerializer` write it: with its window's start behind it.
fn result_key(key: Option<&Bytes>) -> String {
    let windowed = |bytes: &Bytes, length: usize| {
        let (key, window) = bytes.split_at_checked(bytes.len().checked_sub(length)?)?;
        let start = whole(window.get(window.len().checked_sub(8)?..)?)?;
        Some(say::from(&plain(key)?, &words::clock(Timestamp(start))))
    };
    let is_binary = |bytes: &&Bytes| plain(bytes).is_none();
    let found = key.filter(is_binary).and_then(|bytes| windowed(bytes, 8).or_else(|| windowed(bytes, 16)));
    found.unwrap_or_else(|| words::key(key))
}

impl Beside {
    /// What differs, in order.
    pub fn different(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|section| &section.rows).filter(|row| row.differs())
    }

    /// What is to be marked on stage, each once.
    pub fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for target in self.different().filter_map(|row| row.target.as_ref()) {
            if !targets.contains(target) {
                targets.push(target.clone());
            }
        }
        targets
    }

    /// How much differs, in a sentence.
    pub fn says(&self) -> String {
        let count = |section: &Section| section.rows.iter().filter(|row| row.differs()).count();
        let parts: Vec<String> = self
            .sections
            .iter()
            .map(|section| (section.title, count(section)))
            .filter(|(_, count)| *count > 0)
            .map(|(title, count)| say::in_word(&count, &title.to_lowercase()))
            .collect();
        match self.different().count() {
            0 => say::nothing_differs_at_this_moment().to_owned(),
            1 => say::a_1_thing_differs_join(&parts.join(", ")),
            all => say::things_differ(&all, &parts.join(", ")),
        }
    }
}

/// What differs, as text.
impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for section in &self.sections {
            let mut different = section.rows.iter().filter(|row| row.differs()).peekable();
            if different.peek().is_some() {
                writeln!(f, "{}", section.title)?;
            }
            for Row { what, here, there, .. } in different {
                writeln!(f, "  {what}: {here} | {there}")?;
            }
        }
        Ok(())
    }
}
