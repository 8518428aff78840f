//! What comes back is sent again, in order.

use super::idempotence::{idempotent, ready};
use super::*;

fn at_once() -> ProducerConfig {
    ProducerConfig { linger: Span::ZERO, ..defaults() }
}

#[test]
fn a_batch_that_failed_goes_again_before_everything_later() {
    let mut rig = ready(idempotent());
    rig.send(vec![record("alice", "a")]);
    rig.due();
    assert_eq!(
        rig.produced(2, ErrorCode::NotEnoughReplicas, -1),
        // 100 ms less 20 %: the dice show 0.
        ["retry 1 orders-0 #0 NOT_ENOUGH_REPLICAS in 80ms", "ended c2 Answered 0ms"]
    );
    rig.send(vec![record("alice", "b")]);
    assert_eq!(rig.run(millis(79)), [] as [&str; 0]);
    // The next one leaves behind it; the broker does not take it before.
    assert_eq!(
        rig.run(millis(80)),
        [
            "sent c3 to 1: orders-0 #0 1r try 2 e0 s0",
            "closed orders-0 #1 Linger 1r 74B 80ms",
            "sent c4 to 1: orders-0 #1 1r try 1 e0 s1",
        ]
    );
    assert_eq!(
        rig.produced(3, ErrorCode::NotEnoughReplicas, -1),
        ["retry 2 orders-0 #0 NOT_ENOUGH_REPLICAS in 160ms", "ended c3 Answered 0ms"]
    );
    rig.produced(4, ErrorCode::OutOfOrderSequenceNumber, -1);
    assert_eq!(rig.run(millis(239)), [] as [&str; 0], "the second could leave, the first not yet");
    assert_eq!(rig.run(millis(240)), ["sent c5 to 1: orders-0 #0 1r try 3 e0 s0"]);
    rig.produced(5, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["sent c6 to 1: orders-0 #1 1r try 2 e0 s1"]);
    assert_eq!(rig.take_produce(), [("orders-0".to_owned(), vec!["b".to_owned()])]);
}

#[test]
fn batches_that_come_back_in_the_wrong_order_are_put_right() {
    let mut rig = ready(idempotent());
    for value in ["a", "b", "c"] {
        rig.send(vec![record("alice", value)]);
        rig.due();
    }
    for correlation in [3, 2, 4] {
        rig.produced(correlation, ErrorCode::NotEnoughReplicas, -1);
    }
    let mut order = Vec::new();
    for correlation in 5..8 {
        rig.run(rig.now + Span::from_secs(2));
        assert_eq!(rig.sent.len(), 1, "one at a time while they are sent again");
        let Request::Produce(request) = &rig.sent[0].request else { panic!() };
        order.push(request.data[0].1.records[0].value.clone().unwrap()[0]);
        rig.produced(correlation, ErrorCode::None, 0);
    }
    assert_eq!(order, *b"abc");
}

#[test]
fn a_new_leader_ends_the_backoff_and_gets_the_batch() {
    let mut rig = Rig::orders(at_once());
    rig.send(vec![record("alice", "a")]);
    rig.due();
    assert_eq!(
        rig.produced(1, ErrorCode::NotLeaderOrFollower, -1),
        [
            "retry 1 orders-0 #0 NOT_LEADER_OR_FOLLOWER in 80ms",
            "refresh Stale(Answered(NotLeaderOrFollower))",
            "ended c1 Answered 0ms",
        ]
    );
    assert_eq!(rig.due(), ["metadata c2 from 1 [orders] Stale(Answered(NotLeaderOrFollower))"]);
    let mut moved = cluster(&[("orders", &[Some(2), Some(1), Some(1)])]);
    moved.topics.get_mut("orders").unwrap().partitions[0].leader_epoch = LeaderEpoch(1);
    let answer = MetadataResponse { cluster: moved, errors: vec![] };
    assert_eq!(rig.answer(2, Response::Metadata(answer)), ["metadata is [orders]"]);
    assert_eq!(rig.due(), ["sent c3 to 2: orders-0 #0 1r try 2"]);
}

#[test]
fn an_unanswered_request_ends_the_connection_and_everything_on_it() {
    let mut rig = Rig::orders(at_once());
    rig.send(vec![record("alice", "a")]);
    rig.due();
    rig.run(millis(10_000));
    rig.send(vec![record("carol", "c")]);
    rig.due();
    // A broker that gives up after as long is heard before.
    assert_eq!(rig.run(millis(30_000)), [] as [&str; 0]);
    let lines = rig.run(millis(30_001));
    assert_eq!(
        lines,
        [
            "disconnected 1 timeout",
            "retry 1 orders-0 #0 REQUEST_TIMED_OUT in 80ms",
            "ended c1 TimedOut 30001ms",
            "retry 1 orders-2 #1 NETWORK_EXCEPTION in 80ms",
            "ended c2 Disconnected 20001ms",
            "refresh Disconnected",
            "metadata c3 from 1 [orders] Disconnected",
        ]
    );
    // The answer that comes after all belongs to nothing.
    assert_eq!(rig.produced(1, ErrorCode::None, 0), ["ignored c1 Produce from 1"]);
    assert_eq!(rig.run(millis(30_081)), ["sent c4 to 1: orders-0 #0 1r try 2, orders-2 #1 1r try 2"]);
}

#[test]
fn a_broken_connection_is_noticed_at_once() {
    let mut rig = Rig::orders(at_once());
    rig.send(vec![record("alice", "a")]);
    rig.due();
    assert_eq!(
        rig.step(ProducerInput::Disconnected(BrokerId(1))),
        [
            "disconnected 1",
            "retry 1 orders-0 #0 NETWORK_EXCEPTION in 80ms",
            "ended c1 Disconnected 0ms",
            "refresh Disconnected",
        ]
    );
}

#[test]
fn a_batch_too_large_for_the_broker_is_split() {
    let mut rig = ready(ProducerConfig { batch_size: 200, ..idempotent() });
    // Three records of 50 bytes; with batch.size 200 two fit into a part.
    rig.producer.config = Arc::new(ProducerConfig { batch_size: 1_000, ..idempotent() });
    rig.send(vec![sized(50); 3]);
    rig.due();
    rig.producer.config = Arc::new(ProducerConfig { batch_size: 200, ..idempotent() });
    rig.send(vec![sized(50)]);
    assert_eq!(
        rig.produced(2, ErrorCode::MessageTooLarge, -1),
        ["split orders-0 #0 into #2 2r, #3 1r", "ended c2 Answered 0ms"]
    );
    assert_eq!(rig.due(), ["sent c3 to 1: orders-0 #2 2r try 1 e0 s0"]);
    rig.produced(3, ErrorCode::None, 0);
    assert_eq!(
        rig.due(),
        [
            "sent c4 to 1: orders-0 #3 1r try 1 e0 s2",
            "closed orders-0 #1 Linger 1r 111B 0ms",
            "sent c5 to 1: orders-0 #1 1r try 1 e0 s3",
        ]
    );
    rig.produced(4, ErrorCode::None, 2);
    rig.produced(5, ErrorCode::None, 3);
    assert_eq!(rig.producer.buffer_used(), 0);
}

#[test]
fn retries_counts() {
    let mut rig = Rig::orders(ProducerConfig { retries: 1, ..at_once() });
    rig.send(vec![record("alice", "a")]);
    rig.due();
    rig.produced(1, ErrorCode::NotEnoughReplicas, -1);
    rig.run(millis(80));
    assert_eq!(
        rig.produced(2, ErrorCode::NotEnoughReplicas, -1),
        [
            "failed [1] NotEnoughReplicasException: Messages are rejected since there are fewer in-sync replicas \
             than required.",
            "ended c2 Answered 0ms",
        ]
    );
}

#[test]
fn a_backoff_doubles_is_shaken_and_capped() {
    let rig = Rig::orders(at_once());
    let backoff = |attempts, roll: u64| rig.producer.backoff(attempts, &FixedDice(roll << 32), 0).as_millis();
    assert_eq!([0, 1, 2, 3, 4, 99].map(|n| backoff(n, 200_000)), [100, 200, 400, 800, 1000, 1000]);
    assert_eq!([0, 399_999].map(|roll| backoff(0, roll)), [80, 119]);
}
