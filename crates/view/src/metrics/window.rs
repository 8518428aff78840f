//! What is counted and measured: for ever, and over the last [`WINDOW`]. Percentiles are exact: the window keeps every value.

use millrace_model::collections::sort;
use millrace_model::{Span, Time};
use std::collections::VecDeque;

/// What rates, averages and percentiles look back over. Kafka's own clients look back over two samples of 30 s
/// (`metrics.sample.window.ms`, `metrics.num.samples`); a scene of a minute would be over before that shows anything.
pub const WINDOW: Span = Span::from_secs(5);

/// A counter with what it measured, in microseconds or without a measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    recent: VecDeque<Item>,
    count: u64,
    sum: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    at: Time,
    value: u64,
    times: u64,
}

/// The ranks of a distribution, in the unit of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// Half of the values are not larger.
    pub p50: u64,
    /// 95 in a hundred.
    pub p95: u64,
    /// 99 in a hundred.
    pub p99: u64,
}

impl Meter {
    /// Counts `times` occurrences of `value`.
    pub fn add(&mut self, at: Time, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        self.count += times;
        self.sum = self.sum.saturating_add(value.saturating_mul(times));
        match self.recent.back_mut() {
            Some(last) if last.at == at && last.value == value => last.times += times,
            _ => self.recent.push_back(Item { at, value, times }),
        }
    }

    /// Counts occurrences that measure nothing.
    pub fn tick(&mut self, at: Time, times: u64) {
        self.add(at, 0, times);
    }

    /// Everything that was counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Everything that was measured.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Forgets what is older than the window.
    pub fn forget(&mut self, now: Time) {
        let is_old = |item: &Item| item.at + WINDOW <= now;
        while self.recent.front().is_some_and(is_old) {
            self.recent.pop_front();
        }
    }

    /// How many were counted in the window that ends `now`.
    pub fn recent(&self, now: Time) -> u64 {
        self.within(now).map(|item| item.times).sum()
    }

    /// Thousandths of an occurrence a second, over the window.
    pub fn rate(&self, now: Time) -> u64 {
        self.recent(now).saturating_mul(1_000_000_000) / WINDOW.0
    }

    /// The mean of the window's values, rounded down; none if there are none.
    pub fn mean(&self, now: Time) -> Option<u64> {
        let sum: u64 = self.within(now).map(|item| item.value.saturating_mul(item.times)).sum();
        sum.checked_div(self.recent(now))
    }

    /// The largest of the window's values.
    pub fn largest(&self, now: Time) -> Option<u64> {
        self.within(now).map(|item| item.value).max()
    }

    /// Exact percentiles of the window's values, by nearest rank; none if there are none.
    pub fn percentiles(&self, now: Time) -> Option<Percentiles> {
        let mut values: Vec<(u64, u64)> = self.within(now).map(|item| (item.value, item.times)).collect();
        let all = self.recent(now);
        if all == 0 {
            return None;
        }
        sort::sort(&mut values);
        let rank = |percent: u64| {
            let mut left = (all * percent).div_ceil(100).max(1);
            let at = values.iter().find(|(_, times)| {
                let is_it = left <= *times;
                left = left.saturating_sub(*times);
                is_it
            });
            at.map_or(0, |(value, _)| *value)
        };
        Some(Percentiles { p50: rank(50), p95: rank(95), p99: rank(99) })
    }

    fn within(&self, now: Time) -> impl Iterator<Item = &Item> {
        self.recent.iter().filter(move |item| item.at + WINDOW > now)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000;

    #[test]
    fn percentiles_are_nearest_ranks_of_every_value() {
        for n in [1_u64, 2, 3, 10, 99, 100, 101, 200] {
            let mut meter = Meter::default();
            // Backwards, so that the order of arrival is not the order of size.
            for value in (1..=n).rev() {
                meter.add(Time(S), value, 1);
            }
            let by_definition = |percent: u64| (1..=n).find(|v| v * 100 >= n * percent).unwrap();
            let found = meter.percentiles(Time(2 * S)).unwrap();
            assert_eq!(found.p50, by_definition(50), "{n}");
            assert_eq!(found.p95, by_definition(95), "{n}");
            assert_eq!(found.p99, by_definition(99), "{n}");
        }
    }

    #[test]
    fn repeated_values_weigh_as_often_as_they_came() {
        let mut meter = Meter::default();
        meter.add(Time(S), 7, 98);
        meter.add(Time(S), 900, 2);
        assert_eq!(meter.percentiles(Time(S)), Some(Percentiles { p50: 7, p95: 7, p99: 900 }));
        assert_eq!((meter.mean(Time(S)), meter.largest(Time(S))), (Some(24), Some(900)));
    }

    #[test]
    fn what_is_older_than_the_window_counts_only_for_the_total() {
        let mut meter = Meter::default();
        meter.tick(Time(S), 10);
        meter.tick(Time(4 * S), 5);
        assert_eq!([4, 5, 6, 9].map(|s| meter.recent(Time(s * S))), [15, 15, 5, 0]);
        assert_eq!(meter.rate(Time(5 * S)), 3_000);
        meter.forget(Time(7 * S));
        assert_eq!((meter.recent(Time(7 * S)), meter.count()), (5, 15));
        assert_eq!(meter.percentiles(Time(20 * S)), None);
    }
}
