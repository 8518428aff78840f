use super::producers::judge_as;
use super::timestamps::judge_by;
use super::{
    compaction, judge_compaction, judge_offset_for_timestamp, judge_producer_state, judge_retention,
    judge_txn_read_committed, transactions,
};
use flate2::read::GzDecoder;
use millrace_broker::log::cleaner::LogToClean;
use millrace_broker::log::producer_state::AppendOrigin;
use millrace_broker::log::segments::{FetchIsolation, PartitionLog, TimestampQuery};
use millrace_model::Offset;
use serde_json::{Value, json};

pub static COMPACTION: &[u8] = include_bytes!("../../../../../tests/vectors/log_compaction.json.gz");
pub static TRANSACTIONS: &[u8] =
    include_bytes!("../../../../../tests/vectors/log_txn_read_committed.json.gz");
pub static TIMESTAMPS: &[u8] =
    include_bytes!("../../../../../tests/vectors/log_offset_for_timestamp.json.gz");
pub static PRODUCERS: &[u8] = include_bytes!("../../../../../tests/vectors/log_producer_state.json.gz");
pub static RETENTION: &[u8] = include_bytes!("../../../../../tests/vectors/log_retention.json.gz");

pub fn cases(file: &[u8]) -> Vec<Value> {
    let family: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
    family["cases"].as_array().unwrap().clone()
}

#[test]
fn every_case_of_kafka_agrees() {
    for case in cases(TIMESTAMPS) {
        let judged = judge_offset_for_timestamp(&case["input"], &case["expected"]);
        assert_eq!(judged, Ok(()), "{}", case["name"]);
    }
    for case in cases(RETENTION) {
        assert_eq!(judge_retention(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    for case in cases(PRODUCERS) {
        assert_eq!(judge_producer_state(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    for case in cases(COMPACTION) {
        assert_eq!(judge_compaction(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    for case in cases(TRANSACTIONS) {
        assert_eq!(judge_txn_read_committed(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    let counts = [TIMESTAMPS, RETENTION, PRODUCERS, COMPACTION, TRANSACTIONS].map(|file| cases(file).len());
    assert_eq!(counts, [44, 57, 108, 84, 74]);
}

#[test]
fn a_log_that_takes_the_last_of_equals_fails_the_family() {
    let last_of_largest = |log: &PartitionLog, query| match query {
        TimestampQuery::MaxTimestamp => {
            let (largest, offset) = log.segments()[0].max_timestamp_and_offset_so_far();
            Some((offset, largest))
        }
        query => log.fetch_offset_by_timestamp(query),
    };
    let cases = cases(TIMESTAMPS);
    let failed =
        cases.iter().filter(|case| judge_by(last_of_largest, &case["input"], &case["expected"]).is_err());
    assert!(failed.count() >= 5);
}

/// Nobody checks the sequence numbers of what a coordinator appends.
#[test]
fn a_log_that_checks_no_sequence_numbers_fails_the_family() {
    let cases = cases(PRODUCERS);
    let judge = |case: &Value| judge_as(AppendOrigin::Coordinator, &case["input"], &case["expected"]);
    assert!(cases.iter().filter(|case| judge(case).is_err()).count() >= 50);
}

/// Each setting in turn has an effect that the recordings show.
#[test]
fn a_log_that_does_not_hear_a_setting_fails_the_family() {
    for (name, deaf) in [
        ("retention.bytes", json!(-1)),
        ("retention.ms", json!(-1)),
        ("segment.bytes", json!(1 << 30)),
        ("cleanup.policy", json!("delete")),
    ] {
        let failed = cases(RETENTION).into_iter().filter(|case| {
            let mut input = case["input"].clone();
            input["config"][name] = deaf.clone();
            judge_retention(&input, &case["expected"]).is_err()
        });
        assert!(failed.count() >= 2, "{name}");
    }
    let failed = cases(RETENTION).into_iter().filter(|case| {
        let mut input = case["input"].clone();
        input["hold_hw_until_op9_then_half"] = json!(false);
        judge_retention(&input, &case["expected"]).is_err()
    });
    assert!(failed.count() >= 2);
}

/// A pass that begins at the log's start each time, one that goes to the active segment's base although something is
/// younger than the lag, and tombstones that stay for good.
#[test]
fn a_cleaner_that_breaks_a_rule_fails_the_family() {
    let failed = |change: compaction::Plan| {
        let judge = |case: &Value| compaction::judge_by(change, &case["input"], &case["expected"]);
        cases(COMPACTION).iter().filter(|case| judge(case).is_err()).count()
    };
    assert!(failed(|plan| LogToClean { first_dirty_offset: Offset(0), ..plan }) >= 60);
    assert!(failed(|plan| LogToClean { first_uncleanable_offset: plan.first_dirty_offset, ..plan }) >= 80);
    for (name, value, least) in [
        ("delete.retention.ms", json!(9_000_000_000_i64), 40),
        ("min.compaction.lag.ms", json!(0), 1),
        ("segment.bytes", json!(1 << 30), 3),
    ] {
        let failed = cases(COMPACTION).into_iter().filter(|case| {
            let mut input = case["input"].clone();
            input["config"][name] = value.clone();
            judge_compaction(&input, &case["expected"]).is_err()
        });
        let count = failed.count();
        assert!(count >= least, "{name}: {count}");
    }
}

/// Readers that see up to the high watermark, and a log whose segments never roll.
#[test]
fn a_reader_that_does_not_stop_at_the_last_stable_offset_fails_the_family() {
    let cases = cases(TRANSACTIONS);
    let uncommitted = |case: &&Value| {
        transactions::judge_as(FetchIsolation::HighWatermark, &case["input"], &case["expected"]).is_err()
    };
    let count = cases.iter().filter(uncommitted).count();
    assert!(count >= 40, "{count}");
    let unrolled = cases.iter().filter(|case| {
        let mut input = case["input"].clone();
        input["segment_bytes"] = json!(1 << 30);
        judge_txn_read_committed(&input, &case["expected"]).is_err()
    });
    let count = unrolled.count();
    assert!(count >= 20, "{count}");
}
