//! Whether side effects were done in the order of their keys.

use super::World;
use millrace_client::listener::{Deed, headers};
use millrace_model::{Bytes, Map, Offset, TopicPartition};

impl World {
    /// How many side effects were done for a record after one of a later record with the same key was done: what came too
    /// late overwrites what is newer. A copy that was sent again counts as the record that it is a copy of.
    pub fn disordered(&self, group: &str) -> u64 {
        let Some(ledger) = self.ledger(group) else { return 0 };
        let mut newest: Map<(TopicPartition, Bytes), Offset> = Map::new();
        let mut count = 0;
        for entry in ledger.entries().filter(|entry| entry.deed == Deed::Done) {
            let Some(log) = self.log(&entry.tp) else { continue };
            let records = log.batches_from(entry.from).flat_map(|batch| batch.records_from(entry.from));
            for (offset, record) in records.take_while(|(offset, _)| *offset < entry.to) {
                let Some(key) = &record.key else { continue };
                let (tp, at) = headers::original(record).unwrap_or_else(|| (entry.tp.clone(), offset));
                let newest = newest.entry((tp, key.clone())).or_insert(at);
                if at < *newest {
                    count += 1;
                }
                *newest = at.max(*newest);
            }
        }
        count
    }
}
