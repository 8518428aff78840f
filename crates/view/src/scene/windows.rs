//! A board of windows over event time: bars for each key, the line of stream time, what fell out, and why nothing comes
//! out.

use super::{Rect, Target};
use std::sync::Arc;

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
    /// How far to the right an open session would take a record in: its end and the gap.
    pub reach: Option<f32>,
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
    /// The height of that line.
    pub h: f32,
    /// One or two characters of its key.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// "bob at 12:00:07 came late: its window closed at stream time 12:00:15"; the inspector has all numbers.
    pub reason: String,
}
