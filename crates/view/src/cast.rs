//! Who is on stage: producers, groups with their members, the topics that get lanes. No coordinates yet.

use crate::hue;
use millrace_broker::{Group, PartitionLog, Topic};
use millrace_client::consumer::Consumer;
use millrace_client::listener::{DestinationKind, Instance, Port};
use millrace_model::collections::sort;
use millrace_model::{GroupId, Map, MemberId, Offset, Set, TopicName, TopicPartition};
use millrace_sim::node::producer::ProducerNode;
use millrace_sim::node::streams::StreamsNode;
use millrace_sim::node::{Activity, Kind, Node};
use millrace_sim::{AppConfig, NodeId, World};
use millrace_streams::Topology;
use millrace_streams::language::Pipeline;
use std::sync::Arc;

/// See the module.
pub struct Cast<'a> {
    /// The world.
    pub world: &'a World,
    /// The producers that have not gone, in the order of their start.
    pub producers: Vec<(NodeId, &'a Node, &'a ProducerNode)>,
    /// The groups, in the order of their start.
    pub groups: Vec<GroupCast<'a>>,
    /// The topics with lanes.
    pub topics: Vec<&'a Topic>,
}

/// A group: an application's or a streams application's.
pub struct GroupCast<'a> {
    /// `group.id`.
    pub id: GroupId,
    /// What runs under it.
    pub kind: GroupKind<'a>,
    /// Its colour.
    pub hue: u8,
    /// The newest process of each instance.
    pub members: Vec<MemberCast<'a>>,
    /// What it reads.
    pub topics: Vec<TopicName>,
    /// The coordinator's view; none before the first JoinGroup.
    pub group: Option<&'a Group>,
}

/// What runs under a group's name.
pub enum GroupKind<'a> {
    /// Instances with a listener.
    App(&'a AppConfig),
    /// A streams application of that name.
    Streams(Arc<str>),
}

/// One instance.
pub struct MemberCast<'a> {
    /// Its number.
    pub id: NodeId,
    /// Its process.
    pub node: &'a Node,
    /// What runs in it.
    pub body: Body<'a>,
}

/// What runs in a member's process.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// A listener.
    Instance(&'a Instance),
    /// Tasks.
    Streams(&'a StreamsNode),
}

/// A topic of an application's retry chain.
pub struct RetryTopic {
    /// Its name.
    pub topic: TopicName,
    /// The group that reads it.
    pub group: GroupId,
    /// What it is.
    pub kind: DestinationKind,
    /// How long a record waits in it.
    pub delay: millrace_model::Span,
}

impl<'a> Cast<'a> {
    /// The cast of a world.
    pub fn of(world: &'a World) -> Cast<'a> {
        let producers: Vec<_> = world
            .nodes()
            .filter(|(_, node)| node.activity() != Activity::Gone)
            .filter_map(|(id, node)| match &node.kind {
                Kind::Producer(producer) => Some((id, node, &**producer)),
                Kind::Admin | Kind::Instance { .. } | Kind::Streams(_) => None,
            })
            .collect();
        let mut groups = groups(world);
        sort::sort_by_key(&mut groups, |group| group.members.first().map_or(u32::MAX, |member| member.id.0));
        for (n, group) in groups.iter_mut().enumerate() {
            group.hue = hue::of_group(n);
        }
        let topics = lanes(world, &producers, &groups);
        Cast { world, producers, groups, topics }
    }

    /// The group whose eyes a topic's records are seen with: the first application that reads it, else the first
    /// streams application that does.
    pub fn focus(&self, topic: &TopicName) -> Option<&GroupCast<'a>> {
        let mut readers = self.groups.iter().filter(|group| group.topics.contains(topic));
        let first = readers.next()?;
        if matches!(first.kind, GroupKind::App(_)) {
            return Some(first);
        }
        Some(readers.find(|group| matches!(group.kind, GroupKind::App(_))).unwrap_or(first))
    }

    /// The groups that read a topic.
    pub fn readers<'b>(&'b self, topic: &'b TopicName) -> impl Iterator<Item = &'b GroupCast<'a>> {
        self.groups.iter().filter(move |group| group.topics.contains(topic))
    }

    /// One group.
    pub fn group(&self, id: &str) -> Option<&GroupCast<'a>> {
        self.groups.iter().find(|group| group.id.as_str() == id)
    }
}

impl<'a> GroupCast<'a> {
    /// The name that the learner gave it: an application's group, a streams application's name without its version.
    pub fn name(&self) -> &str {
        match &self.kind {
            GroupKind::App(_) => self.id.as_str(),
            GroupKind::Streams(name) => name,
        }
    }

    /// Which member owns which partition: as the member believes, as long as the coordinator counts it in.
    pub fn owners(&self) -> Map<&'a TopicPartition, usize> {
        let mut owners = Map::new();
        for (n, member) in self.members.iter().enumerate() {
            if self.counts_in(member) {
                owners.extend(member.consumer().into_iter().flat_map(Consumer::assignment).map(|tp| (tp, n)));
            }
        }
        owners
    }

    /// The member that owns a partition.
    pub fn owner(&self, tp: &TopicPartition) -> Option<&MemberCast<'a>> {
        self.members
            .iter()
            .find(|m| self.counts_in(m) && m.consumer().is_some_and(|c| c.position_state(tp).is_some()))
    }

    /// Whether the coordinator counts a member in.
    pub fn counts_in(&self, member: &MemberCast<'a>) -> bool {
        let id = member.consumer().map(Consumer::member_id);
        id.zip(self.group).is_some_and(|(id, group)| match group.consumer() {
            Some(consumer) => consumer.member(id.as_str()).is_some(),
            None => group.member(id).is_some(),
        })
    }

    /// What the group has committed for a partition.
    pub fn committed(&self, tp: &TopicPartition) -> Option<Offset> {
        self.group?.committed(tp).map(|committed| committed.offset)
    }

    /// The name of the member with that id: the process that has it, else its `client.id`.
    pub fn member_name(&self, id: &MemberId) -> String {
        let process = self.members.iter().find(|m| m.consumer().is_some_and(|c| c.member_id() == id));
        match process {
            Some(member) => member.node.name.to_string(),
            None => self
                .group
                .and_then(|group| match group.consumer() {
                    Some(consumer) => Some(&consumer.member(id.as_str())?.subscription.client_id),
                    None => Some(&group.member(id)?.client_id),
                })
                .map_or_else(|| id.to_string(), ToString::to_string),
        }
    }

    /// The retry topics and the dead-letter topic, in order; none for a group without them.
    pub fn retry_chain(&self) -> Vec<RetryTopic> {
        let GroupKind::App(app) = &self.kind else { return Vec::new() };
        retry_chain(app)
    }
}

/// The topics behind an application's main ones.
pub fn retry_chain(app: &AppConfig) -> Vec<RetryTopic> {
    let Some(retry) = app.retry.retry_topics() else { return Vec::new() };
    let chain = retry.chain();
    chain
        .iter()
        .flat_map(|destination| {
            app.topics.iter().map(move |main| RetryTopic {
                topic: destination.topic(main),
                group: destination.group(&app.group),
                kind: destination.kind,
                delay: destination.delay,
            })
        })
        .collect()
}

impl<'a> MemberCast<'a> {
    /// Its consumer of the main topics.
    pub fn consumer(&self) -> Option<&'a Consumer> {
        match self.body {
            Body::Instance(instance) => instance.container(Port::MAIN).map(|container| container.consumer()),
            Body::Streams(streams) => Some(streams.consumer()),
        }
    }
}

/// One partition's log, wherever it is led.
pub fn log<'a>(world: &'a World, tp: &TopicPartition) -> Option<&'a PartitionLog> {
    world.log(tp)
}

/// A topic as the cluster knows it.
pub fn topic<'a>(world: &'a World, name: &str) -> Option<&'a Topic> {
    world.asked_broker()?.topic(name)
}

/// A group as its coordinator knows it.
pub fn group<'a>(world: &'a World, id: &str) -> Option<&'a Group> {
    world.group(id)
}

/// The partitions of a topic with their logs.
pub fn logs(topic: &Topic) -> impl Iterator<Item = (TopicPartition, &PartitionLog)> {
    let name = topic.name();
    topic.partitions().zip(0..).map(move |(partition, n)| {
        (TopicPartition { topic: name.clone(), partition: millrace_model::Partition(n) }, &partition.log)
    })
}

/// Kafka's own topics and those of Kafka Streams: never on stage.
pub fn is_internal(name: &str) -> bool {
    name.starts_with("__") || name.ends_with("-changelog") || name.ends_with("-repartition")
}

/// What an application reads: what it was told to, and what its instances have subscribed to besides.
fn topics_of(world: &World, id: &GroupId, app: &AppConfig) -> Vec<TopicName> {
    let mut topics = app.topics.clone();
    for (_, node) in world.nodes() {
        if node.group() != Some(id) || node.activity() == Activity::Gone {
            continue;
        }
        let Kind::Instance { instance, .. } = &node.kind else { continue };
        let Some(container) = instance.container(Port::MAIN) else { continue };
        for topic in container.consumer().subscription() {
            if !topics.contains(topic) {
                topics.push(topic.clone());
            }
        }
    }
    topics
}

fn groups(world: &World) -> Vec<GroupCast<'_>> {
    let mut groups: Vec<GroupCast<'_>> = world
        .apps()
        .iter()
        .map(|(id, app)| GroupCast {
            id: id.clone(),
            kind: GroupKind::App(&app.config),
            hue: 0,
            members: Vec::new(),
            topics: topics_of(world, id, &app.config),
            group: group(world, id.as_str()),
        })
        .collect();
    for (name, app) in world.streams_apps() {
        let Some((id, node)) = app.node.and_then(|id| Some((id, world.node(id)?))) else { continue };
        let Kind::Streams(streams) = &node.kind else { continue };
        let group_id = streams.application_id().clone();
        let sources =
            streams.topology().subtopologies().iter().flat_map(|sub| sub.source_topics.iter().cloned());
        let sources = sources.filter(|topic| !is_internal(topic.as_str()));
        groups.push(GroupCast {
            kind: GroupKind::Streams(name.clone()),
            hue: 0,
            members: streams_members(world, name, id),
            topics: sources.collect(),
            group: group(world, group_id.as_str()),
            id: group_id,
        });
    }
    for (id, node) in world.nodes() {
        let Kind::Instance { group, instance } = &node.kind else { continue };
        let Some(of) = groups.iter_mut().find(|of| of.id == *group) else { continue };
        let member = MemberCast { id, node, body: Body::Instance(instance) };
        // A restarted instance takes the place of its former process.
        match of.members.iter_mut().find(|m| m.node.name == node.name) {
            Some(former) => *former = member,
            None => of.members.push(member),
        }
    }
    groups
}

/// The instances of a streams application, the one that stands for it first.
fn streams_members<'a>(world: &'a World, name: &str, first: NodeId) -> Vec<MemberCast<'a>> {
    let all = world.streams_instances(name);
    let mut members: Vec<MemberCast<'a>> =
        all.map(|(id, node, streams)| MemberCast { id, node, body: Body::Streams(streams) }).collect();
    sort::sort_by_key(&mut members, |member| (member.id != first, member.id.0));
    members
}

/// The topics with lanes: those that producers write first, then what applications read, then the rest; never internal
/// ones, never retry chains, and results of streams applications only if an application reads them.
fn lanes<'a>(
    world: &'a World,
    producers: &[(NodeId, &'a Node, &'a ProducerNode)],
    groups: &[GroupCast<'a>],
) -> Vec<&'a Topic> {
    let retries: Set<TopicName> =
        groups.iter().flat_map(GroupCast::retry_chain).map(|retry| retry.topic).collect();
    let mut results: Set<TopicName> = groups.iter().flat_map(results_of).collect();
    // One that stands still, or is about to start anew, has results as well.
    for app in world.streams_apps().values().filter(|app| app.node.is_none()) {
        let topology = Pipeline::parse(&app.pipeline).ok().and_then(|pipeline| pipeline.topology("").ok());
        results.extend(topology.iter().flat_map(Topology::sink_topics));
    }
    let written = producers.iter().flat_map(|(_, _, producer)| {
        let other = producer.workload.as_ref().and_then(|running| running.workload.topic.clone());
        [Some(producer.topic.clone()), other].into_iter().flatten()
    });
    let read = groups.iter().flat_map(|group| group.topics.iter().cloned());
    let rest = world
        .brokers()
        .flat_map(|broker| broker.topics())
        .map(|topic| topic.name().clone())
        .filter(|name| !results.contains(name));
    let mut seen = Set::new();
    written
        .chain(read)
        .chain(rest)
        .filter(|name| !is_internal(name.as_str()) && !retries.contains(name))
        .filter(|name| seen.insert(name.clone()))
        .filter_map(|name| topic(world, name.as_str()))
        .collect()
}

/// The topics that a group's tasks write their results to.
pub fn results_of(group: &GroupCast<'_>) -> Vec<TopicName> {
    match group.members.first().map(|member| member.body) {
        Some(Body::Streams(streams)) => streams.topology().sink_topics(),
        Some(Body::Instance(_)) | None => Vec::new(),
    }
}

/// One record of a log, if it is still there.
pub fn record<'a>(
    world: &'a World,
    tp: &TopicPartition,
    offset: Offset,
) -> Option<&'a millrace_model::Record> {
    stored(world, tp, offset)?.record(offset)
}

/// The batch that holds one record of a log.
pub fn stored<'a>(
    world: &'a World,
    tp: &TopicPartition,
    offset: Offset,
) -> Option<&'a millrace_model::StoredBatch> {
    let log = log(world, tp)?;
    if offset < log.log_start_offset() || offset >= log.log_end_offset() {
        return None;
    }
    log.batches_from(offset).next().filter(|batch| batch.record(offset).is_some())
}
