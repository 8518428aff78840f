//! The cluster's own affairs: its id, its controller, its metadata log.
//!
//! The only broker is its own controller, as in Kafka's quick start: it alone votes and leads. There is no metadata log;
//! its end is counted from what the cluster has (a record for each topic, partition and setting) and from the records
//! that an idle controller writes.

pub(crate) mod cluster_tool;
pub(crate) mod describe;

use crate::cluster::{broker, shown_id};
use millrace_broker::assignor::TopicId;
use millrace_model::Span;
use millrace_sim::World;

/// The first directory of `log.dirs` in Kafka's `server.properties`.
pub(crate) const LOG_DIR: &str = "/tmp/kraft-combined-logs";

/// `metadata.max.idle.interval.ms`
const IDLE_INTERVAL: Span = Span::from_millis(500);

/// Records that a controller begins with: features, the broker's registration and its unfencing.
const BOOTSTRAP_RECORDS: u64 = 6;

/// The cluster's id.
pub(crate) fn cluster_id() -> String {
    shown_id(TopicId::from_bytes(*b"millrace-cluster"))
}

/// The controller's host and port: the broker's, and the next one.
pub(crate) fn controller(world: &World) -> Option<(String, i32, i32)> {
    let broker = broker(world)?;
    let info = broker.brokers().first()?;
    Some((info.host.to_string(), i32::from(info.port) + 1, info.id.0))
}

/// Whether one of these addresses is the controller's.
pub(crate) fn is_controller(world: &World, servers: &str) -> bool {
    let port = controller(world).map(|(_, port, _)| port.to_string());
    servers.split(',').any(|server| server.rsplit_once(':').map(|(_, port)| port) == port.as_deref())
}

/// The end of the metadata log.
pub(crate) fn metadata_end(world: &World) -> u64 {
    let topics = broker(world).into_iter().flat_map(|broker| broker.topics());
    let of_topics: u64 = topics
        .map(|topic| {
            1 + topic.partition_count().unsigned_abs() as u64 + topic.config().set_keys().len() as u64
        })
        .sum();
    let configs = broker(world).into_iter().flat_map(|broker| broker.configs().values());
    let of_configs: u64 = configs.map(|settings| settings.len() as u64).sum();
    BOOTSTRAP_RECORDS + world.now().0 / IDLE_INTERVAL.0 + of_topics + of_configs
}
