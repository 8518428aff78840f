//! `SessionWindows`: windows that grow while records come and end after a time without any.

use super::TopologyError;

/// Records of a key belong to one session when no gap between them is larger than `gap_ms`. Both ends of a session
/// are timestamps of records in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionWindows {
    gap_ms: i64,
    grace_ms: i64,
}

impl SessionWindows {
    /// `SessionWindows.ofInactivityGapAndGrace`.
    ///
    /// # Errors
    /// A gap that is not positive, or a negative grace, with Kafka's message.
    pub fn new(gap_ms: i64, grace_ms: i64) -> Result<SessionWindows, TopologyError> {
        if gap_ms <= 0 {
            return Err(TopologyError::SessionGap);
        }
        if grace_ms < 0 {
            return Err(TopologyError::NegativeGrace);
        }
        Ok(SessionWindows { gap_ms, grace_ms })
    }

    /// The same from numbers that are known to be good.
    pub(crate) fn unchecked(gap_ms: i64, grace_ms: i64) -> SessionWindows {
        SessionWindows { gap_ms, grace_ms }
    }

    /// The inactivity gap in milliseconds.
    pub fn gap_ms(self) -> i64 {
        self.gap_ms
    }

    /// How long after the gap a session still takes records, in milliseconds of stream time.
    pub fn grace_ms(self) -> i64 {
        self.grace_ms
    }

    /// Gap and grace: how long stream time must have passed a session's end before it is closed.
    pub fn wait_ms(self) -> i64 {
        self.gap_ms.saturating_add(self.grace_ms)
    }
}
