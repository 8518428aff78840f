use super::producers::judge_as;
use super::timestamps::judge_by;
use super::{judge_offset_for_timestamp, judge_producer_state, judge_retention};
use flate2::read::GzDecoder;
use millrace_broker::log::producer_state::AppendOrigin;
use millrace_broker::log::segments::{SegmentedLog, TimestampQuery};
use serde_json::{Value, json};

static TIMESTAMPS: &[u8] = include_bytes!("../../../../../tests/vectors/log_offset_for_timestamp.json.gz");
static PRODUCERS: &[u8] = include_bytes!("../../../../../tests/vectors/log_producer_state.json.gz");
static RETENTION: &[u8] = include_bytes!("../../../../../tests/vectors/log_retention.json.gz");

fn cases(file: &[u8]) -> Vec<Value> {
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
    let counts = [TIMESTAMPS, RETENTION, PRODUCERS].map(|file| cases(file).len());
    assert_eq!(counts, [44, 57, 108]);
}

#[test]
fn a_log_that_takes_the_last_of_equals_fails_the_family() {
    let last_of_largest = |log: &SegmentedLog, query| match query {
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
