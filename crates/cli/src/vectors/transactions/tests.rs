use super::{judge_transactions, judge_txn_offsets};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

static TRANSACTIONS: &[u8] = include_bytes!("../../../../../tests/vectors/broker_transactions.json.gz");
static OFFSETS: &[u8] = include_bytes!("../../../../../tests/vectors/broker_txn_offsets.json.gz");

fn cases(file: &[u8]) -> Vec<Value> {
    let family: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
    family["cases"].as_array().unwrap().clone()
}

#[test]
fn every_case_of_kafka_agrees() {
    let transactions = cases(TRANSACTIONS);
    for case in &transactions {
        assert_eq!(judge_transactions(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    let offsets = cases(OFFSETS);
    for case in &offsets {
        assert_eq!(judge_txn_offsets(&case["input"], &case["expected"]), Ok(()), "{}", case["name"]);
    }
    assert_eq!((transactions.len(), offsets.len()), (30, 1));
}

/// An offset, a record or a position that is another one is found.
#[test]
fn what_differs_is_named() {
    let case = cases(TRANSACTIONS).into_iter().find(|case| case["name"] == "abort").unwrap();
    let with = |path: &str, value: Value| {
        let mut expected = case["expected"].clone();
        *expected.pointer_mut(path).unwrap() = value;
        judge_transactions(&case["input"], &expected).unwrap_err()
    };
    assert!(with("/results/2/lso", json!(1)).starts_with("op 2"));
    assert!(with("/read_committed", json!([])).starts_with("read_committed"));
    assert!(with("/position_uncommitted", json!(3)).starts_with("position_uncommitted"));
    let case = cases(OFFSETS).remove(0);
    let mut expected = case["expected"].clone();
    expected["pending"] = json!({"offset": 5, "metadata": "m1"});
    assert!(judge_txn_offsets(&case["input"], &expected).unwrap_err().starts_with("pending"));
}
