//! What a topic's settings come to for its logs (`LogConfig`): its own, or the broker's that give their defaults
//! (`ServerTopicConfigSynonyms`).

use super::{Configs, INTERNAL_SEGMENT_BYTES, topic_key};
use crate::log::cleaner::CompactionSettings;
use crate::log::segments::{RetentionSettings, SegmentSettings};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{ConfigResource, ResourceKind};
use millrace_model::{BrokerId, CompressionType, Profile};

/// The settings that logs follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// When segments roll.
    pub segments: SegmentSettings,
    /// When they are deleted.
    pub retention: RetentionSettings,
    /// When and how they are cleaned.
    pub compaction: CompactionSettings,
    /// Whether `cleanup.policy` contains `compact`.
    pub compact: bool,
    /// `message.timestamp.before.max.ms`, and `message.timestamp.after.max.ms`; both at least 0.
    pub timestamp_max: (i64, i64),
    /// `compression.type`: what batches are packed anew by that come packed otherwise; none: they stay as the producer has sent
    /// them (`producer`).
    pub compression: Option<CompressionType>,
}

impl Default for LogConfig {
    /// Nothing is deleted as long as nobody has said when: a world that stands still for a week keeps its records, unlike
    /// Kafka's.
    fn default() -> Self {
        Self {
            segments: SegmentSettings::default(),
            retention: RetentionSettings { delete: true, retention_ms: -1, retention_bytes: -1 },
            compaction: CompactionSettings::default(),
            compact: false,
            timestamp_max: (i64::MAX, i64::MAX),
            compression: None,
        }
    }
}

/// A week, Kafka's default of `retention.ms`.
const WEEK_MS: i64 = 604_800_000;

/// Settings of brokers in other units, which count where those in milliseconds are not set: the topic's setting, the
/// broker's, and how many milliseconds one is.
const OTHER_UNITS: [(&str, &str, i64); 5] = [
    ("retention.ms", "log.retention.ms", 1),
    ("retention.ms", "log.retention.minutes", 60_000),
    ("retention.ms", "log.retention.hours", 3_600_000),
    ("segment.ms", "log.roll.ms", 1),
    ("segment.ms", "log.roll.hours", 3_600_000),
];

impl LogConfig {
    /// What a topic's settings and those of the brokers come to.
    pub(crate) fn of(topic: &TopicConfig, brokers: &Configs, id: BrokerId, profile: Profile) -> LogConfig {
        let mut config = LogConfig::default();
        config.timestamp_max.1 = profile.timestamp_after_max_ms();
        if topic.overrides.is_empty() && brokers.is_empty() {
            return config;
        }
        let told = Told { topic, brokers, id, profile };
        let size = |name: &str| told.number(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let segments = &mut config.segments;
        let bytes = size(INTERNAL_SEGMENT_BYTES).or_else(|| size("segment.bytes"));
        segments.segment_bytes = bytes.unwrap_or(segments.segment_bytes);
        segments.segment_ms = told.number("segment.ms").unwrap_or(segments.segment_ms);
        segments.segment_index_bytes = size("segment.index.bytes").unwrap_or(segments.segment_index_bytes);
        segments.index_interval_bytes = size("index.interval.bytes").unwrap_or(segments.index_interval_bytes);
        let compaction = &mut config.compaction;
        let lag = |name: &str, default: i64| told.number(name).unwrap_or(default);
        compaction.delete_retention_ms = lag("delete.retention.ms", compaction.delete_retention_ms);
        compaction.min_compaction_lag_ms = lag("min.compaction.lag.ms", compaction.min_compaction_lag_ms);
        compaction.max_compaction_lag_ms = lag("max.compaction.lag.ms", compaction.max_compaction_lag_ms);
        if let Some(ratio) = told.text("min.cleanable.dirty.ratio") {
            compaction.min_cleanable_ppm = millionths(ratio).unwrap_or(compaction.min_cleanable_ppm);
        }
        let policy = told.text("cleanup.policy");
        let has = |word: &str| policy.is_some_and(|policy| policy.split(',').any(|part| part.trim() == word));
        config.compact = has("compact");
        if config.compact {
            // Segments roll in time for the cleaner (`LogConfig.maxSegmentMs`).
            segments.segment_ms = segments.segment_ms.min(compaction.max_compaction_lag_ms.max(1));
        }
        let retention = &mut config.retention;
        retention.delete = policy.is_none() || has("delete");
        retention.retention_bytes = told.number("retention.bytes").unwrap_or(-1);
        let is_told = policy.is_some() || told.text("retention.bytes").is_some();
        retention.retention_ms = told.number("retention.ms").unwrap_or(if is_told { WEEK_MS } else { -1 });
        config.compression = told.text("compression.type").and_then(codec);
        let (before, after) = &mut config.timestamp_max;
        *before = told.number("message.timestamp.before.max.ms").unwrap_or(*before);
        *after = told.number("message.timestamp.after.max.ms").unwrap_or(*after);
        config
    }
}

struct Told<'a> {
    topic: &'a TopicConfig,
    brokers: &'a Configs,
    id: BrokerId,
    profile: Profile,
}

impl<'a> Told<'a> {
    /// A setting as it was given: to the topic, to this broker, or to all.
    fn text(&self, name: &str) -> Option<&'a str> {
        if let Some(value) = self.topic.overrides.get(name) {
            return Some(value);
        }
        self.of_broker(topic_key(name, self.profile)?.synonym?)
    }

    fn of_broker(&self, name: &str) -> Option<&'a str> {
        of_broker(self.brokers, self.id, name)
    }

    fn number(&self, name: &str) -> Option<i64> {
        let parse = |text: &str| text.trim().parse::<i64>().ok();
        if let Some(number) = self.text(name).and_then(parse) {
            return Some(number);
        }
        let units = OTHER_UNITS.iter().filter(|(of, ..)| *of == name);
        units
            .filter_map(|(_, broker, ms)| Some((parse(self.of_broker(broker)?)?, ms)))
            .next()
            .map(|(number, ms)| if number < 0 { number } else { number.saturating_mul(*ms) })
    }
}

/// A setting as it was given to this broker while it runs, or to all.
pub(crate) fn of_broker<'a>(brokers: &'a Configs, id: BrokerId, name: &str) -> Option<&'a str> {
    if brokers.is_empty() {
        return None;
    }
    [id.to_string(), String::new()].into_iter().find_map(|broker| {
        let set = brokers.get(&ConfigResource::new(ResourceKind::Broker, broker.as_str()))?;
        set.get(name).map(|value| &**value)
    })
}

/// `BrokerCompressionType`: `producer` names none, and `uncompressed` is one.
fn codec(name: &str) -> Option<CompressionType> {
    if name == "uncompressed" { Some(CompressionType::None) } else { CompressionType::for_name(name) }
}

/// A decimal fraction between 0 and 1 in millionths; no float ever decides.
fn millionths(text: &str) -> Option<u32> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits: String = part.chars().chain("000000".chars()).take(6).collect();
    whole.checked_mul(1_000_000)?.checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(topic: &[(&str, &str)], brokers: &[(&str, &str, &str)]) -> LogConfig {
        let mut config = TopicConfig::default();
        for (key, value) in topic {
            config.set(key, Some(value));
        }
        let mut configs = Configs::new();
        for (broker, key, value) in brokers {
            let of_it = configs.entry(ConfigResource::new(ResourceKind::Broker, broker)).or_default();
            of_it.insert((*key).into(), (*value).into());
        }
        LogConfig::of(&config, &configs, BrokerId(1), Profile::Snapshot40)
    }

    #[test]
    fn a_topics_own_setting_comes_before_the_brokers_and_that_before_all_brokers() {
        assert_eq!(of(&[], &[]), LogConfig::default());
        let brokers =
            [("", "log.segment.bytes", "300"), ("1", "log.segment.bytes", "200"), ("2", "log.roll.ms", "1")];
        assert_eq!(of(&[("segment.bytes", "100")], &brokers).segments.segment_bytes, 100);
        assert_eq!(of(&[], &brokers).segments.segment_bytes, 200);
        assert_eq!(of(&[], &brokers[..1]).segments.segment_bytes, 300);
        assert_eq!(of(&[], &brokers).segments.segment_ms, WEEK_MS);
        let hours = of(&[], &[("", "log.retention.hours", "2"), ("1", "log.retention.minutes", "3")]);
        assert_eq!(hours.retention.retention_ms, 180_000);
    }

    /// Kafka's default of a week counts from the moment on at which somebody has said anything about deletion.
    #[test]
    fn records_stay_for_ever_until_somebody_says_otherwise() {
        let kept = |topic: &[(&str, &str)]| {
            let RetentionSettings { delete, retention_ms, retention_bytes } = of(topic, &[]).retention;
            (delete, retention_ms, retention_bytes)
        };
        assert_eq!(kept(&[("segment.bytes", "100")]), (true, -1, -1));
        assert_eq!(kept(&[("retention.bytes", "100")]), (true, WEEK_MS, 100));
        assert_eq!(kept(&[("cleanup.policy", "delete")]), (true, WEEK_MS, -1));
        assert_eq!(kept(&[("cleanup.policy", "compact")]), (false, WEEK_MS, -1));
        assert_eq!(kept(&[("cleanup.policy", "compact,delete"), ("retention.ms", "5")]), (true, 5, -1));
    }

    #[test]
    fn a_version_has_its_own_default_and_a_setting_for_tests_comes_first() {
        let of = |settings: &[(&str, &str)], profile| {
            let mut config = TopicConfig::default();
            settings.iter().for_each(|(key, value)| config.set(key, Some(value)));
            LogConfig::of(&config, &Configs::new(), BrokerId(1), profile)
        };
        let after =
            |settings: &[(&str, &str)]| Profile::ALL.map(|profile| of(settings, profile).timestamp_max);
        let (none, hour) = ((i64::MAX, i64::MAX), (i64::MAX, 3_600_000));
        assert_eq!(after(&[]), [hour, none, none]);
        assert_eq!(after(&[("retention.ms", "5")]), [hour, none, none]);
        assert_eq!(after(&[("message.timestamp.after.max.ms", "7")]), [(i64::MAX, 7); 3]);
        let small = of(&[("segment.bytes", "1048576"), ("internal.segment.bytes", "100")], Profile::V4);
        assert_eq!(small.segments.segment_bytes, 100);
    }

    #[test]
    fn a_topic_packs_anew_only_if_it_names_a_codec() {
        let codec = |name| of(&[("compression.type", name)], &[]).compression;
        let (none, lz4) = (CompressionType::None, CompressionType::Lz4);
        assert_eq!(["producer", "uncompressed", "lz4"].map(codec), [None, Some(none), Some(lz4)]);
        assert_eq!(of(&[], &[("", "compression.type", "lz4")]).compression, Some(lz4));
    }

    #[test]
    fn ratios_are_read_without_floats() {
        let ratios = ["0.5", ".25", "1", "0.0000019", "0", "x", "0.x"].map(millionths);
        assert_eq!(ratios, [Some(500_000), Some(250_000), Some(1_000_000), Some(1), Some(0), None, None]);
        let config = of(&[("cleanup.policy", "compact"), ("max.compaction.lag.ms", "900")], &[]);
        assert_eq!((config.compact, config.segments.segment_ms), (true, 900));
    }
}
