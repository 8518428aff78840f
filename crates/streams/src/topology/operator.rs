//! What a node does: a closed set of operators with their parameters.

use super::custom_windows::CustomWindows;
use super::function::{
    Aggregation, FlatMapper, KeyMapper, KeyValueMapper, Merger, Predicate, TableAggregation, ValueMapper,
};
use super::join::{
    ResponseJoin, SelfJoin, StreamJoin, StreamTableJoin, SubscriptionSend, TableJoin, TableJoinMerge,
};
use super::processor::Processor;
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
    /// Who gives it its input, in the order in which they were named.
    pub parents: Vec<NodeId>,
    /// The stores that it may read or write, in the order in which they were connected.
    pub stores: Vec<StoreId>,
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
    /// A table out of a stream of its changes (`KTableSource`): `table`, `toTable`, the result of a join by foreign
    /// key.
    TableSource {
        /// Its store; a table that nobody looks into has none.
        store: Option<StoreId>,
        /// True when what follows wants the value before.
        send_old: bool,
    },
    /// The store of a global table.
    GlobalTable {
        /// Its store.
        store: StoreId,
    },
    /// A table's `filter` or `filterNot`: what it does not keep becomes a tombstone.
    TableFilter {
        /// Which rows it keeps.
        predicate: Predicate,
        /// Keeps the others instead.
        not: bool,
        /// Its parent, a table.
        table: NodeId,
        /// Its store, if it is materialised.
        store: Option<StoreId>,
        /// True when it knows the value before and passes it on.
        send_old: bool,
    },
    /// A table's `mapValues`: tombstones stay.
    TableMapValues {
        /// The function.
        mapper: ValueMapper,
        /// Its parent, a table.
        table: NodeId,
        /// Its store, if it is materialised.
        store: Option<StoreId>,
        /// True when it knows the value before and passes it on.
        send_old: bool,
    },
    /// A table's `groupBy`: each change leaves its old group and enters its new one (`KTableRepartitionMap`).
    TableGroupBy(KeyValueMapper),
    /// An aggregation of a grouped table, which subtracts what has left (`KTableAggregate`, `KTableReduce`).
    TableAggregate {
        /// What is done.
        aggregation: TableAggregation,
        /// How the grouped values are read.
        serde: Serde,
        /// Its store.
        store: StoreId,
    },
    /// Remembers one side of a stream-stream join (`KStreamJoinWindow`).
    JoinWindow {
        /// The records.
        store: StoreId,
    },
    /// One side of a stream-stream join.
    StreamJoin(Box<StreamJoin>),
    /// A stream joined with itself.
    SelfJoin(Box<SelfJoin>),
    /// A stream joined with a table.
    StreamTableJoin(Box<StreamTableJoin>),
    /// One side of a join of tables.
    TableJoin(Box<TableJoin>),
    /// Both sides of a join of tables.
    TableJoinMerge(TableJoinMerge),
    /// Foreign-key join: a left record subscribes.
    SubscriptionSend(Box<SubscriptionSend>),
    /// Foreign-key join: subscriptions are kept (`SubscriptionReceiveProcessorSupplier`).
    SubscriptionReceive {
        /// By foreign key and key.
        store: StoreId,
    },
    /// Foreign-key join: a new subscription looks into the right table (`SubscriptionJoinProcessorSupplier`).
    SubscriptionJoin {
        /// The right table.
        table: NodeId,
    },
    /// Foreign-key join: a change of the right table finds its subscribers (`ForeignTableJoinProcessorSupplier`).
    ForeignTableJoin {
        /// The subscriptions.
        store: StoreId,
    },
    /// Foreign-key join: the answer meets the left record.
    ResponseJoin(Box<ResponseJoin>),
    /// `process`.
    Process {
        /// What it does.
        processor: Processor,
        /// Its store, if it has one.
        store: Option<StoreId>,
    },
    /// `selectKey`, and the mapping in front of a `groupBy`.
    SelectKey(KeyMapper),
    /// `map`.
    Map(KeyValueMapper),
    /// `flatMapValues`.
    FlatMapValues(FlatMapper),
    /// `flatMap`.
    FlatMap(FlatMapper),
    /// `peek`: shows each record under this label, and passes it on.
    Peek(Arc<str>),
    /// Passes on what it gets: `merge`, and a table's `toStream`.
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
    /// An aggregation in windows by expression: our own.
    CustomAggregate {
        /// The windows.
        windows: Box<CustomWindows>,
        /// The aggregation.
        aggregation: Aggregation,
        /// How two sessions become one.
        merger: Merger,
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
    /// Writes topics that a function names (`TopicNameExtractor`).
    DynamicSink(KeyMapper),
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
            | Self::CustomAggregate { store, .. }
            | Self::Aggregate { store, .. }
            | Self::Suppress { store, .. }
            | Self::GlobalTable { store }
            | Self::TableAggregate { store, .. }
            | Self::JoinWindow { store }
            | Self::SubscriptionReceive { store } => Some(*store),
            Self::TableSource { store, .. }
            | Self::TableFilter { store, .. }
            | Self::TableMapValues { store, .. }
            | Self::TableJoinMerge(TableJoinMerge { store, .. })
            | Self::Process { store, .. } => *store,
            Self::Source { .. }
            | Self::Filter { .. }
            | Self::MapValues(_)
            | Self::SelectKey(_)
            | Self::Map(_)
            | Self::FlatMapValues(_)
            | Self::FlatMap(_)
            | Self::Peek(_)
            | Self::PassThrough
            | Self::TableMerge
            | Self::Branch(_)
            | Self::TableGroupBy(_)
            | Self::StreamJoin(_)
            | Self::SelfJoin(_)
            | Self::StreamTableJoin(_)
            | Self::TableJoin(_)
            | Self::SubscriptionSend(_)
            | Self::SubscriptionJoin { .. }
            | Self::ForeignTableJoin { .. }
            | Self::ResponseJoin(_)
            | Self::Sink { .. }
            | Self::DynamicSink(_) => None,
        }
    }

    /// Its windows, if it aggregates by windows.
    pub fn windows(&self) -> Option<Windows> {
        match self {
            Self::WindowAggregate { windows, .. } => Some((*windows).into()),
            Self::SlidingAggregate { windows, .. } => Some((*windows).into()),
            Self::SessionAggregate { windows, .. } => Some((*windows).into()),
            Self::CustomAggregate { windows, .. } => Some(windows.as_sessions().into()),
            _ => None,
        }
    }
}
