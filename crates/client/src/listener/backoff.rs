//! `ExponentialBackOff` with its jitter, as Spring Framework 7 has it.

use millrace_model::Span;

/// A back-off: the first pause, how much longer each is, and the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExponentialBackOff {
    /// `initialInterval`.
    pub initial: Span,
    /// `multiplier` in percent; 100 and below keeps it.
    pub multiplier_percent: u32,
    /// `maxInterval`.
    pub max: Span,
    /// `jitter`: how far a pause may lie to either side; it grows with the pause.
    pub jitter: Span,
}

impl ExponentialBackOff {
    /// The `n`-th pause, from 1, for what the dice have shown.
    pub fn pause(&self, n: u32, roll: u64) -> Span {
        let percent = u128::from(self.multiplier_percent.max(100));
        let mut interval = u128::from(self.initial.0);
        let max = u128::from(self.max.max(self.initial).0);
        for _ in 1..n {
            interval = (interval * percent / 100).min(max);
        }
        let interval = Span(u64::try_from(interval).unwrap_or(u64::MAX));
        if self.jitter == Span::ZERO || self.initial == Span::ZERO {
            return interval;
        }
        let jitter = self.jitter.times(interval.0 / self.initial.0).0;
        let low = interval.0.saturating_sub(jitter).max(self.initial.0);
        let high = interval.0.saturating_add(jitter).min(self.max.max(self.initial).0);
        Span(low + (roll >> 16) % high.saturating_sub(low).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(jitter: u64, roll: u64) -> Vec<u64> {
        let back_off = ExponentialBackOff {
            initial: Span::from_secs(1),
            multiplier_percent: 200,
            max: Span::from_secs(8),
            jitter: Span::from_millis(jitter),
        };
        (1..=5).map(|n| back_off.pause(n, roll).as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_jitter_stays_between_the_bounds() {
        assert_eq!(pauses(0, 7), [1000, 2000, 4000, 8000, 8000]);
        for roll in (0..200).map(|n| n * 0x0123_4567_89ab_cdef_u64) {
            for (n, pause) in pauses(100, roll).into_iter().enumerate() {
                let (plain, jitter) = ([1000, 2000, 4000, 8000, 8000][n], [100, 200, 400, 800, 800][n]);
                assert!(
                    (plain - jitter).max(1000) <= pause && pause <= (plain + jitter).min(8000),
                    "{n} {pause}"
                );
            }
        }
        assert_ne!(pauses(100, 1 << 20), pauses(100, 77 << 30));
    }
}
