//! A thread's way into a service and out again: the permissions that it needs, the call, the second call, the answer.

use super::breaker::BreakerState;
use super::call::{Call, Held, Running, Seat};
use super::limits::Limit;
use crate::listener::event::InstanceEvent;
use crate::listener::exception::Exception;
use crate::listener::instance::Instance;
use millrace_model::{Span, Time};
use std::sync::Arc;

/// What comes of it when a thread wants to call a service.
pub(in crate::listener) enum Entry {
    /// It calls, or waits: these events, and nothing more until then.
    Until(Vec<InstanceEvent>, Time),
    /// The breaker is open until then, and partitions are paused meanwhile.
    Paused(Time),
    /// This is thrown, after these events.
    Thrown(Vec<InstanceEvent>, Exception),
}

/// What comes of it when the thread's wait is over.
pub(in crate::listener) enum Answer {
    /// It was a wait for a permission: it goes on.
    Permitted,
    /// There is no call in progress.
    NoCall,
    /// The second call is made: these events, and nothing more until then.
    Until(Vec<InstanceEvent>, Time),
    /// The answer, or the end of patience.
    Over(Option<Exception>),
}

fn thrown(class: &str, message: &str) -> Exception {
    Exception::thrown(class, &message.into(), false)
}

impl Instance {
    /// A thread wants to call.
    pub(in crate::listener) fn enter(&self, now: Time, seat: Seat, call: &Call, service: &Arc<str>) -> Entry {
        let calls = self.calls();
        let held = calls.held(seat);
        let refuse = |by: Limit| {
            let (class, message) = by.exception();
            Entry::Thrown(vec![InstanceEvent::Refused { seat, by }], thrown(class, message))
        };
        let hold = |by: Limit, since: Time, permitted: bool, until: Time| {
            let held = Held { service: service.clone(), by, since, permitted };
            Entry::Until(vec![InstanceEvent::Held { seat, held, until }], until)
        };
        let state = call.breaker.and_then(|_| Some(calls.breaker(service)?.state(now)));
        if let (Some(BreakerState::Open(until)), Some(breaker)) = (state, call.breaker) {
            return match (breaker.pauses, seat.thread) {
                (false, _) => refuse(Limit::CircuitBreaker),
                (true, None) => Entry::Paused(until),
                // A thread of a pool can pause nothing: it waits.
                (true, Some(_)) => {
                    hold(Limit::CircuitBreaker, now, held.is_some_and(|held| held.permitted), until)
                }
            };
        }
        let mut permitted = held.is_some_and(|held| held.permitted);
        if let (Some(config), false) = (&call.rate_limiter, permitted) {
            if held.is_some_and(|held| held.by == Limit::RateLimiter) {
                return refuse(Limit::RateLimiter);
            }
            let wait = calls.limiter(service).wait(config, now);
            if wait > config.timeout_duration {
                if config.timeout_duration == Span::ZERO {
                    return refuse(Limit::RateLimiter);
                }
                // It waits in vain, as `waitForPermission` does.
                return hold(Limit::RateLimiter, now, false, now + config.timeout_duration);
            }
            permitted = true;
            if wait > Span::ZERO {
                return hold(Limit::RateLimiter, now, permitted, now + wait);
            }
        }
        if let Some(config) = &call.bulkhead
            && let Some(free) = calls.place_at(config, service)
        {
            let waits = held.filter(|held| held.by == Limit::Bulkhead);
            let since = waits.map_or(now, |held| held.since);
            let end = since + config.max_wait_duration;
            if end <= now {
                return refuse(Limit::Bulkhead);
            }
            // At the very moment at which a call ends it may be looked at first: once more, a moment later.
            let free = if free <= now { now + Span(1) } else { free };
            return hold(Limit::Bulkhead, since, permitted, free.min(end));
        }
        let Some(offer) = calls.offer(service) else {
            let message = ["there is no service ", service].concat();
            return Entry::Thrown(Vec::new(), thrown("UnknownHostException", &message));
        };
        let quote = offer.quote(call.timeout);
        let hedge_at = call.hedge.map(|delay| now + delay).filter(|at| *at < now + quote.wait);
        let until = now + quote.wait;
        let (service, error) = (service.clone(), quote.error);
        let running = Running { service, started: now, until, error, hedge_at };
        let called = InstanceEvent::Called { seat, running, quote, is_hedge: false };
        Entry::Until(vec![called], hedge_at.unwrap_or(until))
    }

    /// A thread's wait is over.
    pub(in crate::listener) fn answer(&self, now: Time, seat: Seat, call: &Call) -> Answer {
        if self.calls().held(seat).is_some() {
            return Answer::Permitted;
        }
        let Some(running) = self.calls().running(seat) else { return Answer::NoCall };
        if running.hedge_at.is_some_and(|at| at <= now)
            && let Some(offer) = self.calls().offer(&running.service)
        {
            let quote = offer.quote(call.timeout);
            let second = now + quote.wait;
            let mut running = Running { hedge_at: None, ..running.clone() };
            if second < running.until {
                (running.until, running.error) = (second, quote.error);
            }
            let until = running.until;
            let called = InstanceEvent::Called { seat, running, quote, is_hedge: true };
            return Answer::Until(vec![called], until);
        }
        Answer::Over(running.error.map(|class| thrown(class, "the service did not answer as it should")))
    }
}
