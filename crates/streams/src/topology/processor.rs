//! Processors of the Processor API: a closed set of state machines that user code would write.

use super::pattern::Pattern;

/// What a processor does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Processor {
    /// The value becomes `ts=…,stream_time=…,topic=…,partition=…,offset=…`.
    Context,
    /// The timestamp moves by this, not below zero.
    ShiftTimestamp {
        /// Milliseconds.
        ms: i64,
    },
    /// Passes everything on, and sends `tick` at each punctuation.
    Tick(Punctuation),
    /// Counts records by key in its store, and sends the counts at each punctuation.
    CountAndPunctuate {
        /// When.
        punctuation: Punctuation,
        /// Counts from zero after each punctuation.
        reset: bool,
    },
    /// Passes on a key and value that it has not seen within this time.
    Deduplicate {
        /// Milliseconds of event time.
        ttl_ms: i64,
    },
    /// Looks for a pattern in the records of each key: our own.
    Detect(Box<Pattern>),
}

/// `ProcessorContext.schedule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Punctuation {
    /// Whose time.
    pub time: PunctuationType,
    /// How often, in milliseconds.
    pub interval_ms: i64,
}

/// `PunctuationType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PunctuationType {
    /// `STREAM_TIME`: only records move it.
    StreamTime,
    /// `WALL_CLOCK_TIME`.
    WallClockTime,
}

impl Processor {
    /// Its schedule.
    pub fn punctuation(&self) -> Option<Punctuation> {
        match self {
            Self::Tick(punctuation) | Self::CountAndPunctuate { punctuation, .. } => Some(*punctuation),
            Self::Detect(pattern) => pattern.punctuation(),
            Self::Context | Self::ShiftTimestamp { .. } | Self::Deduplicate { .. } => None,
        }
    }

    /// True for those that keep a store.
    pub fn has_store(&self) -> bool {
        matches!(self, Self::CountAndPunctuate { .. } | Self::Deduplicate { .. } | Self::Detect(_))
    }
}
