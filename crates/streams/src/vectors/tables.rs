//! The operations of tables, joins and processors as calls of the topology builder.

use super::build::{
    Handle, Handles, Stop, aggregator, key_mapper, key_value_mapper, materialized, not_modelled, predicate,
    reducer, value_mapper,
};
use super::json::{int, items, member, text, text_of};
use super::{Problem, malformed};
use crate::data::Value;
use crate::topology::builder::Materialized;
use crate::topology::function::{Joiner, TableAggregation};
use crate::topology::processor::{Processor, Punctuation, PunctuationType};
use crate::topology::{JoinType, JoinWindows, Optimization, StreamJoined, StreamsConfig, TopologyBuilder};
use millrace_expr::Value as Json;

/// The application's settings.
pub(super) fn config(of: &Json) -> Result<StreamsConfig, Problem> {
    let mut config = StreamsConfig {
        outer_join_emit_interval_ms: 0,
        windowed_emit_interval_ms: 0,
        ..StreamsConfig::default()
    };
    let Some(Json::Map(settings)) = member(of, "config") else { return Ok(config) };
    for (name, value) in settings.iter() {
        match name {
            "statestore.cache.max.bytes" => {
                config.caching = super::json::integer(value).is_some_and(|n| n > 0)
            }
            "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__" => {
                config.outer_join_emit_interval_ms = super::json::integer(value).unwrap_or(0);
            }
            "__emit.interval.ms.kstreams.windowed.aggregation__" => {
                config.windowed_emit_interval_ms = super::json::integer(value).unwrap_or(0);
            }
            "topology.optimization" if text_of(value) == Some("all") => {
                config.optimization = Optimization::All
            }
            "topology.optimization" if text_of(value) == Some("none") => {}
            _ => return Err(Problem::NotModelled("config".to_owned())),
        }
    }
    Ok(config)
}

/// An operation with one input.
pub(super) fn apply(b: &mut TopologyBuilder, input: Handle, name: &str, op: &Json) -> Result<Handle, Stop> {
    let f = || member(op, "f").ok_or_else(|| malformed("no f"));
    let p = || member(op, "p").ok_or_else(|| malformed("no p"));
    let store = || Materialized { store: text(op, "store").map(str::to_owned), retention_ms: None };
    Ok(match (name, input) {
        ("table", _) if int(op, "versioned_ms").is_some() => {
            let (topic, store) = (text(op, "topic").unwrap_or(""), text(op, "store").unwrap_or(""));
            Handle::Table(b.versioned_table(&topic.into(), store, int(op, "versioned_ms").unwrap_or(0))?)
        }
        ("table", _) => Handle::Table(b.table(&text(op, "topic").unwrap_or("").into(), store())?),
        ("global_table", _) => {
            Handle::GlobalTable(b.global_table(&text(op, "topic").unwrap_or("").into(), store())?)
        }
        ("filter", Handle::Table(t)) => Handle::Table(b.filter_table(t, predicate(p()?)?, false, store())?),
        ("filter_not", Handle::Table(t)) => {
            Handle::Table(b.filter_table(t, predicate(p()?)?, true, store())?)
        }
        ("map_values", Handle::Table(t)) => {
            Handle::Table(b.map_table_values(t, value_mapper(f()?)?, store())?)
        }
        ("to_table", Handle::Stream(s)) => Handle::Table(b.to_table(s, store())?),
        ("group_by", Handle::Table(t)) => {
            Handle::GroupedTable(b.group_table(t, key_value_mapper(f()?)?, text(op, "name"))?)
        }
        ("count" | "reduce" | "aggregate", Handle::GroupedTable(g)) => {
            Handle::Table(b.aggregate_table(g, table_aggregation(name, op)?, materialized(op))?)
        }
        ("to", Handle::Stream(s)) => {
            b.to_dynamic(s, key_mapper(f()?)?)?;
            Handle::Nothing
        }
        ("repartition", Handle::Stream(s)) => {
            let partitions = int(op, "partitions").and_then(|n| u32::try_from(n).ok());
            Handle::Stream(b.repartition(s, text(op, "name"), partitions)?)
        }
        ("process", Handle::Stream(s)) => Handle::Stream(b.process(s, processor(op)?, text(op, "store"))?),
        _ => return Err(not_modelled(name)),
    })
}

/// An operation with two inputs.
pub(super) fn join(b: &mut TopologyBuilder, handles: &Handles, op: &Json) -> Result<Handle, Stop> {
    let mut inputs = items(member(op, "in").unwrap_or(&Json::Null)).iter().filter_map(text_of);
    let mut input = || inputs.next().and_then(|id| handles.get(id)).cloned().unwrap_or(Handle::Nothing);
    let (left, right) = (input(), input());
    let join_type = match text(op, "type") {
        Some("left") => JoinType::Left,
        Some("outer") => JoinType::Outer,
        _ => JoinType::Inner,
    };
    let is_left = join_type == JoinType::Left;
    let joiner = match member(op, "f").and_then(|f| text(f, "f")) {
        Some("pair") => Joiner::Pair,
        Some("pair_key") => Joiner::PairWithKey,
        Some("null_if_right_x") => Joiner::NullIfRightX,
        other => return Err(not_modelled(&format!("joiner {}", other.unwrap_or("?")))),
    };
    Ok(match (text(op, "op").unwrap_or(""), left, right) {
        ("join", Handle::Stream(l), Handle::Stream(r)) => {
            let difference = int(op, "diff_ms").unwrap_or(0);
            let mut windows = JoinWindows::new(difference, int(op, "grace_ms").unwrap_or(0))?;
            if let Some(before) = int(op, "before_ms") {
                windows = windows.before(before)?;
            }
            if let Some(after) = int(op, "after_ms") {
                windows = windows.after(after)?;
            }
            let owned = |name: &str| text(op, name).map(str::to_owned);
            let joined = StreamJoined { name: owned("name"), store: owned("store") };
            Handle::Stream(b.join(l, r, join_type, windows, joiner, &joined)?)
        }
        ("join_table", Handle::Stream(s), Handle::Table(t)) => {
            Handle::Stream(b.join_table(s, t, is_left, joiner, text(op, "name"), int(op, "grace_ms"))?)
        }
        ("join_global", Handle::Stream(s), Handle::GlobalTable(t)) => {
            let key = key_mapper(member(op, "key").ok_or_else(|| malformed("no key"))?)?;
            Handle::Stream(b.join_global(s, t, is_left, key, joiner)?)
        }
        ("join_tables", Handle::Table(l), Handle::Table(r)) => {
            Handle::Table(b.join_tables(l, r, join_type, joiner, Some(materialized(op)))?)
        }
        ("fk_join", Handle::Table(l), Handle::Table(r)) => {
            let key = key_mapper(member(op, "fk").ok_or_else(|| malformed("no fk"))?)?;
            Handle::Table(b.join_foreign_key(l, r, is_left, key, joiner, materialized(op))?)
        }
        (name, ..) => return Err(not_modelled(name)),
    })
}

fn processor(op: &Json) -> Result<Processor, Stop> {
    let ms = |name: &str| int(op, name).unwrap_or(0);
    let time = match text(op, "time") {
        Some("wall") => PunctuationType::WallClockTime,
        _ => PunctuationType::StreamTime,
    };
    let punctuation = Punctuation { time, interval_ms: ms("interval_ms") };
    Ok(match text(op, "kind").unwrap_or("") {
        "context" => Processor::Context,
        "shift_ts" => Processor::ShiftTimestamp { ms: ms("ms") },
        "tick" => Processor::Tick(punctuation),
        "count_punctuate" => {
            let reset = member(op, "reset") == Some(&Json::Bool(true));
            Processor::CountAndPunctuate { punctuation, reset }
        }
        "dedup" => Processor::Deduplicate { ttl_ms: ms("ttl_ms") },
        other => return Err(not_modelled(&format!("processor {other}"))),
    })
}

fn table_aggregation(name: &str, op: &Json) -> Result<TableAggregation, Stop> {
    let function = |of: &str| member(op, of).and_then(|f| text(f, "f")).unwrap_or("");
    Ok(match name {
        "count" => TableAggregation::Count,
        "reduce" => TableAggregation::Reduce {
            adder: reducer(function("f"))?,
            subtractor: reducer(function("subtract"))?,
        },
        _ => {
            let init = member(op, "init").ok_or_else(|| malformed("no init"))?;
            let init = match (text_of(init), super::json::integer(init)) {
                (Some(text), _) => Value::text(text),
                (None, Some(n)) => Value::Long(n),
                (None, None) => return Err(malformed("init").into()),
            };
            let (adder, subtractor) = (aggregator(function("f"))?, aggregator(function("subtract"))?);
            TableAggregation::Aggregate { init, adder, subtractor }
        }
    })
}
