//! What lies in a log on disk: the quantities, what they point at, and what they do not take.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::{expectation, run as after};
use millrace_model::Profile;
use millrace_script::parse_line;

fn all_hold(script: &str, texts: &[&str]) {
    let runner = after(script);
    for text in texts {
        assert_eq!(expectation(text).check(runner.timeline()), Ok(()), "{text}");
    }
}

/// Four records in one segment; one of a second segment, a tombstone, that lets the first be cleaned; nothing cleans it.
const COMPACTED: &str = "
kafka-topics --create --topic prices --partitions 1 --config cleanup.policy=compact --config segment.ms=1000
producer start shop --topic prices
produce prices apple 1 + pear 1 + apple 2 + apple 3
wait 5s
produce prices --key pear --tombstone
wait 20s
";

#[test]
fn what_the_cleaner_leaves_is_counted() {
    let before = COMPACTED.replace("wait 20s", "wait 5s");
    all_hold(
        &before,
        &[
            "segments(prices-0) == 2",
            "dirty(prices-0) == 100",
            "cleaned(prices-0) == none",
            "gaps(prices-0) == 0",
            "copies(prices, apple) == 3",
        ],
    );
    all_hold(
        COMPACTED,
        &[
            "dirty(prices-0) == 0",
            "cleaned(prices-0) == 4",
            "gaps(prices-0) == 2",
            "copies(prices, apple) == 1",
            "copies(prices, pear) == 2",
            "copies(prices, plum) == 0",
            "keys(prices) == 2",
            "tombstones(prices) == 1",
            "start(prices-0) == 0",
            "record(prices-0, 0) == none",
            "record(prices-0, 3) == 3",
            "record(prices-0, 4) == none",
            "base(prices-0, 3) == 0",
            "base(prices-0, 4) == 4",
            "base(prices-0, 5) == none",
        ],
    );
}

/// A hundred records of one batch each, every batch of more than 100 bytes, an entry in the index after each two.
const INDEXED: &str = "
kafka-topics --create --topic orders --partitions 1 --config index.interval.bytes=150
producer start shop --topic orders --linger 0ms
producer rate shop 10 --value '{\"order\": ${n}, \"note\": \"0123456789012345678901234567890123456789\"}'
wait until 12:00:10
producer rate shop off
wait 1s
";

#[test]
fn a_lookup_tells_where_it_begins_and_how_far_it_goes() {
    let runner = after(INDEXED);
    let value = |text: &str| {
        let probe = expectation(&format!("{text} == none"));
        probe.quantity.value(runner.timeline()).unwrap().to_string().parse::<i64>().unwrap()
    };
    assert_eq!(value("batches(orders)"), value("n(orders)"));
    for offset in 0..value("leo(orders-0)") {
        let (from, bytes) =
            (value(&format!("indexed(orders-0, {offset})")), value(&format!("scanned(orders-0, {offset})")));
        assert!(from <= offset, "{offset}: {from}");
        assert_eq!(bytes == 0, from == offset, "{offset}: {bytes} bytes from {from}");
        assert!(bytes <= 150 + 150, "{offset}: {bytes} bytes from {from}");
    }
    assert!(value("indexed(orders-0, 50)") > 40);
    let at = value("since(orders-0, '12:00:05.000')");
    assert!((49..=50).contains(&at), "{at}");
    assert_eq!(expectation("since(orders-0, '+1d12:00:00.000') == none").check(runner.timeline()), Ok(()));
}

/// The answer to the first batch is lost, so that it is sent again; then another producer begins.
const LOST_ANSWER: &str = "
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders alice 1 --producer shop
wait 1s
network lose shop response --api Produce
produce orders bob 2 --producer shop
wait 2m
producer start kiosk --topic orders
produce orders carol 3 --producer kiosk
wait 1s
";

#[test]
fn a_batch_that_comes_again_is_told_from_a_duplicate() {
    all_hold(
        LOST_ANSWER,
        &[
            "retried(shop) == 1",
            "retried(shop, REQUEST_TIMED_OUT) == 1",
            "retried(shop, NOT_LEADER) == 0",
            "retried(kiosk) == 0",
            "copies(orders, bob) == 1",
            "resent(orders) == 1",
            "pids(orders) == 2",
            "batches(orders) == 3",
        ],
    );
    let without =
        LOST_ANSWER.replace("--topic orders\nproduce", "--topic orders --idempotence false\nproduce");
    all_hold(
        &without,
        &["copies(orders, bob) == 2", "resent(orders) == 0", "pids(orders) == 0", "batches(orders) == 4"],
    );
}

#[test]
fn what_is_meant_is_pointed_at() {
    let runner = after(LOST_ANSWER);
    let evidence = |text: &str| expectation(text).evidence(runner.timeline());
    assert_eq!(evidence("resent(orders) == 0").entries.len(), 1);
    let retried = evidence("retried(shop) == 0");
    assert_eq!((retried.names.len(), retried.entries.len()), (1, 1));
    let copies = evidence("copies(orders, bob) == 0");
    assert_eq!((copies.topics.len(), copies.records.len()), (1, 1));
    let record = evidence("record(orders-0, 1) == 7");
    assert_eq!((record.partitions.len(), record.records.len()), (1, 1));
    assert_eq!(evidence("record(orders-0, 9) == 7").records, []);
    assert_eq!(evidence("segments(orders-0) == 7").partitions.len(), 1);
}

#[test]
fn what_is_no_offset_and_no_time_is_refused() {
    let wrong = |line: &str| parse_line(line, Profile::default()).unwrap_err().to_string();
    assert!(
        wrong("expect base(orders-0, x) == 0").contains("expected an offset such as 42, found `x`"),
        "{}",
        wrong("expect base(orders-0, x) == 0")
    );
    assert!(
        wrong("expect since(orders-0, soon) == 0")
            .contains("expected a time such as '12:00:07.500', found `soon`")
    );
    assert!(
        wrong("expect segments(orders) == 1")
            .contains("a topic and a partition, such as orders-2, found `orders`")
    );
    let runner = after("wait 1s");
    let unknown = expectation("retried(shop) == 0").check(runner.timeline()).unwrap_err();
    assert!(unknown.contains("there is no producer shop"), "{unknown}");
    let missing = expectation("keys(ordres) == 0").check(runner.timeline()).unwrap_err();
    assert!(missing.contains("there is no topic ordres"), "{missing}");
}
