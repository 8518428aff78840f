//! The cluster's own affairs: its id, its controller, its metadata log.
//!
//! A broker that is alone is its own controller, as in Kafka's quick start: it alone votes and leads, and the end of its log is
//! counted from what the cluster has (a record for each topic, partition and setting). Of several brokers the controller has the
//! log, and they read it. An idle controller writes records besides, which are only counted.

pub(crate) mod cluster_tool;
pub(crate) mod describe;

use crate::cluster::{broker, shown_id};
use millrace_broker::CONTROLLER;
use millrace_broker::assignor::TopicId;
use millrace_model::Span;
use millrace_sim::World;

/// The first directory of `log.dirs` in Kafka's `server.properties`.
pub(crate) const LOG_DIR: &str = "/tmp/kraft-combined-logs";

/// The port of a controller that is no broker.
const CONTROLLER_PORT: i32 = 9093;

/// `metadata.max.idle.interval.ms`
const IDLE_INTERVAL: Span = Span::from_millis(500);

/// Records that a controller begins with: features, the broker's registration and its unfencing.
const BOOTSTRAP_RECORDS: u64 = 6;

/// The cluster's id.
pub(crate) fn cluster_id() -> String {
    shown_id(TopicId::from_bytes(*b"millrace-cluster"))
}

/// The controller's host, port and number: of a broker alone its own, and the next port.
pub(crate) fn controller(world: &World) -> Option<(String, i32, i32)> {
    if world.controller().is_some() {
        return Some(("controller".to_owned(), CONTROLLER_PORT, CONTROLLER.0));
    }
    let info = broker(world)?.brokers().first()?;
    Some((info.host.to_string(), i32::from(info.port) + 1, info.id.0))
}

/// Whether one of these addresses is the controller's.
pub(crate) fn is_controller(world: &World, servers: &str) -> bool {
    let port = controller(world).map(|(_, port, _)| port.to_string());
    servers.split(',').any(|server| server.rsplit_once(':').map(|(_, port)| port) == port.as_deref())
}

/// The end of the metadata log.
pub(crate) fn metadata_end(world: &World) -> u64 {
    let idle = world.now().0 / IDLE_INTERVAL.0;
    if let Some(controller) = world.controller() {
        return controller.end().0.unsigned_abs() + idle;
    }
    let topics = broker(world).into_iter().flat_map(|broker| broker.topics());
    let of_topics: u64 = topics
        .map(|topic| {
            1 + topic.partition_count().unsigned_abs() as u64 + topic.config().set_keys().len() as u64
        })
        .sum();
    let configs = broker(world).into_iter().flat_map(|broker| broker.configs().values());
    let of_configs: u64 = configs.map(|settings| settings.len() as u64).sum();
    BOOTSTRAP_RECORDS + idle + of_topics + of_configs
}

/// A broker that reads the controller's log without a vote.
pub(crate) struct Observer {
    pub id: i32,
    /// The id of its directory.
    pub directory: TopicId,
    /// How far behind the log's end it is.
    pub lag: u64,
}

/// Those that run. Who is alone reads its own.
pub(crate) fn observers(world: &World) -> Vec<Observer> {
    let Some(controller) = world.controller() else { return Vec::new() };
    let running = world.brokers().filter(|broker| !world.is_broker_down(broker.id()));
    running
        .map(|broker| {
            let read = broker.member().map_or(0, |member| member.metadata_end().0);
            let mut name = *b"millrace-broker0";
            if let Some(last) = name.last_mut() {
                *last = last.saturating_add(u8::try_from(broker.id().0).unwrap_or(0));
            }
            Observer {
                id: broker.id().0,
                directory: TopicId::from_bytes(name),
                lag: (controller.end().0 - read).unsigned_abs(),
            }
        })
        .collect()
}
