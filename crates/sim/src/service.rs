//! A downstream service: so many calls at a time, each as long as it takes, the others wait in its queue. Who gives up
//! waiting leaves the work in the queue.
//!
//! What a call comes to is settled when it begins: a service that breaks later still answers it.

use crate::command::Name;
use millrace_client::listener::guard::call::{Call, Quote};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceAction {
    /// It starts.
    Start {
        /// How long it works on a call.
        latency: Span,
        /// How many calls it works on at a time.
        capacity: u32,
    },
    /// It breaks: so many percent of its calls fail, and each takes so long (as before if left out).
    Break {
        /// Percent.
        errors: u32,
        /// How long.
        latency: Option<Span>,
    },
    /// It is as it was at its start; what waits in its queue stays there.
    Mend,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    latency: Span,
    broken: Option<(u32, Option<Span>)>,
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
    pub fn set_broken(&mut self, broken: Option<(u32, Option<Span>)>) {
        self.broken = broken;
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
        let work = self.work().0.max(1);
        (self.busy.len() as u64).saturating_mul(1_000_000) / work
    }

    /// How long a call that comes now waits for a worker.
    pub fn queue(&self, now: Time) -> Span {
        let free = self.busy.iter().min().copied().unwrap_or(now);
        Span(free.0.saturating_sub(now.0))
    }

    fn work(&self) -> Span {
        self.broken.and_then(|(_, latency)| latency).unwrap_or(self.latency)
    }

    /// What a call comes to that begins now. `roll` is what the dice have shown.
    pub fn quote(&self, call: &Call, now: Time, roll: u64) -> Quote {
        let wait = Span(self.queue(now).0 + self.work().0);
        let fails = self.broken.is_some_and(|(percent, _)| (roll >> 16) % 100 < u64::from(percent));
        match call.timeout {
            Some(timeout) if wait > timeout => Quote { wait: timeout, error: Some("TimeoutException") },
            _ => Quote { wait, error: fails.then_some("ServiceUnavailableException") },
        }
    }

    /// The call begins: a worker will have something to do, whoever waits for it.
    pub fn begin(&mut self, now: Time, quote: &Quote) {
        let work = self.work();
        if let Some(worker) = self.busy.iter_mut().min() {
            *worker = (*worker).max(now) + work;
        }
        self.calls += 1;
        self.failed += u64::from(quote.error.is_some());
    }
}
