//! DeleteTopics (`ReplicationControlManager.deleteTopics`): the topic goes with its logs, and what groups had committed
//! for it goes too (`GroupCoordinatorService.onPartitionsDeleted`).

use crate::group::{GroupChange, OffsetRemoval};
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{DeleteTopicsRequest, DeleteTopicsResponse};
use millrace_model::{ErrorCode, Response, Time, TopicName, TopicPartition};

pub(crate) fn delete_topics(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &DeleteTopicsRequest,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut answers = Vec::with_capacity(request.topics.len());
    let mut gone: Vec<&TopicName> = Vec::new();
    for topic in &request.topics {
        let code = match broker.topic(topic.as_str()) {
            Some(_) if gone.contains(&topic) => ErrorCode::InvalidRequest,
            // Kafka deletes it with all groups. Here they live elsewhere: it goes only where there are none.
            Some(known) if known.is_internal() && broker.groups().next().is_some() => {
                ErrorCode::InvalidRequest
            }
            Some(_) => {
                gone.push(topic);
                ErrorCode::None
            }
            None => ErrorCode::UnknownTopicOrPartition,
        };
        if code != ErrorCode::None {
            outcome.events.push(Event::rejected("DeleteTopics", topic.as_str(), code, None));
        }
        answers.push((topic.clone(), code, None));
    }
    for topic in &gone {
        outcome.events.push(Event::TopicDeleted { topic: (*topic).clone(), at: now });
    }
    for group in broker.groups() {
        let partitions: Vec<TopicPartition> =
            group.offsets().keys().filter(|tp| gone.contains(&&tp.topic)).cloned().collect();
        if !partitions.is_empty() {
            let change = GroupChange::OffsetsRemoved { partitions, why: OffsetRemoval::TopicDeleted };
            outcome.events.push(Event::Group { group: group.id().clone(), at: now, change });
        }
    }
    outcome.replies.push((from, Response::DeleteTopics(DeleteTopicsResponse { topics: answers })));
    outcome
}
