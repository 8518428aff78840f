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
use crate::listener::exception::Exception;
use crate::listener::guard::{Answer, Buffer, Call, Entry, Seat};
use crate::listener::hand::Hand;
use crate::listener::handle::{handling_started, record_ref};
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

/// A record on its way through a thread.
#[derive(Clone, Copy)]
struct Next<'a> {
    tp: &'a TopicPartition,
    offset: Offset,
    record: &'a Record,
    timestamp: Timestamp,
}

/// What a pool has in hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pool {
    queue: VecDeque<Hand>,
    calls: Vec<PoolCall>,
    most: u32,
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

    /// The most records that it ever had in hand.
    pub fn most(&self) -> u32 {
        self.most
    }

    pub(super) fn is_full(&self, buffer: Option<Buffer>) -> bool {
        self.len() >= buffer.map_or(POOL_QUEUE, |buffer| buffer.capacity as usize)
    }

    pub(super) fn submit(&mut self, hand: Hand) {
        if !hand.is_empty() {
            self.queue.push_back(hand);
        }
        self.most = self.most.max(u32::try_from(self.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn start(
        &mut self,
        thread: u32,
        (tp, offset): (&TopicPartition, Offset),
        started: Time,
        until: Time,
    ) {
        // It goes on: after a wait for a permission, or with a second call.
        if let Some(call) = self.calls.iter_mut().find(|call| call.thread == thread) {
            call.until = until;
            return;
        }
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
    fn waiting(&self) -> impl Iterator<Item = Next<'_>> {
        let parts = self.queue.iter().flat_map(|hand| hand.rest());
        parts.flat_map(|part| {
            part.records().map(|(offset, record, batch)| Next {
                tp: &part.tp,
                offset,
                record,
                timestamp: batch.timestamp(record),
            })
        })
    }
}

impl Instance {
    /// Ends the calls that are over and begins as many as there are threads free.
    pub(super) fn run_pool(&self, now: Time, port: Port, container: &Container, out: &mut InstanceOutcome) {
        let pool = &container.pool;
        let mut over: Vec<&PoolCall> = pool.calls.iter().filter(|call| call.until <= now).collect();
        over.sort_unstable_by_key(|call| (call.until, call.thread));
        let service = self.config.guard.as_ref().and_then(|guard| guard.call.as_ref());
        if let Some(service) = service {
            return self.run_calling_pool(now, port, pool, service, &over, out);
        }
        for call in &over {
            out.events.push(InstanceEvent::Handled(self.pool_call_ended(now, port, call)));
        }
        let is_busy = |thread: u32| pool.calls.iter().any(|call| call.thread == thread && call.until > now);
        let free = (1..=self.config.threads).filter(|thread| !is_busy(*thread));
        for (thread, next) in free.zip(pool.waiting()) {
            let (seat, until) = (Seat { port, thread: Some(thread) }, now + self.config.work);
            out.events.push(handling_started(seat, (next.tp, next.offset), now, until));
        }
    }

    /// The same if the listener method calls a service: one thread a decision, for each call changes what the next one
    /// meets. Only the call's guards stand around it.
    fn run_calling_pool(
        &self,
        now: Time,
        port: Port,
        pool: &Pool,
        service: &Call,
        over: &[&PoolCall],
        out: &mut InstanceOutcome,
    ) {
        if let Some(call) = over.first() {
            let seat = Seat { port, thread: Some(call.thread) };
            let next =
                Next { tp: &call.tp, offset: call.offset, record: &call.record, timestamp: call.timestamp };
            match self.answer(now, seat, service) {
                Answer::Permitted => self.pool_enters(now, seat, service, next, out),
                Answer::Until(events, until) => {
                    out.events.extend(events);
                    out.events.push(handling_started(seat, (next.tp, next.offset), now, until));
                }
                Answer::Over(Some(exception)) => out.events.push(pool_thrown(now, seat, next, exception)),
                Answer::Over(None) | Answer::NoCall => {
                    out.events.push(InstanceEvent::Handled(self.pool_call_ended(now, port, call)));
                }
            }
            return;
        }
        let is_busy = |thread: &u32| pool.calls.iter().any(|call| call.thread == *thread);
        let free = (1..=self.config.threads).find(|thread| !is_busy(thread));
        if let Some((thread, next)) = free.zip(pool.waiting().next()) {
            self.pool_enters(now, Seat { port, thread: Some(thread) }, service, next, out);
        }
    }

    fn pool_enters(&self, now: Time, seat: Seat, call: &Call, next: Next<'_>, out: &mut InstanceOutcome) {
        let place = (next.tp, next.offset);
        let entry = match call.service(place, next.timestamp, next.record) {
            Ok(service) => self.enter(now, seat, call, &service),
            Err(error) => Entry::Thrown(Vec::new(), Exception::from_eval(&error)),
        };
        match entry {
            Entry::Until(events, until) => {
                out.events.extend(events);
                out.events.push(handling_started(seat, place, now, until));
            }
            Entry::Paused(_) => {}
            Entry::Thrown(events, exception) => {
                out.events.push(handling_started(seat, place, now, now));
                out.events.extend(events);
                out.events.push(pool_thrown(now, seat, next, exception));
            }
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

/// What a call throws on a thread of a pool is logged, and nobody hears of it.
fn pool_thrown(now: Time, seat: Seat, next: Next<'_>, exception: Exception) -> InstanceEvent {
    let record = record_ref(next.tp, next.offset, next.record, 1);
    let failure = Some(Failure { record, exception, fate: Fate::Skip, at: now });
    InstanceEvent::Handled(Handled { thread: seat.thread, failure, ..Handled::nothing(seat.port, now) })
}

impl Container {
    /// Whether partitions are paused because the pool has too much in hand.
    pub(super) fn watch_buffer(&mut self, buffer: Option<Buffer>) {
        let Some((buffer, above)) = buffer.and_then(|buffer| Some((buffer, buffer.pause_above?))) else {
            return;
        };
        let records = self.pool.len();
        if records > above as usize {
            self.throttled = true;
        } else if records <= buffer.resume_below as usize {
            self.throttled = false;
        }
    }

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
