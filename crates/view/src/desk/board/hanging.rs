//! Transactions that hang: open in a partition, and unknown there to every coordinator, so that nobody will ever write their
//! marker (`kafka-transactions find-hanging`, KIP-664).

use super::coordinator::{Known, whole_tenths};
use super::{Who, deeds};
use crate::{Action, words};
use millrace_broker::PartitionLog;
use millrace_model::{Offset, ProducerEpoch, ProducerId, Span, TopicPartition};
use millrace_sim::World;
use millrace_words::transactions as say;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hanging {
    /// Where it is open.
    pub tp: TopicPartition,
    /// Whose it is.
    pub producer_id: ProducerId,
    /// Under which epoch.
    pub producer_epoch: ProducerEpoch,
    /// The epoch of the coordinator that wrote its producer's last marker there; -1 if there was none.
    pub coordinator_epoch: i32,
    /// Its first record.
    pub first: Offset,
    /// For how long its partition has had it.
    pub age: Span,
    /// All of it in words.
    pub says: String,
    /// What ends it.
    pub deed: Option<Action>,
}

pub(super) fn hanging(
    world: &World,
    known: &Known<'_>,
    partitions: &[(TopicPartition, &PartitionLog)],
    who: &Who,
) -> Vec<Hanging> {
    let is_known = |tp: &TopicPartition, id: ProducerId| {
        known.all().any(|(_, _, metadata)| metadata.producer_id == id && metadata.partitions.contains(tp))
    };
    let mut found = Vec::new();
    for (tp, log) in partitions {
        for entry in log.producers().producers() {
            let Some(first) = entry.current_txn_first_offset else { continue };
            if is_known(tp, entry.producer_id) {
                continue;
            }
            let since = log.batches_from(first).next().map_or(world.now(), |stored| stored.appended_at);
            let age = whole_tenths(world.now(), since);
            let mut hanging = Hanging {
                tp: tp.clone(),
                producer_id: entry.producer_id,
                producer_epoch: entry.producer_epoch,
                coordinator_epoch: entry.coordinator_epoch,
                first,
                age,
                says: say::hangs(
                    tp,
                    &who.name(entry.producer_id),
                    &entry.producer_epoch,
                    &first,
                    &words::span(age),
                ),
                deed: None,
            };
            hanging.deed = Some(deeds::of_hanging(&hanging));
            found.push(hanging);
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use millrace_broker::log::segments::SegmentSettings;
    use millrace_model::{Batch, LeaderEpoch, ProducedBy, Record, StoredBatch, Time, Timestamp};
    use millrace_sim::{Setup, Timeline};
    use std::sync::Arc;

    /// A batch that came after its transaction's marker opens one again of which nobody knows (KIP-890 is about that).
    #[test]
    fn a_transaction_that_no_coordinator_knows_hangs_and_a_line_ends_it() {
        let mut timeline = Timeline::new(Setup::default());
        while timeline.run_until(Time(90_000_000), 1_000) == 1_000 {}
        let mut log = PartitionLog::new(SegmentSettings::default(), Timestamp(0));
        let producer = ProducedBy {
            id: ProducerId(7),
            epoch: ProducerEpoch(3),
            base_sequence: 0,
            is_transactional: true,
            marker: None,
        };
        let record = Record::new(Timestamp(0), Some(b"a"), Some(b"1"));
        let stored = StoredBatch {
            base_offset: Offset(0),
            leader_epoch: LeaderEpoch(0),
            appended_at: Time(30_000_000),
            log_append_time: None,
            batch: Arc::new(Batch::new(vec![record]).produced_by(producer)),
        };
        log.append(stored, Timestamp(0)).unwrap();
        let world = timeline.world();
        let known = Known::of(world);
        let partitions = [(TopicPartition::new("orders", 0), &log)];
        let who = Who::of(&known, partitions.iter().map(|(_, log)| *log));
        let found = hanging(world, &known, &partitions, &who);
        assert_eq!(found.len(), 1);
        let since = words::span(whole_tenths(world.now(), Time(30_000_000)));
        assert_eq!(
            found[0].says,
            format!(
                "orders-0: a transaction of producer 7 (epoch 3) hangs at offset 0 for {since}: no coordinator knows of it"
            )
        );
        assert_eq!(
            found[0].deed.as_ref().unwrap().line,
            "kafka-transactions abort --topic orders --partition 0 --producer-id 7 --producer-epoch 3 --coordinator-epoch 0"
        );
    }
}
