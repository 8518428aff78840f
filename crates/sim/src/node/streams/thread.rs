//! A stream thread: one consumer of the group, one producer, and the reader that restores its tasks' stores.

use super::ends::Ends;
use super::reader::Reader;
use millrace_client::consumer::{Consumer, ConsumerTimer, Offsets};
use millrace_client::listener::Port;
use millrace_client::producer::Producer;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::{ProcessingGuarantee, StreamsConfig, TRANSACTION_TIMEOUT};
use millrace_model::{BrokerId, ClientId, GroupId, Map, Profile, Span, Time, TopicPartition};
use millrace_streams::TaskId;
use millrace_streams::runtime::AssignmentInfo;
use std::sync::Arc;

/// The connections of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Consumer,
    Producer,
    Restore,
    Admin,
}

impl Role {
    /// The port of a thread's connection.
    pub fn port(self, thread: u8) -> Port {
        let first = thread.saturating_mul(4);
        Port(match self {
            Role::Consumer => first,
            Role::Producer => first.saturating_add(1),
            Role::Restore => first.saturating_add(2),
            Role::Admin => first.saturating_add(3),
        })
    }

    /// Whose port it is.
    pub fn of(port: Port) -> (u8, Role) {
        let role = match port.0 % 4 {
            0 => Role::Consumer,
            1 => Role::Producer,
            2 => Role::Restore,
            _ => Role::Admin,
        };
        (port.0 / 4, role)
    }
}

/// A commit under way. The thread does nothing else meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Commit {
    /// The producer's records must be there before the offsets are.
    Flushing(Offsets),
    /// The offsets are on their way.
    Committing(Offsets),
    /// The offsets are on their way into the transaction, which ends with them.
    Transaction(Offsets),
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamThread {
    pub(super) consumer: Consumer,
    pub(super) producer: Producer,
    pub(super) restore: Reader,
    pub(super) commit: Option<Commit>,
    /// A transaction is open (`transactionInFlight`).
    pub(super) in_transaction: bool,
    /// There is something to commit, or might be.
    pub(super) wants_commit: bool,
    pub(super) commit_at: Time,
    pub(super) probe_at: Option<Time>,
    /// What the leader sent with the partitions that are about to be assigned.
    pub(super) plan: Option<AssignmentInfo>,
    /// The standby tasks that it was told to keep; one that another thread has not closed yet has to wait.
    pub(super) standby: Vec<TaskId>,
    /// A leader asks for the ends of changelogs.
    pub(super) asks_ends: Option<Ends>,
    pub(super) next_question: u64,
    /// Partitions of tasks that are not restored yet, or that have records enough.
    pub(super) paused: Map<TopicPartition, ()>,
}

impl StreamThread {
    /// Thread `number` (from 0) of the instance `name`; Kafka numbers threads from 1.
    pub(super) fn new(
        (application_id, name, number): (&GroupId, &str, u32),
        config: &StreamsConfig,
        profile: Profile,
        bootstrap: &[BrokerId],
        now: Time,
    ) -> StreamThread {
        let consumer = ConsumerConfig {
            auto_offset_reset: AutoOffsetReset::Earliest,
            enable_auto_commit: false,
            max_poll_records: 1_000,
            session_timeout: config.session_timeout,
            partition_assignment_strategy: ["stream".into()].into(),
            isolation_level: config.isolation_level(),
            ..ConsumerConfig::defaults(profile)
        };
        let number = number.saturating_add(1);
        let is_exactly_once = config.processing_guarantee == ProcessingGuarantee::ExactlyOnceV2;
        let mut producer =
            ProducerConfig { linger: Span::from_millis(100), ..ProducerConfig::defaults(profile) };
        if is_exactly_once {
            // The instance's name stands for its `process.id`, which lies in its state directory.
            producer.transactional_id = Some(format!("{application_id}-{name}-{number}").into());
            producer.transaction_timeout = TRANSACTION_TIMEOUT;
            producer.delivery_timeout = Span::from_millis(i32::MAX as u64);
        }
        let client = |role: &str| ClientId::new(format!("{name}-StreamThread-{number}-{role}"));
        let host: Arc<str> = format!("/{name}").into();
        StreamThread {
            consumer: Consumer::new(
                client("consumer"),
                host,
                application_id.clone(),
                consumer,
                bootstrap.to_vec(),
            )
            .started_at(now),
            producer: Producer::new(client("producer"), producer, bootstrap.to_vec()),
            restore: Reader::new(config.isolation_level(), bootstrap.to_vec()),
            commit: None,
            in_transaction: false,
            wants_commit: !is_exactly_once,
            commit_at: now + config.commit_interval,
            probe_at: None,
            plan: None,
            standby: Vec::new(),
            asks_ends: None,
            next_question: 0,
            paused: Map::new(),
        }
    }

    /// Its consumer.
    pub fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// Its producer.
    pub fn producer(&self) -> &Producer {
        &self.producer
    }

    /// The consumer's next timer; a leader's SyncGroup waits for the ends of changelogs, JoinGroup for the end of a
    /// transaction.
    pub(super) fn consumer_timer(&self) -> Option<(Time, ConsumerTimer)> {
        let commits = matches!(self.commit, Some(Commit::Transaction(_)));
        let (at, timer) = self.consumer.next_timer()?;
        match (&timer, &self.asks_ends) {
            (ConsumerTimer::Sync, Some(ends)) => Some((at.max(ends.due()?), timer)),
            (ConsumerTimer::Join, _) if commits => None,
            _ => Some((at, timer)),
        }
    }

    /// How many records of a partition the broker has that were not handed over; none if it is not known.
    pub(super) fn lag(&self, tp: &TopicPartition) -> Option<u64> {
        let (end, position) = (self.consumer.high_watermark(tp)?, self.consumer.position(tp)?);
        Some(end.since(position))
    }
}
