//! Streams applications: their internal topics, their instances, and what is done to those.

use super::World;
use super::admin::Then;
use super::apps::StreamsApp;
use super::execute::joined;
use crate::command::{InstanceAction, Name};
use crate::node::streams::{Identity, StreamsInput, StreamsNode};
use crate::node::{Activity, Kind, Node, NodeInput};
use crate::trace::{EntryId, NodeId, Recorder};
use millrace_model::config::streams::StreamsConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{CreateTopicsRequest, NewTopic};
use millrace_model::{Request, TopicName, TopicPartition};
use millrace_streams::language::Pipeline;
use millrace_streams::{Topology, topology};
use std::sync::Arc;

impl World {
    /// The instances of a streams application: the newest process of each, in the order of their start.
    pub fn streams_instances(&self, name: &str) -> impl Iterator<Item = (NodeId, &Node, &StreamsNode)> {
        let instances = self.streams.get(name).into_iter().flat_map(|app| &app.instances);
        instances.filter_map(|(_, id)| {
            let node = self.node(*id)?;
            match &node.kind {
                Kind::Streams(streams) => Some((*id, node, &**streams)),
                Kind::Admin | Kind::Producer(_) | Kind::Instance { .. } => None,
            }
        })
    }

    /// Those that run (frozen ones included).
    pub fn live_streams_instances(&self, name: &str) -> impl Iterator<Item = (NodeId, &Node, &StreamsNode)> {
        self.streams_instances(name).filter(|(_, node, _)| node.activity() != Activity::Gone)
    }

    pub(super) fn start_streams(
        &mut self,
        name: &Name,
        (pipeline, config): (&Arc<str>, &StreamsConfig),
        instances: u32,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let version = self.streams.get(name).map_or(0, |app| app.version) + 1;
        self.stop_streams(name, cause, recorder);
        let mut app = StreamsApp {
            version,
            pipeline: pipeline.clone(),
            config: config.clone(),
            started: 0,
            instances: Vec::new(),
            node: None,
        };
        let instances: Vec<Name> = (0..instances).map(|_| app.next_instance(name)).collect();
        self.streams.insert(name.clone(), app);
        self.start_streams_instances(name, instances, cause, recorder);
    }

    /// Makes the topics that are missing, and then starts the instances. Kafka Streams makes them when it joins its group
    /// (`InternalTopicManager.makeReady`), so that an application whose internal topics were deleted has new ones.
    fn start_streams_instances(
        &mut self,
        name: &Name,
        instances: Vec<Name>,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let topics = self.internal_topics(name);
        if topics.is_empty() {
            for instance in instances {
                self.start_streams_node(name, &instance, cause, recorder);
            }
        } else {
            let what = format!("CreateTopics {}", joined(&topics));
            let request = Request::CreateTopics(CreateTopicsRequest { topics });
            let then = Then::StartStreams { name: name.clone(), instances };
            self.administer(what, request, then, cause, recorder);
        }
    }

    pub(super) fn stop_streams(&mut self, name: &Name, cause: EntryId, recorder: &mut Recorder) {
        let running: Vec<NodeId> = self
            .live_streams_instances(name)
            .filter(|(_, node, _)| node.lifecycle() != crate::trace::Lifecycle::Closing)
            .map(|(id, ..)| id)
            .collect();
        if let Some(app) = self.streams.get_mut(name) {
            (app.instances, app.node) = (Vec::new(), None);
        }
        for id in running {
            self.close(id, cause, recorder);
        }
    }

    /// The topology that runs under this name now.
    pub(super) fn topology_of(&self, name: &str) -> Option<Topology> {
        let app = self.streams.get(name)?;
        let id = StreamsApp::application_id(name, app.version);
        let caching = app.config.statestore_cache_max_bytes > 0;
        let config = topology::StreamsConfig {
            caching,
            deserialization_exception_handler: app.config.deserialization_exception_handler,
            processing_exception_handler: app.config.processing_exception_handler,
            errors_dead_letter_queue_topic_name: app.config.errors_dead_letter_queue_topic_name.clone(),
            ..topology::StreamsConfig::default()
        };
        Pipeline::parse(&app.pipeline).ok()?.topology_with(&id, config).ok()
    }

    /// Internal and output topics that are missing; output topics get as many partitions as the input has.
    fn internal_topics(&self, name: &str) -> Vec<NewTopic> {
        let Some(topology) = self.topology_of(name) else { return Vec::new() };
        let read = topology.subtopologies().iter().filter(|sub| !sub.global);
        let sources = read.flat_map(|sub| &sub.source_topics);
        let widest = sources.filter_map(|topic| self.partitions_of(topic.as_str())).max();
        let internal = topology.internal_topics(|topic| self.count_of(topic)).into_iter();
        let internal = internal.map(|topic| (topic.topic, i32::try_from(topic.partitions).ok()));
        let internal: Vec<(TopicName, Option<i32>)> = internal.collect();
        let sinks = topology.sink_topics().into_iter().filter(|topic| !topology.is_internal(topic));
        let sinks = sinks.map(|topic| (topic, widest.or(Some(1))));
        let missing = internal.into_iter().chain(sinks);
        missing
            .filter(|(topic, _)| self.partitions_of(topic.as_str()).is_none())
            .map(|(name, partitions)| NewTopic {
                name,
                partitions,
                replication_factor: None,
                config: TopicConfig::default(),
            })
            .collect()
    }

    pub(super) fn start_streams_node(
        &mut self,
        name: &Name,
        instance: &Name,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(topology) = self.topology_of(name) else { return };
        let Some(config) = self.streams.get(name).map(|app| app.config.clone()) else { return };
        let counted = |topic: TopicName| self.partitions_of(topic.as_str()).map(|count| (topic, count));
        let sinks = topology.sink_topics().into_iter().filter_map(counted).collect();
        let globals = topology.global_topics().into_iter().filter_map(counted);
        let globals = globals
            .flat_map(|(topic, count)| (0..count).map(move |p| TopicPartition::new(topic.clone(), p)))
            .collect();
        let identity = Identity { name: instance.clone(), topology, config, sinks, globals };
        let streams = StreamsNode::new(identity, self.profile, self.bootstrap(), self.now);
        let node = Node::new(instance.clone(), Kind::Streams(Box::new(streams)));
        let node = self.add_node(node, cause, recorder);
        if let Some(app) = self.streams.get_mut(name) {
            match app.instances.iter_mut().find(|(known, _)| known == instance) {
                Some((_, before)) => *before = node,
                None => app.instances.push((instance.clone(), node)),
            }
        }
        self.choose_first(name);
        self.node_decides(node, NodeInput::Streams(StreamsInput::Start), cause, recorder);
    }

    /// The newest process of an instance.
    pub(super) fn streams_instance(&self, name: &str, instance: &str) -> Option<(NodeId, &Node)> {
        let mut all = self.streams_instances(name);
        all.find(|(_, node, _)| &*node.name == instance).map(|(id, node, _)| (id, node))
    }

    pub(super) fn act_on_streams_instance(
        &mut self,
        name: &Name,
        instance: &Name,
        action: InstanceAction,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some((id, _)) = self.streams_instance(name, instance) else { return };
        if action == InstanceAction::Restart {
            return self.start_streams_instances(name, vec![instance.clone()], cause, recorder);
        }
        self.act_on_process(id, action, cause, recorder);
        self.choose_first(name);
    }

    fn choose_first(&mut self, name: &str) {
        let live = self.live_streams_instances(name).map(|(id, ..)| id).next();
        if let Some(app) = self.streams.get_mut(name) {
            app.node = live.or_else(|| app.instances.first().map(|(_, id)| *id));
        }
    }
}
