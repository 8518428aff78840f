//! The records of a consumer group in `__consumer_offsets` (`GroupCoordinatorRecordHelpers`).
//!
//! Kafka writes binary keys and values; here they are the texts that their Java classes print, with partitions as
//! `orders-0` instead of topic ids and numbers. No value is a tombstone.

use super::{ConsumerGroup, ConsumerGroupChange, ConsumerGroupMember};
use millrace_model::{MemberId, Record, Time, TopicPartition};
use std::fmt::Write;

/// The records of one change.
pub(super) fn of(group: &ConsumerGroup, change: &ConsumerGroupChange, now: Time) -> Vec<Record> {
    let id = &group.id;
    let of_group = |kind: &str| format!("{kind}Key(groupId='{id}')");
    let of_member = |kind: &str, member: &MemberId| format!("{kind}Key(groupId='{id}', memberId='{member}')");
    let record = |key: String, value: Option<String>| {
        Record::new(now.timestamp(), Some(key.as_bytes()), value.as_deref().map(str::as_bytes))
    };
    let current = "ConsumerGroupCurrentMemberAssignment";
    match change {
        ConsumerGroupChange::Created
        | ConsumerGroupChange::Dropped
        | ConsumerGroupChange::MemberIdAssigned { .. }
        | ConsumerGroupChange::HeartbeatReceived { .. }
        | ConsumerGroupChange::StateChanged { .. } => Vec::new(),
        ConsumerGroupChange::MemberSubscribed { member, subscription } => {
            let quoted = |text: &Option<std::sync::Arc<str>>| {
                text.as_ref().map_or("null".to_owned(), |text| format!("'{text}'"))
            };
            let value = format!(
                "ConsumerGroupMemberMetadataValue(instanceId={}, rackId={}, clientId='{}', clientHost='{}', \
                 subscribedTopicNames={:?}, rebalanceTimeoutMs={}, serverAssignor={})",
                quoted(&subscription.group_instance_id),
                quoted(&subscription.rack),
                subscription.client_id,
                subscription.client_host,
                subscription.subscribed_topic_names,
                subscription.rebalance_timeout.as_millis(),
                quoted(&subscription.server_assignor),
            );
            vec![record(of_member("ConsumerGroupMemberMetadata", member), Some(value))]
        }
        ConsumerGroupChange::MemberRemoved { member, .. } => {
            [current, "ConsumerGroupTargetAssignmentMember", "ConsumerGroupMemberMetadata"]
                .into_iter()
                .map(|kind| record(of_member(kind, member), None))
                .collect()
        }
        ConsumerGroupChange::SubscriptionMetadataUpdated { topics } => {
            let mut value = "ConsumerGroupPartitionMetadataValue(topics=[".to_owned();
            for (i, (name, topic)) in topics.iter().enumerate() {
                let separator = if i == 0 { "" } else { ", " };
                // Writing to a String cannot fail.
                let _ = write!(
                    value,
                    "{separator}TopicMetadata(topicName='{name}', numPartitions={})",
                    topic.partitions
                );
            }
            value += "])";
            vec![record(of_group("ConsumerGroupPartitionMetadata"), Some(value))]
        }
        ConsumerGroupChange::GroupEpochBumped { epoch, .. } => {
            let value = format!("ConsumerGroupMetadataValue(epoch={epoch})");
            vec![record(of_group("ConsumerGroupMetadata"), Some(value))]
        }
        ConsumerGroupChange::TargetAssigned { member, partitions } => {
            vec![record(of_member("ConsumerGroupTargetAssignmentMember", member), Some(target(partitions)))]
        }
        ConsumerGroupChange::TargetAssignmentComputed { epoch, .. } => {
            let value = format!("ConsumerGroupTargetAssignmentMetadataValue(assignmentEpoch={epoch})");
            vec![record(of_group("ConsumerGroupTargetAssignmentMetadata"), Some(value))]
        }
        ConsumerGroupChange::MemberReconciled { member, .. }
        | ConsumerGroupChange::StaticMemberLeft { member } => {
            let value = group.member(member.as_str()).map(assignment);
            vec![record(of_member(current, member), value)]
        }
        ConsumerGroupChange::StaticMemberReplaced { old, new, .. } => {
            let kinds = [current, "ConsumerGroupTargetAssignmentMember", "ConsumerGroupMemberMetadata"];
            let gone = kinds.into_iter().map(|kind| record(of_member(kind, old), None));
            let kept = record(
                of_member("ConsumerGroupTargetAssignmentMember", new),
                Some(target(group.target(new.as_str()))),
            );
            gone.chain([kept]).collect()
        }
    }
}

fn target(partitions: &[TopicPartition]) -> String {
    format!("ConsumerGroupTargetAssignmentMemberValue(topicPartitions={partitions:?})")
}

fn assignment(member: &ConsumerGroupMember) -> String {
    format!(
        "ConsumerGroupCurrentMemberAssignmentValue(memberEpoch={}, previousMemberEpoch={}, state={}, \
         assignedPartitions={:?}, partitionsPendingRevocation={:?})",
        member.epoch, member.previous_epoch, member.state, member.assigned, member.pending_revocation
    )
}
