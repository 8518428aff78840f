//! What an export is made of: the world's parts as they would be set up anew.

use crate::{guarded, produce};
use millrace_client::listener::RetryPolicy;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::protocol::ResourceKind;
use millrace_model::{Profile, Record, StableHasher, Time, TopicName};
use millrace_script::properties;
use millrace_sim::node::Kind;
use millrace_sim::world::StreamsApp;
use millrace_sim::{AppConfig, Workload, World};
use millrace_streams::Topology;
use millrace_streams::language::Pipeline;

/// How a topic comes to its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Its records are given.
    Given,
    /// An application of the scenario writes it (retry topics, dead letters, what a pipeline ends in): its records result.
    Results,
    /// Kafka Streams makes it and writes it (repartition topics, changelogs).
    Internal,
}

pub(crate) struct Plan {
    pub profile: Profile,
    /// Their numbers.
    pub brokers: Vec<i32>,
    /// Where each of them is found, in the same order.
    pub places: Vec<crate::places::Place>,
    /// What differs from the version's defaults.
    pub broker_settings: Vec<(&'static str, String)>,
    pub topics: Vec<Topic>,
    /// Settings of groups and brokers that an administrator has given: `kafka-configs --entity-type` and so on.
    pub configs: Vec<Configured>,
    pub producers: Vec<Producer>,
    pub apps: Vec<App>,
    pub pipelines: Vec<StreamsPlan>,
    /// Groups, and where they stood: `orders-0 5, orders-1 3`.
    pub committed: Vec<(String, String)>,
    /// What the world has and an export has not, each a sentence.
    pub left_out: Vec<String>,
}

pub(crate) struct Topic {
    pub name: TopicName,
    pub partitions: i32,
    pub replication_factor: usize,
    pub configs: Vec<(String, String)>,
    pub role: Role,
    /// In the order in which they were appended, whatever the partition.
    pub records: Vec<Placed>,
    /// Records that the log no longer has, or never had here.
    pub gone: u64,
}

/// A record with its place.
pub(crate) struct Placed {
    pub appended_at: Time,
    pub partition: i32,
    pub offset: i64,
    pub record: Record,
}

pub(crate) struct Configured {
    /// `--entity-type`.
    pub kind: &'static str,
    pub name: String,
    pub settings: Vec<(String, String)>,
}

pub(crate) struct Producer {
    pub name: String,
    pub topic: TopicName,
    pub config: ProducerConfig,
    pub workload: Option<Workload>,
}

pub(crate) struct App {
    pub config: AppConfig,
    pub instances: u32,
}

pub(crate) struct StreamsPlan {
    pub application_id: String,
    pub pipeline: Pipeline,
    pub topology: Topology,
    pub settings: Vec<(&'static str, String)>,
    pub instances: usize,
}

impl Plan {
    pub fn of(world: &World) -> Plan {
        let profile = world.profile();
        let apps: Vec<App> = world
            .apps()
            .values()
            .map(|app| App { config: app.config.clone(), instances: app.started.max(1) })
            .collect();
        let mut left_out = Vec::new();
        let pipelines: Vec<StreamsPlan> = world
            .streams_apps()
            .iter()
            .filter_map(|(name, app)| {
                let plan = streams(name, app);
                if plan.is_none() {
                    left_out.push(format!("the pipeline of {name}: it makes no topology"));
                }
                plan
            })
            .collect();
        let producers = world.nodes().filter_map(|(_, node)| match &node.kind {
            Kind::Producer(producer) => Some(Producer {
                name: node.name.to_string(),
                topic: producer.topic.clone(),
                config: producer.client.config().clone(),
                workload: producer.workload.as_ref().map(|running| running.workload.clone()),
            }),
            _ => None,
        });
        let producers = producers.collect();
        let topics = world.asked_broker().map(|broker| {
            let own = broker.topics().filter(|topic| !topic.is_internal());
            own.map(|topic| Topic::of(topic, role(topic.name(), &apps, &pipelines))).collect()
        });
        left_out.extend(unsaid(world));
        Plan {
            profile,
            brokers: world.brokers().map(|broker| broker.id().0).collect(),
            places: crate::places::of(world),
            broker_settings: world
                .brokers()
                .next()
                .map(|broker| properties::of_broker(broker.config(), profile))
                .unwrap_or_default(),
            topics: topics.unwrap_or_default(),
            configs: configs(world),
            producers,
            apps,
            pipelines,
            committed: committed(world),
            left_out,
        }
    }

    /// The official image of the profile's version.
    pub fn image(&self) -> String {
        format!("apache/kafka:{}", self.version())
    }

    /// The version of Kafka.
    pub fn version(&self) -> &'static str {
        match self.profile {
            Profile::V4 => "4.1.0",
            Profile::Snapshot40 => "4.0.0",
            Profile::V39 => "3.9.1",
        }
    }

    /// The topics that `setup.sh` makes.
    pub fn made(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().filter(|topic| topic.role != Role::Internal)
    }

    /// The topics whose records are given.
    pub fn given(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().filter(|topic| topic.role == Role::Given)
    }
}

impl Topic {
    fn of(topic: &millrace_broker::Topic, role: Role) -> Topic {
        let mut records = Vec::new();
        let (mut gone, mut replication_factor) = (0, 1);
        for (number, partition) in (0..).zip(topic.partitions()) {
            let log = &partition.log;
            replication_factor = replication_factor.max(partition.info.replicas.len());
            let mut held = 0;
            for stored in log.batches_from(log.log_start_offset()) {
                for (at, record) in stored.batch.records.iter().enumerate() {
                    let offset = stored.base_offset.plus(at);
                    if offset >= log.log_start_offset() {
                        held += 1;
                        let timestamp = stored.log_append_time.unwrap_or(record.timestamp);
                        let record = Record { timestamp, ..record.clone() };
                        let appended_at = stored.appended_at;
                        records.push(Placed { appended_at, partition: number, offset: offset.0, record });
                    }
                }
            }
            gone += u64::try_from(log.log_end_offset().0).unwrap_or(0).saturating_sub(held);
        }
        records.sort_by_key(|placed| (placed.appended_at, placed.partition, placed.offset));
        Topic {
            name: topic.name().clone(),
            partitions: topic.partition_count(),
            replication_factor,
            configs: topic
                .config()
                .set_keys()
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            role,
            records,
            gone,
        }
    }
}

fn role(topic: &TopicName, apps: &[App], pipelines: &[StreamsPlan]) -> Role {
    let name = topic.as_str();
    let is_internal = |streams: &StreamsPlan| {
        let own = name.strip_prefix(&*streams.application_id).and_then(|rest| rest.strip_prefix('-'));
        own.is_some_and(|rest| rest.ends_with("-changelog") || rest.ends_with("-repartition"))
    };
    let is_written = |app: &App| match &app.config.retry {
        RetryPolicy::RetryTopics(retry) => {
            let chain = retry.chain();
            let is_one = |main: &TopicName| chain.iter().any(|next| next.topic(main) == *topic);
            let by_pattern = app.config.pattern.is_some();
            app.config.topics.iter().any(is_one)
                || (by_pattern && chain.iter().any(|next| name.ends_with(&*next.suffix)))
        }
        RetryPolicy::Connect(errors) => errors.dead_letters.as_ref() == Some(topic),
        RetryPolicy::None | RetryPolicy::Blocking(_) => false,
    };
    let writes = |app: &App| app.config.output.as_ref().is_some_and(|output| output.topic == *topic);
    let ends_in = |streams: &StreamsPlan| streams.topology.sink_topics().contains(topic);
    if pipelines.iter().any(is_internal) {
        Role::Internal
    } else if apps.iter().any(|app| is_written(app) || writes(app)) || pipelines.iter().any(ends_in) {
        Role::Results
    } else {
        Role::Given
    }
}

fn streams(name: &str, app: &StreamsApp) -> Option<StreamsPlan> {
    let application_id = StreamsApp::application_id(name, app.version);
    let pipeline = Pipeline::parse(&app.pipeline).ok()?;
    let topology = pipeline.topology(&application_id).ok()?;
    let settings = properties::of_streams(&app.config);
    Some(StreamsPlan { application_id, pipeline, topology, settings, instances: app.instances.len().max(1) })
}

fn configs(world: &World) -> Vec<Configured> {
    let Some(broker) = world.asked_broker() else { return Vec::new() };
    let one = |(resource, settings): (&millrace_model::protocol::ConfigResource, _)| {
        let kind = match resource.kind {
            ResourceKind::Broker => "brokers",
            ResourceKind::Group => "groups",
            ResourceKind::ClientMetrics => "client-metrics",
            ResourceKind::Topic | ResourceKind::Quota | ResourceKind::Scram => return None,
        };
        let settings: &millrace_model::Map<_, _> = settings;
        let pair =
            |(key, value): (&std::sync::Arc<str>, &std::sync::Arc<str>)| (key.to_string(), value.to_string());
        let settings = settings.iter().map(pair).collect();
        Some(Configured { kind, name: resource.name.to_string(), settings })
    };
    broker.configs().iter().filter_map(one).filter(|configured| !configured.settings.is_empty()).collect()
}

/// Where each group stood, whichever broker is its coordinator.
fn committed(world: &World) -> Vec<(String, String)> {
    let groups = world.brokers().flat_map(|broker| broker.groups());
    let mut all: Vec<(String, String)> = groups
        .filter(|group| !group.offsets().is_empty())
        .map(|group| {
            let stood = group.offsets().iter().map(|(tp, at)| format!("{tp} {}", at.offset.0));
            (group.id().to_string(), stood.collect::<Vec<_>>().join(", "))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What has no place in the files.
fn unsaid(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    for (name, _) in world.services() {
        out.push(format!("the service {name}: the clients call nothing outside"));
    }
    for (name, _) in world.work_queues() {
        out.push(format!("the queue {name}: it is not Kafka's"));
    }
    for app in world.apps().values() {
        let group = &app.config.group;
        if let Some(guard) = &app.config.guard {
            if guard.call.is_some() {
                out.push(format!("the service that {group} calls; `spring/` has what is around the call, the other clients have not"));
            }
            out.extend(guarded::unsaid(guard).into_iter().map(|what| format!("of {group}: {what}")));
        }
        if let Some(output) = &app.config.output {
            out.push(format!("what {group} writes to {}: its programs read only", output.topic));
        }
        if app.config.threads > 0 {
            out.push(format!("the thread pool of {group}: records are handled where they are polled"));
        }
        if !app.own.is_empty() {
            out.push(format!("the settings that single instances of {group} have for themselves"));
        }
    }
    if world.alerts().next().is_some() {
        out.push("alarms".to_owned());
    }
    if world.dashboards().iter().next().is_some() {
        out.push("dashboards".to_owned());
    }
    let is_broken = world.links().next().is_some();
    if is_broken {
        out.push("what is cut or slow in the network".to_owned());
    }
    out
}

/// A number for the topics and what they hold: names, partitions, settings, and of each topic whose records are given the
/// records with a key, by partition and in their order; records without a key (which any partition may take) as a bag for
/// the whole topic. Timestamps and offsets are no part of it, since Kafka's console producer cannot give them; nor are
/// records that no line can hold, what applications write, and the topics that Kafka Streams makes.
pub fn contents(world: &World) -> u64 {
    let plan = Plan::of(world);
    let topics = plan.made().map(|topic| {
        let is_told = |placed: &&Placed| topic.role == Role::Given && produce::is_line(&placed.record);
        let told = topic.records.iter().filter(is_told);
        let (keyed, unkeyed): (Vec<_>, Vec<_>) = told.partition(|placed| placed.record.key.is_some());
        let content = |placed: &Placed| {
            let record = &placed.record;
            (record.key.clone(), record.value.clone(), record.headers.clone())
        };
        let mut ordered: Vec<_> = keyed.iter().map(|placed| (placed.partition, content(placed))).collect();
        ordered.sort_by_key(|(partition, _)| *partition);
        let mut bag: Vec<u64> = unkeyed.iter().map(|placed| StableHasher::of(&content(placed))).collect();
        bag.sort_unstable();
        StableHasher::of(&(&topic.name, topic.partitions, &topic.configs, ordered, bag))
    });
    StableHasher::of(&topics.collect::<Vec<_>>())
}
