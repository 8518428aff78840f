//! FindCoordinator: the leader of the group's partition of `__consumer_offsets` (`KafkaApis.getCoordinator`).

use crate::{Broker, CONSUMER_OFFSETS, Event, Outcome, RequestId, topic};
use millrace_model::protocol::{FindCoordinatorRequest, FindCoordinatorResponse};
use millrace_model::{Dice, ErrorCode, Response, TopicName};

pub(crate) fn find_coordinator(
    broker: &Broker,
    from: RequestId,
    request: &FindCoordinatorRequest,
    dice: &dyn Dice,
) -> Outcome {
    let tp = broker.offsets_partition(&request.group);
    let mut events = Vec::new();
    let coordinator = match broker.partition(&tp) {
        // A leader that is not alive is none.
        Some(partition) => {
            partition.info.leader.filter(|leader| broker.brokers().iter().any(|known| known.id == *leader))
        }
        None => {
            // The first use of any group creates the topic; the client asks again while that happens.
            if let Ok(created) = topic::creation(broker, &TopicName::from(CONSUMER_OFFSETS), 0, dice) {
                events.push(created);
            }
            None
        }
    };
    let error = match coordinator {
        Some(_) => ErrorCode::None,
        None => ErrorCode::CoordinatorNotAvailable,
    };
    if error != ErrorCode::None {
        events.push(Event::rejected("FindCoordinator", request.group.as_str(), error, None));
    }
    let response = FindCoordinatorResponse { error, coordinator, offsets_partition: tp.partition };
    Outcome { events, replies: vec![(from, Response::FindCoordinator(response))], ..Outcome::default() }
}
