//! What a check over settings compares: what each run has come to, as a point, and which of them no other beats (the Pareto
//! front). Two runs that lie within a twentieth of each other in both are as good as each other: what is counted in whole
//! batches is no finer.

use crate::lesson::Task;
use crate::look::Seen;
use millrace_script::Expectation;
use millrace_script::expectation::{Evidence, Operand, Quantity, Value};
use millrace_script::over::{Over, Variation};
use millrace_sim::Timeline;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// With which settings; the first run has the learner's own.
    pub world: Variation,
    /// What there should be more of.
    pub more: Value,
    /// What there should be less of.
    pub less: Value,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    /// What there should be more of.
    pub more: Quantity,
    /// What there should be less of.
    pub less: Quantity,
    /// The runs so far.
    pub points: Vec<Point>,
    check: Expectation,
    line: usize,
}

impl Curve {
    /// What a task compares, if it does.
    pub(crate) fn of(task: &Task) -> Option<Curve> {
        let Some(Over::Settings(..)) = task.check.over() else { return None };
        task.check.checks().find_map(|(line, check)| match &check.quantity {
            Quantity::Beaten(of) => {
                let (more, less) = (of.0.clone(), of.1.clone());
                Some(Curve { more, less, points: Vec::new(), check: check.clone(), line })
            }
            _ => None,
        })
    }

    pub(crate) fn push(&mut self, world: &Variation, timeline: &Timeline) {
        let value = |quantity: &Quantity| quantity.value(timeline).unwrap_or(Value::None);
        self.points.push(Point { world: world.clone(), more: value(&self.more), less: value(&self.less) });
    }

    /// Whether no other run beats that one.
    pub fn is_front(&self, n: usize) -> bool {
        self.points.get(n).is_some_and(|point| self.beating(point).next().is_none())
    }

    fn beating<'a>(&'a self, point: &'a Point) -> impl Iterator<Item = &'a Point> {
        self.points.iter().skip(1).filter(move |other| other.beats(point))
    }

    /// The run that beats the learner's and takes the least, and what it says of the check; nothing if the check holds.
    pub(crate) fn judge(&self) -> Option<(Variation, Seen)> {
        let own = self.points.first()?;
        let count = self.beating(own).count();
        let Operand::Value(wanted) = &self.check.operand else { return None };
        let found = Value::Number(i64::try_from(count).unwrap_or(i64::MAX));
        if self.check.comparison.holds(&found, wanted) {
            return None;
        }
        let best = self.beating(own).min_by_key(|point| amount(&point.less)).unwrap_or(own);
        let which = best.world.settings.as_ref().map_or("", |(_, settings)| settings);
        let unmet = format!(
            "expected {}, but it is {count}: with {which} {} is {} and {} {}, here they are {} and {}",
            self.check, self.more, best.more, self.less, best.less, own.more, own.less
        );
        let seen = Seen {
            line: self.line,
            check: self.check.clone(),
            unmet: Some(unmet),
            evidence: Evidence::default(),
        };
        Some((best.world.clone(), seen))
    }
}

impl Point {
    /// Both as numbers, durations in µs; none if the run came to nothing.
    pub fn amounts(&self) -> Option<(i64, i64)> {
        Some((amount(&self.more)?, amount(&self.less)?))
    }

    /// No worse in either, and clearly better in one; what came to nothing beats nothing.
    fn beats(&self, other: &Point) -> bool {
        let Some((more, less)) = self.amounts() else { return false };
        let Some((their_more, their_less)) = other.amounts() else { return true };
        let is_clear = more * 20 >= their_more * 21 || less * 21 <= their_less * 20;
        more >= their_more && less <= their_less && is_clear
    }
}

fn amount(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Span(span) => i64::try_from(span.0).ok(),
        Value::Time(_) | Value::Text(_) | Value::None => None,
    }
}
