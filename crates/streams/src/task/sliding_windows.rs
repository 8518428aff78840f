//! Sliding aggregations (`KStreamSlidingWindowAggregate`).
//!
//! For each record of a key there may be two windows: its left one, which ends with it, and its right one, which begins a
//! millisecond after it. A right window is made only when a record falls into it. A new record is added to every window
//! around it, and the new windows take over the aggregates of windows that hold the same records.

use super::aggregate::Reached;
use super::pass::{Flowing, Pass};
use super::{DropReason, Failure};
use crate::data::{Key, Value, Window};
use crate::store::Cell;
use crate::topology::evaluate::Scene;
use crate::topology::{EmitStrategy, SlidingWindows};
use millrace_expr::EvalError;
use millrace_model::{Bytes, Timestamp};

/// One record at the aggregation.
struct Slide<'a> {
    at: Reached<'a>,
    windows: SlidingWindows,
    record: &'a Flowing,
    key: Bytes,
    stream_time: i64,
    close_time: i64,
}

/// What the walk through the stored windows has found.
#[derive(Default)]
struct Found {
    starts: Vec<i64>,
    /// The aggregate of the nearest window that ended before the record.
    left: Option<Cell>,
    /// The aggregate of the latest window around the record: it holds what the record's right window will hold.
    right: Option<Cell>,
    left_exists: bool,
    right_exists: bool,
    /// The timestamp of the record before this one.
    previous: Option<i64>,
}

impl Slide<'_> {
    fn window(&self, start: i64) -> Window {
        Window::time(start, self.windows.time_difference_ms())
    }

    fn timestamp(&self) -> i64 {
        self.record.timestamp
    }

    /// What a window without records has.
    fn initial(&self) -> Option<Cell> {
        let timestamp = Timestamp(self.timestamp());
        self.at.aggregation.initial().map(|value| Cell { value, timestamp })
    }
}

impl Pass<'_> {
    /// A record reaches a sliding aggregation.
    pub(super) fn aggregate_sliding(
        &mut self,
        at: Reached<'_>,
        windows: SlidingWindows,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Reached { node, store, emit, context, .. } = at;
        let timestamp = record.timestamp;
        let (Some(key), Some(_)) = (&record.key, &record.new) else {
            self.drop(node, timestamp, context, DropReason::NullKeyOrValue);
            return Ok(());
        };
        let key = key.to_bytes();
        let (from, stream_time) = self.advance(node, timestamp);
        if stream_time > from {
            self.observe_closings(node, windows.into(), store, from, stream_time);
        }
        let close_time = stream_time.saturating_sub(windows.grace_ms());
        let slide = Slide { at, windows, record: &record, key, stream_time, close_time };
        let last = slide.window(timestamp);
        if last.end.0 < close_time {
            self.drop_late(&slide, last);
            return Ok(());
        }
        if windows.time_difference_ms() == 0 {
            self.fail(node, Failure::WindowWithoutLength);
            return Ok(());
        }
        if timestamp < windows.time_difference_ms() {
            return self.slide_early(&slide);
        }
        self.slide(&slide)?;
        if emit == EmitStrategy::OnWindowClose {
            self.emit_final(node, windows.into(), store, close_time, context);
        }
        Ok(())
    }

    /// `processReverse`: the windows from the latest to the earliest.
    fn slide(&mut self, slide: &Slide<'_>) -> Result<(), EvalError> {
        let (timestamp, length) = (slide.timestamp(), slide.windows.time_difference_ms());
        let from = timestamp.saturating_sub(length.saturating_mul(2)).max(0);
        let mut found = Found::default();
        let stored = self.windows_of(slide.at.store, &slide.key, from, timestamp.saturating_add(1));
        for (start, cell) in stored.into_iter().rev() {
            found.starts.push(start);
            let (end, latest) = (start.saturating_add(length), cell.timestamp.0);
            if start > timestamp {
                found.right_exists = true;
            } else if end > timestamp {
                if found.right.is_none() {
                    found.right = Some(cell.clone());
                }
                self.slide_into(slide, start, Some(cell), true)?;
            } else if end == timestamp {
                found.left_exists = true;
                self.slide_into(slide, start, Some(cell), true)?;
                if latest >= timestamp {
                    // A record of this very time was here before: all its windows exist.
                    return Ok(());
                }
                found.previous = Some(latest);
            } else {
                found.left = Some(cell);
                found.previous = Some(latest);
                break;
            }
        }
        if let Some(previous) = found.previous {
            let start = previous.saturating_add(1);
            if !found.starts.contains(&start) && start.saturating_add(length) >= timestamp {
                self.slide_into(slide, start, slide.initial(), false)?;
            }
        }
        if !found.left_exists {
            let start = timestamp.saturating_sub(length);
            let holds_previous = found.previous.is_some_and(|previous| start <= previous);
            let cell = match found.left {
                Some(left) if holds_previous => {
                    Some(Cell { value: left.value, timestamp: Timestamp(timestamp) })
                }
                _ => slide.initial(),
            };
            self.slide_into(slide, start, cell, false)?;
        }
        self.make_right_window(slide, found.right, found.right_exists);
        Ok(())
    }

    /// `processEarly`: a left window would start before time itself, so all records that early share the first window.
    fn slide_early(&mut self, slide: &Slide<'_>) -> Result<(), EvalError> {
        let timestamp = slide.timestamp();
        let mut found = Found::default();
        let mut combined = None;
        for (start, cell) in self.windows_of(slide.at.store, &slide.key, 0, timestamp.saturating_add(1)) {
            found.starts.push(start);
            if start == 0 {
                let latest = cell.timestamp.0;
                found.previous = (latest < timestamp).then_some(latest);
                combined = Some(cell);
            } else if start <= timestamp {
                found.right = Some(cell.clone());
                self.slide_into(slide, start, Some(cell), true)?;
            } else {
                found.right_exists = true;
            }
        }
        if found.right.is_none() {
            found.right = combined.clone().filter(|cell| cell.timestamp.0 > timestamp);
        }
        self.make_right_window(slide, found.right, found.right_exists);
        if let Some(start) = found.previous.map(|previous| previous.saturating_add(1))
            && !found.starts.contains(&start)
        {
            self.slide_into(slide, start, slide.initial(), false)?;
        }
        let exists = combined.is_some();
        self.slide_into(slide, 0, combined.or_else(|| slide.initial()), exists)
    }

    /// The window that begins right after the record, if later records fall into it.
    fn make_right_window(&mut self, slide: &Slide<'_>, cell: Option<Cell>, exists: bool) {
        let timestamp = slide.timestamp();
        let Some(cell) = cell.filter(|cell| !exists && cell.timestamp.0 > timestamp) else { return };
        self.put_sliding(
            slide,
            timestamp.saturating_add(1),
            (None, Some(cell.value)),
            None,
            cell.timestamp.0,
        );
    }

    /// `updateWindowAndForward`: adds the record to a window that has this so far, stored already or new.
    fn slide_into(
        &mut self,
        slide: &Slide<'_>,
        start: i64,
        cell: Option<Cell>,
        exists: bool,
    ) -> Result<(), EvalError> {
        let window = slide.window(start);
        if window.end.0 < slide.close_time {
            self.drop_late(slide, window);
            return Ok(());
        }
        let (record, context) = (slide.record, slide.at.context);
        let (key, value, timestamp) = (record.key.as_ref(), record.new.as_ref(), record.timestamp);
        let (old, latest) = match cell {
            Some(cell) => (Some(cell.value), timestamp.max(cell.timestamp.0)),
            None => (None, timestamp),
        };
        let new = slide.at.aggregation.add(&Scene { key, value, timestamp, context }, old.as_ref())?;
        let stored = old.clone().filter(|_| exists);
        self.put_sliding(slide, start, (stored, new), old, latest);
        Ok(())
    }

    /// Puts a window and, unless results wait for the close, sends it.
    fn put_sliding(
        &mut self,
        slide: &Slide<'_>,
        start: i64,
        change: (Option<Value>, Option<Value>),
        old: Option<Value>,
        timestamp: i64,
    ) {
        let (at, key) = (slide.at, &slide.key);
        let (window, new) = (slide.window(start), change.1.clone());
        self.put_window(at, key, window, change, timestamp);
        if at.emit == EmitStrategy::OnWindowUpdate {
            let key = Some(Key::Windowed { key: key.clone(), window });
            self.forward_update(at.node, Flowing { key, new, old, timestamp }, at.context);
        }
    }

    fn drop_late(&mut self, slide: &Slide<'_>, window: Window) {
        let (stream_time, close_time) = (Timestamp(slide.stream_time), Timestamp(slide.close_time));
        let grace_ms = slide.windows.grace_ms();
        let reason = DropReason::LateSlidingWindow { window, stream_time, grace_ms, close_time };
        self.drop(slide.at.node, slide.timestamp(), slide.at.context, reason);
    }
}
