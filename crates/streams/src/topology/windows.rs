//! Window definitions and the errors of their factories.

use super::{SessionWindows, SlidingWindows, TopologyError};
use crate::data::Window;
use crate::limits;

/// `TimeWindows`: tumbling when `advance_ms` equals `size_ms`, else hopping. Aligned to 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeWindows {
    size_ms: i64,
    advance_ms: i64,
    grace_ms: i64,
}

/// Windows of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Windows {
    /// Tumbling or hopping.
    Time(TimeWindows),
    /// Sliding.
    Sliding(SlidingWindows),
    /// Sessions.
    Session(SessionWindows),
}

impl From<TimeWindows> for Windows {
    fn from(windows: TimeWindows) -> Windows {
        Windows::Time(windows)
    }
}

impl From<SlidingWindows> for Windows {
    fn from(windows: SlidingWindows) -> Windows {
        Windows::Sliding(windows)
    }
}

impl From<SessionWindows> for Windows {
    fn from(windows: SessionWindows) -> Windows {
        Windows::Session(windows)
    }
}

impl Windows {
    /// The size, the time difference or the gap, in milliseconds.
    pub fn length_ms(self) -> i64 {
        match self {
            Windows::Time(windows) => windows.size_ms(),
            Windows::Sliding(windows) => windows.time_difference_ms(),
            Windows::Session(windows) => windows.gap_ms(),
        }
    }

    /// The grace in milliseconds.
    pub fn grace_ms(self) -> i64 {
        match self {
            Windows::Time(windows) => windows.grace_ms(),
            Windows::Sliding(windows) => windows.grace_ms(),
            Windows::Session(windows) => windows.grace_ms(),
        }
    }

    /// How long `suppress until window closes` waits after a window's end (`GraphGraceSearchUtil`): the grace, and
    /// with sessions the gap as well.
    pub fn suppress_ms(self) -> i64 {
        match self {
            Windows::Time(_) | Windows::Sliding(_) => self.grace_ms(),
            Windows::Session(windows) => windows.wait_ms(),
        }
    }

    /// The first stream time at which no record is due in this window any more unless it is late: its exclusive end,
    /// or the millisecond after its inclusive end and the gap.
    pub fn ends_at(self, window: Window) -> i64 {
        match self {
            Windows::Time(_) => window.end.0,
            Windows::Sliding(_) => window.end.0.saturating_add(1),
            Windows::Session(windows) => window.end.0.saturating_add(windows.gap_ms()).saturating_add(1),
        }
    }

    /// The first stream time at which this window takes no more records.
    pub fn closes_at(self, window: Window) -> i64 {
        self.ends_at(window).saturating_add(self.grace_ms())
    }
}

/// When a windowed aggregation sends results (`EmitStrategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmitStrategy {
    /// With every update (`onWindowUpdate`).
    #[default]
    OnWindowUpdate,
    /// Once, when the window has closed (`onWindowClose`).
    OnWindowClose,
}

impl TimeWindows {
    /// `TimeWindows.ofSizeAndGrace`.
    ///
    /// # Errors
    /// A size that is not positive, or a negative grace, with Kafka's message.
    pub fn tumbling(size_ms: i64, grace_ms: i64) -> Result<TimeWindows, TopologyError> {
        if size_ms <= 0 {
            return Err(TopologyError::WindowSize);
        }
        if grace_ms < 0 {
            return Err(TopologyError::NegativeGrace);
        }
        Ok(TimeWindows { size_ms, advance_ms: size_ms, grace_ms })
    }

    /// `advanceBy`: windows of the same size that start every `advance_ms`.
    ///
    /// # Errors
    /// An advance that is not positive or larger than the size, with Kafka's message; too many windows per record.
    pub fn advance_by(self, advance_ms: i64) -> Result<TimeWindows, TopologyError> {
        if advance_ms <= 0 || advance_ms > self.size_ms {
            return Err(TopologyError::WindowAdvance { size_ms: self.size_ms, advance_ms });
        }
        if self.size_ms / advance_ms > limits::WINDOWS_PER_RECORD {
            return Err(TopologyError::TooManyWindows { size_ms: self.size_ms, advance_ms });
        }
        Ok(TimeWindows { advance_ms, ..self })
    }

    /// How long a window is, in milliseconds.
    pub fn size_ms(self) -> i64 {
        self.size_ms
    }

    /// How far apart two windows start, in milliseconds.
    pub fn advance_ms(self) -> i64 {
        self.advance_ms
    }

    /// How long after its end a window still takes records, in milliseconds of stream time.
    pub fn grace_ms(self) -> i64 {
        self.grace_ms
    }

    /// True when windows neither overlap nor leave gaps.
    pub fn is_tumbling(self) -> bool {
        self.size_ms == self.advance_ms
    }

    /// The windows that a timestamp falls into, earliest first (`TimeWindows.windowsFor`). A negative timestamp
    /// falls into none.
    pub fn windows_for(self, timestamp: i64) -> impl Iterator<Item = Window> {
        let from = timestamp.saturating_sub(self.size_ms).saturating_add(self.advance_ms).max(0);
        let mut next = Some(from / self.advance_ms * self.advance_ms);
        std::iter::from_fn(move || {
            let start = next.filter(|start| *start <= timestamp)?;
            next = start.checked_add(self.advance_ms);
            Some(Window::time(start, self.size_ms))
        })
    }

    /// The stream time at which this window takes no more records: its end and the grace.
    pub fn closes_at(self, window: Window) -> i64 {
        window.end.0.saturating_add(self.grace_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(windows: TimeWindows, timestamp: i64) -> Vec<i64> {
        windows.windows_for(timestamp).map(|w| w.start.0).collect()
    }

    /// Every small size, advance and timestamp against the definition: start <= t < start + size, start % advance == 0.
    #[test]
    fn a_timestamp_falls_into_the_windows_of_the_definition() {
        for size in 1..12 {
            for advance in 1..=size {
                let windows = TimeWindows::tumbling(size, 0).unwrap().advance_by(advance).unwrap();
                for t in 0..40 {
                    let expected: Vec<i64> =
                        (0..=t).filter(|s| s % advance == 0 && *s <= t && t < s + size).collect();
                    assert_eq!(starts(windows, t), expected, "size {size} advance {advance} t {t}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let windows = TimeWindows::tumbling(100, 0).unwrap();
        assert_eq!(starts(windows, i64::MAX), [i64::MAX / 100 * 100]);
        assert_eq!(starts(windows, -1), [] as [i64; 0]);
        assert_eq!(starts(windows, i64::MIN), [] as [i64; 0]);
    }
}
