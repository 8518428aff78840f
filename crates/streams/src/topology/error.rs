//! Why a topology cannot be built. The texts are Kafka's where Kafka has one.

use std::fmt;

/// Why a topology cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopologyError {
    /// A window without a size (`TimeWindows`).
    WindowSize,
    /// A grace below zero.
    NegativeGrace,
    /// A grace of sliding windows below zero.
    NegativeWindowGrace,
    /// A time difference of sliding windows below zero.
    NegativeTimeDifference,
    /// Sessions without a gap.
    SessionGap,
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
    /// A retention of sliding windows that is shorter than two of them and the grace.
    SlidingRetention {
        /// The store.
        store: String,
        /// The windows' time difference.
        time_difference_ms: i64,
        /// The windows' grace.
        grace_ms: i64,
        /// The retention asked for.
        retention_ms: i64,
    },
    /// A retention that ends before a session closes.
    SessionRetention {
        /// The store.
        store: String,
        /// The sessions' gap.
        gap_ms: i64,
        /// The sessions' grace.
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
    NotWindowed {
        /// The nodes that lead there, `root->KSTREAM-SOURCE-0000000000->…`.
        chain: String,
    },
    /// A session aggregation that does not say how two sessions become one.
    NoMerger,
    /// A stream waits for a table that has no versions.
    NotVersioned,
    /// A stream waits longer than its table's history goes back.
    ShortHistory,
    /// A suppression behind a versioned table.
    VersionedSuppress {
        /// The versions come from further up.
        inherited: bool,
    },
    /// A join window whose start lies behind its end.
    JoinInterval,
    /// Two sources read topics that overlap without being the same.
    OverlappingTopics,
    /// More nodes than [`NODES`](crate::limits::NODES).
    TooLarge,
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WindowSize => f.write_str("Window size (sizeMs) must be larger than zero."),
            Self::NegativeGrace => f.write_str("Grace period must not be negative."),
            Self::NegativeWindowGrace => f.write_str("Window grace period must not be negative."),
            Self::NegativeTimeDifference => f.write_str("Window time difference must not be negative."),
            Self::SessionGap => f.write_str("Gap time cannot be zero or negative."),
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
            Self::SlidingRetention { store, time_difference_ms, grace_ms, retention_ms } => write!(
                f,
                "The retention period of the window store {store} must be no smaller than 2 * time difference plus \
                 the grace period. Got time difference=[{time_difference_ms}], grace=[{grace_ms}], \
                 retention=[{retention_ms}]"
            ),
            Self::SessionRetention { store, gap_ms, grace_ms, retention_ms } => write!(
                f,
                "The retention period of the session store {store} must be no smaller than the session inactivity \
                 gap plus the grace period. Got gap=[{gap_ms}], grace=[{grace_ms}], retention=[{retention_ms}]"
            ),
            Self::TopicTwice(topic) => {
                write!(f, "Invalid topology: Topic {topic} has already been registered by another source.")
            }
            Self::StoreTwice(store) => {
                write!(
                    f,
                    "Invalid topology: A different StateStore has already been added with the name {store}"
                )
            }
            Self::TopicName(name) => write!(
                f,
                "{name:?} cannot be a topic: 1 to 249 characters of a-z A-Z 0-9 . _ - and neither . nor .."
            ),
            Self::NotWindowed { chain } => write!(
                f,
                "Invalid topology: Window close time is only defined for windowed computations. Got [{chain}]."
            ),
            Self::NoMerger => f.write_str("sessionMerger can't be null"),
            Self::NotVersioned => {
                f.write_str("KTable must be versioned to use a grace period in a stream table join.")
            }
            Self::ShortHistory => f.write_str("History retention must be at least grace period."),
            Self::VersionedSuppress { inherited } => {
                f.write_str("Invalid topology: suppress() is only supported for non-versioned KTables")?;
                match inherited {
                    false => Ok(()),
                    true => f.write_str(" (note that version semantics might be inherited from upstream)"),
                }
            }
            Self::JoinInterval => f.write_str("Window interval (ie, beforeMs+afterMs) must not be negative."),
            Self::OverlappingTopics => f.write_str(
                "Invalid topology: Two source nodes are subscribed to overlapping but not equal input topics",
            ),
            Self::TooLarge => {
                write!(f, "a topology has at most {} nodes", crate::limits::NODES)
            }
        }
    }
}

impl std::error::Error for TopologyError {}
