//! OffsetFetch (`OffsetMetadataManager.fetchOffsets`, `fetchAllOffsets`).

use super::coordinates;
use super::draft::rejection;
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{OffsetFetchRequest, OffsetFetchResponse};
use millrace_model::{ErrorCode, MemberId, Response};

pub(crate) fn offset_fetch(broker: &Broker, from: RequestId, request: &OffsetFetchRequest) -> Outcome {
    if let Err(error) = coordinates(broker, &request.group) {
        let response = OffsetFetchResponse { error, partitions: Vec::new() };
        let mut outcome = Outcome::reply(from, Response::OffsetFetch(response));
        outcome.events.push(rejection("OffsetFetch", &request.group, &MemberId::unknown(), error));
        return outcome;
    }
    // A group that nobody knows has committed nothing; that is no error.
    let group = broker.group(request.group.as_str());
    let partitions = match &request.partitions {
        Some(asked) => asked
            .iter()
            .map(|tp| (tp.clone(), group.and_then(|group| group.committed(tp)).cloned()))
            .collect(),
        None => group
            .map(|group| group.offsets().iter().map(|(tp, c)| (tp.clone(), Some(c.clone()))).collect())
            .unwrap_or_default(),
    };
    let response = OffsetFetchResponse { error: ErrorCode::None, partitions };
    Outcome::reply(from, Response::OffsetFetch(response))
}
