//! The pipe language: one line of text that maps one to one to the Kafka Streams DSL.
//!
//! ```text
//! stream orders | filter value.amount > 0 | group by key | window tumbling 10s grace 2s | count
//!     | suppress until window closes | to per-customer
//! ```
//!
//! | stage | DSL |
//! |---|---|
//! | `stream TOPIC` | `builder.stream(topic)` |
//! | `filter EXPR` | `filter` |
//! | `filter not (EXPR)` | `filterNot`, which makes the same node |
//! | `map values EXPR` | `mapValues`: a text as it is, everything else as JSON |
//! | `select key EXPR` | `selectKey` |
//! | `group by key`, `group by EXPR` | `groupByKey`, `groupBy` |
//! | `window tumbling SIZE [grace TIME]` | `windowedBy(TimeWindows.ofSizeAndGrace)`; without grace `ofSizeWithNoGrace` |
//! | `window hopping SIZE every ADVANCE [grace TIME]` | the same with `advanceBy` |
//! | `window sliding DIFFERENCE [grace TIME]` | `windowedBy(SlidingWindows.ofTimeDifferenceAndGrace)` |
//! | `window session GAP [grace TIME]` | `windowedBy(SessionWindows.ofInactivityGapAndGrace)` |
//! | `emit on window close`, `emit on window update` | `emitStrategy(EmitStrategy.onWindowClose())`, `onWindowUpdate()` |
//! | `cogroup TOPIC by key`, `cogroup TOPIC by EXPR` | `cogroup` with that topic's stream, grouped; all streams have the aggregator of the `count` or `sum` that follows |
//! | `count` | `count()` |
//! | `sum EXPR` | `aggregate(0, (k, v, sum) -> sum + EXPR)`; null adds nothing |
//! | `suppress until window closes [max records N]` | `suppress(untilWindowCloses(unbounded()))`, or `maxRecords(N).shutDownWhenFull()` |
//! | `suppress until time limit TIME [max records N [shut down when full]]` | `suppress(untilTimeLimit(TIME, maxRecords(N)))`: emits early when full unless it shuts down |
//! | `split EXPR to TOPIC, … [, else to TOPIC]` | `split().branch(…, Branched.withConsumer(to(topic)))`: the first that takes a record; without `defaultBranch` others are dropped |
//! | `to TOPIC` | `toStream()` where needed, and `to(topic)` |
//!
//! Tables and joins have their own: see [`TableStage`]. So have patterns (`detect …`), which are ours and not Kafka's:
//! see [`Pattern`]. Ours are also windows by expression:
//!
//! | stage | a record's window |
//! |---|---|
//! | `window from EXPR to EXPR up to TIME [grace TIME]` | from the one to the other, exclusively, in milliseconds since 1970, at most so long |
//! | `window session by EXPR up to TIME [grace TIME]` | sessions with a gap that the key decides, in milliseconds, at most so long |
//!
//! Times are `250ms`, `10s`, `5m`, `1h`, `1d`. EXPR is the expression language; a single `|` ends it, `||` is its `or`.
//! The printer is the inverse of the parser.

mod custom_windows;
mod parser;
mod pattern;
mod print;
mod scan;
mod split;
pub mod tables;

pub use millrace_expr::ParseError;
pub use split::Split;
pub use tables::TableStage;

use crate::topology::builder::{Grouped, Materialized, Stream, Table};
use crate::topology::function::{Aggregation, KeyMapper, Predicate, ValueMapper};
use crate::topology::{
    BufferFull, CustomWindows, EmitStrategy, GroupedTable, Pattern, SessionWindows, SlidingWindows,
    StreamsConfig, SuppressUntil, TimeWindows, Topology, TopologyBuilder, TopologyError, Windows,
};
use millrace_expr::Expr;
use millrace_model::TopicName;

/// One stage between two pipes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `stream TOPIC`.
    Stream(TopicName),
    /// `filter EXPR`.
    Filter(Expr),
    /// `map values EXPR`.
    MapValues(Expr),
    /// `select key EXPR`.
    SelectKey(Expr),
    /// `group by key`.
    GroupByKey,
    /// `group by EXPR`.
    GroupBy(Expr),
    /// `window tumbling …` or `window hopping …`.
    Window(TimeWindows),
    /// `window sliding …`.
    SlidingWindow(SlidingWindows),
    /// `window session …`.
    SessionWindow(SessionWindows),
    /// `window from …` or `window session by …`.
    CustomWindow(CustomWindows),
    /// `emit on window close` or `emit on window update`.
    Emit(EmitStrategy),
    /// `cogroup TOPIC by …`; by its own key if there is no expression.
    Cogroup(TopicName, Option<Expr>),
    /// `count`.
    Count,
    /// `sum EXPR`.
    Sum(Expr),
    /// `suppress until window closes`, with at most so many results at a time.
    SuppressUntilWindowCloses(Option<u32>),
    /// `suppress until time limit`, in milliseconds; how many results may wait, and what happens when more would.
    SuppressUntilTimeLimit(i64, Option<(u32, BufferFull)>),
    /// Of tables and joins.
    Tables(TableStage),
    /// `detect …`.
    Detect(Pattern),
    /// `split …`.
    Split(Split),
    /// `to TOPIC`.
    To(TopicName),
}

/// A pipeline whose stages stand in an order that makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pipeline {
    stages: Vec<Stage>,
}

/// What a pipeline has built so far.
enum Built {
    Nothing,
    Stream(Stream),
    /// One grouped stream, or several that are cogrouped.
    Grouped(Vec<Grouped>),
    Windowed(Vec<Grouped>, Windows, EmitStrategy),
    CustomWindowed(Grouped, CustomWindows),
    Table(Table),
    GroupedTable(GroupedTable),
}

impl Pipeline {
    /// Reads a pipeline.
    ///
    /// # Errors
    /// Where, what was expected, what stands there, and the nearest word if there is one.
    pub fn parse(source: &str) -> Result<Pipeline, ParseError> {
        parser::parse(source).map(|stages| Pipeline { stages })
    }

    /// Its stages, the stream first.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// What it does, for an application with this `application.id`.
    ///
    /// # Errors
    /// What Kafka Streams' builder would refuse, and `group by` on a changed key, which needs a repartition topic.
    pub fn topology(&self, application_id: &str) -> Result<Topology, TopologyError> {
        self.topology_with(application_id, StreamsConfig::default())
    }

    /// The same with settings that change what a topology does, such as caching.
    ///
    /// # Errors
    /// As [`topology`](Self::topology).
    pub fn topology_with(
        &self,
        application_id: &str,
        config: StreamsConfig,
    ) -> Result<Topology, TopologyError> {
        let mut builder = TopologyBuilder::new(application_id).with_config(config);
        let mut built = Built::Nothing;
        for stage in &self.stages {
            built = step(&mut builder, built, stage)?;
        }
        Ok(builder.build())
    }
}

fn step(builder: &mut TopologyBuilder, built: Built, stage: &Stage) -> Result<Built, TopologyError> {
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
        (built, Stage::Tables(stage)) => stage.build(builder, built)?,
        (Built::GroupedTable(g), Stage::Count | Stage::Sum(_)) => {
            Built::Table(tables::aggregate(builder, g, &aggregation(stage))?)
        }
        (_, Stage::Stream(topic)) => Built::Stream(builder.stream(std::slice::from_ref(topic))?),
        (Built::Stream(s), Stage::Filter(e)) => {
            Built::Stream(builder.filter(s, Predicate::Expr(e.clone()), false)?)
        }
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
        (Built::CustomWindowed(grouped, windows), Stage::Count | Stage::Sum(_)) => {
            Built::Table(builder.aggregate_custom(grouped, windows, aggregation(stage))?)
        }
        (Built::Windowed(groups, w, _), Stage::Emit(emit)) => Built::Windowed(groups, w, *emit),
        (Built::Grouped(groups), Stage::Count | Stage::Sum(_)) => {
            Built::Table(aggregate(builder, groups, None, &aggregation(stage))?)
        }
        (Built::Windowed(groups, w, emit), Stage::Count | Stage::Sum(_)) => {
            Built::Table(aggregate(builder, groups, Some((w, emit)), &aggregation(stage))?)
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

/// One grouped stream aggregates by itself, several as a cogroup.
fn aggregate(
    builder: &mut TopologyBuilder,
    mut groups: Vec<Grouped>,
    windows: Option<(Windows, EmitStrategy)>,
    aggregation: &Aggregation,
) -> Result<Table, TopologyError> {
    let materialized = Materialized::default();
    match (groups.pop(), windows) {
        (Some(one), None) if groups.is_empty() => builder.aggregate(one, aggregation.clone(), materialized),
        (Some(one), Some((windows, emit))) if groups.is_empty() => {
            let windowed = builder.windowed_by(one, windows, emit);
            builder.aggregate_windows(windowed, aggregation.clone(), materialized)
        }
        (last, windows) => {
            groups.extend(last);
            let windows = windows.map(|(windows, _)| windows);
            builder.aggregate_together(groups, windows, aggregation, materialized)
        }
    }
}

fn aggregation(stage: &Stage) -> Aggregation {
    match stage {
        Stage::Sum(expr) => Aggregation::Sum(expr.clone()),
        _ => Aggregation::Count,
    }
}
