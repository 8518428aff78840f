//! ListOffsets (`ReplicaManager.fetchOffset`).

use super::led;
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{
    IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, ListedOffset, OffsetSpec,
};
use millrace_model::{ErrorCode, LeaderEpoch, Offset, Response, Timestamp, TopicPartition};

pub(crate) fn list_offsets(broker: &Broker, from: RequestId, request: &ListOffsetsRequest) -> Outcome {
    let mut outcome = Outcome::default();
    let mut partitions = Vec::with_capacity(request.partitions.len());
    for (tp, spec) in &request.partitions {
        let (error, (offset, timestamp, leader_epoch)) =
            match look_up(broker, tp, *spec, request.isolation_level) {
                Ok(found) => (ErrorCode::None, found),
                Err(error) => {
                    outcome.events.push(Event::rejected("ListOffsets", &tp.to_string(), error, None));
                    (error, NOT_FOUND)
                }
            };
        partitions.push(ListedOffset { tp: tp.clone(), error, timestamp, offset, leader_epoch });
    }
    outcome.replies.push((from, Response::ListOffsets(ListOffsetsResponse { partitions })));
    outcome
}

type Found = (Offset, Timestamp, LeaderEpoch);

/// `ListOffsetsResponse.UNKNOWN_OFFSET` and its companions.
const NOT_FOUND: Found = (Offset(-1), Timestamp::NONE, LeaderEpoch(-1));

fn look_up(
    broker: &Broker,
    tp: &TopicPartition,
    spec: OffsetSpec,
    isolation_level: IsolationLevel,
) -> Result<Found, ErrorCode> {
    let partition = led(broker, tp)?;
    let log = &partition.log;
    let end = match isolation_level {
        IsolationLevel::ReadUncommitted => log.high_watermark(),
        IsolationLevel::ReadCommitted => log.last_stable_offset(),
    };
    let found = match spec {
        OffsetSpec::Earliest => {
            return Ok((log.log_start_offset(), Timestamp::NONE, partition.info.leader_epoch));
        }
        OffsetSpec::Latest => {
            not_behind(broker, tp, log)?;
            return Ok((end, Timestamp::NONE, partition.info.leader_epoch));
        }
        OffsetSpec::MaxTimestamp => log.offset_of_max_timestamp(),
        OffsetSpec::Timestamp(target) => log.offset_for_timestamp(target),
    };
    // What lies above is not there yet for readers.
    let visible = found.filter(|found| found.offset < end);
    if visible.is_none() {
        not_behind(broker, tp, log)?;
    }
    Ok(visible.map_or(NOT_FOUND, |found| (found.offset, found.timestamp, found.leader_epoch)))
}

/// A new leader's high watermark may lie below what readers were shown already: until it has come to where this leadership
/// has begun, nobody is told the end (KIP-207).
fn not_behind(broker: &Broker, tp: &TopicPartition, log: &crate::PartitionLog) -> Result<(), ErrorCode> {
    let leader = broker.replicas().and_then(|replicas| replicas.leader(tp));
    match leader {
        Some(leader) if leader.epoch_start > log.high_watermark() => Err(ErrorCode::OffsetNotAvailable),
        _ => Ok(()),
    }
}
