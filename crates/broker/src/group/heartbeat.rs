//! Heartbeat (`classicGroupHeartbeat`).

use super::draft::{rejection, turned_down};
use super::{Group, GroupChange, GroupState, coordinates};
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{HeartbeatRequest, HeartbeatResponse};
use millrace_model::{ErrorCode, Response, Time};

pub(crate) fn heartbeat(broker: &Broker, now: Time, from: RequestId, request: &HeartbeatRequest) -> Outcome {
    let answer = |error| (from, Response::Heartbeat(HeartbeatResponse { error }));
    let checked = check(broker, request)
        .and_then(|group| Ok((group, group.member(&request.member).ok_or(ErrorCode::UnknownMemberId)?)));
    let (group, member) = match checked {
        Ok(found) => found,
        Err(error) => return turned_down(answer(error), &request.group, &request.member, error),
    };
    let session_deadline = now + member.session_timeout;
    let change = GroupChange::HeartbeatReceived { member: request.member.clone(), session_deadline };
    let mut events = vec![Event::Group { group: request.group.clone(), at: now, change }];
    // While members are asked to join again the sign of life counts, and its answer is the call to join. Once the
    // generation is settled a heartbeat is an ordinary one, assigned or not.
    let error = if group.is(GroupState::PreparingRebalance) {
        ErrorCode::RebalanceInProgress
    } else {
        ErrorCode::None
    };
    if error != ErrorCode::None {
        events.push(rejection("Heartbeat", &request.group, &request.member, error));
    }
    Outcome { events, replies: vec![answer(error)], ..Outcome::default() }
}

fn check<'a>(broker: &'a Broker, request: &HeartbeatRequest) -> Result<&'a Group, ErrorCode> {
    if request.group.as_str().is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    coordinates(broker, &request.group)?;
    let group = broker.group(request.group.as_str()).ok_or(ErrorCode::UnknownMemberId)?;
    if group.is(GroupState::Dead) {
        return Err(ErrorCode::CoordinatorNotAvailable);
    }
    group.validate_member(&request.member, request.group_instance_id.as_ref())?;
    if request.generation != group.generation() {
        return Err(ErrorCode::IllegalGeneration);
    }
    Ok(group)
}
