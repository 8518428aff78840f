//! When batches leave, and together with which.

use super::*;

#[test]
fn records_within_linger_leave_in_one_batch() {
    let mut rig = Rig::orders(defaults());
    rig.send(vec![record("alice", "a")]);
    assert_eq!(rig.run(millis(3)), [] as [&str; 0]);
    rig.send(vec![record("bob", "b")]);
    assert_eq!(
        rig.producer.next_timer(),
        Some((millis(5), ProducerTimer::Linger(TopicPartition::new("orders", 0))))
    );
    assert_eq!(
        rig.run(millis(5)),
        ["closed orders-0 #0 Linger 2r 85B 5ms", "sent c1 to 1: orders-0 #0 2r try 1"]
    );
    assert_eq!(rig.sent.len(), 1);
    assert_eq!(rig.produced(1, ErrorCode::None, 7), ["acked orders-0 #0 2r at 7", "ended c1 Answered 0ms"]);
    assert_eq!(rig.producer.buffer_used(), 0);
    let totals = rig.producer.totals();
    assert_eq!((totals.appended, totals.acknowledged, totals.failed, totals.requests), (2, 2, 0, 1));
    // Only the metadata's age is left to wait for.
    assert_eq!(
        rig.producer.next_timer(),
        Some((Time::ZERO + Span::from_secs(300), ProducerTimer::MetadataRefresh))
    );
}

#[test]
fn what_goes_to_the_same_broker_goes_along_and_what_goes_elsewhere_lingers() {
    let mut rig = Rig::knowing(defaults(), &[("orders", &[Some(1), Some(2), Some(1)])]);
    rig.send(vec![record("alice", "a")]);
    rig.run(millis(3));
    rig.send(vec![record("carol", "c"), record("dave", "d")]);
    assert_eq!(
        rig.run(millis(5)),
        [
            "closed orders-0 #0 Linger 1r 74B 5ms",
            "closed orders-2 #1 SameRequest 1r 74B 2ms",
            "sent c1 to 1: orders-0 #0 1r try 1, orders-2 #1 1r try 1",
        ]
    );
    assert_eq!(
        rig.run(millis(8)),
        ["closed orders-1 #2 Linger 1r 73B 5ms", "sent c2 to 2: orders-1 #2 1r try 1"]
    );
}

#[test]
fn a_request_holds_max_request_size_and_the_next_one_begins_where_it_ended() {
    let config = ProducerConfig { max_request_size: 600, linger: Span::ZERO, ..defaults() };
    let mut rig = Rig::orders(config);
    let to = |p, record| ProducerRecord { partition: Some(millrace_model::Partition(p)), ..record };
    rig.send(vec![to(0, sized(300)), to(1, sized(300)), to(2, sized(300))]);
    let lines: Vec<String> = rig.due().into_iter().filter(|line| line.starts_with("sent")).collect();
    assert_eq!(
        lines,
        [
            "sent c1 to 1: orders-0 #0 1r try 1 then orders-1",
            "sent c2 to 1: orders-1 #1 1r try 1 then orders-2",
            "sent c3 to 1: orders-2 #2 1r try 1",
        ]
    );
}

#[test]
fn a_broker_has_max_in_flight_requests_at_most() {
    let config = ProducerConfig { max_in_flight: 2, linger: Span::ZERO, ..defaults() };
    let mut rig = Rig::orders(config);
    for value in ["a", "b", "c"] {
        rig.send(vec![record("alice", value)]);
        rig.due();
    }
    assert_eq!(rig.producer.in_flight().count(), 2);
    assert_eq!(rig.sent.len(), 2);
    rig.produced(2, ErrorCode::None, 1);
    assert_eq!(rig.due(), ["closed orders-0 #2 Linger 1r 74B 0ms", "sent c3 to 1: orders-0 #2 1r try 1"]);
}

#[test]
fn acks_zero_is_done_when_it_has_left() {
    let config = ProducerConfig { acks: Acks::Zero, linger: Span::ZERO, ..defaults() };
    let mut rig = Rig::orders(config);
    rig.send(vec![record("alice", "a"), record("carol", "c")]);
    assert_eq!(
        rig.due(),
        [
            "closed orders-0 #0 Linger 1r 74B 0ms",
            "closed orders-2 #1 Linger 1r 74B 0ms",
            "sent c1 to 1: orders-0 #0 1r try 1, orders-2 #1 1r try 1",
            "acked orders-0 #0 1r at -1",
            "acked orders-2 #1 1r at -1",
        ]
    );
    assert_eq!((rig.producer.in_flight().count(), rig.producer.buffer_used()), (0, 0));
}

#[test]
fn flush_makes_everything_leave_and_ends_when_it_is_settled() {
    let mut rig = Rig::orders(defaults());
    assert_eq!(rig.step(ProducerInput::Flush), ["flush up to None", "flushed"]);
    rig.send(vec![record("alice", "a")]);
    assert_eq!(rig.step(ProducerInput::Flush), ["flush up to Some(0)"]);
    assert_eq!(rig.due(), ["closed orders-0 #0 Flush 1r 74B 0ms", "sent c1 to 1: orders-0 #0 1r try 1"]);
    rig.produced(1, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["flushed"]);
    rig.send(vec![record("alice", "b")]);
    assert_eq!(rig.due(), [] as [&str; 0]);
}

#[test]
fn close_lets_everything_leave_and_takes_nothing_new() {
    let mut rig = Rig::orders(defaults());
    rig.send(vec![record("alice", "a")]);
    assert_eq!(rig.step(ProducerInput::Close), ["closing"]);
    assert_eq!(
        rig.send(vec![record("alice", "b")]),
        ["failed [2] IllegalStateException: Cannot perform operation after producer has been closed"]
    );
    assert_eq!(rig.due(), ["closed orders-0 #0 Close 1r 74B 0ms", "sent c1 to 1: orders-0 #0 1r try 1"]);
    rig.produced(1, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["closed"]);
    assert_eq!(rig.producer.lifecycle(), Lifecycle::Closed);
    assert_eq!(rig.producer.next_timer(), None);
    assert_eq!(rig.step(ProducerInput::Close), [] as [&str; 0]);
}
