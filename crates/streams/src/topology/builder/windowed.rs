//! Windowed aggregations: `windowedBy`, and `count`, `reduce` or `aggregate` behind it.

use super::{Grouped, Materialized, Table, TopologyBuilder, aggregate_serde};
use crate::topology::function::{Aggregation, Merger};
use crate::topology::{
    CustomWindows, EmitStrategy, Operator, StoreId, StoreKind, TopologyError, WindowLayout, Windows,
};

/// A `TimeWindowedKStream` or a `SessionWindowedKStream`.
#[derive(Clone, Debug)]
pub struct Windowed {
    grouped: Grouped,
    windows: Windows,
    emit: EmitStrategy,
}

impl TopologyBuilder {
    /// `KGroupedStream.windowedBy(windows).emitStrategy(emit)`.
    pub fn windowed_by(
        &mut self,
        grouped: Grouped,
        windows: impl Into<Windows>,
        emit: EmitStrategy,
    ) -> Windowed {
        Windowed { grouped, windows: windows.into(), emit }
    }

    /// `count`, `reduce` or `aggregate` on windows; what needs no user's merger.
    ///
    /// # Errors
    /// A retention that ends before a window closes; a store's name that is taken; sessions with an `aggregate`,
    /// which want [`aggregate_sessions`](Self::aggregate_sessions).
    pub fn aggregate_windows(
        &mut self,
        of: Windowed,
        aggregation: Aggregation,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let merger = Merger::of(&aggregation);
        self.aggregate_in(of, aggregation, merger, materialized)
    }

    /// `SessionWindowedKStream.aggregate(initializer, aggregator, merger)`. Other windows have no use for a merger.
    ///
    /// # Errors
    /// As with [`aggregate_windows`](Self::aggregate_windows).
    pub fn aggregate_sessions(
        &mut self,
        of: Windowed,
        aggregation: Aggregation,
        merger: Merger,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        self.aggregate_in(of, aggregation, Some(merger), materialized)
    }

    fn aggregate_in(
        &mut self,
        of: Windowed,
        aggregation: Aggregation,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let Windowed { grouped, windows, emit } = of;
        let retention_ms = materialized.retention_ms;
        let takes_two = aggregation == Aggregation::Count && !matches!(windows, Windows::Sliding(_));
        let names = self.aggregation_names(&aggregation, materialized.store, takes_two);
        let kind = window_store(&names.store, windows, emit, retention_ms)?;
        let parent = self.partitioned_by_key(&grouped, &names)?;
        let serde = aggregate_serde(&aggregation, grouped.stream.serde);
        let store = self.add_store(names.store, kind, serde)?;
        let operator = window_aggregate(windows, aggregation, merger, emit, store)?;
        let node = self.add_named(names.node, operator, &[parent])?;
        Ok(Table { node, serde })
    }

    /// An aggregation in windows by expression: our own.
    ///
    /// # Errors
    /// No merger; a store's name that is taken.
    pub fn aggregate_custom(
        &mut self,
        grouped: Grouped,
        windows: CustomWindows,
        aggregation: Aggregation,
        merger: Option<Merger>,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let merger = merger.ok_or(TopologyError::NoMerger)?;
        let takes_two = aggregation == Aggregation::Count;
        let names = self.aggregation_names(&aggregation, materialized.store, takes_two);
        let kind = StoreKind::Session { retention_ms: windows.retention_ms() };
        let parent = self.partitioned_by_key(&grouped, &names)?;
        let serde = aggregate_serde(&aggregation, grouped.stream.serde);
        let store = self.add_store(names.store, kind, serde)?;
        let windows = Box::new(windows);
        let operator = Operator::CustomAggregate { windows, aggregation, merger, store };
        let node = self.add_named(names.node, operator, &[parent])?;
        Ok(Table { node, serde })
    }
}

/// The operator of these windows.
pub(super) fn window_aggregate(
    windows: Windows,
    aggregation: Aggregation,
    merger: Option<Merger>,
    emit: EmitStrategy,
    store: StoreId,
) -> Result<Operator, TopologyError> {
    Ok(match windows {
        Windows::Time(windows) => Operator::WindowAggregate { windows, aggregation, emit, store },
        Windows::Sliding(windows) => Operator::SlidingAggregate { windows, aggregation, emit, store },
        Windows::Session(windows) => {
            let merger = merger.ok_or(TopologyError::NoMerger)?;
            Operator::SessionAggregate { windows, aggregation, merger, emit, store }
        }
    })
}

/// The store behind these windows (`WindowStoreMaterializer` and its siblings).
pub(super) fn window_store(
    name: &str,
    windows: Windows,
    emit: EmitStrategy,
    retention_ms: Option<i64>,
) -> Result<StoreKind, TopologyError> {
    let layout = match emit {
        EmitStrategy::OnWindowUpdate => WindowLayout::KeyFirst,
        EmitStrategy::OnWindowClose => WindowLayout::TimeFirst,
    };
    let store = name.to_owned();
    let grace_ms = windows.grace_ms();
    match windows {
        Windows::Time(windows) => {
            let size_ms = windows.size_ms();
            let least = size_ms.saturating_add(grace_ms);
            let retention_ms = retention_ms.unwrap_or(least);
            if least > retention_ms {
                return Err(TopologyError::Retention { store, size_ms, grace_ms, retention_ms });
            }
            Ok(StoreKind::Window { size_ms, retention_ms, layout })
        }
        Windows::Sliding(windows) => {
            let (time_difference_ms, least) = (windows.time_difference_ms(), windows.retention_ms());
            let retention_ms = retention_ms.unwrap_or(least);
            if least > retention_ms {
                return Err(TopologyError::SlidingRetention {
                    store,
                    time_difference_ms,
                    grace_ms,
                    retention_ms,
                });
            }
            Ok(StoreKind::Window { size_ms: time_difference_ms, retention_ms, layout })
        }
        Windows::Session(windows) => {
            let retention_ms = retention_ms.unwrap_or(windows.wait_ms());
            if windows.wait_ms() > retention_ms {
                let gap_ms = windows.gap_ms();
                return Err(TopologyError::SessionRetention { store, gap_ms, grace_ms, retention_ms });
            }
            Ok(StoreKind::Session { retention_ms })
        }
    }
}
