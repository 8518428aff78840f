//! ImportLogs, which no Kafka has: an empty log begins and ends where another cluster's does. What lies between is not
//! known: readers find nothing there, and wait for what comes behind it.

use super::Administered;
use crate::api::led;
use crate::{Broker, Event, is_internal};
use millrace_model::{ErrorCode, Offset, TopicPartition};

pub(super) fn import_logs(broker: &Broker, offsets: &[(TopicPartition, Offset, Offset)]) -> Administered {
    let mut done = Administered::done(Vec::new());
    for (tp, start, end) in offsets {
        let error = match check(broker, tp, *start, *end) {
            Ok(()) => {
                let (tp, log_start_offset, log_end_offset) = (tp.clone(), *start, *end);
                done.events.push(Event::LogImported { tp, log_start_offset, log_end_offset });
                ErrorCode::None
            }
            Err(error) => error,
        };
        done.partitions.push((tp.clone(), error, *start));
    }
    if let Some((tp, error, _)) = done.partitions.iter().find(|(_, error, _)| *error != ErrorCode::None) {
        // All or nothing: half a cluster helps nobody.
        let words = format!(
            "{tp}: offsets are imported into empty logs only, from a start of at least 0 to an end behind it."
        );
        return Administered::refused(*error, Some(words.into()));
    }
    done
}

fn check(broker: &Broker, tp: &TopicPartition, start: Offset, end: Offset) -> Result<(), ErrorCode> {
    if is_internal(tp.topic.as_str()) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let log = &led(broker, tp)?.log;
    if start.0 < 0 || end < start {
        return Err(ErrorCode::OffsetOutOfRange);
    }
    if log.log_end_offset().0 > 0 { Err(ErrorCode::InvalidRequest) } else { Ok(()) }
}
