//! A downstream service: so many calls at a time, each as long as it takes, the others wait in its queue. Who gives up
//! waiting leaves the work in the queue.
//!
//! What a call comes to is settled when it begins: a service that breaks later still answers it.

use crate::command::Name;
use crate::traffic::{CallRate, Downstream};
use millrace_client::listener::{Offer, Quote};
use millrace_model::{Span, Time};

/// What is done to a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceCommand {
    /// Which.
    pub name: Name,
    /// What.
    pub action: ServiceAction,
}

/// What can be done to a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServiceAction {
    /// It starts.
    Start {
        /// How long it works on a call.
        latency: Span,
        /// How many calls it works on at a time.
        capacity: u32,
        /// The service that it calls for each call, and waits for.
        downstream: Option<Box<Downstream>>,
    },
    /// It breaks: so many percent of its calls fail, and each takes so long (as before if left out).
    Break {
        /// Percent.
        errors: u32,
        /// How long.
        latency: Option<Span>,
        /// Percent of its calls that take so long; the others take as long as before.
        share: u32,
    },
    /// It is as it was at its start; what waits in its queue stays there.
    Mend,
    /// It is called from outside.
    Load(CallRate),
}

/// How a service is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Damage {
    /// Percent of its calls that fail.
    pub errors: u32,
    /// How long its calls take, if not as long as before.
    pub latency: Option<Span>,
    /// Percent of its calls that take so long.
    pub share: u32,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    latency: Span,
    broken: Option<Damage>,
    /// Until when each of its workers has something to do.
    busy: Vec<Time>,
    calls: u64,
    failed: u64,
}

impl Service {
    /// A service that works.
    pub fn new(latency: Span, capacity: u32) -> Service {
        let busy = vec![Time::ZERO; capacity.max(1) as usize];
        Service { latency, broken: None, busy, calls: 0, failed: 0 }
    }

    /// Breaks it, or mends it.
    pub fn set_broken(&mut self, broken: Option<Damage>) {
        self.broken = broken;
    }

    /// How long it works on a call now; on those that are slow, if not all are.
    pub fn latency(&self) -> Span {
        self.broken.and_then(|broken| broken.latency).unwrap_or(self.latency)
    }

    /// How many calls it works on at a time.
    pub fn workers(&self) -> u32 {
        u32::try_from(self.busy.len()).unwrap_or(u32::MAX)
    }

    /// How it is broken, if it is: how many percent of its calls fail, and how long each takes if not as at its start.
    pub fn broken(&self) -> Option<(u32, Option<Span>)> {
        self.broken.map(|broken| (broken.errors, broken.latency))
    }

    /// How it is broken, if it is.
    pub fn damage(&self) -> Option<Damage> {
        self.broken
    }

    /// Calls so far, and how many of them were to no avail.
    pub fn calls(&self) -> (u64, u64) {
        (self.calls, self.failed)
    }

    /// True between a break and the mending.
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// How many calls a second it can answer as it is now.
    pub fn capacity(&self) -> u64 {
        let slow = self.broken.and_then(|broken| Some((broken.latency?.0, u64::from(broken.share))));
        let (slow, share) = slow.unwrap_or((0, 0));
        let work = ((slow * share + self.latency.0 * (100 - share.min(100))) / 100).max(1);
        (self.busy.len() as u64).saturating_mul(1_000_000) / work
    }

    /// How long a call that comes now waits for a worker.
    pub fn queue(&self, now: Time) -> Span {
        let free = self.busy.iter().min().copied().unwrap_or(now);
        Span(free.0.saturating_sub(now.0))
    }

    /// What it would do with a call that begins now. `roll` is what the dice have shown.
    pub fn offer(&self, now: Time, roll: u64) -> Offer {
        let broken = self.broken;
        let fails = broken.is_some_and(|broken| (roll >> 16) % 100 < u64::from(broken.errors));
        let slow = broken.filter(|broken| (roll >> 32) % 100 < u64::from(broken.share));
        let work = slow.and_then(|broken| broken.latency).unwrap_or(self.latency);
        Offer { wait: Span(self.queue(now).0 + work.0), work, fails }
    }

    /// A thread of its pool takes up a call.
    pub(crate) fn count(&mut self) {
        self.calls += 1;
    }

    /// What one of them did was to no avail.
    pub(crate) fn count_failure(&mut self) {
        self.failed += 1;
    }

    /// The call begins: a worker will have something to do, whoever waits for it.
    pub fn begin(&mut self, now: Time, quote: &Quote) {
        if let Some(worker) = self.busy.iter_mut().min() {
            *worker = (*worker).max(now) + quote.work;
        }
        self.calls += 1;
        self.failed += u64::from(quote.error.is_some());
    }
}
