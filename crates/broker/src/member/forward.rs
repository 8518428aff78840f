//! What a broker of a cluster does not decide itself: it forwards it to the controller and passes the answer on
//! (`ForwardingManager`, `AutoTopicCreationManager`).

use super::ask_controller;
use crate::config;
use crate::{Broker, Call, Event, Outcome, RequestId, api, topic};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{
    AdminRequest, AdminResponse, ControllerRequest, ControllerResponse, CreateTopicsRequest, NewTopic,
};
use millrace_model::{Dice, ErrorCode, Map, Request, Response};

/// What a request comes to at a broker that has a controller; none if it is decided as by a broker alone.
pub(crate) fn request(
    broker: &Broker,
    from: RequestId,
    request: &Request,
    dice: &dyn Dice,
) -> Option<Outcome> {
    Some(match request {
        Request::Metadata(request) => creating_elsewhere(topic::metadata(broker, from, request, dice)),
        Request::FindCoordinator(request) => {
            creating_elsewhere(api::find_coordinator(broker, from, request, dice))
        }
        Request::CreateTopics(request) => {
            forward(from, ControllerRequest::CreateTopics(request.clone(), Map::new()))
        }
        Request::CreatePartitions(request) => {
            forward(from, ControllerRequest::CreatePartitions(request.clone()))
        }
        Request::DeleteTopics(request) => forward(from, ControllerRequest::DeleteTopics(request.clone())),
        Request::Controller(request) => forward(from, (**request).clone()),
        Request::Admin(AdminRequest::IncrementalAlterConfigs { resource, changes }) => {
            if config::alter_configs(broker, resource, changes).error != ErrorCode::None {
                return None;
            }
            forward(from, ControllerRequest::IncrementalAlterConfigs(resource.clone(), changes.clone()))
        }
        _ => return None,
    })
}

fn forward(from: RequestId, request: ControllerRequest) -> Outcome {
    Outcome { sends: vec![ask_controller(Call::Forwarded(from), request)], ..Outcome::default() }
}

/// The same outcome, with its new topics asked of the controller.
fn creating_elsewhere(mut outcome: Outcome) -> Outcome {
    let mut topics = Vec::new();
    outcome.events.retain(|event| match event {
        Event::TopicCreated { topic, partitions, .. } => {
            topics.push(NewTopic {
                name: topic.clone(),
                partitions: Some(*partitions),
                replication_factor: None,
                config: TopicConfig::default(),
            });
            false
        }
        _ => true,
    });
    if !topics.is_empty() {
        let request = ControllerRequest::CreateTopics(CreateTopicsRequest { topics }, Map::new());
        outcome.sends.push(ask_controller(Call::CreateTopic, request));
    }
    outcome
}

/// The controller has answered a client's request.
pub(super) fn answered(from: RequestId, response: &ControllerResponse) -> Outcome {
    let response = match response {
        ControllerResponse::CreateTopics(answer) => Response::CreateTopics(answer.clone()),
        ControllerResponse::CreatePartitions(answer) => Response::CreatePartitions(answer.clone()),
        ControllerResponse::DeleteTopics(answer) => Response::DeleteTopics(answer.clone()),
        ControllerResponse::IncrementalAlterConfigs(error, words) => Response::Admin(AdminResponse {
            api: response.api(),
            error: *error,
            words: words.clone(),
            partitions: Vec::new(),
        }),
        other => Response::Controller(Box::new(other.clone())),
    };
    Outcome::reply(from, response)
}
