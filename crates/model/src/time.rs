//! Virtual time. Nothing here reads a clock.
//!
//! `Time` is when something happens in the simulated world, `Span` how long it takes, and `Timestamp` what a
//! record says about itself (Kafka's CreateTime or LogAppendTime). Stream time is a `Timestamp` too.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A moment of virtual time, in microseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A length of virtual time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// A record's timestamp: milliseconds since 1970-01-01T00:00:00Z, as in Kafka. `-1` means none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// The virtual calendar: every run starts at 2026-01-01T12:00:00Z, so that two runs never differ by date.
    pub const EPOCH: Timestamp = Timestamp(1_767_268_800_000);

    /// The calendar timestamp, in whole milliseconds, that a client writes into a record now.
    pub fn timestamp(self) -> Timestamp {
        let ms = i64::try_from(self.0 / 1_000).unwrap_or(i64::MAX);
        Timestamp(Self::EPOCH.0.saturating_add(ms))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Timestamp {
    /// Kafka's `RecordBatch.NO_TIMESTAMP`.
    pub const NONE: Timestamp = Timestamp(-1);

    /// The moment of virtual time at which a clock shows this timestamp; the start of the run if it is earlier.
    pub fn time(self) -> Time {
        let ms = u64::try_from(self.0.saturating_sub(Time::EPOCH.0)).unwrap_or(0);
        Time(ms.saturating_mul(1_000))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of whole milliseconds, the unit of nearly every Kafka setting.
    pub const fn from_millis(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000))
    }

    /// A span of whole seconds.
    pub const fn from_secs(s: u64) -> Span {
        Span(s.saturating_mul(1_000_000))
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// This span `n` times over, saturating.
    pub const fn times(self, n: u64) -> Span {
        Span(self.0.saturating_mul(n))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

/// Clock face of the virtual day: `12:00:31.204`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// Clock face: `12:00:31.204`, with the day in front (`+1d`) once the run has passed midnight.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i64 = 86_400_000;
        let days = self.0.div_euclid(DAY) - Time::EPOCH.0.div_euclid(DAY);
        if days != 0 {
            write!(f, "{days:+}d ")?;
        }
        let ms = self.0.rem_euclid(DAY);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        write!(f, "{h:02}:{m:02}:{s:02}.{:03}", ms % 1_000)
    }
}

/// Shortest exact form in one unit: `250ms`, `10s`, `5m`, `1h`, `40us`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms")];
        for (size, unit) in units {
            if self.0 >= size && self.0.is_multiple_of(size) {
                return write!(f, "{}{unit}", self.0 / size);
            }
        }
        if self.0 == 0 { f.write_str("0ms") } else { write!(f, "{}us", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_starts_at_noon_and_counts_days_after_midnight() {
        assert_eq!(Time::ZERO.to_string(), "12:00:00.000");
        assert_eq!((Time::ZERO + Span::from_millis(31_204)).to_string(), "12:00:31.204");
        assert_eq!((Time::ZERO + Span::from_secs(12 * 3600)).to_string(), "+1d 00:00:00.000");
        assert_eq!(Timestamp(Time::EPOCH.0 - 43_200_001).to_string(), "-1d 23:59:59.999");
    }

    #[test]
    fn spans_print_in_the_largest_exact_unit() {
        let shown = |us| Span(us).to_string();
        assert_eq!(
            [0, 7, 5_000, 1_500_000, 10_000_000, 300_000_000, 7_200_000_000].map(shown),
            ["0ms", "7us", "5ms", "1500ms", "10s", "5m", "2h"]
        );
    }

    #[test]
    fn timestamps_and_times_are_inverse_on_whole_milliseconds() {
        let t = Time(41_000);
        assert_eq!(t.timestamp().time(), t);
        assert_eq!(Timestamp(0).time(), Time::ZERO);
    }
}
