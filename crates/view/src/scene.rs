//! The picture as plain data: what is on stage, where, and under which stable id.
//!
//! A scene is a pure function of one moment of the world. It changes per step; what moves between steps (tokens, clocks,
//! draining bars) carries two times, and whoever draws it takes the fraction at the playhead. Coordinates are stage
//! units: the y axis points down, the origin is the stage's upper left corner, one unit is one CSS pixel at scale 1.
//!
//! Colours are not here: `hue` is an index into the palette, states are words; style sheets decide.

use millrace_model::{GroupId, Offset, Time, Timestamp, TopicName, TopicPartition};
use millrace_sim::{Halt, NodeId};
use std::sync::Arc;

pub use crate::layout::Density;

/// A place on stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

/// A box on stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Its left side.
    pub x: f32,
    /// Its upper side.
    pub y: f32,
    /// Its width.
    pub w: f32,
    /// Its height.
    pub h: f32,
}

/// What the stage is drawn for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The width that the stage has, in CSS pixels. The scene's own height follows from its content.
    pub width: f32,
}

/// Anything on stage that can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A producer's process.
    Producer(NodeId),
    /// A topic.
    Topic(TopicName),
    /// One partition.
    Partition(TopicPartition),
    /// One record in a log.
    Record(TopicPartition, Offset),
    /// A consumer group.
    Group(GroupId),
    /// One instance of an application.
    Member(GroupId, Arc<str>),
    /// A streams application.
    Streams(Arc<str>),
    /// One window of one key: application, key as shown, window start.
    Window(Arc<str>, Arc<str>, Timestamp),
    /// A record that a window did not take: application, and its number among the dropped ones.
    Dropped(Arc<str>, u64),
}

/// The whole picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// How large the stage is.
    pub width: f32,
    /// How high it has become.
    pub height: f32,
    /// The moment.
    pub clock: Clock,
    /// Who writes.
    pub producers: Vec<ProducerCard>,
    /// The topics that people write to and read from, in the order of their creation.
    pub topics: Vec<TopicBlock>,
    /// Who reads.
    pub groups: Vec<GroupBlock>,
    /// Who owns what, and where records go.
    pub links: Vec<Link>,
    /// What becomes of what failed, one chain for each application that has one.
    pub retries: Vec<RetryChain>,
    /// Windows over event time, one board for each streams application.
    pub boards: Vec<WindowBoard>,
    /// Messages on their way.
    pub tokens: Vec<Token>,
    /// What there was no room for: "and 4 more topics".
    pub more: Option<String>,
}

/// The moment that the scene shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// What the virtual clock showed at the last step.
    pub now: Time,
    /// Steps so far.
    pub step: u64,
    /// Why time has stopped, if it has.
    pub halt: Option<Halt>,
}

/// A producer.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerCard {
    /// For clicks.
    pub target: Target,
    /// Its box.
    pub rect: Rect,
    /// `client.id`.
    pub name: Arc<str>,
    /// "12 rec/s", or what it waits for.
    pub rate: String,
    /// "acks=all · linger 5 ms".
    pub settings: String,
    /// Records that wait in open batches.
    pub buffered: u32,
}

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

/// Something that runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// Full at this time.
    pub from: Time,
    /// Empty at this time.
    pub until: Time,
    /// What runs out: "session.timeout.ms", "max.poll.interval.ms", "backoff".
    pub what: &'static str,
}

/// A line from one thing to another: a cubic curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Stable over time: `own/billing/orders-1`.
    pub id: String,
    /// What it means.
    pub kind: LinkKind,
    /// Its colour: a group's hue.
    pub hue: u8,
    /// Start, two control points, end.
    pub curve: [Point; 4],
}

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// A producer writes to a partition.
    Writes,
    /// A member owns a partition.
    Owns,
    /// Records that failed leave the consumer for the retry topics.
    Fails,
    /// Results go to a topic.
    Results,
}

/// Retry topics and the dead-letter topic of one application.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryChain {
    /// Whose.
    pub group: GroupId,
    /// Its box, title included.
    pub rect: Rect,
    /// "exponential backoff, 3 attempts, then dead letter".
    pub subtitle: String,
    /// The topics in order; the dead-letter topic last.
    pub stations: Vec<Station>,
}

/// One retry topic, or the dead-letter topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// For clicks.
    pub target: Target,
    /// Its box.
    pub rect: Rect,
    /// Its name.
    pub topic: TopicName,
    /// "after 1 s", "dead letters".
    pub subtitle: String,
    /// True for the dead-letter topic.
    pub is_dead_letter: bool,
    /// What waits there (or has died there), the oldest first, as many as fit.
    pub cells: Vec<Cell>,
    /// How many there are in all.
    pub count: u64,
}

/// Windows over event time.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowBoard {
    /// The streams application's name.
    pub app: Arc<str>,
    /// Its box, title included.
    pub rect: Rect,
    /// "orders per customer" — its output topic.
    pub title: String,
    /// "tumbling 10 s · grace 5 s · count by key, on event time".
    pub subtitle: String,
    /// The plot's box: x is event time.
    pub plot: Rect,
    /// Event times along the x axis.
    pub ticks: Vec<Tick>,
    /// One row for each key of a task; rows of one task are neighbours.
    pub rows: Vec<WindowRow>,
    /// "and 12 more keys", below the plot.
    pub more: Option<String>,
    /// One stretch for each task: its stream time, and what its grace still admits.
    pub tasks: Vec<TaskClock>,
    /// Records that came too late, the newest last.
    pub dropped: Vec<DroppedMark>,
    /// Why nothing comes out right now, if nothing does: "stream time is 12:00:16; the window closes at 12:00:25".
    pub silence: Option<String>,
    /// The same, broken into lines for the plot's width.
    pub silence_lines: Vec<String>,
    /// The baseline of its first line, at the plot's left side; the next ones follow in steps of
    /// [`SILENCE_STEP`](crate::SILENCE_STEP).
    pub silence_y: f32,
    /// The store as a table: key, window, value.
    pub store: Vec<[String; 3]>,
    /// How many results have been written to the output topic.
    pub results: u64,
}

/// A label on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub x: f32,
    /// What.
    pub text: String,
}

/// All windows of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowRow {
    /// The key.
    pub key: Arc<str>,
    /// Its hue.
    pub hue: u8,
    /// Its upper side.
    pub y: f32,
    /// Its height.
    pub h: f32,
    /// Its windows that are in sight.
    pub bars: Vec<WindowBar>,
}

/// One window of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowBar {
    /// For clicks.
    pub target: Target,
    /// Its box.
    pub rect: Rect,
    /// What has been aggregated so far.
    pub value: String,
    /// True once stream time has reached end plus grace: nothing can change it any more.
    pub is_closed: bool,
    /// What a screen reader says.
    pub label: String,
}

/// The stream time of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskClock {
    /// `0_1`.
    pub task: String,
    /// Where stream time stands; `None` before the first record.
    pub x: Option<f32>,
    /// The upper end of its line.
    pub y: f32,
    /// The length of its line.
    pub h: f32,
    /// The left side of the grace shade (stream time minus grace).
    pub grace_x: Option<f32>,
    /// "12:00:31".
    pub text: String,
}

/// A record that came too late for its window.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedMark {
    /// For clicks.
    pub target: Target,
    /// Where its event time lies; clamped to the plot.
    pub x: f32,
    /// The middle of its line of text, below the plot.
    pub y: f32,
    /// One or two characters of its key.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// "bob at 12:00:07 came late: its window closed at stream time 12:00:15"; the inspector has all numbers.
    pub reason: String,
}

/// A message on its way. Its place is the fraction of (now − depart) / (arrive − depart) along its curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Stable while it travels.
    pub id: String,
    /// What it carries.
    pub kind: TokenKind,
    /// When it left.
    pub depart: Time,
    /// When it arrives.
    pub arrive: Time,
    /// Start, two control points, end.
    pub curve: [Point; 4],
    /// One or two characters of the first record's key.
    pub letter: String,
    /// Its hue: of the key for records, of the group for the rest.
    pub hue: u8,
    /// How many records it carries.
    pub records: u32,
}

/// What a token carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// Records on their way to a partition.
    Produce,
    /// Records on their way to a reader.
    Fetch,
    /// A commit.
    Commit,
    /// Group talk: join, sync, leave.
    Group,
    /// An acknowledgement.
    Ack,
}
