//! Why a topology cannot be built. The texts are Kafka's where Kafka has one.

use std::fmt;

/// Why a topology cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopologyError {
    /// A window without a size (`TimeWindows`).
    WindowSize,
    /// A grace below zero.
    NegativeGrace,
    /// An advance that is not positive, or beyond the size.
    WindowAdvance {
        /// The windows' size.
        size_ms: i64,
        /// The advance asked for.
        advance_ms: i64,
    },
    /// More windows per record than [`WINDOWS_PER_RECORD`](crate::limits::WINDOWS_PER_RECORD).
    TooManyWindows {
        /// The windows' size.
        size_ms: i64,
        /// The advance asked for.
        advance_ms: i64,
    },
    /// A retention that ends before a window closes.
    Retention {
        /// The store.
        store: String,
        /// The windows' size.
        size_ms: i64,
        /// The windows' grace.
        grace_ms: i64,
        /// The retention asked for.
        retention_ms: i64,
    },
    /// Two sources read one topic.
    TopicTwice(String),
    /// Two stores have one name.
    StoreTwice(String),
    /// A name that no topic can have.
    TopicName(String),
    /// `suppress until window closes` behind something that has no windows.
    NotWindowed,
    /// More nodes than [`NODES`](crate::limits::NODES).
    TooLarge,
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WindowSize => f.write_str("Window size (sizeMs) must be larger than zero."),
            Self::NegativeGrace => f.write_str("Grace period must not be negative."),
            Self::WindowAdvance { size_ms, advance_ms } => write!(
                f,
                "Window advancement interval should be more than zero and less than window duration which is \
                 {size_ms} ms, but given advancement interval is: {advance_ms} ms"
            ),
            Self::TooManyWindows { size_ms, advance_ms } => write!(
                f,
                "a window of {size_ms} ms every {advance_ms} ms puts each record into more than {} windows",
                crate::limits::WINDOWS_PER_RECORD
            ),
            Self::Retention { store, size_ms, grace_ms, retention_ms } => write!(
                f,
                "The retention period of the window store {store} must be no smaller than its window size plus \
                 the grace period. Got size=[{size_ms}], grace=[{grace_ms}], retention=[{retention_ms}]"
            ),
            Self::TopicTwice(topic) => {
                write!(f, "Topic {topic} has already been registered by another source.")
            }
            Self::StoreTwice(store) => {
                write!(f, "A different StateStore has already been added with the name {store}")
            }
            Self::TopicName(name) => write!(
                f,
                "{name:?} cannot be a topic: 1 to 249 characters of a-z A-Z 0-9 . _ - and neither . nor .."
            ),
            Self::NotWindowed => f.write_str(
                "suppress until window closes wants windows in front of it: window tumbling 10s | count",
            ),
            Self::TooLarge => {
                write!(f, "a topology has at most {} nodes", crate::limits::NODES)
            }
        }
    }
}

impl std::error::Error for TopologyError {}
