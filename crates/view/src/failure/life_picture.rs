//! Where the stops of a record's life stand.
//!
//! The axis is no scale: between two things that happen lies the more room the longer it took, but a minute does not get
//! sixty times that of a second. The times themselves are written below.

use super::Place;
use super::life::{Life, LifeBar, LifeLane, LifeTick, StopKind};
use crate::layout::{count, rect};
use crate::scene::{Point, Target};
use crate::words;
use millrace_model::Time;

const LANE_H: f32 = 46.0;
const TOP: f32 = 8.0;
const FOOT: f32 = 26.0;
/// Where the picture begins; left of it stand the names of the lanes.
const LEFT: f32 = 148.0;
const RIGHT: f32 = 20.0;

impl Life {
    /// Gives every stop its place; `width` pixels wide, or wider.
    pub(super) fn draw(&mut self, now: Time, width: f32) {
        let is_over = self
            .stops
            .last()
            .is_some_and(|stop| matches!(stop.kind, StopKind::Done | StopKind::GivenUp | StopKind::Dropped));
        let mut times: Vec<Time> =
            self.stops.iter().flat_map(|stop| [Some(stop.at), stop.until]).flatten().collect();
        if !is_over {
            times.push(now);
        }
        times.sort_unstable();
        times.dedup();
        let room = |a: Time, b: Time| match b.since(a).0 / 1_000 {
            0..100 => 14.0,
            100..1_000 => 40.0,
            1_000..10_000 => 84.0,
            10_000..60_000 => 124.0,
            _ => 164.0,
        };
        let needed: f32 =
            times.iter().zip(times.iter().skip(1)).map(|(a, b)| room(*a, *b)).sum::<f32>().max(1.0);
        let width = width.max(320.0);
        let left = if width < 560.0 { 12.0 } else { LEFT };
        let scale = ((width - left - RIGHT - 96.0) / needed).max(0.6);
        let mut x = left + 8.0;
        let mut axis: Vec<(Time, f32)> = Vec::new();
        for (n, at) in times.iter().enumerate() {
            if let Some(before) = n.checked_sub(1).and_then(|n| times.get(n)) {
                x += room(*before, *at) * scale;
            }
            axis.push((*at, x));
        }
        let end = x;
        let x_of = |at: Time| axis.iter().find(|(of, _)| *of == at).map_or(left, |(_, x)| *x);
        let mut lanes: Vec<&Place> = Vec::new();
        for stop in &self.stops {
            if !lanes.contains(&&stop.place) {
                lanes.push(&stop.place);
            }
        }
        let y_of = |place: &Place| {
            let n = lanes.iter().position(|of| *of == place).unwrap_or(0);
            TOP + LANE_H * count(n) + LANE_H / 2.0
        };
        let mut bars = Vec::new();
        let mut hops = Vec::new();
        for (n, stop) in self.stops.iter().enumerate() {
            let (a, y) = (x_of(stop.at), y_of(&stop.place));
            let b = stop.until.map_or(a, x_of);
            bars.push(LifeBar { stop: n, rect: rect(a, y - 9.0, (b - a).max(0.0), 18.0) });
            let before = n.checked_sub(1).and_then(|n| self.stops.get(n));
            if let Some(before) = before.filter(|before| before.place != stop.place) {
                let from =
                    Point { x: before.until.map_or_else(|| x_of(before.at), x_of), y: y_of(&before.place) };
                let to = Point { x: a, y };
                let middle = (from.y + to.y) / 2.0;
                hops.push([from, Point { x: from.x, y: middle }, Point { x: to.x, y: middle }, to]);
            }
        }
        let height = TOP + LANE_H * count(lanes.len()) + FOOT;
        let drawn = lanes.iter().map(|place| LifeLane {
            name: words::place(&place.0, place.1),
            y: y_of(place),
            target: Target::Record(place.0.clone(), place.1),
        });
        let drawn: Vec<LifeLane> = drawn.collect();
        let mut ticks: Vec<LifeTick> = Vec::new();
        for (at, x) in &axis {
            let x = x.round() as i32;
            if ticks.last().is_none_or(|last| x - last.x >= 84) {
                ticks.push(LifeTick {
                    x,
                    text: words::clock(millrace_model::Timestamp(at.timestamp().0 / 100 * 100)),
                });
            }
        }
        self.now = if is_over { -1.0 } else { x_of(now) };
        self.rect = rect(0.0, 0.0, (end + RIGHT + 96.0).max(width), height);
        (self.lanes, self.bars, self.hops, self.ticks) = (drawn, bars, hops, ticks);
    }
}
