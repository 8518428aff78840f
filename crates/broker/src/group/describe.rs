//! DescribeGroups: the state, as tools ask for it (`GroupMetadataManager.describeGroups`).

use super::coordinates;
use super::draft::rejection;
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{DescribeGroupsRequest, DescribeGroupsResponse};
use millrace_model::{ErrorCode, MemberId, Response};

pub(crate) fn describe(broker: &Broker, from: RequestId, request: &DescribeGroupsRequest) -> Outcome {
    if let Err(error) = coordinates(broker, &request.group)
        && (broker.replicas().is_some() || broker.group(request.group.as_str()).is_some())
    {
        let response = DescribeGroupsResponse { error, state: "".into() };
        let mut outcome = Outcome::reply(from, Response::DescribeGroups(response));
        outcome.events.push(rejection("DescribeGroups", &request.group, &MemberId::unknown(), error));
        return outcome;
    }
    // A group that nobody knows is described as dead; that is no error.
    let state = broker.group(request.group.as_str()).map_or_else(
        || "Dead".to_owned(),
        |group| match group.consumer() {
            Some(consumer) => consumer.state().to_string(),
            None => group.state().to_string(),
        },
    );
    let response = DescribeGroupsResponse { error: ErrorCode::None, state: state.into() };
    Outcome::reply(from, Response::DescribeGroups(response))
}
