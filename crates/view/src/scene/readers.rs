//! Groups and their members: what each does, what it owns, and what it runs toward.

use super::{Drain, Rect, Target};
use millrace_model::GroupId;
use std::sync::Arc;

/// A consumer group (or a streams application, which is one, too).
#[derive(Clone, Debug, PartialEq)]
pub struct GroupBlock {
    /// For clicks.
    pub target: Target,
    /// Its box, title included.
    pub rect: Rect,
    /// `group.id`.
    pub name: GroupId,
    /// Its colour.
    pub hue: u8,
    /// "Stable · generation 4", "PreparingRebalance · waiting for c2".
    pub state: String,
    /// Its members.
    pub members: Vec<MemberCard>,
    /// "and 3 more instances", below the last member.
    pub more: Option<String>,
}

/// One member of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberCard {
    /// For clicks.
    pub target: Target,
    /// Its box.
    pub rect: Rect,
    /// Its name.
    pub name: Arc<str>,
    /// Its group's colour.
    pub hue: u8,
    /// Whether it runs.
    pub condition: Condition,
    /// "polling", "busy with orders-1 @13", "crashed; the group learns in 31 s".
    pub status: String,
    /// Its partitions: `P0`, or task ids.
    pub chips: Vec<Chip>,
    /// Records behind.
    pub lag: u64,
    /// The bar that drains toward its next timeout.
    pub drain: Option<Drain>,
}

/// Whether a process takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// It joins the group.
    Joining,
    /// It reads.
    Active,
    /// It is a member without a partition.
    Idle,
    /// It stands still.
    Frozen,
    /// It was killed and the group does not know yet.
    Crashed,
    /// It has gone.
    Stopped,
}

/// A label on a member: one partition that it owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// Its box.
    pub rect: Rect,
    /// `P0`.
    pub text: String,
}
