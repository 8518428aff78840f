//! `cogroup`: several grouped streams aggregate into one store (`CogroupedStreamAggregateBuilder`).

use super::windowed::{window_aggregate, window_store};
use super::{AggregationNames, Grouped, Materialized, Table, TopologyBuilder, aggregate_serde};
use crate::data::Value;
use crate::topology::function::{Aggregation, Aggregator, Merger};
use crate::topology::{EmitStrategy, Operator, StoreKind, TopologyError, Windows};

/// A `CogroupedKStream`: the grouped streams, each with its aggregator, in the order in which they were added.
#[derive(Clone, Debug)]
pub struct Cogrouped {
    groups: Vec<(Grouped, Aggregator)>,
}

/// A `TimeWindowedCogroupedKStream` or a `SessionWindowedCogroupedKStream`. Both always emit with every update.
#[derive(Clone, Debug)]
pub struct WindowedCogrouped {
    cogrouped: Cogrouped,
    windows: Windows,
}

const AGGREGATE: &str = "COGROUPKSTREAM-AGGREGATE-";
const MERGE: &str = "COGROUPKSTREAM-MERGE-";

impl TopologyBuilder {
    /// `KGroupedStream.cogroup(aggregator)`, and `cogroup(stream, aggregator)` for each further one.
    pub fn cogroup(&mut self, groups: Vec<(Grouped, Aggregator)>) -> Cogrouped {
        Cogrouped { groups }
    }

    /// `CogroupedKStream.windowedBy`.
    pub fn cogroup_windowed_by(
        &mut self,
        cogrouped: Cogrouped,
        windows: impl Into<Windows>,
    ) -> WindowedCogrouped {
        WindowedCogrouped { cogrouped, windows: windows.into() }
    }

    /// `CogroupedKStream.aggregate(initializer)`.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn aggregate_cogroup(
        &mut self,
        of: Cogrouped,
        init: Value,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        self.aggregate_groups(with_init(of, &init), None, None, materialized)
    }

    /// `aggregate(initializer)` on windows; sessions want a merger.
    ///
    /// # Errors
    /// As with a single stream.
    pub fn aggregate_windowed_cogroup(
        &mut self,
        of: WindowedCogrouped,
        init: Value,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        self.aggregate_groups(with_init(of.cogrouped, &init), Some(of.windows), merger, materialized)
    }

    /// A cogroup in which every stream is added to the aggregate in the same way, with or without windows: one count
    /// or one sum over several streams. Sessions want a merger.
    ///
    /// # Errors
    /// As with a single stream.
    pub fn aggregate_together(
        &mut self,
        groups: Vec<Grouped>,
        windows: Option<Windows>,
        aggregation: &Aggregation,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let groups = groups.into_iter().map(|grouped| (grouped, aggregation.clone())).collect();
        self.aggregate_groups(groups, windows, merger, materialized)
    }

    fn aggregate_groups(
        &mut self,
        groups: Vec<(Grouped, Aggregation)>,
        windows: Option<Windows>,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let store_name =
            materialized.store.unwrap_or_else(|| self.numbered(&format!("{AGGREGATE}STATE-STORE-")));
        let kind = match windows {
            None => StoreKind::KeyValue,
            Some(windows) => {
                let emit = EmitStrategy::OnWindowUpdate;
                window_store(&store_name, windows, emit, materialized.retention_ms)?
            }
        };
        // First every stream that must be partitioned anew, then the aggregations.
        let mut parents = Vec::new();
        for (grouped, _) in &groups {
            let names = AggregationNames { store: store_name.clone(), node: String::new() };
            parents.push(self.partitioned_by_key(grouped, &names)?);
        }
        let first = groups.first();
        let serde = first.map_or_else(Default::default, |(g, a)| aggregate_serde(a, g.stream.serde));
        let store = self.add_store(store_name, kind, serde)?;
        let mut nodes = Vec::new();
        for ((_, aggregation), parent) in groups.into_iter().zip(parents) {
            let name = self.numbered(AGGREGATE);
            nodes.push(match windows {
                None => self.add_named(name, Operator::Aggregate { aggregation, store }, &[parent])?,
                Some(windows) => {
                    let (merger, emit) = (merger.clone(), EmitStrategy::OnWindowUpdate);
                    let operator = window_aggregate(windows, aggregation, merger, emit, store)?;
                    self.add_named(name, operator, &[parent])?
                }
            });
        }
        let node = self.add(MERGE, Operator::TableMerge, &nodes)?;
        Ok(Table { node, serde })
    }
}

fn with_init(of: Cogrouped, init: &Value) -> Vec<(Grouped, Aggregation)> {
    let aggregation = |aggregator| Aggregation::Aggregate { init: init.clone(), aggregator };
    of.groups.into_iter().map(|(grouped, aggregator)| (grouped, aggregation(aggregator))).collect()
}
