//! Settings of brokers, from everything that gives them one (`ConfigHelper.createBrokerConfigEntry`,
//! `DynamicBrokerConfig`).

use super::{DEFAULT, Entry, Synonym, defaults, told};
use crate::cluster::broker;
use millrace_broker::config::TOPIC_CONFIGS;
use millrace_model::collections::Map;
use millrace_model::protocol::{ConfigResource, ResourceKind};
use millrace_sim::World;
use std::sync::Arc;

const PER_BROKER: &str = "DYNAMIC_BROKER_CONFIG";
const ALL_BROKERS: &str = "DYNAMIC_DEFAULT_BROKER_CONFIG";
const STATIC: &str = "STATIC_BROKER_CONFIG";

/// Settings that mean the same in different units, the strongest first.
const UNITS: [&[&str]; 3] = [
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
];

/// Settings that a listener can have for each mechanism of logging in.
const OF_MECHANISMS: [&str; 5] = [
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
];

/// All names that give a setting its value, the strongest first (`DynamicBrokerConfig.brokerConfigSynonyms`).
fn names(name: &str) -> Vec<&str> {
    if let Some(units) = UNITS.iter().find(|units| units.contains(&name)) {
        return units.to_vec();
    }
    if name == "log.flush.interval.ms" {
        return vec![name, "log.flush.scheduler.interval.ms"];
    }
    let of_listener = name.strip_prefix("listener.name.").and_then(|rest| rest.split_once('.'));
    match of_listener {
        Some((_, base)) => {
            let of_mechanism = OF_MECHANISMS.into_iter().find(|one| base.ends_with(one));
            vec![name, of_mechanism.unwrap_or(base)]
        }
        None => vec![name],
    }
}

/// Names and values that were set while it ran.
type Set = Map<Arc<str>, Arc<str>>;

/// What a broker was told, before it started and since.
pub(super) struct Told {
    /// Of this broker, and of all.
    dynamic: [(&'static str, Set); 2],
    fixed: Vec<(&'static str, String)>,
}

impl Told {
    /// The broker that answers.
    pub fn to_broker(world: &World) -> Told {
        let id = broker(world).map(|broker| broker.id().to_string()).unwrap_or_default();
        let set = |name: &str| {
            let resource = ConfigResource::new(ResourceKind::Broker, name);
            broker(world).and_then(|broker| broker.configs().get(&resource).cloned()).unwrap_or_default()
        };
        Told { dynamic: [(PER_BROKER, set(&id)), (ALL_BROKERS, set(""))], fixed: told::told(world) }
    }

    /// What was told under these names: what is set for the broker comes before what is set for all, and that before what
    /// it started with.
    pub fn under(&self, names: &[&str]) -> Vec<Synonym> {
        let mut found = Vec::new();
        for (source, set) in &self.dynamic {
            let here = names.iter().filter_map(|name| Some((*name, set.get(*name)?)));
            found.extend(here.map(|(name, value)| (*source, name.to_owned(), value.to_string())));
        }
        for name in names {
            let here = self.fixed.iter().find(|(known, _)| known == name);
            found.extend(here.map(|(_, value)| (STATIC, (*name).to_owned(), value.clone())));
        }
        found
    }

    /// Everything that gives a setting its value, the strongest first (`ConfigHelper.configSynonyms`): from where the
    /// setting itself is named; stronger ones that have another name give it none.
    pub fn synonyms(&self, name: &str) -> Vec<Synonym> {
        let names = names(name);
        let mut found = self.under(&names);
        for name in names {
            let default = defaults::find(name).and_then(|known| known.default);
            found.extend(default.map(|value| (DEFAULT, name.to_owned(), value.to_owned())));
        }
        let own = found.iter().position(|(_, named, _)| named == name).unwrap_or(found.len());
        found.split_off(own)
    }
}

/// A password, or a setting that nobody knows: it may be one (`KafkaConfig.maybeSensitive`).
fn is_secret(name: &str) -> bool {
    names(name).into_iter().find_map(defaults::find).is_none_or(|known| known.is_secret)
}

/// All settings of the broker that answers, told or not.
pub(super) fn entries(world: &World) -> Vec<Entry> {
    let told = Told::to_broker(world);
    let set = told.dynamic.iter().flat_map(|(_, set)| set.keys().map(ToString::to_string));
    let mut names: Vec<String> = defaults::all().map(|known| known.name.to_owned()).chain(set).collect();
    names.sort();
    names.dedup();
    names.iter().map(|name| entry(name, told.synonyms(name), true)).collect()
}

/// The settings that were set for all brokers, and nothing else that gives them a value.
pub(super) fn entries_of_all(world: &World) -> Vec<Entry> {
    let told = Told::to_broker(world);
    let [_, (_, set)] = &told.dynamic;
    let of_all = |name: &str| {
        let mut synonyms = told.synonyms(name);
        synonyms.retain(|(source, ..)| *source == ALL_BROKERS);
        entry(name, synonyms, false)
    };
    set.keys().map(|name| of_all(name)).collect()
}

/// A value that the broker has read is shown as it was understood; `is_read`: it has.
fn entry(name: &str, mut synonyms: Vec<Synonym>, is_read: bool) -> Entry {
    let is_sensitive = is_secret(name);
    if is_sensitive {
        for (.., value) in &mut synonyms {
            "null".clone_into(value);
        }
    }
    let value = synonyms.first().map_or("null", |(.., value)| value);
    let of_topics = TOPIC_CONFIGS.iter().find(|key| is_read && key.synonym == Some(name));
    let read = of_topics.and_then(|key| key.parse(value).ok());
    let value = read.unwrap_or_else(|| value.to_owned());
    Entry { is_sensitive, ..Entry::new(name, value, synonyms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_names_in_other_units_and_without_its_listener() {
        assert_eq!(names("log.roll.hours"), ["log.roll.ms", "log.roll.hours"]);
        assert_eq!(
            names("log.flush.interval.ms"),
            ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"]
        );
        assert_eq!(names("log.flush.scheduler.interval.ms"), ["log.flush.scheduler.interval.ms"]);
        let keystore = "listener.name.internal.ssl.keystore.location";
        assert_eq!(names(keystore), [keystore, "ssl.keystore.location"]);
        let jaas = "listener.name.internal.plain.sasl.jaas.config";
        assert_eq!(names(jaas), [jaas, "sasl.jaas.config"]);
        assert_eq!([keystore, jaas, "nope", "log.roll.hours"].map(is_secret), [false, true, true, false]);
    }
}
