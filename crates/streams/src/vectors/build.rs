//! A case's operations as calls of the topology builder.

use super::json::{int, items, member, text, text_of};
use super::{Problem, malformed};
use crate::data::Value;
use crate::topology::builder::{
    Cogrouped, Grouped, Materialized, Stream, Table, Windowed, WindowedCogrouped,
};
use crate::topology::function::{
    Aggregation, Aggregator, FlatMapper, KeyMapper, KeyValueMapper, Merger, Predicate, Reducer, ValueMapper,
};
use crate::topology::{
    BufferFull, EmitStrategy, GlobalTable, GroupedTable, SessionWindows, SlidingWindows, SuppressUntil,
    TimeWindows, Topology, TopologyBuilder, TopologyError, Windows,
};
use millrace_expr::Value as Json;
use millrace_model::{Map, TopicName};

/// What an operation's id stands for.
#[derive(Clone)]
pub(super) enum Handle {
    Stream(Stream),
    Grouped(Grouped),
    Windowed(Windowed),
    Cogrouped(Cogrouped),
    WindowedCogrouped(WindowedCogrouped),
    Table(Table),
    GroupedTable(GroupedTable),
    GlobalTable(GlobalTable),
    Nothing,
}

/// What stops a case from being built.
pub(super) enum Stop {
    Refused(TopologyError),
    Problem(Problem),
}

impl From<TopologyError> for Stop {
    fn from(error: TopologyError) -> Stop {
        Stop::Refused(error)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

pub(super) fn not_modelled(what: &str) -> Stop {
    Stop::Problem(Problem::NotModelled(what.to_owned()))
}

pub(super) type Handles = Map<String, Handle>;

/// The topology, or what the builder says against it.
pub(super) fn topology(of: &Json) -> Result<Result<Topology, TopologyError>, Problem> {
    let mut builder = TopologyBuilder::new("app").with_config(super::tables::config(of)?);
    let mut handles = Handles::new();
    for op in items(member(of, "ops").unwrap_or(&Json::Null)) {
        match apply(&mut builder, &handles, op) {
            Ok(made) => handles.extend(made),
            Err(Stop::Refused(error)) => return Ok(Err(error)),
            Err(Stop::Problem(problem)) => return Err(problem),
        }
    }
    Ok(Ok(builder.build()))
}

fn apply(b: &mut TopologyBuilder, handles: &Handles, op: &Json) -> Result<Vec<(String, Handle)>, Stop> {
    let name = text(op, "op").unwrap_or("");
    let id = text(op, "id").unwrap_or("").to_owned();
    let from = member(op, "in").and_then(text_of).unwrap_or("");
    let input = handles.get(from).cloned().unwrap_or(Handle::Nothing);
    let f = || member(op, "f").ok_or_else(|| malformed("no f"));
    let p = || member(op, "p").ok_or_else(|| malformed("no p"));
    let made = match (name, input) {
        ("stream", _) => {
            let topics: Vec<TopicName> = match member(op, "topics") {
                Some(topics) => items(topics).iter().filter_map(text_of).map(TopicName::from).collect(),
                None => text(op, "topic").into_iter().map(TopicName::from).collect(),
            };
            Handle::Stream(b.stream(&topics)?)
        }
        ("filter", Handle::Stream(s)) => Handle::Stream(b.filter(s, predicate(p()?)?, false)?),
        ("filter_not", Handle::Stream(s)) => Handle::Stream(b.filter(s, predicate(p()?)?, true)?),
        ("map_values", Handle::Stream(s)) => Handle::Stream(b.map_values(s, value_mapper(f()?)?)?),
        ("select_key", Handle::Stream(s)) => Handle::Stream(b.select_key(s, key_mapper(f()?)?)?),
        ("map", Handle::Stream(s)) => Handle::Stream(b.map(s, key_value_mapper(f()?)?)?),
        ("flat_map", Handle::Stream(s)) => Handle::Stream(b.flat_map(s, FlatMapper::Words)?),
        ("flat_map_values", Handle::Stream(s)) => Handle::Stream(b.flat_map_values(s, FlatMapper::Words)?),
        ("peek", Handle::Stream(s)) => Handle::Stream(b.peek(s, "")?),
        ("merge", _) => {
            let mut merged = None;
            for part in items(member(op, "in").unwrap_or(&Json::Null)).iter().filter_map(text_of) {
                let Some(Handle::Stream(s)) = handles.get(part).cloned() else {
                    return Err(malformed("merge").into());
                };
                merged = Some(match merged {
                    None => s,
                    Some(before) => b.merge(before, s)?,
                });
            }
            merged.map_or(Handle::Nothing, Handle::Stream)
        }
        ("branch", Handle::Stream(s)) => return branch(b, s, op),
        ("to_stream", Handle::Table(t)) => Handle::Stream(b.to_stream(t)?),
        ("to", Handle::Stream(s)) if text(op, "topic").is_some() => {
            b.to(s, &text(op, "topic").unwrap_or("").into())?;
            Handle::Nothing
        }
        ("group_by_key", Handle::Stream(s)) => Handle::Grouped(b.group_by_key(s, text(op, "name"))),
        ("group_by", Handle::Stream(s)) => {
            Handle::Grouped(b.group_by(s, key_mapper(f()?)?, text(op, "name"))?)
        }
        ("cogroup", _) => Handle::Cogrouped(cogroup(b, handles, op)?),
        ("window", Handle::Grouped(g)) => {
            let (windows, emit) = window(op)?;
            Handle::Windowed(b.windowed_by(g, windows, emit))
        }
        ("window", Handle::Cogrouped(c)) => {
            let (windows, _) = window(op)?;
            Handle::WindowedCogrouped(b.cogroup_windowed_by(c, windows))
        }
        ("aggregate", Handle::Cogrouped(c)) => {
            Handle::Table(b.aggregate_cogroup(c, init(op)?, materialized(op))?)
        }
        ("aggregate", Handle::WindowedCogrouped(w)) => {
            let merger = member(op, "merger").map(merger).transpose()?;
            Handle::Table(b.aggregate_windowed_cogroup(w, init(op)?, merger, materialized(op))?)
        }
        ("count" | "reduce" | "aggregate", Handle::Grouped(g)) => {
            Handle::Table(b.aggregate(g, aggregation(name, op)?, materialized(op))?)
        }
        ("count" | "reduce" | "aggregate", Handle::Windowed(w)) => {
            let aggregation = aggregation(name, op)?;
            Handle::Table(match member(op, "merger") {
                Some(f) => b.aggregate_sessions(w, aggregation, merger(f)?, materialized(op))?,
                None => b.aggregate_windows(w, aggregation, materialized(op))?,
            })
        }
        ("suppress", Handle::Table(t)) => Handle::Table(suppress(b, t, op)?),
        ("join" | "join_table" | "join_global" | "join_tables" | "fk_join", _) => {
            super::tables::join(b, handles, op)?
        }
        (name, input) => super::tables::apply(b, input, name, op)?,
    };
    Ok(vec![(id, made)])
}

fn branch(b: &mut TopologyBuilder, s: Stream, op: &Json) -> Result<Vec<(String, Handle)>, Stop> {
    let (mut ids, mut predicates) = (Vec::new(), Vec::new());
    for pair in items(member(op, "branches").unwrap_or(&Json::Null)) {
        let [id, p] = items(pair) else { return Err(malformed("branches").into()) };
        ids.push(text_of(id).unwrap_or("").to_owned());
        predicates.push(predicate(p)?);
    }
    let default = text(op, "default");
    ids.extend(default.map(str::to_owned));
    let streams = b.split(s, predicates, default.is_some())?;
    Ok(ids.into_iter().zip(streams.into_iter().map(Handle::Stream)).collect())
}

fn cogroup(b: &mut TopologyBuilder, handles: &Handles, op: &Json) -> Result<Cogrouped, Stop> {
    let ids = items(member(op, "in").unwrap_or(&Json::Null)).iter().filter_map(text_of);
    let functions = items(member(op, "fs").unwrap_or(&Json::Null));
    let mut groups = Vec::new();
    for (id, f) in ids.zip(functions) {
        let Some(Handle::Grouped(grouped)) = handles.get(id).cloned() else {
            return Err(malformed("cogroup").into());
        };
        groups.push((grouped, aggregator(text(f, "f").unwrap_or(""))?));
    }
    Ok(b.cogroup(groups))
}

fn window(op: &Json) -> Result<(Windows, EmitStrategy), Stop> {
    let size = int(op, "size_ms").unwrap_or(0);
    let grace = int(op, "grace_ms").unwrap_or(0);
    let windows = match text(op, "type") {
        Some("tumbling") => TimeWindows::tumbling(size, grace)?.into(),
        Some("hopping") => {
            TimeWindows::tumbling(size, grace)?.advance_by(int(op, "advance_ms").unwrap_or(0))?.into()
        }
        Some("sliding") => SlidingWindows::new(size, grace)?.into(),
        Some("session") => SessionWindows::new(int(op, "gap_ms").unwrap_or(0), grace)?.into(),
        other => return Err(not_modelled(&format!("{} windows", other.unwrap_or("?")))),
    };
    let emit = match member(op, "emit_final") {
        Some(Json::Bool(true)) => EmitStrategy::OnWindowClose,
        _ => EmitStrategy::OnWindowUpdate,
    };
    Ok((windows, emit))
}

fn suppress(b: &mut TopologyBuilder, t: Table, op: &Json) -> Result<Table, Stop> {
    let name = text(op, "name");
    let max = int(op, "max_records").and_then(|n| usize::try_from(n).ok());
    Ok(match text(op, "kind") {
        Some("until_window_closes") => b.suppress_until_window_closes(t, name, max)?,
        _ => {
            let until = SuppressUntil::TimeLimit { ms: int(op, "ms").unwrap_or(0) };
            b.suppress(t, until, max, BufferFull::Emit, name)?
        }
    })
}

pub(super) fn materialized(op: &Json) -> Materialized {
    Materialized { store: text(op, "store").map(str::to_owned), retention_ms: int(op, "retention_ms") }
}

fn aggregation(name: &str, op: &Json) -> Result<Aggregation, Stop> {
    let f = member(op, "f").and_then(|f| text(f, "f")).unwrap_or("");
    Ok(match name {
        "count" => Aggregation::Count,
        "reduce" => Aggregation::Reduce(reducer(f)?),
        _ => Aggregation::Aggregate { init: init(op)?, aggregator: aggregator(f)? },
    })
}

pub(super) fn init(op: &Json) -> Result<Value, Stop> {
    let init = member(op, "init").ok_or_else(|| malformed("no init"))?;
    match (text_of(init), super::json::integer(init)) {
        (Some(text), _) => Ok(Value::text(text)),
        (None, Some(n)) => Ok(Value::Long(n)),
        (None, None) => Err(malformed("init").into()),
    }
}

fn merger(f: &Json) -> Result<Merger, Stop> {
    Ok(match text(f, "f").unwrap_or("") {
        "concat" => Merger::Concat,
        "sum" => Merger::Sum,
        other => return Err(not_modelled(&format!("merger {other}"))),
    })
}

pub(super) fn reducer(name: &str) -> Result<Reducer, Stop> {
    Ok(match name {
        "concat" => Reducer::Concat,
        "sum" => Reducer::Sum,
        "sub" => Reducer::Subtract,
        "max" => Reducer::Max,
        "min" => Reducer::Min,
        "last" => Reducer::Last,
        "first" => Reducer::First,
        "remove" => Reducer::Remove,
        "null_on_x" => Reducer::NullOnX,
        other => return Err(not_modelled(&format!("reducer {other}"))),
    })
}

pub(super) fn aggregator(name: &str) -> Result<Aggregator, Stop> {
    Ok(match name {
        "concat" => Aggregator::Concat,
        "remove" => Aggregator::Remove,
        "kv" => Aggregator::KeyValue,
        "sum" => Aggregator::Sum,
        "sub" => Aggregator::Subtract,
        "sum_len" => Aggregator::SumLength,
        "null_on_x" => Aggregator::NullOnX,
        other => return Err(not_modelled(&format!("aggregator {other}"))),
    })
}

pub(super) fn predicate(p: &Json) -> Result<Predicate, Stop> {
    let s = || text(p, "s").unwrap_or("").to_owned();
    let n = || int(p, "n").unwrap_or(0);
    Ok(match text(p, "p").unwrap_or("") {
        "true" => Predicate::True,
        "false" => Predicate::False,
        "value_contains" => Predicate::ValueContains(s()),
        "value_len_gt" => Predicate::ValueLongerThan(n()),
        "value_num_even" => Predicate::ValueEven,
        "value_num_gt" => Predicate::ValueGreaterThan(n()),
        "value_null" => Predicate::ValueNull,
        "key_eq" => Predicate::KeyIs(s()),
        "key_lt" => Predicate::KeyBelow(s()),
        other => return Err(not_modelled(&format!("predicate {other}"))),
    })
}

pub(super) fn value_mapper(f: &Json) -> Result<ValueMapper, Stop> {
    let s = || text(f, "s").unwrap_or("").to_owned();
    Ok(match text(f, "f").unwrap_or("") {
        "upper" => ValueMapper::Upper,
        "append" => ValueMapper::Append(s()),
        "len" => ValueMapper::Length,
        "const" => ValueMapper::Const(s()),
        "null" => ValueMapper::Null,
        "str" => ValueMapper::Text,
        "num" => ValueMapper::Number,
        "with_key" => ValueMapper::WithKey,
        "identity" => ValueMapper::Identity,
        other => return Err(not_modelled(&format!("value mapper {other}"))),
    })
}

pub(super) fn key_mapper(f: &Json) -> Result<KeyMapper, Stop> {
    let s = || text(f, "s").unwrap_or("").to_owned();
    let n = || int(f, "n").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Ok(match text(f, "f").unwrap_or("") {
        "key_from_value" => KeyMapper::FromValue,
        "value_prefix" => KeyMapper::ValuePrefix(n()),
        "key_prefix" => KeyMapper::KeyPrefix(n()),
        "key_append" => KeyMapper::Append(s()),
        "window_key" => KeyMapper::WindowText,
        "window_inner_key" => KeyMapper::WindowInner,
        "const" => KeyMapper::Const(s()),
        "identity" => KeyMapper::Identity,
        "null" => KeyMapper::Null,
        "value_before" => KeyMapper::ValueBefore(s()),
        other => return Err(not_modelled(&format!("key mapper {other}"))),
    })
}

pub(super) fn key_value_mapper(f: &Json) -> Result<KeyValueMapper, Stop> {
    let part = |name: &str| member(f, name).ok_or_else(|| malformed("rekey"));
    Ok(match text(f, "f").unwrap_or("") {
        "swap" => KeyValueMapper::Swap,
        "rekey" => {
            KeyValueMapper::Rekey { key: key_mapper(part("key")?)?, value: value_mapper(part("value")?)? }
        }
        other => return Err(not_modelled(&format!("key-value mapper {other}"))),
    })
}
