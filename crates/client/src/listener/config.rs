//! What an application instance is told before it starts.

use crate::listener::backoff::ExponentialBackOff;
use crate::listener::connect::ConnectErrors;
use crate::listener::guard::Guard;
use crate::listener::output::Output;
use crate::listener::topics::RetryTopics;
use millrace_expr::Expr;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::producer::{Partitioner, ProducerConfig};
use millrace_model::{GroupId, Pattern, Profile, Span, TopicName};
use std::sync::Arc;

/// Who commits, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommitMode {
    /// `enable.auto.commit=true`: the consumer commits inside `poll`; the container commits nothing.
    Auto,
    /// Spring's default, `AckMode.BATCH`: `commitSync` once all records of a poll are handled.
    #[default]
    Batch,
    /// `AckMode.RECORD`: `commitSync` after each record. The thread waits for each answer.
    Record,
    /// `AckMode.TIME`: once `ackTime` has passed since the last time.
    Time,
    /// `AckMode.COUNT`: once `ackCount` records are handled, or a poll came back empty.
    Count,
    /// `AckMode.COUNT_TIME`: whichever of the two comes first.
    CountTime,
    /// `AckMode.MANUAL`: the listener method acknowledges each record when it is done with it; the container commits
    /// before its next poll. What fails is never acknowledged.
    Manual,
    /// `AckMode.MANUAL_IMMEDIATE`: the same, and the container commits at once.
    ManualImmediate,
    /// No mode of Spring's: `commitSync` as soon as poll has returned, before any record is handled. At most once.
    Before,
    /// No mode of Spring's: `commitAsync` once all records of a poll are handled; the loop does not wait for the answer,
    /// and nobody tries again. `commitSync` on the way out.
    Async,
}

impl CommitMode {
    /// All of them.
    pub const ALL: [CommitMode; 10] = [
        CommitMode::Auto,
        CommitMode::Batch,
        CommitMode::Record,
        CommitMode::Time,
        CommitMode::Count,
        CommitMode::CountTime,
        CommitMode::Manual,
        CommitMode::ManualImmediate,
        CommitMode::Before,
        CommitMode::Async,
    ];

    /// True if the listener method acknowledges by itself.
    pub fn is_manual(self) -> bool {
        matches!(self, CommitMode::Manual | CommitMode::ManualImmediate)
    }

    /// True if the container acknowledges what the listener method has returned from.
    pub(super) fn acknowledges(self) -> bool {
        !matches!(self, CommitMode::Auto | CommitMode::Before)
    }

    /// True if the container looks after each record whether to commit.
    pub(super) fn is_record_by_record(self) -> bool {
        matches!(
            self,
            CommitMode::Record | CommitMode::Count | CommitMode::CountTime | CommitMode::ManualImmediate
        )
    }
}

/// `ContainerProperties.ackCount`.
pub const ACK_COUNT: u32 = 1;
/// `ContainerProperties.DEFAULT_ACK_TIME`.
pub const ACK_TIME: Span = Span::from_secs(5);

/// Whose poll loop an instance runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientProfile {
    /// Spring Kafka's listener container: some exceptions out of poll stop it.
    #[default]
    Spring,
    /// A loop around `KafkaConsumer.poll` that catches whatever it throws, waits 200 ms, and polls again. (Without the
    /// `catch` the application would end.)
    Java,
    /// The same loop over librdkafka (and what is built on it: confluent-kafka for Python, Go and .NET, node-rdkafka).
    /// It is given one record at a time, knows range and round-robin by default, places keys by CRC-32, sends without
    /// sequence numbers, and commits by itself what it has *given* to the application, every `auto.commit.interval.ms`, also
    /// while a record is in work.
    Librdkafka,
}

impl ClientProfile {
    /// Makes the settings those of this client, where they are Java's defaults.
    pub(super) fn adapt(self, consumer: &mut ConsumerConfig, producer: &mut ProducerConfig) {
        if self != ClientProfile::Librdkafka {
            return;
        }
        consumer.auto_commit_in_background = true;
        consumer.max_poll_records = 1;
        let strategy: Vec<&str> = consumer.partition_assignment_strategy.iter().map(|name| &**name).collect();
        if strategy == ["range", "cooperative-sticky"] {
            consumer.partition_assignment_strategy = ["range".into(), "roundrobin".into()].into();
        }
        // librdkafka's own default, unlike Java's since 3.0.
        producer.enable_idempotence.get_or_insert(false);
        if producer.partitioner == Partitioner::BuiltIn {
            producer.partitioner = Partitioner::ConsistentRandom;
        }
    }
}

/// Makes the listener method throw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailureRule {
    /// For which records; `attempt` is 1 at the first delivery.
    pub when: Expr,
    /// The exception's class: `IllegalStateException`, or with its package.
    pub exception: Arc<str>,
    /// The exception's message.
    pub message: Arc<str>,
    /// True if the class was declared as not retryable (`@RetryableTopic(exclude = …)`): straight to the dead letters.
    pub fatal: bool,
}

/// `DefaultErrorHandler`'s own retries, which block the partition: seek back, poll again, call again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockingRetries {
    /// Deliveries in all, the first included (`SeekUtils.DEFAULT_MAX_FAILURES`, 10).
    pub attempts: u32,
    /// `FixedBackOff.interval`, `ExponentialBackOff.initialInterval`: how long the thread sleeps before it seeks back;
    /// default 0.
    pub interval: Span,
    /// `ExponentialBackOff.multiplier` in percent; 100, the default, keeps the interval as it is.
    pub multiplier_percent: u32,
    /// `ExponentialBackOff.maxInterval`, default 30 s.
    pub max_interval: Span,
    /// `ExponentialBackOff.jitter`, default 0: how far an interval lies to either side, thrown anew for each try.
    pub jitter: Span,
}

impl BlockingRetries {
    /// The pauses.
    pub fn back_off(&self) -> ExponentialBackOff {
        ExponentialBackOff {
            initial: self.interval,
            multiplier_percent: self.multiplier_percent,
            max: self.max_interval,
            jitter: self.jitter,
        }
    }
}

impl Default for BlockingRetries {
    fn default() -> Self {
        Self {
            attempts: 10,
            interval: Span::ZERO,
            multiplier_percent: 100,
            max_interval: Span::from_secs(30),
            jitter: Span::ZERO,
        }
    }
}

/// What follows when the listener method has thrown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RetryPolicy {
    /// The error is logged and the record skipped: `new DefaultErrorHandler(new FixedBackOff(0, 0))`.
    /// This is *not* what Spring does by itself; that is [`RetryPolicy::Blocking`].
    None,
    /// Spring without any retry topic: `DefaultErrorHandler`, by default 10 deliveries without a pause, then the error
    /// is logged and the record skipped. Exceptions of the fatal list are not tried again.
    Blocking(BlockingRetries),
    /// `@RetryableTopic`: the record is published to a retry topic, or to the dead letter topic.
    RetryTopics(RetryTopics),
    /// A sink task of Kafka Connect.
    Connect(ConnectErrors),
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::Blocking(BlockingRetries::default())
    }
}

impl RetryPolicy {
    /// The retry topics, if there are any.
    pub fn retry_topics(&self) -> Option<&RetryTopics> {
        match self {
            RetryPolicy::RetryTopics(retry) => Some(retry),
            RetryPolicy::None | RetryPolicy::Blocking(_) | RetryPolicy::Connect(_) => None,
        }
    }

    /// Kafka Connect's settings, if it is a sink task.
    pub fn connect(&self) -> Option<&ConnectErrors> {
        match self {
            RetryPolicy::Connect(errors) => Some(errors),
            RetryPolicy::None | RetryPolicy::Blocking(_) | RetryPolicy::RetryTopics(_) => None,
        }
    }
}

/// An application instance: one `@KafkaListener` method with `concurrency = 1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListenerConfig {
    /// `groupId` of the listener.
    pub group: GroupId,
    /// `topics` of the listener.
    pub topics: Vec<TopicName>,
    /// `topicPattern` of the listener, instead of `topics`.
    pub pattern: Option<Arc<Pattern>>,
    /// Whose poll loop it is.
    pub client: ClientProfile,
    /// For all its consumers. `enable.auto.commit` is set from `commit`, as the container does.
    pub consumer: ConsumerConfig,
    /// For the producer of retry and dead letter records (the `KafkaTemplate`).
    pub producer: ProducerConfig,
    /// Who commits.
    pub commit: CommitMode,
    /// `ackCount` of [`CommitMode::Count`] and [`CommitMode::CountTime`], default 1.
    pub ack_count: u32,
    /// `ackTime` of [`CommitMode::Time`] and [`CommitMode::CountTime`], default 5 s.
    pub ack_time: Span,
    /// Threads of the pool that records are handed to; 0 (the default): the listener method runs on the thread that polls.
    pub threads: u32,
    /// How long the listener method takes for one record.
    pub work: Span,
    /// When it throws; the first rule that holds counts.
    pub failures: Vec<FailureRule>,
    /// What follows then.
    pub retry: RetryPolicy,
    /// What is put around it; nothing by default.
    pub guard: Option<Arc<Guard>>,
    /// What it writes for each record that is handled; nothing by default.
    pub output: Option<Arc<Output>>,
}

impl ListenerConfig {
    /// A listener with the defaults of Spring and of Kafka's clients: no work, no failures.
    pub fn new(group: impl Into<GroupId>, topics: Vec<TopicName>, profile: Profile) -> ListenerConfig {
        ListenerConfig {
            group: group.into(),
            topics,
            pattern: None,
            client: ClientProfile::default(),
            consumer: ConsumerConfig::defaults(profile),
            producer: ProducerConfig::defaults(profile),
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

    /// True if what it writes is more than a copy.
    pub(super) fn computes_output(&self) -> bool {
        self.output.as_ref().is_some_and(|output| output.value.is_some())
    }

    /// The topics that `RetryTopicConfigurer` and `KafkaAdmin` create when the application starts
    /// (`autoCreateTopics = "true"`), each with its number of partitions (`numPartitions`, default 1) and the broker's
    /// replication factor. Existing topics stay as they are.
    pub fn required_topics(&self) -> Vec<(TopicName, i32)> {
        if let Some(topic) = self.retry.connect().and_then(|errors| errors.dead_letters.clone()) {
            // `DeadLetterQueueReporter.createAndSetup`.
            return vec![(topic, 1)];
        }
        let Some(retry) = self.retry.retry_topics() else { return Vec::new() };
        retry
            .chain()
            .iter()
            .flat_map(|d| self.topics.iter().map(|topic| (d.topic(topic), retry.partitions.max(1))))
            .collect()
    }
}
