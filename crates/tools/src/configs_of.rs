//! Settings as `DescribeConfigs` gives them.

use crate::java_map;
use millrace_broker::Topic;
use millrace_broker::config::TOPIC_CONFIGS;
use millrace_broker::java_hash::string_hash_code;
use millrace_sim::World;

/// What a topic's settings are where they are not the defaults, in the order in which the admin client keeps them (a
/// `HashMap` of all of them).
pub(crate) fn topic_overrides(_world: &World, topic: &Topic) -> Vec<(&'static str, String)> {
    let set = topic.config().set_keys();
    let ordered = java_map::order_by(TOPIC_CONFIGS.iter().collect(), 16, |key| string_hash_code(key.name));
    ordered
        .into_iter()
        .filter_map(|key| {
            let value = set.get(key.name)?;
            Some((key.name, key.parse(value).unwrap_or_else(|_| value.to_string())))
        })
        .collect()
}
