//! Who leads, who is in sync, how long nobody led: the quantities, what they point at, and what a broker alone answers.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::{expectation, go_on, run};

#[test]
fn a_broker_alone_leads_and_is_in_sync() {
    let runner = run("
kafka-topics --create --topic orders --partitions 1
wait 1s
expect leader(orders-0) == 1
expect isr(orders-0) == 1
expect shrinks(orders-0) == 0
expect leaderless(orders-0) == 0s
expect truncated(orders-0) == 0
");
    let missing = expectation("leader(ordres-0) == 1").check(runner.timeline()).unwrap_err();
    assert!(missing.contains("there is no topic ordres (did you mean orders?)"), "{missing}");
}

/// Taken out by its leader, after half a minute in which there was something to fetch; taken out by the controller, at once.
#[test]
fn who_falls_behind_is_told_from_who_stops() {
    let mut runner = run("
cluster start --brokers 3
wait 1s
kafka-topics --create --topic orders --replica-assignment 1:2:3
wait 1s
network cut broker-1 broker-3
wait 50s
expect isr(orders-0) == 3
producer start shop --topic orders
produce orders alice 1
wait 50s
expect isr(orders-0) == 2
expect shrinks(orders-0) == 1
broker stop broker-2
wait 5s
expect isr(orders-0) == 1
expect shrinks(orders-0) == 1
");
    let evidence = expectation("shrinks(orders-0) == 0").evidence(runner.timeline());
    assert_eq!((evidence.partitions.len(), evidence.entries.len()), (1, 1));
    // The only one in sync is gone for ten seconds more than it takes to notice.
    go_on(
        &mut runner,
        "
expect leaderless(orders-0) == 0s
broker crash broker-1
wait 20s
expect leader(orders-0) == none
expect leaderless(orders-0) > 10s
expect leaderless(orders-0) < 20s
broker restart broker-1
wait 10s
expect leader(orders-0) == 1
expect leaderless(orders-0) < 30s
",
    );
    let evidence = expectation("leaderless(orders-0) > 1m").evidence(runner.timeline());
    assert!(evidence.entries.len() >= 3, "made, left, led again: {evidence:?}");
}

#[test]
fn what_replicas_take_back_is_counted() {
    let runner = run(include_str!("../../../tests/scripts/lost-unclean.mill"));
    // Two records; broker 1 had the second alone.
    assert_eq!(expectation("truncated(orders-0) == 1").check(runner.timeline()), Ok(()));
}

#[test]
fn an_exception_is_counted_for_whom_it_met() {
    let runner = run("
kafka-topics --create --topic orders --partitions 1
producer start old --topic orders --transactional-id shop
producer begin old
produce orders --producer old alice 1
wait 1s
expect lso(orders-0) == 0
expect hw(orders-0) == 1
producer start new --topic orders --transactional-id shop
wait 1s
expect lso(orders-0) == 2
producer commit old
wait 1s
expect thrown(old, ProducerFencedException) == 1
expect thrown(old, org.apache.kafka.common.errors.ProducerFencedException) == 1
expect thrown(old, TimeoutException) == 0
expect thrown(new, ProducerFencedException) == 0
");
    let evidence = expectation("thrown(old, ProducerFencedException) == 0").evidence(runner.timeline());
    assert_eq!((evidence.names.len(), evidence.entries.len()), (1, 1));
}
