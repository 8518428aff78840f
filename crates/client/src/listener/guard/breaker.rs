//! resilience4j's `CircuitBreaker` with a count-based window, around the calls of one service. It lives in the process.

use millrace_model::{Span, Time};

/// Its settings under resilience4j's names and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakerConfig {
    /// `failureRateThreshold` in percent, default 50.
    pub failure_rate_threshold: u32,
    /// `slidingWindowSize`, default 100 calls.
    pub sliding_window_size: u32,
    /// `minimumNumberOfCalls`, default 100.
    pub minimum_number_of_calls: u32,
    /// `slowCallRateThreshold` in percent, default 100.
    pub slow_call_rate_threshold: u32,
    /// `slowCallDurationThreshold`, default 60 s: a call that takes longer is slow, whatever it comes to.
    pub slow_call_duration_threshold: Span,
    /// `waitDurationInOpenState`, default 60 s.
    pub wait_duration_in_open_state: Span,
    /// `permittedNumberOfCallsInHalfOpenState`, default 10.
    pub permitted_calls_in_half_open: u32,
    /// While it is open, partitions are paused; otherwise each record fails at once with `CallNotPermittedException`.
    pub pauses: bool,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failure_rate_threshold: 50,
            sliding_window_size: 100,
            minimum_number_of_calls: 100,
            slow_call_rate_threshold: 100,
            slow_call_duration_threshold: Span::from_secs(60),
            wait_duration_in_open_state: Span::from_secs(60),
            permitted_calls_in_half_open: 10,
            pauses: true,
        }
    }
}

/// `CircuitBreaker.State`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BreakerState {
    /// Calls go through and are counted.
    #[default]
    Closed,
    /// Nothing goes through until then.
    Open(Time),
    /// A few calls go through to find out.
    HalfOpen,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Breaker {
    state: BreakerState,
    /// The newest outcomes: failed, and slow.
    window: Vec<(bool, bool)>,
    opened: u32,
    closed_again: u32,
}

impl Breaker {
    /// Its state at that moment: an open one is half open when its time is over.
    pub fn state(&self, now: Time) -> BreakerState {
        match self.state {
            BreakerState::Open(until) if until <= now => BreakerState::HalfOpen,
            state => state,
        }
    }

    /// How often it has opened, and how often closed again.
    pub fn trips(&self) -> (u32, u32) {
        (self.opened, self.closed_again)
    }

    /// Calls in its window, and how many of them failed.
    pub fn counts(&self) -> (u32, u32) {
        let (failed, _, calls) = self.window();
        (calls, failed)
    }

    /// Failures, slow calls and all calls of the window, in this order.
    pub fn window(&self) -> (u32, u32, u32) {
        let count = |is: fn(&&(bool, bool)) -> bool| self.window.iter().filter(is).count() as u32;
        (count(|(failed, _)| *failed), count(|(_, slow)| *slow), count(|_| true))
    }

    /// The outcome of a call that took so long.
    pub fn record(&mut self, config: &BreakerConfig, now: Time, failed: bool, took: Span) {
        let state = self.state(now);
        if state != self.state {
            self.state = state;
            self.window.clear();
        }
        if matches!(state, BreakerState::Open(_)) {
            return;
        }
        let half_open = state == BreakerState::HalfOpen;
        let size = if half_open { config.permitted_calls_in_half_open } else { config.sliding_window_size };
        let needed = if half_open { size } else { config.minimum_number_of_calls.min(size) };
        self.window.push((failed, took > config.slow_call_duration_threshold));
        if self.window.len() > size as usize {
            self.window.remove(0);
        }
        let (failures, slow, calls) = self.window();
        if calls < needed {
            return;
        }
        let is_over =
            |count: u32, percent: u32| u64::from(count) * 100 >= u64::from(percent) * u64::from(calls);
        if is_over(failures, config.failure_rate_threshold) || is_over(slow, config.slow_call_rate_threshold)
        {
            self.state = BreakerState::Open(now + config.wait_duration_in_open_state);
            self.opened += 1;
            self.window.clear();
        } else if half_open {
            self.state = BreakerState::Closed;
            self.closed_again += 1;
            self.window.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Time {
        Time::ZERO + Span::from_secs(s)
    }

    #[test]
    fn it_opens_at_the_threshold_tries_again_and_closes_or_opens_anew() {
        let config = BreakerConfig {
            sliding_window_size: 4,
            minimum_number_of_calls: 4,
            wait_duration_in_open_state: Span::from_secs(10),
            permitted_calls_in_half_open: 2,
            ..BreakerConfig::default()
        };
        let mut breaker = Breaker::default();
        for failed in [true, false, false] {
            breaker.record(&config, at(1), failed, Span::ZERO);
        }
        assert_eq!(breaker.state(at(1)), BreakerState::Closed, "too few calls");
        breaker.record(&config, at(2), true, Span::ZERO);
        assert_eq!(breaker.state(at(2)), BreakerState::Open(at(12)));
        assert_eq!(breaker.state(at(12)), BreakerState::HalfOpen);
        breaker.record(&config, at(12), true, Span::ZERO);
        breaker.record(&config, at(12), false, Span::ZERO);
        assert_eq!(breaker.state(at(13)), BreakerState::Open(at(22)), "half of the probes failed");
        breaker.record(&config, at(23), false, Span::ZERO);
        assert_eq!(breaker.state(at(23)), BreakerState::HalfOpen);
        breaker.record(&config, at(24), false, Span::ZERO);
        assert_eq!((breaker.state(at(24)), breaker.trips()), (BreakerState::Closed, (2, 1)));
    }

    #[test]
    fn it_opens_for_slow_calls_that_succeed() {
        let config = BreakerConfig {
            minimum_number_of_calls: 4,
            sliding_window_size: 4,
            slow_call_rate_threshold: 50,
            slow_call_duration_threshold: Span::from_secs(2),
            ..BreakerConfig::default()
        };
        let mut breaker = Breaker::default();
        for took in [1, 3, 2] {
            breaker.record(&config, at(9), false, Span::from_secs(took));
        }
        assert_eq!((breaker.state(at(9)), breaker.window()), (BreakerState::Closed, (0, 1, 3)));
        breaker.record(&config, at(9), false, Span::from_secs(3));
        assert_eq!(breaker.state(at(9)), BreakerState::Open(at(69)), "two of four took more than 2 s");
    }
}
