//! The charts as data: small multiples over one axis of virtual time, with ticks, thresholds and the times at which alarms
//! fired. Nothing here knows a colour.

use super::Metrics;
use super::series::{Line, Unit};
use crate::scene::{Point, Rect};
use crate::words;
use millrace_model::{GroupId, Span, Time};
use millrace_sim::{Gauge, World};
use millrace_words::{Say, measures as say};
use std::sync::Arc;

/// Room for the numbers at the left of a plot.
const LEFT: f32 = 44.0;
/// Room at its right.
const RIGHT: f32 = 8.0;
/// Room above it.
const TOP: f32 = 8.0;
/// Room for the clock below it.
const BELOW: f32 = 18.0;
/// Room that a tick of the clock needs.
const TICK_WIDTH: f32 = 84.0;

/// What all charts share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// How wide one is.
    pub width: f32,
    /// How high.
    pub height: f32,
    /// The time at the left end.
    pub from: Time,
    /// The time at the right end.
    pub until: Time,
}

impl Frame {
    /// Where the lines are.
    pub fn plot(&self) -> Rect {
        Rect {
            x: LEFT,
            y: TOP,
            w: (self.width - LEFT - RIGHT).max(1.0),
            h: (self.height - TOP - BELOW).max(1.0),
        }
    }

    /// Where a moment is.
    pub fn x(&self, at: Time) -> f32 {
        let plot = self.plot();
        let whole = self.until.since(self.from).0.max(1) as f32;
        plot.x + plot.w * (at.since(self.from).0 as f32 / whole).clamp(0.0, 1.0)
    }

    /// Which moment a place stands for.
    pub fn time(&self, x: f32) -> Time {
        let plot = self.plot();
        let share = ((x - plot.x) / plot.w).clamp(0.0, 1.0);
        self.from + Span((self.until.since(self.from).0 as f32 * share) as u64)
    }
}

/// A number on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where: a y on the left axis, an x on the lower one.
    pub at: f32,
    /// What it says.
    pub text: String,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// What is measured.
    pub line: Line,
    /// Pieces without a gap: a gap is a time at which there was nothing to measure.
    pub pieces: Vec<Vec<Point>>,
}

/// The level of an alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Where.
    pub y: f32,
    /// The alarm's name.
    pub name: Arc<str>,
}

/// When an alarm fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The alarm's name.
    pub name: Arc<str>,
    /// From here.
    pub x: f32,
    /// So wide.
    pub w: f32,
    /// When it began.
    pub from: Time,
    /// When it ended; none while it has not.
    pub until: Option<Time>,
}

impl Drawn {
    /// Whether it fired then.
    pub fn is_at(&self, now: Time) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// One chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Its name, the same one for ever.
    pub key: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// The unit of its numbers.
    pub unit: Unit,
    /// Its lines.
    pub trends: Vec<Trend>,
    /// The left axis.
    pub ys: Vec<Tick>,
    /// The lower axis.
    pub xs: Vec<Tick>,
    /// Alarms that watch it.
    pub thresholds: Vec<Threshold>,
    /// When they fired.
    pub fired: Vec<Drawn>,
}

/// What a chart shows: its name, its title, its unit, its lines, and the gauge by which an alarm can watch it.
type Plan = (&'static str, Say, Unit, &'static [Line], Option<Gauge>);

const PLANS: [Plan; 9] = [
    ("throughput", say::throughput, Unit::PerSecond, &[Line::MessagesIn, Line::Consumed], None),
    ("lag", say::consumer_lag, Unit::Records, &[Line::Lag, Line::RecordsLagMax], Some(Gauge::Lag)),
    ("lag-time", say::consumer_lag_in_time, Unit::Seconds, &[Line::LagSeconds], None),
    ("end-to-end", say::end_to_end_latency, Unit::Millis, &[Line::P50, Line::P95, Line::P99], None),
    ("errors", say::error_rate, Unit::Percent, &[Line::Errors], Some(Gauge::ErrorRate)),
    ("retries", say::retries, Unit::PerSecond, &[Line::Retried, Line::Died], None),
    ("letters", say::dead_letters_waiting, Unit::Records, &[Line::Letters], Some(Gauge::Letters)),
    ("letter-age", say::age_of_the_oldest_dead, Unit::Seconds, &[Line::LetterAge], Some(Gauge::LetterAge)),
    ("producers", say::producers, Unit::PerSecond, &[Line::Sent, Line::Resent, Line::SendErrors], None),
];
const LATENCIES: Plan = (
    "latencies",
    say::request_and_commit_latency,
    Unit::Millis,
    &[Line::RequestAvg, Line::RequestMax, Line::CommitAvg],
    None,
);

/// The charts of a group, and of the producers.
pub fn charts(metrics: &Metrics, group: Option<&GroupId>, world: &World, frame: Frame) -> Vec<Chart> {
    let is_drawn = |(.., lines, _): &&Plan| {
        let has = |line: &Line| line.subject() == super::Subject::Producers || group.is_some();
        lines.iter().any(has)
    };
    let plans = PLANS.iter().chain([&LATENCIES]).filter(is_drawn);
    plans.map(|plan| chart(metrics, group, world, frame, plan)).collect()
}

fn chart(metrics: &Metrics, group: Option<&GroupId>, world: &World, frame: Frame, plan: &Plan) -> Chart {
    let (key, title, unit, lines, gauge) = *plan;
    let alarms: Vec<_> = world
        .alerts()
        .filter(|alert| Some(&alert.rule.group) == group && Some(alert.rule.gauge) == gauge)
        .map(|alert| &alert.rule)
        .collect();
    let subject = |line: Line| group.filter(|_| line.subject() == super::Subject::Group);
    let values = |line: Line| {
        let times = metrics.series.times().iter().enumerate();
        times.map(move |(number, at)| (*at, metrics.series.sample(subject(line), line, number)))
    };
    let seen = lines.iter().flat_map(|line| values(*line)).filter_map(|(_, value)| value).max().unwrap_or(0);
    let level = alarms.iter().map(|rule| rule.above.saturating_mul(unit.scale()) * 5 / 4).max().unwrap_or(0);
    let top = unit.top(seen.max(level));
    let plot = frame.plot();
    let y = |value: u64| plot.bottom() - plot.h * (value as f32 / top as f32).min(1.0);
    let trend = |line: &Line| {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        let mut is_open = false;
        for (at, value) in values(*line).filter(|(at, _)| *at >= frame.from && *at <= frame.until) {
            match value {
                Some(value) => {
                    let point = Point { x: frame.x(at), y: y(value) };
                    match pieces.last_mut().filter(|_| is_open) {
                        Some(piece) => piece.push(point),
                        None => pieces.push(vec![point]),
                    }
                    is_open = true;
                }
                None => is_open = false,
            }
        }
        Trend { line: *line, pieces }
    };
    let fired = metrics.fired().iter().filter(|fired| alarms.iter().any(|rule| rule.name == fired.name));
    let end = metrics.series.times().last().copied().unwrap_or(Time::ZERO);
    Chart {
        key,
        title: title(),
        unit,
        trends: lines.iter().map(trend).collect(),
        ys: unit.ticks(top).into_iter().map(|value| Tick { at: y(value), text: unit.text(value) }).collect(),
        xs: clock(frame),
        thresholds: alarms
            .iter()
            .map(|rule| Threshold { y: y(rule.above.saturating_mul(unit.scale())), name: rule.name.clone() })
            .collect(),
        fired: fired
            .map(|fired| {
                let x = frame.x(fired.from);
                let w = (frame.x(fired.until.unwrap_or(end.max(fired.from))) - x).max(2.0);
                Drawn { name: fired.name.clone(), x, w, from: fired.from, until: fired.until }
            })
            .collect(),
    }
}

/// Whole steps of the clock, as many as have room.
fn clock(frame: Frame) -> Vec<Tick> {
    const STEPS: [u64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];
    let room = (frame.plot().w / TICK_WIDTH).max(1.0) as u64;
    let whole = frame.until.since(frame.from).0;
    let step = STEPS.into_iter().find(|step| whole / (step * 1_000_000) <= room);
    let step = step.unwrap_or_else(|| (whole / 1_000_000 / room).max(1)) * 1_000_000;
    let first = frame.from.0.div_ceil(step);
    let ticks = (first..).map(|n| Time(n * step)).take_while(|at| *at <= frame.until);
    ticks
        .map(|at| Tick { at: frame.x(at), text: words::time(at).split('.').next().unwrap_or("").to_owned() })
        .collect()
}

impl Unit {
    /// What one of what is told is in what is counted.
    pub fn scale(self) -> u64 {
        match self {
            Unit::Records => 1,
            Unit::PerSecond | Unit::Millis | Unit::Percent => 1_000,
            Unit::Seconds => 1_000_000,
        }
    }

    /// Its name on an axis.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Records => say::records(),
            Unit::PerSecond => say::records_s(),
            Unit::Millis => "ms",
            Unit::Seconds => "s",
            Unit::Percent => say::of_deliveries(),
        }
    }

    /// A value without its unit, to a tenth below ten.
    pub fn text(self, value: u64) -> String {
        let scale = self.scale();
        let tenths = (value.saturating_mul(10).saturating_add(scale / 2)) / scale;
        match tenths {
            0..100 if !tenths.is_multiple_of(10) => {
                [&*(tenths / 10).to_string(), ".", &(tenths % 10).to_string()].concat()
            }
            _ => ((tenths + 5) / 10).to_string(),
        }
    }

    /// The upper end of an axis: 1, 2, 4, 6 or 10 of a power of ten, not below the largest value.
    fn top(self, largest: u64) -> u64 {
        if self == Unit::Percent {
            return 100_000;
        }
        let mut power = self.scale();
        loop {
            let fits =
                [1, 2, 4, 6, 10].map(|n| power.saturating_mul(n)).into_iter().find(|top| *top >= largest);
            match fits {
                Some(top) => return top,
                None => power = power.saturating_mul(10),
            }
        }
    }

    /// The numbers on an axis: nothing, the half if it is one, and the end.
    fn ticks(self, top: u64) -> Vec<u64> {
        let half = top / 2;
        let has_half = self != Unit::Records || top.is_multiple_of(2);
        [Some(0), has_half.then_some(half), Some(top)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_plain_number() {
        let tops = [0, 1, 2, 3, 5, 7, 11, 43, 99, 101].map(|n| Unit::Records.top(n));
        assert_eq!(tops, [1, 1, 2, 4, 6, 10, 20, 60, 100, 200]);
        assert_eq!(Unit::Records.ticks(1), [0, 1]);
        assert_eq!(Unit::Records.ticks(6), [0, 3, 6]);
    }

    #[test]
    fn values_are_short() {
        assert_eq!(
            [0, 400, 1_000, 3_449, 9_990, 12_600].map(|v| Unit::PerSecond.text(v)),
            ["0", "0.4", "1", "3.4", "10", "13"]
        );
        assert_eq!(Unit::Seconds.text(2_500_000), "2.5");
        assert_eq!(Unit::Percent.text(33_333), "33");
    }

    #[test]
    fn a_place_and_its_moment_belong_together() {
        let frame = Frame { width: 400.0, height: 120.0, from: Time(0), until: Time(15_000_000) };
        for s in 0..=15 {
            let back = frame.time(frame.x(Time(s * 1_000_000)));
            assert!(back.0.abs_diff(s * 1_000_000) < 1_000, "{s}: {back:?}");
        }
        let ticks: Vec<String> = clock(frame).into_iter().map(|tick| tick.text).collect();
        assert_eq!(ticks, ["12:00:00", "12:00:05", "12:00:10", "12:00:15"]);
    }
}
