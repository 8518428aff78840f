//! A join of two streams: two lanes over event time and the matching window between them. What met, what waits, what has
//! waited in vain, and why nothing came out.
//!
//! A record meets those of the other side that came before it, have its key and lie in the window: the board follows that
//! rule over what the tasks kept.

use super::events;
use super::joins::sources;
use super::scale::Scale;
use crate::hue;
use crate::layout::{point, rect};
use crate::scene::{Point, Rect, Tick};
use crate::words;
use millrace_model::{Bytes, Map, Timestamp};
use millrace_sim::Timeline;
use millrace_sim::node::streams::StreamsNode;
use millrace_streams::topology::join::StreamJoin;
use millrace_streams::topology::{JoinWindows, NodeId, Operator, Side, StoreId};
use millrace_streams::{DropReason, TaskEvent, TaskId, Topology};
use millrace_words::flows as say;

const LEFT: f32 = 96.0;
const TOP: f32 = 4.0;
const LANE_H: f32 = 40.0;
const BETWEEN: f32 = 88.0;
const BELOW: f32 = 28.0;
/// Most records of each side, the newest.
const RECORDS: usize = 60;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinBoard {
    /// The whole picture.
    pub rect: Rect,
    /// "inner join · a right record may be 5 s older or 5 s younger · grace 1 s".
    pub title: String,
    /// Left and right.
    pub lanes: [JoinLane; 2],
    /// What met.
    pub matches: Vec<Match>,
    /// Labels of event time.
    pub ticks: Vec<Tick>,
    /// The stream time of each task, and its name.
    pub clocks: Vec<Tick>,
    /// What came to nothing, and why; the newest last.
    pub reasons: Vec<String>,
    /// Which time goes from left to right.
    pub over: &'static str,
}

/// One side.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinLane {
    /// Its box.
    pub rect: Rect,
    /// Its topics.
    pub name: String,
    /// Its records.
    pub dots: Vec<JoinDot>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoinFate {
    /// It met so many of the other side.
    Matched(usize),
    /// None so far; one may still come.
    Waiting,
    /// None came in time, and the join leaves it out.
    Expired,
    /// None came in time, and it came out alone.
    Alone,
    /// A row of a table that nothing has met yet.
    Row,
    /// A tombstone: it took its row away.
    Deleted,
    /// Something before the join kept it back.
    Unreached,
}

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinDot {
    /// Its middle.
    pub at: Point,
    /// One or two characters of its key.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// What became of it.
    pub fate: JoinFate,
    /// The stretch of the other lane in which it finds partners: from, to. Tables have none.
    pub window: Option<(f32, f32)>,
    /// What a screen reader says.
    pub label: String,
}

/// Two records that met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The left one.
    pub from: Point,
    /// The right one.
    pub to: Point,
    /// Their key's hue.
    pub hue: u8,
}

struct Kept {
    task: TaskId,
    side: Side,
    key: Bytes,
    time: i64,
    value: String,
    matches: usize,
}

struct Join<'a> {
    left: &'a StreamJoin,
    right: &'a StreamJoin,
}

impl Join<'_> {
    fn side_of(&self, store: StoreId) -> Option<Side> {
        // A side's own records lie where the other one looks.
        match store {
            store if store == self.right.other => Some(Side::Left),
            store if store == self.left.other => Some(Side::Right),
            _ => None,
        }
    }

    /// Where a record's partners lie.
    fn window(&self, side: Side, time: i64) -> (i64, i64) {
        let windows = self.left.windows;
        let (before, after) = match side {
            Side::Left => (windows.before_ms(), windows.after_ms()),
            Side::Right => (windows.after_ms(), windows.before_ms()),
        };
        (time.saturating_sub(before), time.saturating_add(after))
    }

    fn is_outer(&self, side: Side) -> bool {
        match side {
            Side::Left => self.left.outer,
            Side::Right => self.right.outer,
        }
    }
}

/// The board of a join of two streams.
pub(super) fn board(
    timeline: &Timeline,
    streams: &StreamsNode,
    (left, right): (&StreamJoin, &StreamJoin),
    width: f32,
) -> JoinBoard {
    let topology = streams.topology();
    let join = Join { left, right };
    let mut kept: Vec<Kept> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut clocks: Map<TaskId, i64> = Map::new();
    let mut reasons = Vec::new();
    for (_, task, event) in events(timeline, streams) {
        match event {
            TaskEvent::StreamTimeAdvanced { node, to, .. } if *node == left.tracker => {
                clocks.insert(task, to.0);
            }
            TaskEvent::JoinRecordKept { store, record, .. } => {
                let Some(side) = join.side_of(*store) else { continue };
                meet(&join, &mut kept, &mut pairs, task, (side, &record.key, record.time));
                let matches = pairs.iter().filter(|(a, b)| *a == kept.len() || *b == kept.len()).count();
                let value = words::cut(&record.value.to_text());
                kept.push(Kept { task, side, key: record.key.clone(), time: record.time, value, matches });
            }
            TaskEvent::RecordDropped { timestamp, reason, .. } => {
                reasons.push(dropped(*timestamp, reason));
            }
            _ => {}
        }
    }
    let skip = reasons.len().saturating_sub(3);
    reasons.drain(..skip).for_each(drop);
    let times = kept.iter().map(|one| one.time).chain(clocks.values().copied());
    let x = Scale::over(times, left.windows.size_ms().saturating_mul(4).max(4_000), LEFT, width - 16.0);
    let x = x.unwrap_or(Scale { from: 0, to: 60_000, start: LEFT, end: width - 16.0 });
    let lane = |side: Side| {
        let y = if side == Side::Left { TOP } else { TOP + LANE_H + BETWEEN };
        let rect = rect(LEFT, y, (width - 16.0 - LEFT).max(80.0), LANE_H);
        let dots = kept.iter().filter(|one| one.side == side);
        let of = |one: &Kept| dot(&join, one, &x, rect, clocks.get(&one.task).copied().unwrap_or(-1));
        let mut dots: Vec<JoinDot> = dots.map(of).collect();
        let skip = dots.len().saturating_sub(RECORDS);
        dots.drain(..skip).for_each(drop);
        JoinLane { rect, name: sources_of(topology, own_store(&join, side)), dots }
    };
    let lanes = [lane(Side::Left), lane(Side::Right)];
    for one in &kept {
        let late = clocks.get(&one.task).copied().unwrap_or(-1);
        if let Some(reason) = in_vain(&join, one, late) {
            reasons.push(reason);
        }
    }
    let skip = reasons.len().saturating_sub(5);
    reasons.drain(..skip).for_each(drop);
    let middle = |side: Side| {
        let [left, right] = &lanes;
        let rect = if side == Side::Left { left.rect } else { right.rect };
        rect.y + rect.h / 2.0
    };
    let matches = pairs.iter().filter_map(|(a, b)| {
        let (a, b) = (kept.get(*a)?, kept.get(*b)?);
        let (left, right) = if a.side == Side::Left { (a, b) } else { (b, a) };
        Some(Match {
            from: point(x.clamped(left.time), middle(Side::Left)),
            to: point(x.clamped(right.time), middle(Side::Right)),
            hue: hue::of_key(Some(&left.key)).1,
        })
    });
    let matches = matches.collect();
    let bottom = lanes.iter().map(|lane| lane.rect.bottom()).fold(0.0, f32::max);
    JoinBoard {
        rect: rect(0.0, 0.0, width, bottom + BELOW),
        title: title(&join),
        matches,
        ticks: x.ticks(84.0),
        clocks: clocks
            .iter()
            .map(|(task, at)| Tick {
                x: x.clamped(*at),
                text: format!("{task} {}", words::clock(Timestamp(*at))),
            })
            .collect(),
        reasons,
        lanes,
        over: "event time",
    }
}

/// Finds the partners of a record that is just coming in.
fn meet(
    join: &Join<'_>,
    kept: &mut [Kept],
    pairs: &mut Vec<(usize, usize)>,
    task: TaskId,
    (side, key, time): (Side, &Bytes, i64),
) {
    let next = kept.len();
    let (from, to) = join.window(side, time);
    let others = |one: &Kept| one.task == task && one.side != side;
    let newest = kept.iter().filter(|one| others(one)).map(|one| one.time).max().unwrap_or(-1);
    let visible = newest.saturating_sub(join.left.windows.retention_ms()).saturating_add(1);
    for (at, one) in kept.iter_mut().enumerate() {
        let is_there = one.time >= visible && (from..=to).contains(&one.time);
        if one.task == task && one.side != side && one.key == *key && is_there {
            one.matches += 1;
            pairs.push((at, next));
        }
    }
}

fn fate(join: &Join<'_>, one: &Kept, stream_time: i64) -> JoinFate {
    let (_, to) = join.window(one.side, one.time);
    match one.matches {
        0 if stream_time <= to.saturating_add(join.left.windows.grace_ms()) => JoinFate::Waiting,
        0 if join.is_outer(one.side) => JoinFate::Alone,
        0 => JoinFate::Expired,
        n => JoinFate::Matched(n),
    }
}

fn dot(join: &Join<'_>, one: &Kept, x: &Scale, lane: Rect, stream_time: i64) -> JoinDot {
    let (letter, hue) = hue::of_key(Some(&one.key));
    let fate = fate(join, one, stream_time);
    let (from, to) = join.window(one.side, one.time);
    let until = words::clock(Timestamp(to.saturating_add(join.left.windows.grace_ms())));
    let says = match fate {
        JoinFate::Matched(n) => words::many(n, "partner"),
        JoinFate::Waiting => say::waits_for_a_partner_until(&until),
        JoinFate::Expired => say::no_partner_came_in_time().to_owned(),
        JoinFate::Alone => say::no_partner_came_in().to_owned(),
        // Fates of joins with tables.
        JoinFate::Row | JoinFate::Deleted | JoinFate::Unreached => String::new(),
    };
    let key = words::key(Some(&one.key));
    JoinDot {
        at: point(x.clamped(one.time), lane.y + lane.h / 2.0),
        letter,
        hue,
        fate,
        window: Some((x.clamped(from), x.clamped(to))),
        label: say::at(&key, &words::clock(Timestamp(one.time)), &one.value, &says),
    }
}

fn in_vain(join: &Join<'_>, one: &Kept, stream_time: i64) -> Option<String> {
    let (from, to) = join.window(one.side, one.time);
    let (key, at) = (words::key(Some(&one.key)), words::clock(Timestamp(one.time)));
    let side = if one.side == Side::Left { say::left() } else { say::right() };
    let within = say::to(&words::clock(Timestamp(from)), &words::clock(Timestamp(to)));
    match fate(join, one, stream_time) {
        JoinFate::Expired => Some(say::at_nothing_came_out_because(&key, &at, &side, &within)),
        JoinFate::Waiting => Some(say::at_waits_a_partner_may(&key, &at, &side, &within)),
        _ => None,
    }
}

fn dropped(timestamp: Timestamp, reason: &DropReason) -> String {
    say::a_record_was_dropped(&words::clock(timestamp), &reason)
}

fn own_store(join: &Join<'_>, side: Side) -> StoreId {
    match side {
        Side::Left => join.right.other,
        Side::Right => join.left.other,
    }
}

/// The topics from which the records in one side's store come.
pub(super) fn sources_of(topology: &Topology, store: StoreId) -> String {
    let window = topology.nodes().iter().zip(0..).find_map(|(node, id)| match &node.operator {
        Operator::JoinWindow { store: of } if *of == store => Some(NodeId(id)),
        _ => None,
    });
    window.map(|window| sources(topology, window)).unwrap_or_default()
}

fn title(join: &Join<'_>) -> String {
    let kind = match (join.left.outer, join.right.outer) {
        (false, false) => "inner join",
        (true, false) => "left join",
        (_, true) => "outer join",
    };
    let windows: JoinWindows = join.left.windows;
    let (before, after) = (words::millis(windows.before_ms()), words::millis(windows.after_ms()));
    let grace = match windows.grace_ms() {
        0 => say::no_grace().to_owned(),
        ms => say::grace(&words::millis(ms)),
    };
    say::a_right_record_may_be(&kind, &before, &after, &grace)
}
