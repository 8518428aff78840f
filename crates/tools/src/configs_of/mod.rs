//! Settings as `DescribeConfigs` gives them (`ConfigHelper`): values, where they come from, and what else gives one.

mod brokers;
mod defaults;
mod loggers;
mod told;

pub(crate) use loggers::LOGGERS;

use crate::cluster::broker;
use crate::java_map;
use brokers::Told;
use millrace_broker::Topic;
use millrace_broker::config::{GROUP_CONFIGS, INTERNAL_SEGMENT_BYTES, topic_configs, topic_key};
use millrace_broker::java_hash::string_hash_code;
use millrace_model::protocol::{ConfigResource, ResourceKind};
use millrace_sim::World;

/// Something that gives a setting its value: source, name there, value there.
pub(crate) type Synonym = (&'static str, String, String);

/// One setting of something.
pub(crate) struct Entry {
    pub name: String,
    pub value: String,
    pub is_sensitive: bool,
    /// Everything that gives it a value, the strongest first.
    pub synonyms: Vec<Synonym>,
    source: &'static str,
}

impl Entry {
    /// Where its value comes from.
    pub fn source(&self) -> &'static str {
        self.source
    }

    fn new(name: &str, value: String, synonyms: Vec<Synonym>) -> Entry {
        let source = synonyms.first().map_or(DEFAULT, |(source, ..)| source);
        Entry { name: name.to_owned(), value, is_sensitive: false, synonyms, source }
    }
}

const DEFAULT: &str = "DEFAULT_CONFIG";

/// Settings of a topic whose default a broker's settings of other units give: the strongest of those.
const OTHER_UNITS: [(&str, &str); 4] = [
    ("retention.ms", "log.retention.ms"),
    ("segment.ms", "log.roll.ms"),
    ("segment.jitter.ms", "log.roll.jitter.ms"),
    ("flush.ms", "log.flush.interval.ms"),
];

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
        ResourceKind::Broker if name.is_empty() => brokers::entries_of_all(world),
        ResourceKind::Broker => brokers::entries(world),
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

fn of_topic(world: &World, topic: &Topic) -> Vec<Entry> {
    let set = topic.config().set_keys();
    let told = Told::to_broker(world);
    // What is hidden is shown where it is set (`KafkaConfigSchema.resolveEffectiveTopicConfigs`).
    let hidden = topic_key(INTERNAL_SEGMENT_BYTES, world.profile()).filter(|key| set.contains_key(key.name));
    topic_configs(world.profile())
        .chain(hidden)
        .map(|key| {
            let own = set.get(key.name).map(|value| key.parse(value).unwrap_or_else(|_| value.to_string()));
            let mut synonyms = Vec::new();
            synonyms.extend(own.map(|value| ("DYNAMIC_TOPIC_CONFIG", key.name.to_owned(), value)));
            if let Some(synonym) = key.synonym {
                synonyms.extend(told.under(&[synonym]));
                synonyms.push((DEFAULT, synonym.to_owned(), key.default.to_owned()));
            } else if let Some((_, synonym)) = OTHER_UNITS.iter().find(|(of, _)| *of == key.name)
                && !told.under(&[synonym]).is_empty()
            {
                synonyms.extend(told.synonyms(synonym));
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
    let set = all
        .into_iter()
        .filter(|entry| entry.source != DEFAULT && topic_key(&entry.name, world.profile()).is_some());
    set.map(|entry| (entry.name, entry.value)).collect()
}
