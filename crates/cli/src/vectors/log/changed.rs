//! The published operations, changed in the ways in which an unpublished case may differ: other order, other numbers, other
//! codecs, more or fewer. Whatever they come to, each is understood.

use super::tests::{COMPACTION, PRODUCERS, RETENTION, TIMESTAMPS, TRANSACTIONS, cases};
use super::{
    judge_compaction, judge_offset_for_timestamp, judge_producer_state, judge_retention,
    judge_txn_read_committed,
};
use crate::vectors::Judge;
use serde_json::{Value, json};

/// How often each case is changed.
const ROUNDS: usize = 8;

/// Numbers without a pattern (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn change(ops: &mut Vec<Value>, numbers: &mut Numbers) {
    let (one, other) = (numbers.below(ops.len()), numbers.below(ops.len()));
    match numbers.below(5) {
        0 => ops.swap(one, other),
        1 => ops[one] = ops[other].clone(),
        2 => drop(ops.remove(one)),
        3 if ops[one]["op"] == "append" => {
            ops[one]["compression"] = json!(numbers.of(&["gzip", "snappy", "lz4", "zstd"]));
        }
        _ => {
            let fields = ["seq", "epoch", "pid", "ms", "offset", "coordinator_epoch", "ts"];
            let field = *numbers.of(&fields);
            if let Some(number) = ops[one][field].as_i64() {
                ops[one][field] = json!((number + numbers.of(&[-1, 1, 5])).max(0));
            }
        }
    }
}

#[test]
fn every_changed_operation_is_understood() {
    let families: [(&[u8], Judge, &str); 5] = [
        (COMPACTION, judge_compaction, "results"),
        (PRODUCERS, judge_producer_state, "results"),
        (RETENTION, judge_retention, "results"),
        (TIMESTAMPS, judge_offset_for_timestamp, "answers"),
        (TRANSACTIONS, judge_txn_read_committed, "after"),
    ];
    let mut numbers = Numbers(1);
    for (file, judge, results) in families {
        for case in cases(file) {
            let list = if results == "answers" { "batches" } else { "ops" };
            let mut input = case["input"].clone();
            for _ in 0..ROUNDS {
                change(input[list].as_array_mut().unwrap(), &mut numbers);
                // Nothing is expected of a step, so that every step is done.
                let count =
                    input[if results == "answers" { "queries" } else { "ops" }].as_array().unwrap().len();
                let expected = json!({results: vec![json!({}); count], "fetches": [{"start": 0}]});
                let said = judge(&input, &expected).err().unwrap_or_default();
                let is_answer = said.is_empty() || said.starts_with("at ") || said.starts_with("fetch: ");
                assert!(is_answer, "{} {said}: {input}", case["name"]);
            }
        }
    }
}
