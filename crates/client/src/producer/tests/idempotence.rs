//! `enable.idempotence`: sequence numbers, what comes again, what was given up.

use super::*;
use millrace_model::protocol::{InitProducerIdResponse, TxnResponse};
use millrace_model::{Partition, ProducerEpoch, ProducerId};

/// Nobody has said anything: that is the default.
pub(super) fn idempotent() -> ProducerConfig {
    ProducerConfig { linger: Span::ZERO, enable_idempotence: None, ..defaults() }
}

fn id(error: ErrorCode) -> Response {
    let (producer_id, producer_epoch) = (ProducerId(7), ProducerEpoch(0));
    Response::Txn(Box::new(TxnResponse::InitProducerId(InitProducerIdResponse {
        error,
        producer_id,
        producer_epoch,
    })))
}

/// A producer that has its id and knows `orders`.
pub(super) fn ready(config: ProducerConfig) -> Rig {
    let mut rig = Rig::orders(config);
    assert_eq!(rig.due(), ["id? c1 from 1"]);
    assert_eq!(rig.answer(1, id(ErrorCode::None)), ["id 7 epoch 0"]);
    rig
}

/// The same key, so the same partition: one batch each.
fn send_each(rig: &mut Rig, values: &[&str]) -> Vec<String> {
    values
        .iter()
        .flat_map(|value| {
            rig.send(vec![record("alice", value)]);
            rig.due().into_iter().filter(|line| line.starts_with("sent")).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn nothing_leaves_before_the_id_is_there() {
    let mut rig = Rig::orders(idempotent());
    rig.send(vec![record("alice", "a")]);
    assert_eq!(rig.due(), ["id? c1 from 1"]);
    let busy = id(ErrorCode::CoordinatorLoadInProgress);
    assert_eq!(rig.answer(1, busy), ["no id: COORDINATOR_LOAD_IN_PROGRESS"]);
    assert_eq!(rig.run(millis(99)), [] as [&str; 0]);
    assert_eq!(rig.run(millis(100)), ["id? c2 from 1"]);
    rig.answer(2, id(ErrorCode::None));
    assert_eq!(
        rig.due(),
        ["closed orders-0 #0 Linger 1r 74B 100ms", "sent c3 to 1: orders-0 #0 1r try 1 e0 s0"]
    );
}

#[test]
fn an_unanswered_question_for_the_id_is_asked_again() {
    let mut rig = Rig::orders(idempotent());
    assert_eq!(rig.due(), ["id? c1 from 1"]);
    let lines = rig.run(millis(30_001));
    assert_eq!(lines[..2], ["disconnected 1 timeout", "no id: NETWORK_EXCEPTION"]);
    // Of another: its connection was tried less lately (`NetworkClient.leastLoadedNode`).
    assert_eq!(rig.run(millis(30_101))[..1], ["id? c2 from 2"]);
}

#[test]
fn each_batch_has_the_next_sequence_number_of_its_partition() {
    let mut rig = ready(idempotent());
    rig.send(vec![record("alice", "a"), record("alice", "b")]);
    rig.due();
    let sent = send_each(&mut rig, &["c"]);
    assert_eq!(sent, ["sent c3 to 1: orders-0 #1 1r try 1 e0 s2"]);
    let Request::Produce(request) = &rig.sent[1].request else { panic!() };
    let producer = request.data[0].1.producer.as_deref().unwrap();
    assert_eq!((producer.id, producer.epoch, producer.base_sequence), (ProducerId(7), ProducerEpoch(0), 2));
    let tp = TopicPartition { topic: "orders".into(), partition: Partition(0) };
    assert_eq!(rig.producer.next_sequence(&tp), Some(3));
}

/// L11-3: the first of three batches in flight fails once, the broker refuses the others, and all come again in order.
#[test]
fn what_fails_comes_again_in_order_one_at_a_time() {
    let mut rig = ready(idempotent());
    assert_eq!(
        send_each(&mut rig, &["a", "b", "c"]),
        [
            "sent c2 to 1: orders-0 #0 1r try 1 e0 s0",
            "sent c3 to 1: orders-0 #1 1r try 1 e0 s1",
            "sent c4 to 1: orders-0 #2 1r try 1 e0 s2"
        ]
    );
    rig.produced(2, ErrorCode::NotEnoughReplicas, -1);
    rig.produced(3, ErrorCode::OutOfOrderSequenceNumber, -1);
    rig.produced(4, ErrorCode::OutOfOrderSequenceNumber, -1);
    assert_eq!(rig.run(millis(200)), ["sent c5 to 1: orders-0 #0 1r try 2 e0 s0"]);
    rig.produced(5, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["sent c6 to 1: orders-0 #1 1r try 2 e0 s1"]);
    rig.produced(6, ErrorCode::None, 1);
    assert_eq!(rig.due(), ["sent c7 to 1: orders-0 #2 1r try 2 e0 s2"]);
}

/// The same without sequence numbers: the broker has taken the second, and what failed stands behind it.
#[test]
fn without_idempotence_a_later_batch_overtakes() {
    let config = ProducerConfig { enable_idempotence: Some(false), ..idempotent() };
    let mut rig = Rig::orders(config);
    assert_eq!(
        send_each(&mut rig, &["a", "b"]),
        ["sent c1 to 1: orders-0 #0 1r try 1", "sent c2 to 1: orders-0 #1 1r try 1"]
    );
    rig.produced(1, ErrorCode::NotEnoughReplicas, -1);
    assert_eq!(
        rig.run(millis(80)),
        ["sent c3 to 1: orders-0 #0 1r try 2"],
        "it does not wait for the second"
    );
    // Two that come back stand in the order in which they came back: the first of them last.
    rig.produced(3, ErrorCode::NotEnoughReplicas, -1);
    rig.produced(2, ErrorCode::NotEnoughReplicas, -1);
    rig.now = millis(1_000);
    assert_eq!(
        rig.due(),
        ["sent c4 to 1: orders-0 #1 1r try 2", "sent c5 to 1: orders-0 #0 1r try 3"],
        "RecordAccumulator.reenqueue adds at the front"
    );
}

#[test]
fn with_one_request_in_flight_order_needs_no_sequence_numbers() {
    let config = ProducerConfig { enable_idempotence: Some(false), max_in_flight: 1, ..idempotent() };
    let mut rig = Rig::orders(config);
    assert_eq!(send_each(&mut rig, &["a", "b"]), ["sent c1 to 1: orders-0 #0 1r try 1"]);
    rig.produced(1, ErrorCode::NotEnoughReplicas, -1);
    assert_eq!(rig.run(millis(80)), ["sent c2 to 1: orders-0 #0 1r try 2"]);
}

#[test]
fn a_batch_that_the_broker_refuses_for_good_raises_the_epoch() {
    let mut rig = ready(idempotent());
    send_each(&mut rig, &["a", "b", "c"]);
    rig.produced(2, ErrorCode::None, 0);
    assert_eq!(
        rig.produced(3, ErrorCode::InvalidRecord, -1),
        [
            "failed [2] InvalidRecordException: This record has failed the validation on broker and hence will be rejected.",
            "bump for orders-0",
            "ended c3 Answered 0ms",
        ]
    );
    // The third is still in flight: it will come back, and goes again with the first number of the new epoch.
    assert_eq!(rig.due(), ["epoch Some(1)"]);
    assert_eq!(
        rig.produced(4, ErrorCode::OutOfOrderSequenceNumber, -1),
        ["retry 1 orders-0 #2 OUT_OF_ORDER_SEQUENCE_NUMBER in 80ms", "ended c4 Answered 0ms"]
    );
    assert_eq!(rig.run(millis(80)), ["sent c5 to 1: orders-0 #2 1r try 2 e1 s0"]);
    let Request::Produce(request) = &rig.sent[0].request else { panic!() };
    assert_eq!(request.data[0].1.producer.as_deref().map(|p| p.base_sequence), Some(0));
    rig.produced(5, ErrorCode::None, 1);
    assert_eq!(send_each(&mut rig, &["d"]), ["sent c6 to 1: orders-0 #3 1r try 1 e1 s1"]);
}

/// KIP-360: whether a batch that was given up is in the log nobody knows; under a new epoch it does not matter.
#[test]
fn a_batch_that_is_given_up_after_a_retry_raises_the_epoch_once_the_others_are_settled() {
    let config = ProducerConfig {
        request_timeout: Span::from_millis(600),
        delivery_timeout: Span::from_millis(1_000),
        ..idempotent()
    };
    let mut rig = ready(config);
    send_each(&mut rig, &["a"]);
    assert!(rig.run(millis(999)).contains(&"sent c4 to 1: orders-0 #0 1r try 2 e0 s0".to_owned()));
    send_each(&mut rig, &["b"]);
    assert_eq!(
        rig.run(millis(1_000))[..2],
        [
            "failed [1] TimeoutException: Expiring 1 record(s) for orders-0:1000 ms has passed since batch creation",
            "unresolved orders-0 before 1",
        ]
    );
    assert_eq!(send_each(&mut rig, &["c"]), [] as [&str; 0], "nothing new while the second is in flight");
    let second = rig.sent.last().unwrap().correlation.0;
    rig.produced(second, ErrorCode::None, 1);
    assert_eq!(
        rig.due(),
        [
            "resolved orders-0 true",
            "closed orders-0 #2 Linger 1r 74B 0ms",
            &format!("sent c{} to 1: orders-0 #2 1r try 1 e0 s2", second + 1),
        ],
        "the second is in the log, so the first is too"
    );
}

#[test]
fn a_batch_that_was_too_large_keeps_its_numbers_in_parts() {
    let mut rig = ready(ProducerConfig { batch_size: 150, ..idempotent() });
    let long = "x".repeat(40);
    rig.send(vec![record("alice", &long), record("alice", "b")]);
    rig.due();
    Arc::make_mut(&mut rig.producer.config).batch_size = 100;
    rig.produced(2, ErrorCode::MessageTooLarge, -1);
    assert_eq!(rig.due(), ["sent c3 to 1: orders-0 #1 1r try 1 e0 s0"]);
    rig.produced(3, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["sent c4 to 1: orders-0 #2 1r try 1 e0 s1"]);
}
