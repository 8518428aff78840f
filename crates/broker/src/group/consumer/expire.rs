//! Timers that put members out.

use super::draft::Draft;
use super::{ConsumerGroupMember, MemberRemovedReason};
use crate::{Broker, Outcome};
use millrace_model::{GroupId, MemberId, Time};

/// No sign of life for `group.consumer.session.timeout.ms`.
pub(crate) fn session_timeout(broker: &Broker, now: Time, group: &GroupId, member: &MemberId) -> Outcome {
    expire(broker, now, group, member, MemberRemovedReason::SessionTimeout, |member| {
        member.session_deadline <= now
    })
}

/// It did not give up what it should within `max.poll.interval.ms`.
pub(crate) fn rebalance_timeout(broker: &Broker, now: Time, group: &GroupId, member: &MemberId) -> Outcome {
    expire(broker, now, group, member, MemberRemovedReason::RebalanceTimeout, |member| {
        member.rebalance_deadline.is_some_and(|deadline| deadline <= now)
    })
}

fn expire(
    broker: &Broker,
    now: Time,
    group: &GroupId,
    member: &MemberId,
    reason: MemberRemovedReason,
    is_due: impl Fn(&ConsumerGroupMember) -> bool,
) -> Outcome {
    let Some(group) = broker.group(group.as_str()).and_then(|group| group.consumer()) else {
        return Outcome::default();
    };
    if !group.member(member.as_str()).is_some_and(is_due) {
        return Outcome::default();
    }
    let mut draft = Draft::of(broker, now, group);
    draft.fence(member, reason);
    Outcome { events: draft.finish_anyway(), replies: Vec::new(), ..Outcome::default() }
}
