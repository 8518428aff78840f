//! Joins with tables over processing time: when a record came, and which row was there at that moment. A stream's record
//! looks once; of two tables either side's change looks again; a foreign key is a subscription that a row answers.
//!
//! The board follows the tables' changes in the order in which the tasks made them, and takes from the trace which records
//! reached the join and whether something came out of it.

use super::join::{JoinBoard, JoinDot, JoinFate, JoinLane, Match};
use super::joins::{Between, sources, store_of};
use super::scale::Scale;
use super::{SEARCHED, history};
use crate::cast::{self, Cast};
use crate::hue;
use crate::layout::{point, rect};
use crate::scene::Point;
use crate::words;
use millrace_broker::Event;
use millrace_model::{Bytes, Map, Offset, Set, Time, TopicName, TopicPartition};
use millrace_sim::node::streams::{StreamsEvent, StreamsNode};
use millrace_sim::{Fact, Timeline};
use millrace_streams::topology::evaluate::{Context, Scene};
use millrace_streams::topology::{JoinType, NodeId, Operator, Side, StoreId};
use millrace_streams::{Key, TaskEvent, TaskId, Topology, Value};
use millrace_words::flows as say;

const LEFT: f32 = 96.0;
const TOP: f32 = 4.0;
/// Room for [`LEVELS`] tiles one above the other: what comes at one moment stands side by side.
const LANE_H: f32 = 68.0;
const LEVELS: usize = 3;
const TILE: f32 = 20.0;
const BETWEEN: f32 = 64.0;
const BELOW: f32 = 28.0;
/// Most records of each side, the newest.
const RECORDS: usize = 60;
/// Sentences about what came to nothing, the newest.
const REASONS: usize = 5;
/// Every instance has a global table as a whole: its rows belong to no task.
const NO_TASK: Option<TaskId> = None;

/// A record or a row, and what it met.
struct Touch {
    side: Side,
    at: Time,
    /// What is seen of it: its own key.
    key: Bytes,
    /// What it is looked up by: the key, or the foreign key.
    by: Bytes,
    value: String,
    fate: JoinFate,
}

#[derive(Default)]
struct Told {
    touches: Vec<Touch>,
    pairs: Vec<(usize, usize)>,
    /// What is in each side's table now, by task and key: the row's touch.
    rows: [Map<(Option<TaskId>, Bytes), usize>; 2],
    reasons: Vec<String>,
    /// Records of a stream on their way to the join, by task: the touch, and the row that is there for it.
    coming: Map<TaskId, Vec<(usize, Option<usize>)>>,
}

fn at(side: Side) -> usize {
    usize::from(side == Side::Right)
}

fn other(side: Side) -> Side {
    if side == Side::Left { Side::Right } else { Side::Left }
}

impl Told {
    fn row(&self, side: Side, task: Option<TaskId>, key: &Bytes) -> Option<usize> {
        self.rows.get(at(side))?.get(&(task, key.clone())).copied()
    }

    fn push(&mut self, touch: Touch) -> usize {
        self.touches.push(touch);
        self.touches.len() - 1
    }

    fn meet(&mut self, a: usize, b: usize) {
        self.pairs.push((a, b));
        for one in [a, b] {
            if let Some(touch) = self.touches.get_mut(one) {
                touch.fate = match touch.fate {
                    JoinFate::Matched(n) => JoinFate::Matched(n + 1),
                    _ => JoinFate::Matched(1),
                };
            }
        }
    }

    /// A row of a table became another one, or went.
    fn change(
        &mut self,
        (side, task): (Side, Option<TaskId>),
        when: Time,
        (key, by): (&Bytes, &Bytes),
        value: Option<&Value>,
    ) -> usize {
        let fate = if value.is_some() { JoinFate::Row } else { JoinFate::Deleted };
        let value_text = value.map_or_else(|| "null".to_owned(), |value| words::cut(&value.to_text()));
        let touch = Touch { side, at: when, key: key.clone(), by: by.clone(), value: value_text, fate };
        let index = self.push(touch);
        if let Some(rows) = self.rows.get_mut(at(side)) {
            match value {
                Some(_) => drop(rows.insert((task, key.clone()), index)),
                None => drop(rows.remove(&(task, key.clone()))),
            }
        }
        index
    }
}

/// The board of one join.
pub(super) fn board(
    timeline: &Timeline,
    cast: &Cast<'_>,
    streams: &StreamsNode,
    between: &Between,
    width: f32,
) -> Option<JoinBoard> {
    let topology = streams.topology();
    let told = told(timeline, cast, streams, between);
    let ms = |at: Time| i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX);
    let end = width - 16.0;
    let now = ms(timeline.world().now());
    let times = told.touches.iter().map(|touch| ms(touch.at)).chain([now]);
    let x = Scale::over(times, 4_000, LEFT, end).unwrap_or(Scale { from: 0, to: 60_000, start: LEFT, end });
    let mut ticks = x.ticks(84.0);
    for tick in &mut ticks {
        let ms = u64::try_from(x.time(tick.x).0).unwrap_or(0);
        tick.text = words::time(Time(ms.saturating_mul(1_000)));
    }
    let box_of = |side: Side| {
        let y = if side == Side::Left { TOP } else { TOP + LANE_H + BETWEEN };
        rect(LEFT, y, (end - LEFT).max(80.0), LANE_H)
    };
    let mut ends = [[f32::MIN; LEVELS]; 2];
    let places: Vec<Point> = told
        .touches
        .iter()
        .map(|touch| {
            let (lane, left) = (box_of(touch.side), x.clamped(ms(touch.at)));
            let mut level = 0;
            if touch.fate != JoinFate::Unreached
                && let Some(ends) = ends.get_mut(at(touch.side))
            {
                // The lowest level with room; where there is none, the one that was left first.
                let free = ends.iter().position(|end| *end <= left);
                let first = ends.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(n, _)| n);
                level = free.unwrap_or(first);
                ends.iter_mut().skip(level).take(1).for_each(|end| *end = left + TILE);
            }
            // The middle first, then above and below it.
            let off = [0.0, -TILE - 1.0, TILE + 1.0].get(level).copied().unwrap_or(0.0);
            point(left, lane.y + lane.h / 2.0 + off)
        })
        .collect();
    let first_of = |side: Side| {
        let mut all = told.touches.iter().enumerate().rev().filter(|(_, touch)| touch.side == side);
        all.nth(RECORDS - 1).map_or(0, |(n, _)| n)
    };
    let first = [first_of(Side::Left), first_of(Side::Right)];
    let is_shown = |n: usize, touch: &Touch| {
        touch.fate != JoinFate::Unreached && first.get(at(touch.side)).is_some_and(|first| n >= *first)
    };
    let lane = |side: Side| JoinLane {
        rect: box_of(side),
        name: sources(topology, between.node(side)),
        dots: told
            .touches
            .iter()
            .enumerate()
            .filter(|(n, touch)| touch.side == side && is_shown(*n, touch))
            .filter_map(|(n, touch)| Some(dot(between, touch, *places.get(n)?)))
            .collect(),
    };
    let matches = told.pairs.iter().filter_map(|(a, b)| {
        let (one, two) = (told.touches.get(*a)?, told.touches.get(*b)?);
        let (left, right) = if one.side == Side::Left { (*a, *b) } else { (*b, *a) };
        let (from, to) = (*places.get(left)?, *places.get(right)?);
        let hue = hue::of_key(Some(&one.by)).1;
        (is_shown(*a, one) && is_shown(*b, two)).then_some(Match { from, to, hue })
    });
    let lanes = [lane(Side::Left), lane(Side::Right)];
    let bottom = lanes.iter().map(|lane| lane.rect.bottom()).fold(0.0, f32::max);
    Some(JoinBoard {
        rect: rect(0.0, 0.0, width, bottom + BELOW),
        title: between.title(),
        matches: matches.collect(),
        ticks,
        clocks: Vec::new(),
        reasons: reasons(between, &told),
        lanes,
        over: "processing time",
    })
}

fn told(timeline: &Timeline, cast: &Cast<'_>, streams: &StreamsNode, between: &Between) -> Told {
    let topology = streams.topology();
    let mut told = Told::default();
    let mut global = global_rows(timeline, topology, between).into_iter().peekable();
    for (entry, _, event) in history(timeline, streams) {
        while let Some((at, key, value)) = global.next_if(|(at, ..)| *at <= entry.at) {
            told.change((Side::Right, NO_TASK), at, (&key, &key), value.as_ref());
        }
        match event {
            StreamsEvent::Task { task, event } => {
                follow(&mut told, cast, topology, between, (*task, entry.at), event);
            }
            StreamsEvent::Passed { task, nodes } => settle(&mut told, topology, between, *task, nodes),
            _ => {}
        }
    }
    for (at, key, value) in global {
        told.change((Side::Right, NO_TASK), at, (&key, &key), value.as_ref());
    }
    told
}

/// A global table's rows, as they were written: what the instances read of it is no event of a task.
fn global_rows(
    timeline: &Timeline,
    topology: &Topology,
    between: &Between,
) -> Vec<(Time, Bytes, Option<Value>)> {
    let Between::Stream { table, mapper: Some(_), .. } = between else { return Vec::new() };
    let topics: Vec<TopicName> = sources(topology, *table).split(", ").map(TopicName::from).collect();
    let mut seen: Set<(TopicPartition, Offset)> = Set::new();
    let mut rows = Vec::new();
    for entry in timeline.branch().entries_before(timeline.moment().step).take(SEARCHED) {
        if let Fact::Broker(Event::BatchAppended { tp, stored }) = &entry.fact
            && topics.contains(&tp.topic)
            && seen.insert((tp.clone(), stored.base_offset))
        {
            let of = |(_, record): (Offset, &millrace_model::Record)| {
                Some((entry.at, record.key.clone()?, record.value.clone().map(Value::Bytes)))
            };
            let batch: Vec<_> = stored.records_from(stored.base_offset).filter_map(of).collect();
            rows.extend(batch.into_iter().rev());
        }
    }
    rows.reverse();
    rows
}

fn follow(
    told: &mut Told,
    cast: &Cast<'_>,
    topology: &Topology,
    between: &Between,
    (task, when): (TaskId, Time),
    event: &TaskEvent,
) {
    if let TaskEvent::RecordDropped { timestamp, reason, .. } = event {
        told.reasons.push(say::a_record_was_dropped(&words::clock(*timestamp), &reason));
    }
    match between {
        Between::Stream { node, table, mapper, .. } => match event {
            TaskEvent::RecordConsumed { source, topic, partition, offset, timestamp }
                if leads_to(topology, *source, *node) =>
            {
                let tp = TopicPartition { topic: topic.clone(), partition: *partition };
                let record = cast::record(cast.world, &tp, *offset);
                let key = record.and_then(|record| record.key.clone()).unwrap_or_default();
                let value = record.and_then(|record| record.value.clone()).map(Value::Bytes);
                let by = match mapper {
                    None => key.clone(),
                    Some(mapper) => {
                        let context = Context {
                            topic: topic.clone(),
                            partition: *partition,
                            offset: *offset,
                            headers: Default::default(),
                            origin: record.map(|record| record.origin).unwrap_or_default(),
                        };
                        let plain = Key::Plain(key.clone());
                        let (key, value) = (Some(&plain), value.as_ref());
                        let scene = Scene { key, value, timestamp: timestamp.0, context: &context };
                        let mapped = mapper.map(&scene).ok().flatten();
                        mapped.map(|key| key.to_bytes()).unwrap_or_default()
                    }
                };
                let of = if mapper.is_some() { NO_TASK } else { Some(task) };
                let row = told.row(Side::Right, of, &by);
                let value = value.map_or_else(|| "null".to_owned(), |value| words::cut(&value.to_text()));
                let fate = JoinFate::Waiting;
                let touch = told.push(Touch { side: Side::Left, at: when, key, by, value, fate });
                told.coming.entry(task).or_default().push((touch, row));
            }
            _ if mapper.is_none() => {
                if let Some((key, value)) = changed(event, store_of(topology, *table)) {
                    let plain = key.to_bytes();
                    told.change((Side::Right, Some(task)), when, (&plain, &plain), value);
                }
            }
            _ => {}
        },
        Between::Tables { left, right, join_type } => {
            for (side, node) in [(Side::Left, left), (Side::Right, right)] {
                let Some((key, value)) = changed(event, store_of(topology, *node)) else { continue };
                let plain = key.to_bytes();
                let index = told.change((side, Some(task)), when, (&plain, &plain), value);
                let partner = told.row(other(side), Some(task), &plain);
                match (value, partner) {
                    (Some(_), Some(partner)) => told.meet(index, partner),
                    (Some(_), None) => {
                        let alone =
                            matches!((join_type, side), (JoinType::Outer, _) | (JoinType::Left, Side::Left));
                        if let Some(touch) = told.touches.get_mut(index) {
                            touch.fate = if alone { JoinFate::Alone } else { JoinFate::Waiting };
                        }
                    }
                    (None, _) => {}
                }
            }
        }
        Between::Foreign { subscriptions, table, left, .. } => {
            if let Some((key, value)) = changed(event, Some(*subscriptions)) {
                let bytes = key.to_bytes();
                let Some((foreign, own)) = subscription(&bytes) else { return };
                // The row is looked up by the foreign key; that a subscription is there is known by both.
                let index = told.change((Side::Left, Some(task)), when, (&bytes, &foreign), value);
                let partner = told.row(Side::Right, Some(task), &foreign);
                if let Some(touch) = told.touches.get_mut(index) {
                    touch.key = own;
                    touch.value = match value {
                        Some(_) => say::refers_to(&words::key(Some(&foreign))),
                        None => say::refers_to_no_longer(&words::key(Some(&foreign))),
                    };
                    if value.is_some() {
                        touch.fate = if *left { JoinFate::Alone } else { JoinFate::Waiting };
                    }
                }
                if let (Some(_), Some(partner)) = (value, partner) {
                    told.meet(index, partner);
                }
            } else if let Some((key, value)) = changed(event, store_of(topology, *table)) {
                let plain = key.to_bytes();
                let index = told.change((Side::Right, Some(task)), when, (&plain, &plain), value);
                if value.is_some() {
                    let subscribers: Vec<usize> = told.rows.first().map_or_else(Vec::new, |rows| {
                        let of = rows.iter().filter(|((of, _), _)| *of == Some(task)).map(|(_, n)| *n);
                        of.filter(|n| told.touches.get(*n).is_some_and(|touch| touch.by == plain)).collect()
                    });
                    subscribers.into_iter().for_each(|subscriber| told.meet(subscriber, index));
                }
            }
        }
    }
}

/// What a store's row has become by an event, if it is that store's.
fn changed(event: &TaskEvent, store: Option<StoreId>) -> Option<(&Key, Option<&Value>)> {
    match event {
        TaskEvent::TableUpdated { store: of, key, new, .. } if Some(*of) == store => {
            Some((key, new.as_ref()))
        }
        // With a cache a look finds what the commit has yet to write.
        TaskEvent::UpdateCached { store: of, key, entry, .. } if Some(*of) == store => {
            Some((key, entry.cell.as_ref().map(|cell| &cell.value)))
        }
        TaskEvent::StoreRestored { store: of, key, value, .. } if Some(*of) == store => {
            Some((key, value.as_ref()))
        }
        _ => None,
    }
}

/// `CombinedKeySchema`: the foreign key's length, the foreign key, the key.
fn subscription(bytes: &Bytes) -> Option<(Bytes, Bytes)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    let (foreign, own) = rest.split_at_checked(length)?;
    Some((foreign.into(), own.into()))
}

fn leads_to(topology: &Topology, from: NodeId, to: NodeId) -> bool {
    let mut next = vec![to];
    while let Some(id) = next.pop() {
        if id == from {
            return true;
        }
        next.extend(topology.node(id).iter().flat_map(|node| node.parents.iter().copied()));
    }
    false
}

/// Records have gone through: which of them reached the join, and whether anything came out.
fn settle(told: &mut Told, topology: &Topology, between: &Between, task: TaskId, nodes: &[NodeId]) {
    let Between::Stream { node, left, .. } = between else { return };
    let is_source =
        |id: &NodeId| topology.node(*id).is_some_and(|node| matches!(node.operator, Operator::Source { .. }));
    let children = topology.node(*node).map_or(&[][..], |node| &node.children);
    let mut coming = told.coming.remove(&task).unwrap_or_default().into_iter();
    let starts = nodes.iter().enumerate().filter(|(_, id)| is_source(id)).map(|(n, _)| n);
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([nodes.len()]);
    let mut unreached: Vec<usize> = Vec::new();
    for (from, to) in starts.iter().zip(ends) {
        let Some((source, path)) = nodes.get(*from..to).and_then(<[NodeId]>::split_first) else { continue };
        if !leads_to(topology, *source, *node) {
            continue;
        }
        let Some((touch, row)) = coming.next() else { break };
        let came = path.iter().position(|id| id == node);
        let went = came.is_some_and(|at| path.get(at + 1).is_some_and(|next| children.contains(next)));
        match (came, went, row) {
            (None, ..) => unreached.push(touch),
            (Some(_), true, Some(row)) => told.meet(touch, row),
            (Some(_), true, None) | (Some(_), false, _) => {
                if let Some(touch) = told.touches.get_mut(touch) {
                    touch.fate = if went && *left { JoinFate::Alone } else { JoinFate::Expired };
                }
            }
        }
    }
    // What a filter kept from the join has no place on its board; nothing refers to it.
    for touch in unreached {
        if let Some(touch) = told.touches.get_mut(touch) {
            touch.fate = JoinFate::Unreached;
        }
    }
}

fn dot(between: &Between, touch: &Touch, at: Point) -> JoinDot {
    let (letter, _) = hue::of_key(Some(&touch.key));
    let (_, hue) = hue::of_key(Some(&touch.by));
    let is_row = touch.side == Side::Right || !matches!(between, Between::Stream { .. });
    let says = match touch.fate {
        JoinFate::Matched(n) if is_row => say::met_records(n as u64),
        JoinFate::Matched(_) => say::met_the_row_that_was().to_owned(),
        JoinFate::Waiting => say::no_row_on_the_other().to_owned(),
        JoinFate::Expired => say::no_row_was_there_nothing().to_owned(),
        JoinFate::Alone => say::no_row_was_there_it().to_owned(),
        JoinFate::Row => say::nobody_has_looked_at_it().to_owned(),
        JoinFate::Deleted => say::deleted().to_owned(),
        JoinFate::Unreached => say::did_not_reach_the_join().to_owned(),
    };
    let key = words::key(Some(&touch.key));
    JoinDot {
        at,
        letter,
        hue,
        fate: touch.fate,
        window: None,
        label: say::at_time_says(&key, &words::time(touch.at), &touch.value, &says),
    }
}

/// What came to nothing, and why.
fn reasons(between: &Between, told: &Told) -> Vec<String> {
    let mut reasons = told.reasons.clone();
    for (n, touch) in told.touches.iter().enumerate() {
        let (by, at) = (words::key(Some(&touch.by)), words::time(touch.at));
        let key = words::key(Some(&touch.key));
        match (between, touch.fate) {
            (Between::Stream { .. }, fate @ (JoinFate::Expired | JoinFate::Alone)) => {
                let row = told.touches.iter().skip(n).find(|row| {
                    row.side == Side::Right && row.by == touch.by && row.fate != JoinFate::Deleted
                });
                let after = row
                    .map_or_else(String::new, |row| [" ", &say::its_row_came(&words::time(row.at))].concat());
                let out = match fate {
                    JoinFate::Alone => say::it_came_out_with_null(),
                    _ => say::nothing_came_out(),
                };
                let what = if key == by { key } else { say::which_looks_for(&key, &by) };
                let whose = match between {
                    Between::Stream { mapper: Some(_), .. } => say::the_global_table(),
                    _ => say::its_tasks_table(),
                };
                reasons.push(say::at_because_had_no_row(&what, &at, &out, &whose, &by, &after));
            }
            (Between::Tables { .. }, JoinFate::Waiting) => {
                reasons.push(say::at_the_other_table_has(&key, &at))
            }
            (Between::Foreign { .. }, JoinFate::Waiting | JoinFate::Alone) => {
                reasons.push(say::at_refers_to_of_which(&key, &at, &by))
            }
            _ => {}
        }
    }
    let skip = reasons.len().saturating_sub(REASONS);
    reasons.drain(..skip).for_each(drop);
    reasons
}
