//! What the cluster tells of a group (`ConsumerGroupDescribe`, `DescribeGroups`, `ListGroups`).

use crate::cluster::broker;
use crate::java_map;
use millrace_broker::{Group, GroupState};
use millrace_model::TopicPartition;
use millrace_sim::World;

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

/// Every group's name, in the order of the admin client's hash table.
pub(super) fn names(world: &World) -> Vec<String> {
    let all = broker(world).into_iter().flat_map(|broker| broker.groups());
    java_map::order_for(all.map(|group| group.id().to_string()).collect(), 0)
}

pub(super) fn view(world: &World, id: &str) -> GroupView {
    match broker(world).and_then(|broker| broker.group(id)) {
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
