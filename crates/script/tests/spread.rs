//! How records are spread over partitions, and what overtakes what: the quantities, and what they point at.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::{expectation, run as after};
use millrace_model::Profile;
use millrace_script::parse_line;

/// user_1 in partitions 0 and 2, user_2 twice in partition 0, a record without a user, and one without a key.
const ACCOUNTS: &str = r#"
kafka-topics --create --topic accounts --partitions 3
app start mailing --topic accounts --instances 3 --work 10ms
wait 10s
consumer work mailing/c1 2s
produce accounts --key a --value '{"user": 1, "n": 1}' --partition 0
wait 100ms
produce accounts --key b --value '{"user": 1, "n": 2}' --partition 2
produce accounts --key a --value '{"user": 2}' --partition 0 + --key a --value '{"user": 2}' --partition 0
produce accounts --key b --value '{}' --partition 2
produce accounts --value '{}' --partition 0
wait 20s
"#;

#[test]
fn keys_and_things_are_followed_over_partitions() {
    let runner = after(ACCOUNTS);
    for text in [
        "split(accounts) == 0",
        "split(accounts, value.user) == 1",
        "filled(accounts) == 2",
        "skew(accounts) == 200",
        "skew(accounts, 1s) == 100",
        "overtaken(mailing, value.user) == 1",
        "overtaken(mailing, 'value.user * 10') == 1",
        "overtaken(mailing, value.n) == 0",
    ] {
        assert_eq!(expectation(text).check(runner.timeline()), Ok(()), "{text}");
    }
}

#[test]
fn what_is_at_fault_is_pointed_at() {
    let runner = after(ACCOUNTS);
    let evidence = |text: &str| expectation(text).evidence(runner.timeline());
    let places = |text: &str| -> Vec<String> {
        evidence(text)
            .records
            .iter()
            .map(|(tp, offset)| format!("{}-{} @{}", tp.topic, tp.partition, offset.0))
            .collect()
    };
    assert_eq!(places("split(accounts, value.user) == 0"), ["accounts-2 @0"]);
    assert_eq!(places("overtaken(mailing, value.user) == 0"), ["accounts-0 @0"]);
    assert_eq!(places("skew(accounts) == 100"), Vec::<String>::new());
    let groups = evidence("rebalances(mailing) == 0");
    assert_eq!((groups.groups.len(), groups.entries.len()), (1, 1));
    assert_eq!(evidence("owner(mailing, accounts-1) == none").partitions.len(), 1);
}

#[test]
fn an_expression_that_is_none_is_refused() {
    let wrong = parse_line("expect split(accounts, 'value.') == 0", Profile::default()).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "line 1, column 24: expected an expression such as value.order, found `value.`"
    );
    let unknown = parse_line("expect skew(accounts, 10) == 0", Profile::default()).unwrap_err();
    assert!(
        unknown.to_string().contains("expected a duration such as 250ms, 10s or 5m, found `10`"),
        "{unknown}"
    );
}

/// Two tables, made by hand: parts by country, and the whole.
const TABLES: &str = r#"
kafka-topics --create --topic parts --partitions 2
kafka-topics --create --topic whole --partitions 1
produce parts NO 5 --timestamp 12:00:01
produce whole all 5 --timestamp 12:00:01
produce parts SE 9 --timestamp 12:00:02
produce parts NO 4 --timestamp 12:00:02
produce whole all 13 --timestamp 12:00:02
wait 2s
"#;

#[test]
fn sums_are_compared_at_every_moment_of_the_records() {
    let apart = |more: &str| {
        let runner = after(&[TABLES, more, "\nwait 2s\n"].concat());
        let found = expectation("apart(parts, whole) == 0").evidence(runner.timeline()).records;
        for n in 0..4 {
            let text = format!("apart(parts, whole) == {n}");
            let other = format!("apart(whole, parts) == {n}");
            let holds = n == found.len();
            assert_eq!(expectation(&text).check(runner.timeline()).is_ok(), holds, "{text} {more}");
            assert_eq!(expectation(&other).check(runner.timeline()).is_ok(), holds, "{other} {more}");
        }
        found.iter().map(|(tp, offset)| format!("{tp} @{}", offset.0)).collect::<Vec<String>>()
    };
    assert_eq!(apart(""), [""; 0]);
    // One of the two is behind: apart until it comes.
    assert_eq!(apart("produce whole all 14 --timestamp 12:00:03"), ["whole-0 @2"]);
    let late = "produce whole all 14 --timestamp 12:00:03\nproduce parts SE 10 --timestamp 12:00:04";
    assert_eq!(apart(late), ["whole-0 @2"]);
    // Both of the same moment: however they were written.
    assert_eq!(
        apart("produce whole all 14 --timestamp 12:00:03\nproduce parts SE 10 --timestamp 12:00:03"),
        [""; 0]
    );
    // A tombstone takes a row away; what is no number counts nothing.
    assert_eq!(apart("produce parts --key SE --tombstone --timestamp 12:00:05").len(), 1);
    assert_eq!(apart("produce parts --key FI --value many --timestamp 12:00:05"), [""; 0]);
    assert_eq!(apart("produce parts --key FI --value 0.5 --timestamp 12:00:05").len(), 1);
}

/// Each partition lies at another broker, and at no other.
#[test]
fn in_a_cluster_every_brokers_logs_are_looked_at() {
    hands::run(
        "
cluster start --brokers 3
wait 2s
kafka-topics --create --topic orders --replica-assignment 1,2,3
wait 1s
producer start you --topic orders
app start billing --topic orders --auto-offset-reset earliest
produce orders alice 1 --partition 0
produce orders alice 2 --partition 1
produce orders alice 3 --partition 2
wait 10s
expect filled(orders) == 3
expect split(orders) == 1
expect skew(orders) == 100
expect value(orders, alice) == 3
expect p99(billing) < 10s
",
    );
}
