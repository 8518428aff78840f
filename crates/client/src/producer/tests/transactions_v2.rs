//! Transactions of version 2 (KIP-890): leaders add partitions, and each transaction ends with the next epoch.

use super::transactions::{call, id, send_one, transactional, txn};
use super::*;
use millrace_model::protocol::*;
use millrace_model::{ProducerEpoch, ProducerId, TopicPartition, TransactionVersion};

fn found(transaction_version: TransactionVersion) -> Response {
    let (error, coordinator) = (ErrorCode::None, Some(BrokerId(1)));
    txn(TxnResponse::FindCoordinator(FindTxnCoordinatorResponse { error, coordinator, transaction_version }))
}

fn ended(producer_id: i64, epoch: i16) -> Response {
    let (producer_id, producer_epoch) = (ProducerId(producer_id), ProducerEpoch(epoch));
    txn(TxnResponse::EndTxn(EndTxnResponse { error: ErrorCode::None, producer_id, producer_epoch }))
}

/// A producer that knows `orders` and has begun a transaction.
fn begun() -> Rig {
    let mut rig = Rig::orders(transactional());
    rig.step(call(TransactionCall::InitTransactions));
    rig.due();
    assert_eq!(
        rig.answer(1, found(TransactionVersion::V2)),
        ["transaction.version=2", "FindCoordinator done"]
    );
    rig.due();
    rig.answer(2, id(ErrorCode::None, 0));
    rig.step(call(TransactionCall::BeginTransaction));
    rig
}

fn said(rig: &Rig) -> InTransaction {
    let Request::Produce(request) = &rig.sent[0].request else { panic!("{:?}", rig.sent) };
    *request.transaction.clone().unwrap()
}

#[test]
fn a_transaction_from_beginning_to_end() {
    let mut rig = begun();
    send_one(&mut rig, "1");
    let sent = rig.run(millis(5));
    assert_eq!(sent.last().unwrap(), "sent c3 to 1: orders-0 #0 1r try 1 e0 s0", "nobody is asked before");
    let (transactional_id, version) = ("tx".into(), TransactionVersion::V2);
    assert_eq!(said(&rig), InTransaction { transactional_id, version });
    rig.produced(3, ErrorCode::None, 0);
    rig.step(call(TransactionCall::CommitTransaction));
    assert_eq!(rig.due(), ["EndTxn c4"]);
    let Request::Txn(request) = &rig.sent[0].request else { panic!() };
    assert!(matches!(&**request, TxnRequest::EndTxn(EndTxnRequest { version: TransactionVersion::V2, .. })));
    assert_eq!(
        rig.answer(4, ended(7, 1)),
        ["EndTxn done", "id 7 epoch 1", "COMMITTING_TRANSACTION -> READY", "commitTransaction returned"]
    );
    rig.step(call(TransactionCall::BeginTransaction));
    send_one(&mut rig, "2");
    let sent = rig.run(millis(10));
    assert_eq!(sent.last().unwrap(), "sent c5 to 1: orders-0 #1 1r try 1 e1 s0", "it counts anew");
}

/// No InitProducerId after an abort: its answer brings the epoch, and another id when the epochs are used up.
#[test]
fn an_abort_brings_the_next_epoch() {
    let mut rig = begun();
    send_one(&mut rig, "1");
    rig.run(millis(5));
    let lines = rig.produced(3, ErrorCode::TransactionAbortable, 0);
    assert!(lines[0].starts_with("failed [1] TransactionAbortableException"), "{lines:?}");
    assert!(lines[1].starts_with("IN_TRANSACTION -> ABORTABLE_ERROR"), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
    rig.step(call(TransactionCall::AbortTransaction));
    assert_eq!(rig.due(), ["EndTxn c4"]);
    assert_eq!(
        rig.answer(4, ended(1_000, 0)),
        ["EndTxn done", "id 1000 epoch 0", "ABORTING_TRANSACTION -> READY", "abortTransaction returned"]
    );
    assert_eq!(rig.producer.producer_id(), Some((ProducerId(1_000), ProducerEpoch(0))));
}

/// A leader that waits for the transaction before says so: the batch is sent again.
#[test]
fn a_leader_may_have_to_wait_for_the_transaction_before() {
    let mut rig = begun();
    send_one(&mut rig, "1");
    rig.run(millis(5));
    let lines = rig.produced(3, ErrorCode::ConcurrentTransactions, 0);
    assert!(lines[0].contains("CONCURRENT_TRANSACTIONS"), "{lines:?}");
    assert_eq!(rig.producer.transaction_state(), Some(TransactionState::InTransaction));
    let sent = rig.run(millis(200));
    assert_eq!(sent.last().unwrap(), "sent c4 to 1: orders-0 #0 1r try 2 e0 s0");
}

#[test]
fn offsets_need_no_question_before() {
    let mut rig = begun();
    let committed = CommittedOffset { offset: Offset(5), leader_epoch: None, metadata: "m".into() };
    let offsets = vec![(TopicPartition::new("orders", 0), committed)];
    let group = ConsumerGroupMetadata::of("g".into());
    rig.step(call(TransactionCall::SendOffsetsToTransaction { group, offsets }));
    assert_eq!(rig.due(), ["FindCoordinator c3"], "the group's");
    let answer = FindCoordinatorResponse {
        error: ErrorCode::None,
        coordinator: Some(BrokerId(2)),
        offsets_partition: millrace_model::Partition(1),
    };
    rig.answer(3, Response::FindCoordinator(answer));
    assert_eq!(rig.due(), ["TxnOffsetCommit c4"]);
    let done = vec![(TopicPartition::new("orders", 0), ErrorCode::None)];
    rig.answer(4, txn(TxnResponse::TxnOffsetCommit(done)));
    rig.step(call(TransactionCall::CommitTransaction));
    assert_eq!(rig.due(), ["EndTxn c5"], "there is something to end");
}

/// The cluster's feature was raised: a transaction ends as it has begun, and the next one is the first of the new way.
#[test]
fn a_cluster_that_is_upgraded() {
    let mut rig = Rig::orders(transactional());
    rig.step(call(TransactionCall::InitTransactions));
    rig.due();
    assert_eq!(rig.answer(1, found(TransactionVersion::V0)), ["FindCoordinator done"]);
    rig.due();
    rig.answer(2, id(ErrorCode::None, 0));
    rig.step(call(TransactionCall::BeginTransaction));
    send_one(&mut rig, "1");
    assert_eq!(rig.due(), ["AddPartitionsToTxn c3"]);
    let added = vec![(TopicPartition::new("orders", 0), ErrorCode::NotCoordinator)];
    rig.answer(3, txn(TxnResponse::AddPartitionsToTxn(added)));
    rig.run(millis(100));
    assert_eq!(
        rig.answer(4, found(TransactionVersion::V2)),
        ["transaction.version=2", "FindCoordinator done"]
    );
    assert_eq!(rig.run(millis(200)), ["AddPartitionsToTxn c5"]);
    let added = vec![(TopicPartition::new("orders", 0), ErrorCode::None)];
    rig.answer(5, txn(TxnResponse::AddPartitionsToTxn(added)));
    rig.due();
    rig.produced(6, ErrorCode::None, 0);
    rig.step(call(TransactionCall::CommitTransaction));
    assert_eq!(rig.due(), ["EndTxn c7"]);
    let answer = txn(TxnResponse::EndTxn(EndTxnResponse::of(ErrorCode::None)));
    assert_eq!(rig.answer(7, answer), ["EndTxn done", "COMMITTING_TRANSACTION -> INITIALIZING"]);
    assert_eq!(rig.due(), ["InitProducerId c8"]);
    rig.answer(8, id(ErrorCode::None, 1));
    assert_eq!(rig.producer.transaction_version(), Some(TransactionVersion::V2));
    assert_eq!(rig.producer.transaction_state(), Some(TransactionState::Ready));
}
