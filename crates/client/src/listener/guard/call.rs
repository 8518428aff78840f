//! The calls of services that the listener method waits for: which service, what is around a call, and what a process knows
//! of those in progress. [`super::enter`] decides, this remembers.

use super::breaker::{Breaker, BreakerConfig};
use super::dedupe::id_of;
use super::limits::{BulkheadConfig, Limit, RateLimiter, RateLimiterConfig};
use crate::listener::event::{InstanceEvent, Port};
use crate::listener::instance::Instance;
use millrace_expr::{EvalError, Expr};
use millrace_model::{Map, Offset, Record, Span, Time, Timestamp, TopicPartition};
use std::sync::Arc;

/// Which service a record asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The same for all.
    Named(Arc<str>),
    /// The one whose name this is for the record: `topic`, `key`, `value.channel`.
    By(Expr),
}

impl Target {
    /// The service, if it is the same for all records.
    pub fn name(&self) -> Option<&Arc<str>> {
        match self {
            Target::Named(name) => Some(name),
            Target::By(_) => None,
        }
    }
}

/// That the listener method calls a service, and with what around it. What stands around has one state for each service:
/// rate limiter, then bulkhead, then breaker, then time limiter and hedging.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The service.
    pub service: Target,
    /// `TimeLimiter.timeoutDuration`; the service works on without anybody waiting for it.
    pub timeout: Option<Span>,
    /// The circuit breaker.
    pub breaker: Option<BreakerConfig>,
    /// The bulkhead.
    pub bulkhead: Option<BulkheadConfig>,
    /// The rate limiter.
    pub rate_limiter: Option<RateLimiterConfig>,
    /// Hedging: without an answer after so long the same call is made once more, and the first answer counts.
    pub hedge: Option<Span>,
}

impl Call {
    /// A call with nothing around it.
    pub fn of(service: Target) -> Call {
        Call { service, timeout: None, breaker: None, bulkhead: None, rate_limiter: None, hedge: None }
    }

    /// The service that a record asks for.
    ///
    /// # Errors
    /// If the expression does not fit the record.
    pub fn service(
        &self,
        place: (&TopicPartition, Offset),
        timestamp: Timestamp,
        record: &Record,
    ) -> Result<Arc<str>, EvalError> {
        match &self.service {
            Target::Named(name) => Ok(name.clone()),
            Target::By(name) => id_of(name, place, timestamp, record),
        }
    }
}

/// What a service would do with a call that came now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offer {
    /// How long its answer would take.
    pub wait: Span,
    /// How long it would work on it.
    pub work: Span,
    /// It would be an error.
    pub fails: bool,
}

/// What a call comes to: how long the caller waits, and what is thrown in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// How long.
    pub wait: Span,
    /// How long the service works on it, whoever waits.
    pub work: Span,
    /// The exception's class.
    pub error: Option<&'static str>,
}

impl Offer {
    /// For a caller that waits no longer than that.
    pub fn quote(&self, timeout: Option<Span>) -> Quote {
        match timeout {
            Some(timeout) if self.wait > timeout => {
                Quote { wait: timeout, work: self.work, error: Some("TimeoutException") }
            }
            _ => {
                let error = self.fails.then_some("ServiceUnavailableException");
                Quote { wait: self.wait, work: self.work, error }
            }
        }
    }
}

/// A thread of the process: a container's own, or one of its pool (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    /// The container.
    pub port: Port,
    /// The thread of its pool.
    pub thread: Option<u32>,
}

/// A call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Running {
    /// The service.
    pub service: Arc<str>,
    /// Since when.
    pub started: Time,
    /// When the first answer is there, or the caller gives up.
    pub until: Time,
    /// What it throws then.
    pub error: Option<&'static str>,
    /// When the second call is made, if it still is to be.
    pub hedge_at: Option<Time>,
}

/// A thread that waits for a permission.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// For the call of which service.
    pub service: Arc<str>,
    /// Which permission.
    pub by: Limit,
    /// Since when.
    pub since: Time,
    /// The rate limiter has let it through, or will have at the end of the wait.
    pub permitted: bool,
}

/// The calls of a process: those in progress, those that wait, and what stands before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Calls {
    running: Map<Seat, Running>,
    held: Map<Seat, Held>,
    breakers: Map<Arc<str>, Breaker>,
    limiters: Map<Arc<str>, RateLimiter>,
    /// Threads that were refused, by the limit that refused them.
    refused: Map<Limit, u32>,
    hedged: u32,
    /// What services would do now; lent for one decision.
    offers: Map<Arc<str>, Offer>,
}

impl Calls {
    /// The call of a thread.
    pub fn running(&self, seat: Seat) -> Option<&Running> {
        self.running.get(&seat)
    }

    /// The calls in progress with their threads.
    pub fn all(&self) -> impl Iterator<Item = (&Seat, &Running)> {
        self.running.iter()
    }

    /// What a thread waits for.
    pub fn held(&self, seat: Seat) -> Option<&Held> {
        self.held.get(&seat)
    }

    /// The threads that wait for a permission.
    pub fn waiting(&self) -> impl Iterator<Item = (&Seat, &Held)> {
        self.held.iter()
    }

    /// The breakers by service: those that have seen a call.
    pub fn breakers(&self) -> impl Iterator<Item = (&Arc<str>, &Breaker)> {
        self.breakers.iter()
    }

    /// The breaker before a service.
    pub fn breaker(&self, service: &str) -> Option<&Breaker> {
        self.breakers.get(service)
    }

    /// How often breakers have opened, and how often closed again.
    pub fn trips(&self) -> (u32, u32) {
        self.breakers.values().map(Breaker::trips).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    }

    /// How many calls were not made because of this limit.
    pub fn refused(&self, by: Limit) -> u32 {
        self.refused.get(&by).copied().unwrap_or(0)
    }

    /// How many calls were made twice.
    pub fn hedged(&self) -> u32 {
        self.hedged
    }

    pub(super) fn offer(&self, service: &str) -> Option<Offer> {
        self.offers.get(service).copied()
    }

    pub(super) fn limiter(&self, service: &str) -> RateLimiter {
        self.limiters.get(service).copied().unwrap_or_default()
    }

    /// When a place is free in the bulkhead of a service: `None` means now.
    pub(super) fn place_at(&self, config: &BulkheadConfig, service: &str) -> Option<Time> {
        let here = || self.running.values().filter(|running| *running.service == *service);
        let is_full = here().count() >= config.max_concurrent_calls as usize;
        is_full.then(|| here().map(|running| running.until).min()).flatten()
    }

    fn take_permission(&mut self, call: &Call, seat: Seat, service: &Arc<str>, at: Time) {
        let Some(config) = &call.rate_limiter else { return };
        if !self.held.get(&seat).is_some_and(|held| held.permitted) {
            self.limiters.entry(service.clone()).or_default().take(config, at);
        }
    }

    /// Takes over what an event says about calls.
    pub fn apply(&mut self, call: &Call, event: &InstanceEvent) {
        match event {
            InstanceEvent::Held { seat, held, .. } => {
                if held.permitted {
                    self.take_permission(call, *seat, &held.service, held.since);
                }
                self.held.insert(*seat, held.clone());
            }
            InstanceEvent::Called { seat, running, is_hedge, .. } => {
                if *is_hedge {
                    self.hedged += 1;
                } else {
                    self.take_permission(call, *seat, &running.service, running.started);
                }
                self.held.remove(seat);
                self.running.insert(*seat, running.clone());
            }
            InstanceEvent::Refused { seat, by } => {
                self.held.remove(seat);
                *self.refused.entry(*by).or_insert(0) += 1;
            }
            InstanceEvent::Handled(handled) => {
                let seat = Seat { port: handled.port, thread: handled.thread };
                if let Some(running) = self.running.remove(&seat)
                    && let Some(config) = &call.breaker
                {
                    let took = Span(handled.at.0.saturating_sub(running.started.0));
                    let breaker = self.breakers.entry(running.service).or_default();
                    breaker.record(config, handled.at, running.error.is_some(), took);
                }
            }
            _ => {}
        }
    }
}

impl Instance {
    /// Tells it what services would do with a call now; none takes it back.
    pub fn offer(&mut self, offers: Map<Arc<str>, Offer>) {
        self.calls.offers = offers;
    }

    /// Its calls and what stands before them.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    pub(super) fn count_calls(&mut self, event: &InstanceEvent) {
        let guard = self.config.guard.clone();
        if let Some(call) = guard.as_ref().and_then(|guard| guard.call.as_ref()) {
            self.calls.apply(call, event);
        }
    }
}
