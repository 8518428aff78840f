//! The records of a lane: the tail of the log, and what each record means to the group in focus.

use crate::cast::{Body, GroupCast, GroupKind, MemberCast};
use crate::hue;
use crate::layout::{LaneMeasures, rect};
use crate::scene::{Cell, CellState, Drain, Rect, Target};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_client::listener::{Deed, Phase, Port};
use millrace_model::{Map, Offset, Record, Set, TopicPartition};
use millrace_sim::World;
use millrace_words::stage as say;

/// Entries of a ledger that are looked through for records that failed.
const LEDGER_TAIL: usize = 512;

/// Which records of a group's main topics failed and went on, as far as its ledger's tail says.
pub type Failed = Set<(TopicPartition, Offset)>;

/// The failed records of each application.
pub fn failed(world: &World, group: &GroupCast<'_>) -> Failed {
    if !matches!(group.kind, GroupKind::App(_)) {
        return Failed::new();
    }
    let Some(ledger) = world.ledger(group.id.as_str()) else { return Failed::new() };
    let went_on = |deed: &Deed| matches!(deed, Deed::Retried(..) | Deed::Dead(..) | Deed::Skipped);
    ledger
        .entries()
        .rev()
        .take(LEDGER_TAIL)
        .filter(|entry| went_on(&entry.deed))
        .map(|entry| (entry.tp.clone(), entry.from))
        .collect()
}

/// How far the group in focus has come in one partition.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The committed offset.
    pub committed: Option<Offset>,
    /// The position of the owner.
    pub position: Option<Offset>,
    /// The record in work.
    current: Option<Offset>,
    /// The record that has failed just now.
    failing: Option<Offset>,
    /// Polled, not handled: from, to.
    in_hand: Option<(Offset, Offset)>,
}

impl Progress {
    /// How far `group` is in `tp`.
    pub fn of(group: &GroupCast<'_>, owner: Option<&MemberCast<'_>>, tp: &TopicPartition) -> Progress {
        let mut progress = Progress { committed: group.committed(tp), ..Progress::default() };
        let Some(owner) = owner else { return progress };
        progress.position = owner.consumer().and_then(|consumer| consumer.position(tp));
        if let Body::Instance(instance) = owner.body
            && let Some(container) = instance.container(Port::MAIN)
        {
            progress.look_into(container.phase(), tp);
        }
        progress
    }

    fn look_into(&mut self, phase: &Phase, tp: &TopicPartition) {
        let Some(hand) = phase.hand() else { return };
        self.in_hand = hand.rest().iter().find(|part| part.tp == *tp).map(|part| (part.from, part.to));
        let next = hand.next().filter(|(of, ..)| *of == tp).map(|(_, offset, ..)| offset);
        match phase {
            Phase::Handling { current: Some(_), .. } => self.current = next,
            Phase::Failing { .. } | Phase::Publishing { .. } => self.failing = next,
            _ => {}
        }
    }

    /// What a record means to the group.
    pub fn state(&self, offset: Offset, has_failed: bool) -> CellState {
        if has_failed || self.failing == Some(offset) {
            CellState::Failed
        } else if self.committed.is_some_and(|committed| offset < committed) {
            CellState::Committed
        } else if self.current == Some(offset) {
            CellState::Current
        } else if self.in_hand.is_some_and(|(from, to)| from <= offset && offset < to) {
            CellState::Fetched
        } else if self.position.is_some_and(|position| offset < position) {
            CellState::Done
        } else {
            CellState::New
        }
    }
}

/// The part of a log that a lane shows.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    /// The first offset in sight.
    pub first: Offset,
    /// The lane's trough.
    pub trough: Rect,
    /// The lane's measures.
    pub measures: LaneMeasures,
}

impl Tail {
    /// The tail of `log` that fits into `trough`, with room for one more record.
    pub fn of(log: &PartitionLog, trough: Rect, measures: LaneMeasures) -> Tail {
        let fits = crate::layout::fitting(trough.w - 8.0, measures.pitch).saturating_sub(1);
        let from = Offset(log.log_end_offset().0.saturating_sub(i64::try_from(fits).unwrap_or(i64::MAX)));
        Tail { first: from.max(log.log_start_offset()), trough, measures }
    }

    /// The left border of an offset's place, clamped to the lane.
    pub fn x(&self, offset: Offset) -> f32 {
        let n = usize::try_from(offset.since(self.first)).unwrap_or(usize::MAX);
        (self.trough.x + 4.0 + crate::layout::count(n) * self.measures.pitch).min(self.trough.right() - 4.0)
    }

    fn tile(&self, offset: Offset) -> Rect {
        let m = self.measures;
        let inset = (m.pitch - m.cell_w) / 2.0;
        rect(self.x(offset) + inset, self.trough.y + (m.height - m.cell_h) / 2.0, m.cell_w, m.cell_h)
    }
}

/// The records in sight.
pub fn cells(
    log: &PartitionLog,
    tp: &TopicPartition,
    tail: &Tail,
    progress: Option<&Progress>,
    failed: Option<&Failed>,
) -> Vec<Cell> {
    if tail.first >= log.log_end_offset() {
        return Vec::new();
    }
    // One look-up key for the whole lane.
    let mut place = (tp.clone(), tail.first);
    let mut cells = Vec::new();
    for (offset, record) in log.batches_from(tail.first).flat_map(|batch| batch.records_from(tail.first)) {
        place.1 = offset;
        let has_failed = failed.is_some_and(|failed| failed.contains(&place));
        let state = progress.map_or(CellState::New, |progress| progress.state(offset, has_failed));
        cells.push(cell(tp, offset, record, tail.tile(offset), state, None));
    }
    cells
}

/// One tile.
pub fn cell(
    tp: &TopicPartition,
    offset: Offset,
    record: &Record,
    rect: Rect,
    state: CellState,
    wait: Option<Drain>,
) -> Cell {
    let (letter, hue) = hue::of_key(record.key.as_deref());
    let key = words::key(record.key.as_ref());
    let label = say::offset_key(&tp, &offset, &key, &state_word(state));
    Cell { target: Target::Record(tp.clone(), offset), rect, offset, key, letter, hue, state, wait, label }
}

/// A state in words.
pub fn state_word(state: CellState) -> &'static str {
    match state {
        CellState::New => say::not_read_yet(),
        CellState::Fetched => say::fetched_waiting_in_the_consumer(),
        CellState::Current => say::being_processed(),
        CellState::Done => say::processed_not_committed(),
        CellState::Committed => say::committed(),
        CellState::Failed => say::failed(),
        CellState::Waiting => say::waiting_for_its_next_attempt(),
        CellState::Dead => say::dead_letter(),
    }
}

/// Owners of all partitions, for one group.
pub type Owners<'a> = Map<&'a TopicPartition, usize>;
