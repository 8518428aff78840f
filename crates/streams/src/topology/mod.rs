//! A topology as data: nodes, stores, and the sub-topologies that they fall into.
//!
//! It says what is to be done and nothing about how far it has come: that is a [`Task`](crate::Task)'s.

mod build;
pub mod builder;
pub mod config;
mod copartition;
pub mod custom_windows;
mod describe;
pub mod error;
pub mod evaluate;
mod evaluate_folds;
mod evaluate_tables;
pub mod function;
mod grace;
mod headers;
mod java;
pub mod join;
pub mod operator;
pub mod pattern;
pub mod processor;
pub mod session_windows;
pub mod sliding_windows;
mod subtopology;
pub mod windows;

pub use build::{GlobalTable, GroupedTable, StreamJoined};
pub use builder::TopologyBuilder;
pub use config::{Optimization, StreamsConfig};
pub use custom_windows::{CustomShape, CustomWindows};
pub use error::TopologyError;
pub use headers::SharedHeaders;
pub use join::{JoinType, JoinWindows, Side};
pub use operator::{BufferFull, Node, Operator, SuppressUntil};
pub use pattern::{Pattern, PatternStep};
pub use session_windows::SessionWindows;
pub use sliding_windows::SlidingWindows;
pub use windows::{EmitStrategy, TimeWindows, Windows};

use crate::data::Serde;
use millrace_model::TopicName;
use millrace_model::collections::sort;
use std::sync::Arc;

/// A node's place in [`Topology::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A store's place in [`Topology::stores`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(pub u32);

/// A state store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreDef {
    /// Its name: the user's or `KSTREAM-AGGREGATE-STATE-STORE-0000000001`.
    pub name: Arc<str>,
    /// What kind of store it is.
    pub kind: StoreKind,
    /// How its values are written into the changelog.
    pub serde: Serde,
}

/// Kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// `TimestampedKeyValueStore`.
    KeyValue,
    /// `TimestampedWindowStore`.
    Window {
        /// The windows' size in milliseconds.
        size_ms: i64,
        /// How long a window is kept after its start, in milliseconds of the store's stream time.
        retention_ms: i64,
        /// How it is laid out.
        layout: WindowLayout,
    },
    /// `SessionStore`.
    Session {
        /// How long a session is kept after its end, in milliseconds of the store's stream time.
        retention_ms: i64,
    },
    /// `TimeOrderedKeyValueBuffer`: what a suppression holds back.
    SuppressBuffer,
    /// `KeyValueStore` of a processor: values without timestamps.
    PlainKeyValue,
    /// `WindowStore` with duplicates: one side's records of a stream-stream join.
    Join {
        /// The windows' size in milliseconds.
        size_ms: i64,
        /// How long a record is kept, in milliseconds of the store's stream time.
        retention_ms: i64,
    },
    /// `KeyValueStore` by time, side and key: records of a stream-stream join that wait for a partner.
    OuterJoin,
    /// `VersionedKeyValueStore`.
    Versioned {
        /// How far back its history goes, in milliseconds.
        history_ms: i64,
    },
    /// `TimeOrderedKeyValueBuffer` of a join with a versioned table: records that wait for it.
    StreamBuffer,
    /// `TimestampedKeyValueStore` by foreign key and key: who wants to know of the right table's rows.
    Subscriptions,
}

/// How a window store is laid out; it shows in the order of a scan and, by one millisecond, in the retention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowLayout {
    /// By segment, key and start (`RocksDBWindowStore`).
    #[default]
    KeyFirst,
    /// By start and key (`RocksDBTimeOrderedWindowStore`): what emits on window close.
    TimeFirst,
}

/// A topic between two sub-topologies. It must have as many partitions as the tasks behind it are to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RepartitionTopic {
    /// Its full name: `<application.id>-<name>-repartition`.
    pub topic: TopicName,
    /// The sink node in front of it.
    pub sink: NodeId,
    /// The source node behind it.
    pub source: NodeId,
    /// How many partitions the user wants (`Repartitioned.withNumberOfPartitions`).
    pub partitions: Option<u32>,
}

/// Nodes that are joined by edges or stores, and therefore run in one task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subtopology {
    /// Its nodes, ascending.
    pub nodes: Vec<NodeId>,
    /// The topics that it reads, sorted.
    pub source_topics: Vec<TopicName>,
    /// Its stores, in the order in which its nodes use them.
    pub stores: Vec<StoreId>,
    /// True for a global table's: it runs in no task, every instance reads all of it.
    pub global: bool,
}

/// What an application does. Built by [`TopologyBuilder`] or from a [`Pipeline`](crate::language::Pipeline).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topology {
    application_id: Arc<str>,
    nodes: Vec<Node>,
    stores: Vec<StoreDef>,
    subtopologies: Vec<Subtopology>,
    repartition_topics: Vec<RepartitionTopic>,
    copartitioned: Vec<Vec<NodeId>>,
    /// Stores whose changelog is their source topic, or that have none.
    changelogs: Vec<Changelog>,
    config: StreamsConfig,
}

/// Where a store's changes are written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Changelog {
    /// A topic of its own.
    Own,
    /// The topic that it is read from (`reuse.ktable.source.topics`, global tables).
    Source(TopicName),
}

impl Topology {
    /// `application.id`: the consumer group's name and the prefix of internal topics.
    pub fn application_id(&self) -> &str {
        &self.application_id
    }

    /// Every node, parents before children.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every store.
    pub fn stores(&self) -> &[StoreDef] {
        &self.stores
    }

    /// The sub-topologies, numbered as in a task's id.
    pub fn subtopologies(&self) -> &[Subtopology] {
        &self.subtopologies
    }

    /// The topics between sub-topologies. Unless the user says otherwise each has as many partitions as the topics
    /// that its sub-topology in front reads, the largest count of them.
    pub fn repartition_topics(&self) -> &[RepartitionTopic] {
        &self.repartition_topics
    }

    /// True for a repartition topic of this topology.
    pub fn is_internal(&self, topic: &TopicName) -> bool {
        self.repartition_topics.iter().any(|r| r.topic == *topic)
    }

    /// A node; `None` if it is another topology's.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    /// A store; `None` if it is another topology's.
    pub fn store(&self, id: StoreId) -> Option<&StoreDef> {
        self.stores.get(usize::try_from(id.0).ok()?)
    }

    /// The store of that name.
    pub fn store_named(&self, name: &str) -> Option<StoreId> {
        let at = self.stores.iter().position(|s| &*s.name == name)?;
        u32::try_from(at).ok().map(StoreId)
    }

    /// The source node that reads `topic`.
    pub fn source_of(&self, topic: &TopicName) -> Option<NodeId> {
        let at = self
            .nodes
            .iter()
            .position(|n| matches!(&n.operator, Operator::Source { topics, .. } if topics.contains(topic)))?;
        u32::try_from(at).ok().map(NodeId)
    }

    /// The application's settings.
    pub fn config(&self) -> &StreamsConfig {
        &self.config
    }

    /// True when a store's changes are written into a topic of its own.
    pub fn is_logged(&self, store: StoreId) -> bool {
        usize::try_from(store.0).ok().and_then(|at| self.changelogs.get(at)) == Some(&Changelog::Own)
    }

    /// A store's changelog topic: `<application.id>-<store>-changelog`, or the topic that it is read from.
    pub fn changelog_topic(&self, store: StoreId) -> Option<TopicName> {
        if let Changelog::Source(topic) = self.changelogs.get(usize::try_from(store.0).ok()?)? {
            return Some(topic.clone());
        }
        let name = &self.store(store)?.name;
        Some(TopicName::new(format!("{}-{name}-changelog", self.application_id)))
    }

    /// Every topic that its sinks write, sorted, once each.
    pub fn sink_topics(&self) -> Vec<TopicName> {
        let mut topics: Vec<TopicName> = self
            .nodes
            .iter()
            .filter_map(
                |n| if let Operator::Sink { topic } = &n.operator { Some(topic.clone()) } else { None },
            )
            .collect();
        sort::sort(&mut topics);
        topics.dedup();
        topics
    }
}
