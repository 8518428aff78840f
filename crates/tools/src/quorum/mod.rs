//! The cluster's own affairs: its id, its controller, its metadata log.
//!
//! A broker that is alone is its own controller, as in Kafka's quick start: it alone votes and leads, and the end of its log is
//! counted from what the cluster has (a record for each topic, partition and setting). Of several brokers the controller has the
//! log, and they read it. An idle controller writes records besides, which are only counted. Of several controllers the active
//! one answers.

pub(crate) mod cluster_tool;
pub(crate) mod describe;

use crate::cluster::{broker, shown_id};
use millrace_broker::CONTROLLER;
use millrace_broker::assignor::TopicId;
use millrace_broker::quorum::Quorum;
use millrace_model::{BrokerId, Span, Time};
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

/// The host of one of several controllers.
fn host(id: BrokerId) -> String {
    format!("controller-{id}")
}

/// The active controller's host, port and number: of a broker alone its own, and the next port.
pub(crate) fn controller(world: &World) -> Option<(String, i32, i32)> {
    if let Some(quorum) = world.quorum() {
        let id = quorum.active()?;
        return Some((host(id), CONTROLLER_PORT, id.0));
    }
    if world.controller().is_some() {
        return Some(("controller".to_owned(), CONTROLLER_PORT, CONTROLLER.0));
    }
    let info = broker(world)?.brokers().first()?;
    Some((info.host.to_string(), i32::from(info.port) + 1, info.id.0))
}

/// Whether one of these addresses is the controller's.
pub(crate) fn is_controller(world: &World, servers: &str) -> bool {
    let is_up = |quorum: &Quorum| quorum.voters().values().any(|voter| voter.state.is_up());
    let port = match world.quorum() {
        Some(quorum) => is_up(quorum).then(|| CONTROLLER_PORT.to_string()),
        None => controller(world).map(|(_, port, _)| port.to_string()),
    };
    port.is_some()
        && servers.split(',').any(|server| server.rsplit_once(':').map(|(_, port)| port) == port.as_deref())
}

/// What an idle controller has written until then.
fn idle_records(until: Time) -> u64 {
    until.0 / IDLE_INTERVAL.0
}

/// A controller with a vote.
pub(crate) struct Voter {
    pub id: i32,
    pub endpoint: String,
    /// Where its log ends; -1 if the leader has never heard of it.
    pub end: i64,
    /// When it has read the log last, in milliseconds; -1 if never.
    pub read_at: i64,
}

/// Those that vote, by number, as their leader knows them.
pub(crate) fn voters(world: &World) -> Vec<Voter> {
    let (end, now) = (metadata_end(world), world.now().timestamp().0);
    let end = i64::try_from(end).unwrap_or(i64::MAX);
    let Some(quorum) = world.quorum() else {
        let alone = controller(world).map(|(host, port, id)| Voter {
            id,
            endpoint: format!("CONTROLLER://{host}:{port}"),
            end,
            read_at: now,
        });
        return alone.into_iter().collect();
    };
    let of = |(id, voter): (&BrokerId, &millrace_broker::quorum::Voter)| {
        let (end, read_at) = match voter.left {
            None => (end, now),
            Some((at, _)) if at < quorum.since() => (-1, -1),
            Some((at, left)) => {
                let idle = i64::try_from(idle_records(at)).unwrap_or(0);
                (left.0.saturating_add(idle), at.timestamp().0)
            }
        };
        Voter { id: id.0, endpoint: format!("CONTROLLER://{}:{CONTROLLER_PORT}", host(*id)), end, read_at }
    };
    quorum.voters().iter().map(of).collect()
}

/// The end of the metadata log.
pub(crate) fn metadata_end(world: &World) -> u64 {
    let idle = idle_records(world.now());
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
