//! Topic settings (`TopicConfig`).

use crate::{Map, TimestampType};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// `max.message.bytes`.
pub const MAX_MESSAGE_BYTES: &str = "max.message.bytes";
/// `message.timestamp.type`.
pub const MESSAGE_TIMESTAMP_TYPE: &str = "message.timestamp.type";
/// `min.insync.replicas`.
pub const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// What a topic is created with, and what it was given since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicConfig {
    /// `max.message.bytes`, default 1048588.
    pub max_message_bytes: usize,
    /// `message.timestamp.type`, default CreateTime.
    pub message_timestamp_type: TimestampType,
    /// `min.insync.replicas`, default 1.
    pub min_insync_replicas: usize,
    /// What else is set, under Kafka's keys: kept and shown. One of the settings above is here only if somebody has set
    /// it to its default. Change it by [`TopicConfig::set`].
    pub overrides: Map<Arc<str>, Arc<str>>,
}

impl Default for TopicConfig {
    fn default() -> Self {
        TopicConfig {
            max_message_bytes: 1_048_588,
            message_timestamp_type: TimestampType::CreateTime,
            min_insync_replicas: 1,
            overrides: Map::new(),
        }
    }
}

impl Hash for TopicConfig {
    /// Settings that nobody has set leave no trace in a hash.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.max_message_bytes, self.message_timestamp_type, self.min_insync_replicas).hash(state);
        if !self.overrides.is_empty() {
            self.overrides.hash(state);
        }
    }
}

impl TopicConfig {
    /// Sets one setting, or (`None`) gives it back its default. The value has been checked; one that makes no sense
    /// for a setting with a field of its own is its default.
    pub fn set(&mut self, key: &str, value: Option<&str>) {
        let defaults = TopicConfig::default();
        let is_default = match key {
            MAX_MESSAGE_BYTES => {
                self.max_message_bytes =
                    value.and_then(|value| value.parse().ok()).unwrap_or(defaults.max_message_bytes);
                self.max_message_bytes == defaults.max_message_bytes
            }
            MIN_INSYNC_REPLICAS => {
                self.min_insync_replicas =
                    value.and_then(|value| value.parse().ok()).unwrap_or(defaults.min_insync_replicas);
                self.min_insync_replicas == defaults.min_insync_replicas
            }
            MESSAGE_TIMESTAMP_TYPE => {
                self.message_timestamp_type = match value {
                    Some("LogAppendTime") => TimestampType::LogAppendTime,
                    Some(_) | None => TimestampType::CreateTime,
                };
                self.message_timestamp_type == defaults.message_timestamp_type
            }
            _ => true,
        };
        match value {
            Some(value) if is_default => drop(self.overrides.insert(key.into(), value.into())),
            Some(_) | None => drop(self.overrides.remove(key)),
        }
    }

    /// Everything that is set, under Kafka's keys.
    pub fn set_keys(&self) -> Map<Arc<str>, Arc<str>> {
        let defaults = TopicConfig::default();
        let mut all = self.overrides.clone();
        if self.max_message_bytes != defaults.max_message_bytes {
            all.insert(MAX_MESSAGE_BYTES.into(), self.max_message_bytes.to_string().into());
        }
        if self.message_timestamp_type != defaults.message_timestamp_type {
            all.insert(MESSAGE_TIMESTAMP_TYPE.into(), "LogAppendTime".into());
        }
        if self.min_insync_replicas != defaults.min_insync_replicas {
            all.insert(MIN_INSYNC_REPLICAS.into(), self.min_insync_replicas.to_string().into());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(config: &TopicConfig) -> Vec<String> {
        config.set_keys().iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    #[test]
    fn what_is_set_can_be_listed_and_taken_back() {
        let mut config = TopicConfig::default();
        for (key, value) in
            [("retention.ms", "5"), (MIN_INSYNC_REPLICAS, "2"), (MAX_MESSAGE_BYTES, "1048588")]
        {
            config.set(key, Some(value));
        }
        assert_eq!(config.min_insync_replicas, 2);
        assert_eq!(pairs(&config), ["max.message.bytes=1048588", "min.insync.replicas=2", "retention.ms=5"]);
        for key in ["retention.ms", MIN_INSYNC_REPLICAS, MAX_MESSAGE_BYTES] {
            config.set(key, None);
        }
        assert_eq!(config, TopicConfig::default());
    }
}
