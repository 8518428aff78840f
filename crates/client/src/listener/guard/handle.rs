//! Calling the listener method with guards around it: one record a step.

use super::dedupe::{Dedupe, MarkOrder, StoreKind};
use super::{Answer, Entry, Guard, GuardDeed, Guarded, Seat, Seen};
use crate::consumer::poison::{Deserializer, poison};
use crate::listener::container::Container;
use crate::listener::event::{
    Failure, Handled, HandledRange, InstanceEvent, InstanceOutcome, Port, RecordRef,
};
use crate::listener::exception::{DESERIALIZATION, Exception};
use crate::listener::hand::Hand;
use crate::listener::handle::{handling_started, record_ref};
use crate::listener::headers;
use crate::listener::instance::Instance;
use millrace_model::{Dice, Record, Span, Time, Timestamp};
use std::sync::Arc;

/// What stands in the headers of a record that was parked behind another of its key.
pub const KEY_PARKED: &str = "com.example.KeyParkedException";

impl Instance {
    /// Handles the next record of `hand`. `called` says that its call is in progress and over now.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::listener) fn handle_guarded(
        &self,
        now: Time,
        port: Port,
        container: &Container,
        (hand, called): (&Hand, bool),
        guard: &Guard,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let Some((tp, offset, record, batch)) = hand.next() else { return };
        let seat = Seat { port, thread: None };
        let answer = match guard.call.as_ref().filter(|_| called).map(|call| self.answer(now, seat, call)) {
            Some(Answer::Until(events, until)) => {
                out.events.extend(events);
                out.events.push(handling_started(seat, (tp, offset), now, until));
                return;
            }
            answer => answer,
        };
        // A thread that has waited for a permission has not called yet.
        let is_permitted = matches!(answer, Some(Answer::Permitted));
        let called = called && !is_permitted;
        if !called && let Some(until) = self.due_later(now, record) {
            let tp = tp.clone();
            out.events.push(InstanceEvent::PartitionPausedForBackoff { port, tp, offset, until });
            return;
        }
        let attempt = self.attempt(container, tp, offset, record);
        let reference = record_ref(tp, offset, record, attempt);
        let timestamp = batch.timestamp(record);
        let first = headers::first_timestamp(record).unwrap_or(timestamp);
        let fail =
            |exception: Exception| self.failed(now, port, guard, (reference.clone(), first), exception, dice);
        if !called && self.is_key_parked(port, record) {
            let message = "an earlier record of this key waits".into();
            out.events.push(fail(Exception::thrown(KEY_PARKED, &message, false)));
            return;
        }
        if guard.deserializer == Deserializer::ErrorHandling
            && let Some(why) = poison(record)
        {
            out.events.push(fail(Exception::thrown(DESERIALIZATION, &why.into(), false)));
            return;
        }
        let id = match guard.dedupe.as_ref().map(|d| d.id_of((tp, offset), timestamp, record)).transpose() {
            Ok(id) => id.zip(guard.dedupe.as_ref()),
            Err(error) => {
                out.events.push(fail(Exception::from_eval(&error)));
                return;
            }
        };
        let guarded = |deed: GuardDeed, id: &Arc<str>| {
            let guarded = Guarded { record: reference.clone(), id: id.clone(), at: now, deed };
            InstanceEvent::Guarded { port, guarded }
        };
        // Before anything is done; with a unique key also when it is to be written.
        if let Some((id, dedupe)) = &id
            && (!called || dedupe.order == MarkOrder::Together)
            && self.seen(dedupe).is_seen(dedupe, id, now)
        {
            out.events.push(guarded(GuardDeed::Dropped, id));
            return;
        }
        if let Some((id, dedupe)) = &id
            && dedupe.store == StoreKind::Inbox
        {
            out.events.push(guarded(GuardDeed::Stored, id));
            return;
        }
        if let (false, Some(call)) = (called, &guard.call) {
            let service = match call.service((tp, offset), timestamp, record) {
                Ok(service) => service,
                Err(error) => {
                    out.events.push(fail(Exception::from_eval(&error)));
                    return;
                }
            };
            match self.enter(now, seat, call, &service) {
                Entry::Paused(until) => {
                    let tp = tp.clone();
                    out.events.push(InstanceEvent::PartitionPausedForBackoff { port, tp, offset, until });
                }
                Entry::Thrown(events, exception) => {
                    out.events.extend(events);
                    out.events.push(fail(exception));
                }
                Entry::Until(events, until) => {
                    out.events.extend(events);
                    out.events.push(handling_started(seat, (tp, offset), now, until));
                }
            }
            return;
        }
        if let Some(Answer::Over(Some(exception))) = answer {
            out.events.push(fail(exception));
            return;
        }
        if !called && self.config.work > Span::ZERO {
            out.events.push(handling_started(seat, (tp, offset), now, now + self.config.work));
            return;
        }
        if let Err(exception) = self.listen((tp, offset), timestamp, record, attempt) {
            out.events.push(fail(exception));
            return;
        }
        let order = id.as_ref().map(|(_, dedupe)| dedupe.order);
        let mark = id.as_ref().filter(|_| order == Some(MarkOrder::Together)).map(|(id, _)| id.clone());
        let handled = InstanceEvent::Handled(Handled {
            mark,
            ranges: vec![HandledRange { tp: tp.clone(), from: offset, to: offset.plus(1) }],
            retried: if port == Port::MAIN { Vec::new() } else { vec![reference.clone()] },
            ..Handled::nothing(port, now)
        });
        match (&id, order) {
            (Some((id, _)), Some(MarkOrder::MarkFirst)) => {
                out.events.extend([guarded(GuardDeed::Marked, id), handled]);
            }
            (Some((id, _)), Some(MarkOrder::EffectFirst)) => {
                out.events.extend([handled, guarded(GuardDeed::Marked, id)]);
            }
            _ => out.events.push(handled),
        }
    }

    fn failed(
        &self,
        now: Time,
        port: Port,
        guard: &Guard,
        (record, timestamp): (RecordRef, Timestamp),
        mut exception: Exception,
        dice: &dyn Dice,
    ) -> InstanceEvent {
        exception.retryable = guard.is_retryable(&exception);
        let fate = self.fate((now, port), &record, timestamp, &exception, dice);
        let failure = Some(Failure { record, exception, fate, at: now });
        InstanceEvent::Handled(Handled { failure, ..Handled::nothing(port, now) })
    }

    /// A record of the main topic whose key waits in the retry topic goes there, too, untried.
    fn is_key_parked(&self, port: Port, record: &Record) -> bool {
        let parks = self.config.retry.retry_topics().is_some_and(|retry| retry.park_key);
        parks && port == Port::MAIN && record.key.as_ref().is_some_and(|key| self.table.is_parked(key))
    }

    /// The ids that count: the process's own, or those of the database, which its owner has lent it for this decision.
    fn seen(&self, dedupe: &Dedupe) -> &Seen {
        match dedupe.store {
            StoreKind::Memory => &self.memory,
            StoreKind::Table | StoreKind::Inbox | StoreKind::FilterOnly => &self.table,
        }
    }

    /// Lends it the application's database for a decision. The owner takes it back by lending an empty one.
    pub fn lend(&mut self, table: Arc<Seen>) {
        self.table = table;
    }

    /// The guards around its listener method.
    pub fn guard(&self) -> Option<&Guard> {
        self.config.guard.as_deref()
    }
}
