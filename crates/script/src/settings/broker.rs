//! Broker settings, written as `--override key=value` under Kafka's own keys.

use super::{FALSE_TRUE, INT, Kind, Setting};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::{Span, TransactionVersion};

fn int(n: u64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn size(n: i32) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Every setting; name and key are one.
pub const SETTINGS: &[Setting<BrokerConfig>] = &[
    Setting {
        name: "num.partitions",
        key: "num.partitions",
        kind: Kind::Number(1, INT, |c| size(c.num_partitions), |c, v| c.num_partitions = int(v)),
    },
    Setting {
        name: "auto.create.topics.enable",
        key: "auto.create.topics.enable",
        kind: Kind::Choice(
            FALSE_TRUE,
            |c| usize::from(c.auto_create_topics),
            |c, at| c.auto_create_topics = at == 1,
        ),
    },
    Setting {
        name: "offsets.topic.num.partitions",
        key: "offsets.topic.num.partitions",
        kind: Kind::Number(
            1,
            INT,
            |c| size(c.offsets_topic_num_partitions),
            |c, v| c.offsets_topic_num_partitions = int(v),
        ),
    },
    Setting {
        name: "group.initial.rebalance.delay.ms",
        key: "group.initial.rebalance.delay.ms",
        kind: Kind::Span(|c| c.group_initial_rebalance_delay, |c, v| c.group_initial_rebalance_delay = v),
    },
    Setting {
        name: "group.min.session.timeout.ms",
        key: "group.min.session.timeout.ms",
        kind: Kind::Span(|c| c.group_min_session_timeout, |c, v| c.group_min_session_timeout = v),
    },
    Setting {
        name: "group.max.session.timeout.ms",
        key: "group.max.session.timeout.ms",
        kind: Kind::Span(|c| c.group_max_session_timeout, |c, v| c.group_max_session_timeout = v),
    },
    Setting {
        name: "group.consumer.session.timeout.ms",
        key: "group.consumer.session.timeout.ms",
        kind: Kind::Span(|c| c.group_consumer_session_timeout, |c, v| c.group_consumer_session_timeout = v),
    },
    Setting {
        name: "group.consumer.heartbeat.interval.ms",
        key: "group.consumer.heartbeat.interval.ms",
        kind: Kind::Span(
            |c| c.group_consumer_heartbeat_interval,
            |c, v| c.group_consumer_heartbeat_interval = v,
        ),
    },
    Setting {
        name: "offsets.retention.minutes",
        key: "offsets.retention.minutes",
        kind: Kind::Number(
            1,
            INT,
            |c| c.offsets_retention.as_millis() / 60_000,
            |c, v| c.offsets_retention = Span::from_secs(v.saturating_mul(60)),
        ),
    },
    Setting {
        name: "offsets.retention.check.interval.ms",
        key: "offsets.retention.check.interval.ms",
        kind: Kind::Span(
            |c| c.offsets_retention_check_interval,
            |c, v| c.offsets_retention_check_interval = v,
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
