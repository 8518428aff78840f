//! What a broker may be told while it runs (`DynamicBrokerConfig.validate`, `DynamicThreadPool`, `LogCleaner`), and quotas
//! (`ClientQuotaControlManager`): names, types, bounds, and who may be told.

use super::def::{Check, ConfigKey, Kind};
use super::others::is_read_only;
use crate::Broker;
use millrace_model::Map;
use millrace_model::protocol::{ConfigChanges, ConfigResource, ResourceKind};
use std::sync::Arc;

type Settings = Map<Arc<str>, Arc<str>>;

const fn key(name: &'static str, kind: Kind, check: Check) -> ConfigKey {
    ConfigKey { name, kind, check, default: "", synonym: None }
}

use Check::{Any, AtLeast, Between, GzipLevel, OneOf};
use Kind::{Boolean, Double, Int, List, Long, String as Text};

/// Settings that may change, with their types as the broker defines them: a topic's own of the same meaning are checked
/// otherwise in places. Not here: decimals without bounds, and what is a name of a class.
const DYNAMIC: &[ConfigKey] = &[
    key("background.threads", Int, AtLeast(1)),
    key("compression.gzip.level", Int, GzipLevel),
    key("compression.lz4.level", Int, Between(1, 17)),
    key("compression.type", Text, OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])),
    key("compression.zstd.level", Int, Between(-131_072, 22)),
    key("follower.replication.throttled.rate", Long, AtLeast(0)),
    key("leader.replication.throttled.rate", Long, AtLeast(0)),
    key("log.cleaner.backoff.ms", Long, AtLeast(0)),
    key("log.cleaner.dedupe.buffer.size", Long, Any),
    key("log.cleaner.delete.retention.ms", Long, AtLeast(0)),
    key("log.cleaner.io.buffer.size", Int, AtLeast(0)),
    key("log.cleaner.max.compaction.lag.ms", Long, AtLeast(1)),
    key("log.cleaner.min.cleanable.ratio", Double, Any),
    key("log.cleaner.min.compaction.lag.ms", Long, AtLeast(0)),
    key("log.cleaner.threads", Int, AtLeast(0)),
    key("log.cleanup.policy", List, OneOf(&["compact", "delete"])),
    key("log.flush.interval.messages", Long, AtLeast(1)),
    key("log.flush.interval.ms", Long, Any),
    key("log.index.interval.bytes", Int, AtLeast(0)),
    key("log.index.size.max.bytes", Int, AtLeast(4)),
    key("log.message.downconversion.enable", Boolean, Any),
    key("log.message.timestamp.after.max.ms", Long, AtLeast(0)),
    key("log.message.timestamp.before.max.ms", Long, AtLeast(0)),
    key("log.message.timestamp.difference.max.ms", Long, AtLeast(0)),
    key("log.message.timestamp.type", Text, OneOf(&["CreateTime", "LogAppendTime"])),
    key("log.preallocate", Boolean, Any),
    key("log.retention.bytes", Long, Any),
    key("log.retention.ms", Long, Any),
    key("log.roll.jitter.ms", Long, Any),
    key("log.roll.ms", Long, Any),
    key("log.segment.bytes", Int, AtLeast(14)),
    key("log.segment.delete.delay.ms", Long, AtLeast(0)),
    key("message.max.bytes", Int, AtLeast(0)),
    key("min.insync.replicas", Int, AtLeast(1)),
    key("num.io.threads", Int, AtLeast(1)),
    key("num.network.threads", Int, AtLeast(1)),
    key("num.recovery.threads.per.data.dir", Int, AtLeast(1)),
    key("num.replica.fetchers", Int, Any),
    key("replica.alter.log.dirs.io.max.bytes.per.second", Long, AtLeast(0)),
    key("transaction.partition.verification.enable", Boolean, Any),
    key("unclean.leader.election.enable", Boolean, Any),
];

/// Certificates and their passwords: only for one listener each (`SslConfigs.RECONFIGURABLE_CONFIGS`).
const SECURITY: [&str; 10] = [
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

/// Settings of listeners that only a single broker may be told (`DynamicBrokerConfig.PerBrokerConfigs`).
const PER_BROKER: [&str; 3] = ["advertised.listeners", "listener.security.protocol.map", "listeners"];

/// Pools of threads with their sizes: these may at most be doubled or halved.
const THREADS: [(&str, i64); 5] = [
    ("background.threads", 10),
    ("log.cleaner.threads", 1),
    ("num.io.threads", 8),
    ("num.recovery.threads.per.data.dir", 1),
    ("num.replica.fetchers", 1),
];

/// May a broker, or with an empty name all of them, be told so? `after` is what would be set.
///
/// # Errors
/// Kafka's sentence.
pub(super) fn check_broker(
    broker: &Broker,
    name: &str,
    changes: &ConfigChanges,
    after: &Settings,
) -> Result<(), String> {
    let refuse = |sentence: &str, names: Vec<&str>| match names.is_empty() {
        true => Ok(()),
        false => Err(format!("{sentence}: Set({})", names.join(", "))),
    };
    let changed = || changes.iter().map(|(key, _)| &**key);
    let set = || after.keys().map(|key| &**key);
    refuse("Cannot update these configs dynamically", changed().filter(|key| is_read_only(key)).collect())?;
    refuse(
        "These security configs can be dynamically updated only per-listener using the listener prefix",
        set().filter(|key| SECURITY.contains(key)).collect(),
    )?;
    for key in DYNAMIC {
        if let Some(value) = after.get(key.name) {
            key.parse(value).map_err(|problem| problem.words().to_string())?;
        }
    }
    if name.is_empty() {
        refuse(
            "Cannot update these configs at default cluster level, broker id must be specified",
            set().filter(|key| PER_BROKER.contains(key)).collect(),
        )?;
    }
    require(after)?;
    for (pool, default) in THREADS {
        let number = |settings: Option<&Settings>| settings?.get(pool)?.trim().parse::<i64>().ok();
        let told =
            |name: &str| number(broker.configs().get(&ConfigResource::new(ResourceKind::Broker, name)));
        let own = broker.id().to_string();
        let old = told(&own).or_else(|| told("")).unwrap_or(default);
        let new = match name.is_empty() {
            true => told(&own).or_else(|| number(Some(after))),
            false => number(Some(after)).or_else(|| told("")),
        };
        let new = new.unwrap_or(default);
        if new != old && (new <= 0 || new < old / 2 || new > old.saturating_mul(2)) {
            return Err("Invalid dynamic configuration".to_owned());
        }
    }
    Ok(())
}

/// What is required of values together (`KafkaConfig.validateValues`).
fn require(after: &Settings) -> Result<(), String> {
    let number = |name: &str| after.get(name).and_then(|value| value.trim().parse::<i64>().ok());
    let failed = |words: &str| Err(format!("requirement failed: {words}"));
    if number("log.roll.ms").is_some_and(|ms| ms < 1) {
        return failed("log.roll.ms must be greater than or equal to 1");
    }
    if number("log.roll.jitter.ms").is_some_and(|ms| ms < 0) {
        return failed("log.roll.jitter.ms must be equal or greater than 0");
    }
    // What is negative is unlimited.
    if number("log.retention.ms") == Some(0) {
        return failed("log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
    }
    Ok(())
}

/// Quotas of whole numbers.
const WHOLE: [&str; 3] = ["connection_creation_rate", "consumer_byte_rate", "producer_byte_rate"];

/// May these be quotas? (`ClientQuotaControlManager.validateQuotaKeyValue`; the values are Java's doubles as text.)
///
/// # Errors
/// Kafka's sentence.
pub(super) fn check_quotas(changes: &ConfigChanges) -> Result<(), String> {
    for (key, value) in changes {
        let Some(value) = value else { continue };
        let mantissa = value.split('E').next().unwrap_or_default();
        if value.starts_with('-') || mantissa.bytes().all(|c| matches!(c, b'0' | b'.')) {
            return Err(format!("Quota {key} must be greater than 0"));
        }
        let fraction = value.split_once('.').map_or("", |(_, fraction)| fraction);
        let is_fractional = !value.contains('E') && fraction.bytes().any(|c| c != b'0');
        if WHOLE.contains(&&**key) && is_fractional {
            return Err(format!("{key} cannot be a fractional value."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_positive_and_rates_of_bytes_whole() {
        let say = |key: &str, value: &str| {
            check_quotas(&vec![(key.into(), Some(value.into()))]).err().unwrap_or_default()
        };
        assert_eq!(say("producer_byte_rate", "1024.0"), "");
        assert_eq!(say("producer_byte_rate", "1.5E10"), "");
        assert_eq!(say("request_percentage", "1.5"), "");
        assert_eq!(say("producer_byte_rate", "1.5"), "producer_byte_rate cannot be a fractional value.");
        assert_eq!(say("request_percentage", "0.0"), "Quota request_percentage must be greater than 0");
        assert_eq!(say("consumer_byte_rate", "-1.0"), "Quota consumer_byte_rate must be greater than 0");
    }

    #[test]
    fn settings_are_sorted() {
        assert!(DYNAMIC.is_sorted_by_key(|key| key.name));
        assert!(DYNAMIC.iter().all(|key| !is_read_only(key.name)));
    }
}
