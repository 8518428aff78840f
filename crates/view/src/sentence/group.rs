//! What happens to a group, as its coordinator sees it.

use super::{Names, Sentence, SentenceKind};
use crate::words;
use millrace_broker::{GroupChange, OffsetRemoval, RebalanceWait, RemovalReason};
use millrace_model::GroupId;

pub(super) fn sentence(group: &GroupId, change: &GroupChange, names: &Names<'_>) -> Option<Sentence> {
    let text = match change {
        GroupChange::MemberJoined { member } => format!("{} joined", names.member(&member.id)),
        GroupChange::MemberRejoined { member, .. } => format!("{} joined again", names.member(member)),
        GroupChange::StaticMemberReplaced { group_instance_id, .. } => {
            format!("static member {group_instance_id} came back under a new id")
        }
        GroupChange::MemberRemoved { member, reason }
        | GroupChange::PendingMemberRemoved { member, reason } => {
            removed(group, &names.member(member), reason, names)
        }
        GroupChange::RebalanceStarted { reason, wait, .. } => {
            let wait = match wait {
                RebalanceWait::ForCompany { until, delay, .. } => format!(
                    "waits until {} for company (group.initial.rebalance.delay.ms, {})",
                    words::time(*until),
                    words::span(*delay)
                ),
                RebalanceWait::ForMembers { until } => {
                    format!("waits for its members to join again, at most until {}", words::time(*until))
                }
            };
            format!("rebalance: {reason}; {wait}")
        }
        GroupChange::InitialDelayExtended { until, .. } => {
            format!("waits on until {}, because another member came", words::time(*until))
        }
        GroupChange::RebalanceExtended { until } => {
            format!("nobody joined again; waits once more until {}", words::time(*until))
        }
        GroupChange::LeaderElected { leader } => format!("{} leads now", names.member(leader)),
        GroupChange::StateChanged { to, .. } => format!("is {to} now"),
        GroupChange::GenerationStarted { generation, leader, members, .. } => {
            let members = words::list(members.iter().map(|id| names.member(id)), 6);
            match leader {
                Some(leader) => {
                    format!("generation {generation}: {members}; {} assigns", names.member(leader))
                }
                None => format!("generation {generation}: nobody is left"),
            }
        }
        GroupChange::AssignmentDistributed { assignments } => {
            let parts = assignments.iter().map(|(member, assignment)| {
                format!("{} reads {}", names.member(member), words::partitions(&assignment.partitions))
            });
            words::list(parts, 6)
        }
        GroupChange::AssignmentDropped => {
            "a rebalance overtook the assignment: who asked is told REBALANCE_IN_PROGRESS".to_owned()
        }
        GroupChange::Consumer(change) => return super::consumer_group::sentence(group, change, names),
        GroupChange::OffsetCommitted { member, offsets } => {
            let who = member.as_ref().map_or_else(|| "somebody".to_owned(), |id| names.member(id));
            let at = offsets.iter().map(|(tp, committed)| format!("{tp} @{}", committed.offset));
            format!("{who} committed {}", words::list(at, 6))
        }
        GroupChange::OffsetsRemoved { partitions, why } => {
            let why = match why {
                OffsetRemoval::TopicDeleted => "the topic was deleted",
                OffsetRemoval::Expired => "offsets.retention.minutes is over",
                OffsetRemoval::Deleted => "an administrator asked for it",
            };
            format!("{group} forgot what it had committed for {}: {why}", words::partitions(partitions))
        }
        GroupChange::Deleted => format!("{group} is gone: it has neither members nor offsets"),
        GroupChange::Created
        | GroupChange::MemberIdAssigned { .. }
        | GroupChange::JoinAnswered { .. }
        | GroupChange::HeartbeatReceived { .. }
        | GroupChange::SessionSatisfied { .. }
        | GroupChange::SyncReceived { .. }
        | GroupChange::SyncAnswered { .. }
        | GroupChange::SyncPhaseEnded => return None,
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
            Some(timeout) => {
                format!("{member} left out: no heartbeat for {} (session.timeout.ms)", words::span(timeout))
            }
            None => format!("{member} left out: no heartbeat for session.timeout.ms"),
        },
        RemovalReason::Left(why) if why.is_empty() => format!("{member} left"),
        RemovalReason::Left(why) => format!("{member} left: {why}"),
        RemovalReason::RebalanceTimeout => {
            format!("{member} left out: it did not join again within max.poll.interval.ms")
        }
        RemovalReason::SyncTimeout => {
            format!("{member} left out: it did not ask for its assignment within max.poll.interval.ms")
        }
        RemovalReason::GroupFull => format!("{member} not let in: group.max.size is reached"),
    }
}
