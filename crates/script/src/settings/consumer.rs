//! Consumer settings as options. `enable.auto.commit` is not among them: `--commit` decides, as Spring's container does.

use crate::language::iso;

use super::{INT, Kind, Setting, size};
use millrace_client::assignor::Assignor;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig, GroupProtocol};
use millrace_model::protocol::IsolationLevel;

/// `AutoOffsetResetStrategy.BY_DURATION`, and what follows it.
const BY_DURATION: &str = "by_duration:";

fn show_reset(reset: AutoOffsetReset) -> String {
    match reset {
        AutoOffsetReset::Earliest => "earliest".to_owned(),
        AutoOffsetReset::Latest => "latest".to_owned(),
        AutoOffsetReset::None => "none".to_owned(),
        AutoOffsetReset::ByDuration(span) => format!("{BY_DURATION}{}", iso::print_duration(span)),
    }
}

fn read_reset(text: &str) -> Option<AutoOffsetReset> {
    match text {
        "earliest" => Some(AutoOffsetReset::Earliest),
        "latest" => Some(AutoOffsetReset::Latest),
        "none" => Some(AutoOffsetReset::None),
        other => iso::read_duration(other.strip_prefix(BY_DURATION)?).map(AutoOffsetReset::ByDuration),
    }
}

const PROTOCOLS: [GroupProtocol; 2] = [GroupProtocol::Classic, GroupProtocol::Consumer];

/// An assignor's name, from itself or from its class (Kafka's configuration has classes).
fn assignor(name: &str) -> Option<&'static str> {
    let class = name.strip_prefix("org.apache.kafka.clients.consumer.").unwrap_or(name);
    let same = |assignor: &'static str| match assignor {
        "range" => class == "RangeAssignor",
        "roundrobin" => class == "RoundRobinAssignor",
        "sticky" => class == "StickyAssignor",
        _ => class == "CooperativeStickyAssignor",
    };
    let names = Assignor::ALL.map(Assignor::name);
    names.into_iter().find(|assignor| *assignor == name || same(assignor))
}

/// Every setting.
pub const SETTINGS: &[Setting<ConsumerConfig>] = &[
    Setting {
        name: "auto-offset-reset",
        key: "auto.offset.reset",
        kind: Kind::Form(
            "earliest, latest, none, or a time to go back by, such as by_duration:PT1H",
            |c| show_reset(c.auto_offset_reset),
            |c, text| {
                let read = read_reset(text);
                c.auto_offset_reset = read.unwrap_or(c.auto_offset_reset);
                read.is_some()
            },
        ),
    },
    Setting {
        name: "session-timeout",
        key: "session.timeout.ms",
        kind: Kind::Span(|c| c.session_timeout, |c, v| c.session_timeout = v),
    },
    Setting {
        name: "heartbeat-interval",
        key: "heartbeat.interval.ms",
        kind: Kind::Span(|c| c.heartbeat_interval, |c, v| c.heartbeat_interval = v),
    },
    Setting {
        name: "max-poll-interval",
        key: "max.poll.interval.ms",
        kind: Kind::Span(|c| c.max_poll_interval, |c, v| c.max_poll_interval = v),
    },
    Setting {
        name: "max-poll-records",
        key: "max.poll.records",
        kind: Kind::Number(1, INT, |c| c.max_poll_records as u64, |c, v| c.max_poll_records = size(v)),
    },
    Setting {
        name: "auto-commit-interval",
        key: "auto.commit.interval.ms",
        kind: Kind::Span(|c| c.auto_commit_interval, |c, v| c.auto_commit_interval = v),
    },
    Setting {
        name: "fetch-min-bytes",
        key: "fetch.min.bytes",
        kind: Kind::Number(0, INT, |c| c.fetch_min_bytes as u64, |c, v| c.fetch_min_bytes = size(v)),
    },
    Setting {
        name: "fetch-max-bytes",
        key: "fetch.max.bytes",
        kind: Kind::Number(0, INT, |c| c.fetch_max_bytes as u64, |c, v| c.fetch_max_bytes = size(v)),
    },
    Setting {
        name: "fetch-max-wait",
        key: "fetch.max.wait.ms",
        kind: Kind::Span(|c| c.fetch_max_wait, |c, v| c.fetch_max_wait = v),
    },
    Setting {
        name: "max-partition-fetch-bytes",
        key: "max.partition.fetch.bytes",
        kind: Kind::Number(
            0,
            INT,
            |c| c.max_partition_fetch_bytes as u64,
            |c, v| c.max_partition_fetch_bytes = size(v),
        ),
    },
    Setting {
        name: "request-timeout",
        key: "request.timeout.ms",
        kind: Kind::Span(|c| c.request_timeout, |c, v| c.request_timeout = v),
    },
    Setting {
        name: "retry-backoff",
        key: "retry.backoff.ms",
        kind: Kind::Span(|c| c.retry_backoff, |c, v| c.retry_backoff = v),
    },
    Setting {
        name: "retry-backoff-max",
        key: "retry.backoff.max.ms",
        kind: Kind::Span(|c| c.retry_backoff_max, |c, v| c.retry_backoff_max = v),
    },
    Setting {
        name: "metadata-max-age",
        key: "metadata.max.age.ms",
        kind: Kind::Span(|c| c.metadata_max_age, |c, v| c.metadata_max_age = v),
    },
    Setting {
        name: "partition-assignment-strategy",
        key: "partition.assignment.strategy",
        kind: Kind::Words(
            (&["range", "roundrobin", "sticky", "cooperative-sticky"], assignor),
            |c| &c.partition_assignment_strategy,
            |c, v| c.partition_assignment_strategy = v,
        ),
    },
    Setting {
        name: "group-instance-id",
        key: "group.instance.id",
        kind: Kind::Name(|c| c.group_instance_id.clone(), |c, v| c.group_instance_id = Some(v)),
    },
    Setting {
        name: "group-protocol",
        key: "group.protocol",
        kind: Kind::Choice(
            &["classic", "consumer"],
            |c| PROTOCOLS.iter().position(|protocol| *protocol == c.group_protocol).unwrap_or(0),
            |c, at| c.group_protocol = PROTOCOLS.get(at).copied().unwrap_or_default(),
        ),
    },
    Setting {
        name: "group-remote-assignor",
        key: "group.remote.assignor",
        kind: Kind::Name(|c| c.group_remote_assignor.clone(), |c, v| c.group_remote_assignor = Some(v)),
    },
    Setting {
        name: "client-rack",
        key: "client.rack",
        kind: Kind::Name(|c| c.client_rack.clone(), |c, v| c.client_rack = Some(v)),
    },
    Setting {
        name: "isolation-level",
        key: "isolation.level",
        kind: Kind::Choice(
            &["read_uncommitted", "read_committed"],
            |c| usize::from(c.isolation_level == IsolationLevel::ReadCommitted),
            |c, at| {
                c.isolation_level = match at {
                    1 => IsolationLevel::ReadCommitted,
                    _ => IsolationLevel::ReadUncommitted,
                };
            },
        ),
    },
];
