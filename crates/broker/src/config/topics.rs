//! The settings of a topic (`LogConfig`), with the broker's settings that give their defaults
//! (`ServerTopicConfigSynonyms`).

use super::def::{Check, ConfigKey, ConfigProblem, Kind};
use Check::{Any, AtLeast, Between, GzipLevel, OneOf, ThrottledReplicas};
use Kind::{Boolean, Double, Int, List, Long, String as Text};
use millrace_model::Profile;

const MAX: &str = "9223372036854775807";
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];

const fn key(
    name: &'static str,
    kind: Kind,
    check: Check,
    default: &'static str,
    synonym: Option<&'static str>,
) -> ConfigKey {
    ConfigKey { name, kind, check, default, synonym }
}

/// `internal.segment.bytes` (KAFKA-19080): smaller segments than a topic may have, for tests. Hidden unless it is set; then it
/// counts instead of `segment.bytes`.
pub const INTERNAL_SEGMENT_BYTES: &str = "internal.segment.bytes";

const INTERNAL: ConfigKey = key(INTERNAL_SEGMENT_BYTES, Int, Any, "null", None);

/// What 4.0 has taken away (KIP-724, KIP-937).
const GONE: [&str; 3] =
    ["message.format.version", "message.timestamp.difference.max.ms", "message.downconversion.enable"];

/// Every setting of the snapshot, in the order in which Kafka defines and therefore checks them. What a version makes of them
/// [`topic_configs`] says.
pub const TOPIC_CONFIGS: &[ConfigKey] = &[
    key("segment.bytes", Int, AtLeast(14), "1073741824", Some("log.segment.bytes")),
    key("segment.ms", Long, AtLeast(1), "604800000", None),
    key("segment.jitter.ms", Long, AtLeast(0), "0", None),
    key("segment.index.bytes", Int, AtLeast(4), "10485760", Some("log.index.size.max.bytes")),
    key("flush.messages", Long, AtLeast(1), MAX, Some("log.flush.interval.messages")),
    key("flush.ms", Long, AtLeast(0), MAX, None),
    key("retention.bytes", Long, Any, "-1", Some("log.retention.bytes")),
    key("retention.ms", Long, AtLeast(-1), "604800000", None),
    key("max.message.bytes", Int, AtLeast(0), "1048588", Some("message.max.bytes")),
    key("index.interval.bytes", Int, AtLeast(0), "4096", Some("log.index.interval.bytes")),
    key("delete.retention.ms", Long, AtLeast(0), "86400000", Some("log.cleaner.delete.retention.ms")),
    key("min.compaction.lag.ms", Long, AtLeast(0), "0", Some("log.cleaner.min.compaction.lag.ms")),
    key("max.compaction.lag.ms", Long, AtLeast(1), MAX, Some("log.cleaner.max.compaction.lag.ms")),
    key("file.delete.delay.ms", Long, AtLeast(0), "60000", Some("log.segment.delete.delay.ms")),
    key("min.cleanable.dirty.ratio", Double, Any, "0.5", Some("log.cleaner.min.cleanable.ratio")),
    key("cleanup.policy", List, OneOf(&["compact", "delete"]), "delete", Some("log.cleanup.policy")),
    key("unclean.leader.election.enable", Boolean, Any, "false", Some("unclean.leader.election.enable")),
    key("min.insync.replicas", Int, AtLeast(1), "1", Some("min.insync.replicas")),
    key("compression.type", Text, OneOf(CODECS), "producer", Some("compression.type")),
    key("compression.gzip.level", Int, GzipLevel, "-1", Some("compression.gzip.level")),
    key("compression.lz4.level", Int, Between(1, 17), "9", Some("compression.lz4.level")),
    key("compression.zstd.level", Int, Between(-131_072, 22), "3", Some("compression.zstd.level")),
    key("preallocate", Boolean, Any, "false", Some("log.preallocate")),
    key("message.format.version", Text, Any, "3.0-IV1", Some("log.message.format.version")),
    key(
        "message.timestamp.type",
        Text,
        OneOf(&["CreateTime", "LogAppendTime"]),
        "CreateTime",
        Some("log.message.timestamp.type"),
    ),
    key(
        "message.timestamp.difference.max.ms",
        Long,
        AtLeast(0),
        MAX,
        Some("log.message.timestamp.difference.max.ms"),
    ),
    key(
        "message.timestamp.before.max.ms",
        Long,
        AtLeast(0),
        MAX,
        Some("log.message.timestamp.before.max.ms"),
    ),
    key("message.timestamp.after.max.ms", Long, AtLeast(0), MAX, Some("log.message.timestamp.after.max.ms")),
    key("leader.replication.throttled.replicas", List, ThrottledReplicas, "", None),
    key("follower.replication.throttled.replicas", List, ThrottledReplicas, "", None),
    key("message.downconversion.enable", Boolean, Any, "true", Some("log.message.downconversion.enable")),
    key("remote.storage.enable", Boolean, Any, "false", None),
    key("local.retention.ms", Long, AtLeast(-2), "-2", Some("log.local.retention.ms")),
    key("local.retention.bytes", Long, AtLeast(-2), "-2", Some("log.local.retention.bytes")),
    key("remote.log.copy.disable", Boolean, Any, "false", None),
    key("remote.log.delete.on.disable", Boolean, Any, "false", None),
];

/// Every setting that is shown, as a version has it.
pub fn topic_configs(profile: Profile) -> impl Iterator<Item = ConfigKey> {
    TOPIC_CONFIGS.iter().filter_map(move |key| of_version(key, profile))
}

fn of_version(key: &ConfigKey, profile: Profile) -> Option<ConfigKey> {
    if !profile.is_released_4() {
        return Some(*key);
    }
    match key.name {
        name if GONE.contains(&name) => None,
        "segment.bytes" => {
            Some(ConfigKey { check: AtLeast(i64::from(profile.least_segment_bytes())), ..*key })
        }
        "message.timestamp.after.max.ms" => Some(ConfigKey { default: "3600000", ..*key }),
        _ => Some(*key),
    }
}

/// The setting of that name in a version.
pub fn topic_key(name: &str, profile: Profile) -> Option<ConfigKey> {
    if name == INTERNAL_SEGMENT_BYTES {
        return profile.is_released_4().then_some(INTERNAL);
    }
    of_version(TOPIC_CONFIGS.iter().find(|key| key.name == name)?, profile)
}

/// Whether a topic may have these settings in a version, all of those that are set for it (`LogConfig.validate`).
///
/// # Errors
/// The first thing that is wrong: first names, then values, then what contradicts itself.
pub fn validate_topic<'a>(
    settings: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    profile: Profile,
) -> Result<(), ConfigProblem> {
    if let Some((name, _)) = settings.clone().find(|(name, _)| topic_key(name, profile).is_none()) {
        return Err(ConfigProblem::Unknown(format!("Unknown topic config name: {name}").into()));
    }
    let value_of = |name: &str| settings.clone().find(|(key, _)| *key == name).map(|(_, value)| value);
    for key in topic_configs(profile).chain([INTERNAL]) {
        if let Some(value) = value_of(key.name) {
            key.parse(value)?;
        }
    }
    let lag = |name: &str, default: i64| {
        value_of(name).and_then(|value| value.trim().parse::<i64>().ok()).unwrap_or(default)
    };
    let (min, max) = (lag("min.compaction.lag.ms", 0), lag("max.compaction.lag.ms", i64::MAX));
    if min > max {
        let words = format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
        );
        return Err(ConfigProblem::Conflict(words.into()));
    }
    if value_of("remote.storage.enable").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        let words = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                     storage.";
        return Err(ConfigProblem::Conflict(words.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_values_and_values_before_contradictions() {
        let in_version =
            |settings: &[(&str, &str)], profile| match validate_topic(settings.iter().copied(), profile) {
                Ok(()) => String::new(),
                Err(problem) => problem.words().to_string(),
            };
        let say = |settings: &[(&str, &str)]| in_version(settings, Profile::Snapshot40);
        assert_eq!(say(&[("retention.ms", "-1"), ("cleanup.policy", "compact,delete")]), "");
        assert_eq!(say(&[("retention.ms", "x"), ("no", "1")]), "Unknown topic config name: no");
        assert_eq!(
            say(&[("retention.ms", "x"), ("segment.bytes", "1")]),
            "Invalid value 1 for configuration segment.bytes: Value must be at least 14"
        );
        assert_eq!(
            say(&[("min.compaction.lag.ms", "5"), ("max.compaction.lag.ms", "4")]),
            "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)"
        );
        assert!(
            say(&[("remote.storage.enable", "TRUE")]).starts_with("Tiered Storage functionality is disabled")
        );
        assert_eq!(say(&[("remote.storage.enable", "false")]), "");
    }

    /// Every default is a value that the setting takes, written as it is shown.
    #[test]
    fn defaults_are_valid() {
        for profile in Profile::ALL {
            for key in topic_configs(profile) {
                assert_eq!(key.parse(key.default).ok().as_deref(), Some(key.default), "{}", key.name);
            }
        }
    }

    #[test]
    fn a_version_has_its_own_settings_least_values_and_defaults() {
        let say = |setting: (&str, &str)| {
            [Profile::V39, Profile::Snapshot40, Profile::V4].map(|profile| {
                match validate_topic([setting].into_iter(), profile) {
                    Ok(()) => String::new(),
                    Err(problem) => problem.words().to_string(),
                }
            })
        };
        let least = "Invalid value 1048575 for configuration segment.bytes: Value must be at least 1048576";
        assert_eq!(say(("segment.bytes", "1048575")), ["", "", least]);
        assert_eq!(say(("segment.bytes", "1048576")), ["", "", ""]);
        let unknown = "Unknown topic config name: internal.segment.bytes";
        assert_eq!(say(("internal.segment.bytes", "100")), [unknown, unknown, ""]);
        for gone in GONE {
            assert_eq!(say((gone, "1"))[2], format!("Unknown topic config name: {gone}"));
        }
        let counts = Profile::ALL.map(|profile| topic_configs(profile).count());
        assert_eq!(counts, [33, 36, 36]);
        let after = |profile: Profile| topic_key("message.timestamp.after.max.ms", profile).unwrap().default;
        for profile in Profile::ALL {
            assert_eq!(after(profile), profile.timestamp_after_max_ms().to_string());
        }
    }
}
