//! What a client is told in an export of the world: not in what is on a page, but in what an export is made from.

use super::Value;
use super::eval::missing;
use crate::properties;
use millrace_sim::World;
use millrace_sim::node::Kind;
use std::sync::Arc;

/// A setting of a group's consumers, or of a producer, as the exported class in Java has it; none if it has no such line,
/// because the default of the version is meant.
pub(super) fn value(world: &World, client: &str, setting: &str) -> Result<Value, String> {
    let profile = world.profile();
    let producers = || {
        world.nodes().filter_map(|(_, node)| match &node.kind {
            Kind::Producer(producer) => Some((&*node.name, producer)),
            _ => None,
        })
    };
    let told = match world.apps().get(client) {
        Some(app) => properties::of_listener(&app.config, profile),
        None => match producers().find(|(name, _)| *name == client) {
            Some((_, producer)) => properties::of_producer(producer.client.config(), profile),
            None => {
                let groups = world.apps().keys().map(|group| group.as_str());
                return Err(missing("client", client, groups.chain(producers().map(|(name, _)| name))));
            }
        },
    };
    let found = told.into_iter().find(|(key, _)| *key == setting);
    Ok(found.map_or(Value::None, |(_, value)| match value.parse() {
        Ok(number) => Value::Number(number),
        Err(_) => Value::Text(Arc::from(value)),
    }))
}
