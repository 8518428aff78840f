//! What happens to a group, as its coordinator sees it.

use super::{Names, Sentence, SentenceKind};
use crate::words;
use millrace_broker::{GroupChange, OffsetRemoval, RebalanceWait, RemovalReason};
use millrace_model::GroupId;
use millrace_words::sentences as say;

pub(super) fn sentence(group: &GroupId, change: &GroupChange, names: &Names<'_>) -> Option<Sentence> {
    let text = match change {
        GroupChange::MemberJoined { member } => say::joined(&names.member(&member.id)),
        GroupChange::MemberRejoined { member, .. } => say::joined_again(&names.member(member)),
        GroupChange::StaticMemberReplaced { group_instance_id, .. } => {
            say::static_member_came_back_under(&group_instance_id)
        }
        GroupChange::MemberRemoved { member, reason }
        | GroupChange::PendingMemberRemoved { member, reason } => {
            removed(group, &names.member(member), reason, names)
        }
        GroupChange::RebalanceStarted { reason, wait, .. } => {
            let wait = match wait {
                RebalanceWait::ForCompany { until, delay, .. } => {
                    say::waits_until_for_company_group(&words::time(*until), &words::span(*delay))
                }
                RebalanceWait::ForMembers { until } => say::waits_for_its_members_to(&words::time(*until)),
            };
            say::rebalance(&reason, &wait)
        }
        GroupChange::InitialDelayExtended { until, .. } => {
            say::waits_on_until_because_another(&words::time(*until))
        }
        GroupChange::RebalanceExtended { until } => say::nobody_joined_again_waits_once(&words::time(*until)),
        GroupChange::LeaderElected { leader } => say::leads_now(&names.member(leader)),
        GroupChange::StateChanged { to, .. } => say::is_now(&to),
        GroupChange::GenerationStarted { generation, leader, members, .. } => {
            let members = words::list(members.iter().map(|id| names.member(id)), 6);
            match leader {
                Some(leader) => say::generation_assigns(&generation, &members, &names.member(leader)),
                None => say::generation_nobody_is_left(&generation),
            }
        }
        GroupChange::AssignmentDistributed { assignments } => {
            let parts = assignments.iter().map(|(member, assignment)| {
                say::reads(&names.member(member), &words::partitions(&assignment.partitions))
            });
            words::list(parts, 6)
        }
        GroupChange::AssignmentDropped => say::a_rebalance_overtook_the_assignment().to_owned(),
        GroupChange::Consumer(change) => return super::consumer_group::sentence(group, change, names),
        GroupChange::OffsetCommitted { member, offsets } => {
            let who = member.as_ref().map_or_else(|| say::somebody().to_owned(), |id| names.member(id));
            let at = offsets.iter().map(|(tp, committed)| format!("{tp} @{}", committed.offset));
            say::committed(&who, &words::list(at, 6))
        }
        GroupChange::TxnOffsetsPending { producer_id, offsets } => {
            let at = offsets.iter().map(|(tp, committed)| format!("{tp} @{}", committed.offset));
            say::txn_offsets_pending(&group, &words::list(at, 6), producer_id)
        }
        GroupChange::TxnOffsetsEnded { producer_id, committed: false } => {
            say::txn_offsets_aborted(&group, producer_id)
        }
        GroupChange::OffsetsRemoved { partitions, why } => {
            let why = match why {
                OffsetRemoval::TopicDeleted => say::the_topic_was_deleted(),
                OffsetRemoval::Expired => say::offsets_retention_minutes_is_over(),
                OffsetRemoval::Deleted => say::an_administrator_asked_for_it(),
            };
            say::forgot_what_it_had_committed(&group, &words::partitions(partitions), &why)
        }
        GroupChange::Deleted => say::is_gone_it_has_neither(&group),
        GroupChange::Created
        | GroupChange::MemberIdAssigned { .. }
        | GroupChange::JoinAnswered { .. }
        | GroupChange::HeartbeatReceived { .. }
        | GroupChange::SessionSatisfied { .. }
        | GroupChange::SyncReceived { .. }
        | GroupChange::SyncAnswered { .. }
        | GroupChange::SyncPhaseEnded
        // That they are committed is said by itself.
        | GroupChange::TxnOffsetsEnded { committed: true, .. } => return None,
    };
    let kind = match change {
        GroupChange::MemberRemoved { reason, .. } if !matches!(reason, RemovalReason::Left(_)) => {
            SentenceKind::Problem
        }
        _ => SentenceKind::Group,
    };
    Sentence::new(kind, format!("{group}: {text}"))
}

fn removed(group: &GroupId, member: &str, reason: &RemovalReason, names: &Names<'_>) -> String {
    match reason {
        RemovalReason::SessionTimeout => match names.session_timeout(group) {
            Some(timeout) => say::left_out_no_heartbeat(&member, &words::span(timeout)),
            None => say::left_out_no_heartbeat_for_session(&member),
        },
        RemovalReason::Left(why) if why.is_empty() => say::left(&member),
        RemovalReason::Left(why) => say::left_member_why(&member, &why),
        RemovalReason::RebalanceTimeout => say::left_out_it_did(&member),
        RemovalReason::SyncTimeout => say::left_out_it_did_not_ask(&member),
        RemovalReason::GroupFull => say::not_let_in_group_max(&member),
    }
}
