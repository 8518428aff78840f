//! Repartition topics: a filter, a sink and a source (`KStreamImpl.createRepartitionedSource`).

use crate::data::Serde;
use crate::topology::builder::{Stream, TopologyBuilder, check_topic};
use crate::topology::function::Predicate;
use crate::topology::{NodeId, Operator, RepartitionTopic, TopologyError};
use millrace_model::TopicName;

/// The names of a repartition topic's nodes.
pub(super) struct RepartitionNames {
    pub topic: String,
    pub sink: String,
    pub filter: String,
    pub source: String,
}

impl TopologyBuilder {
    /// Draws the three numbers that every repartition takes; names show them only if the prefix is one of Kafka's
    /// own stream nodes.
    pub(super) fn repartition_names(&mut self, prefix: &str) -> RepartitionNames {
        let topic = match prefix.ends_with("-repartition") {
            true => prefix.to_owned(),
            false => format!("{prefix}-repartition"),
        };
        let [sink, filter, source] =
            ["KSTREAM-SINK-", "KSTREAM-FILTER-", "KSTREAM-SOURCE-"].map(|p| self.numbered(p));
        if is_numbered_stream(prefix) {
            return RepartitionNames { topic, sink, filter, source };
        }
        RepartitionNames {
            sink: format!("{topic}-sink"),
            filter: format!("{topic}-filter"),
            source: format!("{topic}-source"),
            topic,
        }
    }

    /// The topic's name in the cluster: `<application.id>-<name>`.
    pub(super) fn internal_topic(&self, name: &str) -> Result<TopicName, TopologyError> {
        let topic = TopicName::new(format!("{}-{name}", self.application_id));
        check_topic(&topic)?;
        Ok(topic)
    }

    /// The nodes of a repartition topic behind `parent`; answers its source.
    pub(super) fn add_repartition(
        &mut self,
        parent: NodeId,
        names: RepartitionNames,
        serde: Serde,
        partitions: Option<u32>,
    ) -> Result<NodeId, TopologyError> {
        let topic = self.internal_topic(&names.topic)?;
        let not_null = Operator::Filter { predicate: Predicate::KeyNotNull, not: false };
        let filter = self.add_named(names.filter, not_null, &[parent])?;
        self.draft.repartition_filters.push(filter);
        let sink = self.add_named(names.sink, Operator::Sink { topic: topic.clone() }, &[filter])?;
        let read = Operator::Source { topics: vec![topic.clone()], serde };
        let source = self.add_named(names.source, read, &[])?;
        self.repartition_topics.push(RepartitionTopic { topic, sink, source, partitions });
        Ok(source)
    }

    /// The node behind which equal keys lie in one partition, for a grouping of a stream whose key was changed.
    pub(in crate::topology) fn repartition_for_grouping(
        &mut self,
        stream: Stream,
        prefix: &str,
        named: bool,
    ) -> Result<NodeId, TopologyError> {
        let names = self.repartition_names(prefix);
        let key = (stream.node, prefix.to_owned());
        if let Some(source) = self.draft.grouped.get(&key).filter(|_| named) {
            return Ok(*source);
        }
        let source = self.add_optimizable(stream, names)?;
        if named {
            self.draft.grouped.insert(key, source);
        }
        Ok(source)
    }

    /// A repartition topic that `merge.repartition.topics` may merge with others.
    pub(super) fn add_optimizable(
        &mut self,
        stream: Stream,
        names: RepartitionNames,
    ) -> Result<NodeId, TopologyError> {
        let filter = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.draft.optimizable.push(filter);
        self.add_repartition(stream.node, names, stream.serde, None)
    }

    /// The stream partitioned by its key, for a join (`repartitionForJoin`). `name` is the user's.
    pub(super) fn repartition_for_join(
        &mut self,
        stream: Stream,
        name: Option<&str>,
    ) -> Result<Stream, TopologyError> {
        if !stream.key_changed {
            return Ok(stream);
        }
        let prefix = name.unwrap_or_else(|| self.name(stream.node)).to_owned();
        let names = self.repartition_names(&prefix);
        let same_name = prefix == self.name(stream.node);
        let node = match self.draft.joined.get(&stream.node).filter(|_| same_name) {
            Some(source) => *source,
            None => self.add_optimizable(stream, names)?,
        };
        self.draft.joined.insert(stream.node, node);
        Ok(Stream { node, serde: stream.serde, key_changed: false })
    }

    /// `KStream.repartition`.
    ///
    /// # Errors
    /// A name that makes no topic's name.
    pub fn repartition(
        &mut self,
        of: Stream,
        name: Option<&str>,
        partitions: Option<u32>,
    ) -> Result<Stream, TopologyError> {
        let prefix = match name {
            Some(name) => name.to_owned(),
            None => self.numbered("KSTREAM-REPARTITION-"),
        };
        let names = self.repartition_names(&prefix);
        let node = self.add_repartition(of.node, names, of.serde, partitions)?;
        Ok(Stream { node, serde: of.serde, key_changed: false })
    }
}

/// `KSTREAM.*-[0-9]{10}`.
fn is_numbered_stream(name: &str) -> bool {
    let Some((head, number)) = name.rsplit_once('-') else { return false };
    head.starts_with("KSTREAM") && number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit())
}
