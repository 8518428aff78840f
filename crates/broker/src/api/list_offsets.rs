//! ListOffsets (`ReplicaManager.fetchOffset`).

use super::led;
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{ListOffsetsRequest, ListOffsetsResponse, ListedOffset, OffsetSpec};
use millrace_model::{ErrorCode, LeaderEpoch, Offset, Response, Timestamp, TopicPartition};

pub(crate) fn list_offsets(broker: &Broker, from: RequestId, request: &ListOffsetsRequest) -> Outcome {
    let mut outcome = Outcome::default();
    let mut partitions = Vec::with_capacity(request.partitions.len());
    for (tp, spec) in &request.partitions {
        let (error, (offset, timestamp, leader_epoch)) = match look_up(broker, tp, *spec) {
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

fn look_up(broker: &Broker, tp: &TopicPartition, spec: OffsetSpec) -> Result<Found, ErrorCode> {
    let partition = led(broker, tp)?;
    let log = &partition.log;
    let found = match spec {
        OffsetSpec::Earliest => {
            return Ok((log.log_start_offset(), Timestamp::NONE, partition.info.leader_epoch));
        }
        OffsetSpec::Latest => {
            return Ok((log.high_watermark(), Timestamp::NONE, partition.info.leader_epoch));
        }
        OffsetSpec::MaxTimestamp => log.offset_of_max_timestamp(),
        OffsetSpec::Timestamp(target) => log.offset_for_timestamp(target),
    };
    // What lies above the high watermark is not there yet for readers.
    let visible = found.filter(|found| found.offset < log.high_watermark());
    Ok(visible.map_or(NOT_FOUND, |found| (found.offset, found.timestamp, found.leader_epoch)))
}
