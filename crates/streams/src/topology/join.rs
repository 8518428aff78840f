//! What joins are made of: their windows, their joiners and the parameters of each side's processor.

use super::function::{Joiner, KeyMapper};
use super::{NodeId, StoreId, TopologyError};
use crate::data::Serde;

/// Which records of the other side a join keeps without a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoinType {
    /// `join`: none.
    Inner,
    /// `leftJoin`: the left side's.
    Left,
    /// `outerJoin`: both sides'.
    Outer,
}

/// `JoinWindows`: how far apart in event time two records may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinWindows {
    before_ms: i64,
    after_ms: i64,
    grace_ms: i64,
}

impl JoinWindows {
    /// `JoinWindows.ofTimeDifferenceAndGrace`.
    ///
    /// # Errors
    /// A negative interval or grace, with Kafka's message.
    pub fn new(difference_ms: i64, grace_ms: i64) -> Result<JoinWindows, TopologyError> {
        JoinWindows { before_ms: difference_ms, after_ms: difference_ms, grace_ms }.checked()
    }

    /// `before`: a right record may be this much older than the left one.
    ///
    /// # Errors
    /// A window whose start lies behind its end.
    pub fn before(self, before_ms: i64) -> Result<JoinWindows, TopologyError> {
        JoinWindows { before_ms, ..self }.checked()
    }

    /// `after`: a right record may be this much younger than the left one.
    ///
    /// # Errors
    /// A window whose start lies behind its end.
    pub fn after(self, after_ms: i64) -> Result<JoinWindows, TopologyError> {
        JoinWindows { after_ms, ..self }.checked()
    }

    fn checked(self) -> Result<JoinWindows, TopologyError> {
        if self.before_ms.saturating_add(self.after_ms) < 0 {
            return Err(TopologyError::JoinInterval);
        }
        if self.grace_ms < 0 {
            return Err(TopologyError::NegativeGrace);
        }
        Ok(self)
    }

    /// How much older a right record may be, in milliseconds.
    pub fn before_ms(self) -> i64 {
        self.before_ms
    }

    /// How much younger a right record may be, in milliseconds.
    pub fn after_ms(self) -> i64 {
        self.after_ms
    }

    /// How long after the window's end late records are still joined, in milliseconds of stream time.
    pub fn grace_ms(self) -> i64 {
        self.grace_ms
    }

    /// `size`: both intervals together.
    pub fn size_ms(self) -> i64 {
        self.before_ms.saturating_add(self.after_ms)
    }

    /// How long each side's records are kept.
    pub fn retention_ms(self) -> i64 {
        self.size_ms().saturating_add(self.grace_ms)
    }
}

/// A side of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The stream or table that `join` is called on.
    Left,
    /// Its argument.
    Right,
}

/// One side of a stream-stream join (`KStreamKStreamJoinLeftSide`, `…RightSide`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamJoin {
    /// Which side's records arrive here.
    pub side: Side,
    /// The windows, as the left side sees them.
    pub windows: JoinWindows,
    /// Left and right to one value.
    pub joiner: Joiner,
    /// True when this side's records come out without a partner, too.
    pub outer: bool,
    /// The other side's records.
    pub other: StoreId,
    /// Records of both sides that wait for a partner; an inner join has none.
    pub waiting: Option<StoreId>,
    /// The node that keeps both sides' time: the left one.
    pub tracker: NodeId,
}

/// A stream joined with itself under `single.store.self.join` (`KStreamKStreamSelfJoin`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SelfJoin {
    /// The windows.
    pub windows: JoinWindows,
    /// Left and right to one value.
    pub joiner: Joiner,
    /// The stream's records.
    pub store: StoreId,
}

/// A stream joined with a table (`KStreamKTableJoin`) or with a global one (`KStreamGlobalKTableJoin`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamTableJoin {
    /// The table.
    pub table: NodeId,
    /// Stream value and table value to one.
    pub joiner: Joiner,
    /// True for `leftJoin`.
    pub left: bool,
    /// The key in a global table; `None` for a table, whose key is the stream's.
    pub key: Option<KeyMapper>,
    /// How long the stream's records wait for the table, which then must be versioned.
    pub grace: Option<JoinGrace>,
}

/// `Joined.withGracePeriod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JoinGrace {
    /// Milliseconds of stream time.
    pub grace_ms: i64,
    /// Where the records wait.
    pub buffer: StoreId,
}

/// One side of a join of two tables (`KTableKTableInnerJoin` and its kin).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableJoin {
    /// Which side's changes arrive here.
    pub side: Side,
    /// The join.
    pub join_type: JoinType,
    /// This side's table.
    pub this: NodeId,
    /// The other side's.
    pub other: NodeId,
    /// Left and right to one value.
    pub joiner: Joiner,
    /// True when what follows wants the value before.
    pub send_old: bool,
}

/// Where both sides of a join of tables come together (`KTableKTableJoinMerger`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableJoinMerge {
    /// The left side's processor; the right side's is the next node.
    pub left: NodeId,
    /// The right side's processor.
    pub right: NodeId,
    /// The result's store, if it is materialised.
    pub store: Option<StoreId>,
    /// True when what follows wants the value before.
    pub send_old: bool,
}

/// A left record subscribes to its foreign key (`SubscriptionSendProcessorSupplier`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubscriptionSend {
    /// The foreign key from the left value.
    pub foreign_key: KeyMapper,
    /// True for `leftJoin`.
    pub left: bool,
}

/// A response finds its left record again (`ResponseJoinProcessorSupplier`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResponseJoin {
    /// The left table.
    pub table: NodeId,
    /// How the right table's values are read.
    pub serde: Serde,
    /// Left and right to one value.
    pub joiner: Joiner,
    /// True for `leftJoin`.
    pub left: bool,
}
