use super::*;
use crate::log::segments::{FetchIsolation, SegmentSettings};
use millrace_model::{
    Batch, EndTxnMarker, LeaderEpoch, ProducedBy, ProducerEpoch, ProducerId, Record, StoredBatch, Time,
};

const NOW: Timestamp = Timestamp(1_000_000);

/// One batch a letter: the key is its first letter, the value the second, if there is one.
fn append(log: &mut PartitionLog, records: &[&str], producer: Option<ProducedBy>) {
    let record = |text: &&str| {
        let (key, value) = text.split_at(1);
        Record::new(NOW, Some(key.as_bytes()), Some(value.as_bytes()).filter(|value| !value.is_empty()))
    };
    let batch = Batch::new(records.iter().map(record).collect());
    put(log, producer.map_or(batch.clone(), |producer| batch.produced_by(producer)));
}

fn put(log: &mut PartitionLog, batch: Batch) {
    let stored = StoredBatch {
        base_offset: log.log_end_offset(),
        leader_epoch: LeaderEpoch(0),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::new(batch),
    };
    log.append(stored, NOW).unwrap();
    log.set_high_watermark(log.log_end_offset());
}

fn log_of(segments: &[&[&str]]) -> PartitionLog {
    let mut log = PartitionLog::new(SegmentSettings::default(), NOW);
    for segment in segments {
        for text in *segment {
            append(&mut log, &[text], None);
        }
        log.roll(None, NOW);
    }
    log
}

fn clean(log: &mut PartitionLog, last: Option<i64>, now: Timestamp) -> (i64, String) {
    let settings = CompactionSettings { delete_retention_ms: 100, ..CompactionSettings::default() };
    let plan = log.to_clean(last.map(Offset), &settings, now);
    let cleaned = log.clean(&plan, &settings, now);
    log.replace_segments(&cleaned);
    (cleaned.clean_until.0, text(log))
}

/// What is left: offset, key and value of each record, segments apart.
fn text(log: &PartitionLog) -> String {
    let segment = |segment: &Arc<LogSegment>| {
        let records = segment.batches().flat_map(|logged| logged.stored.records_from(Offset(0)));
        let show = |(offset, record): (Offset, &Record)| {
            let bytes = |bytes: &Option<millrace_model::Bytes>| {
                bytes.as_ref().map_or("-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            format!("{}{}{}", offset.0, bytes(&record.key), bytes(&record.value))
        };
        records.map(show).collect::<Vec<_>>().join(" ")
    };
    log.segments().iter().map(segment).collect::<Vec<_>>().join(" | ")
}

#[test]
fn the_last_record_of_each_key_stays_and_a_tombstone_goes_in_the_second_pass_after_its_horizon() {
    let mut log = log_of(&[&["a1", "b1", "a2"], &["b", "c1"]]);
    let before = log.clone();
    assert_eq!(clean(&mut log, None, NOW), (5, "2a2 3b- 4c1 | ".to_owned()));
    // One reads on over the gap; who asks for what is gone gets what comes after it.
    let read = log.read(Offset(0), FetchIsolation::HighWatermark, usize::MAX, true);
    assert_eq!(read.batches.iter().map(|stored| stored.base_offset.0).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(before.segments().len(), 3, "a clone keeps what it had");
    append(&mut log, &["c2"], None);
    log.roll(None, NOW);
    assert_eq!(clean(&mut log, Some(5), Timestamp(NOW.0 + 99)).1, "2a2 3b- 5c2 | ");
    append(&mut log, &["c3"], None);
    log.roll(None, NOW);
    assert_eq!(clean(&mut log, Some(6), Timestamp(NOW.0 + 100)).1, "2a2 6c3 | ");
}

#[test]
fn nothing_is_cleaned_in_the_active_segment_nor_above_an_open_transaction() {
    let mut log = log_of(&[&["a1", "a2"]]);
    append(&mut log, &["a3"], None);
    assert_eq!(clean(&mut log, None, NOW), (2, "1a2 | 2a3".to_owned()));
    let open = ProducedBy {
        id: ProducerId(1),
        epoch: ProducerEpoch(0),
        base_sequence: 0,
        is_transactional: true,
        marker: None,
    };
    let mut log = log_of(&[&["a1"]]);
    append(&mut log, &["a2"], Some(open));
    log.roll(None, NOW);
    append(&mut log, &["a3"], None);
    log.roll(None, NOW);
    let settings = CompactionSettings::default();
    assert_eq!(log.to_clean(None, &settings, NOW).first_uncleanable_offset, Offset(1));
    let marker = EndTxnMarker { committed: false, coordinator_epoch: 0 };
    put(&mut log, Batch::end_transaction(open, marker, NOW));
    log.roll(None, NOW);
    // The aborted record is gone; its batch stays empty, being its producer's last, and so does the marker.
    assert_eq!(clean(&mut log, None, NOW).0, 4);
    let sizes: Vec<usize> = log.segments()[0].batches().map(|logged| logged.stored.batch.len()).collect();
    assert_eq!(sizes, [0, 1, 1]);
}

#[test]
fn a_log_is_due_by_its_dirty_ratio_or_when_it_has_waited_too_long() {
    let mut log = log_of(&[&["a1"], &["b1"]]);
    let settings = CompactionSettings { max_compaction_lag_ms: 50, ..CompactionSettings::default() };
    let plan = |log: &PartitionLog, last, now| log.to_clean(last, &settings, Timestamp(NOW.0 + now));
    assert_eq!(
        (plan(&log, None, 0).cleanable_ppm(), plan(&log, None, 0).is_due(&settings)),
        (1_000_000, true)
    );
    // Half is not more than half.
    let half = plan(&log, Some(Offset(1)), 50);
    assert_eq!((half.cleanable_ppm(), half.compaction_delay_ms, half.is_due(&settings)), (500_000, 0, false));
    let late = plan(&log, Some(Offset(1)), 51);
    assert_eq!((late.compaction_delay_ms, late.is_due(&settings)), (1, true));
    // A checkpoint below the log's start is not believed.
    log.maybe_increment_log_start_offset(Offset(1)).unwrap();
    assert_eq!(plan(&log, Some(Offset(0)), 0).first_dirty_offset, Offset(1));
    let young = CompactionSettings { min_compaction_lag_ms: 10, ..CompactionSettings::default() };
    let first = |now| log.to_clean(None, &young, Timestamp(NOW.0 + now)).first_uncleanable_offset;
    assert_eq!((first(9), first(10)), (Offset(1), Offset(2)));
    assert!(!log_of(&[]).to_clean(None, &settings, NOW).is_due(&settings));
}

/// Every log of four records over two keys, with and without values, in every split into segments: a reader that starts at
/// the beginning ends with the same table before and after any number of passes.
#[test]
fn cleaning_never_changes_the_table_that_a_reader_builds() {
    let table = |log: &PartitionLog| {
        let mut table = std::collections::BTreeMap::new();
        let batches = log.segments().iter().flat_map(|segment| segment.batches());
        for (_, record) in batches.flat_map(|logged| logged.stored.records_from(Offset(0))) {
            match &record.value {
                Some(value) => drop(table.insert(record.key.clone(), value.clone())),
                None => drop(table.remove(&record.key)),
            }
        }
        table
    };
    let kinds = ["a1", "a", "b1", "b"];
    for n in 0..256_usize {
        for splits in 0..8_u32 {
            let mut log = PartitionLog::new(SegmentSettings::default(), NOW);
            for at in 0..4 {
                append(&mut log, &[kinds[(n >> (2 * at)) % 4]], None);
                if splits & (1 << at) != 0 {
                    log.roll(None, NOW);
                }
            }
            let before = table(&log);
            let mut last = None;
            for pass in 0..3 {
                let (until, _) = clean(&mut log, last, Timestamp(NOW.0 + 200 * pass));
                last = Some(until);
                assert_eq!(table(&log), before, "{n} {splits} {pass}");
            }
            assert_eq!(log.log_end_offset(), Offset(4));
        }
    }
}
