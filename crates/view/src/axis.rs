//! The axis of event time: which stretch of it a board shows, and where a timestamp lies on it.

use crate::layout::count;
use crate::scene::{Rect, Tick};
use crate::words;
use millrace_model::Timestamp;
use millrace_streams::topology::TimeWindows;

/// The narrowest window on screen, and the narrowest label.
const SLOT: f32 = 88.0;
/// Most windows side by side.
const SLOTS: usize = 8;
/// Most hopping windows one above the other; those between are left out.
const FLOORS: usize = 4;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The first timestamp in sight.
    pub from: i64,
    /// The first one that is not.
    pub to: i64,
    plot: Rect,
    windows: TimeWindows,
}

impl Axis {
    /// The stretch that ends one window after the one that holds `latest`.
    pub fn of(plot: Rect, windows: TimeWindows, latest: Timestamp) -> Axis {
        let size = windows.size_ms();
        let slots = crate::layout::fitting(plot.w, SLOT).clamp(2, SLOTS);
        let start = latest.0.max(0) / windows.advance_ms() * windows.advance_ms();
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
        let overlap = self.windows.size_ms() / self.windows.advance_ms().max(1)
            + i64::from(self.windows.size_ms() % self.windows.advance_ms().max(1) != 0);
        usize::try_from(overlap).unwrap_or(1).clamp(1, FLOORS)
    }

    /// On which floor of its row a window stands; none if it is out of sight or one of those left out.
    pub fn floor(&self, start: i64) -> Option<usize> {
        let end = start.saturating_add(self.windows.size_ms());
        if start < self.from || end > self.to {
            return None;
        }
        let advance = self.windows.advance_ms().max(1);
        let overlap = (self.windows.size_ms() + advance - 1) / advance;
        let turn = usize::try_from(start / advance % overlap.max(1)).ok()?;
        (turn < self.floors()).then_some(turn)
    }

    /// A label at each border between two windows' lengths, as many as have room.
    pub fn ticks(&self) -> Vec<Tick> {
        let size = self.windows.size_ms().max(1);
        let slots = usize::try_from((self.to - self.from) / size).unwrap_or(1).max(1);
        let every = if self.plot.w / count(slots) < 72.0 { 2 } else { 1 };
        let borders = (0..=slots).step_by(every).filter_map(|n| i64::try_from(n).ok());
        borders
            .map(|n| self.from.saturating_add(size.saturating_mul(n)))
            .map(|at| Tick { x: self.clamped(at), text: words::clock(Timestamp(at)) })
            .collect()
    }
}
