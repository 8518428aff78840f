//! What follows the playhead between two pictures: tokens along their curves, bars that drain, clocks that empty. A
//! place is a share of virtual time, so pause, slow motion and scrubbing need no code of their own.

use crate::draw::{px, share};
use millrace_model::Time;
use millrace_view::{Drain, Point};

/// One thing that moves.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// Along a curve. With reduced motion it does not travel: it fades in where it will arrive.
    Travel {
        /// At the start from then on.
        depart: Time,
        /// At the end from then on.
        arrive: Time,
        /// Start, two control points, end.
        curve: [Point; 4],
    },
    /// The same for one stretch of a longer way: before and after it nothing is seen, and nothing at all with reduced
    /// motion.
    Stretch {
        /// At the start from then on.
        depart: Time,
        /// Gone from then on.
        arrive: Time,
        /// Start, two control points, end.
        curve: [Point; 4],
    },
    /// A bar that gets shorter; where its left end stands.
    Bar(Drain, Point),
    /// The stroke around a small circle that gets shorter.
    Pie(Drain),
    /// What is left, as a variable for the style sheet.
    Left(Drain),
}

impl Motion {
    /// The attribute that says where it is now, and its value.
    pub fn at(&self, now: Time, is_still: bool) -> (&'static str, String) {
        match self {
            Motion::Travel { depart, arrive, .. } if is_still => {
                ("opacity", share(passed(*depart, *arrive, now)))
            }
            Motion::Travel { depart, arrive, curve } => {
                ("transform", translate(along(*curve, passed(*depart, *arrive, now))))
            }
            Motion::Stretch { depart, arrive, curve } => {
                let is_on_it = *depart <= now && now < *arrive && !is_still;
                let at = along(*curve, passed(*depart, *arrive, now));
                ("transform", if is_on_it { translate(at) } else { "scale(0)".to_owned() })
            }
            Motion::Bar(drain, from) => {
                ("transform", format!("{} scale({} 1)", translate(*from), share(left(drain, now))))
            }
            Motion::Pie(drain) => ("stroke-dashoffset", px(100.0 * (1.0 - left(drain, now)))),
            Motion::Left(drain) => ("style", format!("--left:{}", share(left(drain, now)))),
        }
    }

    /// Where a token stands that does not travel.
    pub fn still(&self) -> Option<(&'static str, String)> {
        match self {
            Motion::Travel { curve: [.., end], .. } => Some(("transform", translate(*end))),
            Motion::Stretch { .. } | Motion::Bar(..) | Motion::Pie(_) | Motion::Left(_) => None,
        }
    }
}

/// A place as an attribute.
fn translate(to: Point) -> String {
    format!("translate({} {})", px(to.x), px(to.y))
}

/// The point on a cubic curve.
pub fn along([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let u = 1.0 - t;
    let mix = |a: f32, b: f32, c: f32, d: f32| {
        u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
    };
    Point { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) }
}

/// How much of the way from one time to another has passed.
pub fn passed(from: Time, until: Time, now: Time) -> f32 {
    let whole = until.since(from).0;
    if whole == 0 {
        return if now >= until { 1.0 } else { 0.0 };
    }
    (now.since(from).0 as f32 / whole as f32).clamp(0.0, 1.0)
}

/// How much of a drain is left.
pub fn left(drain: &Drain, now: Time) -> f32 {
    1.0 - passed(drain.from, drain.until, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_token_begins_and_ends_where_its_curve_does() {
        let curve = [p(0.0, 0.0), p(5.0, 0.0), p(5.0, 10.0), p(10.0, 10.0)];
        let token = Motion::Travel { depart: Time(100), arrive: Time(200), curve };
        let at = |now| token.at(Time(now), false).1;
        assert_eq!(
            [0, 100, 150, 200, 900].map(at),
            ["0 0", "0 0", "5 5", "10 10", "10 10"].map(|xy| format!("translate({xy})"))
        );
        assert_eq!(token.at(Time(150), true), ("opacity", "0.500".to_owned()));
        assert_eq!(token.still(), Some(("transform", "translate(10 10)".to_owned())));
    }

    #[test]
    fn a_stretch_is_seen_only_while_it_is_gone_along() {
        let curve = [p(0.0, 0.0), p(5.0, 0.0), p(5.0, 10.0), p(10.0, 10.0)];
        let token = Motion::Stretch { depart: Time(100), arrive: Time(200), curve };
        let at = |now| token.at(Time(now), false).1;
        assert_eq!(
            [0, 99, 100, 150, 200].map(at),
            ["scale(0)", "scale(0)", "translate(0 0)", "translate(5 5)", "scale(0)"]
        );
        assert_eq!((token.at(Time(150), true).1.as_str(), token.still()), ("scale(0)", None));
    }

    #[test]
    fn what_runs_out_is_empty_at_its_end() {
        let drain = Drain { from: Time(100), until: Time(200), what: "backoff" };
        assert_eq!([0, 100, 150, 200, 900].map(|now| left(&drain, Time(now))), [1.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!(Motion::Pie(drain.clone()).at(Time(150), false), ("stroke-dashoffset", "50".to_owned()));
        assert_eq!(Motion::Bar(drain, p(3.0, 4.0)).at(Time(150), true).1, "translate(3 4) scale(0.500 1)");
    }
}
