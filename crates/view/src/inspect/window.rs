//! One window of one key, and a record that a window did not take.

use super::{Inspector, SEARCHED, find, life};
use crate::boards::{self, window_text};
use crate::cast::{self, Cast, GroupKind};
use crate::running::Running;
use crate::words;
use millrace_model::{Timestamp, TopicPartition};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Fact, Timeline};
use millrace_streams::store::Store;
use millrace_streams::task::Dropped;
use millrace_streams::topology::Windows;
use millrace_streams::{DropReason, TaskEvent, Value, Window};
use millrace_words::inspect as say;
use std::sync::Arc;

/// Records of a window that are told one by one, the newest.
const RECORDS: usize = 12;

fn app<'a>(cast: &Cast<'a>, name: &Arc<str>) -> Option<Running<'a>> {
    let is_it = |kind: &GroupKind<'_>| matches!(kind, GroupKind::Streams(of) if of == name);
    Running::of(cast.groups.iter().find(|group| is_it(&group.kind))?)
}

pub(super) fn inspect(
    timeline: &Timeline,
    cast: &Cast<'_>,
    name: &Arc<str>,
    key: &Arc<str>,
    start: Timestamp,
) -> Option<Inspector> {
    let running = app(cast, name)?;
    let shown = running.aggregated()?;
    let found = running.tasks.values().copied().find_map(|task| {
        let is_it = |of: &[u8]| String::from_utf8_lossy(of) == **key;
        match task.store(shown.store)? {
            Store::Window(windows) => {
                let mut rows = windows.range(start.0, start.0);
                let (_, _, cell) = rows.find(|(_, of, _)| is_it(of))?;
                let window = Window::time(start.0, shown.length_ms());
                Some((task, window, &cell.value, cell.timestamp))
            }
            Store::Session(sessions) => {
                let mut rows = sessions.ending(start.0, i64::MAX);
                let (window, _, value) = rows.find(|(w, of, _)| w.start == start && is_it(of))?;
                Some((task, window, value, window.end))
            }
            _ => None,
        }
    });
    let title_of = |window: Window| say::in_word(&key, &shown.text(window));
    let Some((task, window, value, timestamp)) = found else {
        let title = match shown.windows {
            // A session that has gone, or has become another one, leaves no end behind.
            Windows::Session(_) => say::from(&key, &words::clock(start)),
            Windows::Time(_) | Windows::Sliding(_) => title_of(Window::time(start.0, shown.length_ms())),
        };
        let mut inspector = Inspector::new("window", title);
        inspector.fact("state", say::final_and_given_up_by());
        return Some(inspector);
    };
    let mut inspector = Inspector::new("window", title_of(window));
    let (end, closes_at) = (shown.windows.ends_at(window), shown.windows.closes_at(window));
    let stream_time = task.node_stream_time(shown.node);
    inspector.fact("value", words::cut(&value.to_text()));
    inspector.fact("task", task.id());
    inspector.fact("stream time", words::clock(stream_time));
    inspector.fact("closes at stream time", words::clock(Timestamp(closes_at)));
    inspector.fact("grace", words::millis(shown.windows.grace_ms()));
    inspector.fact("largest timestamp in it", words::clock(timestamp));
    let is_closed = stream_time.0 >= closes_at;
    let left = words::millis(closes_at.saturating_sub(stream_time.0));
    inspector.fact(
        "state",
        match is_closed {
            true => say::final_stream_time_has_passed().to_owned(),
            false if stream_time.0 >= end => say::in_grace_still_takes_late(&left),
            false => say::open_of_stream_time_to(&left),
        },
    );
    let mut newest: Vec<super::Why> = Vec::new();
    let before = timeline.branch().entries_before(timeline.moment().step);
    let is_own = |actor| matches!(actor, Actor::Node(id) if running.processes.contains(&id));
    for entry in before.take(SEARCHED).filter(|entry| is_own(entry.actor)) {
        let Fact::Streams(StreamsEvent::Task { task: of, event }) = &entry.fact else { continue };
        if *of != task.id() {
            continue;
        }
        match event {
            TaskEvent::WindowUpdated { key: k, window, old, new, .. }
                if window.start == start && String::from_utf8_lossy(k) == **key =>
            {
                newest.push(find::why(timeline, entry, update(old.as_ref(), new.as_ref())));
            }
            TaskEvent::WindowClosed { window, .. } if window.start == start => {
                newest.push(find::why(timeline, entry, say::closed_stream_time_reached_its()));
            }
            _ => {}
        }
        if newest.len() >= RECORDS {
            break;
        }
    }
    newest.reverse();
    inspector.why = newest;
    Some(inspector)
}

fn update(old: Option<&Value>, new: Option<&Value>) -> String {
    let text =
        |value: Option<&Value>| value.map_or_else(|| say::nothing().to_owned(), |v| words::cut(&v.to_text()));
    match old {
        None => say::opened_by_a_record(&text(new)),
        Some(_) => say::a_record_made_it_after(&text(new), &text(old)),
    }
}

pub(super) fn dropped(
    timeline: &Timeline,
    cast: &Cast<'_>,
    name: &Arc<str>,
    number: u64,
) -> Option<Inspector> {
    let running = app(cast, name)?;
    let (_, dropped): (u64, &Dropped) =
        boards::dropped_records(&running).into_iter().find(|(of, _)| *of == number)?;
    let tp = TopicPartition { topic: dropped.topic.clone(), partition: dropped.partition };
    let record = cast::record(cast.world, &tp, dropped.offset);
    let key = words::key(record.and_then(|record| record.key.as_ref()));
    let mut inspector =
        Inspector::new("dropped record", say::from_key_place(&key, &words::place(&tp, dropped.offset)));
    inspector.fact("timestamp", words::clock(dropped.timestamp));
    inspector.fact("reason", boards::drop_sentence(&key, dropped));
    if let DropReason::LateWindow { window, stream_time, grace_ms, close_time } = &dropped.reason {
        inspector.fact("window", window_text(window.start.0, window.end.0));
        inspector.fact("stream time", words::clock(*stream_time));
        inspector.fact("grace", words::millis(*grace_ms));
        inspector.fact("stream time minus grace", words::clock(*close_time));
        inspector.fact("too late by", words::millis(close_time.0.saturating_sub(window.end.0)));
    }
    inspector.fact(
        "Kafka's log line",
        dropped.reason.log_line(&dropped.topic, dropped.partition, dropped.offset, dropped.timestamp),
    );
    if let Some(record) = record {
        inspector.why = life::life(timeline, record, &(tp, dropped.offset));
    }
    Some(inspector)
}
