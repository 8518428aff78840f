//! Settings of a cluster of several brokers, written as `--override key=value` under Kafka's own keys.

use super::{FALSE_TRUE, INT, Kind, Setting};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::{Span, TransactionVersion};

/// Kafka's `short`.
const SHORT: u64 = i16::MAX as u64;

fn short(n: u64) -> i16 {
    i16::try_from(n).unwrap_or(i16::MAX)
}

fn size(n: i16) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Every setting; name and key are one.
pub const SETTINGS: &[Setting<ClusterConfig>] = &[
    Setting {
        name: "broker.session.timeout.ms",
        key: "broker.session.timeout.ms",
        kind: Kind::Span(|c| c.broker_session_timeout, |c, v| c.broker_session_timeout = v),
    },
    Setting {
        name: "broker.heartbeat.interval.ms",
        key: "broker.heartbeat.interval.ms",
        kind: Kind::Span(|c| c.broker_heartbeat_interval, |c, v| c.broker_heartbeat_interval = v),
    },
    Setting {
        name: "replica.lag.time.max.ms",
        key: "replica.lag.time.max.ms",
        kind: Kind::Span(|c| c.replica_lag_time_max, |c, v| c.replica_lag_time_max = v),
    },
    Setting {
        name: "replica.fetch.wait.max.ms",
        key: "replica.fetch.wait.max.ms",
        kind: Kind::Span(|c| c.replica_fetch_wait_max, |c, v| c.replica_fetch_wait_max = v),
    },
    Setting {
        name: "default.replication.factor",
        key: "default.replication.factor",
        kind: Kind::Number(
            1,
            SHORT,
            |c| size(c.default_replication_factor),
            |c, v| c.default_replication_factor = short(v),
        ),
    },
    Setting {
        name: "offsets.topic.replication.factor",
        key: "offsets.topic.replication.factor",
        kind: Kind::Number(
            1,
            SHORT,
            |c| size(c.offsets_topic_replication_factor),
            |c, v| c.offsets_topic_replication_factor = short(v),
        ),
    },
    Setting {
        name: "transaction.state.log.num.partitions",
        key: "transaction.state.log.num.partitions",
        kind: Kind::Number(
            1,
            1_000,
            |c| u64::try_from(c.transaction_state_log_num_partitions).unwrap_or(0),
            |c, v| c.transaction_state_log_num_partitions = i32::try_from(v).unwrap_or(i32::MAX),
        ),
    },
    Setting {
        name: "transaction.state.log.replication.factor",
        key: "transaction.state.log.replication.factor",
        kind: Kind::Number(
            1,
            SHORT,
            |c| size(c.transaction_state_log_replication_factor),
            |c, v| c.transaction_state_log_replication_factor = short(v),
        ),
    },
    Setting {
        name: "transaction.state.log.min.isr",
        key: "transaction.state.log.min.isr",
        kind: Kind::Number(
            1,
            INT,
            |c| u64::try_from(c.transaction_state_log_min_isr).unwrap_or(0),
            |c, v| c.transaction_state_log_min_isr = i32::try_from(v).unwrap_or(i32::MAX),
        ),
    },
    Setting {
        name: "min.insync.replicas",
        key: "min.insync.replicas",
        kind: Kind::Number(
            1,
            INT,
            |c| u64::try_from(c.min_insync_replicas).unwrap_or(0),
            |c, v| c.min_insync_replicas = i32::try_from(v).unwrap_or(i32::MAX),
        ),
    },
    Setting {
        name: "unclean.leader.election.enable",
        key: "unclean.leader.election.enable",
        kind: Kind::Choice(
            FALSE_TRUE,
            |c| usize::from(c.unclean_leader_election),
            |c, at| c.unclean_leader_election = at == 1,
        ),
    },
    Setting {
        name: "auto.leader.rebalance.enable",
        key: "auto.leader.rebalance.enable",
        kind: Kind::Choice(
            FALSE_TRUE,
            |c| usize::from(c.auto_leader_rebalance),
            |c, at| c.auto_leader_rebalance = at == 1,
        ),
    },
    Setting {
        name: "leader.imbalance.check.interval.seconds",
        key: "leader.imbalance.check.interval.seconds",
        kind: Kind::Number(
            1,
            INT,
            |c| c.leader_imbalance_check_interval.as_millis() / 1000,
            |c, v| c.leader_imbalance_check_interval = Span::from_secs(v),
        ),
    },
    Setting {
        name: "eligible.leader.replicas.version",
        key: "eligible.leader.replicas.version",
        kind: Kind::Number(
            0,
            1,
            |c| u64::from(c.eligible_leader_replicas),
            |c, v| c.eligible_leader_replicas = v == 1,
        ),
    },
    Setting {
        name: "replica.selector.class",
        key: "replica.selector.class",
        kind: Kind::Choice(
            &["none", "org.apache.kafka.common.replica.RackAwareReplicaSelector"],
            |c| usize::from(c.rack_aware_replica_selector),
            |c, at| c.rack_aware_replica_selector = at == 1,
        ),
    },
    Setting {
        name: "transaction.version",
        key: "transaction.version",
        kind: Kind::Number(
            0,
            2,
            |c| u64::from(c.transaction_version.level()),
            |c, v| c.transaction_version = TransactionVersion::of_level(v),
        ),
    },
];
