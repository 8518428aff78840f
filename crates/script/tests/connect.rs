//! Errors as Kafka Connect and Kafka Streams (KIP-1034) deal with them, and their dead letters.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::run;
use millrace_client::listener::headers;
use millrace_script::Runner;
use millrace_sim::Account;

/// Four orders; the second fails twice with what a retry may mend, the third always with what none can.
fn sink(options: &str) -> Runner {
    run(&format!(
        "
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders a '{{\"n\": 1}}' + b '{{\"n\": 2}}' + c '{{\"n\": 3}}' + d '{{\"n\": 4}}'
app start connect-db --topic orders --fails 'value.n == 2 and attempt < 3' --as RetriableException --fails 'value.n == 3' --as DataException --fatal --retry connect {options}
wait 1m"
    ))
}

fn account(runner: &Runner) -> Account {
    runner.timeline().world().account("connect-db").unwrap()
}

fn header(runner: &Runner, group: &str, name: &str) -> Vec<Option<String>> {
    let letters = runner.timeline().world().letters(group);
    letters.map(|l| l.record.header(name).map(|v| String::from_utf8_lossy(v).into_owned())).collect()
}

#[test]
fn without_tolerance_the_task_fails_and_stays_where_it_is() {
    let none = account(&sink(""));
    assert_eq!((none.once, none.open, none.skipped, none.lost), (1, 3, 0, 0), "{none:?}");
    // The second is mended by 300 and 600 ms; the third stops the task.
    let retried = account(&sink("--errors-retry-timeout 5s"));
    assert_eq!((retried.once, retried.open), (2, 2), "{retried:?}");
}

#[test]
fn with_tolerance_records_are_skipped_or_reported() {
    let skipped = account(&sink("--errors-tolerance all"));
    assert_eq!((skipped.once, skipped.skipped, skipped.dead), (2, 2, 0), "{skipped:?}");
    let tried = account(&sink("--errors-tolerance all --errors-retry-timeout 5s"));
    assert_eq!((tried.once, tried.skipped), (3, 1), "{tried:?}");
}

const QUEUE: &str =
    "--errors-tolerance all --errors-retry-timeout 5s --errors-deadletterqueue-topic-name dlq-db";

#[test]
fn letters_say_where_they_came_from_only_if_they_are_told_to() {
    let bare = sink(QUEUE);
    let account_of_bare = account(&bare);
    assert_eq!((account_of_bare.once, account_of_bare.dead, account_of_bare.lost), (3, 1, 0));
    let letters: Vec<_> = bare.timeline().world().letters("connect-db").collect();
    assert_eq!((letters.len(), letters[0].tp.topic.as_str(), letters[0].original()), (1, "dlq-db", None));
    assert_eq!(letters[0].record.headers.len(), 0);

    let told = sink(&format!("{QUEUE} --errors-deadletterqueue-context-headers-enable"));
    assert_eq!(account(&told).dead, 1);
    for (name, expected) in [
        ("topic", "orders"),
        ("partition", "0"),
        ("offset", "2"),
        ("connector.name", "db"),
        ("task.id", "0"),
        ("stage", "TRANSFORMATION"),
        ("exception.class.name", "com.example.DataException"),
        ("exception.message", "value.n == 3"),
    ] {
        let found = header(&told, "connect-db", &format!("__connect.errors.{name}"));
        assert_eq!(found, [Some(expected.to_owned())], "{name}");
    }
    let world = told.timeline().world();
    let letter = world.letters("connect-db").next().unwrap();
    assert_eq!((letter.cause().simple_name(), letter.original().unwrap().1.0), ("DataException", 2));
    // The record's own timestamp, not that of the report.
    let (tp, offset) = headers::original(letter.record).unwrap();
    let log = world.brokers().next().unwrap().log(&tp).unwrap();
    let batch = log.batches_from(offset).next().unwrap();
    let (_, record) = batch.records_from(offset).next().unwrap();
    assert_eq!(batch.timestamp(record), letter.timestamp);
}

/// The second record has no number where one is needed.
fn stream(options: &str) -> Runner {
    run(&format!(
        "
kafka-topics --create --topic orders --partitions 1
kafka-topics --create --topic halves --partitions 1
kafka-topics --create --topic buried --partitions 1
producer start shop --topic orders
produce orders a '{{\"n\": 1}}' + b '{{\"n\": \"x\"}}' + c '{{\"n\": 4}}'
streams start half 'stream orders | filter value.n + 1 > 0 | to halves' --commit-interval 100ms {options}
wait 30s"
    ))
}

fn ends(runner: &Runner, topic: &str) -> i64 {
    let tp = millrace_model::TopicPartition::new(topic, 0);
    runner.timeline().world().brokers().next().unwrap().log(&tp).unwrap().log_end_offset().0
}

#[test]
fn a_stream_fails_or_goes_on_and_buries_what_it_could_not_process() {
    let failed = stream("");
    assert_eq!((ends(&failed, "halves"), ends(&failed, "buried")), (1, 0));
    let dropped = stream("--processing-exception-handler log-and-continue");
    assert_eq!((ends(&dropped, "halves"), ends(&dropped, "buried")), (2, 0));
    let buried = stream(
        "--processing-exception-handler log-and-continue --errors-dead-letter-queue-topic-name buried",
    );
    assert_eq!((ends(&buried, "halves"), ends(&buried, "buried")), (2, 1));
    let letters: Vec<_> = buried.timeline().world().letters("half").collect();
    assert_eq!(letters[0].record.value.as_deref(), Some(&br#"{"n": "x"}"#[..]));
    assert_eq!(
        letters[0].original().map(|(tp, at)| (tp.to_string(), at.0)),
        Some(("orders-0".to_owned(), 1))
    );
    assert_eq!(letters[0].cause().simple_name(), "IllegalArgumentException");
    for (name, expected) in [("topic", "orders"), ("partition", "0"), ("offset", "1")] {
        let found = header(&buried, "half", &format!("__streams.errors.{name}"));
        assert_eq!(found, [Some(expected.to_owned())], "{name}");
    }
    // The failing handler reports, too, before the thread stops.
    let reported = stream("--errors-dead-letter-queue-topic-name buried");
    assert_eq!((ends(&reported, "halves"), ends(&reported, "buried")), (1, 1));
}
