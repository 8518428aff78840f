//! What a broker can be told, with its defaults: `AbstractKafkaConfig.CONFIG_DEF` of the snapshot of 4.0, without the
//! settings that it calls internal, which `DescribeConfigs` never shows.
//!
//! A line is a setting: `name=default`, `name` where nothing is the default, `name!` for a password, which has no default
//! and is never told. What this broker was told is not here, but in [`super::told`].

mod coordinators;
mod logs;
mod node;
mod security;

const TABLES: [&str; 4] = [node::NODE, logs::LOGS, coordinators::COORDINATORS, security::SECURITY];

/// Settings that exist only while a broker runs (`QuotaConfig.brokerQuotaConfigs`): shown when they are set.
const ONLY_DYNAMIC: [&str; 3] = [
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// A setting of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub name: &'static str,
    /// As it is shown; none: null.
    pub default: Option<&'static str>,
    /// A password.
    pub is_secret: bool,
}

/// Every setting.
pub(super) fn all() -> impl Iterator<Item = Known> {
    TABLES.into_iter().flat_map(str::lines).map(|line| match line.split_once('=') {
        Some((name, default)) => Known { name, default: Some(default), is_secret: false },
        None => {
            let secret = line.strip_suffix('!');
            Known { name: secret.unwrap_or(line), default: None, is_secret: secret.is_some() }
        }
    })
}

/// The setting of that name.
pub(super) fn find(name: &str) -> Option<Known> {
    let only_dynamic = ONLY_DYNAMIC.iter().find(|known| **known == name);
    let only_dynamic = only_dynamic.map(|name| Known { name, default: None, is_secret: false });
    only_dynamic.or_else(|| all().find(|known| known.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_broker::config::TOPIC_CONFIGS;

    #[test]
    fn every_setting_is_there_once() {
        for table in TABLES {
            let names: Vec<&str> = table.lines().map(|line| line.split(['=', '!']).next().unwrap()).collect();
            assert!(names.is_sorted(), "{names:?}");
        }
        let mut names: Vec<&str> = all().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), all().count()), (323, 323));
        assert_eq!(all().filter(|known| known.is_secret).count(), 12);
    }

    #[test]
    fn a_line_has_three_forms() {
        let known = |name, default, is_secret| Some(Known { name, default, is_secret });
        assert_eq!(find("num.io.threads"), known("num.io.threads", Some("8"), false));
        assert_eq!(find("authorizer.class.name"), known("authorizer.class.name", Some(""), false));
        assert_eq!(find("broker.rack"), known("broker.rack", None, false));
        assert_eq!(find("ssl.key.password"), known("ssl.key.password", None, true));
        assert_eq!(find("group.coordinator.new.enable"), None, "internal");
    }

    /// Two tables say what a topic's settings are when nobody says anything: they agree.
    #[test]
    fn topics_get_their_defaults_from_here() {
        for key in TOPIC_CONFIGS {
            let Some(synonym) = key.synonym else { continue };
            assert_eq!(find(synonym).and_then(|known| known.default), Some(key.default), "{synonym}");
        }
    }
}
