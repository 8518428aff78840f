//! The axis of event time: which stretch of it a board shows, and where a timestamp lies on it.

use crate::layout::count;
use crate::scene::{Rect, Tick};
use crate::words;
use millrace_model::Timestamp;
use millrace_streams::Window;
use millrace_streams::topology::Windows;

/// The narrowest window on screen, and the narrowest label.
const SLOT: f32 = 88.0;
/// Most windows side by side.
const SLOTS: usize = 8;
/// Most hopping windows one above the other; those between are left out.
const FLOORS: usize = 4;

/// The narrowest bar of a session.
const NARROWEST: f32 = 24.0;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The first timestamp in sight.
    pub from: i64,
    /// The first one that is not.
    pub to: i64,
    plot: Rect,
    windows: Windows,
}

impl Axis {
    /// The stretch that ends one window after the one that holds `latest`. Windows that are not aligned (sliding ones,
    /// sessions) are shown over multiples of their length.
    pub fn of(plot: Rect, windows: Windows, latest: Timestamp) -> Axis {
        let size = windows.length_ms().max(1);
        let slots = crate::layout::fitting(plot.w, SLOT).clamp(2, SLOTS);
        let step = match windows {
            Windows::Time(time) => time.advance_ms().max(1),
            Windows::Sliding(_) | Windows::Session(_) => size,
        };
        let start = latest.0.max(0) / step * step;
        let to = start.saturating_add(size.saturating_mul(2));
        let from = to.saturating_sub(size.saturating_mul(i64::try_from(slots).unwrap_or(2)));
        Axis { from, to, plot, windows }
    }

    /// Where a timestamp lies; not clamped.
    pub fn x(&self, at: i64) -> f32 {
        let part = at.saturating_sub(self.from) as f32 / (self.to.saturating_sub(self.from).max(1)) as f32;
        self.plot.x + part * self.plot.w
    }

    /// The same, clamped to the plot.
    pub fn clamped(&self, at: i64) -> f32 {
        self.x(at).clamp(self.plot.x, self.plot.right())
    }

    /// How many windows lie one above the other in a row: those that overlap.
    pub fn floors(&self) -> usize {
        match self.windows {
            Windows::Time(_) => usize::try_from(self.overlap()).unwrap_or(1).clamp(1, FLOORS),
            Windows::Sliding(_) => FLOORS,
            // Two sessions of one key that touched each other would be one.
            Windows::Session(_) => 1,
        }
    }

    /// How many windows hold one moment, of windows that are aligned.
    fn overlap(&self) -> i64 {
        let Windows::Time(time) = self.windows else { return 1 };
        let advance = time.advance_ms().max(1);
        (time.size_ms() + advance - 1) / advance
    }

    /// On which floor of its row an aligned window stands; none if it is out of sight or one of those left out.
    pub fn floor(&self, start: i64) -> Option<usize> {
        let Windows::Time(time) = self.windows else { return None };
        let end = start.saturating_add(time.size_ms());
        if start < self.from || end > self.to {
            return None;
        }
        let turn = usize::try_from(start / time.advance_ms().max(1) % self.overlap().max(1)).ok()?;
        (turn < self.floors()).then_some(turn)
    }

    /// The floor of each window of a row, in the order of their starts: aligned windows have their own, the others the
    /// lowest that is free. None for one that is out of sight or that no floor has room for.
    pub fn stacked(&self, windows: impl Iterator<Item = Window>) -> Vec<Option<usize>> {
        let mut ends = [i64::MIN; FLOORS];
        let floors = self.floors();
        let place = |window: Window| {
            if let Windows::Time(_) = self.windows {
                return self.floor(window.start.0);
            }
            self.span(window)?;
            let free = ends.iter().take(floors).position(|end| *end < window.start.0)?;
            if let Some(end) = ends.get_mut(free) {
                *end = window.end.0;
            }
            Some(free)
        };
        windows.map(place).collect()
    }

    /// Where a window begins and ends, as far as it is in sight. A session of one record has no length: it gets what its
    /// value needs.
    pub fn span(&self, window: Window) -> Option<(f32, f32)> {
        if window.end.0 < self.from || window.start.0 >= self.to {
            return None;
        }
        let (left, right) = (self.clamped(window.start.0), self.clamped(window.end.0));
        match self.windows {
            Windows::Time(_) | Windows::Sliding(_) => Some((left, right)),
            Windows::Session(_) => {
                let right = right.max(left + NARROWEST).min(self.plot.right());
                Some((left.min(right - NARROWEST), right))
            }
        }
    }

    /// A label at each border between two windows' lengths, as many as have room.
    pub fn ticks(&self) -> Vec<Tick> {
        let size = self.windows.length_ms().max(1);
        let slots = usize::try_from((self.to - self.from) / size).unwrap_or(1).max(1);
        let every = if self.plot.w / count(slots) < 72.0 { 2 } else { 1 };
        let borders = (0..=slots).step_by(every).filter_map(|n| i64::try_from(n).ok());
        borders
            .map(|n| self.from.saturating_add(size.saturating_mul(n)))
            .map(|at| Tick { x: self.clamped(at), text: words::clock(Timestamp(at)) })
            .collect()
    }
}
