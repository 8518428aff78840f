//! Kafka Streams' settings (`StreamsConfig`), as far as they concern the runtime.

use crate::Span;

/// What a streams application is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsConfig {
    /// `commit.interval.ms`, default 30 s (at_least_once).
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
}

impl Default for StreamsConfig {
    fn default() -> StreamsConfig {
        StreamsConfig {
            commit_interval: Span::from_secs(30),
            statestore_cache_max_bytes: 10 * 1024 * 1024,
            max_task_idle: Some(Span::ZERO),
            num_stream_threads: 1,
            num_standby_replicas: 0,
            acceptable_recovery_lag: 10_000,
            max_warmup_replicas: 2,
            probing_rebalance_interval: Span::from_secs(600),
            session_timeout: Span::from_secs(45),
        }
    }
}
