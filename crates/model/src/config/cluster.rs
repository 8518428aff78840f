//! Settings of brokers that have a controller (`KafkaConfig`, `ReplicationConfigs`, `ServerConfigs`). A broker alone in its
//! cluster needs none of them.

use crate::{Profile, Span, TransactionVersion};

/// What the brokers of a cluster and its controller are told before they start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterConfig {
    /// `broker.session.timeout.ms`: who has not been heard of for so long is fenced. Default 9 s.
    pub broker_session_timeout: Span,
    /// `broker.heartbeat.interval.ms`, default 2 s.
    pub broker_heartbeat_interval: Span,
    /// `replica.lag.time.max.ms`: a follower that was not at the log's end for so long falls out of the ISR. Default 30 s.
    pub replica_lag_time_max: Span,
    /// `replica.fetch.wait.max.ms`: how long a leader holds a follower's fetch. Default 500 ms.
    pub replica_fetch_wait_max: Span,
    /// `default.replication.factor`, default 1.
    pub default_replication_factor: i16,
    /// `offsets.topic.replication.factor`, default 3.
    pub offsets_topic_replication_factor: i16,
    /// `transaction.state.log.num.partitions`, default 50.
    pub transaction_state_log_num_partitions: i32,
    /// `transaction.state.log.replication.factor`, default 3.
    pub transaction_state_log_replication_factor: i16,
    /// `transaction.state.log.min.isr`: `min.insync.replicas` of `__transaction_state`. Default 2.
    pub transaction_state_log_min_isr: i32,
    /// `min.insync.replicas` of topics that do not say, default 1.
    pub min_insync_replicas: i32,
    /// `unclean.leader.election.enable` of topics that do not say, default false.
    pub unclean_leader_election: bool,
    /// `auto.leader.rebalance.enable`, default true.
    pub auto_leader_rebalance: bool,
    /// `leader.imbalance.check.interval.seconds`, default 300 s.
    pub leader_imbalance_check_interval: Span,
    /// Eligible leader replicas (KIP-966): the feature `eligible.leader.replicas.version`. Off in 4.0, on in new clusters since
    /// 4.1; off here unless it is asked for.
    pub eligible_leader_replicas: bool,
    /// `replica.selector.class`: `RackAwareReplicaSelector`, by which readers are sent to an in-sync replica in their rack
    /// (KIP-392). Default none: they read from leaders.
    pub rack_aware_replica_selector: bool,
    /// The feature `transaction.version` (KIP-890).
    pub transaction_version: TransactionVersion,
}

impl ClusterConfig {
    /// The defaults of a version.
    pub fn defaults(profile: Profile) -> ClusterConfig {
        ClusterConfig { transaction_version: profile.transaction_version(), ..ClusterConfig::default() }
    }
}

impl Default for ClusterConfig {
    fn default() -> Self {
        ClusterConfig {
            broker_session_timeout: Span::from_secs(9),
            broker_heartbeat_interval: Span::from_secs(2),
            replica_lag_time_max: Span::from_secs(30),
            replica_fetch_wait_max: Span::from_millis(500),
            default_replication_factor: 1,
            offsets_topic_replication_factor: 3,
            transaction_state_log_num_partitions: 50,
            transaction_state_log_replication_factor: 3,
            transaction_state_log_min_isr: 2,
            min_insync_replicas: 1,
            unclean_leader_election: false,
            auto_leader_rebalance: true,
            leader_imbalance_check_interval: Span::from_secs(300),
            eligible_leader_replicas: false,
            rack_aware_replica_selector: false,
            transaction_version: Profile::default().transaction_version(),
        }
    }
}
