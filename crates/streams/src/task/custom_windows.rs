//! Aggregations in windows by expression: business days, sessions with a gap of the key's own.

use super::aggregate::Reached;
use super::pass::{Flowing, Pass};
use super::{DropReason, Failure};
use crate::data::{Key, Window, WindowKind};
use crate::topology::SessionWindows;
use crate::topology::custom_windows::{CustomShape, CustomWindows};
use crate::topology::evaluate::Scene;
use crate::topology::function::Merger;
use millrace_expr::{EvalError, Expr};
use millrace_model::Timestamp;

impl Pass<'_> {
    /// A record reaches such an aggregation.
    pub(super) fn aggregate_custom(
        &mut self,
        at: Reached<'_>,
        windows: &CustomWindows,
        merger: &Merger,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Reached { node, store, aggregation, context, .. } = at;
        let timestamp = record.timestamp;
        let Some(key) = record.key.clone() else {
            self.drop(node, timestamp, context, DropReason::NullKey);
            return Ok(());
        };
        let (from, stream_time) = self.advance(node, timestamp);
        if stream_time > from {
            self.observe_ended_sessions(node, windows.as_sessions(), store, from, stream_time);
        }
        let scene = Scene { key: Some(&key), value: record.new.as_ref(), timestamp, context };
        match windows.shape() {
            CustomShape::Gap(gap) => {
                let Some(gap_ms) = whole(&scene, gap)?.filter(|gap| (1..=windows.longest_ms()).contains(gap))
                else {
                    self.fail(node, Failure::CustomWindow { longest_ms: windows.longest_ms() });
                    return Ok(());
                };
                let sessions = SessionWindows::unchecked(gap_ms, windows.grace_ms());
                self.aggregate_in_sessions(at, (sessions, stream_time), merger, record)
            }
            CustomShape::Span { from, to } => {
                let (start, end) = (whole(&scene, from)?, whole(&scene, to)?);
                let span = start.zip(end).filter(|(start, end)| {
                    (*start..*end).contains(&timestamp) && end.saturating_sub(*start) <= windows.longest_ms()
                });
                let Some((start, end)) = span else {
                    self.fail(node, Failure::CustomWindow { longest_ms: windows.longest_ms() });
                    return Ok(());
                };
                let window = Window::session(start, end.saturating_sub(1));
                let grace_ms = windows.grace_ms();
                let close_time = stream_time.saturating_sub(grace_ms);
                // As of windows of a fixed size: the end is not in it.
                if end <= close_time {
                    let shown =
                        Window { kind: WindowKind::Time, start: Timestamp(start), end: Timestamp(end) };
                    let (stream_time, close_time) = (Timestamp(stream_time), Timestamp(close_time));
                    let reason = DropReason::LateWindow { window: shown, stream_time, grace_ms, close_time };
                    self.drop(node, timestamp, context, reason);
                    return Ok(());
                }
                let inner = key.to_bytes();
                let same = self.sessions_of(store, &inner, window.end.0, start);
                let old = same.into_iter().find(|(other, _)| *other == window).map(|(_, value)| value);
                let new = aggregation.add(&scene, old.as_ref())?;
                let change_old = old.clone().or_else(|| aggregation.initial());
                self.put_session(at, &inner, window, (old, new.clone()), timestamp);
                let key = Some(Key::Windowed { key: inner, window });
                self.forward_update(node, Flowing { key, new, old: change_old, timestamp }, context);
                Ok(())
            }
        }
    }
}

/// An expression's whole number.
fn whole(scene: &Scene<'_>, expr: &Expr) -> Result<Option<i64>, EvalError> {
    Ok(scene.eval(expr)?.as_number().and_then(|n| n.to_i64()))
}
