//! What makes no sense in this world is refused before it becomes history, with the reason and what to do instead.

use super::World;
use crate::command::{Command, InstanceAction, Name, NewRecord};
use crate::limits;
use crate::node::{Activity, Kind, Node};
use crate::trace::{Lifecycle, NodeId};
use millrace_expr::suggest;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::{TopicName, TransactionVersion};
use millrace_streams::Topology;
use millrace_streams::language::Pipeline;
use std::fmt;

/// Why a command was not carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing of that name.
    Unknown {
        /// What kind of thing: "producer", "application", "instance".
        kind: &'static str,
        /// The name.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// The name is taken.
    Taken {
        /// What kind of thing.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A number is outside its range.
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The smallest allowed.
        min: u64,
        /// The largest allowed.
        max: u64,
    },
    /// A named limit is reached.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The thing is not in a state for it.
    Not {
        /// The thing.
        name: String,
        /// What it is, and what it would have to be.
        why: &'static str,
    },
    /// Something the learner wrote does not parse.
    Malformed {
        /// What was read.
        what: &'static str,
        /// Where and what instead.
        why: String,
    },
    /// A stored command does not belong where the log puts it: the log was made by another engine, or damaged.
    OutOfOrder {
        /// The steps that should have happened.
        after: u64,
        /// The steps that have.
        steps: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown { kind, name, nearest: Some(nearest) } => {
                write!(f, "there is no {kind} {name:?}; did you mean {nearest:?}?")
            }
            Refusal::Unknown { kind, name, nearest: None } => write!(f, "there is no {kind} {name:?}"),
            Refusal::Taken { kind, name } => write!(f, "there is a {kind} {name:?} already"),
            Refusal::OutOfRange { what, value, min, max } => {
                write!(f, "{what} is {value}; it can be {min} to {max}")
            }
            Refusal::TooMany { what, limit } => {
                write!(f, "the playground holds at most {limit} {what}; start over or remove some")
            }
            Refusal::Not { name, why } => write!(f, "{name} {why}"),
            Refusal::Malformed { what, why } => write!(f, "{what}: {why}"),
            Refusal::OutOfOrder { after, steps } => {
                write!(f, "this command belongs after step {after}, but the world is at step {steps}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl World {
    /// Whether `command` makes sense now.
    ///
    /// # Errors
    /// The [`Refusal`] that the learner is shown.
    pub fn check(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            // the broker answers
            Command::CreateTopic { .. }
            | Command::AddPartitions { .. }
            | Command::DeleteTopic { .. }
            | Command::Administer { .. } => Ok(()),
            Command::StartBrokers { config } => {
                self.check_nothing_there()?;
                self.check_transaction_version(config.transaction_version)
            }
            Command::Cluster(command) => self.check_cluster(command),
            Command::Producer { name, action } => self.check_producer_action(name, action),
            Command::StartProducer { name, config, .. } => {
                self.check_new_producer(config)?;
                // A name is free again once its process has ended.
                if self.producer(name).is_some_and(|(_, node)| node.activity() != Activity::Gone) {
                    return Err(Refusal::Taken { kind: "producer", name: name.to_string() });
                }
                self.check_room(1)
            }
            Command::Produce { producer, records } => self.check_produce(producer.as_deref(), records),
            Command::SetWorkload { producer, workload } => {
                self.known_producer(producer)?;
                workload.as_ref().map_or(Ok(()), |workload| self.check_workload(producer, workload))
            }
            Command::StartApp { app, instances } => {
                if self.apps.contains_key(&app.group) {
                    return Err(Refusal::Taken { kind: "application", name: app.group.to_string() });
                }
                if app.topics.is_empty() && app.pattern.is_none() {
                    let why = "name at least one topic to read".to_owned();
                    return Err(Refusal::Malformed { what: "topics", why });
                }
                self.check_consumer(&app.consumer)?;
                self.check_output(app)?;
                let call = app.guard.as_ref().and_then(|guard| guard.call.as_ref());
                call.and_then(|call| call.service.name()).map_or(Ok(()), |name| self.check_callable(name))?;
                self.check_room(*instances as usize)
            }
            Command::AddInstance { group, name, own } => {
                self.known_app(group.as_str())?;
                let consumer = own.as_ref().and_then(|own| own.consumer.as_ref());
                consumer.map_or(Ok(()), |consumer| self.check_consumer(consumer))?;
                let taken = |name: &&Name| self.instance(group.as_str(), name).is_some();
                if let Some(name) = name.as_ref().filter(taken) {
                    return Err(Refusal::Taken { kind: "instance", name: name.to_string() });
                }
                self.check_room(1)
            }
            Command::Errand { group, name, .. } => {
                let (_, node) = self.known_instance(group.as_str(), name)?;
                match node.activity() {
                    Activity::Running if node.lifecycle() != Lifecycle::Closing => Ok(()),
                    Activity::Running => {
                        Err(Refusal::Not { name: name.to_string(), why: "is closing already" })
                    }
                    Activity::Frozen => {
                        Err(Refusal::Not { name: name.to_string(), why: "is frozen; thaw or crash it" })
                    }
                    Activity::Gone => {
                        Err(Refusal::Not { name: name.to_string(), why: "does not run; restart it first" })
                    }
                }
            }
            Command::Instance { group, name, action } => {
                let (_, node) = self.known_instance(group.as_str(), name)?;
                check_action(node, *action)
            }
            Command::SetWork { group, instance, .. } => {
                self.known_app(group.as_str())?;
                instance.as_ref().map_or(Ok(()), |name| self.known_instance(group.as_str(), name).map(drop))
            }
            Command::SetFailures { group, .. } | Command::SetRetry { group, .. } => {
                self.known_app(group.as_str())
            }
            Command::StartStreams { name, pipeline, config, instances } => {
                let malformed = |why: String| Refusal::Malformed { what: "pipeline", why };
                let parsed = Pipeline::parse(pipeline).map_err(|error| malformed(error.to_string()))?;
                let topology = parsed.topology(name).map_err(|error| malformed(error.to_string()))?;
                self.check_sources(&topology)?;
                self.check_guarantee(config)?;
                topology
                    .check_copartitioned(|topic| self.count_of(topic))
                    .map_err(|why| Refusal::Malformed { what: "TopologyException", why })?;
                self.check_room(*instances as usize)
            }
            Command::AddStreamsInstance { name } => {
                self.running_streams(name)?;
                self.check_room(1)
            }
            Command::StreamsInstance { name, instance, action } => {
                self.running_streams(name)?;
                let Some((_, node)) = self.streams_instance(name, instance) else {
                    let names = self.streams_instances(name).map(|(_, node, _)| &*node.name);
                    return Err(self.unknown("instance", instance, names));
                };
                match action {
                    InstanceAction::Pause | InstanceAction::Resume => {
                        Err(Refusal::Not { name: instance.to_string(), why: "cannot be paused; freeze it" })
                    }
                    action => check_action(node, *action),
                }
            }
            Command::StopStreams { name } => self.running_streams(name),
            Command::OpenDashboard { topic, .. } => match self.partitions_of(topic.as_str()) {
                Some(_) => Ok(()),
                None => {
                    let topics = self.brokers().flat_map(|broker| broker.topics());
                    Err(self.unknown("topic", topic.as_str(), topics.map(|topic| topic.name().as_str())))
                }
            },
            Command::OpenFeed { name, .. } => match self.dashboards.contains_key(name) {
                true => Ok(()),
                false => Err(self.unknown("dashboard", name, self.dashboards.keys().map(|name| &**name))),
            },
            // The tool says what is wrong with it.
            Command::ResetOffsets { .. } => Ok(()),
            Command::Fault(fault) => self.check_fault(fault),
            Command::DeskWork(work) => self.known_app(work.group.as_str()),
            Command::Service(command) => self.check_service(command),
            Command::Queue(command) => self.check_queue(command),
            Command::SetAlert(rule) => self.known_app(rule.group.as_str()),
            Command::SetNetwork { latency } => {
                in_range("network latency in ms", latency.as_millis(), 0, 60_000)
            }
            Command::SetListeners(change) => self.check_listeners(change),
            Command::SetMachines(None) => Ok(()),
            Command::SetMachines(Some(machines)) => {
                in_range("network in bytes a second", machines.network, 1_000, 1_000_000_000_000)?;
                in_range("disk in bytes a second", machines.disk, 1_000, 1_000_000_000_000)?;
                in_range("a batch in µs", machines.per_batch.0, 0, 10_000_000)?;
                in_range("threads", u64::from(machines.io_threads), 1, 1_000)?;
                in_range("a request in µs", machines.per_request.0, 0, 10_000_000)?;
                in_range("codecs in bytes a second", machines.codec, 1_000, 1_000_000_000_000)
            }
        }
    }

    fn running_streams(&self, name: &str) -> Result<(), Refusal> {
        match self.streams.get(name) {
            None => Err(self.unknown("streams application", name, self.streams.keys().map(|n| &**n))),
            Some(app) if app.node.is_none() && self.is_administering() => {
                let why = "has no instance yet: its topics are being created; wait a moment";
                Err(Refusal::Not { name: name.to_owned(), why })
            }
            Some(app) if app.node.is_none() => {
                Err(Refusal::Not { name: name.to_owned(), why: "is stopped already" })
            }
            Some(_) => Ok(()),
        }
    }

    /// Kafka Streams stops with MissingSourceTopicException; here it does not even start.
    fn check_sources(&self, topology: &Topology) -> Result<(), Refusal> {
        let Some(broker) = self.asked_broker() else { return Ok(()) };
        let sources = topology.subtopologies().iter().flat_map(|sub| &sub.source_topics);
        // Topics between sub-topologies are made with the application.
        for topic in sources.filter(|topic| !topology.is_internal(topic)) {
            if broker.topic(topic.as_str()).is_none() {
                let names = broker.topics().map(|topic| topic.name().as_str());
                return Err(self.unknown("topic", topic.as_str(), names));
            }
        }
        Ok(())
    }

    pub(super) fn count_of(&self, topic: &TopicName) -> Option<u32> {
        u32::try_from(self.partitions_of(topic.as_str())?).ok()
    }

    /// Levels of the feature come with releases.
    pub(in crate::world) fn check_transaction_version(
        &self,
        wanted: TransactionVersion,
    ) -> Result<(), Refusal> {
        if wanted <= self.profile.transaction_version() {
            return Ok(());
        }
        let why = format!("{} has no stable transaction.version={wanted}: 2 came with 4.0", self.profile);
        Err(Refusal::Malformed { what: "settings", why })
    }

    pub(super) fn check_nothing_there(&self) -> Result<(), Refusal> {
        let topics = self.brokers().any(|broker| broker.topics().len() > 0);
        if topics || self.nodes.len() > 1 {
            let why = "run already, and are in use: start them first of all";
            return Err(Refusal::Not { name: "the brokers".to_owned(), why });
        }
        Ok(())
    }

    /// Kafka's consumer does not start with settings of the other protocol (`ConfigException`).
    fn check_consumer(&self, config: &ConsumerConfig) -> Result<(), Refusal> {
        self.check_bootstrap(&config.bootstrap)?;
        match config.conflict(self.profile) {
            Some(why) => Err(Refusal::Malformed { what: "settings", why }),
            None => Ok(()),
        }
    }

    fn check_room(&self, more: usize) -> Result<(), Refusal> {
        if self.nodes.len() + more > limits::NODES {
            return Err(Refusal::TooMany { what: "clients", limit: limits::NODES });
        }
        Ok(())
    }

    fn check_produce(&self, producer: Option<&str>, records: &[NewRecord]) -> Result<(), Refusal> {
        if let Some(name) = producer {
            self.known_producer(name)?;
        }
        if records.is_empty() {
            return Err(Refusal::Malformed { what: "records", why: "there is none to send".to_owned() });
        }
        if records.len() > limits::RECORDS_PER_COMMAND {
            return Err(Refusal::TooMany {
                what: "records in one command",
                limit: limits::RECORDS_PER_COMMAND,
            });
        }
        let has_default = producer.is_some() || self.first_producer().is_some();
        if !has_default && records.iter().any(|record| record.topic.is_none()) {
            let why = "name one: there is no producer yet whose topic could be meant".to_owned();
            return Err(Refusal::Malformed { what: "topic", why });
        }
        Ok(())
    }

    /// The newest producer of that name.
    pub fn producer(&self, name: &str) -> Option<(NodeId, &Node)> {
        self.nodes().filter(|(_, node)| matches!(node.kind, Kind::Producer(_)) && &*node.name == name).last()
    }

    /// The producer that was started first.
    pub fn first_producer(&self) -> Option<NodeId> {
        self.nodes().find(|(_, node)| matches!(node.kind, Kind::Producer(_))).map(|(id, _)| id)
    }

    /// The newest process of that instance.
    pub fn instance(&self, group: &str, name: &str) -> Option<(NodeId, &Node)> {
        self.nodes()
            .filter(|(_, node)| node.group().is_some_and(|g| g.as_str() == group) && &*node.name == name)
            .last()
    }

    pub(super) fn known_producer(&self, name: &str) -> Result<(), Refusal> {
        if self.producer(name).is_some() {
            return Ok(());
        }
        let names = self.nodes().filter(|(_, n)| matches!(n.kind, Kind::Producer(_))).map(|(_, n)| &*n.name);
        Err(self.unknown("producer", name, names))
    }

    pub(super) fn known_app(&self, group: &str) -> Result<(), Refusal> {
        if self.apps.contains_key(group) {
            return Ok(());
        }
        Err(self.unknown("application", group, self.apps.keys().map(|group| group.as_str())))
    }

    pub(super) fn known_instance(&self, group: &str, name: &str) -> Result<(NodeId, &Node), Refusal> {
        self.known_app(group)?;
        self.instance(group, name).ok_or_else(|| {
            let names = self.nodes().filter(|(_, n)| n.group().is_some_and(|g| g.as_str() == group));
            self.unknown("instance", name, names.map(|(_, node)| &*node.name))
        })
    }

    fn unknown<'a>(
        &self,
        kind: &'static str,
        name: &str,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Refusal {
        let nearest = suggest::nearest(name, candidates).map(str::to_owned);
        Refusal::Unknown { kind, name: name.to_owned(), nearest }
    }
}

pub(super) fn in_range(what: &'static str, value: u64, min: u64, max: u64) -> Result<(), Refusal> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(Refusal::OutOfRange { what, value, min, max }) }
}

fn check_action(node: &Node, action: InstanceAction) -> Result<(), Refusal> {
    use InstanceAction::{Crash, Freeze, Pause, Restart, Resume, Stop, Thaw};
    let is_paused = matches!(&node.kind, Kind::Instance { instance, .. } if instance.is_paused());
    let why = match (action, node.activity()) {
        (Restart, Activity::Gone)
        | (Thaw, Activity::Frozen)
        | (Crash, Activity::Running | Activity::Frozen) => {
            return Ok(());
        }
        (Stop | Freeze | Pause | Resume, Activity::Running) if node.lifecycle() == Lifecycle::Closing => {
            "is closing already"
        }
        (Pause, Activity::Running) if is_paused => "is paused already",
        (Resume, Activity::Running) if !is_paused => "is not paused",
        (Stop | Freeze | Pause | Resume, Activity::Running) => return Ok(()),
        (Restart, Activity::Running | Activity::Frozen) => "runs; crash or stop it first",
        (Thaw, Activity::Running) => "is not frozen",
        (Stop | Freeze | Pause | Resume, Activity::Frozen) => "is frozen; thaw or crash it",
        (Stop | Freeze | Crash | Thaw | Pause | Resume, Activity::Gone) => "does not run; restart it first",
    };
    Err(Refusal::Not { name: node.name.to_string(), why })
}
