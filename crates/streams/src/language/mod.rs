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
//! | `map values EXPR` | `mapValues`: a text as it is, everything else as JSON |
//! | `select key EXPR` | `selectKey` |
//! | `group by key`, `group by EXPR` | `groupByKey`, `groupBy` |
//! | `window tumbling SIZE [grace TIME]` | `windowedBy(TimeWindows.ofSizeAndGrace)`; without grace `ofSizeWithNoGrace` |
//! | `window hopping SIZE every ADVANCE [grace TIME]` | the same with `advanceBy` |
//! | `count` | `count()` |
//! | `sum EXPR` | `aggregate(0, (k, v, sum) -> sum + EXPR)`; null adds nothing |
//! | `suppress until window closes` | `suppress(untilWindowCloses(unbounded()))` |
//! | `to TOPIC` | `toStream()` where needed, and `to(topic)` |
//!
//! Times are `250ms`, `10s`, `5m`, `1h`, `1d`. EXPR is the expression language; a single `|` ends it, `||` is its `or`.
//! The printer is the inverse of the parser.

mod parser;
mod print;
mod scan;

pub use millrace_expr::ParseError;

use crate::topology::builder::{Grouped, Materialized, Stream, Table, Windowed};
use crate::topology::function::{Aggregation, KeyMapper, Predicate, ValueMapper};
use crate::topology::{EmitStrategy, TimeWindows, Topology, TopologyBuilder, TopologyError};
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
    /// `window …`.
    Window(TimeWindows),
    /// `count`.
    Count,
    /// `sum EXPR`.
    Sum(Expr),
    /// `suppress until window closes`.
    SuppressUntilWindowCloses,
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
    Grouped(Grouped),
    Windowed(Windowed),
    Table(Table),
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
        let mut builder = TopologyBuilder::new(application_id);
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
        (Built::Table(table), Stage::SuppressUntilWindowCloses) => Built::Table(table),
        (Built::Table(table), _) => Built::Stream(builder.to_stream(table)?),
        (other, _) => other,
    };
    Ok(match (built, stage) {
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
        (Built::Stream(s), Stage::GroupByKey) => Built::Grouped(builder.group_by_key(s, None)),
        (Built::Stream(s), Stage::GroupBy(e)) => {
            Built::Grouped(builder.group_by(s, KeyMapper::Expr(e.clone()), None)?)
        }
        (Built::Grouped(g), Stage::Window(w)) => {
            Built::Windowed(builder.windowed_by(g, *w, EmitStrategy::OnWindowUpdate))
        }
        (Built::Grouped(g), Stage::Count | Stage::Sum(_)) => {
            Built::Table(builder.aggregate(g, aggregation(stage), Materialized::default())?)
        }
        (Built::Windowed(w), Stage::Count | Stage::Sum(_)) => {
            Built::Table(builder.aggregate_windows(w, aggregation(stage), Materialized::default())?)
        }
        (Built::Table(t), Stage::SuppressUntilWindowCloses) => {
            Built::Table(builder.suppress_until_window_closes(t, None, None)?)
        }
        (Built::Stream(s), Stage::To(topic)) => {
            builder.to(s, topic)?;
            Built::Stream(s)
        }
        // The parser lets no other order through.
        (other, _) => other,
    })
}

fn aggregation(stage: &Stage) -> Aggregation {
    match stage {
        Stage::Sum(expr) => Aggregation::Sum(expr.clone()),
        _ => Aggregation::Count,
    }
}
