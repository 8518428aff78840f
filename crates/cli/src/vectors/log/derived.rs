//! Cases in the form of the recordings that none of the published ones shows, derived from Kafka's classes.

use super::{judge_compaction, judge_offset_for_timestamp, judge_producer_state};
use serde_json::{Value, json};

const START: i64 = super::START;

/// A batch of producer 1 with that many records.
fn append(sequence: i64, count: usize) -> Value {
    let records: Vec<Value> = (0..count).map(|_| json!(["k", "v", START])).collect();
    json!({"op": "append", "pid": 1, "epoch": 0, "seq": sequence, "records": records})
}

fn producers(ops: &[Value], results: &[Value], expiration: i64) -> Result<(), String> {
    let input = json!({"producer_id_expiration_ms": expiration, "ops": ops});
    judge_producer_state(&input, &json!({ "results": results }))
}

/// `DefaultRecordBatch.incrementSequence`: behind the largest number comes 0, amid a batch too; the batch is known again.
#[test]
fn sequence_numbers_wrap_amid_a_batch() {
    let largest = i64::from(i32::MAX);
    let ops = [append(largest - 1, 4), append(2, 1), append(largest - 1, 4), append(largest, 1)];
    let results = [
        json!({"first_offset": 0, "last_offset": 3, "producers": {"1": {
            "epoch": 0, "last_seq": 1, "last_ts": START, "coordinator_epoch": -1, "txn_start": -1,
        }}}),
        json!({"first_offset": 4, "last_offset": 4}),
        json!({"first_offset": 0, "last_offset": 3, "duplicate": true, "leo": 5}),
        json!({"error": "OutOfOrderSequenceException", "leo": 5}),
    ];
    assert_eq!(producers(&ops, &results, 1), Ok(()));
}

/// `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`: the fifth batch back is a duplicate, the sixth is out of order; part of a
/// known batch is out of order as well.
#[test]
fn five_batches_are_remembered_and_only_as_they_were() {
    let mut ops: Vec<Value> = (0..6).map(|n| append(2 * n, 2)).collect();
    ops.extend([append(2, 2), append(0, 2), append(10, 1), append(11, 1), append(12, 1)]);
    let mut results: Vec<Value> =
        (0..6).map(|n| json!({"first_offset": 2 * n, "last_offset": 2 * n + 1})).collect();
    let refused = json!({"error": "OutOfOrderSequenceException", "leo": 12});
    let known = json!({"first_offset": 2, "last_offset": 3, "duplicate": true, "leo": 12});
    results.extend([known, refused.clone(), refused.clone(), refused, json!({"first_offset": 12})]);
    assert_eq!(producers(&ops, &results, 1), Ok(()));
}

/// `ProducerStateManager.isProducerExpired`: after exactly `producer.id.expiration.ms`; who is forgotten may go on
/// anywhere. A batch without a producer changes nothing of this.
#[test]
fn an_idle_producer_is_forgotten_on_the_dot() {
    let (advance, expire) = (|ms: i64| json!({"op": "advance", "ms": ms}), json!({"op": "expire"}));
    let plain = json!({"op": "append", "records": [["k", "v", START]]});
    let ops = [append(0, 1), advance(999), expire.clone(), plain, advance(1), expire, append(7, 1)];
    let entry = |seq: i64| json!({"1": {"epoch": 0, "last_seq": seq, "last_ts": START, "coordinator_epoch": -1, "txn_start": -1}});
    let results = [
        json!({"first_offset": 0}),
        json!({}),
        json!({"producers": entry(0)}),
        json!({"first_offset": 1, "last_offset": 1, "leo": 2, "producers": entry(0)}),
        json!({}),
        json!({"producers": {}}),
        json!({"first_offset": 2, "producers": entry(7)}),
    ];
    assert_eq!(producers(&ops, &results, 1_000), Ok(()));
}

/// Without tiered storage the local log begins where the log does (`UnifiedLog.fetchOffsetByTimestamp`).
#[test]
fn the_local_log_begins_where_the_log_does() {
    let batch = json!({"op": "append", "records": [["k", "v", START], ["k", "v", START + 5]]});
    let input = json!({"batches": [batch], "queries": [-4, -3, START + 1]});
    let answers = json!({"answers": [
        {"offset": 0, "timestamp": -1},
        {"offset": 1, "timestamp": START + 5},
        {"offset": 1, "timestamp": START + 5},
    ]});
    assert_eq!(judge_offset_for_timestamp(&input, &answers), Ok(()));
}

/// `LogConfig.maxSegmentMs`: a compacted topic's segment rolls after `max.compaction.lag.ms`, if that is less than
/// `segment.ms`; then it can be cleaned.
#[test]
fn a_compacted_segment_rolls_after_the_longest_lag() {
    let append = |at: i64| json!({"op": "append", "records": [["a", "v", START + at]]});
    let ops = json!([append(0), append(1_000), append(1_001), {"op": "clean"}]);
    let segments = json!([
        {"base_offset": 0, "batches": [{"base_offset": 1, "last_offset": 1, "records": [[1, "a", "v", START + 1_000]]}]},
        {"base_offset": 2, "batches": [{"base_offset": 2, "last_offset": 2, "records": [[2, "a", "v", START + 1_001]]}]},
    ]);
    let log = json!({"log_start_offset": 0, "log_end_offset": 3, "segments": segments});
    let results =
        json!([{}, {}, {}, {"first_dirty": 0, "first_uncleanable": 2, "next_dirty": 2, "log": log}]);
    for (name, lag) in [("max.compaction.lag.ms", 604_800_000_i64), ("segment.ms", i64::MAX)] {
        let mut config =
            json!({"max.compaction.lag.ms": lag, "segment.ms": lag, "min.cleanable.dirty.ratio": "0.5"});
        config[name] = json!(1_000);
        assert_eq!(
            judge_compaction(&json!({"config": config, "ops": ops}), &json!({"results": results})),
            Ok(()),
            "{name}"
        );
    }
}
