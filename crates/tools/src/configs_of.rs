//! Settings as `DescribeConfigs` gives them (`ConfigHelper`): values, where they come from, and what else gives one.

use crate::cluster::broker;
use crate::java_map;
use millrace_broker::Topic;
use millrace_broker::config::{GROUP_CONFIGS, TOPIC_CONFIGS, topic_key};
use millrace_broker::java_hash::string_hash_code;
use millrace_model::protocol::{ConfigResource, ResourceKind};
use millrace_sim::World;

/// One setting of something.
pub(crate) struct Entry {
    pub name: String,
    pub value: String,
    pub is_sensitive: bool,
    /// Everything that gives it a value, the strongest first: source, name there, value there.
    pub synonyms: Vec<(&'static str, String, String)>,
    source: &'static str,
}

impl Entry {
    /// Where its value comes from.
    pub fn source(&self) -> &'static str {
        self.source
    }

    fn new(name: &str, value: String, synonyms: Vec<(&'static str, String, String)>) -> Entry {
        let source = synonyms.first().map_or(DEFAULT, |(source, ..)| source);
        Entry { name: name.to_owned(), value, is_sensitive: false, synonyms, source }
    }
}

const DEFAULT: &str = "DEFAULT_CONFIG";
const PER_BROKER: &str = "DYNAMIC_BROKER_CONFIG";
const ALL_BROKERS: &str = "DYNAMIC_DEFAULT_BROKER_CONFIG";

/// Settings of a topic whose default a broker's settings of other units give: theirs, and the one with its default.
const OTHER_UNITS: [(&str, &str, &str, &str); 4] = [
    ("retention.ms", "log.retention.ms", "log.retention.hours", "168"),
    ("segment.ms", "log.roll.ms", "log.roll.hours", "168"),
    ("segment.jitter.ms", "log.roll.jitter.ms", "log.roll.jitter.hours", "0"),
    ("flush.ms", "log.flush.interval.ms", "log.flush.scheduler.interval.ms", "9223372036854775807"),
];

/// A broker's settings that may change while it runs, with their defaults, besides those that are topics' defaults.
const BROKER_DEFAULTS: [(&str, &str); 19] = [
    ("background.threads", "10"),
    ("compression.type", "producer"),
    ("log.cleaner.backoff.ms", "15000"),
    ("log.cleaner.dedupe.buffer.size", "134217728"),
    ("log.cleaner.delete.retention.ms", "86400000"),
    ("log.cleaner.io.buffer.load.factor", "0.9"),
    ("log.cleaner.io.buffer.size", "524288"),
    ("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308"),
    ("log.cleaner.threads", "1"),
    ("log.retention.bytes", "-1"),
    ("max.connection.creation.rate", "2147483647"),
    ("max.connections", "2147483647"),
    ("max.connections.per.ip", "2147483647"),
    ("num.io.threads", "8"),
    ("num.network.threads", "3"),
    ("num.recovery.threads.per.data.dir", "1"),
    ("num.replica.fetchers", "1"),
    ("producer.id.expiration.ms", "86400000"),
    ("transaction.partition.verification.enable", "true"),
];

/// What a broker's setting is set to, the strongest first, with its default.
fn of_broker(
    world: &World,
    id: &str,
    key: &str,
    default: Option<&str>,
) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    for (source, name) in [(PER_BROKER, id), (ALL_BROKERS, "")] {
        let resource = ConfigResource::new(ResourceKind::Broker, name);
        let set = broker(world).and_then(|broker| broker.configs().get(&resource)?.get(key).cloned());
        found.extend(set.map(|value| (source, key.to_owned(), value.to_string())));
    }
    found.extend(default.map(|value| (DEFAULT, key.to_owned(), value.to_owned())));
    found
}

/// The first broker's number: it answers.
fn answering(world: &World) -> String {
    broker(world).map(|broker| broker.id().to_string()).unwrap_or_default()
}

/// All settings of something, set or not, in no order.
pub(crate) fn entries(world: &World, kind: ResourceKind, name: &str) -> Vec<Entry> {
    let set = |kind, name: &str| {
        let resource = ConfigResource::new(kind, name);
        broker(world).and_then(|broker| broker.configs().get(&resource).cloned()).unwrap_or_default()
    };
    match kind {
        ResourceKind::Topic => broker(world)
            .and_then(|broker| broker.topic(name))
            .map_or_else(Vec::new, |topic| of_topic(world, topic)),
        ResourceKind::Broker => {
            let keys = set(kind, name);
            let mut keys: Vec<String> = keys.keys().map(ToString::to_string).collect();
            if !name.is_empty() {
                keys.extend(set(kind, "").keys().map(ToString::to_string));
            }
            keys.sort();
            keys.dedup();
            keys.iter().map(|key| of_a_broker(world, name, key)).collect()
        }
        ResourceKind::Group => {
            let set = set(kind, name);
            let entry = |key: &millrace_broker::config::ConfigKey| {
                let (source, value) = match set.get(key.name) {
                    Some(value) => ("DYNAMIC_GROUP_CONFIG", value.to_string()),
                    None => (DEFAULT, key.default.to_owned()),
                };
                Entry::new(key.name, value.clone(), vec![(source, key.name.to_owned(), value)])
            };
            GROUP_CONFIGS.iter().map(entry).collect()
        }
        ResourceKind::ClientMetrics => set(kind, name)
            .iter()
            .map(|(key, value)| {
                let mut entry = Entry::new(key, value.to_string(), Vec::new());
                entry.source = "DYNAMIC_CLIENT_METRICS_CONFIG";
                entry
            })
            .collect(),
        ResourceKind::Quota | ResourceKind::Scram => Vec::new(),
    }
}

fn of_a_broker(world: &World, id: &str, key: &str) -> Entry {
    let of_topics = TOPIC_CONFIGS.iter().find(|topic| topic.synonym == Some(key)).map(|topic| topic.default);
    let default =
        of_topics.or(BROKER_DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, value)| *value));
    let tail = OTHER_UNITS.iter().find(|(_, name, ..)| *name == key);
    let mut synonyms = of_broker(world, id, key, default);
    if let Some((_, _, name, value)) = tail {
        synonyms.push((DEFAULT, (*name).to_owned(), (*value).to_owned()));
    }
    if id.is_empty() {
        synonyms.retain(|(source, ..)| *source == ALL_BROKERS);
    }
    // Nobody knows whether a setting that nobody knows is a secret.
    let is_sensitive = default.is_none() && tail.is_none();
    if is_sensitive {
        for (.., value) in &mut synonyms {
            "null".clone_into(value);
        }
    }
    let value = synonyms.first().map(|(.., value)| value.clone()).unwrap_or_default();
    Entry { is_sensitive, ..Entry::new(key, value, synonyms) }
}

fn of_topic(world: &World, topic: &Topic) -> Vec<Entry> {
    let set = topic.config().set_keys();
    let id = answering(world);
    TOPIC_CONFIGS
        .iter()
        .map(|key| {
            let own = set.get(key.name).map(|value| key.parse(value).unwrap_or_else(|_| value.to_string()));
            let mut synonyms = Vec::new();
            synonyms.extend(own.map(|value| ("DYNAMIC_TOPIC_CONFIG", key.name.to_owned(), value)));
            if let Some(synonym) = key.synonym {
                synonyms.extend(of_broker(world, &id, synonym, Some(key.default)));
            } else if let Some((_, name, other, default)) =
                OTHER_UNITS.iter().find(|(of, ..)| *of == key.name)
            {
                let dynamic = of_broker(world, &id, name, None);
                if !dynamic.is_empty() {
                    synonyms.extend(dynamic);
                    synonyms.push((DEFAULT, (*other).to_owned(), (*default).to_owned()));
                }
            }
            let value = synonyms.first().map_or(key.default.to_owned(), |(.., value)| value.clone());
            Entry::new(key.name, value, synonyms)
        })
        .collect()
}

/// What a topic's settings are where they are not the defaults, in the order in which the admin client keeps them (a
/// `HashMap` of all of them).
pub(crate) fn topic_overrides(world: &World, topic: &Topic) -> Vec<(String, String)> {
    let all = java_map::order_by(of_topic(world, topic), 16, |entry| string_hash_code(&entry.name));
    let set = all.into_iter().filter(|entry| entry.source != DEFAULT && topic_key(&entry.name).is_some());
    set.map(|entry| (entry.name, entry.value)).collect()
}
