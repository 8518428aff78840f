//! What the node was told before it started: its `server.properties`.
//!
//! As little as a node that is a broker and its own controller needs, with Kafka's quick start's single copies of the
//! internal topics; then what the broker's own options say. The properties of the quick start that only repeat defaults
//! are left out, as they were on the recordings' broker.

use crate::cluster::broker;
use crate::quorum::{LOG_DIR, controller};
use millrace_script::properties;
use millrace_sim::World;

/// Copies and copies in sync of topics that are the cluster's own: there is one broker.
const ALONE: [&str; 5] = [
    "offsets.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "transaction.state.log.min.isr",
    "transaction.state.log.replication.factor",
];

/// Names and values, as they stand in the file; and `broker.id`, which Kafka fills in from `node.id`
/// (`KafkaConfig.populateSynonyms`).
pub(super) fn told(world: &World) -> Vec<(&'static str, String)> {
    let (Some(broker), Some((host, port, id))) = (broker(world), controller(world)) else {
        return Vec::new();
    };
    let mut told: Vec<(&'static str, String)> = vec![
        ("broker.id", id.to_string()),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        ("controller.quorum.voters", format!("{id}@{host}:{port}")),
        ("listeners", format!("PLAINTEXT://{host}:{},CONTROLLER://{host}:{port}", port - 1)),
        ("log.dirs", LOG_DIR.to_owned()),
        ("node.id", id.to_string()),
        ("process.roles", "broker,controller".to_owned()),
    ];
    told.extend(ALONE.map(|name| (name, "1".to_owned())));
    told.extend(properties::of_broker(broker.config(), broker.profile()));
    told
}
