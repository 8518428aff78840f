//! DeleteRecords (`ReplicaManager.deleteRecordsOnLocalLog`, `Partition.deleteRecordsOnLeader`): the log start offset moves
//! up, never down.

use super::Administered;
use crate::api::led;
use crate::{Broker, Event, is_internal};
use millrace_model::{ErrorCode, Offset, TopicPartition};

pub(super) fn delete_records(broker: &Broker, offsets: &[(TopicPartition, Offset)]) -> Administered {
    let mut done = Administered::done(Vec::new());
    for (tp, offset) in offsets {
        let (error, low_watermark) = match check(broker, tp, *offset) {
            Ok((from, to)) => {
                if to > from {
                    let event = Event::RecordsDeleted { tp: tp.clone(), log_start_offset: to };
                    done.events.push(event);
                }
                (ErrorCode::None, to.max(from))
            }
            Err(error) => (error, Offset(-1)),
        };
        done.partitions.push((tp.clone(), error, low_watermark));
    }
    done
}

/// Where the log begins, and where it shall.
fn check(broker: &Broker, tp: &TopicPartition, offset: Offset) -> Result<(Offset, Offset), ErrorCode> {
    const HIGH_WATERMARK: Offset = Offset(-1);
    if is_internal(tp.topic.as_str()) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let log = &led(broker, tp)?.log;
    let to = if offset == HIGH_WATERMARK { log.high_watermark() } else { offset };
    if to.0 < 0 || to > log.high_watermark() {
        return Err(ErrorCode::OffsetOutOfRange);
    }
    Ok((log.log_start_offset(), to))
}
