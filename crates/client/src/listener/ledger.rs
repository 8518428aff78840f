//! The ledger of side effects: what was done in the world for which record, how often, when and by whom.
//!
//! It belongs to the outside world (a database, a mail server), not to the application: it survives every crash, so
//! that a record handled twice shows as done twice. The owner keeps one ledger for each group and lets it see the
//! events of all the group's instances.

use crate::listener::event::{Failure, Fate, Handled, InstanceEvent, Port, RecordRef};
use crate::listener::guard::GuardDeed;
use crate::listener::intervals::Intervals;
use millrace_model::{Map, Offset, Origin, Time, TopicPartition};
use std::collections::VecDeque;
use std::sync::Arc;

/// Most entries that the ledger lists one by one. Beyond it the oldest are dropped from the list; the counts and
/// [`Ledger::times`] stay exact.
pub const LEDGER_ENTRIES: usize = 10_000;

/// What an entry of the ledger says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// The listener method returned: the side effect is done.
    Done,
    /// It threw this class. (What it did before it threw is unknown.)
    Failed(Arc<str>),
    /// The record is in a retry topic now.
    Retried(TopicPartition, Offset),
    /// The record is a dead letter now.
    Dead(TopicPartition, Offset),
    /// The error was logged, the record given up.
    Skipped,
    /// The record's id was seen before: nothing was done.
    Dropped,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// By which instance.
    pub by: Arc<str>,
    /// The partition in the main topic.
    pub tp: TopicPartition,
    /// The first offset in the main topic.
    pub from: Offset,
    /// The offset after the last.
    pub to: Offset,
    /// At which delivery.
    pub attempt: u32,
    /// The record's origin, if the record was looked at one by one.
    pub origin: Option<Origin>,
    /// What was done.
    pub deed: Deed,
}

/// How much there is of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Totals {
    /// Side effects done: deliveries that returned.
    pub done: u64,
    /// Deliveries that threw.
    pub failed: u64,
    /// Records published to a retry topic.
    pub retried: u64,
    /// Records published to the dead letters.
    pub dead: u64,
    /// Records given up with a line in the log.
    pub skipped: u64,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    done: Map<TopicPartition, Intervals>,
    /// Given up knowingly, with a line in the log.
    skipped: Map<TopicPartition, Intervals>,
    /// Published to the dead letters.
    buried: Map<TopicPartition, Intervals>,
    entries: VecDeque<Entry>,
    dropped: u64,
    totals: Totals,
}

impl Ledger {
    /// Writes down what an event did; most events do nothing. `by` is the instance's name, `at` the present.
    pub fn apply(&mut self, by: &Arc<str>, at: Time, event: &InstanceEvent) {
        match event {
            InstanceEvent::Handled(handled) => self.handled(by, handled),
            InstanceEvent::Published { failure, to, .. } => {
                let (tp, offset) = to.clone();
                let deed = match failure.fate {
                    Fate::DeadLetter { .. } => {
                        self.totals.dead += 1;
                        let (from, at) = &failure.record.original;
                        self.buried.entry(from.clone()).or_default().add(*at, at.plus(1));
                        Deed::Dead(tp, offset)
                    }
                    Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => {
                        self.totals.retried += 1;
                        Deed::Retried(tp, offset)
                    }
                };
                self.record(by, at, &failure.record, deed);
            }
            InstanceEvent::Skipped { failure, .. } => {
                self.totals.skipped += 1;
                let (tp, offset) = &failure.record.original;
                self.skipped.entry(tp.clone()).or_default().add(*offset, offset.plus(1));
                self.record(by, at, &failure.record, Deed::Skipped);
            }
            InstanceEvent::Guarded { guarded, .. } if guarded.deed == GuardDeed::Dropped => {
                self.record(by, at, &guarded.record, Deed::Dropped);
            }
            _ => {}
        }
    }

    fn handled(&mut self, by: &Arc<str>, handled: &Handled) {
        let at = handled.at;
        if handled.port == Port::MAIN {
            for range in &handled.ranges {
                self.totals.done += range.to.since(range.from);
                self.intervals(&range.tp).add(range.from, range.to);
                self.push(Entry {
                    at,
                    by: by.clone(),
                    tp: range.tp.clone(),
                    from: range.from,
                    to: range.to,
                    attempt: 1,
                    origin: None,
                    deed: Deed::Done,
                });
            }
        }
        for record in &handled.retried {
            let (tp, offset) = &record.original;
            self.totals.done += 1;
            self.intervals(tp).add(*offset, offset.plus(1));
            self.record(by, at, record, Deed::Done);
        }
        if let Some(Failure { record, exception, .. }) = &handled.failure {
            self.totals.failed += 1;
            self.record(by, at, record, Deed::Failed(exception.class.clone()));
        }
    }

    /// A side effect that is done apart from the poll loop.
    pub fn done_apart(&mut self, by: &Arc<str>, at: Time, record: &RecordRef) {
        let (tp, offset) = &record.original;
        self.totals.done += 1;
        self.intervals(tp).add(*offset, offset.plus(1));
        self.record(by, at, record, Deed::Done);
    }

    fn intervals(&mut self, tp: &TopicPartition) -> &mut Intervals {
        self.done.entry(tp.clone()).or_default()
    }

    fn record(&mut self, by: &Arc<str>, at: Time, record: &RecordRef, deed: Deed) {
        let (tp, from) = record.original.clone();
        let to = from.plus(1);
        let origin = Some(record.origin);
        self.push(Entry { at, by: by.clone(), tp, from, to, attempt: record.attempt, origin, deed });
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() >= LEDGER_ENTRIES {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(entry);
    }

    /// How often the side effect was done for the record that is at `offset` of the main topic's `tp`.
    pub fn times(&self, tp: &TopicPartition, offset: Offset) -> u32 {
        self.done.get(tp).map_or(0, |intervals| intervals.times(offset))
    }

    /// True if the record at `offset` of the main topic's `tp` was given up with a line in the log.
    pub fn is_skipped(&self, tp: &TopicPartition, offset: Offset) -> bool {
        self.skipped.get(tp).is_some_and(|intervals| intervals.times(offset) > 0)
    }

    /// True if the record at `offset` of the main topic's `tp` was published to the dead letters.
    pub fn is_buried(&self, tp: &TopicPartition, offset: Offset) -> bool {
        self.buried.get(tp).is_some_and(|intervals| intervals.times(offset) > 0)
    }

    /// The entries about one record of the main topic, oldest first.
    pub fn about<'a>(&'a self, tp: &'a TopicPartition, offset: Offset) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |e| e.tp == *tp && e.from <= offset && offset < e.to)
    }

    /// The entries that are still listed, oldest first, at most [`LEDGER_ENTRIES`].
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many entries were dropped from the list.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The counts.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What was done, partition by partition of the main topic.
    pub fn done(&self) -> &Map<TopicPartition, Intervals> {
        &self.done
    }

    /// How many records have had their side effect more than once.
    pub fn repeated(&self) -> u64 {
        self.done.values().map(Intervals::repeated).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::event::HandledRange;

    fn handled(from: i64, to: i64) -> InstanceEvent {
        let range = HandledRange { tp: TopicPartition::new("orders", 0), from: Offset(from), to: Offset(to) };
        let (ranges, retried) = (vec![range], vec![]);
        InstanceEvent::Handled(Handled {
            port: Port::MAIN,
            thread: None,
            at: Time(7),
            ranges,
            retried,
            failure: None,
            mark: None,
        })
    }

    #[test]
    fn beyond_its_limit_the_ledger_forgets_lines_and_never_counts() {
        let mut ledger = Ledger::default();
        let by: Arc<str> = "c1".into();
        let entries = i64::try_from(LEDGER_ENTRIES).unwrap();
        for n in 0..entries + 5 {
            ledger.apply(&by, Time(7), &handled(n * 10, n * 10 + 10));
        }
        let tp = TopicPartition::new("orders", 0);
        assert_eq!((ledger.entries().count(), ledger.dropped()), (LEDGER_ENTRIES, 5));
        assert_eq!(ledger.times(&tp, Offset(0)), 1);
        assert_eq!(ledger.totals().done, u64::try_from((entries + 5) * 10).unwrap());
        assert_eq!(ledger.about(&tp, Offset(3)).count(), 0);
        assert_eq!(
            ledger.about(&tp, Offset(55)).map(|e| (e.from, e.to)).next(),
            Some((Offset(50), Offset(60)))
        );
    }

    #[test]
    fn what_is_handled_again_is_counted_twice() {
        let mut ledger = Ledger::default();
        for event in [handled(0, 10), handled(6, 12)] {
            ledger.apply(&"c1".into(), Time(7), &event);
        }
        let tp = TopicPartition::new("orders", 0);
        assert_eq!([5, 6, 9, 10, 12].map(|o| ledger.times(&tp, Offset(o))), [1, 2, 2, 1, 0]);
        assert_eq!(ledger.repeated(), 4);
        assert_eq!(ledger.totals(), Totals { done: 16, ..Totals::default() });
    }
}
