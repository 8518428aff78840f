//! Aggregations: `count`, `reduce`, `aggregate`, `cogroup`, and the stores that they keep.

use super::call::{Chain, text, without_record};
use super::stages::{Shape, with};
use super::types::{Types, ValueType};
use crate::language::{Fold, Stage};
use crate::topology::Windows;
use millrace_expr::Expr;
use millrace_expr::java::{Unsaid, java_text};

/// `Materialized.as(…)` if the store was given a name. Java has to be told the types before the name.
pub(super) fn named(chain: &mut Chain, types: &Types, store: &str) -> Option<String> {
    let name = java_text(&chain.store.take()?);
    let (key, value) = (types.key.serde(), types.value.serde());
    let made = ["Materialized.<", &types.names(), ", ", store, "<Bytes, byte[]>>as(", &name, ")"].concat();
    Some([&made, ".withKeySerde(", &key, ").withValueSerde(", value, ")"].concat())
}

/// The same, or without a name.
pub(super) fn materialized(chain: &mut Chain, types: &Types, store: &str) -> String {
    named(chain, types, store).unwrap_or_else(|| with("Materialized", types))
}

/// What a cogroup's streams are added with: that of the aggregation behind.
pub(super) struct Aggregator {
    pub cogroup: &'static str,
    pub text: String,
}

pub(super) fn aggregator(rest: &[Stage]) -> Result<Aggregator, Unsaid> {
    for stage in rest {
        let stage = match stage {
            Stage::Stored(stage, _) => stage,
            stage => stage,
        };
        let text = match stage {
            Stage::Sum(expr) => adder(expr)?,
            Stage::Fold(Fold::Aggregate { add, .. }) => aggregated(add)?,
            Stage::Count => break,
            _ => continue,
        };
        return Ok(Aggregator { cogroup: "<String>cogroup", text });
    }
    Ok(Aggregator { cogroup: "<Long>cogroup", text: "(key, value, count) -> count + 1".to_owned() })
}

fn adder(expr: &Expr) -> Result<String, Unsaid> {
    Ok(["(key, value, sum) -> sum(sum, ", &without_record(expr)?.to_java()?, ")"].concat())
}

/// An `Aggregator`.
fn aggregated(expr: &Expr) -> Result<String, Unsaid> {
    Ok(["(key, value, aggregate) -> ", &text(without_record(expr)?)?].concat())
}

/// A `Reducer`, whose result is what it is given: text or count.
fn reducer(expr: &Expr, of: ValueType) -> Result<String, Unsaid> {
    let result = match of {
        ValueType::Text => text(expr)?,
        ValueType::Count => ["whole(", &expr.to_java()?, ")"].concat(),
    };
    Ok(["(aggregate, value) -> ", &result].concat())
}

fn first(init: &Expr) -> String {
    ["() -> ", &java_text(&crate::language::first(init).to_text())].concat()
}

pub(super) fn aggregate(
    chain: &mut Chain,
    types: Types,
    windows: Option<Windows>,
    cogrouped: bool,
    stage: &Stage,
) -> Result<Shape, Unsaid> {
    let sessions = matches!(windows, Some(Windows::Session(_)));
    let value = match stage {
        Stage::Count => ValueType::Count,
        Stage::Fold(Fold::Reduce { .. }) => types.value,
        _ => ValueType::Text,
    };
    let (mut arguments, merger) = match stage {
        Stage::Fold(Fold::Reduce { add, .. }) => (vec![reducer(add, value)?], None),
        Stage::Fold(Fold::Aggregate { init, add, merge, .. }) => {
            let merger = match merge {
                Some(expr) => Some(["(key, aggregate, value) -> ", &text(expr)?].concat()),
                None => None,
            };
            (vec![first(init), aggregated(add)?], merger)
        }
        Stage::Sum(expr) => {
            let merger = "(key, left, right) -> sum(left, num(right))".to_owned();
            (vec!["() -> \"0\"".to_owned(), adder(expr)?], Some(merger))
        }
        _ => {
            let init = if cogrouped { vec!["() -> 0L".to_owned()] } else { Vec::new() };
            (init, Some("(key, left, right) -> left + right".to_owned()))
        }
    };
    let counts = *stage == Stage::Count && !cogrouped;
    if cogrouped {
        // Each stream has brought its aggregator.
        arguments.truncate(1);
    }
    if sessions && !counts {
        arguments.extend(merger);
    }
    let store = match &windows {
        None => "KeyValueStore",
        Some(Windows::Session(_)) => "SessionStore",
        Some(Windows::Time(_) | Windows::Sliding(_)) => "WindowStore",
    };
    arguments.push(materialized(chain, &Types { value, ..types.clone() }, store));
    let name = match stage {
        Stage::Fold(Fold::Reduce { .. }) => "reduce",
        _ if counts => "count",
        _ => "aggregate",
    };
    chain.call(name, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let key = match &windows {
        None => types.key,
        Some(windows) => types.key.windowed(windows),
    };
    Ok(Shape::Table(Types { key, value }))
}

/// Of a grouped table, whose rows leave again.
pub(super) fn aggregate_table(chain: &mut Chain, types: Types, stage: &Stage) -> Result<Shape, Unsaid> {
    let value = match stage {
        Stage::Count => ValueType::Count,
        Stage::Fold(Fold::Reduce { .. }) => types.value,
        _ => ValueType::Text,
    };
    let (name, mut arguments) = match stage {
        Stage::Fold(Fold::Reduce { add, subtract }) => {
            let subtract = subtract.as_ref().unwrap_or(add);
            ("reduce", vec![reducer(add, value)?, reducer(subtract, value)?])
        }
        Stage::Fold(Fold::Aggregate { init, add, subtract, .. }) => {
            let subtract = subtract.as_ref().unwrap_or(add);
            ("aggregate", vec![first(init), aggregated(add)?, aggregated(subtract)?])
        }
        Stage::Sum(expr) => {
            let number = without_record(expr)?.to_java()?;
            let change = |name: &str| ["(key, value, sum) -> ", name, "(sum, ", &number, ")"].concat();
            ("aggregate", vec!["() -> \"0\"".to_owned(), change("sum"), change("less")])
        }
        _ => ("count", Vec::new()),
    };
    let types = Types { value, ..types };
    arguments.push(materialized(chain, &types, "KeyValueStore"));
    chain.call(name, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    Ok(Shape::Table(types))
}
