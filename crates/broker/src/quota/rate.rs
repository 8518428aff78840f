//! A rate over a window of samples, and how long whoever is above its quota has to wait (`Rate`, `SampledStat`,
//! `QuotaUtils.throttleTime`). In whole numbers: amounts and bounds are counted in millionths.

use std::collections::VecDeque;

/// `quota.window.num`: samples that are kept.
pub const SAMPLES: i64 = 11;
/// `quota.window.size.seconds`: how long one sample takes up what comes in, in ms.
pub const WINDOW_MS: i64 = 1_000;

/// One stretch of time with what came in it (`SampledStat.Sample`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sample {
    /// In millionths of bytes, or of a percentage of a thread's second.
    sum: i128,
    started: i64,
    last: i64,
}

/// What came in lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rate {
    /// The newest is the last. Kafka keeps one more than it counts, for a sample that overlaps the window.
    samples: VecDeque<Sample>,
}

impl Rate {
    /// Takes an amount in, in millionths, at `now` in ms (`SampledStat.record`).
    pub fn record(&mut self, amount: i128, now: i64) {
        match self.samples.back_mut() {
            Some(sample) if now - sample.started < WINDOW_MS => {
                sample.sum += amount;
                sample.last = now;
            }
            _ => {
                self.samples.push_back(Sample { sum: amount, started: now, last: now });
                if i64::try_from(self.samples.len()).is_ok_and(|len| len > SAMPLES + 1) {
                    self.samples.pop_front();
                }
            }
        }
    }

    /// What came in within the window, in millionths, and how long that is taken to have lasted, in ms
    /// (`Rate.windowSize`): as if at least all samples but one were full.
    fn measure(&mut self, now: i64) -> (i128, i64) {
        // A sample without an event within the window is begun anew (`SampledStat.purgeObsoleteSamples`).
        for sample in self.samples.iter_mut().filter(|sample| now - sample.last >= SAMPLES * WINDOW_MS) {
            *sample = Sample { sum: 0, started: now, last: now };
        }
        let oldest = self.samples.iter().map(|sample| sample.started).min().unwrap_or(now);
        let mut elapsed = now - oldest;
        let full = elapsed / WINDOW_MS;
        if full < SAMPLES - 1 {
            elapsed += (SAMPLES - 1 - full) * WINDOW_MS;
        }
        (self.samples.iter().map(|sample| sample.sum).sum(), elapsed.max(1))
    }

    /// How long nothing may come in until the rate is at `bound` again, in ms; 0 while it is not above (bound in millionths a
    /// second). `(O - T) / T * W` for the rate `O`, the quota `T` and the window `W`, rounded.
    pub fn throttle_time_ms(&mut self, bound: i128, now: i64) -> i64 {
        let (sum, window) = self.measure(now);
        let over = sum * 1_000 - bound * i128::from(window);
        if over <= 0 {
            return 0;
        }
        if bound <= 0 {
            return i64::from(i32::MAX);
        }
        let rounded = (2 * over + bound) / (2 * bound);
        i64::try_from(rounded).unwrap_or(i64::MAX).min(i64::from(i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: i128 = 1_000_000;

    /// The example of `ClientQuotaManagerTest.testQuotaViolation`.
    #[test]
    fn who_is_above_waits_until_the_mean_is_at_the_quota() {
        let mut rate = Rate::default();
        for second in 0..10 {
            rate.record(400 * MILLION, second * 1_000);
            assert_eq!(rate.throttle_time_ms(500 * MILLION, second * 1_000), 0, "{second}");
        }
        rate.record(0, 10_000);
        rate.record(2_300 * MILLION, 10_500);
        // 6,300 bytes in 10.5 s are 600 a second: (600 - 500) / 500 * 10.5 s.
        assert_eq!(rate.throttle_time_ms(500 * MILLION, 10_500), 2_100);
    }

    /// At the start the window counts as if ten seconds had passed: ten times the quota go through at once.
    #[test]
    fn a_burst_of_ten_seconds_is_free() {
        let mut rate = Rate::default();
        rate.record(10_000 * MILLION, 0);
        assert_eq!(rate.throttle_time_ms(1_000 * MILLION, 0), 0);
        rate.record(1_000 * MILLION, 0);
        assert_eq!(rate.throttle_time_ms(1_000 * MILLION, 0), 1_000);
        assert_eq!(rate.throttle_time_ms(0, 0), i64::from(i32::MAX));
    }

    #[test]
    fn what_is_older_than_the_window_counts_no_more() {
        let mut rate = Rate::default();
        rate.record(50_000 * MILLION, 0);
        assert_eq!(rate.throttle_time_ms(1_000 * MILLION, 0), 40_000);
        rate.record(MILLION, 11_000);
        assert_eq!(rate.throttle_time_ms(1_000 * MILLION, 11_000), 0);
        for second in 0..100 {
            rate.record(MILLION, second * 1_000);
        }
        assert_eq!(rate.samples.len(), 12);
    }
}
