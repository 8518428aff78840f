//! Builds a topology as Kafka's `StreamsBuilder` does: one call per DSL method, nodes named and numbered alike.

use super::build::Draft;
use super::config::StreamsConfig;
use super::function::{Aggregation, FlatMapper, KeyMapper, KeyValueMapper, Predicate, ValueMapper};
use super::operator::{BufferFull, Node, Operator, SuppressUntil};
use super::{NodeId, RepartitionTopic, StoreDef, StoreId, StoreKind, TopologyError};
use crate::data::Serde;
use crate::limits;
use millrace_model::TopicName;
use std::sync::Arc;

mod cogroup;
mod windowed;

pub use cogroup::{Cogrouped, WindowedCogrouped};
pub use windowed::Windowed;

/// Collects a topology.
#[derive(Clone, Debug)]
pub struct TopologyBuilder {
    pub(super) application_id: Arc<str>,
    pub(super) nodes: Vec<Node>,
    pub(super) stores: Vec<StoreDef>,
    pub(super) repartition_topics: Vec<RepartitionTopic>,
    pub(super) next_index: u32,
    pub(super) config: StreamsConfig,
    /// What is needed until the topology is built.
    pub(super) draft: Draft,
}

/// A `KStream` while a topology is built.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub(super) node: NodeId,
    /// How its values are written.
    pub(super) serde: Serde,
    pub(super) key_changed: bool,
}

/// A `KGroupedStream`.
#[derive(Clone, Debug)]
pub struct Grouped {
    stream: Stream,
    name: Option<String>,
}

/// A `KTable`.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub(super) node: NodeId,
    pub(super) serde: Serde,
}

/// `Materialized`: how a store is called and how long it keeps windows.
#[derive(Clone, Debug, Default)]
pub struct Materialized {
    /// The store's name; without one Kafka numbers it.
    pub store: Option<String>,
    /// `withRetention`, in milliseconds; without one size plus grace.
    pub retention_ms: Option<i64>,
}

/// The names of an aggregation's store and processor.
struct AggregationNames {
    store: String,
    node: String,
}

impl TopologyBuilder {
    /// Nothing yet, for this `application.id`.
    pub fn new(application_id: &str) -> TopologyBuilder {
        TopologyBuilder {
            application_id: application_id.into(),
            nodes: Vec::new(),
            stores: Vec::new(),
            repartition_topics: Vec::new(),
            next_index: 0,
            config: StreamsConfig::default(),
            draft: Draft::default(),
        }
    }

    /// The same with these settings.
    pub fn with_config(self, config: StreamsConfig) -> TopologyBuilder {
        TopologyBuilder { config, ..self }
    }

    pub(super) fn numbered(&mut self, prefix: &str) -> String {
        let index = self.next_index;
        self.next_index = index.saturating_add(1);
        format!("{prefix}{index:010}")
    }

    /// The user's name, or a numbered one. The number is drawn either way (`NamedInternal`).
    pub(super) fn named_or_numbered(&mut self, name: Option<String>, prefix: &str) -> String {
        let numbered = self.numbered(prefix);
        name.unwrap_or(numbered)
    }

    pub(super) fn add(
        &mut self,
        prefix: &str,
        operator: Operator,
        parents: &[NodeId],
    ) -> Result<NodeId, TopologyError> {
        let name = self.numbered(prefix);
        self.add_named(name, operator, parents)
    }

    pub(super) fn add_named(
        &mut self,
        name: String,
        operator: Operator,
        parents: &[NodeId],
    ) -> Result<NodeId, TopologyError> {
        if self.nodes.len() >= limits::NODES {
            return Err(TopologyError::TooLarge);
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let stores = operator.store().into_iter().collect();
        let parents = parents.to_vec();
        for parent in &parents {
            // A stream merged with itself is still one child.
            if let Some(parent) = self.node_mut(*parent).filter(|p| !p.children.contains(&id)) {
                parent.children.push(id);
            }
        }
        self.nodes.push(Node { name: name.into(), operator, children: Vec::new(), parents, stores });
        Ok(id)
    }

    pub(super) fn add_store(
        &mut self,
        name: String,
        kind: StoreKind,
        serde: Serde,
    ) -> Result<StoreId, TopologyError> {
        if self.stores.iter().any(|s| *s.name == *name) {
            return Err(TopologyError::StoreTwice(name));
        }
        let id = StoreId(u32::try_from(self.stores.len()).unwrap_or(u32::MAX));
        self.stores.push(StoreDef { name: name.into(), kind, serde });
        Ok(id)
    }

    /// `StreamsBuilder.stream(topics)`.
    ///
    /// # Errors
    /// A topic with a wrong name, or one that another source reads.
    pub fn stream(&mut self, topics: &[TopicName]) -> Result<Stream, TopologyError> {
        let name = self.numbered("KSTREAM-SOURCE-");
        let node = match self.same_source(topics)? {
            // Two streams of the same topics are one source (`mergeDuplicateSourceNodes`).
            Some(node) => node,
            None => self.add_source(name, topics.to_vec())?,
        };
        Ok(Stream { node, serde: Serde::Bytes, key_changed: false })
    }

    pub(super) fn then(
        &mut self,
        of: Stream,
        prefix: &str,
        operator: Operator,
    ) -> Result<Stream, TopologyError> {
        Ok(Stream { node: self.add(prefix, operator, &[of.node])?, ..of })
    }

    /// `KStream.filter`, or with `not` `filterNot`.
    ///
    /// # Errors
    /// A topology that grows too large; so with every method that names no other error.
    pub fn filter(&mut self, of: Stream, predicate: Predicate, not: bool) -> Result<Stream, TopologyError> {
        self.then(of, "KSTREAM-FILTER-", Operator::Filter { predicate, not })
    }

    /// `KStream.mapValues`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn map_values(&mut self, of: Stream, mapper: ValueMapper) -> Result<Stream, TopologyError> {
        let serde = mapped_serde(&mapper, of.serde);
        Ok(Stream { serde, ..self.then(of, "KSTREAM-MAPVALUES-", Operator::MapValues(mapper))? })
    }

    /// `KStream.selectKey`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn select_key(&mut self, of: Stream, mapper: KeyMapper) -> Result<Stream, TopologyError> {
        Ok(Stream { key_changed: true, ..self.then(of, "KSTREAM-KEY-SELECT-", Operator::SelectKey(mapper))? })
    }

    /// `KStream.map`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn map(&mut self, of: Stream, mapper: KeyValueMapper) -> Result<Stream, TopologyError> {
        let serde = match &mapper {
            KeyValueMapper::Swap | KeyValueMapper::Expr(_) => Serde::Bytes,
            KeyValueMapper::Rekey { value, .. } => mapped_serde(value, of.serde),
        };
        Ok(Stream { key_changed: true, serde, ..self.then(of, "KSTREAM-MAP-", Operator::Map(mapper))? })
    }

    /// `KStream.flatMapValues`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn flat_map_values(&mut self, of: Stream, mapper: FlatMapper) -> Result<Stream, TopologyError> {
        let stream = self.then(of, "KSTREAM-FLATMAPVALUES-", Operator::FlatMapValues(mapper))?;
        Ok(Stream { serde: Serde::Bytes, ..stream })
    }

    /// `KStream.flatMap`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn flat_map(&mut self, of: Stream, mapper: FlatMapper) -> Result<Stream, TopologyError> {
        let stream = self.then(of, "KSTREAM-FLATMAP-", Operator::FlatMap(mapper))?;
        Ok(Stream { serde: Serde::Bytes, key_changed: true, ..stream })
    }

    /// `KStream.peek`: each record is shown under a label.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn peek(&mut self, of: Stream, label: &str) -> Result<Stream, TopologyError> {
        self.then(of, "KSTREAM-PEEK-", Operator::Peek(label.into()))
    }

    /// `KStream.merge`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn merge(&mut self, one: Stream, other: Stream) -> Result<Stream, TopologyError> {
        let node = self.add("KSTREAM-MERGE-", Operator::PassThrough, &[one.node, other.node])?;
        self.draft.merges.push(node);
        Ok(Stream { node, serde: one.serde, key_changed: one.key_changed || other.key_changed })
    }

    /// `KStream.split`: one stream per predicate, and one more if there is a default branch.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn split(
        &mut self,
        of: Stream,
        predicates: Vec<Predicate>,
        default: bool,
    ) -> Result<Vec<Stream>, TopologyError> {
        let mut branches = Vec::new();
        self.split_each(of, predicates, default, |_, branch, _| {
            branches.push(branch);
            Ok(())
        })?;
        Ok(branches)
    }

    /// `KStream.split` with `Branched.withConsumer`: each branch is handed over, with its number from 0, before the next
    /// one is made.
    ///
    /// # Errors
    /// See [`filter`](Self::filter); what the consumer refuses.
    pub fn split_each(
        &mut self,
        of: Stream,
        predicates: Vec<Predicate>,
        default: bool,
        mut consumer: impl FnMut(&mut Self, Stream, usize) -> Result<(), TopologyError>,
    ) -> Result<(), TopologyError> {
        let branches: Vec<Option<Predicate>> =
            predicates.into_iter().map(Some).chain(default.then_some(None)).collect();
        let count = branches.len();
        let split = self.then(of, "KSTREAM-BRANCH-", Operator::Branch(branches))?;
        let splitter = self.name(split.node).to_string();
        for at in 0..count {
            // Branches count from 1, the default one is 0; each takes a number that its name does not show.
            let number = if default && at + 1 == count { 0 } else { at + 1 };
            self.numbered("");
            let node = self.add_named(format!("{splitter}{number}"), Operator::PassThrough, &[split.node])?;
            consumer(self, Stream { node, ..split }, at)?;
        }
        Ok(())
    }

    /// `KStream.to`.
    ///
    /// # Errors
    /// A topic with a wrong name.
    pub fn to(&mut self, of: Stream, topic: &TopicName) -> Result<(), TopologyError> {
        check_topic(topic)?;
        self.add("KSTREAM-SINK-", Operator::Sink { topic: topic.clone() }, &[of.node]).map(|_| ())
    }

    /// `KStream.groupByKey`; the name is `Grouped.as`, for the repartition topic if there must be one.
    pub fn group_by_key(&mut self, of: Stream, name: Option<&str>) -> Grouped {
        Grouped { stream: of, name: name.map(str::to_owned) }
    }

    /// `KStream.groupBy`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn group_by(
        &mut self,
        of: Stream,
        mapper: KeyMapper,
        name: Option<&str>,
    ) -> Result<Grouped, TopologyError> {
        // A grouping's name is its key selector's name, too.
        let operator = Operator::SelectKey(mapper);
        let node_name = self.named_or_numbered(name.map(str::to_owned), "KSTREAM-KEY-SELECT-");
        let node = self.add_named(node_name, operator, &[of.node])?;
        Ok(Grouped { stream: Stream { node, key_changed: true, ..of }, name: name.map(str::to_owned) })
    }

    /// `count`, `reduce` or `aggregate` without windows.
    ///
    /// # Errors
    /// As with windows.
    pub fn aggregate(
        &mut self,
        of: Grouped,
        aggregation: Aggregation,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let counts = aggregation == Aggregation::Count;
        let names = self.aggregation_names(&aggregation, materialized.store, counts);
        let parent = self.partitioned_by_key(&of, &names)?;
        let serde = aggregate_serde(&aggregation, of.stream.serde);
        let store = self.add_store(names.store, StoreKind::KeyValue, serde)?;
        let node = self.add_named(names.node, Operator::Aggregate { aggregation, store }, &[parent])?;
        Ok(Table { node, serde })
    }

    /// Draws the names in Kafka's order: the store's, which only an unnamed store takes, then the processor's. An
    /// unnamed count (but not on sliding windows) has always taken two numbers, and Kafka keeps it so for
    /// compatibility.
    fn aggregation_names(
        &mut self,
        aggregation: &Aggregation,
        given: Option<String>,
        takes_two: bool,
    ) -> AggregationNames {
        let prefix = prefix(aggregation);
        let store = given.unwrap_or_else(|| {
            if takes_two {
                self.numbered("");
            }
            self.numbered(&format!("{prefix}STATE-STORE-"))
        });
        AggregationNames { store, node: self.numbered(prefix) }
    }

    /// The node behind which equal keys lie in one partition: the stream's own, or the source of a repartition topic
    /// if its key was changed (`KStreamImpl.createRepartitionedSource`).
    fn partitioned_by_key(
        &mut self,
        grouped: &Grouped,
        names: &AggregationNames,
    ) -> Result<NodeId, TopologyError> {
        let stream = grouped.stream;
        if !stream.key_changed {
            return Ok(stream.node);
        }
        let prefix = grouped.name.as_ref().unwrap_or(&names.store);
        self.repartition_for_grouping(stream, prefix, grouped.name.is_some())
    }

    /// `KTable.suppress(untilWindowCloses(unbounded()))`, with `max_records` a strict bound.
    ///
    /// # Errors
    /// A table without windows.
    pub fn suppress_until_window_closes(
        &mut self,
        of: Table,
        name: Option<&str>,
        max_records: Option<usize>,
    ) -> Result<Table, TopologyError> {
        let grace_ms = super::grace::suppress_ms(&self.nodes, &self.repartition_topics, of.node)?;
        let until = SuppressUntil::WindowCloses { grace_ms };
        self.suppress(of, until, max_records, BufferFull::ShutDown, name)
    }

    /// `KTable.suppress`.
    ///
    /// # Errors
    /// A buffer's name that is taken.
    pub fn suppress(
        &mut self,
        of: Table,
        until: SuppressUntil,
        max_records: Option<usize>,
        when_full: BufferFull,
        name: Option<&str>,
    ) -> Result<Table, TopologyError> {
        if self.history_ms(of.node).is_some() {
            let source = matches!(self.operator(of.node), Some(Operator::TableSource { .. }));
            return Err(TopologyError::VersionedSuppress { inherited: !source });
        }
        let (node_name, buffer) = match name {
            Some(name) => (name.to_owned(), format!("{name}-store")),
            None => {
                let node = self.numbered("KTABLE-SUPPRESS-");
                (node, self.numbered("KTABLE-SUPPRESS-STATE-STORE-"))
            }
        };
        let store = self.add_store(buffer, StoreKind::SuppressBuffer, of.serde)?;
        let operator = Operator::Suppress { until, max_records, when_full, store };
        let node = self.add_named(node_name, operator, &[of.node])?;
        Ok(Table { node, ..of })
    }

    /// `KTable.toStream`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn to_stream(&mut self, of: Table) -> Result<Stream, TopologyError> {
        let node = self.add("KTABLE-TOSTREAM-", Operator::PassThrough, &[of.node])?;
        Ok(Stream { node, serde: of.serde, key_changed: false })
    }
}

fn prefix(aggregation: &Aggregation) -> &'static str {
    match aggregation {
        Aggregation::Count | Aggregation::Sum(_) | Aggregation::Aggregate { .. } => "KSTREAM-AGGREGATE-",
        Aggregation::Reduce(_) => "KSTREAM-REDUCE-",
    }
}

pub(super) fn mapped_serde(mapper: &ValueMapper, before: Serde) -> Serde {
    match mapper {
        ValueMapper::Length | ValueMapper::Number => Serde::Long,
        ValueMapper::Identity => before,
        ValueMapper::Expr(_)
        | ValueMapper::Upper
        | ValueMapper::Append(_)
        | ValueMapper::Const(_)
        | ValueMapper::Null
        | ValueMapper::Text
        | ValueMapper::WithKey => Serde::Bytes,
    }
}

fn aggregate_serde(aggregation: &Aggregation, before: Serde) -> Serde {
    match aggregation {
        Aggregation::Count => Serde::Long,
        Aggregation::Sum(_) => Serde::Number,
        Aggregation::Reduce(_) => before,
        Aggregation::Aggregate { init, .. } => match init {
            crate::Value::Bytes(_) => Serde::Bytes,
            crate::Value::Long(_) => Serde::Long,
            crate::Value::Number(_) => Serde::Number,
        },
    }
}

/// `Topic.validate`.
pub(crate) fn check_topic(topic: &TopicName) -> Result<(), TopologyError> {
    let name = topic.as_str();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let good = (1..=249).contains(&name.len()) && name.chars().all(legal) && name != "." && name != "..";
    if good { Ok(()) } else { Err(TopologyError::TopicName(name.to_owned())) }
}
