//! What all replicas of a partition share: what the controller says of it, which offsets are in sight, where each of them
//! lies, and how high the high watermark stands.

use super::{Ack, HEAD, Plan, acks};
use crate::layout::{count, fitting};
use crate::scene::Rect;
use crate::sentence::ids;
use millrace_broker::PartitionLog;
use millrace_model::protocol::PartitionRegistration;
use millrace_model::{BrokerId, Offset, TopicPartition};
use millrace_words::cluster as say;

/// From one record to the next.
pub(super) const PITCH: f32 = 22.0;
/// Left of the first record, and right of the last one.
const INSET: f32 = 6.0;

/// A partition above the rooms.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Which.
    pub tp: TopicPartition,
    /// Its box above the rooms; its left and right side hold in every room.
    pub rect: Rect,
    /// What the controller says: leader, epoch.
    pub title: String,
    /// Who is in sync.
    pub in_sync: String,
    /// Whether fewer are in sync than `min.insync.replicas`: acks=all is refused.
    pub is_below_min: bool,
    /// The state as the controller has it.
    pub state: PartitionRegistration,
    /// The first offset in sight.
    pub first: Offset,
    /// Where the longest of the logs ends.
    pub end: Offset,
    /// Where the leader's log ends; none if nobody leads.
    pub leader_end: Option<Offset>,
    /// The high watermark, as the leader has it, else as far as it is known.
    pub high_watermark: Offset,
    /// Where it lies.
    pub watermark_x: f32,
    /// How many records a log has room for.
    pub slots: usize,
    /// Answers to acks=all that wait for replicas.
    pub acks: Vec<Ack>,
}

impl Shared {
    /// The left border of an offset's place, kept within the column.
    pub fn x(&self, offset: Offset) -> f32 {
        let n = usize::try_from(offset.since(self.first)).unwrap_or(usize::MAX).min(self.slots);
        self.rect.x + INSET + count(n) * PITCH
    }

    /// Whether an offset has a place.
    pub fn is_in_sight(&self, offset: Offset) -> bool {
        offset >= self.first && offset.since(self.first) < self.slots as u64
    }
}

pub(super) fn of(plan: &Plan<'_>, n: usize, tp: &TopicPartition) -> Option<Shared> {
    let world = plan.timeline.world();
    let state = plan.controller.partition(tp)?.clone();
    let log = |id: &BrokerId| world.broker(*id).and_then(|broker| broker.log(tp));
    let logs = || state.replicas.iter().filter_map(log);
    let end = logs().map(PartitionLog::log_end_offset).max().unwrap_or(Offset(0));
    let leader = state.leader.as_ref().and_then(log);
    // A dead leader's memory is gone, and with it the high watermark; the others still know of it.
    let living = leader.filter(|_| state.leader.is_some_and(|id| !world.is_broker_down(id)));
    let highest = || logs().map(PartitionLog::high_watermark).max();
    let high_watermark = living.map(PartitionLog::high_watermark).or_else(highest).unwrap_or(Offset(0));
    let rect = plan.column(n);
    let slots = fitting(rect.w - 2.0 * INSET, PITCH).max(1);
    let room = i64::try_from(slots).unwrap_or(i64::MAX).saturating_sub(1);
    let first = Offset(end.0.saturating_sub(room).max(0));
    let min = world.broker(*state.replicas.first()?).and_then(|broker| broker.topic(tp.topic.as_str()));
    let min = min.map_or(1, |topic| topic.config().min_insync_replicas);
    let min = min.min(state.replicas.len());
    let is_below_min = state.isr.len() < min;
    let led = state.leader.map_or_else(|| say::no_leader().to_owned(), |id| say::led_by(&id));
    let mut in_sync = say::in_sync(&ids(&state.isr));
    if is_below_min {
        in_sync = [&*in_sync, " · ", &say::below_min_isr(&min)].concat();
    }
    let mut shared = Shared {
        tp: tp.clone(),
        rect,
        title: [&*led, " · ", &say::leader_epoch(&state.leader_epoch)].concat(),
        in_sync,
        is_below_min,
        first,
        end,
        leader_end: leader.map(PartitionLog::log_end_offset),
        high_watermark,
        watermark_x: 0.0,
        slots,
        acks: acks::waiting(world, tp, &state),
        state,
    };
    shared.watermark_x = shared.x(high_watermark);
    shared.rect.h = HEAD - 8.0;
    Some(shared)
}
