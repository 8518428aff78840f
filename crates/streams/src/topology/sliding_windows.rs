//! `SlidingWindows`: windows that slide with the records.

use super::TopologyError;

/// For each record two windows may exist per key: the one that ends with it and the one that starts one millisecond
/// after it. A window holds all records at most `time_difference_ms` apart; both of its ends count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlidingWindows {
    time_difference_ms: i64,
    grace_ms: i64,
}

impl SlidingWindows {
    /// `SlidingWindows.ofTimeDifferenceAndGrace`. A difference of zero is allowed here, as in Kafka, and fails with
    /// the first record ([`Failure::WindowWithoutLength`](crate::task::Failure)).
    ///
    /// # Errors
    /// A negative difference or grace, with Kafka's message.
    pub fn new(time_difference_ms: i64, grace_ms: i64) -> Result<SlidingWindows, TopologyError> {
        if time_difference_ms < 0 {
            return Err(TopologyError::NegativeTimeDifference);
        }
        if grace_ms < 0 {
            return Err(TopologyError::NegativeWindowGrace);
        }
        Ok(SlidingWindows { time_difference_ms, grace_ms })
    }

    /// The largest difference between two records of a window, in milliseconds.
    pub fn time_difference_ms(self) -> i64 {
        self.time_difference_ms
    }

    /// How long after its end a window still takes records, in milliseconds of stream time.
    pub fn grace_ms(self) -> i64 {
        self.grace_ms
    }

    /// How long the store keeps a window unless the user says otherwise: a record's right window may need windows
    /// that started two differences before it (`SlidingWindowStoreMaterializer`).
    pub fn retention_ms(self) -> i64 {
        self.time_difference_ms.saturating_mul(2).saturating_add(self.grace_ms)
    }
}
