//! Runs with several settings as points of one picture: what there should be more of across, what there should be less of
//! upwards, and the front of those that no other beats. Nothing here knows a colour, or what is measured.

use crate::metrics::Tick;
use crate::scene::{Point, Rect};

/// Room for the numbers at the left of the plot.
const LEFT: f32 = 52.0;
/// Room at its right, for a number beside a dot.
const RIGHT: f32 = 24.0;
/// Room above it.
const TOP: f32 = 14.0;
/// Room for the numbers below it.
const BELOW: f32 = 20.0;
/// Dots that are nearer have one label.
const NEAR: f32 = 7.0;
/// Steps of an axis at most.
const STEPS: i64 = 4;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What it is called in the picture: a number, short.
    pub name: String,
    /// What there should be more of.
    pub more: i64,
    /// What there should be less of.
    pub less: i64,
    /// Whether it is the learner's own.
    pub is_own: bool,
    /// Whether no other beats it.
    pub is_front: bool,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// The place.
    pub at: Point,
    /// Its name, and those of the runs that came to the same; empty for those.
    pub label: String,
    /// Whether it is the learner's own.
    pub is_own: bool,
    /// Whether no other beats it.
    pub is_front: bool,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// All of it.
    pub rect: Rect,
    /// Where the dots are.
    pub plot: Rect,
    /// The runs, in their order.
    pub dots: Vec<Dot>,
    /// The front, from left to right.
    pub front: Vec<Point>,
    /// Below the plot.
    pub xs: Vec<Tick>,
    /// At its left.
    pub ys: Vec<Tick>,
}

/// The picture of some runs, `width` wide; how the numbers are said, across and upwards.
pub fn scatter(runs: &[Run], width: f32, across: fn(i64) -> String, upwards: fn(i64) -> String) -> Scatter {
    let rect = Rect { x: 0.0, y: 0.0, w: width, h: width * 0.6 };
    let plot =
        Rect { x: LEFT, y: TOP, w: (width - LEFT - RIGHT).max(1.0), h: (rect.h - TOP - BELOW).max(1.0) };
    let step = |of: fn(&Run) -> i64| step(runs.iter().map(of).max().unwrap_or(0));
    let (right, up) = (step(|run| run.more), step(|run| run.less));
    let part = |value: i64, step: i64| value.max(0) as f32 / (step * STEPS) as f32;
    let x = |value: i64| plot.x + plot.w * part(value, right);
    let y = |value: i64| plot.bottom() - plot.h * part(value, up);
    let at = |run: &Run| Point { x: x(run.more), y: y(run.less) };
    let is_near = |a: Point, b: Point| (a.x - b.x).abs() < NEAR && (a.y - b.y).abs() < NEAR;
    let dot = |(n, run): (usize, &Run)| {
        let here = at(run);
        let is_first = runs.iter().take(n).all(|before| !is_near(at(before), here));
        let same = runs.iter().skip(n).filter(|other| is_first && is_near(at(other), here));
        let label = same.map(|run| run.name.as_str()).collect::<Vec<_>>().join(" ");
        Dot { at: here, label, is_own: run.is_own, is_front: run.is_front }
    };
    let mut front: Vec<&Run> = runs.iter().filter(|run| run.is_front).collect();
    millrace_model::collections::sort::sort_by_key(&mut front, |run| (run.more, run.less));
    let ticks = |step: i64, at: &dyn Fn(i64) -> f32, text: fn(i64) -> String| {
        (0..=STEPS).map(|n| Tick { at: at(n * step), text: text(n * step) }).collect()
    };
    Scatter {
        rect,
        plot,
        dots: runs.iter().enumerate().map(|(n, run)| dot((n, run))).collect(),
        front: front.into_iter().map(at).collect(),
        xs: ticks(right, &x, across),
        ys: ticks(up, &y, upwards),
    }
}

/// The least plain step (1, 2 or 5 and noughts) of which so many reach `most`.
fn step(most: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for step in [unit, unit.saturating_mul(2), unit.saturating_mul(5)] {
            if step.saturating_mul(STEPS) >= most {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, more: i64, less: i64, is_front: bool) -> Run {
        Run { name: name.to_owned(), more, less, is_own: name == "you", is_front }
    }

    #[test]
    fn an_axis_ends_at_a_plain_number() {
        let steps = [0, 1, 4, 5, 9, 790, 2_001, 123_456].map(step);
        assert_eq!(steps, [1, 1, 1, 2, 5, 200, 1_000, 50_000]);
    }

    #[test]
    fn runs_that_came_to_the_same_have_one_label_and_the_front_goes_from_left_to_right() {
        let runs = [
            run("you", 300, 60, true),
            run("1", 100, 90, false),
            run("2", 800, 120, true),
            run("3", 300, 60, true),
        ];
        let picture = scatter(&runs, 400.0, |n| n.to_string(), |n| format!("{n} ms"));
        let labels: Vec<&str> = picture.dots.iter().map(|dot| dot.label.as_str()).collect();
        assert_eq!(labels, ["you 3", "1", "2", ""]);
        let xs: Vec<f32> = picture.front.iter().map(|point| point.x).collect();
        assert!(xs.is_sorted() && xs.len() == 3, "{xs:?}");
        let texts = |ticks: &[Tick]| ticks.iter().map(|tick| tick.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&picture.xs), ["0", "200", "400", "600", "800"]);
        assert_eq!(texts(&picture.ys), ["0 ms", "50 ms", "100 ms", "150 ms", "200 ms"]);
        // The quickest is lowest, the one that carries most farthest right.
        let [you, slow, most, _] = picture.dots.as_slice() else { panic!() };
        assert!(you.at.y > slow.at.y && slow.at.y > most.at.y && most.at.x > you.at.x);
        assert_eq!(most.at.x, picture.plot.right());
    }
}
