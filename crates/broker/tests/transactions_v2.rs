//! KIP-890 at one broker: what belongs to a transaction is known before it is appended, and in transactions of version 2 each
//! transaction has an epoch of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::{TxnMetadata, TxnState};
use millrace_model::config::producer::Acks;
use millrace_model::protocol::*;
use millrace_model::*;
use std::sync::Arc;
use support::*;

const ID: &str = "shop-1";

type Producer = (ProducerId, ProducerEpoch);

struct Bench {
    world: World,
    version: TransactionVersion,
}

impl Bench {
    fn new(version: TransactionVersion) -> Bench {
        Bench { world: World::ready(1), version }
    }

    fn ask(&mut self, request: TxnRequest) -> TxnResponse {
        let Response::Txn(answer) = self.world.ask(Request::Txn(Box::new(request))) else { panic!() };
        *answer
    }

    fn init(&mut self) -> Producer {
        let request = InitProducerIdRequest {
            transactional_id: Some(ID.into()),
            transaction_timeout: Span::from_secs(60),
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch::NONE,
        };
        let TxnResponse::InitProducerId(answer) = self.ask(TxnRequest::InitProducerId(request)) else {
            panic!()
        };
        assert_eq!(answer.error, ErrorCode::None);
        (answer.producer_id, answer.producer_epoch)
    }

    /// AddPartitionsToTxn, as clients of the old way send it.
    fn add(&mut self, (producer_id, producer_epoch): Producer) -> ErrorCode {
        let request = AddPartitionsToTxnRequest {
            transactional_id: ID.into(),
            producer_id,
            producer_epoch,
            partitions: vec![TopicPartition::new("orders", 0)],
            verify_only: false,
            version: self.version,
        };
        let TxnResponse::AddPartitionsToTxn(answer) = self.ask(TxnRequest::AddPartitionsToTxn(request))
        else {
            panic!()
        };
        answer.first().unwrap().1
    }

    fn send(&mut self, (id, epoch): Producer, base_sequence: i32) -> Result<i64, ErrorCode> {
        let producer = ProducedBy { id, epoch, base_sequence, is_transactional: true, marker: None };
        let batch = Batch::new(vec![Record::new(Timestamp(0), None, Some(b"1"))]).produced_by(producer);
        let transaction = InTransaction { transactional_id: ID.into(), version: self.version };
        let request = ProduceRequest {
            acks: Acks::All,
            timeout: Span::from_secs(30),
            data: vec![(TopicPartition::new("orders", 0), Arc::new(batch))],
            transaction: Some(Box::new(transaction)),
        };
        let Response::Produce(answer) = self.world.ask(Request::Produce(request)) else { panic!() };
        let answer = answer.partitions.first().unwrap();
        if answer.error == ErrorCode::None { Ok(answer.base_offset.0) } else { Err(answer.error) }
    }

    fn end(
        &mut self,
        (producer_id, producer_epoch): Producer,
        committed: bool,
    ) -> Result<Producer, ErrorCode> {
        let (transactional_id, version) = (ID.into(), self.version);
        let request = EndTxnRequest { transactional_id, producer_id, producer_epoch, committed, version };
        let TxnResponse::EndTxn(answer) = self.ask(TxnRequest::EndTxn(request)) else { panic!() };
        if answer.error == ErrorCode::None {
            Ok((answer.producer_id, answer.producer_epoch))
        } else {
            Err(answer.error)
        }
    }

    fn known(&self) -> &TxnMetadata {
        self.world.broker.txn_coordinator().transaction(ID).unwrap()
    }

    fn is_open(&self, id: ProducerId) -> bool {
        let log = self.world.broker.log(&TopicPartition::new("orders", 0)).unwrap();
        log.producers().producer(id).is_some_and(|known| known.current_txn_first_offset.is_some())
    }
}

#[test]
fn a_partition_that_is_not_part_of_the_transaction_is_not_written() {
    let mut bench = Bench::new(TransactionVersion::V0);
    let me = bench.init();
    assert_eq!(bench.send(me, 0), Err(ErrorCode::TransactionAbortable));
    assert_eq!((bench.add(me), bench.send(me, 0)), (ErrorCode::None, Ok(0)));
    assert_eq!(bench.send(me, 1), Ok(1), "it is open here: nobody is asked");
    assert_eq!(bench.end(me, false), Ok((ProducerId::NONE, ProducerEpoch::NONE)));
    assert_eq!(bench.send(me, 2), Err(ErrorCode::TransactionAbortable), "a late batch, behind its marker");
    assert!(!bench.is_open(me.0));
}

#[test]
fn without_verification_a_late_batch_opens_a_transaction_that_nobody_ends() {
    let mut bench = Bench::new(TransactionVersion::V0);
    let resource = ConfigResource::new(ResourceKind::Broker, "");
    let changes = vec![("transaction.partition.verification.enable".into(), Some("false".into()))];
    bench.world.ask(Request::Admin(AdminRequest::IncrementalAlterConfigs { resource, changes }));
    let me = bench.init();
    assert_eq!((bench.add(me), bench.send(me, 0)), (ErrorCode::None, Ok(0)));
    bench.end(me, false).unwrap();
    assert_eq!(bench.send(me, 1), Ok(2));
    assert!(bench.is_open(me.0));
    assert_eq!((bench.known().state, bench.known().partitions.len()), (TxnState::CompleteAbort, 0));
}

#[test]
fn a_leader_adds_the_partition_and_each_end_brings_an_epoch() {
    let mut bench = Bench::new(TransactionVersion::V2);
    let (id, epoch) = bench.init();
    assert_eq!(bench.send((id, epoch), 0), Ok(0));
    assert_eq!((bench.known().state, bench.known().partitions.len()), (TxnState::Ongoing, 1));
    let next = bench.end((id, epoch), true);
    assert_eq!(next, Ok((id, ProducerEpoch(epoch.0 + 1))));
    assert_eq!(bench.end((id, epoch), true), next, "the answer got lost: asked again");
    assert_eq!(bench.end((id, epoch), false), Err(ErrorCode::InvalidTxnState), "but it was a commit");
    assert_eq!(bench.send((id, epoch), 1), Err(ErrorCode::InvalidProducerEpoch), "a late batch");
    assert!(!bench.is_open(id));
    let next = next.unwrap();
    assert_eq!(bench.send(next, 0), Ok(2));
    assert_eq!(bench.end((id, epoch), true), Err(ErrorCode::ProducerFenced), "of the transaction before");
    assert!(bench.is_open(id));
}

#[test]
fn an_abort_needs_nothing_that_has_begun() {
    let mut bench = Bench::new(TransactionVersion::V2);
    let (id, epoch) = bench.init();
    assert_eq!(bench.end((id, epoch), true), Err(ErrorCode::InvalidTxnState));
    let second = bench.end((id, epoch), false).unwrap();
    assert_eq!((second, bench.known().state), ((id, ProducerEpoch(epoch.0 + 1)), TxnState::CompleteAbort));
    assert_eq!(bench.end((id, epoch), false), Ok(second), "again");
    let third = bench.end(second, false).unwrap();
    assert_eq!(third, (id, ProducerEpoch(epoch.0 + 2)));
    assert_eq!(bench.end(second, true), Err(ErrorCode::InvalidTxnState));
}

#[test]
fn another_id_comes_when_the_epochs_are_used_up() {
    let mut bench = Bench::new(TransactionVersion::V2);
    let mut me = bench.init();
    let first = me.0;
    while me.1.0 < i16::MAX - 1 {
        me = bench.end(me, false).unwrap();
        assert_eq!(me.0, first);
    }
    assert_eq!(bench.send(me, 0), Ok(0));
    let next = bench.end(me, true).unwrap();
    assert_eq!((next.1, next.0 == first), (ProducerEpoch(0), false));
    assert_eq!(bench.end(me, true), Ok(next), "the answer got lost: asked again");
    assert_eq!(bench.send(me, 1), Err(ErrorCode::InvalidProducerIdMapping));
    assert_eq!(bench.send(next, 0), Ok(2));
}

/// The producer before is fenced by one epoch, its transaction aborted under another.
#[test]
fn a_successor_fences_by_the_next_epoch_but_one() {
    let mut bench = Bench::new(TransactionVersion::V2);
    let me = bench.init();
    assert_eq!(bench.send(me, 0), Ok(0));
    let request = InitProducerIdRequest {
        transactional_id: Some(ID.into()),
        transaction_timeout: Span::from_secs(60),
        producer_id: ProducerId::NONE,
        producer_epoch: ProducerEpoch::NONE,
    };
    let TxnResponse::InitProducerId(answer) = bench.ask(TxnRequest::InitProducerId(request)) else {
        panic!()
    };
    assert_eq!(answer.error, ErrorCode::ConcurrentTransactions);
    assert_eq!(
        (bench.known().state, bench.known().producer_epoch),
        (TxnState::CompleteAbort, ProducerEpoch(2))
    );
    assert_eq!(bench.send(me, 1), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(bench.init(), (me.0, ProducerEpoch(3)));
}
