//! Topic settings, written as `--config key=value` under Kafka's own keys.

use super::{INT, Kind, Setting, size};
use crate::language::arguments::Value;
use crate::language::problem::{Problem, shown};
use crate::language::quote::option;
use millrace_broker::config::{INTERNAL_SEGMENT_BYTES, topic_configs, topic_key};
use millrace_expr::{Span, suggest};
use millrace_model::config::topic::TopicConfig;
use millrace_model::{Profile, TimestampType};

const TYPES: [TimestampType; 2] = [TimestampType::CreateTime, TimestampType::LogAppendTime];

/// The settings that something follows from; name and key are one. The others are kept as they are written.
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
/// No `=`, a key that no topic has in this version, a value that the key does not take.
pub fn read(config: &mut TopicConfig, value: &Value<'_>, profile: Profile) -> Result<(), Problem> {
    let text = value.text();
    let (key, after) =
        text.find('=').map_or((text, text.len()), |sign| (text.get(..sign).unwrap_or(text), sign + 1));
    let Some(known) = topic_key(key, profile) else {
        let at = Span { start: 0, end: key.len() };
        let nearest = suggest::nearest(key, topic_configs(profile).map(|key| key.name));
        return Err(value.wrong_at(at, "a topic's setting", shown(key)).with_nearest(nearest));
    };
    if super::named(SETTINGS, key).is_some() {
        super::read_pair(SETTINGS, ("a topic's setting", "min.insync.replicas=2"), config, value)?;
        // What is set to its default is set all the same.
        if !config.set_keys().contains_key(key) {
            config.set(key, Some(known.default));
        }
        return Ok(());
    }
    let new = value.tail(after);
    match known.parse(new.text()) {
        Ok(parsed) => config.set(key, Some(&parsed)),
        Err(problem) => {
            let mut expected = format!("a value of {key} ({})", problem.words());
            if key == "segment.bytes" && profile.is_released_4() {
                expected += &format!("; small segments for a scene: {INTERNAL_SEGMENT_BYTES}");
            }
            return Err(new.wrong(expected));
        }
    }
    Ok(())
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
    for (key, value) in &config.overrides {
        option(line, "config", &format!("{key}={value}"));
    }
}
