//! Final results that the store has given up: read back from the tail of the output topic.
//!
//! A window store keeps a window for its size and grace of stream time and drops whole segments; the picture would lose a
//! window in the very moment in which it is final. What was written of it is still in the log.

use crate::axis::Axis;
use crate::cast::{self, Cast};
use millrace_model::{Bytes, Map, Offset, TopicName};
use millrace_streams::Key;
use millrace_streams::topology::TimeWindows;
use millrace_streams::topology::function::Aggregation;

/// Records of each partition's tail that are read.
const TAIL: i64 = 160;

/// The last results by key and window start, as far as they are windowed results of such windows in sight.
pub fn remembered(
    cast: &Cast<'_>,
    outputs: &[TopicName],
    windows: TimeWindows,
    aggregation: &Aggregation,
    axis: &Axis,
) -> Map<(Bytes, i64), String> {
    let mut found = Map::new();
    let topics = outputs.iter().filter_map(|name| cast::topic(cast.world, name.as_str()));
    for (_, log) in topics.flat_map(cast::logs) {
        let from = Offset(log.log_end_offset().0.saturating_sub(TAIL)).max(log.log_start_offset());
        if from >= log.log_end_offset() {
            continue;
        }
        for (_, record) in log.batches_from(from).flat_map(|batch| batch.records_from(from)) {
            let key = record.key.as_ref().and_then(|key| Key::from_time_windowed(key, windows.size_ms()));
            let Some(Key::Windowed { key, window }) = key else { continue };
            if axis.floor(window.start.0).is_some() {
                let value = record.value.as_ref().map(|value| read(aggregation, value));
                found.insert((key, window.start.0), value.unwrap_or_default());
            }
        }
    }
    found
}

fn read(aggregation: &Aggregation, value: &Bytes) -> String {
    match (aggregation, <[u8; 8]>::try_from(&**value)) {
        (Aggregation::Count, Ok(long)) => i64::from_be_bytes(long).to_string(),
        _ => crate::words::bytes(Some(value)),
    }
}
