use super::*;
use millrace_model::{Batch, LeaderEpoch, Record, Time};
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000_000);

fn batch(log: &PartitionLog, timestamps: &[i64], value: usize) -> StoredBatch {
    let value = vec![b'v'; value];
    let record = |at: &i64| Record::new(Timestamp(*at), None, Some(&value));
    StoredBatch {
        base_offset: log.log_end_offset(),
        leader_epoch: LeaderEpoch(0),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::new(Batch::new(timestamps.iter().map(record).collect())),
    }
}

fn settings() -> SegmentSettings {
    SegmentSettings { segment_bytes: 1_000, index_interval_bytes: 100, ..SegmentSettings::default() }
}

fn append(log: &mut PartitionLog, timestamps: &[i64]) -> Option<RollReason> {
    let stored = batch(log, timestamps, 100);
    let reason = log.append(stored, NOW).unwrap();
    log.set_high_watermark(log.log_end_offset());
    reason
}

fn bases(log: &PartitionLog) -> Vec<i64> {
    log.segments().iter().map(|segment| segment.base_offset().0).collect()
}

#[test]
fn a_segment_rolls_by_size_by_time_and_when_an_index_is_full() {
    let mut log = PartitionLog::new(settings(), NOW);
    let reasons: Vec<_> = (0..7).map(|at| append(&mut log, &[at])).collect();
    // 170 bytes a batch: five are 850.
    assert_eq!(reasons, [None, None, None, None, None, Some(RollReason::Size), None]);
    assert_eq!(append(&mut log, &[5 + 604_800_000]), None);
    assert_eq!(append(&mut log, &[6 + 604_800_000]), Some(RollReason::Time));
    assert_eq!(bases(&log), [0, 5, 8]);
    // Room for two entries by timestamp, one of them kept for the roll.
    let tight = SegmentSettings { segment_index_bytes: 24, ..settings() };
    let mut log = PartitionLog::new(tight, NOW);
    let reasons: Vec<_> = (0..4).map(|at| append(&mut log, &[at])).collect();
    assert_eq!(reasons, [None, None, Some(RollReason::IndexFull), None]);
    let too_large = batch(&log, &[1], 2_000);
    let size = too_large.batch.size_in_bytes as u32;
    assert_eq!(log.append(too_large, NOW), Err(RecordBatchTooLarge { size, segment_bytes: 1_000 }));
    assert_eq!(log.log_end_offset(), Offset(4));
}

#[test]
fn indexes_are_sparse_and_find_what_a_walk_would_find() {
    let mut log = PartitionLog::new(settings(), NOW);
    let times = [50, 40, 60, 60, 55, 90, 80, 95, 10, 99, 97];
    for at in times {
        append(&mut log, &[at, at - 3]);
    }
    let [first, ..] = log.segments() else { panic!() };
    assert_eq!(first.offset_index().entries().collect::<Vec<_>>(), [(Offset(3), 279), (Offset(5), 558)]);
    let times_of = first.time_index().entries().collect::<Vec<_>>();
    assert_eq!(times_of, [(Timestamp(50), Offset(1)), (Timestamp(60), Offset(5))]);
    let all: Vec<(i64, i64)> = (0..).zip(times.iter().flat_map(|at| [*at, at - 3])).collect();
    // Kafka looks into the first segment that is late enough and nowhere else, although it may lie below the start.
    let bases = bases(&log);
    let ends: Vec<i64> = bases.iter().skip(1).copied().chain([i64::MAX]).collect();
    for start in 0..22 {
        log.maybe_increment_log_start_offset(Offset(start)).unwrap();
        for target in 0..=101 {
            let segment = bases.iter().zip(&ends).find_map(|(base, end)| {
                let records = all.iter().filter(|(offset, _)| (base..end).contains(&offset));
                let records: Vec<_> = records.collect();
                records.iter().any(|(_, at)| *at >= target).then_some(records)
            });
            let walked = segment.and_then(|records| {
                records.into_iter().find(|(offset, at)| *offset >= start && *at >= target)
            });
            let walked = walked.map(|(offset, at)| (Offset(*offset), Timestamp(*at)));
            let found = log.fetch_offset_by_timestamp(TimestampQuery::At(Timestamp(target)));
            assert_eq!(found, walked, "{start} {target}");
        }
    }
    assert_eq!(
        log.fetch_offset_by_timestamp(TimestampQuery::MaxTimestamp),
        Some((Offset(18), Timestamp(99)))
    );
}

#[test]
fn retention_takes_whole_segments_from_the_oldest_on_and_none_above_the_high_watermark() {
    let mut log = PartitionLog::new(settings(), NOW);
    for at in 0..22 {
        append(&mut log, &[at]);
    }
    assert_eq!(bases(&log), [0, 5, 10, 15, 20]);
    let by =
        |retention_ms, retention_bytes| RetentionSettings { delete: true, retention_ms, retention_bytes };
    let gone = |log: &mut PartitionLog, settings: &RetentionSettings, now| {
        let deleted = log.delete_old_segments(settings, Timestamp(now));
        deleted.iter().map(|segment| (segment.base_offset.0, segment.reason)).collect::<Vec<_>>()
    };
    let mut held = log.clone();
    held.set_high_watermark(Offset(9));
    assert_eq!(gone(&mut held, &by(0, -1), 100), [(0, SegmentDeletionReason::Time)]);
    assert_eq!((held.log_start_offset(), bases(&held)), (Offset(5), vec![5, 10, 15, 20]));

    let mut sized = log.clone();
    let size = sized.size_in_bytes() as i64;
    assert_eq!(gone(&mut sized, &by(-1, size - 849), 100), []);
    assert_eq!(gone(&mut sized, &by(-1, size - 850), 100), [(0, SegmentDeletionReason::Size)]);

    let mut started = log.clone();
    assert_eq!(started.maybe_increment_log_start_offset(Offset(12)), Ok(true));
    assert_eq!(started.maybe_increment_log_start_offset(Offset(11)), Ok(false));
    let said = started.maybe_increment_log_start_offset(Offset(23)).unwrap_err().to_string();
    let kafkas = "Cannot increment the log start offset to 23 since it is larger than the high watermark 22";
    assert_eq!(said, kafkas);
    let compacted = RetentionSettings { delete: false, retention_ms: 0, retention_bytes: 0 };
    let start = SegmentDeletionReason::StartOffset;
    assert_eq!(gone(&mut started, &compacted, 100), [(0, start), (5, start)]);

    // All of them: what is appended next finds an empty segment.
    assert_eq!(gone(&mut log, &by(5, -1), 100).len(), 5);
    assert_eq!((bases(&log), log.log_start_offset(), log.size_in_bytes()), (vec![22], Offset(22), 0));
    assert_eq!(gone(&mut log, &by(5, -1), 9_000_000), []);
    log.roll(None, NOW);
    assert_eq!(bases(&log), [22]);
}

/// Every offset of a log that spans several chunks: a read begins with the batch that holds it.
#[test]
fn a_read_begins_with_the_batch_that_holds_the_offset() {
    let mut log = PartitionLog::new(SegmentSettings::default(), NOW);
    for n in 0..300 {
        let stored = batch(&log, &[3 * n, 3 * n + 1, 3 * n + 2], 1);
        log.append_to_active(stored);
    }
    let end = log.log_end_offset();
    log.set_high_watermark(end);
    assert_eq!(end, Offset(900));
    let read =
        |from, max, min_one| log.read(Offset(from), FetchIsolation::HighWatermark, max, min_one).batches;
    for offset in 0..900 {
        let bases: Vec<i64> = read(offset, 0, true).iter().map(|stored| stored.base_offset.0).collect();
        assert_eq!(bases, [offset / 3 * 3]);
        let found = log.offset_for_timestamp(Timestamp(offset)).map(|found| found.offset.0);
        assert_eq!(found, Some(offset));
        assert_eq!(log.batches_from(Offset(offset)).count() as i64, 300 - offset / 3);
    }
    assert_eq!(read(900, usize::MAX, true), []);
    assert_eq!(read(0, 2 * 69 + 2 * 16 + 40, false).len(), 2);
    assert_eq!(log.offset_for_timestamp(Timestamp(900)), None);
    assert_eq!(
        (log.record_count(), log.bytes_from(Offset(897), 1_000)),
        (900, log.segments()[0].batches().last().unwrap().size as usize)
    );
}

#[test]
fn an_empty_log_has_nothing_anywhere() {
    let log = PartitionLog::new(SegmentSettings::default(), NOW);
    assert_eq!(log.batches_from(Offset(0)).count(), 0);
    assert_eq!(log.read(Offset(0), FetchIsolation::LogEnd, usize::MAX, true).batches, []);
    assert_eq!(log.offset_of_max_timestamp(), None);
    assert_eq!((log.latest_epoch(), log.last_append()), (None, None));
}

/// A log whose records nobody has read: what a deletion or a later start takes away is not counted any more.
#[test]
fn records_are_counted_from_the_start_on() {
    let mut log = PartitionLog::new(settings(), NOW);
    for at in 0..22 {
        append(&mut log, &[at, at]);
    }
    assert_eq!((log.record_count(), log.records_held()), (44, 44));
    log.maybe_increment_log_start_offset(Offset(13)).unwrap();
    assert_eq!((log.record_count(), log.records_held()), (31, 44));
    let by = RetentionSettings { delete: true, retention_ms: -1, retention_bytes: -1 };
    assert_eq!(log.deletion_due(&by, NOW), Some(NOW));
    assert!(!log.delete_old_segments(&by, NOW).is_empty());
    assert_eq!(log.deletion_due(&by, NOW), None);
    assert_eq!(log.record_count(), 31);
    assert!(log.records_held() < 44);
    let first = log.segments()[0].largest_timestamp();
    let timed = RetentionSettings { retention_ms: 100, ..by };
    assert_eq!(log.deletion_due(&timed, NOW), Some(Timestamp(first.0 + 101)));
    assert_eq!(log.delete_old_segments(&timed, Timestamp(first.0 + 100)), []);
    assert!(!log.delete_old_segments(&timed, Timestamp(first.0 + 101)).is_empty());
}
