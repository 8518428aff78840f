//! ConsumerGroupHeartbeat (`consumerGroupHeartbeat`): three steps, and the answer.

use super::draft::Draft;
use super::validate::{self, Refusal};
use super::{ConsumerGroupChange, leave};
use crate::group::draft::rejection;
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use millrace_model::{Dice, ErrorCode, GroupEpoch, Response, Span, Time, TopicPartition};
use std::sync::Arc;

pub(crate) fn heartbeat(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &ConsumerGroupHeartbeatRequest,
    dice: &dyn Dice,
) -> Outcome {
    let leaves = matches!(request.member_epoch, GroupEpoch::LEAVE | GroupEpoch::LEAVE_STATIC);
    let decided = validate::check_request(broker, request)
        .and_then(|()| validate::find_group(broker, request))
        .and_then(|group| {
            let draft = match group {
                Some(group) => Draft::of(broker, now, group),
                None => Draft::create(broker, now, &request.group),
            };
            if leaves { leave::leave(draft, request) } else { beat(draft, request, dice) }
        });
    match decided {
        Ok((events, response)) => Outcome {
            events,
            replies: vec![(from, Response::ConsumerGroupHeartbeat(response))],
            ..Outcome::default()
        },
        Err((error, words)) => {
            let mut event = rejection("ConsumerGroupHeartbeat", &request.group, &request.member, error);
            if let Event::Rejected(rejection) = &mut event {
                rejection.why = Arc::clone(&words);
            }
            let response = ConsumerGroupHeartbeatResponse {
                error,
                error_message: Some(words),
                member: request.member.clone(),
                member_epoch: GroupEpoch(0),
                heartbeat_interval: Span::ZERO,
                assignment: None,
            };
            Outcome {
                events: vec![event],
                replies: vec![(from, Response::ConsumerGroupHeartbeat(response))],
                ..Outcome::default()
            }
        }
    }
}

/// What a heartbeat comes to: events and the answer.
pub(super) type Decided = Result<(Vec<Event>, ConsumerGroupHeartbeatResponse), Refusal>;

fn beat(mut draft: Draft, request: &ConsumerGroupHeartbeatRequest, dice: &dyn Dice) -> Decided {
    let id = draft.admit(request, dice)?;
    let config = draft.broker.config();
    let assigned = |draft: &Draft| -> Arc<[TopicPartition]> {
        draft.group.member(id.as_str()).map(|member| Arc::clone(&member.assigned)).unwrap_or_default()
    };
    let before = assigned(&draft);
    draft.subscribe(&id, request);
    draft.update_target();
    draft.reconcile(&id, request.topic_partitions.as_deref());
    let session_deadline = draft.now + config.group_consumer_session_timeout;
    draft.push(ConsumerGroupChange::HeartbeatReceived { member: id.clone(), session_deadline });
    let after = assigned(&draft);
    // A request with every field set comes from a member that joins, or that lost an answer.
    let full = request.member_epoch == GroupEpoch::JOIN
        || request.rebalance_timeout.is_some()
            && request.subscribed_topic_names.is_some()
            && request.topic_partitions.is_some();
    let response = ConsumerGroupHeartbeatResponse {
        error: ErrorCode::None,
        error_message: None,
        member_epoch: draft.group.member(id.as_str()).map(|member| member.epoch).unwrap_or_default(),
        member: id,
        heartbeat_interval: config.group_consumer_heartbeat_interval,
        assignment: (full || before != after).then(|| after.to_vec()),
    };
    let events = draft.finish().map_err(|error| (error, error.message().into()))?;
    Ok((events, response))
}
