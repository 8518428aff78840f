//! The call of a service that the listener method waits for.

use super::breaker::{Breaker, BreakerConfig, BreakerState};
use crate::listener::event::{InstanceEvent, Port};
use crate::listener::instance::Instance;
use millrace_model::{Map, Span, Time};
use std::sync::Arc;

/// That the listener method calls a service, and with what around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The service.
    pub service: Arc<str>,
    /// `TimeLimiter.timeoutDuration`; the service works on without anybody waiting for it.
    pub timeout: Option<Span>,
    /// The circuit breaker.
    pub breaker: Option<BreakerConfig>,
}

/// What a call comes to: how long the caller waits, and what is thrown in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// How long.
    pub wait: Span,
    /// The exception's class.
    pub error: Option<&'static str>,
}

/// The calls of a process: those in progress, and the breaker before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Calls {
    running: Map<Port, Quote>,
    /// The breaker.
    pub breaker: Breaker,
    /// What a call would come to now; lent for one decision.
    quote: Option<Quote>,
}

impl Calls {
    /// What the call of this thread comes to.
    pub fn running(&self, port: Port) -> Option<Quote> {
        self.running.get(&port).copied()
    }
}

impl Instance {
    /// Tells it what a call would come to now; `None` takes it back.
    pub fn quote(&mut self, quote: Option<Quote>) {
        self.calls.quote = quote;
    }

    /// Its calls and their breaker.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    pub(super) fn offered(&self) -> Option<Quote> {
        self.calls.quote
    }

    /// Until when nothing is called, if the breaker is open.
    pub(super) fn not_permitted(&self, call: &Call, now: Time) -> Option<Time> {
        call.breaker.as_ref()?;
        match self.calls.breaker.state(now) {
            BreakerState::Open(until) => Some(until),
            BreakerState::Closed | BreakerState::HalfOpen => None,
        }
    }

    pub(super) fn count_calls(&mut self, event: &InstanceEvent) {
        match event {
            InstanceEvent::Called { port, quote } => {
                self.calls.running.insert(*port, *quote);
            }
            InstanceEvent::Handled(handled) => {
                let call = self.config.guard.as_ref().and_then(|guard| guard.call.clone());
                if let (Some(quote), Some(call)) = (self.calls.running.remove(&handled.port), call)
                    && let Some(config) = call.breaker
                {
                    self.calls.breaker.record(&config, handled.at, quote.error.is_some());
                }
            }
            _ => {}
        }
    }
}
