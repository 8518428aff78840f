//! The steps between fetch and commit, and the gaps between them in which a process can die.
//!
//! ```text
//! fetch ─ process ─ effect ─ (publish) ─ (offsets) ─ commit
//!       ^         ^        ^           ^           ^        ^
//! ```
//!
//! A process that dies in a gap has done what is left of it and nothing of what is right of it. Each gap has one name, so that
//! a crash can be put exactly there and a property can be checked for every one of them.

use crate::consumer::ConsumerEvent;
use crate::listener::event::{Handled, InstanceEvent};
use crate::listener::guard::GuardDeed;
use crate::producer::{ProducerEvent, TransactionCall, TransactionEvent};
use millrace_model::Offset;

/// A gap between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrashPoint {
    /// Poll has returned records; none of them is handled.
    AfterFetch,
    /// The listener method has run up to its side effect, which is not done.
    BeforeEffect,
    /// The side effect is done; nothing else has noticed.
    AfterEffect,
    /// The marker of an idempotent consumer is written.
    AfterMark,
    /// A failed record is about to go to a retry topic or to the dead letters.
    BeforePublish,
    /// A broker has it there; the container does not commit any more.
    AfterPublish,
    /// The commit is decided and has not left.
    BeforeCommit,
    /// The broker has confirmed the commit.
    AfterCommit,
    /// The results are in the transaction (some may not have left yet), the offsets are not.
    BeforeOffsets,
    /// The offsets are in the transaction; it is not committed.
    AfterOffsets,
}

/// What an event means to a crash that waits at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// So many records (or steps) pass the point with it.
    Through(u64),
    /// The same, and the point lies before them.
    Before(u64),
}

impl CrashPoint {
    /// All of them, in their order on the timeline, by name.
    pub const ALL: [(&'static str, CrashPoint); 10] = [
        ("after-fetch", CrashPoint::AfterFetch),
        ("before-effect", CrashPoint::BeforeEffect),
        ("after-effect", CrashPoint::AfterEffect),
        ("after-mark", CrashPoint::AfterMark),
        ("before-publish", CrashPoint::BeforePublish),
        ("after-publish", CrashPoint::AfterPublish),
        ("before-offsets", CrashPoint::BeforeOffsets),
        ("after-offsets", CrashPoint::AfterOffsets),
        ("before-commit", CrashPoint::BeforeCommit),
        ("after-commit", CrashPoint::AfterCommit),
    ];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, point)| *point == self).map_or("", |(name, _)| name)
    }

    /// Whether `event` passes this point, and with how many records.
    pub fn passed(self, event: &InstanceEvent) -> Option<Passing> {
        match (self, event) {
            (CrashPoint::AfterFetch, InstanceEvent::Consumer { event, .. }) => match event {
                ConsumerEvent::PollReturned { polled, .. } if polled.count > 0 => Some(Passing::Through(1)),
                _ => None,
            },
            (CrashPoint::BeforeEffect, InstanceEvent::Handled(handled)) => {
                counted(handled).map(Passing::Before)
            }
            (CrashPoint::AfterEffect, InstanceEvent::Handled(handled)) => {
                counted(handled).map(Passing::Through)
            }
            (CrashPoint::AfterMark, InstanceEvent::Guarded { guarded, .. }) => {
                (guarded.deed != GuardDeed::Dropped).then_some(Passing::Through(1))
            }
            (CrashPoint::BeforePublish, InstanceEvent::PublishStarted { .. })
            | (CrashPoint::AfterPublish, InstanceEvent::Published { .. }) => Some(Passing::Through(1)),
            (
                CrashPoint::BeforeCommit,
                InstanceEvent::Consumer { event: ConsumerEvent::CommitStarted { .. }, .. },
            )
            | (
                CrashPoint::AfterCommit,
                InstanceEvent::Consumer { event: ConsumerEvent::OffsetsCommitted { .. }, .. },
            ) => Some(Passing::Through(1)),
            (point, InstanceEvent::Producer(ProducerEvent::Transaction(event))) => {
                point.passed_in_transaction(event).then_some(Passing::Through(1))
            }
            _ => None,
        }
    }

    fn passed_in_transaction(self, event: &TransactionEvent) -> bool {
        match event {
            TransactionEvent::CallBegan { call, is_resumed: false, .. } => match call {
                TransactionCall::SendOffsetsToTransaction { .. } => self == CrashPoint::BeforeOffsets,
                TransactionCall::CommitTransaction => self == CrashPoint::BeforeCommit,
                _ => false,
            },
            TransactionEvent::CallReturned { call, failure: None, .. } => match call {
                TransactionCall::SendOffsetsToTransaction { .. } => self == CrashPoint::AfterOffsets,
                TransactionCall::CommitTransaction => self == CrashPoint::AfterCommit,
                _ => false,
            },
            _ => false,
        }
    }
}

/// How many side effects were done.
fn counted(handled: &Handled) -> Option<u64> {
    let ranges: u64 = handled.ranges.iter().map(|range| range.to.since(range.from)).sum();
    (ranges > 0).then_some(ranges)
}

/// The first `count` records of `handled`, without what failed behind them; none of zero.
pub fn first_of(handled: &Handled, count: u64) -> Option<Handled> {
    let mut left = count;
    let mut first = Handled { ranges: Vec::new(), failure: None, ..handled.clone() };
    for range in &handled.ranges {
        let taken = range.to.since(range.from).min(left);
        if taken > 0 {
            let mut range = range.clone();
            range.to = Offset(range.from.0.saturating_add(i64::try_from(taken).unwrap_or(i64::MAX)));
            first.ranges.push(range);
            left -= taken;
        }
    }
    first.retried.retain(|record| {
        first.ranges.iter().any(|r| r.tp == record.tp && r.from <= record.offset && record.offset < r.to)
    });
    (!first.ranges.is_empty()).then_some(first)
}
