//! `CooperativeStickyAssignor`: the sticky assignor's answer without the partitions that somebody else still reads.
//! Their old owner gives them up first; the next rebalance hands them out.

use super::sticky::claims::remove_first;
use super::sticky::group::{Group, MemberNo, PartitionNo};
use super::sticky::plan;
use super::sticky::user_data::{MemberData, read_cooperative};
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Generation, Map, MemberId, Set};

pub(super) fn assign(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
    let group = Group::new(cluster, members, member_data);
    let mut plan = plan(&group);
    let transferring = plan.transferring.take().unwrap_or_else(|| transferring(&group, &plan.assigned));
    for (partition, member) in transferring {
        remove_first(plan.assigned.get_mut(member), partition);
    }
    group.answer(&plan.assigned)
}

/// Newer members say their generation in a field of its own (KIP-792), older ones in the user data.
fn member_data(member: &JoinedMember) -> MemberData {
    let subscription = &member.subscription;
    let field = (subscription.generation > Generation::NONE).then_some(subscription.generation);
    MemberData {
        partitions: subscription.owned_partitions.clone(),
        generation: field.or_else(|| read_cooperative(subscription.user_data.as_ref())),
    }
}

/// `computePartitionsTransferringOwnership`: what is new to one member and was another's.
fn transferring(group: &Group, assigned: &[Vec<PartitionNo>]) -> Map<PartitionNo, MemberNo> {
    let (mut added, mut revoked) = (Map::new(), Set::new());
    for number in &group.by_hash {
        let (Some(member), Some(assigned)) = (group.members.get(*number), assigned.get(*number)) else {
            continue;
        };
        let owned: Set<PartitionNo> = member.claimed.iter().copied().collect();
        let assigned: Set<PartitionNo> = assigned.iter().copied().collect();
        added.extend(assigned.difference(&owned).map(|partition| (*partition, *number)));
        revoked.extend(owned.difference(&assigned).copied());
    }
    added.retain(|partition, _| revoked.contains(partition));
    added
}
