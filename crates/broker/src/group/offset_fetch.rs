//! OffsetFetch (`OffsetMetadataManager.fetchOffsets`, `fetchAllOffsets`).

use super::coordinates;
use super::draft::rejection;
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{OffsetFetchRequest, OffsetFetchResponse};
use millrace_model::{ErrorCode, MemberId, Response};

pub(crate) fn offset_fetch(broker: &Broker, from: RequestId, request: &OffsetFetchRequest) -> Outcome {
    // A group that nobody knows has committed nothing; that is no error.
    let group = broker.group(request.group.as_str());
    let checked = coordinates(broker, &request.group).and_then(|()| match group.and_then(|g| g.consumer()) {
        Some(consumer) => super::consumer::validate_offset_fetch(consumer, request.member.as_ref()),
        None => Ok(()),
    });
    if let Err(error) = checked {
        let response = OffsetFetchResponse { error, partitions: Vec::new() };
        let mut outcome = Outcome::reply(from, Response::OffsetFetch(response));
        let member = request.member.as_ref().map_or(MemberId::unknown(), |(member, _)| member.clone());
        outcome.events.push(rejection("OffsetFetch", &request.group, &member, error));
        return outcome;
    }
    let is_unstable = |group: &super::Group| match &request.partitions {
        Some(asked) => asked.iter().any(|tp| group.has_pending_offsets(tp)),
        None => !group.pending_txn_offsets.is_empty(),
    };
    if request.require_stable && group.is_some_and(is_unstable) {
        // In Kafka each partition has an error of its own; a consumer asks again for all of them either way.
        let error = ErrorCode::UnstableOffsetCommit;
        let response = OffsetFetchResponse { error, partitions: Vec::new() };
        return Outcome::reply(from, Response::OffsetFetch(response));
    }
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
