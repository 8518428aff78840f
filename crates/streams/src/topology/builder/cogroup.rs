//! `cogroup`: several grouped streams aggregate into one store (`CogroupedStreamAggregateBuilder`).

use super::windowed::window_store;
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
        self.aggregate_groups(of, None, init, None, materialized)
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
        self.aggregate_groups(of.cogrouped, Some(of.windows), init, merger, materialized)
    }

    fn aggregate_groups(
        &mut self,
        of: Cogrouped,
        windows: Option<Windows>,
        init: Value,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let generated = materialized.store.is_none();
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
        for (grouped, _) in &of.groups {
            let names = AggregationNames { store: store_name.clone(), generated, node: String::new() };
            parents.push(self.partitioned_by_key(grouped, &names)?);
        }
        let aggregation = |aggregator| Aggregation::Aggregate { init: init.clone(), aggregator };
        let serde = of
            .groups
            .first()
            .map_or_else(Default::default, |(g, a)| aggregate_serde(&aggregation(*a), g.stream.serde));
        let store = self.add_store(store_name, kind, serde)?;
        let mut nodes = Vec::new();
        for ((_, aggregator), parent) in of.groups.iter().zip(parents) {
            let (name, aggregation) = (self.numbered(AGGREGATE), aggregation(*aggregator));
            nodes.push(match windows {
                None => self.add_named(name, Operator::Aggregate { aggregation, store }, &[parent])?,
                Some(windows) => {
                    let (merger, emit) = (merger.clone(), EmitStrategy::OnWindowUpdate);
                    self.add_window_aggregate(name, parent, windows, aggregation, merger, emit, store)?
                }
            });
        }
        let node = self.add(MERGE, Operator::TableMerge, &nodes)?;
        Ok(Table { node, serde })
    }
}
