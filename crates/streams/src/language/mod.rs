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
//! | `filter not EXPR` | `filterNot`, if that is the whole expression |
//! | `map EXPR` | `map`: to a map `{key: …, value: …}` |
//! | `map values EXPR` | `mapValues`: a text as it is, everything else as JSON |
//! | `flat map EXPR` | `flatMap`: to a list of maps `{key: …, value: …}`; null is none |
//! | `flat map values EXPR` | `flatMapValues`: to a list, such as `split(value, " ")` |
//! | `select key EXPR` | `selectKey` |
//! | `peek LABEL` | `peek`: each record is shown under the label |
//! | `group by key`, `group by EXPR` | `groupByKey`, `groupBy` |
//! | `window tumbling SIZE [grace TIME]` | `windowedBy(TimeWindows.ofSizeAndGrace)`; without grace `ofSizeWithNoGrace` |
//! | `window hopping SIZE every ADVANCE [grace TIME]` | the same with `advanceBy` |
//! | `window sliding DIFFERENCE [grace TIME]` | `windowedBy(SlidingWindows.ofTimeDifferenceAndGrace)` |
//! | `window session GAP [grace TIME]` | `windowedBy(SessionWindows.ofInactivityGapAndGrace)` |
//! | `emit on window close`, `emit on window update` | `emitStrategy(EmitStrategy.onWindowClose())`, `onWindowUpdate()` |
//! | `cogroup TOPIC by key`, `cogroup TOPIC by EXPR` | `cogroup` with that topic's stream, grouped; all streams have the aggregator of the `count` or `sum` that follows |
//! | `count` | `count()` |
//! | `sum EXPR` | `aggregate(0, (k, v, sum) -> sum + EXPR)`; null adds nothing |
//! | `reduce EXPR` | `reduce`: `aggregate` is what there is so far, `value` the record's; of a grouped table `reduce EXPR subtract EXPR` |
//! | `aggregate INIT with EXPR` | `aggregate`: from a constant on; of sessions with `merge EXPR`, of a grouped table with `subtract EXPR` |
//! | `… store NAME` | `Materialized.as(NAME)`, behind `count`, `sum`, `reduce`, `aggregate`, `table`, `as table`, `filter table`, `map table values` |
//! | `suppress until window closes [max records N]` | `suppress(untilWindowCloses(unbounded()))`, or `maxRecords(N).shutDownWhenFull()` |
//! | `suppress until time limit TIME [max records N [shut down when full]]` | `suppress(untilTimeLimit(TIME, maxRecords(N)))`: emits early when full unless it shuts down |
//! | `split EXPR to TOPIC, … [, else to TOPIC]` | `split().branch(…, Branched.withConsumer(to(topic)))`: the first that takes a record; without `defaultBranch` others are dropped |
//! | `to TOPIC` | `toStream()` where needed, and `to(topic)` |
//! | `to by EXPR` | `to` with a `TopicNameExtractor` |
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

mod build;
mod custom_windows;
mod folds;
mod parser;
mod pattern;
mod print;
mod scan;
mod split;
pub mod tables;

pub use folds::Fold;
pub(crate) use folds::first;
pub use millrace_expr::ParseError;
pub use split::Split;
pub use tables::TableStage;

use crate::topology::{
    BufferFull, CustomWindows, EmitStrategy, Pattern, SessionWindows, SlidingWindows, StreamsConfig,
    TimeWindows, Topology, TopologyBuilder, TopologyError,
};
use millrace_expr::Expr;
use millrace_model::TopicName;
use std::sync::Arc;

/// One stage between two pipes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `stream TOPIC`.
    Stream(TopicName),
    /// `filter EXPR`.
    Filter(Expr),
    /// `map EXPR`.
    Map(Expr),
    /// `map values EXPR`.
    MapValues(Expr),
    /// `flat map EXPR`.
    FlatMap(Expr),
    /// `flat map values EXPR`.
    FlatMapValues(Expr),
    /// `peek LABEL`.
    Peek(Arc<str>),
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
    /// `reduce …` or `aggregate …`.
    Fold(Fold),
    /// `… store NAME`: one of the stages that keep a table, and its store's name.
    Stored(Box<Stage>, Arc<str>),
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
    /// `to by EXPR`.
    ToBy(Expr),
}

/// A pipeline whose stages stand in an order that makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pipeline {
    stages: Vec<Stage>,
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
        build::build(&mut builder, &self.stages)?;
        Ok(builder.build())
    }
}
