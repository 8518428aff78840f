//! Patterns over the events of a key: a sequence within a time, an absence, a threshold that must hold.
//!
//! Our own, on the Processor API: Kafka Streams has no such operator, and people write a `Processor` with a store and a
//! punctuator. This is that processor, with its parameters as data; its state is JSON in its store, for everyone to see.

use super::function::Predicate;
use super::processor::{Punctuation, PunctuationType};

/// How often a pattern that waits for time looks at its keys, in milliseconds.
const LOOK_EVERY_MS: i64 = 100;

/// What is looked for among the records of each key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Records in the order of their timestamps, one for each step, other records between them or not. When the last
    /// has come, what led to it counts no more. Of several choices it takes the latest records.
    Sequence {
        /// The steps.
        steps: Vec<PatternStep>,
        /// From the first record to the last at most so long, in milliseconds.
        within_ms: i64,
        /// A record waits until stream time is beyond its timestamp and this, so that others can come before it; what
        /// comes later than that is dropped. At 0 nothing waits.
        grace_ms: i64,
    },
    /// After a record that fits, none for so long. Told once, until the next one that fits.
    Absence {
        /// The record.
        of: Predicate,
        /// How long, in milliseconds.
        for_ms: i64,
        /// Whose time: that of the records, which stands still without any, or the wall clock's.
        time: PunctuationType,
    },
    /// A condition that holds for so long raises an alert; another one clears it. Two conditions and a time, so that
    /// a value that trembles around a limit raises nothing.
    Threshold {
        /// What must hold.
        over: Predicate,
        /// From the first record for which it holds, without one for which it does not, in milliseconds.
        for_ms: i64,
        /// What clears the alert.
        until: Predicate,
    },
}

/// A step of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PatternStep {
    /// The record.
    pub what: Predicate,
    /// How many of them.
    pub times: u32,
}

impl Pattern {
    /// The schedule of what waits for time.
    pub fn punctuation(&self) -> Option<Punctuation> {
        match self {
            Self::Sequence { grace_ms: 0, .. } | Self::Threshold { .. } => None,
            Self::Sequence { .. } => {
                Some(Punctuation { time: PunctuationType::StreamTime, interval_ms: LOOK_EVERY_MS })
            }
            Self::Absence { time, .. } => Some(Punctuation { time: *time, interval_ms: LOOK_EVERY_MS }),
        }
    }
}
