//! Truncation against a log that never had the records.

use super::super::{FetchIsolation, SegmentSettings};
use super::*;
use millrace_model::{
    Batch, EndTxnMarker, LeaderEpoch, ProducedBy, ProducerEpoch, ProducerId, Record, StoredBatch, Time,
};

const NOW: Timestamp = Timestamp(1_000_000);

fn settings() -> SegmentSettings {
    SegmentSettings { segment_bytes: 600, index_interval_bytes: 100, ..SegmentSettings::default() }
}

/// Batch number `n`: two records, timestamps that do not only rise, epochs of seven batches each; every third batch
/// belongs to a transaction, whose marker is the batch after the next one.
fn batch(n: usize, at: Offset) -> StoredBatch {
    let producer = ProducedBy {
        id: ProducerId(7),
        epoch: ProducerEpoch(0),
        base_sequence: i32::try_from(n / 3 * 2).unwrap(),
        is_transactional: true,
        marker: None,
    };
    let times = [5, 40, 10, 70, 20, 60, 90, 30, 80, 95];
    let time = Timestamp(times[n % times.len()] + n as i64 * 3);
    let batch = match n % 3 {
        2 => {
            let marker = EndTxnMarker { committed: n.is_multiple_of(2), coordinator_epoch: 0 };
            Batch::end_transaction(ProducedBy { base_sequence: -1, ..producer }, marker, time)
        }
        kind => {
            let records = (0..2).map(|_| Record::new(time, None, Some(&[b'v'; 40]))).collect();
            let batch = Batch::new(records);
            if kind == 0 { batch.produced_by(producer) } else { batch }
        }
    };
    StoredBatch {
        base_offset: at,
        leader_epoch: LeaderEpoch(i32::try_from(n / 7).unwrap()),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::new(batch),
    }
}

fn log_of(batches: usize) -> PartitionLog {
    let mut log = PartitionLog::new(settings(), NOW);
    for n in 0..batches {
        let at = log.log_end_offset();
        log.append(batch(n, at), NOW).unwrap();
    }
    log
}

/// Everything that can be asked of a log.
fn shown(log: &PartitionLog) -> String {
    let mut text = format!(
        "{} {} {} {:?} {:?} {:?} {}\n",
        log.log_start_offset(),
        log.log_end_offset(),
        log.record_count(),
        log.leader_epochs().entries(),
        log.first_unstable_offset(),
        log.producers().producers().collect::<Vec<_>>(),
        log.contents_hash(log.log_end_offset()),
    );
    for segment in log.segments() {
        text += &format!(
            "{} {} {} {:?} {:?} {:?} {:?}\n{:?}\n",
            segment.base_offset(),
            segment.size_in_bytes(),
            segment.record_count(),
            segment.offset_index().entries().collect::<Vec<_>>(),
            segment.max_timestamp_and_offset_so_far(),
            segment.first_batch_timestamp(),
            segment.aborted_transactions(),
            segment.time_index().entries().collect::<Vec<_>>(),
        );
    }
    text
}

/// A truncated log stands as one that was never longer, wherever it is cut. Two traces stay, as in Kafka: a segment that
/// begins just there is kept empty, and a segment that had been rolled keeps the entry by time that the roll has made.
#[test]
fn a_truncated_log_is_one_that_was_never_longer() {
    let whole = log_of(40);
    assert!(whole.segments().len() > 4, "{}", shown(&whole));
    for kept in 0..40 {
        let never_longer = log_of(kept);
        let end = never_longer.log_end_offset();
        let mut cut = whole.clone();
        assert!(cut.truncate_to(end, NOW));
        let lines = |log: &PartitionLog| shown(log).lines().map(str::to_owned).collect::<Vec<_>>();
        let (mut cut_lines, mut expected) = (lines(&cut), lines(&never_longer));
        if cut_lines.len() > expected.len() {
            let empty = cut_lines.split_off(expected.len());
            assert!(empty[0].starts_with(&format!("{end} 0 0 [] ")), "{empty:?}");
        }
        let (times, fewer) = (cut_lines.pop().unwrap(), expected.pop().unwrap());
        assert!(times.starts_with(fewer.trim_end_matches(']')), "{times} {fewer}");
        assert_eq!(cut_lines, expected, "kept {kept}");
        assert_eq!(cut.high_watermark(), Offset(0));
        // It goes on as the other does.
        cut.append(batch(kept, end), NOW).unwrap();
        let read = cut.read(end, FetchIsolation::LogEnd, 1_000, true);
        assert_eq!(read.batches.first().map(|stored| stored.base_offset), Some(end));
    }
}

#[test]
fn nothing_to_take_back_still_takes_back_an_empty_epoch() {
    let mut log = log_of(3);
    let end = log.log_end_offset();
    log.assign_epoch_start(LeaderEpoch(9), end);
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(9)));
    assert!(!log.truncate_to(end, NOW));
    assert_eq!((log.latest_epoch(), log.log_end_offset()), (Some(LeaderEpoch(0)), end));
}

#[test]
fn a_log_can_begin_anew_further_on() {
    let mut log = log_of(9);
    log.set_high_watermark(Offset(4));
    log.truncate_fully_and_start_at(Offset(100), NOW);
    let ends = [log.log_start_offset(), log.log_end_offset(), log.high_watermark(), log.recovery_point()];
    assert_eq!(ends, [Offset(100); 4]);
    assert_eq!((log.latest_epoch(), log.record_count(), log.producers().is_empty()), (None, 0, true));
    log.append(batch(0, Offset(100)), NOW).unwrap();
    assert_eq!(log.log_end_offset(), Offset(102));
}

/// Without power, what was not rolled is gone; after a kill, all of it is there.
#[test]
fn a_power_cut_takes_what_was_not_flushed_and_a_kill_takes_nothing() {
    let mut whole = log_of(20);
    whole.set_high_watermark(Offset(5));
    let active = whole.segments().last().unwrap().base_offset();
    assert!(active < whole.log_end_offset());
    let mut killed = whole.clone();
    killed.reload(Offset(5));
    assert_eq!((killed.log_end_offset(), killed.high_watermark()), (whole.log_end_offset(), Offset(5)));
    assert_eq!(shown(&killed), shown(&whole));
    let mut dark = whole.clone();
    dark.reload_flushed(Offset(5), NOW);
    assert_eq!((dark.log_end_offset(), dark.high_watermark()), (active, Offset(5)));
    let mut stopped = whole;
    stopped.flush();
    let end = stopped.log_end_offset();
    stopped.reload_flushed(end, NOW);
    assert_eq!((stopped.log_end_offset(), stopped.high_watermark()), (end, end));
}

/// A follower that copies batch by batch has what its leader has, producers and epochs included.
#[test]
fn a_follower_copies_offsets_epochs_and_producers() {
    let leader = log_of(40);
    let mut follower = PartitionLog::new(settings(), NOW);
    while follower.log_end_offset() < leader.log_end_offset() {
        let read = leader.read(follower.log_end_offset(), FetchIsolation::LogEnd, 10_000, true);
        if follower.should_roll_for(&read.batches, NOW).is_some() {
            follower.roll(read.batches.first().map(|stored| stored.base_offset), NOW);
        }
        follower.append_as_follower(&read.batches);
        // What it is given twice it takes once.
        follower.append_as_follower(&read.batches);
    }
    assert_eq!(shown(&follower).lines().next(), shown(&leader).lines().next());
    assert_eq!(follower.contents_hash(Offset(30)), leader.contents_hash(Offset(30)));
}
