//! Timers that put members out (`expireClassicGroupMemberHeartbeat`, `expirePendingSync`).

use super::draft::Draft;
use super::{GroupChange, GroupState, RemovalReason};
use crate::{Broker, Outcome};
use millrace_model::{GroupId, MemberId, Time};

/// No sign of life for `session.timeout.ms`.
pub(crate) fn session_timeout(broker: &Broker, now: Time, group: &GroupId, id: &MemberId) -> Outcome {
    let Some(group) = broker.group(group.as_str()) else {
        return Outcome::default();
    };
    if group.consumer().is_some() {
        return super::consumer::session_timeout(broker, now, group.id(), id);
    }
    let mut draft = Draft::of(broker, now, group);
    if group.pending.get(id).is_some_and(|until| *until <= now) {
        let reason = RemovalReason::SessionTimeout;
        draft.push(GroupChange::PendingMemberRemoved { member: id.clone(), reason });
        return draft.finish();
    }
    let overdue =
        group.member(id).filter(|member| member.session_deadline.is_some_and(|deadline| deadline <= now));
    let Some(member) = overdue else {
        return draft.finish();
    };
    if member.has_satisfied_heartbeat() {
        draft.push(GroupChange::SessionSatisfied { member: id.clone() });
        return draft.finish();
    }
    draft.remove(id, RemovalReason::SessionTimeout);
    if matches!(draft.group.state(), GroupState::Stable | GroupState::CompletingRebalance) {
        draft.rebalance_or_wait(&format!("removing member {id} on heartbeat expiration."));
    }
    draft.finish()
}

/// The time to ask for an assignment is over.
pub(crate) fn sync_timeout(broker: &Broker, now: Time, group: &GroupId) -> Outcome {
    let Some(group) = broker.group(group.as_str()) else {
        return Outcome::default();
    };
    let mut draft = Draft::of(broker, now, group);
    if group.sync_deadline().is_none_or(|until| until > now) {
        return draft.finish();
    }
    let missing: Vec<MemberId> = group.pending_sync().iter().cloned().collect();
    if missing.is_empty() {
        draft.push(GroupChange::SyncPhaseEnded);
        return draft.finish();
    }
    for member in &missing {
        draft.remove(member, RemovalReason::SyncTimeout);
    }
    let names: Vec<&str> = missing.iter().map(MemberId::as_str).collect();
    draft.prepare_rebalance(&format!("Removing [{}] on pending sync request expiration", names.join(", ")));
    draft.finish()
}
