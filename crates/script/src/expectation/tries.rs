//! How often an application has tried, how long it waited in between, and which way a record went.

use super::Value;
use super::eval::{broker, ledger, number};
use millrace_broker::Broker;
use millrace_client::listener::{Deed, Entry, Ledger, headers};
use millrace_model::collections::sort::sort;
use millrace_model::{Map, Offset, Partition, Span, Time, TopicPartition};
use millrace_sim::World;
use millrace_sim::world::account::records;
use std::sync::Arc;

/// What can be looked at in an application's tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tries {
    /// `attempts(GROUP)`: the most deliveries that any record has had.
    Attempts,
    /// `failures(GROUP)`, `failures(GROUP, CLASS)`: deliveries that ended with an exception (of that class).
    Failures(Option<Arc<str>>),
    /// `retries(GROUP)`, `retries(GROUP, CLASS)`: those of them that were not the first delivery of their record.
    Retries(Option<Arc<str>>),
    /// `delay(GROUP, N)`: the longest time between the end of a record's N-th delivery and that of its next one.
    Delay(u32),
    /// `p50(GROUP)`, `p95(GROUP, KEY)`, `p99(GROUP, KEY)`: from the timestamp of a record (of that key) until its side effect
    /// was first done, or until now; so many percent of the records took no longer.
    Latency(u32, Option<Arc<str>>),
    /// `overtaken(GROUP, EXPR)`: side effects done for a record after one for a later record, by its timestamp, for which the
    /// expression is the same, in whatever partition that lies.
    Overtaken(Arc<str>),
    /// `path(GROUP, KEY)`: the topics in which the records of a key are or were for this group, in that order.
    Path(Arc<str>),
}

impl Tries {
    /// The name that it is written with.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Tries::Attempts => "attempts",
            Tries::Failures(_) => "failures",
            Tries::Retries(_) => "retries",
            Tries::Delay(_) => "delay",
            Tries::Latency(50, _) => "p50",
            Tries::Latency(95, _) => "p95",
            Tries::Latency(..) => "p99",
            Tries::Overtaken(_) => "overtaken",
            Tries::Path(_) => "path",
        }
    }

    /// What stands behind the group.
    pub(super) fn argument(&self) -> Option<String> {
        match self {
            Tries::Attempts => None,
            Tries::Failures(class) | Tries::Retries(class) => class.as_deref().map(str::to_owned),
            Tries::Latency(_, key) => key.as_deref().map(str::to_owned),
            Tries::Delay(n) => Some(n.to_string()),
            Tries::Path(text) | Tries::Overtaken(text) => Some(text.to_string()),
        }
    }

    pub(super) fn value(&self, world: &World, group: &str) -> Result<Value, String> {
        if let Tries::Latency(percent, None) = self
            && let Some(latency) = super::outside::latency(world, group, *percent)
        {
            return Ok(latency.map_or(Value::None, Value::Span));
        }
        let ledger = ledger(world, group)?;
        let failed = |class: &Option<Arc<str>>, from: u32| {
            let is_one = |entry: &&Entry| match &entry.deed {
                Deed::Failed(thrown) => {
                    entry.attempt >= from && class.as_deref().is_none_or(|c| is_class(thrown, c))
                }
                _ => false,
            };
            number(ledger.entries().filter(is_one).count() as u64)
        };
        Ok(match self {
            Tries::Attempts => {
                let tries = ledger.entries().filter(|entry| is_try(entry)).map(|entry| entry.attempt);
                let mut most = tries.max().unwrap_or(0);
                again(ledger, |attempt, _| most = most.max(attempt));
                number(u64::from(most))
            }
            Tries::Failures(class) => failed(class, 1),
            Tries::Retries(class) => failed(class, 2),
            Tries::Delay(n) => delay(ledger, *n).map_or(Value::None, Value::Span),
            Tries::Latency(percent, key) => {
                latency(world, group, ledger, *percent, key.as_deref())?.map_or(Value::None, Value::Span)
            }
            Tries::Overtaken(of) => number(super::spread::overtaken(world, group, of)?.len() as u64),
            Tries::Path(key) => path(world, group, key)?,
        })
    }
}

/// A class by its full name or by its last part.
fn is_class(thrown: &str, wanted: &str) -> bool {
    thrown == wanted || thrown.rsplit('.').next() == Some(wanted)
}

fn is_try(entry: &Entry) -> bool {
    matches!(entry.deed, Deed::Done | Deed::Failed(_))
}

/// Every delivery of a record that had failed before: which number it had, and how long after the failure it ended.
fn again(ledger: &Ledger, mut each: impl FnMut(u32, Span)) {
    let mut failed: Map<(TopicPartition, Offset), (u32, Time)> = Map::new();
    for entry in ledger.entries().filter(|entry| is_try(entry)) {
        let is_here = |(tp, offset): &(TopicPartition, Offset)| {
            *tp == entry.tp && entry.from <= *offset && *offset < entry.to
        };
        let known: Vec<(TopicPartition, Offset)> =
            failed.keys().filter(|place| is_here(place)).cloned().collect();
        for place in known {
            if let Some((attempt, at)) = failed.remove(&place) {
                each(attempt.saturating_add(1), Span(entry.at.0.saturating_sub(at.0)));
            }
        }
        if matches!(entry.deed, Deed::Failed(_)) {
            failed.insert((entry.tp.clone(), entry.from), (entry.attempt, entry.at));
        }
    }
}

fn delay(ledger: &Ledger, n: u32) -> Option<Span> {
    let mut longest = None;
    again(ledger, |attempt, pause| {
        if attempt == n.saturating_add(1) {
            longest = longest.max(Some(pause));
        }
    });
    longest
}

/// The nearest rank, as a histogram of all values has it.
fn latency(
    world: &World,
    group: &str,
    ledger: &Ledger,
    percent: u32,
    key: Option<&str>,
) -> Result<Option<Span>, String> {
    let broker: &Broker = broker(world)?;
    let mut done: Map<&TopicPartition, Map<Offset, Time>> = Map::new();
    for entry in ledger.entries().filter(|entry| entry.deed == Deed::Done) {
        let first = done.entry(&entry.tp).or_default();
        for offset in (entry.from.0..entry.to.0).map(Offset) {
            first.entry(offset).or_insert(entry.at);
        }
    }
    let mut spans = Vec::new();
    let app = world.apps().get(group);
    let main = app.map(|app| app.config.topics.as_slice()).unwrap_or_default();
    let isolation = app.map(|app| app.config.consumer.isolation_level).unwrap_or_default();
    for topic in broker.topics().filter(|topic| main.contains(topic.name())) {
        for n in 0..topic.partition_count() {
            let tp = TopicPartition { topic: topic.name().clone(), partition: Partition(n) };
            let Some(log) = world.log(&tp) else { continue };
            let first = done.get(&tp);
            for (offset, since, record) in records(log, isolation) {
                if key.is_some_and(|key| record.key.as_deref() != Some(key.as_bytes())) {
                    continue;
                }
                let at = first.and_then(|first| first.get(&offset)).copied();
                let at = at.unwrap_or(world.now()).timestamp().0;
                let ms = at.saturating_sub(since.0);
                spans.push(Span::from_millis(u64::try_from(ms).unwrap_or(0)));
            }
        }
    }
    sort(&mut spans);
    let rank = (spans.len() * percent as usize).div_ceil(100).max(1);
    Ok(spans.get(rank - 1).copied())
}

/// By the timestamps, which every hop sets anew; each topic once.
fn path(world: &World, group: &str, key: &str) -> Result<Value, String> {
    let broker: &Broker = broker(world)?;
    let main = world.apps().get(group).map(|app| app.config.topics.as_slice()).unwrap_or_default();
    let mut stops = Vec::new();
    for topic in broker.topics() {
        for n in 0..topic.partition_count() {
            let tp = TopicPartition { topic: topic.name().clone(), partition: Partition(n) };
            let Some(log) = world.log(&tp) else { continue };
            for batch in log.batches_from(log.log_start_offset()) {
                for (offset, record) in batch.records_from(batch.base_offset) {
                    let of = record.header(headers::ORIGINAL_CONSUMER_GROUP);
                    let is_here =
                        main.contains(topic.name()) || of.is_some_and(|of| **of == *group.as_bytes());
                    if is_here && record.key.as_deref() == Some(key.as_bytes()) {
                        stops.push((
                            batch.timestamp(record),
                            !main.contains(topic.name()),
                            offset,
                            topic.name(),
                        ));
                    }
                }
            }
        }
    }
    sort(&mut stops);
    let mut names: Vec<&str> = Vec::new();
    for (.., topic) in &stops {
        if !names.contains(&topic.as_str()) {
            names.push(topic.as_str());
        }
    }
    Ok(if names.is_empty() { Value::None } else { Value::Text(names.join(", ").into()) })
}
