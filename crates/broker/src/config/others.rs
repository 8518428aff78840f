//! The settings of groups (`GroupConfig`) and of client metrics (`ClientMetricsConfigs`), and which of a broker's settings
//! cannot change while it runs (`DynamicBrokerConfig`).

use super::def::{Check, ConfigKey, ConfigProblem, Kind};
use millrace_model::{ErrorCode, Map};
use std::sync::Arc;

const fn key(name: &'static str, min: i64, default: &'static str, synonym: &'static str) -> ConfigKey {
    ConfigKey { name, kind: Kind::Int, check: Check::AtLeast(min), default, synonym: Some(synonym) }
}

/// The settings of a group.
pub const GROUP_CONFIGS: &[ConfigKey] = &[
    key("consumer.session.timeout.ms", 1, "45000", "group.consumer.session.timeout.ms"),
    key("consumer.heartbeat.interval.ms", 1, "5000", "group.consumer.heartbeat.interval.ms"),
    key("share.session.timeout.ms", 1, "45000", "group.share.session.timeout.ms"),
    key("share.heartbeat.interval.ms", 1, "5000", "group.share.heartbeat.interval.ms"),
    key("share.record.lock.duration.ms", 1000, "30000", "group.share.record.lock.duration.ms"),
];

/// A bound with the broker's setting that gives it.
type Bound = (i64, &'static str);

/// A setting of a group, and its bounds.
const BOUNDS: &[(&str, Bound, Bound)] = &[
    (
        "consumer.heartbeat.interval.ms",
        (5_000, "group.consumer.min.heartbeat.interval.ms"),
        (15_000, "group.consumer.max.heartbeat.interval.ms"),
    ),
    (
        "consumer.session.timeout.ms",
        (45_000, "group.consumer.min.session.timeout.ms"),
        (60_000, "group.consumer.max.session.timeout.ms"),
    ),
    (
        "share.heartbeat.interval.ms",
        (5_000, "group.share.min.heartbeat.interval.ms"),
        (15_000, "group.share.max.heartbeat.interval.ms"),
    ),
    (
        "share.session.timeout.ms",
        (45_000, "group.share.min.session.timeout.ms"),
        (60_000, "group.share.max.session.timeout.ms"),
    ),
    (
        "share.record.lock.duration.ms",
        (15_000, "group.share.min.record.lock.duration.ms"),
        (60_000, "group.share.max.record.lock.duration.ms"),
    ),
];

/// `GroupConfig.validate`
pub(super) fn check_group(
    keys: &'static [ConfigKey],
    settings: &Map<Arc<str>, Arc<str>>,
) -> Result<(), ConfigProblem> {
    if let Some((name, _)) = settings.iter().find(|(name, _)| keys.iter().all(|key| *key.name != ***name)) {
        return Err(ConfigProblem::Unknown(format!("Unknown group config name: {name}").into()));
    }
    let mut values: Map<&str, i64> = Map::new();
    for key in keys {
        let text = match settings.get(key.name) {
            Some(text) => key.parse(text)?,
            None => key.default.to_owned(),
        };
        values.insert(key.name, text.parse().unwrap_or(0));
    }
    let value = |name: &str| values.get(name).copied().unwrap_or(0);
    let conflict = |words: String| Err(ConfigProblem::Conflict(words.into()));
    for (name, (min, min_name), (max, max_name)) in BOUNDS {
        if value(name) < *min {
            return conflict(format!("{name} must be greater than or equal to {min_name}"));
        }
        if value(name) > *max {
            return conflict(format!("{name} must be less than or equal to {max_name}"));
        }
    }
    for kind in ["consumer", "share"] {
        let (session, heartbeat) =
            (format!("{kind}.session.timeout.ms"), format!("{kind}.heartbeat.interval.ms"));
        if value(&session) <= value(&heartbeat) {
            return conflict(format!("{session} must be greater than {heartbeat}"));
        }
    }
    Ok(())
}

/// The settings of a subscription to client metrics.
pub const CLIENT_METRICS_CONFIGS: [&str; 3] = ["metrics", "interval.ms", "match"];

/// What `match` may look at (`ClientMetricsConfigs.ALLOWED_MATCH_PARAMS`).
const MATCH_PARAMS: [&str; 6] = [
    "client_id",
    "client_instance_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// `ClientMetricsConfigs.validate`
pub(super) fn check_client_metrics(
    name: &str,
    settings: &Map<Arc<str>, Arc<str>>,
) -> Option<(ErrorCode, String)> {
    if name.is_empty() {
        return Some((ErrorCode::InvalidRequest, "Subscription name can't be empty".to_owned()));
    }
    if let Some(name) = settings.keys().find(|name| !CLIENT_METRICS_CONFIGS.contains(&&***name)) {
        return Some((ErrorCode::InvalidRequest, format!("Unknown client metrics configuration: {name}")));
    }
    if let Some(value) = settings.get("interval.ms") {
        let Ok(ms) = value.trim().parse::<i32>() else {
            let words =
                format!("Invalid value {value} for configuration interval.ms: Not a number of type INT");
            return Some((ErrorCode::InvalidConfig, words));
        };
        if !(100..=3_600_000).contains(&ms) {
            let words = format!(
                "Invalid value {ms} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
            );
            return Some((ErrorCode::InvalidRequest, words));
        }
    }
    let patterns = settings.get("match").map_or("", |text| text.trim());
    let wrong =
        patterns.split(',').map(str::trim).filter(|_| !patterns.is_empty()).find(|text| !is_match(text));
    wrong.map(|text| (ErrorCode::InvalidConfig, format!("Illegal client matching pattern: {text}")))
}

/// `client_id=a.*` (`ClientMetricsConfigs.parseMatchingPatterns`)
fn is_match(pattern: &str) -> bool {
    // Java's split drops empty parts at the end.
    let parts: Vec<&str> = pattern.trim_end_matches('=').split('=').collect();
    match parts.as_slice() {
        [param, regex] => {
            MATCH_PARAMS.contains(&param.trim()) && millrace_model::Pattern::new(regex.trim()).is_ok()
        }
        _ => false,
    }
}

/// Settings that a broker reads only when it starts.
const READ_ONLY: &[&str] = &[
    "alter.config.policy.class.name",
    "authorizer.class.name",
    "auto.create.topics.enable",
    "auto.leader.rebalance.enable",
    "broker.heartbeat.interval.ms",
    "broker.id",
    "broker.id.generation.enable",
    "broker.rack",
    "broker.session.timeout.ms",
    "connections.max.idle.ms",
    "controlled.shutdown.enable",
    "controlled.shutdown.max.retries",
    "controlled.shutdown.retry.backoff.ms",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "controller.socket.timeout.ms",
    "create.topic.policy.class.name",
    "default.replication.factor",
    "delete.topic.enable",
    "early.start.listeners",
    "fetch.max.bytes",
    "fetch.purgatory.purge.interval.requests",
    "group.consumer.assignors",
    "group.consumer.heartbeat.interval.ms",
    "group.consumer.max.heartbeat.interval.ms",
    "group.consumer.max.session.timeout.ms",
    "group.consumer.max.size",
    "group.consumer.migration.policy",
    "group.consumer.min.heartbeat.interval.ms",
    "group.consumer.min.session.timeout.ms",
    "group.consumer.session.timeout.ms",
    "group.coordinator.append.linger.ms",
    "group.coordinator.rebalance.protocols",
    "group.coordinator.threads",
    "group.initial.rebalance.delay.ms",
    "group.max.session.timeout.ms",
    "group.max.size",
    "group.min.session.timeout.ms",
    "initial.broker.registration.timeout.ms",
    "inter.broker.listener.name",
    "inter.broker.protocol.version",
    "leader.imbalance.check.interval.seconds",
    "log.dir",
    "log.dirs",
    "log.flush.offset.checkpoint.interval.ms",
    "log.flush.scheduler.interval.ms",
    "log.flush.start.offset.checkpoint.interval.ms",
    "log.retention.check.interval.ms",
    "log.retention.hours",
    "log.retention.minutes",
    "log.roll.hours",
    "log.roll.jitter.hours",
    "metadata.log.dir",
    "metadata.log.segment.bytes",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "node.id",
    "num.partitions",
    "num.replica.alter.log.dirs.threads",
    "offset.metadata.max.bytes",
    "offsets.commit.required.acks",
    "offsets.commit.timeout.ms",
    "offsets.load.buffer.size",
    "offsets.retention.check.interval.ms",
    "offsets.retention.minutes",
    "offsets.topic.compression.codec",
    "offsets.topic.num.partitions",
    "offsets.topic.replication.factor",
    "offsets.topic.segment.bytes",
    "process.roles",
    "producer.id.expiration.check.interval.ms",
    "producer.purgatory.purge.interval.requests",
    "queued.max.request.bytes",
    "queued.max.requests",
    "quota.window.num",
    "quota.window.size.seconds",
    "replica.fetch.backoff.ms",
    "replica.fetch.max.bytes",
    "replica.fetch.min.bytes",
    "replica.fetch.response.max.bytes",
    "replica.fetch.wait.max.ms",
    "replica.high.watermark.checkpoint.interval.ms",
    "replica.lag.time.max.ms",
    "replica.selector.class",
    "replica.socket.receive.buffer.bytes",
    "replica.socket.timeout.ms",
    "request.timeout.ms",
    "reserved.broker.max.id",
    "server.max.startup.time.ms",
    "socket.connection.setup.timeout.max.ms",
    "socket.connection.setup.timeout.ms",
    "socket.listen.backlog.size",
    "socket.receive.buffer.bytes",
    "socket.request.max.bytes",
    "socket.send.buffer.bytes",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "transaction.max.timeout.ms",
    "transaction.remove.expired.transaction.cleanup.interval.ms",
    "transaction.state.log.load.buffer.size",
    "transaction.state.log.min.isr",
    "transaction.state.log.num.partitions",
    "transaction.state.log.replication.factor",
    "transaction.state.log.segment.bytes",
    "transactional.id.expiration.ms",
    "unstable.api.versions.enable",
    "unstable.feature.versions.enable",
    "zookeeper.connect",
];

/// Is this a setting that a broker reads only when it starts?
pub fn is_read_only(name: &str) -> bool {
    READ_ONLY.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Map<Arc<str>, Arc<str>> {
        pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
    }

    #[test]
    fn a_groups_settings_have_bounds() {
        let say = |pairs: &[(&str, &str)]| match check_group(GROUP_CONFIGS, &map(pairs)) {
            Ok(()) => String::new(),
            Err(problem) => problem.words().to_string(),
        };
        assert_eq!(say(&[("consumer.session.timeout.ms", "50000")]), "");
        assert_eq!(
            say(&[("consumer.session.timeout.ms", "1")]),
            "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms"
        );
        assert_eq!(
            say(&[("share.heartbeat.interval.ms", "15001")]),
            "share.heartbeat.interval.ms must be less than or equal to group.share.max.heartbeat.interval.ms"
        );
        assert_eq!(say(&[("nope", "1")]), "Unknown group config name: nope");
    }

    #[test]
    fn client_metrics_are_checked() {
        let say = |pairs: &[(&str, &str)]| check_client_metrics("m", &map(pairs)).map(|(_, words)| words);
        assert_eq!(say(&[("interval.ms", "100"), ("match", "client_id=a"), ("metrics", "")]), None);
        for wrong in ["foo", "client_id=", "client_id=a=b", "nope=a", "client_id=["] {
            let words = format!("Illegal client matching pattern: {wrong}");
            assert_eq!(say(&[("match", wrong)]), Some(words), "{wrong}");
        }
        assert_eq!(say(&[("match", "client_id=a, client_source_port=8.*")]), None);
        assert!(check_client_metrics("", &map(&[])).is_some());
        assert_eq!(
            say(&[("interval.ms", "5")]).as_deref(),
            Some("Invalid value 5 for interval.ms, interval must be between 100 and 3600000 (1 hour)")
        );
        assert_eq!(say(&[("x", "5")]).as_deref(), Some("Unknown client metrics configuration: x"));
    }

    /// Sorted, so that one can see what is there.
    #[test]
    fn names_are_sorted() {
        assert!(READ_ONLY.is_sorted() && is_read_only("broker.id") && !is_read_only("log.cleaner.threads"));
    }
}
