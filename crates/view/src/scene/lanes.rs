//! Topics with their lanes: the tail of each log as tiles, and where each group stands in it.

use super::{Drain, Rect, Target};
use crate::layout::Density;
use millrace_model::{GroupId, Offset, TopicName};

/// A topic with its lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicBlock {
    /// For clicks.
    pub target: Target,
    /// Its box, title included.
    pub rect: Rect,
    /// Its name.
    pub name: TopicName,
    /// "3 partitions · partition = murmur2(key) mod 3".
    pub subtitle: String,
    /// Whether its broker stands still: what arrives waits there.
    pub is_paused: bool,
    /// How much room its lanes have: `Tiny` tiles show neither letter nor offset.
    pub density: Density,
    /// Its partitions, as many as there is room for.
    pub lanes: Vec<Lane>,
    /// "and 38 more partitions", below the last lane.
    pub more: Option<String>,
}

/// One partition: the tail of its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// For clicks.
    pub target: Target,
    /// Its trough.
    pub rect: Rect,
    /// `P0`.
    pub label: String,
    /// The records that fit, the oldest first.
    pub cells: Vec<Cell>,
    /// How many older ones lie to the left, out of sight.
    pub earlier: u64,
    /// How many offsets were imported from another cluster: what lies there is unknown.
    pub unknown: u64,
    /// Where the high watermark stands.
    pub high_watermark_x: f32,
    /// Its offset.
    pub high_watermark: Offset,
    /// The log end offset: the next record gets it.
    pub log_end_offset: Offset,
    /// Where each group is.
    pub marks: Vec<PositionMark>,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// For clicks.
    pub target: Target,
    /// Its tile.
    pub rect: Rect,
    /// Its offset.
    pub offset: Offset,
    /// Its key as text; `null` for a null key.
    pub key: String,
    /// One or two characters of its key; `∅` for a null key.
    pub letter: String,
    /// Which of the palette's hues its key has.
    pub hue: u8,
    /// What it means to the group in focus.
    pub state: CellState,
    /// Waiting: when it may be tried again, and since when it waits.
    pub wait: Option<Drain>,
    /// What a screen reader says: "offset 5, key carol, read, not committed".
    pub label: String,
}

/// What has become of a record, for the group in focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellState {
    /// Not read yet.
    New,
    /// Fetched, waiting in the consumer.
    Fetched,
    /// Being processed.
    Current,
    /// Processed, not committed.
    Done,
    /// Committed.
    Committed,
    /// Failed here; it went on to a retry topic.
    Failed,
    /// In a retry topic, not due yet.
    Waiting,
    /// In the dead-letter topic.
    Dead,
}

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct PositionMark {
    /// Whose.
    pub group: GroupId,
    /// The group's colour.
    pub hue: u8,
    /// The committed offset (the next one to read after a restart).
    pub committed: Option<Offset>,
    /// Where that is; clamped to the lane.
    pub committed_x: f32,
    /// The position of the consumer that owns the partition.
    pub position: Option<Offset>,
    /// Where that is; clamped to the lane.
    pub position_x: f32,
    /// High watermark minus committed offset.
    pub lag: u64,
    /// The height at which it is drawn, above or below the lane.
    pub y: f32,
}
