//! Event time against processing time: where every record of a task fell, how stream time climbed behind them, when each
//! window opened and closed, and what came out.
//!
//! Right is later in event time, up is later in processing time. A record left of the stair has come out of order; one left
//! of the shade behind it finds its window closed if the window ended there.

use super::retime::can_move;
use super::scale::Scale;
use super::{app, events};
use crate::boards::{drop_sentence, ours};
use crate::cast::{self, Cast};
use crate::hue;
use crate::layout::rect;
use crate::scene::{Point, Rect, Target, Tick};
use crate::seen::{self, Aggregated};
use crate::words;
use millrace_model::{Map, Time, Timestamp, TopicPartition};
use millrace_sim::Timeline;
use millrace_streams::task::Dropped;
use millrace_streams::topology::{EmitStrategy, Operator, Windows};
use millrace_streams::{TaskEvent, TaskId, Window};
use millrace_words::flows as say;

/// Most records, the newest.
const DOTS: usize = 120;
/// Left of the plot: the clock of processing time.
const LEFT: f32 = 72.0;
/// Below it: the clock of event time.
const BELOW: f32 = 40.0;
/// A session's box reaches so far beyond its first and last record.
const AROUND: f32 = 13.0;
/// How high the plot is.
const HEIGHT: f32 = 264.0;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The whole picture.
    pub rect: Rect,
    /// The plot.
    pub plot: Rect,
    /// Event time along the plot.
    pub event_time: Scale,
    /// Its labels.
    pub ticks: Vec<Tick>,
    /// Labels of processing time: `x` is how far down.
    pub clocks: Vec<Tick>,
    /// All tasks that have taken records in, and the one that is shown.
    pub tasks: Vec<String>,
    /// Which of them.
    pub task: String,
    /// That these windows are no part of Kafka Streams, if they are not.
    pub extension: Option<&'static str>,
    /// Windows as boxes: from their start to their end, from when they opened to when they closed.
    pub windows: Vec<WindowBox>,
    /// How stream time climbed.
    pub stair: Stair,
    /// The records.
    pub dots: Vec<Dot>,
    /// What came out.
    pub results: Vec<ResultMark>,
    /// Records that are not shown, because there are too many.
    pub hidden: usize,
}

/// A window over both times.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowBox {
    /// Its box; open windows reach to the upper side of the plot.
    pub rect: Rect,
    /// "[12:00:10, 12:00:20)".
    pub text: String,
    /// True once it takes no more records.
    pub is_closed: bool,
    /// True if another session took it in.
    pub is_merged: bool,
}

/// Stream time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stair {
    /// The corners of the line, the earliest first.
    pub line: Vec<Point>,
    /// How far left of it the grace reaches.
    pub grace: f32,
    /// "12:00:31".
    pub text: String,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DotFate {
    /// It moved stream time, or came in order.
    InOrder,
    /// Stream time had passed it, but its window was open.
    Late,
    /// Nothing took it in.
    Dropped,
}

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// For clicks: the record in the log that the task reads.
    pub target: Target,
    /// Its middle.
    pub at: Point,
    /// When it says that it happened.
    pub timestamp: Timestamp,
    /// One or two characters of its key.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// What became of it.
    pub fate: DotFate,
    /// True if it was produced by hand: then it can be moved.
    pub can_move: bool,
    /// What a screen reader says, and why it was dropped.
    pub label: String,
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultMark {
    /// Where: at its window's end, when it came out.
    pub at: Point,
    /// True if nothing follows it any more; an update may be followed by others.
    pub is_final: bool,
    /// "alice [12:00:10, 12:00:20): 3".
    pub text: String,
}

struct Raw {
    at: Time,
    timestamp: Timestamp,
    tp: TopicPartition,
    offset: millrace_model::Offset,
    fate: DotFate,
    says: String,
}

struct Opened {
    from: Time,
    until: Option<Time>,
    is_merged: bool,
}

/// The picture of one task of an application (the busiest, unless one is named); none before its first record.
pub fn timing(timeline: &Timeline, name: &str, task: Option<&str>, width: f32) -> Option<Timing> {
    let cast = Cast::of(timeline.world());
    let (_, processes) = app(&cast, name)?;
    let (_, streams) = processes.first()?;
    let shown = seen::aggregated(streams.topology());
    let events = events(timeline, streams);
    let mut taken: Map<TaskId, usize> = Map::new();
    for (_, task, event) in &events {
        if matches!(event, TaskEvent::RecordConsumed { .. }) {
            *taken.entry(*task).or_default() += 1;
        }
    }
    let in_last = shown.and_then(|shown| {
        let subs = streams.topology().subtopologies().iter();
        subs.zip(0u32..).find(|(sub, _)| sub.nodes.contains(&shown.node)).map(|(_, n)| n)
    });
    let wanted = taken.keys().find(|id| Some(id.to_string().as_str()) == task).copied();
    let busiest = || {
        let there = taken.iter().filter(|(id, _)| in_last.is_none_or(|sub| id.subtopology == sub));
        there.max_by_key(|(id, n)| (**n, std::cmp::Reverse(**id))).map(|(id, _)| *id)
    };
    let task = wanted.or_else(busiest)?;
    let holds_back =
        streams.topology().nodes().iter().any(|n| matches!(n.operator, Operator::Suppress { .. }));
    let story = Story::of(events.iter().filter(|(_, of, _)| *of == task), shown, holds_back);
    let hidden = story.raw.len().saturating_sub(DOTS);
    let raw = story.raw.get(hidden..).unwrap_or(&[]);
    let plot = rect(LEFT, 12.0, (width - LEFT - 12.0).max(160.0), HEIGHT);
    let now = timeline.world().now();
    let ms = |at: Time| i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX);
    let least = shown.map_or(20_000, |shown| shown.length_ms().saturating_mul(3));
    let times = raw.iter().map(|one| one.timestamp.0);
    let x = Scale::over(times, least, plot.x, plot.right())?;
    let from = raw.first().map_or(0, |one| ms(one.at));
    let taken_at = raw.iter().map(|one| ms(one.at)).chain([ms(now), from]);
    let y = Scale::over(taken_at, 2_000, plot.bottom(), plot.y)?;
    let up = |at: Time| y.clamped(ms(at));
    let windows = story.windows.iter().filter(|(window, _)| {
        window.end.0 >= x.from && window.start.0 <= x.to && shown.is_some_and(|s| is_drawn(s.windows))
    });
    let windows = windows.filter_map(|(window, opened)| {
        let (left, right) = (x.clamped(window.start.0), x.clamped(window.end.0));
        // A session of one record has no length; its box holds the record.
        let is_session = matches!(shown?.windows, Windows::Session(_)) && !shown?.is_span();
        let around = if is_session { AROUND } else { 0.0 };
        let (left, right) = (left - around, right + around);
        let (low, high) = (up(opened.from), opened.until.map_or(plot.y, up));
        Some(WindowBox {
            rect: rect(left, high, (right - left).max(2.0), (low - high).max(2.0)),
            text: shown?.text(*window),
            is_closed: opened.until.is_some() && !opened.is_merged,
            is_merged: opened.is_merged,
        })
    });
    let mut clocks = y.ticks(36.0);
    for tick in &mut clocks {
        let at = Time(u64::try_from(y.time(tick.x).0).unwrap_or(0).saturating_mul(1_000));
        tick.text = words::time(at);
    }
    Some(Timing {
        rect: rect(0.0, 0.0, width, plot.bottom() + BELOW),
        plot,
        event_time: x,
        ticks: x.ticks(84.0),
        clocks,
        tasks: taken.keys().map(ToString::to_string).collect(),
        task: task.to_string(),
        extension: shown.and_then(|shown| shown.custom).map(|_| ours()),
        windows: windows.collect(),
        stair: stair(&story.climbs, &x, &up, now, shown),
        dots: raw.iter().map(|one| dot(timeline, &cast, one, &x, &up)).collect(),
        results: results(&story, &x, &y, &ms),
        hidden,
    })
}

/// Sliding windows overlap too much to stand as boxes.
fn is_drawn(windows: Windows) -> bool {
    match windows {
        Windows::Time(time) => time.is_tumbling(),
        Windows::Session(_) => true,
        Windows::Sliding(_) => false,
    }
}

/// What happened in one task.
#[derive(Default)]
struct Story {
    raw: Vec<Raw>,
    climbs: Vec<(Time, i64)>,
    windows: Map<Window, Opened>,
    results: Vec<(Time, i64, bool, String)>,
}

impl Story {
    fn of<'a>(
        events: impl Iterator<Item = &'a (&'a millrace_sim::Entry, TaskId, &'a TaskEvent)>,
        shown: Option<Aggregated<'_>>,
        holds_back: bool,
    ) -> Story {
        let mut story = Story::default();
        let updates = shown.is_some_and(|s| s.emit == EmitStrategy::OnWindowUpdate) && !holds_back;
        for (entry, _, event) in events {
            let at = entry.at;
            match event {
                TaskEvent::RecordConsumed { topic, partition, offset, timestamp, .. } => {
                    let latest = story.climbs.last().map_or(i64::MIN, |(_, latest)| *latest);
                    let fate = if timestamp.0 < latest { DotFate::Late } else { DotFate::InOrder };
                    let tp = TopicPartition { topic: topic.clone(), partition: *partition };
                    let says = String::new();
                    story.raw.push(Raw { at, timestamp: *timestamp, tp, offset: *offset, fate, says });
                    if shown.is_none() && timestamp.0 > latest {
                        story.climbs.push((at, timestamp.0));
                    }
                }
                TaskEvent::StreamTimeAdvanced { node, to, .. } => {
                    let Some(shown) = shown.filter(|shown| shown.node == *node) else { continue };
                    story.climbs.push((at, to.0));
                    for (window, opened) in &mut story.windows {
                        if opened.until.is_none() && to.0 >= shown.windows.closes_at(*window) {
                            opened.until = Some(at);
                        }
                    }
                }
                TaskEvent::WindowUpdated { node, key, window, new, .. } => {
                    let Some(shown) = shown.filter(|shown| shown.node == *node) else { continue };
                    let text = |v: &millrace_streams::Value| words::cut(&v.to_text());
                    match new {
                        Some(value) => {
                            let opened = Opened { from: at, until: None, is_merged: false };
                            let opened = story.windows.entry(*window).or_insert(opened);
                            opened.is_merged = false;
                            let says =
                                format!("{} {}: {}", words::key(Some(key)), shown.text(*window), text(value));
                            if let Some(last) = story.raw.last_mut() {
                                last.says = says.clone();
                            }
                            if updates {
                                story.results.push((at, window.end.0, false, says));
                            }
                        }
                        None => {
                            if let Some(opened) = story.windows.get_mut(window) {
                                (opened.until, opened.is_merged) = (Some(at), true);
                            }
                        }
                    }
                }
                TaskEvent::RecordDropped { topic, partition, offset, timestamp, reason, .. } => {
                    let Some(last) = story.raw.last_mut() else { continue };
                    let dropped = Dropped {
                        topic: topic.clone(),
                        partition: *partition,
                        offset: *offset,
                        timestamp: *timestamp,
                        reason: reason.clone(),
                    };
                    // A record may be late for one of its windows and in time for another one.
                    if last.says.is_empty() {
                        last.fate = DotFate::Dropped;
                    }
                    last.says = drop_sentence(say::it(), &dropped);
                }
                TaskEvent::FinalResultsEmitted { node, close_time }
                    if shown.is_some_and(|shown| shown.node == *node) =>
                {
                    let text = say::final_windows_that_ended_by(&words::clock(*close_time));
                    story.results.push((at, close_time.0, true, text));
                }
                // The record cache holds the update back; it comes out with the next commit.
                TaskEvent::UpdateCached { node, .. }
                    if shown.is_some_and(|shown| shown.node == *node)
                        && story.results.last().is_some_and(|last| last.0 == at && !last.2) =>
                {
                    story.results.pop();
                }
                TaskEvent::CacheFlushed { store, key } => {
                    let Some(shown) = shown.filter(|shown| updates && shown.store == *store) else {
                        continue;
                    };
                    let Some(window) = key.window() else { continue };
                    let text = format!("{} {}", words::key(Some(key.inner())), shown.text(window));
                    story.results.push((at, window.end.0, false, text));
                }
                TaskEvent::ResultReleased { key, .. } => {
                    let end = key.window().map_or(0, |window| window.end.0);
                    story.results.push((at, end, true, say::final_word(&key)));
                }
                _ => {}
            }
        }
        story
    }
}

fn stair(
    climbs: &[(Time, i64)],
    x: &Scale,
    up: &dyn Fn(Time) -> f32,
    now: Time,
    shown: Option<Aggregated<'_>>,
) -> Stair {
    let mut stair = Stair::default();
    for (at, to) in climbs {
        let (right, y) = (x.clamped(*to), up(*at));
        if let Some(last) = stair.line.last().copied() {
            stair.line.push(Point { x: last.x, y });
        }
        stair.line.push(Point { x: right, y });
    }
    if let (Some(last), Some((_, to))) = (stair.line.last().copied(), climbs.last()) {
        stair.line.push(Point { x: last.x, y: up(now) });
        stair.text = words::clock(Timestamp(*to));
    }
    let grace_ms = shown.map_or(0, |shown| shown.windows.grace_ms());
    stair.grace = (x.at(x.from.saturating_add(grace_ms)) - x.at(x.from)).max(0.0);
    stair
}

fn dot(timeline: &Timeline, cast: &Cast<'_>, one: &Raw, x: &Scale, up: &dyn Fn(Time) -> f32) -> Dot {
    let record = cast::record(cast.world, &one.tp, one.offset);
    let key = record.and_then(|record| record.key.as_ref());
    let (letter, hue) = hue::of_key(key.map(|key| &**key));
    let fate = match one.fate {
        DotFate::InOrder => say::in_order(),
        DotFate::Late => say::late_but_taken_in(),
        DotFate::Dropped => say::dropped(),
    };
    let says = if one.says.is_empty() { String::new() } else { format!(". {}", one.says) };
    Dot {
        target: Target::Record(one.tp.clone(), one.offset),
        at: Point { x: x.clamped(one.timestamp.0), y: up(one.at) },
        timestamp: one.timestamp,
        letter,
        hue,
        fate: one.fate,
        can_move: record.is_some_and(|record| can_move(timeline, record)),
        label: say::at_processed_at(
            &words::key(key),
            &words::clock(one.timestamp),
            &words::time(one.at),
            &fate,
            &says,
        ),
    }
}

fn results(story: &Story, x: &Scale, y: &Scale, ms: &dyn Fn(Time) -> i64) -> Vec<ResultMark> {
    let there = story.results.iter().filter(|(at, ..)| ms(*at) >= y.from);
    let mark = |(at, end, is_final, text): &(Time, i64, bool, String)| ResultMark {
        at: Point { x: x.clamped(*end), y: y.clamped(ms(*at)) },
        is_final: *is_final,
        text: text.clone(),
    };
    there.map(mark).collect()
}
