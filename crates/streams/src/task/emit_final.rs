//! `EmitStrategy.onWindowClose`: results leave once, when their window has closed
//! (`AbstractKStreamTimeWindowAggregateProcessor`, `KStreamSessionWindowAggregate`).

use super::TaskEvent;
use super::pass::{Flowing, Pass};
use crate::data::{Key, Window};
use crate::topology::evaluate::Context;
use crate::topology::{NodeId, StoreId, Windows};
use millrace_model::Timestamp;

impl Pass<'_> {
    /// Sends the results of windows that have closed since the last time (`maybeForwardFinalResult`). A window ends
    /// before `close_time` when its end is exclusive, and one millisecond earlier when it is inclusive.
    pub(super) fn emit_final(
        &mut self,
        node: NodeId,
        windows: Windows,
        store: StoreId,
        close_time: i64,
        context: &Context,
    ) {
        if !self.may_look(node) {
            return;
        }
        let last = self.emitted_until(node);
        let first_time = last == -1;
        if !first_time && last >= close_time {
            return;
        }
        // Which window starts (or, with sessions, ends) are final now and were not the last time.
        let (lower, upper) = match windows {
            Windows::Time(w) if first_time => (0, close_time.saturating_sub(w.size_ms())),
            Windows::Time(w) => (
                last.saturating_sub(w.size_ms()).max(0).saturating_add(1),
                close_time.saturating_sub(w.size_ms()),
            ),
            Windows::Sliding(w) => {
                let length = w.time_difference_ms();
                let lower = if first_time { 0 } else { last.saturating_sub(length).max(0) };
                (lower, close_time.saturating_sub(length).saturating_sub(1))
            }
            Windows::Session(_) => (last.max(0), close_time.saturating_sub(1)),
        };
        let nothing_new = match windows {
            // The same windows as the last time reach up to here.
            Windows::Time(w) => {
                !first_time && w.windows_for(upper).eq(w.windows_for(lower.saturating_sub(1)))
            }
            Windows::Sliding(_) => false,
            Windows::Session(_) => upper < lower,
        };
        if upper < 0 || nothing_new {
            return;
        }
        let results: Vec<Flowing> = match windows {
            Windows::Time(w) => self.closed_windows(store, lower, upper, w.size_ms()),
            Windows::Sliding(w) => self.closed_windows(store, lower, upper, w.time_difference_ms()),
            Windows::Session(_) => {
                let sessions = self.sessions_ending(store, lower, upper).into_iter();
                let result = |(window, key, value): (Window, _, _)| Flowing {
                    key: Some(Key::Windowed { key, window }),
                    new: Some(value),
                    old: None,
                    timestamp: window.end.0,
                };
                sessions.map(result).collect()
            }
        };
        self.outcome.events.push(TaskEvent::FinalResultsEmitted { node, close_time: Timestamp(close_time) });
        for result in results {
            self.forward(node, result, context);
        }
    }

    /// Whether enough wall-clock time has passed since the last look, which then counts as a look whatever it finds
    /// (`shouldEmitFinal`). Who never tells the time never waits for it.
    fn may_look(&mut self, node: NodeId) -> bool {
        let Some(now) = self.task.wall_clock else { return true };
        let newest = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::FinalResultsSought { node: at, next } if *at == node => Some(next.0),
            _ => None,
        });
        let next = newest.unwrap_or_else(|| self.task.state_of(node).map_or(0, |s| s.next));
        if now.0 < next {
            return false;
        }
        let interval_ms = self.task.topology.config().windowed_emit_interval_ms;
        if interval_ms > 0 {
            let next = Timestamp(now.0.saturating_add(interval_ms));
            self.outcome.events.push(TaskEvent::FinalResultsSought { node, next });
        }
        true
    }

    fn closed_windows(&self, store: StoreId, from: i64, to: i64, size_ms: i64) -> Vec<Flowing> {
        let cells = self.windows_between(store, from, to).into_iter();
        let result = |(start, key, cell): (i64, _, crate::store::Cell)| Flowing {
            key: Some(Key::Windowed { key, window: Window::time(start, size_ms) }),
            new: Some(cell.value),
            old: None,
            timestamp: cell.timestamp.0,
        };
        cells.map(result).collect()
    }

    fn emitted_until(&self, node: NodeId) -> i64 {
        let newest = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::FinalResultsEmitted { node: at, close_time } if *at == node => Some(close_time.0),
            _ => None,
        });
        newest.unwrap_or_else(|| self.task.state_of(node).map_or(-1, |s| s.emitted_until))
    }
}
