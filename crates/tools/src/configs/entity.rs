//! Whose settings: `--entity-type topics --entity-name orders`, or `--topic orders`.

use super::Failure;
use crate::options::Given;

/// Types and names, each in the order in which they were given. An empty name is the default.
pub(super) struct Entity {
    pub types: Vec<String>,
    pub names: Vec<String>,
}

/// An option, and the type that it stands for.
pub(super) const FLAGS: [(&str, &str); 8] = [
    ("topic", "topics"),
    ("client", "clients"),
    ("user", "users"),
    ("broker", "brokers"),
    ("broker-logger", "broker-loggers"),
    ("ip", "ips"),
    ("client-metrics", "client-metrics"),
    ("group", "groups"),
];

/// The same for defaults.
pub(super) const DEFAULT_FLAGS: [(&str, &str); 4] = [
    ("client-defaults", "clients"),
    ("user-defaults", "users"),
    ("broker-defaults", "brokers"),
    ("ip-defaults", "ips"),
];

impl Entity {
    pub fn of(given: &Given) -> Result<Entity, Failure> {
        let mut types: Vec<String> = given.values("entity-type").into_iter().map(str::to_owned).collect();
        let mut names: Vec<String> =
            given.in_order(&["entity-name", "entity-default"]).into_iter().map(str::to_owned).collect();
        for (option, kind) in FLAGS {
            if given.has(option) {
                types.push(kind.to_owned());
                names.push(given.value(option)?.unwrap_or_default().to_owned());
            }
        }
        for (option, kind) in DEFAULT_FLAGS {
            if given.has(option) {
                types.push(kind.to_owned());
                names.push(String::new());
            }
        }
        Ok(Entity { types, names })
    }

    pub fn is_of(&self, kinds: &[&str]) -> bool {
        self.types.iter().any(|kind| kinds.contains(&kind.as_str()))
    }
}
