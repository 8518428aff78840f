//! resilience4j's `Bulkhead` (a semaphore) and `RateLimiter` (`AtomicRateLimiter`) before the calls of one service, and the
//! bounded buffer of a thread pool. They live in the process.

use millrace_model::{Span, Time};

/// `BulkheadConfig` under resilience4j's names and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BulkheadConfig {
    /// `maxConcurrentCalls`, default 25: calls of one service that are in progress at a time.
    pub max_concurrent_calls: u32,
    /// `maxWaitDuration`, default 0: how long a thread waits for a place before `BulkheadFullException`.
    pub max_wait_duration: Span,
}

impl Default for BulkheadConfig {
    fn default() -> Self {
        Self { max_concurrent_calls: 25, max_wait_duration: Span::ZERO }
    }
}

/// `RateLimiterConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateLimiterConfig {
    /// `limitForPeriod`, default 50: calls of one service in a period.
    pub limit_for_period: u32,
    /// `limitRefreshPeriod`; resilience4j's default of 500 ns is no limit at all: here 1 s.
    pub limit_refresh_period: Span,
    /// `timeoutDuration`, default 5 s: how long a thread waits for its turn before `RequestNotPermitted`.
    pub timeout_duration: Span,
}

impl Default for RateLimiterConfig {
    fn default() -> Self {
        Self {
            limit_for_period: 50,
            limit_refresh_period: Span::from_secs(1),
            timeout_duration: Span::from_secs(5),
        }
    }
}

/// The queue of a thread pool, and when the thread that polls does something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Buffer {
    /// `ThreadPoolTaskExecutor.queueCapacity`, in records: when it is full the thread that polls waits, and does not poll.
    pub capacity: u32,
    /// More records than that in hand: `consumer.pause()` of all partitions; the thread polls on, and gets nothing.
    pub pause_above: Option<u32>,
    /// No more than that: `consumer.resume()`.
    pub resume_below: u32,
}

/// What a thread waits for before it may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// A place in the bulkhead.
    Bulkhead,
    /// A permission of the rate limiter.
    RateLimiter,
    /// The breaker to be half open.
    CircuitBreaker,
}

impl Limit {
    /// What is thrown when the wait was in vain.
    pub fn exception(self) -> (&'static str, &'static str) {
        match self {
            Limit::Bulkhead => (
                "io.github.resilience4j.bulkhead.BulkheadFullException",
                "Bulkhead is full and does not permit further calls",
            ),
            Limit::RateLimiter => (
                "io.github.resilience4j.ratelimiter.RequestNotPermitted",
                "RateLimiter does not permit further calls",
            ),
            Limit::CircuitBreaker => (
                "io.github.resilience4j.circuitbreaker.CallNotPermittedException",
                "CircuitBreaker is OPEN and does not permit further calls",
            ),
        }
    }
}

/// `AtomicRateLimiter`: cycles of one period from the beginning of time, each with its permissions; they can be reserved in
/// advance, so that the number goes below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RateLimiter {
    /// The cycle of the last look, and what was left in it. `None`: nobody has asked yet.
    state: Option<(u64, i64)>,
}

impl RateLimiter {
    /// The cycle at `now` and the permissions that are left in it.
    fn at(&self, config: &RateLimiterConfig, now: Time) -> (u64, i64) {
        let limit = i64::from(config.limit_for_period);
        let cycle = now.0 / config.limit_refresh_period.0.max(1);
        match self.state {
            None => (cycle, limit),
            Some((last, left)) => {
                let passed = i64::try_from(cycle.saturating_sub(last)).unwrap_or(i64::MAX);
                (cycle, left.saturating_add(passed.saturating_mul(limit)).min(limit))
            }
        }
    }

    /// How long whoever asks now has to wait for a permission.
    pub fn wait(&self, config: &RateLimiterConfig, now: Time) -> Span {
        let (cycle, left) = self.at(config, now);
        if left > 0 {
            return Span::ZERO;
        }
        let missing = left.unsigned_abs() + 1;
        let cycles = missing.div_ceil(u64::from(config.limit_for_period.max(1)));
        let due = (cycle + cycles).saturating_mul(config.limit_refresh_period.0.max(1));
        Span(due.saturating_sub(now.0))
    }

    /// A permission is taken, or reserved.
    pub fn take(&mut self, config: &RateLimiterConfig, now: Time) {
        let (cycle, left) = self.at(config, now);
        self.state = Some((cycle, left - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_so_many_permissions_and_later_ones_are_reserved() {
        let config = RateLimiterConfig { limit_for_period: 2, ..RateLimiterConfig::default() };
        let mut limiter = RateLimiter::default();
        let at = |ms| Time::ZERO + Span::from_millis(ms);
        let mut waits = Vec::new();
        for ms in [100, 200, 300, 400, 500, 3_000, 3_000, 3_900] {
            waits.push(limiter.wait(&config, at(ms)).as_millis());
            limiter.take(&config, at(ms));
        }
        assert_eq!(waits, [0, 0, 700, 600, 1_500, 0, 0, 100], "unused permissions are not kept");
    }
}
