//! What happens to a group of the consumer protocol (KIP-848), as its coordinator sees it.

use super::{Names, Sentence, SentenceKind};
use crate::words;
use millrace_broker::{ConsumerGroupChange, MemberRemovedReason, MemberState};
use millrace_model::GroupId;

pub(super) fn sentence(group: &GroupId, change: &ConsumerGroupChange, names: &Names<'_>) -> Option<Sentence> {
    let mut kind = SentenceKind::Group;
    let text = match change {
        ConsumerGroupChange::MemberSubscribed { member, subscription } => {
            let topics = subscription.subscribed_topic_names.iter().map(ToString::to_string);
            format!("{} subscribes to {}", names.member(member), words::list(topics, 4))
        }
        ConsumerGroupChange::MemberRemoved { member, reason } => {
            let member = names.member(member);
            match reason {
                MemberRemovedReason::Left => format!("{member} left"),
                MemberRemovedReason::SessionTimeout => {
                    kind = SentenceKind::Problem;
                    format!("{member} left out: no heartbeat for group.consumer.session.timeout.ms")
                }
                MemberRemovedReason::RebalanceTimeout => {
                    kind = SentenceKind::Problem;
                    format!(
                        "{member} left out: it did not give up its partitions within max.poll.interval.ms"
                    )
                }
            }
        }
        ConsumerGroupChange::GroupEpochBumped { epoch, reason } => {
            format!("group epoch {epoch}: {}", names.in_words(group, reason))
        }
        ConsumerGroupChange::TargetAssigned { member, partitions } => {
            format!("{} shall have {}", names.member(member), words::partitions(partitions.iter()))
        }
        ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor } => {
            format!("the {assignor} assignor has computed the target assignment of epoch {epoch}")
        }
        ConsumerGroupChange::MemberReconciled { member, epoch, state, assigned, pending_revocation } => {
            let (member, owns) = (names.member(member), words::partitions(assigned.iter()));
            match state {
                MemberState::Stable => format!("{member} is in epoch {epoch} with {owns}"),
                MemberState::UnrevokedPartitions => format!(
                    "{member} stays in epoch {epoch} until it has given up {}",
                    words::partitions(pending_revocation.iter())
                ),
                MemberState::UnreleasedPartitions => {
                    format!("{member} is in epoch {epoch} with {owns}, and waits for what others still own")
                }
            }
        }
        ConsumerGroupChange::StaticMemberLeft { member } => {
            format!("static member {} goes and will be back: its partitions wait", names.member(member))
        }
        ConsumerGroupChange::StaticMemberReplaced { group_instance_id, .. } => {
            format!("static member {group_instance_id} came back under a new id")
        }
        ConsumerGroupChange::StateChanged { to, .. } => format!("is {to} now"),
        ConsumerGroupChange::Dropped => "becomes a group of the classic protocol".to_owned(),
        ConsumerGroupChange::Created
        | ConsumerGroupChange::MemberIdAssigned { .. }
        | ConsumerGroupChange::SubscriptionMetadataUpdated { .. }
        | ConsumerGroupChange::HeartbeatReceived { .. } => return None,
    };
    Sentence::new(kind, format!("{group}: {text}"))
}
