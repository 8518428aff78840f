//! What there is to operate: topics, producers, applications with their members, pipelines. For panels, not for pictures.

use millrace_client::listener::{FailureRule, RetryPolicy};
use millrace_model::config::streams::StreamsConfig;
use millrace_model::{GroupId, Span, Time, TopicName};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{InstanceAction, Lifecycle, Workload, World};
use millrace_words::session as say;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    /// The topics that are not Kafka's own, with their partition counts, in the order of the alphabet.
    pub topics: Vec<(TopicName, i32)>,
    /// The producers that run.
    pub producers: Vec<ProducerItem>,
    /// The applications.
    pub apps: Vec<AppItem>,
    /// The streams applications.
    pub streams: Vec<StreamsItem>,
    /// The services, and which of them are broken.
    pub services: Vec<(Arc<str>, bool)>,
    /// The alarms that fire.
    pub alarms: Vec<AlarmItem>,
    /// How long a message takes one way.
    pub latency: Span,
}

/// An alarm that fires.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmItem {
    /// Its name.
    pub name: Arc<str>,
    /// Whose.
    pub group: Arc<str>,
    /// Since when.
    pub since: Time,
    /// Its rule in words.
    pub says: String,
}

/// A producer.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerItem {
    /// Its name.
    pub name: Arc<str>,
    /// The topic that it writes to unless told otherwise.
    pub topic: TopicName,
    /// What it sends by itself.
    pub workload: Option<Workload>,
}

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct AppItem {
    /// Its group.
    pub group: GroupId,
    /// When it fails.
    pub rules: Vec<FailureRule>,
    /// How long one record takes.
    pub work: Span,
    /// What follows a failure.
    pub retry: RetryPolicy,
    /// Whether what becomes of its records is worth a desk.
    pub has_desk: bool,
    /// Its instances, each once, whatever became of them.
    pub members: Vec<MemberItem>,
}

/// One instance of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberItem {
    /// Its name.
    pub name: Arc<str>,
    /// What has become of it.
    pub state: MemberState,
    /// How long one record takes in it.
    pub work: Span,
}

/// What has become of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It runs.
    Running,
    /// Its listener is paused.
    Paused,
    /// It stands still.
    Frozen,
    /// It is on its way out.
    Closing,
    /// It has left.
    Stopped,
    /// It was killed.
    Crashed,
}

/// A streams application.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamsItem {
    /// Its name.
    pub name: Arc<str>,
    /// What runs, as written.
    pub pipeline: Arc<str>,
    /// How many topologies have run under this name.
    pub version: u32,
    /// Its settings.
    pub config: StreamsConfig,
    /// Whether it runs.
    pub is_running: bool,
}

impl MemberState {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            MemberState::Running => say::running(),
            MemberState::Paused => say::paused(),
            MemberState::Frozen => say::frozen(),
            MemberState::Closing => say::closing(),
            MemberState::Stopped => say::stopped(),
            MemberState::Crashed => say::crashed(),
        }
    }

    /// What can be done to it now, the mildest first.
    pub fn actions(self) -> &'static [InstanceAction] {
        match self {
            MemberState::Running => {
                &[InstanceAction::Pause, InstanceAction::Freeze, InstanceAction::Stop, InstanceAction::Crash]
            }
            MemberState::Paused => {
                &[InstanceAction::Resume, InstanceAction::Freeze, InstanceAction::Stop, InstanceAction::Crash]
            }
            MemberState::Frozen => &[InstanceAction::Thaw, InstanceAction::Crash],
            MemberState::Closing => &[InstanceAction::Crash],
            MemberState::Stopped | MemberState::Crashed => &[InstanceAction::Restart],
        }
    }

    /// Whether its process is there.
    pub fn is_there(self) -> bool {
        !matches!(self, MemberState::Stopped | MemberState::Crashed)
    }
}

impl Roster {
    /// The roster of a world.
    pub fn of(world: &World) -> Roster {
        let mut roster = Roster { latency: world.latency(), ..Roster::default() };
        roster
            .services
            .extend(world.services().map(|(name, service)| (name.into(), service.broken().is_some())));
        for alert in world.alerts() {
            if let Some(since) = alert.firing_since {
                let (name, group) = (alert.rule.name.clone(), alert.rule.group.as_str().into());
                let says = millrace_view::failure::rule(&alert.rule);
                roster.alarms.push(AlarmItem { name, group, since, says });
            }
        }
        for topic in world
            .brokers()
            .flat_map(|broker| broker.topics())
            .filter(|topic| !topic.is_internal() && !millrace_view::is_internal(topic.name().as_str()))
        {
            if roster.partitions(topic.name().as_str()).is_none() {
                roster.topics.push((topic.name().clone(), topic.partition_count()));
            }
        }
        for (group, app) in world.apps() {
            roster.apps.push(AppItem {
                group: group.clone(),
                rules: app.config.failures.clone(),
                work: app.config.work,
                retry: app.config.retry.clone(),
                has_desk: millrace_view::failure::has_desk(&app.config),
                members: Vec::new(),
            });
        }
        for (name, app) in world.streams_apps() {
            roster.streams.push(StreamsItem {
                name: name.clone(),
                pipeline: app.pipeline.clone(),
                version: app.version,
                config: app.config.clone(),
                is_running: app.node.is_some(),
            });
        }
        for (_, node) in world.nodes() {
            match &node.kind {
                Kind::Producer(producer) if node.activity() != Activity::Gone => {
                    roster.producers.push(ProducerItem {
                        name: node.name.clone(),
                        topic: producer.topic.clone(),
                        workload: producer.workload.as_ref().map(|running| running.workload.clone()),
                    });
                }
                Kind::Instance { group, instance } => {
                    let state = match node.lifecycle() {
                        Lifecycle::Frozen => MemberState::Frozen,
                        Lifecycle::Closing => MemberState::Closing,
                        Lifecycle::Stopped => MemberState::Stopped,
                        Lifecycle::Crashed => MemberState::Crashed,
                        Lifecycle::Started | Lifecycle::Thawed if instance.is_paused() => MemberState::Paused,
                        Lifecycle::Started | Lifecycle::Thawed => MemberState::Running,
                    };
                    let work = world.apps().get(group).map_or(Span::ZERO, |app| app.work_of(&node.name));
                    let item = MemberItem { name: node.name.clone(), state, work };
                    let Some(app) = roster.apps.iter_mut().find(|app| app.group == *group) else { continue };
                    // A restarted instance takes the place of its former process.
                    match app.members.iter_mut().find(|member| member.name == item.name) {
                        Some(former) => *former = item,
                        None => app.members.push(item),
                    }
                }
                Kind::Producer(_) | Kind::Streams(_) | Kind::Admin => {}
            }
        }
        roster
    }

    /// How many partitions a topic has.
    pub fn partitions(&self, topic: &str) -> Option<i32> {
        self.topics.iter().find(|(name, _)| name.as_str() == topic).map(|(_, count)| *count)
    }

    /// One application.
    pub fn app(&self, group: &str) -> Option<&AppItem> {
        self.apps.iter().find(|app| app.group.as_str() == group)
    }

    /// One streams application.
    pub fn stream(&self, name: &str) -> Option<&StreamsItem> {
        self.streams.iter().find(|app| &*app.name == name)
    }

    /// One producer.
    pub fn producer(&self, name: &str) -> Option<&ProducerItem> {
        self.producers.iter().find(|producer| &*producer.name == name)
    }

    /// Where a record goes unless something else is said: what the first producer writes to, else the first topic.
    pub fn default_topic(&self) -> Option<TopicName> {
        let producers = self.producers.iter().map(|producer| producer.topic.clone());
        producers.chain(self.topics.iter().map(|(name, _)| name.clone())).next()
    }
}
