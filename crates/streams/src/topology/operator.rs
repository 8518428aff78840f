//! What a node does: a closed set of operators with their parameters.

use super::function::{Aggregation, KeyMapper, KeyValueMapper, Merger, Predicate, ValueMapper};
use super::windows::{EmitStrategy, TimeWindows, Windows};
use super::{NodeId, SessionWindows, SlidingWindows, StoreId};
use crate::data::Serde;
use millrace_model::TopicName;
use std::sync::Arc;

/// One processor of a topology.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Its name as Kafka numbers it: `KSTREAM-FILTER-0000000001`.
    pub name: Arc<str>,
    /// What it does.
    pub operator: Operator,
    /// Who gets its results, in the order of their making.
    pub children: Vec<NodeId>,
}

/// What a node does with a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Reads topics.
    Source {
        /// The topics.
        topics: Vec<TopicName>,
        /// How their values are read.
        serde: Serde,
    },
    /// `filter`, or with `not` `filterNot`.
    Filter {
        /// Which records it keeps.
        predicate: Predicate,
        /// Keeps the others instead.
        not: bool,
    },
    /// `mapValues`.
    MapValues(ValueMapper),
    /// A table's `filter` or `filterNot` without a store: what it does not keep becomes a tombstone.
    TableFilter {
        /// Which rows it keeps.
        predicate: Predicate,
        /// Keeps the others instead.
        not: bool,
    },
    /// A table's `mapValues` without a store: tombstones stay.
    TableMapValues(ValueMapper),
    /// `selectKey`, and the mapping in front of a `groupBy`.
    SelectKey(KeyMapper),
    /// `map`.
    Map(KeyValueMapper),
    /// `flatMapValues` into the words of the value.
    FlatMapValues,
    /// `flatMap` into (word, old key).
    FlatMap,
    /// Passes on what it gets: `merge`, `peek`, and a table's `toStream`.
    PassThrough,
    /// Passes on a table's changes: where the aggregations of a `cogroup` meet (`KTablePassThrough`).
    TableMerge,
    /// `split`: the first branch whose predicate holds; its index is the child's. The default branch has none.
    Branch(Vec<Option<Predicate>>),
    /// `groupByKey().windowedBy(windows)` and an aggregation.
    WindowAggregate {
        /// The windows.
        windows: TimeWindows,
        /// The aggregation.
        aggregation: Aggregation,
        /// When results are sent.
        emit: EmitStrategy,
        /// Its window store.
        store: StoreId,
    },
    /// The same with sliding windows.
    SlidingAggregate {
        /// The windows.
        windows: SlidingWindows,
        /// The aggregation.
        aggregation: Aggregation,
        /// When results are sent.
        emit: EmitStrategy,
        /// Its window store.
        store: StoreId,
    },
    /// The same with sessions.
    SessionAggregate {
        /// The windows.
        windows: SessionWindows,
        /// The aggregation.
        aggregation: Aggregation,
        /// How two sessions become one.
        merger: Merger,
        /// When results are sent.
        emit: EmitStrategy,
        /// Its session store.
        store: StoreId,
    },
    /// `groupByKey()` and an aggregation without windows.
    Aggregate {
        /// The aggregation.
        aggregation: Aggregation,
        /// Its key-value store.
        store: StoreId,
    },
    /// `suppress`.
    Suppress {
        /// What time a result waits for.
        until: SuppressUntil,
        /// Most results in the buffer.
        max_records: Option<usize>,
        /// What happens when it is full.
        when_full: BufferFull,
        /// Its buffer.
        store: StoreId,
    },
    /// Writes a topic.
    Sink {
        /// The topic.
        topic: TopicName,
    },
}

/// What a suppressed result waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressUntil {
    /// `untilWindowCloses`: stream time reaches the window's end and this grace.
    WindowCloses {
        /// The windows' grace in milliseconds.
        grace_ms: i64,
    },
    /// `untilTimeLimit`: stream time reaches the first result's timestamp and this time.
    TimeLimit {
        /// The limit in milliseconds.
        ms: i64,
    },
}

/// What a full suppression buffer does (`BufferFullStrategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BufferFull {
    /// Sends the oldest result before its time (`emitEarlyWhenFull`).
    #[default]
    Emit,
    /// Fails the task (`shutDownWhenFull`).
    ShutDown,
}

impl Operator {
    /// The store that it writes, if it has one.
    pub fn store(&self) -> Option<StoreId> {
        match self {
            Self::WindowAggregate { store, .. }
            | Self::SlidingAggregate { store, .. }
            | Self::SessionAggregate { store, .. }
            | Self::Aggregate { store, .. }
            | Self::Suppress { store, .. } => Some(*store),
            Self::Source { .. }
            | Self::Filter { .. }
            | Self::MapValues(_)
            | Self::TableFilter { .. }
            | Self::TableMapValues(_)
            | Self::SelectKey(_)
            | Self::Map(_)
            | Self::FlatMapValues
            | Self::FlatMap
            | Self::PassThrough
            | Self::TableMerge
            | Self::Branch(_)
            | Self::Sink { .. } => None,
        }
    }

    /// Its windows, if it aggregates by windows.
    pub fn windows(&self) -> Option<Windows> {
        match self {
            Self::WindowAggregate { windows, .. } => Some((*windows).into()),
            Self::SlidingAggregate { windows, .. } => Some((*windows).into()),
            Self::SessionAggregate { windows, .. } => Some((*windows).into()),
            _ => None,
        }
    }
}
