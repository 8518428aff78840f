//! Consumer settings (`ConsumerConfig`).

use super::bootstrap::Bootstrap;
use crate::protocol::IsolationLevel;
use crate::{Profile, Span};
use std::sync::Arc;

/// `auto.offset.reset`: where to start when there is no valid committed offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AutoOffsetReset {
    /// From the first record that is still there.
    Earliest,
    /// From the end: what was there already is skipped.
    #[default]
    Latest,
    /// An error.
    None,
    /// `by_duration:PT1H` (KIP-1106): from the first record that is not older than so long ago.
    ByDuration(Span),
}

/// `group.protocol`: which protocol the member speaks with the coordinator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupProtocol {
    /// JoinGroup, SyncGroup, Heartbeat: the leader assigns.
    #[default]
    Classic,
    /// ConsumerGroupHeartbeat (KIP-848): the coordinator assigns.
    Consumer,
}

/// What a consumer is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerConfig {
    /// `auto.offset.reset`, default latest.
    pub auto_offset_reset: AutoOffsetReset,
    /// `enable.auto.commit`, default true.
    pub enable_auto_commit: bool,
    /// `auto.commit.interval.ms`, default 5 s.
    pub auto_commit_interval: Span,
    /// `heartbeat.interval.ms`, default 3 s.
    pub heartbeat_interval: Span,
    /// `session.timeout.ms`, default 45 s.
    pub session_timeout: Span,
    /// `max.poll.interval.ms`, default 5 min; also the classic protocol's rebalance timeout.
    pub max_poll_interval: Span,
    /// `max.poll.records`, default 500.
    pub max_poll_records: usize,
    /// `fetch.min.bytes`, default 1.
    pub fetch_min_bytes: usize,
    /// `fetch.max.bytes`, default 50 MiB.
    pub fetch_max_bytes: usize,
    /// `fetch.max.wait.ms`, default 500 ms.
    pub fetch_max_wait: Span,
    /// `max.partition.fetch.bytes`, default 1 MiB.
    pub max_partition_fetch_bytes: usize,
    /// `request.timeout.ms`, default 30 s.
    pub request_timeout: Span,
    /// `retry.backoff.ms`, default 100 ms.
    pub retry_backoff: Span,
    /// `retry.backoff.max.ms`, default 1 s.
    pub retry_backoff_max: Span,
    /// `metadata.max.age.ms`, default 5 min.
    pub metadata_max_age: Span,
    /// `partition.assignment.strategy` by the assignors' names, the preferred one first; default range and
    /// cooperative-sticky. Names that no assignor has are passed over.
    pub partition_assignment_strategy: Arc<[Arc<str>]>,
    /// librdkafka commits from a thread of its own, also while the application works on what it was given. No setting of
    /// Kafka's: the client decides. Default false.
    pub auto_commit_in_background: bool,
    /// `group.instance.id`: makes the member static (KIP-345). Default none.
    pub group_instance_id: Option<Arc<str>>,
    /// `group.protocol`, default classic.
    pub group_protocol: GroupProtocol,
    /// `group.remote.assignor` of the consumer protocol: uniform or range. Default none: the coordinator's first one.
    pub group_remote_assignor: Option<Arc<str>>,
    /// `isolation.level`, default `read_uncommitted`.
    pub isolation_level: IsolationLevel,
    /// `client.rack`: brokers that choose replicas by racks name one that is closer (KIP-392). Default none.
    pub client_rack: Option<Arc<str>>,
    /// `bootstrap.servers`, and where it runs. Default none: it reaches every broker.
    pub bootstrap: Bootstrap,
}

impl GroupProtocol {
    /// Its value in configurations.
    pub fn name(self) -> &'static str {
        match self {
            GroupProtocol::Classic => "classic",
            GroupProtocol::Consumer => "consumer",
        }
    }
}

impl ConsumerConfig {
    /// The sentence with which Kafka's consumer refuses to start, if a setting belongs to the other protocol
    /// (`checkUnsupportedConfigs`; before 4.0 nobody looks at the classic ones), or if this version has no such value: what the
    /// consumer finds out in its first heartbeat (`AbstractHeartbeatRequestManager`) it is told at once.
    pub fn conflict(&self, profile: Profile) -> Option<String> {
        let defaults = ConsumerConfig::defaults(profile);
        if self.group_protocol == GroupProtocol::Consumer && !profile.has_consumer_protocol() {
            let words = "The cluster doesn't yet support the new consumer group protocol. Set group.protocol=classic to revert to \
                         the classic protocol until the cluster is upgraded.";
            return Some(words.to_owned());
        }
        if let AutoOffsetReset::ByDuration(span) = self.auto_offset_reset
            && !profile.is_released_4()
        {
            let seconds = span.as_millis() / 1_000;
            return Some(format!(
                "Invalid value by_duration:PT{seconds}S for configuration auto.offset.reset: String must be one of: latest, \
                 earliest, none"
            ));
        }
        let key = match self.group_protocol {
            GroupProtocol::Classic => self.group_remote_assignor.as_ref().map(|_| "group.remote.assignor"),
            GroupProtocol::Consumer if !profile.is_released_4() => None,
            GroupProtocol::Consumer => [
                (
                    "partition.assignment.strategy",
                    self.partition_assignment_strategy != defaults.partition_assignment_strategy,
                ),
                ("heartbeat.interval.ms", self.heartbeat_interval != defaults.heartbeat_interval),
                ("session.timeout.ms", self.session_timeout != defaults.session_timeout),
            ]
            .into_iter()
            .find_map(|(key, is_set)| is_set.then_some(key)),
        };
        let protocol = self.group_protocol.name().to_ascii_uppercase();
        key.map(|key| format!("{key} cannot be set when group.protocol={protocol}"))
    }

    /// The defaults of a version (none of these differ between the profiles so far).
    pub fn defaults(_profile: Profile) -> ConsumerConfig {
        ConsumerConfig {
            auto_offset_reset: AutoOffsetReset::Latest,
            enable_auto_commit: true,
            auto_commit_interval: Span::from_secs(5),
            heartbeat_interval: Span::from_secs(3),
            session_timeout: Span::from_secs(45),
            max_poll_interval: Span::from_secs(300),
            max_poll_records: 500,
            fetch_min_bytes: 1,
            fetch_max_bytes: 50 * 1024 * 1024,
            fetch_max_wait: Span::from_millis(500),
            max_partition_fetch_bytes: 1024 * 1024,
            request_timeout: Span::from_secs(30),
            retry_backoff: Span::from_millis(100),
            retry_backoff_max: Span::from_secs(1),
            metadata_max_age: Span::from_secs(300),
            partition_assignment_strategy: ["range".into(), "cooperative-sticky".into()].into(),
            auto_commit_in_background: false,
            group_instance_id: None,
            group_protocol: GroupProtocol::Classic,
            group_remote_assignor: None,
            isolation_level: IsolationLevel::ReadUncommitted,
            client_rack: None,
            bootstrap: Bootstrap::default(),
        }
    }
}
