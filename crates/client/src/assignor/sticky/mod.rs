//! `StickyAssignor`, and what `CooperativeStickyAssignor` shares with it (`AbstractStickyAssignor`): shares as even
//! as they can be, and of all even ones those that move the fewest partitions.
//!
//! Members that all read the same topics are dealt with in [`constrained`], others in [`general`]; both honour racks.
//! Where members claim partitions that do not exist, Kafka's own oddities are kept as long as it answers at all.

pub(super) mod claims;
mod constrained;
mod general;
pub(super) mod group;
mod movements;
mod racks;
pub(super) mod user_data;

use claims::Claims;
use group::{Group, MemberNo, PartitionNo};
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Map, MemberId};
use racks::Racks;

/// Who gets what, in the group's numbers.
pub(super) struct Plan {
    /// Each member's partitions, in Kafka's order.
    pub assigned: Vec<Vec<PartitionNo>>,
    /// Partitions with a new owner, which the old one may still read; `None` if that was not followed.
    pub transferring: Option<Map<PartitionNo, MemberNo>>,
}

pub(super) fn assign(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
    let data = |member: &JoinedMember| user_data::read_sticky(member.subscription.user_data.as_ref());
    let group = Group::new(cluster, members, data);
    group.answer(&plan(&group).assigned)
}

pub(super) fn plan(group: &Group) -> Plan {
    let racks = Racks::new(group);
    let claims = Claims::settle(group);
    if !claims.same_subscriptions {
        return general::plan(group, claims, &racks);
    }
    constrained::plan(group, &claims, &racks)
        // Kafka throws an IllegalStateException here, and the group gets no assignment at all.
        .or_else(|| constrained::plan(group, &claims.without_ghosts(group), &racks))
        .unwrap_or_else(|| Plan { assigned: vec![Vec::new(); group.members.len()], transferring: None })
}
