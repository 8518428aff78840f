//! The end of the join phase (`completeClassicGroupJoin`), and the timers that lead to it.

use super::draft::Draft;
use super::{GroupChange, GroupState, RemovalReason, answers};
use crate::{Broker, Outcome};
use millrace_model::{Generation, GroupId, MemberId, Span, Time};

/// Everybody has joined.
pub(crate) fn join_phase_completed(broker: &Broker, now: Time, group: &GroupId) -> Outcome {
    complete_if(broker, now, group, |draft| draft.group.join_completed.is_some())
}

/// The rebalance timeout is over.
pub(crate) fn rebalance_timeout(broker: &Broker, now: Time, group: &GroupId) -> Outcome {
    complete_if(broker, now, group, |draft| draft.group.join_deadline.is_some_and(|until| until <= now))
}

fn complete_if(broker: &Broker, now: Time, group: &GroupId, due: impl Fn(&Draft) -> bool) -> Outcome {
    let Some(group) = broker.group(group.as_str()) else {
        return Outcome::default();
    };
    let mut draft = Draft::of(broker, now, group);
    if draft.group.is(GroupState::PreparingRebalance) && due(&draft) {
        complete(&mut draft);
    }
    draft.finish()
}

/// A group that was empty has waited for company: once more if somebody came, else it begins
/// (`tryCompleteInitialRebalanceElseSchedule`).
pub(crate) fn initial_delay_expired(broker: &Broker, now: Time, group: &GroupId) -> Outcome {
    let Some(group) = broker.group(group.as_str()) else {
        return Outcome::default();
    };
    let Some(waited) = group.initial_delay().filter(|delay| delay.until <= now) else {
        return Outcome::default();
    };
    let mut draft = Draft::of(broker, now, group);
    if group.new_member_added && waited.remaining != Span::ZERO {
        let delay = broker.config().group_initial_rebalance_delay.min(waited.remaining);
        let remaining = Span(waited.remaining.0.saturating_sub(waited.delay.0));
        draft.push(GroupChange::InitialDelayExtended { until: now + delay, delay, remaining });
    } else {
        complete(&mut draft);
    }
    draft.finish()
}

fn complete(draft: &mut Draft) {
    let missing: Vec<MemberId> = draft
        .group
        .members()
        .filter(|member| member.awaiting_join.is_none() && member.group_instance_id.is_none())
        .map(|member| member.id.clone())
        .collect();
    for member in &missing {
        draft.remove(member, RemovalReason::RebalanceTimeout);
    }
    if !elect_joined_leader(draft) {
        // Only static members, and none is back: they keep their places.
        let until = draft.now + draft.group.rebalance_timeout().max(Span::from_millis(1));
        draft.push(GroupChange::RebalanceExtended { until });
        return;
    }
    let is_empty = draft.group.members().len() == 0;
    let waiting: Vec<_> =
        draft.group.members().filter_map(|member| Some((member.id.clone(), member.awaiting_join?))).collect();
    draft.push(GroupChange::GenerationStarted {
        generation: Generation(draft.group.generation().0.saturating_add(1)),
        protocol: draft.group.select_protocol(),
        leader: draft.group.leader().cloned(),
        members: draft.group.members().map(|member| member.id.clone()).collect(),
        sync_until: (!is_empty).then(|| draft.now + draft.group.rebalance_timeout()),
    });
    if is_empty {
        draft.go(GroupState::Empty);
        draft.write_metadata(&[]);
        return;
    }
    draft.go(GroupState::CompletingRebalance);
    for (member, request) in waiting {
        let response = answers::joined(&draft.group, &member, false);
        draft.reply(request, response);
    }
}

/// The leader stays if it has joined; otherwise the first that has (`maybeElectNewJoinedLeader`). False if members
/// are there and none has joined.
fn elect_joined_leader(draft: &mut Draft) -> bool {
    let group = &draft.group;
    let has_joined = |id: &MemberId| group.member(id).is_some_and(|member| member.awaiting_join.is_some());
    if group.members().len() == 0 || group.leader().is_some_and(has_joined) {
        return true;
    }
    let first = group.members().find(|member| member.awaiting_join.is_some()).map(|member| member.id.clone());
    match first {
        Some(leader) => {
            draft.push(GroupChange::LeaderElected { leader });
            true
        }
        None => false,
    }
}
