//! How a topic's records are spread over its partitions, and whether what belongs together was handled in its order.

use super::Value;
use super::eval::{broker, ledger, no_topic, number};
use millrace_client::listener::Deed;
use millrace_client::listener::guard::dedupe::id_of;
use millrace_expr::{Decimal, Expr};
use millrace_model::collections::sort::sort_by_key;
use millrace_model::{
    Bytes, Map, Offset, Partition, Record, Set, Span, Timestamp, TopicName, TopicPartition,
};
use millrace_sim::World;
use std::sync::Arc;

/// What can be looked at in a topic's partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spread {
    /// `split(TOPIC)`, `split(TOPIC, EXPR)`: keys, or values of an expression over the record, that lie in more than one
    /// partition.
    Split(Option<Arc<str>>),
    /// `skew(TOPIC)`, `skew(TOPIC, DURATION)`: the fullest partition in percent of the mean of all, 100 being even; with a
    /// duration only of the records whose timestamp is no older.
    Skew(Option<Span>),
    /// `filled(TOPIC)`: partitions that hold records.
    Filled,
    /// `apart(TOPIC, TOPIC)`: moments at which the newest values of all keys of the one do not sum up to those of the other.
    Apart(TopicName),
}

impl Spread {
    /// The name that it is written with.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Spread::Split(_) => "split",
            Spread::Skew(_) => "skew",
            Spread::Filled => "filled",
            Spread::Apart(_) => "apart",
        }
    }

    /// What stands behind the topic.
    pub(super) fn argument(&self) -> Option<String> {
        match self {
            Spread::Split(of) => of.as_deref().map(str::to_owned),
            Spread::Skew(within) => within.map(|span| span.to_string()),
            Spread::Filled => None,
            Spread::Apart(other) => Some(other.to_string()),
        }
    }

    pub(super) fn value(&self, world: &World, topic: &TopicName) -> Result<Value, String> {
        Ok(number(match self {
            Spread::Split(of) => split(world, topic, of.as_deref())?.len() as u64,
            Spread::Skew(within) => {
                let now = world.now().timestamp();
                let since = within.map_or(Timestamp(i64::MIN), |span| {
                    Timestamp(now.0.saturating_sub_unsigned(span.0 / 1_000))
                });
                let mut counts: Map<Partition, u64> = Map::new();
                let partitions = each(world, topic, |tp, _, timestamp, _| {
                    *counts.entry(tp.partition).or_default() += u64::from(timestamp >= since);
                })?;
                let (most, sum) = counts.values().fold((0, 0), |(most, sum), n| (most.max(*n), sum + n));
                (most * partitions * 100).checked_div(sum).unwrap_or(100)
            }
            Spread::Filled => {
                let mut filled: Set<Partition> = Set::new();
                each(world, topic, |tp, _, _, _| {
                    filled.insert(tp.partition);
                })?;
                filled.len() as u64
            }
            Spread::Apart(other) => apart(world, topic, other)?.len() as u64,
        }))
    }
}

/// Calls `look` with every record of a topic; how many partitions it has.
fn each(
    world: &World,
    topic: &TopicName,
    mut look: impl FnMut(&TopicPartition, Offset, Timestamp, &Record),
) -> Result<u64, String> {
    let broker = broker(world)?;
    let count =
        broker.topic(topic.as_str()).ok_or_else(|| no_topic(broker, topic.as_str()))?.partition_count();
    for n in 0..count {
        let tp = TopicPartition { topic: topic.clone(), partition: Partition(n) };
        let Some(log) = world.log(&tp) else { continue };
        for batch in log.batches_from(log.log_start_offset()) {
            for (offset, record) in batch.records_from(batch.base_offset) {
                look(&tp, offset, batch.timestamp(record), record);
            }
        }
    }
    Ok(u64::try_from(count).unwrap_or(0))
}

/// What a record belongs to; one without such a field, or without a key, belongs to nothing.
fn id(of: &Expr, place: (&TopicPartition, Offset), at: Timestamp, record: &Record) -> Option<Arc<str>> {
    id_of(of, place, at, record).ok().filter(|id| **id != *"null")
}

/// What lies in more than one partition, each with where its first record lies that is not where the first of all lies.
pub(super) fn split(
    world: &World,
    topic: &TopicName,
    of: Option<&str>,
) -> Result<Vec<(TopicPartition, Offset)>, String> {
    let of = Expr::parse(of.unwrap_or("key")).map_err(|error| error.to_string())?;
    let mut home: Map<Arc<str>, (TopicPartition, bool)> = Map::new();
    let mut found = Vec::new();
    each(world, topic, |tp, offset, timestamp, record| {
        let Some(id) = id(&of, (tp, offset), timestamp, record) else { return };
        let (first, is_split) = home.entry(id).or_insert_with(|| (tp.clone(), false));
        if first != tp && !*is_split {
            *is_split = true;
            found.push((tp.clone(), offset));
        }
    })?;
    Ok(found)
}

/// A change of a table: of which of the two topics, which record, its key, its value as a number.
type Change = (Timestamp, bool, (TopicPartition, Offset), Option<Bytes>, Decimal);

/// The last record of each moment, by the records' timestamps, at which the newest values of all keys of `one` sum up to
/// something else than those of `other`. A tombstone counts nothing, nor does what is no number.
///
/// What a streams application writes has the timestamp of what it was made from: what two of them make of the same record
/// is of the same moment, however far one of them is behind.
pub(super) fn apart(
    world: &World,
    one: &TopicName,
    other: &TopicName,
) -> Result<Vec<(TopicPartition, Offset)>, String> {
    let mut changes: Vec<Change> = Vec::new();
    for (is_other, topic) in [(false, one), (true, other)] {
        each(world, topic, |tp, offset, timestamp, record| {
            let text = record.value.as_deref().and_then(|value| std::str::from_utf8(value).ok());
            let number = text.and_then(|text| text.trim().parse().ok()).unwrap_or(Decimal::ZERO);
            changes.push((timestamp, is_other, (tp.clone(), offset), record.key.clone(), number));
        })?;
    }
    sort_by_key(&mut changes, |change| (change.0, change.1, change.2.clone()));
    let mut rows: Map<(bool, Option<Bytes>), Decimal> = Map::new();
    let mut found = Vec::new();
    let mut changes = changes.into_iter().peekable();
    while let Some((at, is_other, place, key, number)) = changes.next() {
        rows.insert((is_other, key), number);
        if changes.peek().is_some_and(|next| next.0 == at) {
            continue;
        }
        let sum = |of: bool| {
            let values = rows.iter().filter(|((is_other, _), _)| *is_other == of);
            values.map(|(_, value)| *value).try_fold(Decimal::ZERO, |sum, value| sum.try_add(value).ok())
        };
        if sum(false) != sum(true) {
            found.push(place);
        }
    }
    Ok(found)
}

/// `overtaken(GROUP, EXPR)`: side effects done for a record after one for a later record of the same thing was done, the
/// later one being that with the later timestamp, in whatever partition it lies.
pub(super) fn overtaken(
    world: &World,
    group: &str,
    of: &str,
) -> Result<Vec<(TopicPartition, Offset)>, String> {
    let of = Expr::parse(of).map_err(|error| error.to_string())?;
    let ledger = ledger(world, group)?;
    let mut newest: Map<Arc<str>, Timestamp> = Map::new();
    let mut found = Vec::new();
    for entry in ledger.entries().filter(|entry| entry.deed == Deed::Done) {
        let Some(log) = world.log(&entry.tp) else { continue };
        for batch in log.batches_from(entry.from) {
            for (offset, record) in
                batch.records_from(entry.from).take_while(|(offset, _)| *offset < entry.to)
            {
                let at = batch.timestamp(record);
                let Some(id) = id(&of, (&entry.tp, offset), at, record) else { continue };
                let newest = newest.entry(id).or_insert(at);
                if at < *newest {
                    found.push((entry.tp.clone(), offset));
                }
                *newest = at.max(*newest);
            }
            if batch.base_offset >= entry.to {
                break;
            }
        }
    }
    Ok(found)
}
