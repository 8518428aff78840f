//! Topic settings, written as `--config key=value` under Kafka's own keys.

use super::{INT, Kind, Setting, size};
use crate::language::arguments::Value;
use crate::language::problem::{Problem, shown};
use crate::language::quote::option;
use millrace_expr::{Span as Place, suggest};
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
    let text = value.text();
    let Some(sign) = text.find('=') else {
        return Err(value.wrong("a topic's setting and its value, such as min.insync.replicas=2"));
    };
    let key = text.get(..sign).unwrap_or_default();
    let Some(setting) = super::named(SETTINGS, key) else {
        let at = Place { start: 0, end: sign };
        let nearest = suggest::nearest(key, SETTINGS.iter().map(|setting| setting.key));
        return Err(value.wrong_at(at, "a topic's setting", shown(key)).with_nearest(nearest));
    };
    setting.read(config, &value.tail(sign + 1))
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
