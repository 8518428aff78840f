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

/// None of the published cases fences a producer amid its transaction. Its open transaction is aborted; the next batch is
/// refused by the log under the epoch of the marker, which can be aborted (KIP-588), and only then the producer is fenced
/// for good: `TransactionManager.maybeFailWithError` repeats each.
#[test]
fn a_producer_is_fenced_amid_its_transaction() {
    let ops = json!([
        ["init", "A"],
        ["begin", "A"],
        ["send", "A", "k", "1"],
        ["init", "A'"],
        ["send", "A", "k", "2"],
        ["commit", "A"],
        ["abort", "A"],
        ["begin", "A"],
        ["begin", "A'"],
        ["send", "A'", "k", "3"],
        ["commit", "A'"],
    ]);
    let refused = |class: &str| json!({"error": class, "hw": 2, "lso": 2});
    let results = json!([
        {"hw": 0, "lso": 0},
        {"hw": 0, "lso": 0},
        {"offset": 0, "hw": 1, "lso": 0},
        {"hw": 2, "lso": 2},
        refused("InvalidProducerEpochException"),
        refused("InvalidProducerEpochException"),
        refused("ProducerFencedException"),
        refused("ProducerFencedException"),
        {"hw": 2, "lso": 2},
        {"offset": 2, "hw": 3, "lso": 2},
        {"hw": 4, "lso": 4},
    ]);
    let expected = json!({
        "results": results,
        "read_uncommitted": [[0, "k", "1"], [2, "k", "3"]],
        "position_uncommitted": 4,
        "read_committed": [[2, "k", "3"]],
        "position_committed": 4,
    });
    assert_eq!(judge_transactions(&json!({ "ops": ops }), &expected), Ok(()));
}

/// An EndTxn of which nothing is known is not sent (`TransactionManager.nextRequest`): who is fenced meanwhile does not
/// notice. Calls out of turn are `IllegalStateException`s and change nothing.
#[test]
fn calls_out_of_turn_are_refused_and_an_empty_end_is_not_sent() {
    let ops = json!([
        ["init", "A"],
        ["send", "A", "k", "0"],
        ["commit", "A"],
        ["abort", "A"],
        ["begin", "A"],
        ["begin", "A"],
        ["init", "A'"],
        ["commit", "A"],
        ["send", "plain", "p", "1"],
    ]);
    let (quiet, illegal) =
        (json!({"hw": 0, "lso": 0}), json!({"error": "IllegalStateException", "hw": 0, "lso": 0}));
    let results = json!([
        quiet, illegal, illegal, illegal, quiet, illegal, quiet, quiet, {"offset": 0, "hw": 1, "lso": 1},
    ]);
    let read = json!([[0, "p", "1"]]);
    let expected = json!({
        "results": results, "read_uncommitted": read, "position_uncommitted": 1, "read_committed": read,
        "position_committed": 1,
    });
    assert_eq!(judge_transactions(&json!({ "ops": ops }), &expected), Ok(()));
}

/// The other way round: what was aborted first is not there, what is committed then is.
#[test]
fn offsets_of_an_aborted_transaction_are_never_seen() {
    let ops = json!(["begin", "offsets 5/m1", "abort", "begin", "offsets 9/m2", "commit"]);
    let expected = json!({
        "pending": null, "after_first": null, "pending_second": null,
        "after_commit_second": {"offset": 9, "metadata": "m2"},
    });
    assert_eq!(judge_txn_offsets(&json!({ "ops": ops }), &expected), Ok(()));
}
