//! The second step of a heartbeat: a new target assignment, if the group epoch is ahead of the one that is there
//! (`TargetAssignmentBuilder`).

use super::ConsumerGroupChange;
use super::draft::Draft;
use crate::assignor::{GroupSpec, MemberSpec, ServerAssignor, TopicSpec};
use millrace_model::MemberId;
use std::sync::Arc;

impl Draft<'_> {
    /// Computes and takes in a new target; only what differs from the old one is written.
    pub(super) fn update_target(&mut self) {
        let group = &self.group;
        if group.group_epoch <= group.assignment_epoch {
            return;
        }
        let assignor = group
            .preferred_server_assignor()
            .and_then(|name| ServerAssignor::from_name(&name))
            .unwrap_or_default();
        let assigned = assignor.assign(&self.spec());
        let changed: Vec<_> = assigned
            .into_iter()
            .filter(|(member, partitions)| {
                self.group.targets.get(member).is_none_or(|old| **old != **partitions)
            })
            .collect();
        for (member, partitions) in changed {
            self.push(ConsumerGroupChange::TargetAssigned { member, partitions: partitions.into() });
        }
        let (epoch, assignor) = (self.group.group_epoch, Arc::from(assignor.name()));
        self.push(ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor });
    }

    fn spec(&self) -> GroupSpec {
        let topics = self.group.subscription_metadata.iter().map(|(name, topic)| TopicSpec {
            id: topic.id,
            name: name.clone(),
            partitions: usize::try_from(topic.partitions).unwrap_or(0),
        });
        let target = |member: &MemberId| self.group.target(member.as_str()).to_vec();
        let members = self.group.members().map(|member| MemberSpec {
            member: member.id.clone(),
            instance: member.subscription.group_instance_id.clone(),
            topics: member.subscription.subscribed_topic_names.to_vec(),
            assigned: target(&member.id),
        });
        GroupSpec { topics: topics.collect(), members: members.collect() }
    }
}
