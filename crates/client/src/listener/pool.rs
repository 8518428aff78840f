//! A thread pool behind the listener (`Executors.newFixedThreadPool`): the container's thread hands each record over and
//! polls on, as if it were done with it.
//!
//! So it is for every commit that does not wait for the pool: a crash loses what is in the pool. What a call throws is
//! logged by the pool and seen by nobody: no retry, no dead letter. Only acknowledgements by hand
//! ([`CommitMode::Manual`], [`CommitMode::ManualImmediate`]) come when a call is over; they come in the order in which the
//! calls end, and one offset per partition cannot say "7 is done, 6 is not".

use crate::listener::config::CommitMode;
use crate::listener::container::Container;
use crate::listener::event::{Failure, Fate, Handled, HandledRange, InstanceEvent, InstanceOutcome, Port};
use crate::listener::hand::Hand;
use crate::listener::handle::record_ref;
use crate::listener::handler;
use crate::listener::instance::Instance;
use millrace_model::{Offset, Record, Time, Timestamp, TopicPartition};
use std::collections::VecDeque;

/// Records that wait for a thread of the pool before the container's thread waits, too, and does not poll
/// (a bounded queue whose `put` blocks).
pub const POOL_QUEUE: usize = 10_000;

/// A call of the listener method on a thread of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolCall {
    /// Which thread, from 1.
    pub thread: u32,
    /// The record's partition.
    pub tp: TopicPartition,
    /// The record's offset.
    pub offset: Offset,
    /// Since when.
    pub started: Time,
    /// Until when.
    pub until: Time,
    record: Record,
    timestamp: Timestamp,
}

/// What a pool has in hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pool {
    queue: VecDeque<Hand>,
    calls: Vec<PoolCall>,
}

impl Pool {
    /// The calls in progress.
    pub fn calls(&self) -> &[PoolCall] {
        &self.calls
    }

    /// How many records wait or are in work.
    pub fn len(&self) -> usize {
        self.calls.len() + self.queue.iter().map(Hand::len).sum::<usize>()
    }

    /// True when all is done.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.queue.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= POOL_QUEUE
    }

    pub(super) fn submit(&mut self, hand: Hand) {
        if !hand.is_empty() {
            self.queue.push_back(hand);
        }
    }

    pub(super) fn start(
        &mut self,
        thread: u32,
        (tp, offset): (&TopicPartition, Offset),
        started: Time,
        until: Time,
    ) {
        let Some(hand) = self.queue.front_mut() else { return };
        let found = hand.next().filter(|(next, at, ..)| *next == tp && *at == offset);
        let Some((record, timestamp)) =
            found.map(|(.., record, batch)| (record.clone(), batch.timestamp(record)))
        else {
            return;
        };
        hand.advance(tp, offset.plus(1));
        if hand.is_empty() {
            self.queue.pop_front();
        }
        self.calls.push(PoolCall { thread, tp: tp.clone(), offset, started, until, record, timestamp });
    }

    pub(super) fn end(&mut self, thread: u32) {
        self.calls.retain(|call| call.thread != thread);
    }

    /// When a call ends, or at once if one can begin.
    pub(super) fn next_at(&self, threads: u32) -> Option<Time> {
        let can_begin = !self.queue.is_empty() && self.calls.len() < threads as usize;
        if can_begin { Some(Time::ZERO) } else { self.calls.iter().map(|call| call.until).min() }
    }

    /// The next records in their order.
    fn waiting(&self) -> impl Iterator<Item = (&TopicPartition, Offset)> {
        let parts = self.queue.iter().flat_map(|hand| hand.rest());
        parts.flat_map(|part| part.records().map(|(offset, ..)| (&part.tp, offset)))
    }
}

impl Instance {
    /// Ends the calls that are over and begins as many as there are threads free.
    pub(super) fn run_pool(&self, now: Time, port: Port, container: &Container, out: &mut InstanceOutcome) {
        let pool = &container.pool;
        let mut over: Vec<&PoolCall> = pool.calls.iter().filter(|call| call.until <= now).collect();
        over.sort_unstable_by_key(|call| (call.until, call.thread));
        for call in &over {
            out.events.push(InstanceEvent::Handled(self.pool_call_ended(now, port, call)));
        }
        let is_busy = |thread: u32| pool.calls.iter().any(|call| call.thread == thread && call.until > now);
        let free = (1..=self.config.threads).filter(|thread| !is_busy(*thread));
        for (thread, (tp, offset)) in free.zip(pool.waiting()) {
            let (tp, until) = (tp.clone(), now + self.config.work);
            let thread = Some(thread);
            out.events.push(InstanceEvent::HandlingStarted { port, thread, tp, offset, at: now, until });
        }
    }

    fn pool_call_ended(&self, now: Time, port: Port, call: &PoolCall) -> Handled {
        let (tp, offset) = (&call.tp, call.offset);
        let mut handled = Handled { thread: Some(call.thread), ..Handled::nothing(port, now) };
        match handler::call(&self.config.failures, tp, offset, call.timestamp, &call.record, 1) {
            Ok(()) => handled.ranges.push(HandledRange { tp: tp.clone(), from: offset, to: offset.plus(1) }),
            Err(exception) => {
                let record = record_ref(tp, offset, &call.record, 1);
                handled.failure = Some(Failure { record, exception, fate: Fate::Skip, at: now });
            }
        }
        handled
    }
}

impl Container {
    /// A call on a thread of the pool is over.
    pub(super) fn pool_handled(&mut self, thread: u32, handled: &Handled, commit: CommitMode) {
        self.pool.end(thread);
        if handled.failure.is_some() {
            self.counts.failed += 1;
        }
        for range in &handled.ranges {
            self.counts.handled += range.to.since(range.from);
            // What it no longer owns, others commit.
            if commit.is_manual() && self.assigned.contains(&range.tp) {
                self.acknowledge(&range.tp, range.to, 1);
            }
        }
    }
}
