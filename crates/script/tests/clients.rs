//! What can be looked at in clients: how busy they are, what they were refused, what an export says of them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::{expectation, run as after};
use millrace_model::Profile;
use millrace_script::{Runner, parse_line};

fn check(runner: &Runner, text: &str) -> Result<(), String> {
    expectation(text).check(runner.timeline())
}

fn all_hold(runner: &Runner, all: &[&str]) {
    all.iter().for_each(|text| assert_eq!(check(runner, text), Ok(()), "{text}"));
}

/// Two partitions, two members: ten orders of 500 ms for the one, one for the other.
const TWO: &str = "kafka-topics --create --topic orders --partitions 2
app start billing --topic orders --instances 2 --work 500ms
wait 10s
";

fn ten(partition: u32) -> String {
    let one = format!("--key k --value v --partition {partition}");
    let ten: Vec<&str> = (0..10).map(|_| &*one).collect();
    format!("produce orders {}\n", ten.join(" + "))
}

#[test]
fn busy_is_what_went_into_the_listener() {
    let runner = after(TWO);
    all_hold(&runner, &["util(billing, max) == 0", "util(billing, min) == 0"]);
    let runner = after(&[TWO, &ten(0), "produce orders --key k --value v --partition 1\nwait 4s\n"].concat());
    // Four of fourteen seconds and half a second; of the last two seconds all and nothing.
    all_hold(
        &runner,
        &[
            "util(billing, max) == 28",
            "util(billing, min) == 3",
            "util(billing, max, 2s) == 100",
            "util(billing, min, 2s) == 0",
        ],
    );
    // Over, and the window has moved on.
    let runner = after(&[TWO, &ten(0), "wait 20s\n"].concat());
    all_hold(&runner, &["util(billing, max, 2s) == 0", "util(billing, max, 20s) == 25"]);
}

#[test]
fn a_pool_is_busy_by_its_threads_and_who_is_gone_counts_no_more() {
    let pool = TWO.replace("--work", "--threads 2 --commit manual --work");
    // Ten calls of half a second by two threads take half as long.
    let runner = after(&[&pool, &ten(0), "wait 10s\n"].concat());
    all_hold(&runner, &["util(billing, max, 10s) == 25"]);
    let runner =
        after(&[TWO, &ten(0), "wait 2s\nconsumer crash billing/c1\nconsumer crash billing/c2\n"].concat());
    all_hold(&runner, &["util(billing, max) == none"]);
}

#[test]
fn only_the_ends_of_the_range_are_asked_for() {
    let wrong = parse_line("expect util(billing, mean) > 3", Profile::default()).unwrap_err();
    assert!(wrong.sentence().contains("max or min"), "{}", wrong.sentence());
}

#[test]
fn a_reset_because_of_deleted_data_is_an_error_that_was_met() {
    let before = "kafka-topics --create --topic orders --partitions 1
produce orders a 1 + b 2 + c 3
wait 1s
app start billing --topic orders --instances 0
kafka-consumer-groups --reset-offsets --group billing --topic orders --to-offset 0 --execute
wait 1s
";
    let delete = "kafka-delete-records --offset-json-file '{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":2}],\"version\":1}'
wait 1s
";
    let start = |reset: &str| format!("consumer add billing --auto-offset-reset {reset}\nwait 10s\n");
    let met = |script: &[&str], name: &str, n: &str| {
        all_hold(&after(&script.concat()), &[&format!("errors(billing, {name}) {n}")]);
    };
    met(&[before, &start("earliest")], "OFFSET_OUT_OF_RANGE", "== 0");
    met(&[before, delete, &start("earliest")], "OFFSET_OUT_OF_RANGE", "== 1");
    met(&[before, delete, &start("earliest")], "OffsetOutOfRangeException", "== 0");
    met(&[before, delete, &start("none")], "OffsetOutOfRangeException", "> 0");
}

#[test]
fn an_export_says_what_differs_from_the_defaults() {
    let runner = after(
        "kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders --linger 20ms --acks 1
app start billing --topic orders --session-timeout 10s --partition-assignment-strategy sticky
app start auto --topic orders --client java --commit auto
wait 1s
",
    );
    all_hold(
        &runner,
        &[
            "exported(shop, linger.ms) == 20",
            "exported(shop, acks) == 1",
            "exported(shop, batch.size) == none",
            "exported(billing, enable.auto.commit) == 'false'",
            "exported(auto, enable.auto.commit) == 'true'",
            "exported(billing, session.timeout.ms) == 10000",
            "exported(billing, auto.offset.reset) == 'earliest'",
            "exported(billing, partition.assignment.strategy) == 'org.apache.kafka.clients.consumer.StickyAssignor'",
            "exported(billing, max.poll.records) == none",
        ],
    );
    let wrong = check(&runner, "exported(biling, acks) == 1").unwrap_err();
    assert!(wrong.contains("there is no client biling (did you mean billing?)"), "{wrong}");
}

#[test]
fn a_rule_places_records_and_leaves_their_keys_alone() {
    let start = |rule: &str| {
        format!(
            "kafka-topics --create --topic orders --partitions 3\nproducer start shop --topic orders --partitioner-rule '{rule}'\n"
        )
    };
    let records = "produce orders a '{\"n\": 0}' + b '{\"n\": 1}' + c '{\"n\": 2}' + c '{\"n\": 3}' + --value '{\"n\": 4}'\nwait 1s\n";
    // Where the key user_1 would lie, and user_2: partitions 0 and 1 of three.
    let runner = after(&[&start("\"user_1\""), records].concat());
    all_hold(&runner, &["leo(orders-0) == 5", "filled(orders) == 1", "value(orders, b) == '{\"n\": 1}'"]);
    let runner = after(&[&start("\"user_\" + text(value.n % 2 + 1)"), records].concat());
    all_hold(&runner, &["leo(orders-0) == 3", "leo(orders-1) == 2", "split(orders) == 1"]);
    // Where it comes to nothing, the key decides after all.
    let keys = [
        "kafka-topics --create --topic orders --partitions 3\nproducer start shop --topic orders\n",
        records,
    ]
    .concat();
    let (plain, nothing) = (after(&keys), after(&[&start("value.missing"), records].concat()));
    for n in 0..3 {
        let held = |runner: &Runner| {
            (0..6_u32).find(|k| check(runner, &format!("leo(orders-{n}) == {k}")).is_ok()).unwrap()
        };
        // The record without a key is elsewhere: the rule hashes nothing, the producer sticks to a partition.
        assert!(held(&plain).abs_diff(held(&nothing)) <= 1, "orders-{n}");
    }
    for wrong in ["timestamp", "key +", "headers.trace"] {
        let line = format!("producer start shop --topic orders --partitioner-rule '{wrong}'");
        let problem = parse_line(&line, Profile::default()).unwrap_err();
        assert!(problem.sentence().contains("an expression over key and value"), "{}", problem.sentence());
    }
}
