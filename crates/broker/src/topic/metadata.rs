//! Metadata: what there is, and the creation of what is missing (`KafkaApis.handleTopicMetadataRequest`).

use super::creation;
use super::invalid_topic_reason;
use crate::{Broker, CONSUMER_OFFSETS, Outcome, RequestId, TRANSACTION_STATE};
use millrace_model::protocol::{MetadataRequest, MetadataResponse};
use millrace_model::{ClusterMetadata, Dice, ErrorCode, Map, Response};

pub(crate) fn metadata(
    broker: &Broker,
    from: RequestId,
    request: &MetadataRequest,
    dice: &dyn Dice,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut topics = Map::new();
    let mut errors = Vec::new();
    match &request.topics {
        None => topics.extend(broker.topics().map(|topic| (topic.name().clone(), topic.info()))),
        Some(names) => {
            let mut missing = Vec::new();
            for name in names {
                match broker.topic(name.as_str()) {
                    Some(topic) => drop(topics.insert(name.clone(), topic.info())),
                    None if missing.contains(name) => {}
                    None => missing.push(name.clone()),
                }
            }
            for name in missing {
                let allowed = request.allow_auto_topic_creation
                    && name.as_str() != TRANSACTION_STATE
                    && (broker.config().auto_create_topics || name.as_str() == CONSUMER_OFFSETS);
                let code = if invalid_topic_reason(name.as_str()).is_some() {
                    ErrorCode::InvalidTopicException
                } else {
                    // The topic is created behind the answer: this one still says that there is none.
                    ErrorCode::UnknownTopicOrPartition
                };
                if allowed && let Ok(event) = creation(broker, &name, outcome.events.len(), dice) {
                    outcome.events.push(event);
                }
                errors.push((name, code));
            }
        }
    }
    let cluster = ClusterMetadata { brokers: broker.brokers().to_vec(), topics };
    outcome.replies.push((from, Response::Metadata(MetadataResponse { cluster, errors })));
    outcome
}
