//! A rebalance as a chart: one lane for each member, time from left to right, the phases above, shaded where nobody reads.

use crate::paint::{Motion, Node, node};
use crate::stage::draw::{boxed, fit_small, g, moved, px, stroke, text, tip};
use millrace_model::{Span, Time};
use millrace_view::rebalance::{MoveKind, PhaseKind, Rebalance, Still};
use millrace_view::{Point, Rect, words};
use millrace_words::groups as say;

/// Where names end and time begins.
const LEFT: f32 = 62.0;
const RIGHT: f32 = 14.0;
const PHASES_H: f32 = 20.0;
const LANE_H: f32 = 30.0;
const AXIS_H: f32 = 20.0;
/// Signs of one lane that would hide each other stand side by side, this far apart.
const SIGN: f32 = 11.0;
/// Lanes that are drawn.
const LANES: usize = 10;

/// A stretch of time and the width that it is drawn on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The left end.
    pub from: Time,
    /// The right end.
    pub until: Time,
    /// The chart's width.
    pub width: f32,
}

impl Scale {
    /// A scale that leaves a little room before a time, and after it enough to say who reads what then.
    pub fn around(from: Time, until: Time, width: f32) -> Scale {
        let whole = until.since(from).0;
        Scale {
            from: from - Span((whole / 16).max(2_000)),
            until: until + Span((whole / 8).max(4_000)),
            width,
        }
    }

    fn x(&self, at: Time) -> f32 {
        let room = (self.width - LEFT - RIGHT).max(1.0);
        let whole = self.until.since(self.from).0.max(1) as f32;
        let at = at.max(self.from).min(self.until);
        LEFT + room * (at.since(self.from).0 as f32 / whole)
    }

    /// The left and right end of a stretch of time; what goes on ends with the chart.
    fn range(&self, from: Time, until: Option<Time>) -> (f32, f32) {
        (self.x(from), self.x(until.unwrap_or(self.until)))
    }

    /// Distance between two marks of the axis: 1, 2 or 5 of something.
    fn tick(&self) -> Span {
        let whole = self.until.since(self.from).0;
        let wanted = (whole / 6).max(1);
        let mut unit = 1_u64;
        while unit.saturating_mul(10) <= wanted {
            unit *= 10;
        }
        let step = [1, 2, 5, 10].into_iter().map(|n| unit.saturating_mul(n)).find(|step| *step >= wanted);
        Span(step.unwrap_or(unit))
    }
}

/// How high the chart of a rebalance is.
pub fn height(rebalance: &Rebalance) -> f32 {
    PHASES_H + 6.0 + rebalance.lanes.len().min(LANES) as f32 * LANE_H + AXIS_H
}

/// The chart. `zero` is where the axis begins to count; `differs` names members that fare otherwise beside it.
pub fn chart(
    rebalance: &Rebalance,
    still: &[Still],
    scale: Scale,
    zero: Time,
    hue: u8,
    differs: &[String],
) -> Node {
    let high = height(rebalance);
    let top = PHASES_H + 6.0;
    let bottom = high - AXIS_H;
    let lanes = rebalance.lanes.iter().take(LANES).enumerate();
    let travel = |from: f32, until: f32| {
        let at = |part: f32| Point { x: from + (until - from) * part, y: 0.0 };
        // Control points at the thirds: the place is a straight share of time.
        [at(0.0), at(1.0 / 3.0), at(2.0 / 3.0), at(1.0)]
    };
    let head = stroke("now", format!("M0 0V{}", px(bottom)));
    node("svg")
        .set("class", format!("swim group-{hue}"))
        .set("viewBox", format!("0 0 {} {}", px(scale.width), px(high)))
        .set("width", px(scale.width))
        .set("height", px(high))
        .child(g("stills").children(still.iter().map(|s| standstill(s, scale, top, bottom)).collect()))
        .child(g("axis").children(axis(scale, zero, top, bottom)))
        .child(g("phases").children(phases(rebalance, scale)))
        .child(
            g("lanes").children(
                lanes
                    .map(|(n, l)| {
                        lane(l, scale, top + n as f32 * LANE_H, differs.iter().any(|d| **d == *l.member))
                    })
                    .collect(),
            ),
        )
        .child(g("head").child(head).moving(Motion::Travel {
            depart: scale.from,
            arrive: scale.until,
            curve: travel(scale.x(scale.from), scale.x(scale.until)),
        }))
}

fn standstill(still: &Still, scale: Scale, top: f32, bottom: f32) -> Node {
    let (x, end) = scale.range(still.from, still.until);
    let w = (end - x).max(2.0);
    let class = if still.is_all() { "still is-all" } else { "still" };
    let says = say::nobody_reads_of_partitions(&still.stopped, still.of as u64);
    g(class).child(tip(says.clone())).child(boxed(
        "shade",
        Rect { x, y: top - 2.0, w, h: bottom - top + 2.0 },
        "2",
    ))
}

fn axis(scale: Scale, zero: Time, top: f32, bottom: f32) -> Vec<Node> {
    let step = scale.tick();
    let mut at = zero;
    while at.0 >= scale.from.0.saturating_add(step.0) && at.0 >= step.0 {
        at = at - step;
    }
    let mut ticks = Vec::new();
    while at <= scale.until && ticks.len() < 40 {
        if at >= scale.from {
            let x = scale.x(at);
            let label = match at < zero {
                true => format!("−{}", words::span(zero.since(at))),
                false if at == zero => "0".to_owned(),
                false => words::span(at.since(zero)),
            };
            ticks.push(stroke("tick", format!("M{} {}V{}", px(x), px(top - 2.0), px(bottom + 3.0))));
            ticks.push(text("small tick-label", x, bottom + 15.0, label));
        }
        at += step;
    }
    ticks
}

fn phases(rebalance: &Rebalance, scale: Scale) -> Vec<Node> {
    let phase = |phase: &millrace_view::rebalance::Phase| {
        let (x, end) = scale.range(phase.from, phase.until);
        let rect = Rect { x, y: 0.0, w: (end - x - 1.0).max(1.5), h: PHASES_H };
        let name = phase.kind.name();
        let label = (rect.w > 44.0).then(|| text("small", rect.x + 6.0, 14.0, fit_small(name, rect.w - 8.0)));
        let class = match phase.kind {
            PhaseKind::PreparingRebalance | PhaseKind::Assigning => "phase is-first",
            PhaseKind::CompletingRebalance | PhaseKind::Reconciling => "phase is-second",
            PhaseKind::Settling => "phase is-last",
        };
        g(class)
            .child(tip(format!("{name}: {}", phase.kind.says())))
            .child(boxed("band", rect, "3"))
            .maybe(label)
    };
    rebalance.phases.iter().map(phase).collect()
}

fn lane(lane: &millrace_view::rebalance::Lane, scale: Scale, y: f32, differs: bool) -> Node {
    let middle = y + LANE_H / 2.0;
    let base = stroke("rail", format!("M{} {}H{}", px(LEFT), px(middle), px(scale.width - RIGHT)));
    let moves = lane.moves.iter().filter(|m| m.at >= scale.from && m.at <= scale.until);
    let places = side_by_side(moves.clone().map(|m| scale.x(m.at)), scale.width - RIGHT);
    let placed: Vec<_> = places.into_iter().zip(moves).collect();
    let stretches = lane.stretches.iter().map(|stretch| {
        let (x, end) = scale.range(stretch.from, stretch.until);
        let rect = Rect { x, y: y + 5.0, w: (end - x).max(1.5), h: LANE_H - 10.0 };
        let short: Vec<String> = stretch.partitions.iter().map(words::partition).collect();
        let says = words::partitions(stretch.partitions.iter());
        let short = short.join(" ");
        let from = beside_signs(x + 7.0, short.chars().count() as f32 * 7.0, placed.iter().map(|(x, _)| *x));
        let label = (end - from > 20.0)
            .then(|| text("small owns", from, middle + 4.0, fit_small(&short, end - from - 3.0)));
        g("stretch").child(tip(say::reads(&says))).child(boxed("bar", rect, "4")).maybe(label)
    });
    let signs = placed.iter().map(|(x, m)| {
        let what = format!("{} {} {}", lane.member, m.kind.word(), m.partitions);
        g("sign-at").child(tip(format!("{} · {}", m.at, what.trim()))).child(sign(m.kind, *x, middle))
    });
    let signs = signs.collect();
    let class = if differs { "lane differs" } else { "lane" };
    let name = if differs { format!("{} ≠", lane.member) } else { lane.member.to_string() };
    g(class)
        .key(lane.member.to_string())
        .child(base)
        .child(text("small lane-name", 0.0, middle + 4.0, fit_small(&name, LEFT - 4.0)))
        .children(stretches.collect())
        .children(signs)
}

/// Signs that would hide each other one beside the other, none beyond `end`.
fn side_by_side(wanted: impl Iterator<Item = f32>, end: f32) -> Vec<f32> {
    let mut places: Vec<f32> = Vec::new();
    for x in wanted {
        places.push(places.last().map_or(x, |last| x.max(last + SIGN)));
    }
    let mut end = end;
    for place in places.iter_mut().rev() {
        *place = place.min(end);
        end = *place - SIGN;
    }
    places
}

/// Where a label begins that would begin at `from`, were there no signs in its way.
fn beside_signs(from: f32, width: f32, signs: impl Iterator<Item = f32>) -> f32 {
    const HALF: f32 = 7.0;
    // From left to right: what makes way for one sign may run into the next.
    signs.fold(from, |from, x| if x + HALF > from && x - HALF < from + width { x + HALF + 2.0 } else { from })
}

/// A circle with a sign in it: never colour alone.
fn sign(kind: MoveKind, x: f32, y: f32) -> Node {
    let (class, d) = match kind {
        MoveKind::Asked => ("sign asked", ""),
        MoveKind::Joined => ("sign joined", ""),
        MoveKind::Revoked => ("sign revoked", "M-2.5 0H2.5"),
        MoveKind::Assigned => ("sign assigned", "M-2.5 0H2.5M0-2.5V2.5"),
        MoveKind::Lost | MoveKind::Out | MoveKind::Down => ("sign gone", "M-2-2 2 2M2-2-2 2"),
    };
    g(class)
        .set("transform", moved(x, y))
        .child(node("circle").is("r", "5"))
        .maybe((!d.is_empty()).then(|| node("path").is("d", d)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(ms: u64) -> Scale {
        Scale { from: Time(0), until: Time(ms * 1_000), width: 600.0 }
    }

    #[test]
    fn ticks_are_round() {
        let ticks = [140, 3_000, 45_000].map(|ms| words::span(scale(ms).tick()));
        assert_eq!(ticks, ["50 ms", "500 ms", "10 s"]);
    }

    #[test]
    fn signs_stand_side_by_side_and_before_the_end() {
        assert_eq!(side_by_side([10.0, 50.0].into_iter(), 100.0), [10.0, 50.0]);
        assert_eq!(side_by_side([10.0, 12.0, 12.0].into_iter(), 100.0), [10.0, 21.0, 32.0]);
        assert_eq!(side_by_side([10.0, 95.0, 97.0].into_iter(), 100.0), [10.0, 89.0, 100.0]);
    }

    #[test]
    fn labels_make_way_for_signs() {
        assert_eq!(beside_signs(10.0, 40.0, [100.0].into_iter()), 10.0);
        assert_eq!(beside_signs(10.0, 40.0, [4.0, 15.0, 26.0, 90.0].into_iter()), 35.0);
    }

    #[test]
    fn time_ends_at_the_charts_ends() {
        let scale = scale(100);
        assert_eq!(scale.x(Time(0)), LEFT);
        assert_eq!(scale.range(Time(50_000), None), (LEFT + 524.0 / 2.0, 600.0 - RIGHT));
        assert_eq!(scale.x(Time(9_000_000)), 600.0 - RIGHT);
    }
}
