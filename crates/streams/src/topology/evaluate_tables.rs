//! What joiners and aggregations of grouped tables compute.

use super::evaluate::{Scene, key_text, sum_of, text};
use super::function::{Joiner, TableAggregation};
use crate::data::{Key, Value};
use millrace_expr::{EvalError, Map as Object, Value as Json};

impl Joiner {
    /// Both values as one.
    pub fn join(&self, key: Option<&Key>, left: Option<&Value>, right: Option<&Value>) -> Option<Value> {
        let pair = || format!("{}|{}", text(left), text(right));
        match self {
            Self::Object => {
                let json = |value: Option<&Value>| match value {
                    None => Json::Null,
                    Some(value) => {
                        let text = value.to_text();
                        millrace_expr::json::parse(&text).unwrap_or_else(|_| Json::text(&text))
                    }
                };
                let members = vec![("left".into(), json(left)), ("right".into(), json(right))];
                Some(Value::text(Json::Map(Object::from_entries(members).into()).to_string()))
            }
            Self::Pair => Some(Value::text(pair())),
            Self::PairWithKey => Some(Value::text(format!("{}:{}", key_text(key), pair()))),
            Self::NullIfRightX if text(right) == "x" => None,
            Self::NullIfRightX => Some(Value::text(pair())),
        }
    }
}

impl TableAggregation {
    /// The new aggregate: without the value that has gone, with the one that has come.
    ///
    /// # Errors
    /// A sum whose expression has no answer or is no number, or that is too large.
    pub fn change(
        &self,
        scene: &Scene<'_>,
        gone: Option<&Value>,
        come: Option<&Value>,
        stored: Option<&Value>,
    ) -> Result<Option<Value>, EvalError> {
        let without = match (gone, stored) {
            (Some(gone), Some(stored)) => self.step(&Scene { value: Some(gone), ..*scene }, stored, true)?,
            _ => stored.cloned(),
        };
        let Some(come) = come else { return Ok(without) };
        let before = match (without, self) {
            (Some(without), _) => without,
            (None, Self::Reduce { .. }) => return Ok(Some(come.clone())),
            (None, Self::Count) => Value::Long(0),
            (None, Self::Sum(_)) => Value::Number(millrace_expr::Decimal::ZERO),
            (None, Self::Aggregate { init, .. }) => init.clone(),
        };
        self.step(&Scene { value: Some(come), ..*scene }, &before, false)
    }

    fn step(&self, scene: &Scene<'_>, aggregate: &Value, take: bool) -> Result<Option<Value>, EvalError> {
        Ok(match self {
            Self::Count => {
                let Value::Long(count) = aggregate else { return Ok(Some(Value::Long(1))) };
                Some(Value::Long(count.wrapping_add(if take { -1 } else { 1 })))
            }
            Self::Sum(expr) => Some(sum_of(expr, scene, Some(aggregate), take)?),
            Self::Reduce { adder, subtractor } => {
                let reducer = if take { subtractor } else { adder };
                reducer.reduce(Some(aggregate), scene.value)?
            }
            Self::Aggregate { adder, subtractor, .. } => {
                let aggregator = if take { subtractor } else { adder };
                aggregator.add(scene, Some(aggregate))?
            }
        })
    }
}
