//! What a broker does with batches that carry a producer id and sequence numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_model::config::producer::Acks;
use millrace_model::protocol::*;
use millrace_model::*;
use std::sync::Arc;
use support::*;

fn init() -> Request {
    Request::Txn(Box::new(TxnRequest::InitProducerId(InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout: Span::from_secs(60),
        producer_id: ProducerId::NONE,
        producer_epoch: ProducerEpoch::NONE,
    })))
}

/// A batch of these values, as a producer with that id, epoch and first sequence number sends it.
fn numbered(id: i64, epoch: i16, base_sequence: i32, values: &[&str]) -> Request {
    let producer = ProducedBy {
        id: ProducerId(id),
        epoch: ProducerEpoch(epoch),
        base_sequence,
        is_transactional: false,
        marker: None,
    };
    let batch = Arc::new(Batch::clone(&batch(values)).produced_by(producer));
    produce_with(Acks::All, TopicPartition::new("orders", 0), batch)
}

fn answer(world: &mut World, request: Request) -> (ErrorCode, i64) {
    let Response::Produce(answer) = world.ask(request) else { panic!() };
    (answer.partitions[0].error, answer.partitions[0].base_offset.0)
}

fn end(world: &World) -> i64 {
    world.broker.log(&TopicPartition::new("orders", 0)).unwrap().log_end_offset().0
}

#[test]
fn every_producer_gets_an_id_of_its_own() {
    let mut world = World::ready(1);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let Response::Txn(answer) = world.ask(init()) else { panic!() };
        let TxnResponse::InitProducerId(answer) = *answer else { panic!() };
        assert_eq!((answer.error, answer.producer_epoch), (ErrorCode::None, ProducerEpoch(0)));
        ids.push(answer.producer_id.0);
    }
    assert_eq!(ids, [0, 1, 2]);
}

/// L11-1: what comes twice is in the log once, and the answer is the old one.
#[test]
fn a_batch_that_comes_again_is_answered_with_its_old_offset() {
    let mut world = World::ready(1);
    assert_eq!(answer(&mut world, numbered(0, 0, 0, &["a", "b"])), (ErrorCode::None, 0));
    assert_eq!(answer(&mut world, numbered(0, 0, 2, &["c"])), (ErrorCode::None, 2));
    world.lines.clear();
    assert_eq!(answer(&mut world, numbered(0, 0, 0, &["a", "b"])), (ErrorCode::None, 0));
    world.check(
        "0 DuplicateSequence { tp: orders-0, producer_id: ProducerId(0), producer_epoch: ProducerEpoch(0), base_sequence: 0, base_offset: Offset(0), records: 2 }
         0 -> 4 Produce [\"orders-0 NONE @0\"]",
    );
    assert_eq!(end(&world), 3);
}

#[test]
fn five_batches_are_remembered() {
    let mut world = World::ready(1);
    for sequence in 0..6 {
        assert_eq!(answer(&mut world, numbered(0, 0, sequence, &["x"])).1, i64::from(sequence));
    }
    assert_eq!(answer(&mut world, numbered(0, 0, 1, &["x"])), (ErrorCode::None, 1));
    assert_eq!(answer(&mut world, numbered(0, 0, 0, &["x"])).0, ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(end(&world), 6);
}

#[test]
fn a_gap_is_refused_and_not_kept_for_later() {
    let mut world = World::ready(1);
    answer(&mut world, numbered(0, 0, 0, &["a"]));
    world.lines.clear();
    assert_eq!(answer(&mut world, numbered(0, 0, 2, &["c"])), (ErrorCode::OutOfOrderSequenceNumber, -1));
    world.check(
        "0 ProduceRejected orders-0 OUT_OF_ORDER_SEQUENCE_NUMBER: Out of order sequence number for producer 0 at offset 1: 2 (incoming seq. number), 0 (current end sequence number)
         0 -> 3 Produce [\"orders-0 OUT_OF_ORDER_SEQUENCE_NUMBER @-1\"]",
    );
    assert_eq!(answer(&mut world, numbered(0, 0, 1, &["b"])), (ErrorCode::None, 1));
    assert_eq!(end(&world), 2);
}

#[test]
fn an_older_epoch_is_fenced_and_a_new_one_begins_at_0() {
    let mut world = World::ready(1);
    answer(&mut world, numbered(0, 1, 0, &["a"]));
    assert_eq!(answer(&mut world, numbered(0, 0, 1, &["b"])).0, ErrorCode::InvalidProducerEpoch);
    assert_eq!(answer(&mut world, numbered(0, 2, 1, &["c"])).0, ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(answer(&mut world, numbered(0, 2, 0, &["c"])), (ErrorCode::None, 1));
}
