//! What readers are shown of a log, held against nothing but the log itself.

use millrace_model::{Record, TopicPartition};
use millrace_sim::World;

/// The records of a partition in transactions that were committed, and those in none (`read_committed`); with `aborted` also
/// those of transactions that were aborted. In the order of their transactions' ends.
pub fn shown(world: &World, tp: &TopicPartition, aborted: bool) -> Vec<Record> {
    let Some(log) = world.log(tp) else { return Vec::new() };
    let mut open: Vec<(i64, Vec<Record>)> = Vec::new();
    let mut shown = Vec::new();
    for stored in log.batches_from(log.log_start_offset()) {
        let producer = stored.batch.producer.as_deref();
        if let Some((id, marker)) = producer.and_then(|p| Some((p.id.0, p.marker?))) {
            let ended = open.extract_if(.., |(other, _)| *other == id).flat_map(|(_, records)| records);
            shown.extend(ended.filter(|_| marker.committed || aborted));
            continue;
        }
        let records = stored.batch.records.iter().cloned();
        match producer.filter(|p| p.is_transactional) {
            Some(producer) => open.push((producer.id.0, records.collect())),
            None => shown.extend(records),
        }
    }
    shown
}
