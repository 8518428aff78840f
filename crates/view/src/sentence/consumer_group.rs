//! What happens to a group of the consumer protocol (KIP-848), as its coordinator sees it.

use super::{Names, Sentence, SentenceKind};
use crate::words;
use millrace_broker::{ConsumerGroupChange, MemberRemovedReason, MemberState};
use millrace_model::GroupId;
use millrace_words::sentences as say;

pub(super) fn sentence(group: &GroupId, change: &ConsumerGroupChange, names: &Names<'_>) -> Option<Sentence> {
    let mut kind = SentenceKind::Group;
    let text = match change {
        ConsumerGroupChange::MemberSubscribed { member, subscription } => {
            let topics = subscription.subscribed_topic_names.iter().map(ToString::to_string);
            say::subscribes_to(&names.member(member), &words::list(topics, 4))
        }
        ConsumerGroupChange::MemberRemoved { member, reason } => {
            let member = names.member(member);
            match reason {
                MemberRemovedReason::Left => say::left(&member),
                MemberRemovedReason::SessionTimeout => {
                    kind = SentenceKind::Problem;
                    say::left_out_no_heartbeat_for(&member)
                }
                MemberRemovedReason::RebalanceTimeout => {
                    kind = SentenceKind::Problem;
                    say::left_out_it_did_not(&member)
                }
            }
        }
        ConsumerGroupChange::GroupEpochBumped { epoch, reason } => {
            say::group_epoch(&epoch, &names.in_words(group, reason))
        }
        ConsumerGroupChange::TargetAssigned { member, partitions } => {
            say::shall_have_member_partitions(&names.member(member), &words::partitions(partitions.iter()))
        }
        ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor } => {
            say::the_assignor_has_computed_the(&assignor, &epoch)
        }
        ConsumerGroupChange::MemberReconciled { member, epoch, state, assigned, pending_revocation } => {
            let (member, owns) = (names.member(member), words::partitions(assigned.iter()));
            match state {
                MemberState::Stable => say::is_in_epoch_with(&member, &epoch, &owns),
                MemberState::UnrevokedPartitions => say::stays_in_epoch_until_it(
                    &member,
                    &epoch,
                    &words::partitions(pending_revocation.iter()),
                ),
                MemberState::UnreleasedPartitions => say::is_in_epoch_with_and(&member, &epoch, &owns),
            }
        }
        ConsumerGroupChange::StaticMemberLeft { member } => {
            say::static_member_goes_and_will(&names.member(member))
        }
        ConsumerGroupChange::StaticMemberReplaced { group_instance_id, .. } => {
            say::static_member_came_back_under(&group_instance_id)
        }
        ConsumerGroupChange::StateChanged { to, .. } => say::is_now(&to),
        ConsumerGroupChange::Dropped => say::becomes_a_group_of_the().to_owned(),
        ConsumerGroupChange::Created
        | ConsumerGroupChange::MemberIdAssigned { .. }
        | ConsumerGroupChange::SubscriptionMetadataUpdated { .. }
        | ConsumerGroupChange::HeartbeatReceived { .. } => return None,
    };
    Sentence::new(kind, format!("{group}: {text}"))
}
