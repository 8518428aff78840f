//! The picture as plain data: what is on stage, where, and under which stable id.
//!
//! A scene is a pure function of one moment of the world. It changes per step; what moves between steps (tokens, clocks,
//! draining bars) carries two times, and whoever draws it takes the fraction at the playhead. Coordinates are stage
//! units: the y axis points down, the origin is the stage's upper left corner, one unit is one CSS pixel at scale 1.
//!
//! Colours are not here: `hue` is an index into the palette, states are words; style sheets decide.

mod lanes;
mod readers;
mod windows;

use millrace_model::{GroupId, Offset, Time, Timestamp, TopicName, TopicPartition};
use millrace_sim::{EntryId, Halt, NodeId};
use std::sync::Arc;

pub use crate::layout::Density;
pub use lanes::{Cell, CellState, Lane, PositionMark, TopicBlock};
pub use readers::{Chip, Condition, GroupBlock, MemberCard};
pub use windows::{DroppedMark, TaskClock, Tick, WindowBar, WindowBoard, WindowRow};

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
    /// Whether things are hit with a finger: then tiles, bars and lines of text are at least [`FINGER`] apart.
    ///
    /// [`FINGER`]: crate::layout::FINGER
    pub is_touch: bool,
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
    /// A message on its way, by the entry of its departure.
    Message(EntryId),
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
    /// What becomes of what failed, one chain for each application that has one; below them the queues beside the log.
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
    /// Whether messages get through as usual.
    pub state: LinkState,
    /// Whose link it is, for clicks.
    pub target: Option<Target>,
}

/// Whether messages get through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// As everywhere.
    #[default]
    Usual,
    /// Slower than on other links.
    Slow,
    /// Not at all.
    Cut,
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

/// Retry topics and the dead-letter topic of one application; or a queue beside the log with its workers, or services that
/// call each other.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryChain {
    /// Whose; what is no chain of retries has an id that no group has.
    pub group: GroupId,
    /// What it is called if it is no chain of retries: `queue mail`, `services`. Not Kafka's.
    pub title: Option<String>,
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
    /// How many have ever come.
    pub came: u64,
}

/// A message on its way. Its place is the fraction of (now − depart) / (arrive − depart) along its curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Stable while it travels.
    pub id: String,
    /// For clicks: the entry of its departure.
    pub sent: Option<EntryId>,
    /// True if it will not arrive.
    pub is_lost: bool,
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
