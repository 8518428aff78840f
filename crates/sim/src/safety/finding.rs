//! What the checkers can find.

use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, LeaderEpoch, Offset, Time, TopicPartition};
use std::fmt;

/// Something that the checkers have found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When it showed.
    pub at: Time,
    /// In which partition.
    pub tp: TopicPartition,
    /// At which broker.
    pub broker: BrokerId,
    /// What.
    pub kind: Kind,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A producer was told that these records are written, and the leader does not have them.
    AcknowledgedLost {
        /// Where they were.
        offset: Offset,
        /// How many.
        records: usize,
        /// What had to have them.
        acks: Acks,
    },
    /// This was below a high watermark, and the leader does not have it.
    Missing {
        /// Where it was.
        offset: Offset,
        /// Whether a reader has seen it.
        shown: bool,
    },
    /// Something else was below a high watermark at the same place.
    Changed {
        /// Where.
        offset: Offset,
        /// Whether a reader has seen the old.
        shown: bool,
    },
    /// Two brokers began to lead under one epoch.
    TwoLeaders {
        /// Which.
        epoch: LeaderEpoch,
        /// The first one.
        other: BrokerId,
    },
    /// A reader was shown what is not below the high watermark.
    ShownTooEarly {
        /// Where.
        offset: Offset,
    },
    /// A `read_committed` reader was shown a transaction that is open, or an aborted one that it was not told to skip.
    UncommittedShown {
        /// Where.
        offset: Offset,
    },
    /// A producer was told that its transaction is committed, or aborted, and it is not so here.
    OutcomeBroken {
        /// Where.
        offset: Offset,
        /// Whether it was told to be committed.
        committed: bool,
    },
    /// In-sync replicas hold different records.
    LogsDiffer {
        /// Somewhere below.
        below: Offset,
        /// Different from which.
        other: BrokerId,
    },
}

impl Kind {
    /// Whether something that was written is gone or another: what Kafka does not promise under every setting.
    pub fn is_loss(&self) -> bool {
        match self {
            Kind::AcknowledgedLost { .. } | Kind::Missing { .. } | Kind::Changed { .. } => true,
            Kind::LogsDiffer { .. }
            | Kind::TwoLeaders { .. }
            | Kind::ShownTooEarly { .. }
            | Kind::OutcomeBroken { .. }
            | Kind::UncommittedShown { .. } => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { at, tp, broker, kind } = self;
        write!(f, "{} ms, {tp} at broker {broker}: ", at.0 / 1_000)?;
        match kind {
            Kind::AcknowledgedLost { offset, records, acks } => {
                write!(f, "{records} records from {offset} on were acknowledged (acks={acks:?}) and are lost")
            }
            Kind::Missing { offset, shown } => {
                write!(f, "offset {offset} was below the high watermark (shown: {shown}) and is missing")
            }
            Kind::Changed { offset, shown } => {
                write!(f, "offset {offset} was below the high watermark (shown: {shown}) and is another now")
            }
            Kind::TwoLeaders { epoch, other } => write!(f, "broker {other} leads in epoch {epoch}, too"),
            Kind::ShownTooEarly { offset } => write!(f, "offset {offset} was shown above the high watermark"),
            Kind::UncommittedShown { offset } => {
                write!(f, "offset {offset} was shown to a read_committed reader and is not committed")
            }
            Kind::OutcomeBroken { offset, committed } => {
                let told = if *committed { "committed" } else { "aborted" };
                write!(f, "the transaction at offset {offset} was told to be {told} and is not")
            }
            Kind::LogsDiffer { below, other } => write!(f, "differs from broker {other} below {below}"),
        }
    }
}
