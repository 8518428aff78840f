//! What must hold in a cluster whatever fails, looked at after every step: see [`Safety`].
//!
//! It looks at a world and at what a step has recorded, and remembers; it changes nothing, and a world knows nothing of it.
//! Each look costs as much as the step was about, and a new leader costs a look at its whole log: tests look after every step.
//!
//! Not here: what makes things fail, and under which faults which finding is a defect. Kafka promises nothing under an unclean
//! election or a lost disk; there the same findings are what a learner is to see.
//!
//! Logs that are compacted, cut off by retention, or of topics that are deleted and created again are not understood.

mod finding;
mod keep;
mod outcome;
mod txn;

pub use finding::{Finding, Kind};

use crate::node::Kind as NodeKind;
use crate::trace::{Actor, Entry, EntryId, Fact, Recorder};
use crate::world::{Payload, World};
use keep::Keep;
use millrace_broker::{Event, ReplicaEvent};
use millrace_client::producer::ProducerEvent;
use millrace_model::config::producer::Acks;
use millrace_model::{
    Batch, BrokerId, LeaderEpoch, Map, Offset, Response, StoredBatch, Time, TopicPartition,
};
use outcome::Outcomes;
use std::sync::Arc;

/// The checkers:
///
/// - a record that a producer was told is written (`acks=all`, or `1`) is in the log of every later leader;
/// - what lies below any replica's high watermark is the same at all of them, for ever: no log differs there, no leader lacks any
///   of it, and so nothing that a reader was shown changes or is missing later;
/// - a leadership has one leader;
/// - readers are shown nothing beyond the high watermark, and `read_committed` readers nothing that is open or aborted;
/// - what a producer was told of its transaction is so in every partition.
#[derive(Clone, Debug, Default)]
pub struct Safety {
    leaders: Map<(TopicPartition, LeaderEpoch), BrokerId>,
    partitions: Map<TopicPartition, Keep>,
    outcomes: Outcomes,
    findings: Vec<Finding>,
    seen: Seen,
    /// The number of the next entry: what is on its way names the entry of its departure, so no two may be alike.
    next_entry: EntryId,
}

/// What the checkers have had to look at: a run in which nothing happened proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Records of which a producer was told that they are written.
    pub acknowledged: u64,
    /// Records that were shown to readers.
    pub shown: u64,
    /// Leaderships that began.
    pub elections: u64,
    /// Logs of which something was taken back.
    pub truncations: u64,
    /// Changes of in-sync replicas.
    pub isr_changes: u64,
    /// Transactions of which a producer was told that they are committed.
    pub committed: u64,
    /// The same of aborted ones.
    pub aborted: u64,
    /// Batches of transactions that were shown to `read_committed` readers.
    pub shown_committed: u64,
}

impl Safety {
    /// Nothing was seen yet.
    pub fn new() -> Safety {
        Safety::default()
    }

    /// What was found, in the order in which it was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What there was to look at.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Looks at a step: `world` is as the step has left it, and `entries` are what it has recorded.
    pub fn look(&mut self, world: &World, entries: &[Entry]) {
        if let Some(last) = entries.last() {
            self.next_entry = EntryId(last.id.0.saturating_add(1));
        }
        for entry in entries {
            match (&entry.fact, entry.actor) {
                (Fact::Broker(Event::Replica(event)), Actor::Broker(id)) => self.replica(world, id, event),
                (Fact::Producer(ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. }), at) => {
                    self.acknowledged(world, at, tp, *base_offset, batch);
                }
                (Fact::Producer(ProducerEvent::Transaction(event)), Actor::Node(node)) => {
                    match self.outcomes.happened(node, event) {
                        Some(true) => self.seen.committed += 1,
                        Some(false) => self.seen.aborted += 1,
                        None => {}
                    }
                }
                (Fact::Sent { message, .. }, Actor::Broker(_))
                    if message.is_response && message.api == "Fetch" && message.records > 0 =>
                {
                    self.sent(world, entry);
                }
                _ => {}
            }
        }
    }

    /// What records the next step.
    pub fn recorder(&self, at: Time) -> Recorder {
        Recorder::new(self.next_entry, at)
    }

    /// Lets the next thing happen in a world, and looks at it; false if there is nothing.
    pub fn step(&mut self, world: &mut World) -> bool {
        let mut recorder = self.recorder(world.next_time().unwrap_or(world.now()));
        let went_on = world.step(&mut recorder);
        self.look(world, &recorder.finish());
        went_on
    }

    fn replica(&mut self, world: &World, id: BrokerId, event: &ReplicaEvent) {
        match event {
            ReplicaEvent::LeaderStarted { tp, leader_epoch, .. } => {
                self.seen.elections += 1;
                self.leader_started(world, id, tp, *leader_epoch);
            }
            ReplicaEvent::HighWatermarkIncremented { tp, from, to, .. }
            | ReplicaEvent::HighWatermarkLearnt { tp, from, to, .. } => {
                self.passed(world, id, tp, (*from, *to));
            }
            ReplicaEvent::Truncated { .. } | ReplicaEvent::TruncatedFully { .. } => {
                self.seen.truncations += 1
            }
            ReplicaEvent::IsrAltered { .. } => self.seen.isr_changes += 1,
            _ => {}
        }
    }

    fn found(&mut self, world: &World, tp: &TopicPartition, at: BrokerId, kind: Kind) {
        self.findings.push(Finding { at: world.now(), tp: tp.clone(), broker: at, kind });
    }

    fn leader_started(&mut self, world: &World, id: BrokerId, tp: &TopicPartition, epoch: LeaderEpoch) {
        let known = *self.leaders.entry((tp.clone(), epoch)).or_insert(id);
        if known != id {
            self.found(world, tp, id, Kind::TwoLeaders { epoch, other: known });
        }
        // A broker that hears late of an old leadership lacks what came under later ones.
        let is_current = world.controller().and_then(|controller| controller.partition(tp));
        let Some(log) = world.broker(id).and_then(|broker| broker.log(tp)) else { return };
        if is_current.is_none_or(|now| now.leader_epoch != epoch) {
            return;
        }
        let keep = self.partitions.entry(tp.clone()).or_default();
        let kinds = keep.compare_with_leader(log);
        for kind in kinds {
            self.found(world, tp, id, kind);
        }
    }

    /// A high watermark has passed something at a replica.
    fn passed(&mut self, world: &World, id: BrokerId, tp: &TopicPartition, (from, to): (Offset, Offset)) {
        let Some(log) = world.broker(id).and_then(|broker| broker.log(tp)) else { return };
        let keep = self.partitions.entry(tp.clone()).or_default();
        let mut kinds = Vec::new();
        for stored in log.batches_from(from).take_while(|stored| stored.next_offset() <= to) {
            kinds.extend(keep.passed(stored));
        }
        for kind in kinds {
            self.found(world, tp, id, kind);
        }
    }

    fn acknowledged(
        &mut self,
        world: &World,
        at: Actor,
        tp: &TopicPartition,
        base: Offset,
        batch: &Arc<Batch>,
    ) {
        let Actor::Node(node) = at else { return };
        let acks = match world.node(node).map(|node| &node.kind) {
            Some(NodeKind::Producer(producer)) => {
                if producer.client.transactional_id().is_some() {
                    self.outcomes.acknowledged(node, tp, base);
                }
                producer.client.config().acks
            }
            _ => return,
        };
        if acks == Acks::Zero || base.0 < 0 {
            return;
        }
        self.seen.acknowledged += batch.len() as u64;
        let keep = self.partitions.entry(tp.clone()).or_default();
        keep.acknowledged(base, batch, acks);
        // If somebody leads now, it is to be there now.
        let controller = world.controller().and_then(|controller| controller.partition(tp));
        let Some((leader, epoch)) = controller.and_then(|now| Some((now.leader?, now.leader_epoch))) else {
            return;
        };
        let Some(broker) = world.broker(leader) else { return };
        let leads = broker.replicas().and_then(|replicas| replicas.leader(tp));
        if let (Some(_), Some(log)) = (leads.filter(|leads| leads.leader_epoch == epoch), broker.log(tp)) {
            let kinds = keep.lost(log);
            for kind in kinds {
                self.found(world, tp, leader, kind);
            }
        }
    }

    /// A broker answers a reader.
    fn sent(&mut self, world: &World, entry: &Entry) {
        let Actor::Broker(id) = entry.actor else { return };
        let flight = world.flights().find(|(_, flight)| flight.cause == Some(entry.id));
        let Some((node, Payload::Response(Response::Fetch(answer)))) =
            flight.map(|(_, flight)| (flight.node, &flight.payload))
        else {
            return;
        };
        for partition in &answer.partitions {
            for stored in &partition.batches {
                self.seen.shown += stored.batch.len() as u64;
                let keep = self.partitions.entry(partition.tp.clone()).or_default();
                let mut kinds = Vec::new();
                if stored.next_offset() > partition.high_watermark {
                    kinds.push(Kind::ShownTooEarly { offset: stored.base_offset });
                }
                kinds.extend(keep.shown(stored));
                for kind in kinds {
                    self.found(world, &partition.tp, id, kind);
                }
            }
            if txn::is_read_committed(world, node)
                && let Some(log) = world.broker(id).and_then(|broker| broker.log(&partition.tp))
            {
                self.seen.shown_committed += txn::of_transactions(partition);
                for kind in txn::uncommitted(partition, log) {
                    self.found(world, &partition.tp, id, kind);
                }
            }
        }
    }

    /// At the end of a run in which everything was mended: every replica holds the same up to the leader's end.
    pub fn settle(&mut self, world: &World) {
        let Some(controller) = world.controller() else { return };
        let all: Vec<TopicPartition> = self.partitions.keys().cloned().collect();
        for tp in all {
            let Some(now) = controller.partition(&tp) else { continue };
            let leader = now.leader.and_then(|id| Some((id, world.broker(id)?.log(&tp)?)));
            let Some((leader, log)) = leader else { continue };
            let keep = self.partitions.entry(tp.clone()).or_default();
            let mut kinds: Vec<(BrokerId, Kind)> =
                keep.compare_with_leader(log).into_iter().map(|kind| (leader, kind)).collect();
            kinds.extend(self.outcomes.broken(&tp, log).into_iter().map(|kind| (leader, kind)));
            for id in now.replicas.iter().filter(|id| now.isr.contains(id)) {
                let Some(other) = world.broker(*id).and_then(|broker| broker.log(&tp)) else { continue };
                let until = log.log_end_offset().min(other.log_end_offset());
                if log.contents_hash(until) != other.contents_hash(until) {
                    kinds.push((*id, Kind::LogsDiffer { below: until, other: leader }));
                }
            }
            for (id, kind) in kinds {
                self.found(world, &tp, id, kind);
            }
        }
    }
}

/// Whether two batches hold the same at the same place.
fn is_same(a: &StoredBatch, b: &StoredBatch) -> bool {
    a.base_offset == b.base_offset
        && a.leader_epoch == b.leader_epoch
        && (Arc::ptr_eq(&a.batch, &b.batch) || a.batch == b.batch)
}
