//! Topic settings, written as `--config key=value` under Kafka's own keys.

use super::{INT, Kind, Setting, size};
use crate::language::arguments::Value;
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_model::TimestampType;
use millrace_model::config::topic::TopicConfig;

const TYPES: [TimestampType; 2] = [TimestampType::CreateTime, TimestampType::LogAppendTime];

/// Every setting; name and key are one.
pub const SETTINGS: &[Setting<TopicConfig>] = &[
    Setting {
        name: "max.message.bytes",
        key: "max.message.bytes",
        kind: Kind::Number(0, INT, |c| c.max_message_bytes as u64, |c, v| c.max_message_bytes = size(v)),
    },
    Setting {
        name: "message.timestamp.type",
        key: "message.timestamp.type",
        kind: Kind::Choice(
            &["CreateTime", "LogAppendTime"],
            |c| TYPES.iter().position(|t| *t == c.message_timestamp_type).unwrap_or(0),
            |c, at| c.message_timestamp_type = TYPES.get(at).copied().unwrap_or_default(),
        ),
    },
    Setting {
        name: "min.insync.replicas",
        key: "min.insync.replicas",
        kind: Kind::Number(1, INT, |c| c.min_insync_replicas as u64, |c, v| c.min_insync_replicas = size(v)),
    },
];

/// Takes one `key=value`.
///
/// # Errors
/// No `=`, a key that no topic has, a value that the key does not take.
pub fn read(config: &mut TopicConfig, value: &Value<'_>) -> Result<(), Problem> {
    super::read_pair(SETTINGS, ("a topic's setting", "min.insync.replicas=2"), config, value)
}

/// Writes what differs from the defaults.
pub fn print(line: &mut String, config: &TopicConfig) {
    let defaults = TopicConfig::default();
    for setting in SETTINGS {
        let value = setting.show(config);
        if value != setting.show(&defaults) {
            option(line, "config", &format!("{}={value}", setting.key));
        }
    }
}
