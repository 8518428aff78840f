//! Throttles of moves (`modifyReassignmentThrottle`, `clearAllThrottles`): which replicas are slowed down stands in their topics'
//! settings, how much in those of the brokers that send or take them.

use super::Failure;
use super::moves::ongoing;
use super::plan::{Place, joined};
use crate::cluster::broker;
use crate::java_map;
use crate::shell::Shell;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};
use millrace_model::{Map, Set, TopicPartition};

const OF_TOPICS: [&str; 2] =
    ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];
const OF_BROKERS: [&str; 3] =
    ["leader.replication.throttled.rate", "follower.replication.throttled.rate", OF_DIRECTORIES];
const OF_DIRECTORIES: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

/// Where a partition's replicas come from, and where they go.
struct Move {
    sources: Set<i32>,
    destinations: Set<i32>,
}

/// `calculateProposedMoveMap`: what is under way, and what is to begin.
fn moves(
    shell: &Shell<'_>,
    plan: &[Place],
    current: &[(TopicPartition, Vec<i32>)],
) -> Map<TopicPartition, Move> {
    let mut moves: Map<TopicPartition, Move> = Map::new();
    for moving in ongoing(shell) {
        let stays = moving.replicas.iter().filter(|replica| !moving.adding_replicas.contains(replica));
        let sources = stays.map(|replica| replica.0).collect();
        let destinations = moving.adding_replicas.iter().map(|replica| replica.0).collect();
        moves.insert(moving.tp, Move { sources, destinations });
    }
    for place in plan {
        let known = moves.get(&place.tp).map(|of| of.sources.clone());
        let now = || current.iter().find(|(tp, _)| *tp == place.tp);
        let sources =
            known.unwrap_or_else(|| now().map(|(_, now)| now.iter().copied().collect()).unwrap_or_default());
        let destinations = place.replicas.iter().copied().filter(|id| !sources.contains(id)).collect();
        moves.insert(place.tp.clone(), Move { sources, destinations });
    }
    moves
}

/// Slows a plan's moves down to so many bytes a second at each broker.
pub(super) fn set(
    shell: &mut Shell<'_>,
    plan: &[Place],
    current: &[(TopicPartition, Vec<i32>)],
    rate: i64,
) -> Result<(), Failure> {
    let moves = moves(shell, plan, current);
    let mut topics: Map<String, [Vec<String>; 2]> = Map::new();
    let mut brokers: Set<i32> = Set::new();
    for (tp, of) in moves.iter() {
        let [leaders, followers] = topics.entry(tp.topic.to_string()).or_default();
        leaders.extend(of.sources.iter().map(|id| format!("{}:{id}", tp.partition)));
        followers.extend(of.destinations.iter().map(|id| format!("{}:{id}", tp.partition)));
        for id in of.sources.iter().chain(of.destinations.iter()) {
            brokers.insert(*id);
        }
    }
    for (topic, replicas) in topics {
        // As a `TreeSet` of texts has them.
        let sorted = replicas.map(|mut replicas| {
            replicas.sort();
            replicas.join(",")
        });
        let changes = OF_TOPICS.iter().zip(&sorted);
        let changes = changes.map(|(key, value)| ((*key).into(), Some(value.as_str().into()))).collect();
        alter(shell, ResourceKind::Topic, &topic, changes)?;
    }
    for id in brokers.iter() {
        let changes = OF_BROKERS.iter().take(2).map(|key| ((*key).into(), Some(rate.to_string().into())));
        alter(shell, ResourceKind::Broker, &id.to_string(), changes.collect())?;
    }
    shell.say(format!("The inter-broker throttle limit was set to {rate} B/s"));
    Ok(())
}

/// The same between the directories of these brokers, of which each has one.
pub(super) fn set_within(shell: &mut Shell<'_>, brokers: &[i32], rate: i64) -> Result<(), Failure> {
    for id in brokers {
        let changes = vec![(OF_DIRECTORIES.into(), Some(rate.to_string().into()))];
        alter(shell, ResourceKind::Broker, &id.to_string(), changes)?;
    }
    shell.say(format!("The replica-alter-dir throttle limit was set to {rate} B/s"));
    Ok(())
}

/// Takes all of it back.
pub(super) fn clear(shell: &mut Shell<'_>, plan: &[Place]) -> Result<(), Failure> {
    let alive = broker(shell.world()).into_iter().flat_map(|broker| broker.brokers());
    let mut ids: Vec<i32> = alive.map(|info| info.id.0).collect();
    ids.extend(plan.iter().flat_map(|place| place.replicas.iter().copied()));
    ids.sort_unstable();
    ids.dedup();
    let many = if ids.len() == 1 { "" } else { "s" };
    let ids = java_map::order_by(ids, 16, |id| *id);
    shell.say(format!("Clearing broker-level throttles on broker{many} {}", joined(&ids, ",")));
    for id in ids {
        take_back(shell, ResourceKind::Broker, &id.to_string(), &OF_BROKERS)?;
    }
    let mut topics: Vec<String> = plan.iter().map(|place| place.tp.topic.to_string()).collect();
    topics.sort();
    topics.dedup();
    let many = if topics.len() == 1 { "" } else { "s" };
    let topics = java_map::order_for(topics, 0);
    shell.say(format!("Clearing topic-level throttles on topic{many} {}", topics.join(",")));
    for topic in topics {
        take_back(shell, ResourceKind::Topic, &topic, &OF_TOPICS)?;
    }
    Ok(())
}

/// What is not set is left alone: nothing would change.
fn take_back(shell: &mut Shell<'_>, kind: ResourceKind, name: &str, keys: &[&str]) -> Result<(), Failure> {
    let resource = ConfigResource::new(kind, name);
    let asked = broker(shell.world());
    let set = match kind {
        ResourceKind::Topic => asked.and_then(|broker| Some(broker.topic(name)?.config().set_keys())),
        _ => asked.and_then(|broker| broker.configs().get(&resource).cloned()),
    };
    let set = set.unwrap_or_default();
    let changes: ConfigChanges =
        keys.iter().filter(|key| set.contains_key(**key)).map(|key| ((*key).into(), None)).collect();
    if changes.is_empty() { Ok(()) } else { alter(shell, kind, name, changes) }
}

fn alter(
    shell: &mut Shell<'_>,
    kind: ResourceKind,
    name: &str,
    changes: ConfigChanges,
) -> Result<(), Failure> {
    let resource = ConfigResource::new(kind, name);
    let request = AdminRequest::IncrementalAlterConfigs { resource, changes };
    shell.administer(request).map(drop).map_err(|refused| Failure(refused.in_java()))
}
