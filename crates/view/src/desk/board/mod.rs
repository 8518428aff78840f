//! The transaction board: what the coordinator knows of each transactional id, and what of it lies in the partitions: records of
//! open, committed and aborted transactions, the markers as they stand in the log, the last stable offset as a barrier, and the
//! `read_committed` readers that wait behind it.
//!
//! Two sources that may disagree stand beside each other on purpose: the coordinator's word, and the partition's own. A
//! transaction that is open in a partition and unknown to every coordinator hangs.

mod coordinator;
mod deeds;
mod hanging;
mod lane;
mod readers;
mod spans;
pub mod text;

pub use coordinator::{Phase, Txn, TxnClient};
pub use hanging::Hanging;
pub use lane::{Cell, CellKind, Lane};
pub use readers::Reader;
pub use spans::{Outcome, Span};

use super::told::{Told, told};
use crate::cast::Cast;
use crate::hue;
use millrace_broker::{Event, PartitionLog};
use millrace_model::{Map, Offset, ProducerId, Set, TopicPartition};
use millrace_sim::{Entry, Fact, Timeline, World};
use millrace_words::transactions as say;
use std::sync::Arc;

/// Most partitions below each other.
const LANES: usize = 6;
/// So many offsets before those in sight are read for where a transaction began.
const LOOKBACK: i64 = 512;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// How wide the picture is.
    pub width: f32,
    /// How high.
    pub height: f32,
    /// Every transactional id, by name.
    pub transactions: Vec<Txn>,
    /// Transactions that are open in a partition, and that no coordinator knows there.
    pub hanging: Vec<Hanging>,
    /// The partitions that take part.
    pub lanes: Vec<Lane>,
    /// What there was no room for.
    pub more: Option<String>,
    /// What has happened last, the newest first.
    pub told: Vec<Told>,
}

/// Whether there is anything to show: somebody has a transactional id.
pub fn has_transactions(world: &World) -> bool {
    world.brokers().any(|broker| broker.txn_coordinator().transactions().next().is_some())
}

/// The board, for a picture that wide.
pub fn board(timeline: &Timeline, width: f32) -> Board {
    let world = timeline.world();
    let cast = Cast::of(world);
    let known = coordinator::Known::of(world);
    let found = partitions(world, &known);
    let who = Who::of(&known, found.iter().map(|(_, log)| *log));
    let hanging = hanging::hanging(world, &known, &found, &who);
    let all = found.len();
    let shown = most_urgent(found);
    let more = all.saturating_sub(shown.len());
    let mut y = 0.0;
    let mut lanes = Vec::new();
    for (tp, log) in shown {
        let lane = lane::Plan { cast: &cast, who: &who, hanging: &hanging, width }.lane(&tp, log, y);
        y = lane.rect.bottom() + lane::GAP;
        lanes.push(lane);
    }
    Board {
        width,
        height: y,
        transactions: coordinator::transactions(world, &known, &who),
        hanging,
        lanes,
        more: (more > 0).then(|| say::more_partitions(more as u64)),
        told: told(timeline, belongs),
    }
}

fn belongs(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Broker(Event::Txn(_)) => true,
        // A marker is a batch like any other, but for what stands in it.
        Fact::Broker(Event::BatchAppended { stored, .. }) => stored.batch.marker().is_some(),
        _ => false,
    }
}

/// The partitions that a transaction has to do with, in the order of their names.
fn partitions<'a>(
    world: &'a World,
    known: &coordinator::Known<'_>,
) -> Vec<(TopicPartition, &'a PartitionLog)> {
    let added: Set<&TopicPartition> =
        known.all().flat_map(|(_, _, metadata)| metadata.partitions.iter()).collect();
    let names: Set<TopicPartition> = world
        .brokers()
        .flat_map(|broker| broker.topics())
        .flat_map(|topic| crate::cast::logs(topic).map(|(tp, _)| tp).collect::<Vec<_>>())
        .collect();
    let takes_part = |tp: &TopicPartition, log: &PartitionLog| {
        added.contains(tp)
            || log.producers().producers().any(|entry| is_transactional(log, entry.producer_id))
    };
    let logs = names.into_iter().filter_map(|tp| {
        let log = world.log(&tp)?;
        takes_part(&tp, log).then_some((tp, log))
    });
    logs.collect()
}

/// Whether a producer has an open transaction in that log, or has had one that its newest offsets still tell of.
fn is_transactional(log: &PartitionLog, id: ProducerId) -> bool {
    let is_open = log.producers().producer(id).is_some_and(|entry| entry.current_txn_first_offset.is_some());
    let from = Offset(log.log_end_offset().0.saturating_sub(LOOKBACK).max(0));
    let is_of_it = |stored: &millrace_model::StoredBatch| {
        let producer = stored.batch.producer.as_deref();
        producer.is_some_and(|producer| producer.id == id && producer.is_transactional)
    };
    is_open || log.batches_from(from).any(is_of_it)
}

/// Where not all have room: first those in which somebody has to wait.
fn most_urgent<T>(all: Vec<(T, &PartitionLog)>) -> Vec<(T, &PartitionLog)> {
    let is_held = |log: &PartitionLog| log.last_stable_offset() < log.high_watermark();
    let held = all.iter().filter(|(_, log)| is_held(log)).count().min(LANES);
    let mut others = LANES - held;
    let mut waiting = held;
    let has_room = |(_, log): &(T, &PartitionLog)| {
        let left = if is_held(log) { &mut waiting } else { &mut others };
        let has_room = *left > 0;
        *left = left.saturating_sub(1);
        has_room
    };
    let mut has_room = has_room;
    all.into_iter().filter(|one| has_room(one)).collect()
}

/// Names and colours of producers.
struct Who {
    names: Map<ProducerId, Arc<str>>,
    hues: Map<ProducerId, u8>,
}

impl Who {
    fn of<'a>(known: &coordinator::Known<'_>, logs: impl Iterator<Item = &'a PartitionLog>) -> Who {
        let names: Map<ProducerId, Arc<str>> =
            known.all().map(|(id, _, metadata)| (metadata.producer_id, id.clone())).collect();
        let mut ids: Set<ProducerId> = names.keys().copied().collect();
        for log in logs {
            ids.extend(log.producers().producers().map(|entry| entry.producer_id));
        }
        let hues = ids.into_iter().enumerate().map(|(n, id)| (id, hue::of_group(n))).collect();
        Who { names, hues }
    }

    /// Its transactional id, else its number.
    fn name(&self, id: ProducerId) -> String {
        self.names.get(&id).map_or_else(|| say::producer_number(&id), |name| name.to_string())
    }

    fn hue(&self, id: ProducerId) -> u8 {
        self.hues.get(&id).copied().unwrap_or(0)
    }
}
