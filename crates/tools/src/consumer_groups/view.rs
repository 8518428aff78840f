//! What the cluster tells of a group (`ConsumerGroupDescribe`, `DescribeGroups`, `ListGroups`).

use super::Failure;
use crate::cluster::broker;
use crate::java_map;
use crate::shell::Shell;
use millrace_broker::{CONSUMER_OFFSETS, Group, GroupState};
use millrace_model::{GroupId, TopicPartition};
use millrace_sim::World;

/// `--timeout`
pub(super) const TIMEOUT_MS: u64 = 5_000;

/// A member.
pub(super) struct MemberView {
    pub id: String,
    pub instance: String,
    pub client: String,
    pub host: String,
    pub partitions: Vec<TopicPartition>,
}

/// A group; one that nobody knows is dead.
pub(super) struct GroupView {
    pub id: String,
    pub state: String,
    pub kind: &'static str,
    pub assignor: String,
    pub members: Vec<MemberView>,
}

/// The states of all protocols (`ConsumerGroupState`).
pub(super) const STATES: [&str; 7] =
    ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];

/// The types (`GroupType`).
pub(super) const TYPES: [&str; 3] = ["Consumer", "Classic", "Share"];

/// Every group's name, as all the brokers that are there tell, in the order of the admin client's hash table.
pub(super) fn names(world: &World) -> Vec<String> {
    let alive = world.brokers().filter(|broker| !world.is_broker_down(broker.id()));
    let mut all: Vec<String> =
        alive.flat_map(|broker| broker.groups()).map(|group| group.id().to_string()).collect();
    all.sort();
    all.dedup();
    java_map::order_for(all, 0)
}

/// Whether somebody coordinates the group and has read what there is of it. Who asks for the first group of all makes the topic,
/// and finds nothing.
fn is_coordinated(world: &World, id: &str) -> bool {
    let Some(asked) = broker(world) else { return false };
    let tp = asked.offsets_partition(&GroupId::from(id));
    match world.coordinator(id) {
        None => asked.topic(CONSUMER_OFFSETS).is_none(),
        Some(coordinator) => !coordinator.replicas().is_some_and(|replicas| replicas.is_loading(&tp)),
    }
}

/// Looks for a group's coordinator (FindCoordinator).
///
/// # Errors
/// What the admin client says when there is none in time; `call` is what was to be asked of it.
pub(super) fn find(shell: &mut Shell<'_>, id: &str, call: &str) -> Result<(), String> {
    let call = format!("{call}(api=FIND_COORDINATOR)");
    shell.try_until(&call, TIMEOUT_MS, |world| is_coordinated(world, id))
}

/// The group as its coordinator tells.
pub(super) fn described(shell: &mut Shell<'_>, id: &str) -> Result<GroupView, Failure> {
    let timeout = "org.apache.kafka.common.errors.TimeoutException";
    find(shell, id, "describeGroups").map_err(|words| {
        Failure::Error("java.util.concurrent.ExecutionException", format!("{timeout}: {words}"))
    })?;
    Ok(view(shell.world(), id))
}

pub(super) fn view(world: &World, id: &str) -> GroupView {
    match world.coordinator(id).and_then(|broker| broker.group(id)) {
        Some(group) => of(group),
        None => GroupView {
            id: id.to_owned(),
            state: "Dead".to_owned(),
            kind: "Classic",
            assignor: String::new(),
            members: Vec::new(),
        },
    }
}

fn of(group: &Group) -> GroupView {
    let id = group.id().to_string();
    if let Some(consumer) = group.consumer() {
        let members = consumer.members().map(|member| MemberView {
            id: member.id.as_str().to_owned(),
            instance: member.subscription.group_instance_id.as_deref().unwrap_or_default().to_owned(),
            client: member.subscription.client_id.to_string(),
            host: member.subscription.client_host.to_string(),
            partitions: member.assigned.to_vec(),
        });
        return GroupView {
            id,
            state: consumer.state().to_string(),
            kind: "Consumer",
            assignor: consumer.assignor().unwrap_or(consumer.preferred_assignor()).to_owned(),
            members: members.collect(),
        };
    }
    let members = group.members().map(|member| MemberView {
        id: member.id.as_str().to_owned(),
        instance: member.group_instance_id.as_deref().unwrap_or_default().to_owned(),
        client: member.client_id.to_string(),
        host: member.client_host.to_string(),
        partitions: member.assignment.partitions.clone(),
    });
    // The protocol is told only while it holds (`ClassicGroup.asDescribedGroup`).
    let assignor = group.protocol().filter(|_| group.state() == GroupState::Stable);
    GroupView {
        id,
        state: group.state().to_string(),
        kind: "Classic",
        assignor: assignor.unwrap_or_default().to_owned(),
        members: members.collect(),
    }
}
