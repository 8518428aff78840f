//! Why nothing comes out: the one sentence below a board that answers the question before it is asked.

use crate::running::Running;
use crate::seen::Aggregated;
use crate::words;
use millrace_model::Timestamp;
use millrace_streams::store::Store;
use millrace_streams::task::view::WindowPhase;
use millrace_streams::topology::operator::SuppressUntil;
use millrace_streams::topology::processor::{Processor, PunctuationType};
use millrace_streams::topology::{NodeId, Operator, Pattern, Windows};
use millrace_streams::{Task, Window};
use millrace_words::stage as say;

/// The sentence, if something is being waited for.
pub fn sentence(running: &Running<'_>, shown: Option<Aggregated<'_>>) -> Option<String> {
    if let Some((id, failure)) = running.tasks.iter().find_map(|(id, task)| Some((id, task.failure()?))) {
        return Some(say::task_has_failed_and_takes(&id, &failure));
    }
    if running.tasks.is_empty() {
        return Some(say::no_task_runs_yet_the().to_owned());
    }
    if let Some(held) = held_by_limit(running).or_else(|| looks(running)) {
        return Some(held);
    }
    let shown = shown?;
    let next = running
        .tasks
        .values()
        .copied()
        .filter_map(|task| next_to_close(task, shown))
        .min_by_key(|next| next.closes_at);
    let Some(next) = next else {
        let is_still = running.tasks.values().all(|task| task.node_stream_time(shown.node).0 < 0);
        return is_still.then(|| say::no_record_has_come_yet().to_owned());
    };
    let window = shown.text(next.window);
    let (task, now) = (next.task.id(), words::clock(next.task.node_stream_time(shown.node)));
    let closes = words::clock(Timestamp(next.closes_at));
    Some(if next.has_final {
        say::next_window_closes_when_stream(&window, &task, &closes, &now)
    } else {
        say::nothing_is_final_yet_stream(&task, &now, &window, &closes)
    })
}

/// What `suppress until time limit` holds back: its limit is one of stream time, too.
fn held_by_limit(running: &Running<'_>) -> Option<String> {
    let is_limit = |node: NodeId| {
        let operator = running.topology.node(node).map(|node| &node.operator);
        matches!(operator, Some(Operator::Suppress { until: SuppressUntil::TimeLimit { .. }, .. }))
    };
    let waiting =
        running.tasks.iter().flat_map(|(id, task)| task.waiting().into_iter().map(move |w| (id, w)));
    let (task, next) = waiting.filter(|(_, w)| is_limit(w.node)).min_by_key(|(_, w)| w.leaves_at)?;
    let (leaves_at, now) = (words::clock(next.leaves_at), words::clock(next.stream_time));
    Some(say::suppress_holds(next.results as u64, &next.key, task, &leaves_at, &now))
}

/// Which clock a pattern looks at that waits for nothing to come.
fn looks(running: &Running<'_>) -> Option<String> {
    let time = running.topology.nodes().iter().find_map(|node| match &node.operator {
        Operator::Process { processor: Processor::Detect(pattern), .. } => match &**pattern {
            Pattern::Absence { time, .. } => Some(*time),
            _ => None,
        },
        _ => None,
    })?;
    if time == PunctuationType::StreamTime {
        return Some(say::the_pattern_looks_at_stream().to_owned());
    }
    let next =
        running.tasks.values().filter_map(|task| task.next_punctuation()).filter(|at| at.0 > 0).min()?;
    Some(say::the_pattern_looks_at_the(&words::clock(next)))
}

struct Next<'a> {
    task: &'a Task,
    window: Window,
    closes_at: i64,
    has_final: bool,
}

/// The open window of a task that closes first.
fn next_to_close<'a>(task: &'a Task, shown: Aggregated<'_>) -> Option<Next<'a>> {
    let stream_time = task.node_stream_time(shown.node).0;
    let Windows::Time(time) = shown.windows else {
        let rows = task.windows(shown.node);
        let open = rows.into_iter().filter(|row| row.phase != WindowPhase::Closed);
        let window = open.map(|row| row.window).min_by_key(|window| shown.windows.closes_at(*window))?;
        let has_final = match task.store(shown.store) {
            Some(Store::Session(sessions)) => sessions.first_end().is_some_and(|end| end < window.end.0),
            Some(Store::Window(windows)) => windows.first_start().is_some_and(|start| start < window.start.0),
            _ => false,
        };
        return Some(Next { task, window, closes_at: shown.windows.closes_at(window), has_final });
    };
    let Some(Store::Window(windows)) = task.store(shown.store) else { return None };
    let length = time.size_ms().saturating_add(time.grace_ms());
    let start = windows.starts(stream_time.saturating_sub(length).saturating_add(1), i64::MAX).next()?;
    let has_final = windows.first_start().is_some_and(|first| first < start);
    let window = Window::time(start, time.size_ms());
    Some(Next { task, window, closes_at: start.saturating_add(length), has_final })
}
