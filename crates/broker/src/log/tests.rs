use super::PartitionLog;
use millrace_model::{Batch, LeaderEpoch, Offset, Record, StoredBatch, Time, Timestamp};
use std::sync::Arc;

/// A log of `batches` batches of three records; the record at offset n has timestamp n.
fn log(batches: i64) -> PartitionLog {
    let mut log = PartitionLog::new();
    for n in 0..batches {
        let records = (0..3).map(|i| Record::new(Timestamp(3 * n + i), None, Some(b"v"))).collect();
        log.append(&StoredBatch {
            base_offset: log.log_end_offset(),
            leader_epoch: LeaderEpoch(0),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(Batch::new(records)),
        });
    }
    log
}

/// Every offset of a log that spans several chunks: a read begins with the batch that holds it.
#[test]
fn a_read_begins_with_the_batch_that_holds_the_offset() {
    let log = log(300);
    let end = log.log_end_offset();
    assert_eq!(end, Offset(900));
    for offset in 0..900 {
        let read = log.read(Offset(offset), end, 0, true);
        let bases: Vec<i64> = read.iter().map(|stored| stored.base_offset.0).collect();
        assert_eq!(bases, [offset / 3 * 3]);
        let found = log.offset_for_timestamp(Timestamp(offset)).map(|found| found.offset.0);
        assert_eq!(found, Some(offset));
        assert_eq!(log.batches_from(Offset(offset)).count() as i64, 300 - offset / 3);
    }
    assert_eq!(log.read(end, end, usize::MAX, true), []);
    assert_eq!(log.read(Offset(0), Offset(6), usize::MAX, true).len(), 2);
    assert_eq!(log.offset_for_timestamp(Timestamp(900)), None);
}

#[test]
fn an_empty_log_has_nothing_anywhere() {
    let log = PartitionLog::new();
    assert_eq!(log.batches_from(Offset(0)).count(), 0);
    assert_eq!(log.read(Offset(0), Offset(0), usize::MAX, true), []);
    assert_eq!(log.offset_of_max_timestamp(), None);
    assert_eq!((log.latest_epoch(), log.last_append()), (None, None));
}
