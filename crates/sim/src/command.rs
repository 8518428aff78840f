//! Everything a learner can do to the world. The log of these is the truth; all else is derived from it.
//!
//! A command is data without behaviour: `world::execute` says what it does, `millrace-script` how it is written.

use crate::cluster::ClusterCommand;
use crate::connection::SetListeners;
use crate::fault::Fault;
use crate::letter::{AlertRule, DeskWork};
use crate::machine::Machines;
use crate::service::ServiceCommand;
use crate::work_queue::QueueCommand;
use crate::workload::Workload;
use millrace_client::listener::{
    ACK_COUNT, ACK_TIME, ClientProfile, CommitMode, Errand, FailureRule, Guard, Output, RetryPolicy,
    Subscribed,
};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::StreamsConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::AdminRequest;
use millrace_model::{
    Bytes, GroupId, Header, Partition, Pattern, Span, Timestamp, TopicName, TopicPartition,
};
use std::sync::Arc;

/// The name of a producer, an instance of an application, or a streams application, as the learner writes it.
pub type Name = Arc<str>;

/// One thing done to the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `kafka-topics --create`.
    CreateTopic {
        /// The topic.
        topic: TopicName,
        /// `--partitions`; the broker's `num.partitions` if left out.
        partitions: Option<i32>,
        /// `--replication-factor`.
        replication_factor: Option<i16>,
        /// `--config`.
        config: TopicConfig,
    },
    /// `kafka-topics --alter --partitions`.
    AddPartitions {
        /// The topic.
        topic: TopicName,
        /// How many it shall have in all.
        total: i32,
    },
    /// `kafka-topics --delete`.
    DeleteTopic {
        /// The topic.
        topic: TopicName,
    },
    /// `kafka-server-start --override`: the brokers' settings. Only before anything else is there.
    StartBrokers {
        /// All of them.
        config: Box<BrokerConfig>,
    },
    /// Starts a producer client.
    StartProducer {
        /// Its `client.id`.
        name: Name,
        /// The topic that it writes to unless told otherwise.
        topic: TopicName,
        /// Its settings.
        config: Box<ProducerConfig>,
    },
    /// Sends records by hand.
    Produce {
        /// The producer; the first one (or a console producer, started for it) if left out.
        producer: Option<Name>,
        /// What is sent, in order.
        records: Vec<NewRecord>,
    },
    /// Lets a producer send by itself, or stops it.
    SetWorkload {
        /// The producer.
        producer: Name,
        /// What it sends; `None` stops it.
        workload: Option<Workload>,
    },
    /// Starts an application: a consumer group with a listener.
    StartApp {
        /// Its settings.
        app: Box<AppConfig>,
        /// How many instances start at once.
        instances: u32,
    },
    /// Starts one more instance of an application.
    AddInstance {
        /// The group.
        group: GroupId,
        /// Its name; the next free one of `c1`, `c2` … if left out.
        name: Option<Name>,
        /// Where it differs from the application's other instances. It keeps that when it is restarted.
        own: Option<Box<OwnSettings>>,
    },
    /// Has one instance's thread do something between two polls.
    Errand {
        /// The group.
        group: GroupId,
        /// The instance.
        name: Name,
        /// What.
        errand: Errand,
    },
    /// Does something to one instance of an application.
    Instance {
        /// The group.
        group: GroupId,
        /// The instance.
        name: Name,
        /// What is done to it.
        action: InstanceAction,
    },
    /// Changes how long one record takes, for one instance or for all.
    SetWork {
        /// The group.
        group: GroupId,
        /// The instance; all, now and later, if left out.
        instance: Option<Name>,
        /// Virtual time per record.
        work: Span,
    },
    /// Replaces the rules by which the listener fails.
    SetFailures {
        /// The group.
        group: GroupId,
        /// The rules; the first one that matches decides. None: everything succeeds.
        rules: Vec<FailureRule>,
    },
    /// Replaces the retry policy. Instances restart their listeners with it.
    SetRetry {
        /// The group.
        group: GroupId,
        /// The policy.
        retry: RetryPolicy,
    },
    /// Starts a streams application, or (under the name of one) stops that one and starts the new topology from the
    /// beginning of its input, as a changed topology must.
    StartStreams {
        /// The name before the version: `analytics` runs as `application.id` `analytics`, then `analytics-v2` …
        name: Name,
        /// The pipeline in the pipe language.
        pipeline: Arc<str>,
        /// Its settings.
        config: Box<StreamsConfig>,
        /// How many instances start at once.
        instances: u32,
    },
    /// Starts one more instance of a streams application.
    AddStreamsInstance {
        /// The application's name.
        name: Name,
    },
    /// Does something to one instance of a streams application.
    StreamsInstance {
        /// The application's name.
        name: Name,
        /// The instance: the first is called as the application, the others `NAME-2`, `NAME-3` …
        instance: Name,
        /// What is done to it: not pause and resume.
        action: InstanceAction,
    },
    /// Stops a streams application.
    StopStreams {
        /// Its name.
        name: Name,
    },
    /// Takes a snapshot of an output topic's newest values for a page.
    OpenDashboard {
        /// The page's name.
        name: Name,
        /// The topic.
        topic: TopicName,
    },
    /// Lets a page be told what changes.
    OpenFeed {
        /// The page's name.
        name: Name,
        /// Where the feed begins.
        from: FeedFrom,
    },
    /// `kafka-consumer-groups --reset-offsets`: what an inactive group has committed becomes something else.
    ResetOffsets {
        /// The group.
        group: GroupId,
        /// Of which partitions.
        scope: ResetScope,
        /// Where to.
        to: ResetTarget,
        /// `--execute`; otherwise (`--dry-run`) nothing changes.
        execute: bool,
    },
    /// Breaks or mends something.
    Fault(Fault),
    /// Does something to dead letters.
    DeskWork(Box<DeskWork>),
    /// Starts, breaks or mends a service.
    Service(ServiceCommand),
    /// Sets an alarm.
    SetAlert(Box<AlertRule>),
    /// How long a message takes from one machine to another.
    SetNetwork {
        /// One way.
        latency: Span,
    },
    /// `kafka-configs --alter`, `kafka-delete-records`, `kafka-consumer-groups --delete` and `--delete-offsets`.
    Administer {
        /// What is asked of the cluster.
        request: Box<AdminRequest>,
    },
    /// Does something to a queue beside the log.
    Queue(Box<QueueCommand>),
    /// Starts several brokers, or does something to one of them.
    Cluster(Box<ClusterCommand>),
    /// Has a producer do something with its transaction, or ends its process.
    Producer {
        /// The producer.
        name: Name,
        /// What it does.
        action: ProducerAction,
    },
    /// Has what machines can carry modelled, or not.
    SetMachines(Option<Machines>),
    /// A broker's process is started anew with other listeners, or somewhere else; what it has stays.
    SetListeners(Box<SetListeners>),
}

impl Command {
    /// Whether it is a tool of Kafka's that waits for the cluster's answer.
    pub fn awaits_an_answer(&self) -> bool {
        match self {
            Command::CreateTopic { .. }
            | Command::AddPartitions { .. }
            | Command::DeleteTopic { .. }
            | Command::ResetOffsets { .. }
            | Command::Administer { .. } => true,
            Command::Cluster(command) => command.awaits_an_answer(),
            _ => false,
        }
    }
}

/// What a producer is told to do besides sending.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProducerAction {
    /// `beginTransaction`.
    Begin,
    /// `commitTransaction`.
    Commit,
    /// `abortTransaction`.
    Abort,
    /// `sendOffsetsToTransaction` with nothing but the group's name.
    SendOffsets {
        /// The group.
        group: GroupId,
        /// For each partition the next offset to read.
        offsets: Vec<(TopicPartition, i64)>,
        /// Words of the committer's own.
        metadata: Arc<str>,
    },
    /// `close`: what is appended still leaves, an open transaction is aborted.
    Stop,
    /// Its process is killed: a transaction stays open until its time is over or a successor comes.
    Crash,
}

/// Which partitions are reset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResetScope {
    /// `--all-topics`: every partition for which the group has committed something.
    AllTopics,
    /// `--topic`: these topics, of each only these partitions (none is all of them).
    Topics(Vec<(TopicName, Vec<Partition>)>),
}

/// Where offsets are reset to. What lies outside of a log becomes its start or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResetTarget {
    /// `--to-earliest`: the start of the log.
    Earliest,
    /// `--to-latest`: its end.
    Latest,
    /// `--to-current`: what is committed; the end where nothing is.
    Current,
    /// `--to-offset`.
    Offset(i64),
    /// `--shift-by`: back if negative.
    ShiftBy(i64),
    /// `--to-datetime`: the first record that is not older.
    Datetime(Timestamp),
    /// `--by-duration`: the first record that is not older than so long ago.
    Duration(Span),
}

/// What one instance of an application has for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OwnSettings {
    /// What it reads; what the application reads if left out.
    pub subscribed: Option<Subscribed>,
    /// Its consumer's settings, all of them; the application's if left out.
    pub consumer: Option<ConsumerConfig>,
}

/// What is done to one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceAction {
    /// Closed cleanly: offsets committed, LeaveGroup sent.
    Stop,
    /// The process is killed: nothing is sent, the broker learns by the session timeout.
    Crash,
    /// The process freezes (a long garbage collection): no poll, no heartbeat.
    Freeze,
    /// A frozen process goes on, not knowing what it missed.
    Thaw,
    /// `container.pause()`: records in hand are handled, no more are polled; it stays in the group.
    Pause,
    /// `container.resume()`.
    Resume,
    /// A stopped or crashed instance starts again, as a new member.
    Restart,
}

/// A record as the learner writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewRecord {
    /// The topic; the producer's own if left out.
    pub topic: Option<TopicName>,
    /// The key; `None` is null.
    pub key: Option<Bytes>,
    /// The value; `None` is null.
    pub value: Option<Bytes>,
    /// CreateTime; now if left out.
    pub timestamp: Option<Timestamp>,
    /// The partition; left to the partitioner if left out.
    pub partition: Option<Partition>,
    /// Headers.
    pub headers: Arc<[Header]>,
}

/// What an application is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AppConfig {
    /// `group.id`, also its name.
    pub group: GroupId,
    /// What it reads.
    pub topics: Vec<TopicName>,
    /// What it reads instead, by pattern.
    pub pattern: Option<Arc<Pattern>>,
    /// Whose poll loop its instances run.
    pub client: ClientProfile,
    /// Consumer settings. A `group.instance.id` is made the instances' own by their names, as Spring does for the
    /// consumers of one container: `billing` becomes `billing-c1`, `billing-c2` …
    pub consumer: ConsumerConfig,
    /// When it commits.
    pub commit: CommitMode,
    /// `ackCount` of Spring's container.
    pub ack_count: u32,
    /// `ackTime` of Spring's container.
    pub ack_time: Span,
    /// Threads of the pool that each instance hands its records to; 0: they are handled where they are polled.
    pub threads: u32,
    /// Virtual time that one record takes.
    pub work: Span,
    /// When it fails.
    pub failures: Vec<FailureRule>,
    /// What becomes of what failed.
    pub retry: RetryPolicy,
    /// What is put around the listener method; nothing by default.
    pub guard: Option<Arc<Guard>>,
    /// What it writes for each record that it has handled; nothing by default. Its `transactional.id` is made the instances'
    /// own by their names, as `group.instance.id` is.
    pub output: Option<Arc<Output>>,
}

impl AppConfig {
    /// An application with Kafka's defaults, except that it starts at the earliest record: a learner wants to see
    /// what is there (the printed line says `--auto-offset-reset earliest`).
    pub fn new(group: GroupId, topics: Vec<TopicName>, profile: millrace_model::Profile) -> AppConfig {
        let consumer = ConsumerConfig {
            auto_offset_reset: AutoOffsetReset::Earliest,
            ..ConsumerConfig::defaults(profile)
        };
        AppConfig {
            group,
            topics,
            pattern: None,
            client: ClientProfile::default(),
            consumer,
            commit: CommitMode::default(),
            ack_count: ACK_COUNT,
            ack_time: ACK_TIME,
            threads: 0,
            work: Span::ZERO,
            failures: Vec::new(),
            retry: RetryPolicy::default(),
            guard: None,
            output: None,
        }
    }
}

/// Where a dashboard's feed begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedFrom {
    /// Where the snapshot ends: nothing is left out.
    Snapshot,
    /// Now: what came since the snapshot is left out.
    Latest,
    /// At the beginning: what the snapshot has is told again.
    Earliest,
}
