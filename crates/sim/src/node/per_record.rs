//! A producer for each record (`producer rate … --producer-per-record`): what a service does that makes its client anew in
//! each of its calls, `try (var producer = new KafkaProducer(…)) { producer.send(record).get(); }`.
//!
//! Each of them asks for metadata and for a producer id by itself, sends its one record, and is gone; the broker remembers
//! its id. As many are there at once as the service has threads; what comes then waits for one, and its record carries the
//! moment of its call. A thread is a connection, and the next client on it goes on counting requests, so that a late
//! answer is not taken for its own.

use super::Requests;
use crate::limits;
use crate::trace::{Fact, Timer};
use millrace_client::listener::Port;
use millrace_client::producer::{Producer, ProducerInput, ProducerRecord, ProducerTimer, Totals};
use millrace_model::{Dice, Time};
use std::hash::{Hash, Hasher};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PerRecord {
    threads: Vec<Thread>,
    made: u64,
    /// What those have done that are gone.
    totals: Totals,
}

/// A thread of the service, and the client that it has, or had last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Thread {
    client: Producer,
    is_busy: bool,
    /// What it waits for: asked once after each of its decisions, not of all after each of one.
    next: Option<(Time, ProducerTimer)>,
}

impl PerRecord {
    /// How many producers were made so far.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// How many there are now.
    pub fn live(&self) -> usize {
        self.clients().count()
    }

    /// Those that there are now.
    pub fn clients(&self) -> impl Iterator<Item = &Producer> {
        self.threads.iter().filter(|thread| thread.is_busy).map(|thread| &thread.client)
    }

    /// What all of them have done.
    pub fn totals(&self) -> Totals {
        self.clients().map(Producer::totals).fold(self.totals, Totals::plus)
    }

    /// Whether a call finds a thread.
    pub(super) fn has_room(&self) -> bool {
        self.threads.len() < limits::PRODUCERS_AT_ONCE || self.threads.iter().any(|thread| !thread.is_busy)
    }

    pub(super) fn next_timer(&self) -> Option<(Time, Timer)> {
        let timers = (1_u8..).zip(&self.threads).filter_map(|(port, thread)| {
            let (due, timer) = thread.next.as_ref()?;
            Some((*due, port, timer))
        });
        timers.min().map(|(due, port, timer)| (due, Timer::PerRecord(Port(port), timer.clone())))
    }

    /// A call: a producer like `like` is made for it.
    pub(super) fn call(
        &mut self,
        like: &Producer,
        record: ProducerRecord,
        (now, dice): (Time, &dyn Dice),
        tell: &mut impl FnMut(Fact),
    ) -> Requests {
        let number = self.made;
        let free = self.threads.iter().position(|thread| !thread.is_busy);
        let at = free.unwrap_or(self.threads.len());
        let before = self.threads.get(at).map_or(like, |thread| &thread.client);
        let thread = Thread { client: before.for_record(number), is_busy: true, next: None };
        match self.threads.get_mut(at) {
            Some(place) => *place = thread,
            None => self.threads.push(thread),
        }
        self.made += 1;
        let port = Port(u8::try_from(at + 1).unwrap_or(u8::MAX));
        self.decide(port, ProducerInput::Send { records: vec![record] }, (now, dice), tell)
    }

    /// Something for the client of a thread.
    pub(super) fn decide(
        &mut self,
        port: Port,
        input: ProducerInput,
        (now, dice): (Time, &dyn Dice),
        tell: &mut impl FnMut(Fact),
    ) -> Requests {
        let at = usize::from(port.0).wrapping_sub(1);
        let Some(thread) = self.threads.get_mut(at).filter(|thread| thread.is_busy) else {
            return Vec::new();
        };
        let outcome = thread.client.decide(now, &input, dice);
        for event in outcome.events {
            thread.client.apply(&event);
            tell(Fact::Producer(event));
        }
        if thread.client.incomplete_records() == 0 {
            thread.is_busy = false;
            self.totals = self.totals.plus(thread.client.totals());
        }
        thread.next = thread.client.next_timer().filter(|_| thread.is_busy);
        outcome.requests.into_iter().map(|outgoing| (port, outgoing)).collect()
    }
}

/// Of one process; nothing in the hash of one that has never made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Made(pub(super) Option<Box<PerRecord>>);

impl Hash for Made {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(made) = &self.0 {
            made.hash(state);
        }
    }
}
