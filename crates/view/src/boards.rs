//! Windows over event time: one board for each streams application.
//!
//! Only windows that are in sight are read: the last ones before stream time, as many as fit.

use crate::axis::Axis;
use crate::cast::{self, Cast, GroupCast, GroupKind};
use crate::hue;
use crate::layout::{BLOCK_GAP, Columns, TITLE, UNIT, count, rect, wrapped};
use crate::running::Running;
use crate::scene::{DroppedMark, Rect, Target, TaskClock, WindowBar, WindowBoard, WindowRow};
use crate::seen::{self, Aggregated, Seen};
use crate::silence;
use crate::words;
use millrace_model::collections::sort;
use millrace_model::{Bytes, Map, Timestamp, TopicPartition};
use millrace_streams::store::Store;
use millrace_streams::task::Dropped;
use millrace_streams::topology::function::Aggregation;
use millrace_streams::topology::processor::Processor;
use millrace_streams::topology::{EmitStrategy, Operator, StoreId, Windows};
use millrace_streams::{DropReason, Task, Window};
use millrace_words::stage as say;
use std::sync::Arc;

/// Most rows; further keys are counted.
pub const ROWS: usize = 12;
/// Most lines of the store's table.
const STORE_LINES: usize = 24;
/// Most dropped records with a line of their own.
const DROPPED: usize = 3;
/// Room above the rows for the text beside the line of stream time.
const HEAD: f32 = 24.0;
/// Labels of the axis.
const AXIS: f32 = 24.0;
/// From one line of the sentence about silence to the next.
pub const SILENCE_STEP: f32 = 16.0;
/// A line of text below the plot.
const LINE: f32 = 24.0;

/// The boards, from `top` on, and where they end.
pub fn boards(cast: &Cast<'_>, columns: &Columns, top: f32) -> (Vec<WindowBoard>, f32) {
    let mut y = top;
    let mut boards = Vec::new();
    for group in cast.groups.iter().take(crate::groups::GROUPS) {
        let (GroupKind::Streams(name), Some(running)) = (&group.kind, Running::of(group)) else { continue };
        let board = board(cast, group, name, &running, columns, y);
        y = board.rect.bottom() + BLOCK_GAP;
        boards.push(board);
    }
    (boards, if y > top { y - BLOCK_GAP } else { top })
}

fn board(
    cast: &Cast<'_>,
    group: &GroupCast<'_>,
    name: &Arc<str>,
    running: &Running<'_>,
    columns: &Columns,
    top: f32,
) -> WindowBoard {
    let (x, w) = columns.wide();
    let outputs = cast::results_of(group);
    let written = outputs
        .iter()
        .filter(|topic| !cast::is_internal(topic.as_str()))
        .filter_map(|topic| cast::topic(cast.world, topic.as_str()));
    let results =
        written.flat_map(cast::logs).map(|(_, log)| log.log_end_offset().since(log.log_start_offset()));
    let shown = running.aggregated();
    let mut board = WindowBoard {
        app: name.clone(),
        rect: rect(x, top, w, TITLE),
        title: outputs
            .iter()
            .find(|topic| !cast::is_internal(topic.as_str()))
            .map_or_else(|| name.to_string(), ToString::to_string),
        subtitle: shown.map_or_else(|| without_windows(running), subtitle),
        plot: rect(x, top + TITLE, w, 0.0),
        ticks: Vec::new(),
        rows: Vec::new(),
        more: None,
        tasks: Vec::new(),
        dropped: Vec::new(),
        silence: silence::sentence(running, shown),
        silence_lines: Vec::new(),
        silence_y: 0.0,
        store: store_lines(running, shown),
        results: results.sum(),
    };
    let mut below = board.plot.y;
    if let Some(shown) = shown {
        plot(cast, name, running, shown, columns, &mut board);
        below = board.plot.bottom() + AXIS;
    }
    if board.more.is_some() {
        below += LINE;
    }
    let axis = shown.map(|shown| axis(cast, running, shown.scale(), board.plot));
    let line = columns.or_finger(LINE);
    for mark in dropped(cast, name, running, axis) {
        board.dropped.push(DroppedMark { y: below + line / 2.0, h: line, ..mark });
        below += line;
    }
    if let Some(silence) = &board.silence {
        board.silence_lines = wrapped(silence, w);
        board.silence_y = below + LINE * 0.7;
        below += LINE + count(board.silence_lines.len() - 1) * SILENCE_STEP;
    }
    board.rect.h = below - top;
    board
}

/// What is no part of Kafka Streams says so.
pub fn ours() -> &'static str {
    say::ours()
}

/// `tumbling 10 s · grace 5 s · count by key, on event time`.
fn subtitle(shown: Aggregated<'_>) -> String {
    let windows = shown.windows;
    let length = words::millis(shown.length_ms());
    let shape = match windows {
        Windows::Session(_) if shown.is_span() => say::by_expression_of_at_most(&ours(), &length),
        Windows::Session(_) if shown.custom.is_some() => say::sessions_whose_gap_the_key(&ours(), &length),
        Windows::Time(time) if time.is_tumbling() => say::tumbling(&length),
        Windows::Time(time) => say::hopping_every(&length, &words::millis(time.advance_ms())),
        Windows::Sliding(_) => say::sliding(&length),
        Windows::Session(_) => say::sessions_with_a_gap_of(&length),
    };
    let grace = match windows.grace_ms() {
        0 => say::no_grace().to_owned(),
        ms => say::grace(&words::millis(ms)),
    };
    let when = match shown.emit {
        EmitStrategy::OnWindowUpdate => String::new(),
        EmitStrategy::OnWindowClose => [" · ", say::emitted_on_window_close()].concat(),
    };
    say::by_key_on_event_time(&shape, &grace, &function(shown.aggregation), &when)
}

fn function(aggregation: &Aggregation) -> String {
    match aggregation {
        Aggregation::Count => "count".to_owned(),
        Aggregation::Sum(expr) => say::sum_of(&expr),
        Aggregation::Reduce(_) => "reduce".to_owned(),
        Aggregation::Aggregate { .. } => "aggregate".to_owned(),
    }
}

fn without_windows(running: &Running<'_>) -> String {
    let found = running.topology.nodes().iter().find_map(|node| match &node.operator {
        Operator::Aggregate { aggregation, .. } => Some(say::by_key_without_windows(&function(aggregation))),
        _ => None,
    });
    let nodes = running.topology.nodes().iter();
    let what = nodes.map(|node| &node.operator).find_map(|operator| match operator {
        Operator::StreamJoin(_) | Operator::SelfJoin(_) => Some(say::join_of_two_streams_on()),
        Operator::StreamTableJoin(join) if join.key.is_some() => Some(say::join_of_a_stream_with()),
        Operator::StreamTableJoin(_) => Some(say::join_of_a_stream()),
        Operator::TableJoin(_) => Some(say::join_of_two_tables()),
        Operator::SubscriptionSend(_) => Some(say::join_of_two_tables_by()),
        Operator::Process { processor: Processor::Detect(_), .. } => Some(say::a_pattern_over_each_keys()),
        _ => None,
    });
    found.unwrap_or_else(|| match (what, running.topology.stores().is_empty()) {
        (Some(what), _) => what.to_owned(),
        (None, false) => say::with_state_by_key().to_owned(),
        (None, true) => say::record_by_record_without_state().to_owned(),
    })
}

fn axis(cast: &Cast<'_>, running: &Running<'_>, windows: Windows, plot: Rect) -> Axis {
    let latest = running.tasks.values().map(|task| task.stream_time()).max();
    let latest = latest.filter(|at| at.0 >= 0).unwrap_or_else(|| cast.world.now().timestamp());
    Axis::of(plot, windows, latest)
}

fn plot(
    cast: &Cast<'_>,
    name: &Arc<str>,
    running: &Running<'_>,
    shown: Aggregated<'_>,
    columns: &Columns,
    board: &mut WindowBoard,
) {
    let axis = axis(cast, running, shown.scale(), board.plot);
    board.ticks = axis.ticks();
    let seen = seen::seen(cast, running, shown, &axis);
    let mut keys: Map<(millrace_streams::TaskId, &Bytes), Vec<&Seen<'_>>> = Map::new();
    for one in &seen {
        keys.entry((one.task.id(), &one.key)).or_default().push(one);
    }
    let hidden = keys.len().saturating_sub(ROWS);
    board.more = (hidden > 0).then(|| say::and_more_keys(hidden as u64));
    let floors = axis.floors();
    let row_h = if floors > 1 {
        count(floors) * columns.or_finger(16.0)
    } else {
        columns.or_finger(if keys.len() <= 4 { 32.0 } else { 20.0 })
    };
    let gap = if keys.len() <= 4 { UNIT } else { 4.0 };
    let mut y = board.plot.y + HEAD;
    let mut last_task = None;
    for ((task, key), mut windows) in keys.into_iter().take(ROWS) {
        sort::sort_by_key(&mut windows, |one| (one.window.start, one.window.end));
        if last_task.is_some_and(|last| last != task) {
            y += UNIT;
        }
        last_task = Some(task);
        let text: Arc<str> = String::from_utf8_lossy(key).into();
        let floor_of = axis.stacked(windows.iter().map(|one| one.window));
        let bars = windows.iter().zip(floor_of);
        let bars = bars.filter_map(|(one, floor)| bar(name, &text, one, shown, &axis, (floor?, y, row_h)));
        let bars = bars.collect();
        board.rows.push(WindowRow { hue: hue::of_key(Some(key)).1, key: text, y, h: row_h, bars });
        // Which stretch of the plot belongs to the task.
        match board.tasks.last_mut().filter(|clock| clock.task == task.to_string()) {
            Some(clock) => clock.h = y + row_h + 4.0 - clock.y,
            None => board.tasks.extend(running.tasks.get(&task).map(|t| TaskClock {
                y: y - 4.0,
                h: row_h + 8.0,
                ..clock(t, shown, &axis)
            })),
        }
        y += row_h + gap;
    }
    if board.rows.is_empty() {
        let moved = running.tasks.values().filter(|task| task.stream_time().0 >= 0);
        if let Some(task) = moved.max_by_key(|task| task.stream_time()) {
            board.tasks.push(TaskClock { y, h: 24.0, ..clock(task, shown, &axis) });
        }
        y += 32.0;
    }
    board.plot.h = y + UNIT - board.plot.y;
}

fn bar(
    name: &Arc<str>,
    key: &Arc<str>,
    one: &Seen<'_>,
    shown: Aggregated<'_>,
    axis: &Axis,
    (floor, y, row_h): (usize, f32, f32),
) -> Option<WindowBar> {
    let Window { start, end, .. } = one.window;
    let h = row_h / count(axis.floors());
    let (left, right) = axis.span(one.window)?;
    let stream_time = one.task.node_stream_time(shown.node).0;
    let is_closed = stream_time >= shown.windows.closes_at(one.window);
    let value = words::cut(&one.value);
    let phase = if is_closed { say::final_word() } else { say::open() };
    // A session is open as far as its gap reaches: a record up to there makes it longer.
    let reach = match shown.windows {
        Windows::Session(session) if !is_closed && !shown.is_span() => {
            Some(axis.clamped(end.0.saturating_add(session.gap_ms())).max(right))
        }
        _ => None,
    };
    Some(WindowBar {
        target: Target::Window(name.clone(), key.clone(), start),
        rect: rect(left + 1.0, y + count(floor) * h, (right - left - 2.0).max(1.0), h),
        label: say::window(&key, &shown.text(one.window), &value, &phase),
        value,
        is_closed,
        reach,
    })
}

/// `[12:00:10, 12:00:20)`.
pub fn window_text(start: i64, end: i64) -> String {
    format!("[{}, {})", words::clock(Timestamp(start)), words::clock(Timestamp(end)))
}

fn clock(task: &Task, shown: Aggregated<'_>, axis: &Axis) -> TaskClock {
    let at = task.node_stream_time(shown.node);
    let x = (at.0 >= 0).then(|| axis.clamped(at.0));
    TaskClock {
        task: task.id().to_string(),
        x,
        y: 0.0,
        h: 0.0,
        grace_x: x.map(|_| axis.clamped(at.0.saturating_sub(shown.windows.grace_ms()))),
        text: if at.0 >= 0 { words::clock(at) } else { say::no_record_yet().to_owned() },
    }
}

/// The newest dropped records, the newest last. Their lines are placed by the caller.
fn dropped(cast: &Cast<'_>, name: &Arc<str>, running: &Running<'_>, axis: Option<Axis>) -> Vec<DroppedMark> {
    let mut all = dropped_records(running);
    let skip = all.len().saturating_sub(DROPPED);
    all.drain(..skip).for_each(drop);
    let marks = all.into_iter().map(|(number, dropped)| {
        let tp = TopicPartition { topic: dropped.topic.clone(), partition: dropped.partition };
        let key = cast::record(cast.world, &tp, dropped.offset).and_then(|record| record.key.clone());
        let (letter, hue) = hue::of_key(key.as_deref());
        DroppedMark {
            target: Target::Dropped(name.clone(), number),
            x: axis.map_or(0.0, |axis| axis.clamped(dropped.timestamp.0)),
            y: 0.0,
            h: 0.0,
            letter,
            hue,
            reason: short_drop(&words::key(key.as_ref()), dropped),
        }
    });
    marks.collect()
}

/// All remembered drops of an application, each with its number, in the order of their tasks and their coming.
pub fn dropped_records<'a>(running: &Running<'a>) -> Vec<(u64, &'a Dropped)> {
    let mut all = Vec::new();
    for (id, task) in &running.tasks {
        let before = task.dropped_total().saturating_sub(task.dropped().len() as u64);
        let task_part = u64::from(id.subtopology) << 48 | u64::try_from(id.partition.0).unwrap_or(0) << 32;
        all.extend(task.dropped().zip(before..).map(|(one, n)| (task_part | (n & 0xffff_ffff), one)));
    }
    // Tasks remember no virtual time; the record's own time is the best order across tasks.
    sort::sort_by_key(&mut all, |(number, dropped)| (dropped.timestamp, *number));
    all
}

/// `bob at 12:00:07 came late: its window [12:00:00, 12:00:10) closed at stream time 12:00:15; stream time was 12:00:31`.
pub fn drop_sentence(key: &str, dropped: &Dropped) -> String {
    drop_words(key, dropped.timestamp, &dropped.reason)
}

/// `bob at 12:00:07 came late: its window closed at stream time 12:00:15`, to fit into a line.
fn short_drop(key: &str, dropped: &Dropped) -> String {
    match &dropped.reason {
        DropReason::LateWindow { window, grace_ms, .. } => say::at_came_late_its_window(
            &key,
            &words::clock(dropped.timestamp),
            &words::clock(Timestamp(window.end.0.saturating_add(*grace_ms))),
        ),
        DropReason::LateSlidingWindow { .. } | DropReason::LateSession { .. } => {
            say::at_came_late(&key, &words::clock(dropped.timestamp), &dropped.reason)
        }
        DropReason::NullKey
        | DropReason::NullKeyOrValue
        | DropReason::NullJoinKeyOrValue
        | DropReason::NullForeignKey
        | DropReason::StaleResponse
        | DropReason::ExpiredVersion
        | DropReason::OutdatedChange
        | DropReason::Exception(_)
        | DropReason::LateForPattern { .. }
        | DropReason::ExpiredSegment { .. } => drop_sentence(key, dropped),
    }
}

/// The same, from its parts.
pub fn drop_words(key: &str, timestamp: Timestamp, reason: &DropReason) -> String {
    let at = words::clock(timestamp);
    match reason {
        DropReason::LateWindow { window, stream_time, grace_ms, .. } => say::at_came_late_its(
            &key,
            &at,
            &window_text(window.start.0, window.end.0),
            &words::clock(Timestamp(window.end.0.saturating_add(*grace_ms))),
            &words::clock(*stream_time),
        ),
        DropReason::LateSlidingWindow { .. } | DropReason::LateSession { .. } => {
            say::at_came_late_key_at_reason(&key, &at, &reason)
        }
        DropReason::NullKey => say::a_record_at_was_dropped(&at),
        DropReason::NullKeyOrValue => say::a_record_at_was(&at),
        DropReason::NullJoinKeyOrValue
        | DropReason::NullForeignKey
        | DropReason::ExpiredVersion
        | DropReason::LateForPattern { .. }
        | DropReason::Exception(_)
        | DropReason::OutdatedChange => say::a_record_at_was_dropped_at_reason(&at, &reason),
        DropReason::StaleResponse => say::an_answer_for_at_was(&key, &at, &reason),
        DropReason::ExpiredSegment { window } => {
            say::at_came_too_late_even(&key, &at, &window_text(window.start.0, window.end.0))
        }
    }
}

/// The store as a table, the newest windows first.
fn store_lines(running: &Running<'_>, shown: Option<Aggregated<'_>>) -> Vec<[String; 3]> {
    let text = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let mut lines = Vec::new();
    for task in running.tasks.values() {
        match shown.and_then(|shown| Some((shown, task.store(shown.store)?))) {
            Some((shown, Store::Window(windows))) => {
                let latest = windows.stream_time();
                let from = latest.saturating_sub(shown.length_ms().saturating_mul(8));
                let from = from.max(windows.visible_from(latest));
                for (start, key, cell) in windows.range(from, latest).take(seen::WINDOWS_READ) {
                    let window = shown.text(Window::time(start, shown.length_ms()));
                    lines.push((-start, [text(key), window, cell.value.to_text().into_owned()]));
                }
            }
            Some((shown, Store::Session(sessions))) => {
                for (window, key, value) in sessions.all().take(seen::WINDOWS_READ) {
                    let line = [text(key), shown.text(window), value.to_text().into_owned()];
                    lines.push((-window.start.0, line));
                }
            }
            _ => {
                let stores = (0..running.topology.stores().len()).filter_map(|n| u32::try_from(n).ok());
                for store in stores.filter_map(|n| task.store(StoreId(n))) {
                    let Store::KeyValue(table) = store else { continue };
                    for (key, cell) in table.all().take(STORE_LINES) {
                        let value = cell.value.to_text().into_owned();
                        lines.push((0, [text(key.inner()), String::new(), value]));
                    }
                }
            }
        }
    }
    sort::sort(&mut lines);
    lines.truncate(STORE_LINES);
    lines.into_iter().map(|(_, line)| line).collect()
}
