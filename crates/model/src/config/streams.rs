//! Kafka Streams' settings (`StreamsConfig`), as far as they concern the runtime.

use crate::protocol::IsolationLevel;
use crate::{Span, TopicName};

/// What follows an exception (`deserialization.exception.handler`, `processing.exception.handler`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionHandler {
    /// `LogAndFailExceptionHandler`, `LogAndFailProcessingExceptionHandler`, the defaults: the thread stops.
    #[default]
    LogAndFail,
    /// `LogAndContinueExceptionHandler`, `LogAndContinueProcessingExceptionHandler`: the record is dropped.
    LogAndContinue,
}

/// `processing.guarantee`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessingGuarantee {
    /// `at_least_once`, the default.
    #[default]
    AtLeastOnce,
    /// `exactly_once_v2` (KIP-447): one transactional producer for each thread.
    ExactlyOnceV2,
}

impl ProcessingGuarantee {
    /// What `commit.interval.ms` is unless somebody says otherwise (`StreamsConfig.EOS_DEFAULT_COMMIT_INTERVAL_MS`).
    pub fn commit_interval(self) -> Span {
        match self {
            ProcessingGuarantee::AtLeastOnce => Span::from_secs(30),
            ProcessingGuarantee::ExactlyOnceV2 => Span::from_millis(100),
        }
    }
}

/// `transaction.timeout.ms` of the producers under exactly_once_v2 (`StreamsConfig.DEFAULT_TRANSACTION_TIMEOUT`).
pub const TRANSACTION_TIMEOUT: Span = Span::from_secs(10);

/// What a streams application is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsConfig {
    /// `processing.guarantee`, default at_least_once.
    pub processing_guarantee: ProcessingGuarantee,
    /// `commit.interval.ms`, default 30 s, 100 ms under exactly_once_v2.
    pub commit_interval: Span,
    /// `statestore.cache.max.bytes`, default 10 MiB. Zero: every update goes on at once.
    pub statestore_cache_max_bytes: u64,
    /// `max.task.idle.ms`, default 0: a task waits for what it knows to be on the broker, and no longer. `None` is -1: it
    /// takes what is there.
    pub max_task_idle: Option<Span>,
    /// `num.stream.threads`, default 1.
    pub num_stream_threads: u32,
    /// `num.standby.replicas`, default 0.
    pub num_standby_replicas: u32,
    /// `acceptable.recovery.lag`, default 10 000 records: who lacks no more counts as caught up.
    pub acceptable_recovery_lag: u64,
    /// `max.warmup.replicas`, default 2.
    pub max_warmup_replicas: u32,
    /// `probing.rebalance.interval.ms`, default 10 min.
    pub probing_rebalance_interval: Span,
    /// `session.timeout.ms` of its consumers, default 45 s.
    pub session_timeout: Span,
    /// `deserialization.exception.handler`.
    pub deserialization_exception_handler: ExceptionHandler,
    /// `processing.exception.handler`.
    pub processing_exception_handler: ExceptionHandler,
    /// `errors.dead.letter.queue.topic.name` (KIP-1034); none by default.
    pub errors_dead_letter_queue_topic_name: Option<TopicName>,
}

impl StreamsConfig {
    /// `isolation.level` of its consumers.
    pub fn isolation_level(&self) -> IsolationLevel {
        match self.processing_guarantee {
            ProcessingGuarantee::AtLeastOnce => IsolationLevel::ReadUncommitted,
            ProcessingGuarantee::ExactlyOnceV2 => IsolationLevel::ReadCommitted,
        }
    }

    /// The defaults beside what it says about its guarantee, which `commit.interval.ms` depends on. The guarantee itself is
    /// the default.
    pub fn defaults_beside(&self) -> StreamsConfig {
        let commit_interval = self.processing_guarantee.commit_interval();
        StreamsConfig { commit_interval, ..StreamsConfig::default() }
    }
}

impl Default for StreamsConfig {
    fn default() -> StreamsConfig {
        StreamsConfig {
            processing_guarantee: ProcessingGuarantee::AtLeastOnce,
            commit_interval: ProcessingGuarantee::AtLeastOnce.commit_interval(),
            statestore_cache_max_bytes: 10 * 1024 * 1024,
            max_task_idle: Some(Span::ZERO),
            num_stream_threads: 1,
            num_standby_replicas: 0,
            acceptable_recovery_lag: 10_000,
            max_warmup_replicas: 2,
            probing_rebalance_interval: Span::from_secs(600),
            session_timeout: Span::from_secs(45),
            deserialization_exception_handler: ExceptionHandler::LogAndFail,
            processing_exception_handler: ExceptionHandler::LogAndFail,
            errors_dead_letter_queue_topic_name: None,
        }
    }
}
