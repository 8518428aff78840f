//! Windows by expression: our own. In Kafka Streams people extend `Windows`, or write a processor.

use super::SessionWindows;
use millrace_expr::Expr;

/// Windows that an expression makes of each record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomWindows {
    shape: CustomShape,
    longest_ms: i64,
    grace_ms: i64,
}

/// What the expression says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CustomShape {
    /// When the record's window begins, and when it ends, exclusively: milliseconds since 1970 (business days).
    Span {
        /// The first millisecond.
        from: Expr,
        /// The first millisecond behind it.
        to: Expr,
    },
    /// The inactivity gap of the key's sessions, in milliseconds.
    Gap(Expr),
}

impl CustomWindows {
    /// Windows of at most this length, or gaps of at most this length: the store keeps them accordingly.
    pub fn new(shape: CustomShape, longest_ms: i64, grace_ms: i64) -> CustomWindows {
        CustomWindows { shape, longest_ms: longest_ms.max(1), grace_ms: grace_ms.max(0) }
    }

    /// What the expression says.
    pub fn shape(&self) -> &CustomShape {
        &self.shape
    }

    /// The longest window or gap, in milliseconds.
    pub fn longest_ms(&self) -> i64 {
        self.longest_ms
    }

    /// How long after its end (and gap) a window still takes records, in milliseconds of stream time.
    pub fn grace_ms(&self) -> i64 {
        self.grace_ms
    }

    /// The sessions that end and close when these windows do; of a gap by key the longest.
    pub fn as_sessions(&self) -> SessionWindows {
        let gap_ms = match self.shape {
            CustomShape::Span { .. } => 0,
            CustomShape::Gap(_) => self.longest_ms,
        };
        SessionWindows::unchecked(gap_ms, self.grace_ms)
    }

    /// How long `suppress until window closes` waits after the end in a window's key.
    pub fn suppress_ms(&self) -> i64 {
        let wait_ms = self.as_sessions().wait_ms();
        match self.shape {
            // The key has the window's last millisecond; its end is the one behind.
            CustomShape::Span { .. } => wait_ms.saturating_add(1),
            CustomShape::Gap(_) => wait_ms,
        }
    }

    /// How long the store keeps a window. The store's own time is the largest end in it, which may be one window ahead
    /// of the records.
    pub fn retention_ms(&self) -> i64 {
        self.longest_ms.saturating_mul(2).saturating_add(self.grace_ms)
    }
}
