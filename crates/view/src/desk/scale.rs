//! A stretch of time along a line of the picture, and round times on it.

use crate::layout::count;
use crate::scene::Tick;
use crate::words;
use millrace_model::Timestamp;

/// Steps between two labels, in milliseconds: what people count time in.
const STEPS: [i64; 19] = [
    10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000, 21_600_000, 86_400_000,
];

/// A linear scale. `from` lies at `start`, `to` at `end`; times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The first time.
    pub from: i64,
    /// The last one.
    pub to: i64,
    /// Where the first one lies.
    pub start: f32,
    /// Where the last one lies.
    pub end: f32,
}

impl Scale {
    /// A scale that shows all of these times with some air at both ends; at least `least` milliseconds of them.
    pub fn over(times: impl Iterator<Item = i64>, least: i64, start: f32, end: f32) -> Option<Scale> {
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(a, b), at| (a.min(at), b.max(at)));
        if first > last {
            return None;
        }
        let air = (last.saturating_sub(first) / 12).max(least / 8);
        let (mut from, mut to) = (first.saturating_sub(air), last.saturating_add(air));
        let short = least.saturating_sub(to.saturating_sub(from));
        if short > 0 {
            from = from.saturating_sub(short / 4);
            to = to.saturating_add(short - short / 4);
        }
        Some(Scale { from: from.max(0), to: to.max(1), start, end })
    }

    /// Where a time lies; not clamped.
    pub fn at(&self, time: i64) -> f32 {
        let part = time.saturating_sub(self.from) as f32 / self.to.saturating_sub(self.from).max(1) as f32;
        self.start + part * (self.end - self.start)
    }

    /// The same, clamped to the scale.
    pub fn clamped(&self, time: i64) -> f32 {
        self.at(time.clamp(self.from, self.to))
    }

    /// The time that lies there, in whole tenths of a second (or whole seconds, where a pixel is more than that).
    pub fn time(&self, at: f32) -> Timestamp {
        let part = (f64::from(at - self.start) / f64::from(self.end - self.start)).clamp(0.0, 1.0);
        let span = self.to.saturating_sub(self.from);
        let time = self.from.saturating_add((part * span as f64) as i64);
        let pixel = span as f32 / (self.end - self.start).abs().max(1.0);
        let round = if pixel > 200.0 { 1_000 } else { 100 };
        Timestamp(time.saturating_add(round / 2) / round * round)
    }

    /// Round times with their labels, no two nearer than `room`.
    pub fn ticks(&self, room: f32) -> Vec<Tick> {
        let span = self.to.saturating_sub(self.from).max(1);
        let length = (self.end - self.start).abs().max(1.0);
        let fits = |step: &i64| *step as f32 / span as f32 * length >= room;
        let step = STEPS.into_iter().find(|step| fits(step)).unwrap_or(span);
        let first = self.from.saturating_add(step - 1) / step * step;
        let most = (length / room) as usize + 1;
        let times = (0..most).filter_map(|n| i64::try_from(n).ok()).map(|n| first.saturating_add(step * n));
        times
            .take_while(|at| *at <= self.to)
            .map(|at| Tick { x: self.at(at), text: words::clock(Timestamp(at)) })
            .collect()
    }

    /// `n` of `of` places between start and end, evenly.
    pub fn place(start: f32, step: f32, n: usize) -> f32 {
        start + step * count(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: &Scale, room: f32) -> Vec<(i32, String)> {
        scale.ticks(room).into_iter().map(|tick| (tick.x.round() as i32, tick.text)).collect()
    }

    #[test]
    fn times_lie_on_the_scale_and_labels_are_round() {
        let scale = Scale { from: 0, to: 60_000, start: 100.0, end: 700.0 };
        assert_eq!((scale.at(0), scale.at(30_000), scale.clamped(90_000)), (100.0, 400.0, 700.0));
        assert_eq!(scale.time(400.0), Timestamp(30_000));
        assert_eq!(scale.time(9.0), Timestamp(0));
        let at: Vec<i32> = texts(&scale, 90.0).into_iter().map(|(x, _)| x).collect();
        assert_eq!(at, [100, 200, 300, 400, 500, 600, 700]);
        // Downwards, as processing time grows.
        let up = Scale { start: 300.0, end: 0.0, ..scale };
        assert_eq!((up.at(0), up.at(60_000), up.time(150.0)), (300.0, 0.0, Timestamp(30_000)));
    }

    #[test]
    fn a_single_moment_has_room_around_it() {
        let scale = Scale::over([10_000].into_iter(), 8_000, 0.0, 80.0).unwrap();
        assert_eq!((scale.from, scale.to), (7_500, 15_500));
        assert_eq!(Scale::over(std::iter::empty(), 8_000, 0.0, 80.0), None);
    }
}
