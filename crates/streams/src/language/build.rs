//! What a pipeline builds: one call of the DSL for each stage, in their order.

use super::{Stage, split};
use crate::topology::builder::{Grouped, Materialized, Stream, Table};
use crate::topology::function::{
    Aggregation, FlatMapper, KeyMapper, KeyValueMapper, Merger, Predicate, TableAggregation, ValueMapper,
};
use crate::topology::{
    BufferFull, CustomWindows, EmitStrategy, GroupedTable, SuppressUntil, TopologyBuilder, TopologyError,
    Windows,
};
use millrace_expr::Expr;

/// What a pipeline has built so far.
pub(super) enum Built {
    Nothing,
    Stream(Stream),
    /// One grouped stream, or several that are cogrouped.
    Grouped(Vec<Grouped>),
    Windowed(Vec<Grouped>, Windows, EmitStrategy),
    CustomWindowed(Grouped, CustomWindows),
    Table(Table),
    GroupedTable(GroupedTable),
}

/// One call of the DSL for each stage.
pub(super) fn build(builder: &mut TopologyBuilder, stages: &[Stage]) -> Result<(), TopologyError> {
    let mut built = Built::Nothing;
    for stage in stages {
        built = match stage {
            Stage::Stored(stage, name) => {
                let materialized = Materialized { store: Some(name.to_string()), retention_ms: None };
                step(builder, built, stage, materialized)?
            }
            stage => step(builder, built, stage, Materialized::default())?,
        };
    }
    Ok(())
}

fn step(
    builder: &mut TopologyBuilder,
    built: Built,
    stage: &Stage,
    materialized: Materialized,
) -> Result<Built, TopologyError> {
    // A table becomes a stream where a stream is needed, as `toStream()` does.
    let built = match (built, stage) {
        (Built::Table(table), Stage::SuppressUntilWindowCloses(_) | Stage::SuppressUntilTimeLimit(..)) => {
            Built::Table(table)
        }
        (Built::Table(table), Stage::Tables(stage)) if stage.of_table() => Built::Table(table),
        (Built::Table(table), _) => Built::Stream(builder.to_stream(table)?),
        (other, _) => other,
    };
    Ok(match (built, stage) {
        (built, Stage::Tables(stage)) => stage.build(builder, built, materialized)?,
        (Built::GroupedTable(g), Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            Built::Table(builder.aggregate_table(g, of_rows(stage), materialized)?)
        }
        (_, Stage::Stream(topic)) => Built::Stream(builder.stream(std::slice::from_ref(topic))?),
        (Built::Stream(s), Stage::Filter(e)) => {
            let (predicate, not) = filter(e);
            Built::Stream(builder.filter(s, predicate, not)?)
        }
        (Built::Stream(s), Stage::Map(e)) => Built::Stream(builder.map(s, KeyValueMapper::Expr(e.clone()))?),
        (Built::Stream(s), Stage::FlatMap(e)) => {
            Built::Stream(builder.flat_map(s, FlatMapper::Expr(e.clone()))?)
        }
        (Built::Stream(s), Stage::FlatMapValues(e)) => {
            Built::Stream(builder.flat_map_values(s, FlatMapper::Expr(e.clone()))?)
        }
        (Built::Stream(s), Stage::Peek(label)) => Built::Stream(builder.peek(s, label)?),
        (Built::Stream(s), Stage::MapValues(e)) => {
            Built::Stream(builder.map_values(s, ValueMapper::Expr(e.clone()))?)
        }
        (Built::Stream(s), Stage::SelectKey(e)) => {
            Built::Stream(builder.select_key(s, KeyMapper::Expr(e.clone()))?)
        }
        (Built::Stream(s), Stage::GroupByKey) => Built::Grouped(vec![builder.group_by_key(s, None)]),
        (Built::Stream(s), Stage::GroupBy(e)) => {
            Built::Grouped(vec![builder.group_by(s, KeyMapper::Expr(e.clone()), None)?])
        }
        (Built::Grouped(mut groups), Stage::Cogroup(topic, by)) => {
            let stream = builder.stream(std::slice::from_ref(topic))?;
            groups.push(match by {
                None => builder.group_by_key(stream, None),
                Some(e) => builder.group_by(stream, KeyMapper::Expr(e.clone()), None)?,
            });
            Built::Grouped(groups)
        }
        (Built::Grouped(groups), Stage::Window(w)) => windowed(groups, *w),
        (Built::Grouped(groups), Stage::SlidingWindow(w)) => windowed(groups, *w),
        (Built::Grouped(groups), Stage::SessionWindow(w)) => windowed(groups, *w),
        (Built::Grouped(mut groups), Stage::CustomWindow(windows)) => match groups.pop() {
            Some(grouped) => Built::CustomWindowed(grouped, windows.clone()),
            None => Built::Nothing,
        },
        (Built::CustomWindowed(grouped, windows), Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            let (aggregation, merger) = of_records(stage);
            Built::Table(builder.aggregate_custom(grouped, windows, aggregation, merger, materialized)?)
        }
        (Built::Windowed(groups, w, _), Stage::Emit(emit)) => Built::Windowed(groups, w, *emit),
        (Built::Grouped(groups), Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            Built::Table(aggregate(builder, groups, None, stage, materialized)?)
        }
        (Built::Windowed(groups, w, emit), Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            Built::Table(aggregate(builder, groups, Some((w, emit)), stage, materialized)?)
        }
        (Built::Table(t), Stage::SuppressUntilWindowCloses(most)) => {
            Built::Table(builder.suppress_until_window_closes(t, None, most.and_then(records))?)
        }
        (Built::Table(t), Stage::SuppressUntilTimeLimit(ms, bound)) => {
            let until = SuppressUntil::TimeLimit { ms: *ms };
            let (most, full) = bound.map_or((None, BufferFull::Emit), |(n, full)| (records(n), full));
            Built::Table(builder.suppress(t, until, most, full, None)?)
        }
        (Built::Stream(s), Stage::Detect(pattern)) => Built::Stream(builder.detect(s, pattern.clone())?),
        (Built::Stream(s), Stage::Split(split)) => {
            split::build(builder, s, split)?;
            Built::Nothing
        }
        (Built::Stream(s), Stage::To(topic)) => {
            builder.to(s, topic)?;
            Built::Stream(s)
        }
        (Built::Stream(s), Stage::ToBy(e)) => {
            builder.to_dynamic(s, KeyMapper::Expr(e.clone()))?;
            Built::Stream(s)
        }
        // The parser lets no other order through.
        (other, _) => other,
    })
}

fn windowed(groups: Vec<Grouped>, windows: impl Into<Windows>) -> Built {
    Built::Windowed(groups, windows.into(), EmitStrategy::OnWindowUpdate)
}

fn records(most: u32) -> Option<usize> {
    usize::try_from(most).ok()
}

/// `filterNot` of what is negated as a whole.
pub(super) fn filter(expr: &Expr) -> (Predicate, bool) {
    match expr.negated() {
        Some(inner) => (Predicate::Expr(inner), true),
        None => (Predicate::Expr(expr.clone()), false),
    }
}

/// One grouped stream aggregates by itself, several as a cogroup.
fn aggregate(
    builder: &mut TopologyBuilder,
    mut groups: Vec<Grouped>,
    windows: Option<(Windows, EmitStrategy)>,
    stage: &Stage,
    materialized: Materialized,
) -> Result<Table, TopologyError> {
    let (aggregation, merger) = of_records(stage);
    match (groups.pop(), windows) {
        (Some(one), None) if groups.is_empty() => builder.aggregate(one, aggregation, materialized),
        (Some(one), Some((windows, emit))) if groups.is_empty() => {
            let windowed = builder.windowed_by(one, windows, emit);
            match merger {
                Some(merger) => builder.aggregate_sessions(windowed, aggregation, merger, materialized),
                None => builder.aggregate_windows(windowed, aggregation, materialized),
            }
        }
        (last, windows) => {
            groups.extend(last);
            let windows = windows.map(|(windows, _)| windows);
            builder.aggregate_together(groups, windows, &aggregation, merger, materialized)
        }
    }
}

/// What is done with a stream's records, and how two sessions become one.
fn of_records(stage: &Stage) -> (Aggregation, Option<Merger>) {
    let aggregation = match stage {
        Stage::Fold(fold) => return fold.of_records(),
        Stage::Sum(expr) => Aggregation::Sum(expr.clone()),
        _ => Aggregation::Count,
    };
    let merger = Merger::of(&aggregation);
    (aggregation, merger)
}

/// What is done with the rows of a grouped table.
fn of_rows(stage: &Stage) -> TableAggregation {
    match stage {
        Stage::Fold(fold) => fold.of_rows(),
        Stage::Sum(expr) => TableAggregation::Sum(expr.clone()),
        _ => TableAggregation::Count,
    }
}
