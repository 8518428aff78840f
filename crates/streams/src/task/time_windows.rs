//! Tumbling and hopping aggregations (`KStreamWindowAggregate`).

use super::DropReason;
use super::aggregate::Reached;
use super::pass::{Flowing, Pass};
use crate::data::Key;
use crate::topology::evaluate::Scene;
use crate::topology::{EmitStrategy, TimeWindows};
use millrace_expr::EvalError;
use millrace_model::Timestamp;

impl Pass<'_> {
    /// A record reaches a windowed aggregation.
    pub(super) fn aggregate_windows(
        &mut self,
        at: Reached<'_>,
        windows: TimeWindows,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Reached { node, store, aggregation, emit, context } = at;
        let Some(key) = &record.key else {
            self.drop(node, record.timestamp, context, DropReason::NullKey);
            return Ok(());
        };
        // A windowed key that is windowed again is grouped by its bytes.
        let made;
        let inner = match key {
            Key::Plain(key) => key,
            Key::Windowed { .. } => {
                made = key.to_bytes();
                &made
            }
        };
        let (from, stream_time) = self.advance(node, record.timestamp);
        if stream_time > from {
            self.observe_closings(node, windows.into(), store, from, stream_time);
        }
        let close_time = stream_time.saturating_sub(windows.grace_ms());
        let scene = Scene {
            key: record.key.as_ref(),
            value: record.new.as_ref(),
            timestamp: record.timestamp,
            context,
        };
        for window in windows.windows_for(record.timestamp) {
            if window.end.0 <= close_time {
                let (stream_time, close_time) = (Timestamp(stream_time), Timestamp(close_time));
                let grace_ms = windows.grace_ms();
                let reason = DropReason::LateWindow { window, stream_time, grace_ms, close_time };
                self.drop(node, record.timestamp, context, reason);
                continue;
            }
            let stored = self.window_value(store, inner, window.start.0);
            let (old, timestamp) = match stored {
                Some((Some(value), timestamp)) => (Some(value), record.timestamp.max(timestamp)),
                Some((None, _)) | None => (None, record.timestamp),
            };
            let new = aggregation.add(&scene, old.as_ref())?;
            let change_old = old.clone().or_else(|| aggregation.initial());
            self.put_window(at, inner, window, (old, new.clone()), timestamp);
            if emit == EmitStrategy::OnWindowUpdate {
                let key = Some(Key::Windowed { key: inner.clone(), window });
                self.forward_update(node, Flowing { key, new, old: change_old, timestamp }, context);
            }
        }
        if emit == EmitStrategy::OnWindowClose {
            self.emit_final(node, windows.into(), store, close_time, context);
        }
        Ok(())
    }
}
