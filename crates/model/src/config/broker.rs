//! Broker settings (`KafkaConfig`, `GroupCoordinatorConfig`).

use crate::{Profile, Span, TransactionVersion};

/// What a broker is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerConfig {
    /// `num.partitions`: partitions of an automatically created topic, default 1.
    pub num_partitions: i32,
    /// `auto.create.topics.enable`, default true.
    pub auto_create_topics: bool,
    /// `offsets.topic.num.partitions`, default 50.
    pub offsets_topic_num_partitions: i32,
    /// `group.initial.rebalance.delay.ms`: an empty group waits this long for more members. Default 3 s.
    pub group_initial_rebalance_delay: Span,
    /// `group.min.session.timeout.ms`, default 6 s.
    pub group_min_session_timeout: Span,
    /// `group.max.session.timeout.ms`, default 30 min.
    pub group_max_session_timeout: Span,
    /// `group.consumer.session.timeout.ms` of the consumer protocol (KIP-848), default 45 s.
    pub group_consumer_session_timeout: Span,
    /// `group.consumer.heartbeat.interval.ms` of the consumer protocol (KIP-848), default 5 s.
    pub group_consumer_heartbeat_interval: Span,
    /// `offsets.retention.minutes`: how long offsets outlive their group's members, default 7 days.
    pub offsets_retention: Span,
    /// `offsets.retention.check.interval.ms`, default 10 min.
    pub offsets_retention_check_interval: Span,
    /// The feature `transaction.version` of a broker that is alone in its cluster (KIP-890).
    pub transaction_version: TransactionVersion,
}

impl BrokerConfig {
    /// The defaults of a version.
    pub fn defaults(profile: Profile) -> BrokerConfig {
        BrokerConfig {
            num_partitions: 1,
            auto_create_topics: true,
            offsets_topic_num_partitions: 50,
            group_initial_rebalance_delay: Span::from_secs(3),
            group_min_session_timeout: Span::from_secs(6),
            group_max_session_timeout: Span::from_secs(1_800),
            group_consumer_session_timeout: Span::from_secs(45),
            group_consumer_heartbeat_interval: Span::from_secs(5),
            offsets_retention: Span::from_secs(7 * 86_400),
            offsets_retention_check_interval: Span::from_secs(600),
            transaction_version: profile.transaction_version(),
        }
    }
}
