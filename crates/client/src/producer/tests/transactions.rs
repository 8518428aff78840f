//! `transactional.id`: the calls, their order, their failures.

use super::*;
use millrace_model::protocol::*;
use millrace_model::{Generation, ProducerEpoch, ProducerId, TopicPartition, TransactionVersion};

pub(super) fn describe(event: &TransactionEvent) -> String {
    let short =
        |failure: &Failure| format!("{}: {}", failure.class.rsplit('.').next().unwrap(), failure.message);
    match event {
        TransactionEvent::CallWaits { call, .. } => match call {
            AppCall::Transaction(call) => format!("{} waits", call.name()),
            AppCall::Send(records) => format!("send of {} waits", records.records().len()),
            AppCall::Flush => "flush waits".into(),
            AppCall::Close => "close waits".into(),
        },
        TransactionEvent::CallTaken { .. } => "next call".into(),
        TransactionEvent::CallBegan { call, is_resumed: false, .. } => format!("{} blocks", call.name()),
        TransactionEvent::CallBegan { call, .. } => format!("{} blocks again", call.name()),
        TransactionEvent::CallReturned { call, failure: None, .. } => format!("{} returned", call.name()),
        TransactionEvent::CallReturned { call, failure: Some(failure), .. } => {
            format!("{} threw {}", call.name(), short(failure))
        }
        TransactionEvent::StateChanged { from, to, error: None, .. } => format!("{from} -> {to}"),
        TransactionEvent::StateChanged { from, to, error: Some(error), .. } => {
            format!("{from} -> {to} {}", short(error))
        }
        TransactionEvent::PartitionsWanted { partitions, .. } => {
            let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
            format!("wants [{}]", partitions.join(" "))
        }
        TransactionEvent::EpochBumpWanted { .. } => "wants another epoch".into(),
        TransactionEvent::Requested { correlation, request, .. } => {
            format!("{} c{}", request.api(), correlation.0)
        }
        TransactionEvent::Settled { request, step, .. } => match step {
            TransactionStep::Done | TransactionStep::Found(_) => format!("{} done", request.api()),
            TransactionStep::Retried { error, lookup, .. } => {
                let lookup = if lookup.is_some() { ", looks for the coordinator" } else { "" };
                format!("{} again: {}{lookup}", request.api(), error.name())
            }
            TransactionStep::Failed(error) => format!("{} failed: {}", request.api(), error.name()),
        },
        TransactionEvent::EndedEmpty { committed, .. } => format!("ended empty {committed}"),
        TransactionEvent::AbortedByClose { .. } => "close aborts".into(),
        TransactionEvent::VersionFound { version, .. } => format!("transaction.version={version}"),
    }
}

pub(super) fn transactional() -> ProducerConfig {
    ProducerConfig {
        linger: Span::from_millis(5),
        transactional_id: Some("tx".into()),
        enable_idempotence: None,
        ..defaults()
    }
}

pub(super) fn call(call: TransactionCall) -> ProducerInput {
    ProducerInput::Transaction(call)
}

pub(super) fn txn(answer: TxnResponse) -> Response {
    Response::Txn(Box::new(answer))
}

fn found() -> Response {
    let (error, coordinator) = (ErrorCode::None, Some(BrokerId(1)));
    let transaction_version = TransactionVersion::V0;
    txn(TxnResponse::FindCoordinator(FindTxnCoordinatorResponse { error, coordinator, transaction_version }))
}

pub(super) fn id(error: ErrorCode, epoch: i16) -> Response {
    let (producer_id, producer_epoch) = (ProducerId(7), ProducerEpoch(epoch));
    let answer = InitProducerIdResponse { error, producer_id, producer_epoch };
    txn(TxnResponse::InitProducerId(answer))
}

impl Rig {
    /// The number of the only request that waits for its answer.
    pub(super) fn open(&self) -> u64 {
        assert_eq!(self.sent.len(), 1, "{:?}", self.sent);
        self.sent[0].correlation.0
    }

    /// Answers AddPartitionsToTxn with one error for all.
    fn added(&mut self, error: ErrorCode) -> Vec<String> {
        let Request::Txn(request) = &self.sent[0].request else { panic!() };
        let TxnRequest::AddPartitionsToTxn(request) = &**request else { panic!("{request:?}") };
        let partitions = request.partitions.iter().map(|tp| (tp.clone(), error)).collect();
        self.answer(self.open(), txn(TxnResponse::AddPartitionsToTxn(partitions)))
    }

    fn ended(&mut self, error: ErrorCode) -> Vec<String> {
        self.answer(self.open(), txn(TxnResponse::EndTxn(EndTxnResponse::of(error))))
    }
}

/// A producer that has called `initTransactions`, knows `orders` and has begun a transaction.
pub(super) fn begun(config: ProducerConfig) -> Rig {
    let mut rig = Rig::orders(config);
    let init = call(TransactionCall::InitTransactions);
    assert_eq!(rig.step(init), ["UNINITIALIZED -> INITIALIZING", "initTransactions blocks"]);
    assert_eq!(rig.due(), ["FindCoordinator c1"]);
    assert_eq!(rig.answer(1, found()), ["FindCoordinator done"]);
    assert_eq!(rig.due(), ["InitProducerId c2"]);
    assert_eq!(
        rig.answer(2, id(ErrorCode::None, 0)),
        ["InitProducerId done", "id 7 epoch 0", "INITIALIZING -> READY", "initTransactions returned"]
    );
    assert_eq!(
        rig.step(call(TransactionCall::BeginTransaction)),
        ["READY -> IN_TRANSACTION", "beginTransaction returned"]
    );
    rig
}

pub(super) fn send_one(rig: &mut Rig, value: &str) {
    rig.send(vec![record("alice", value)]);
}

#[test]
fn a_transaction_from_beginning_to_end() {
    let mut rig = begun(transactional());
    let sent = rig.send(vec![record("alice", "1")]);
    assert_eq!(sent.last().unwrap(), "wants [orders-0]");
    assert_eq!(rig.due(), ["AddPartitionsToTxn c3"], "before any record leaves");
    let commit = call(TransactionCall::CommitTransaction);
    assert_eq!(rig.step(commit), ["IN_TRANSACTION -> COMMITTING_TRANSACTION", "commitTransaction blocks"]);
    assert_eq!(rig.due(), Vec::<String>::new());
    assert_eq!(rig.added(ErrorCode::None), ["AddPartitionsToTxn done"]);
    assert_eq!(
        rig.due(),
        ["closed orders-0 #0 TransactionCompleting 1r 74B 0ms", "sent c4 to 1: orders-0 #0 1r try 1 e0 s0"],
        "it does not linger"
    );
    let Request::Produce(request) = &rig.sent[0].request else { panic!() };
    assert!(request.data[0].1.producer.as_deref().unwrap().is_transactional);
    assert_eq!(rig.produced(4, ErrorCode::None, 0)[0], "acked orders-0 #0 1r at 0");
    assert_eq!(rig.due(), ["EndTxn c5"]);
    let end = ["EndTxn done", "COMMITTING_TRANSACTION -> READY", "commitTransaction returned"];
    assert_eq!(rig.ended(ErrorCode::None), end);
    // The next one goes on counting.
    rig.step(call(TransactionCall::BeginTransaction));
    send_one(&mut rig, "2");
    assert_eq!(rig.due(), ["AddPartitionsToTxn c6"]);
    assert_eq!(
        rig.added(ErrorCode::ConcurrentTransactions),
        ["AddPartitionsToTxn again: CONCURRENT_TRANSACTIONS"]
    );
    assert_eq!(rig.run(millis(19)), Vec::<String>::new());
    assert_eq!(rig.run(millis(20)), ["AddPartitionsToTxn c7"], "20 ms, not retry.backoff.ms");
    rig.added(ErrorCode::None);
    let left = rig.run(millis(25));
    assert_eq!(left.last().unwrap(), "sent c8 to 1: orders-0 #1 1r try 1 e0 s1");
}

#[test]
fn calls_wait_behind_a_call_that_blocks() {
    let mut rig = Rig::orders(transactional());
    rig.step(call(TransactionCall::InitTransactions));
    assert_eq!(rig.step(call(TransactionCall::BeginTransaction)), ["beginTransaction waits"]);
    assert_eq!(rig.send(vec![record("alice", "1")]), ["send of 1 waits"]);
    assert_eq!(rig.step(call(TransactionCall::CommitTransaction)), ["commitTransaction waits"]);
    assert_eq!(rig.step(ProducerInput::Close), ["close waits"]);
    rig.due();
    rig.answer(1, found());
    rig.due();
    rig.answer(2, id(ErrorCode::None, 0));
    let lines = rig.due();
    let of_calls: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| !line.starts_with("appended")).collect();
    assert_eq!(
        of_calls,
        [
            "next call",
            "READY -> IN_TRANSACTION",
            "beginTransaction returned",
            "next call",
            "wants [orders-0]",
            "AddPartitionsToTxn c3",
            "next call",
            "IN_TRANSACTION -> COMMITTING_TRANSACTION",
            "commitTransaction blocks",
        ]
    );
    rig.added(ErrorCode::None);
    rig.due();
    rig.produced(4, ErrorCode::None, 0);
    rig.due();
    rig.ended(ErrorCode::None);
    assert_eq!(rig.due(), ["next call", "closing", "closed"]);
}

#[test]
fn an_abort_takes_back_what_has_not_left() {
    let mut rig = begun(transactional());
    send_one(&mut rig, "1");
    rig.due();
    rig.added(ErrorCode::None);
    rig.step(call(TransactionCall::AbortTransaction));
    assert_eq!(
        rig.due(),
        ["failed [1] TransactionAbortedException: Failing batch since transaction was aborted", "EndTxn c4"]
    );
    let Request::Txn(request) = &rig.sent[0].request else { panic!() };
    assert!(matches!(&**request, TxnRequest::EndTxn(EndTxnRequest { committed: false, .. })));
    let end = ["EndTxn done", "ABORTING_TRANSACTION -> READY", "abortTransaction returned"];
    assert_eq!(rig.ended(ErrorCode::None), end);
}

#[test]
fn a_transaction_without_records_tells_nobody() {
    let mut rig = begun(transactional());
    rig.step(call(TransactionCall::CommitTransaction));
    assert_eq!(
        rig.due(),
        ["ended empty true", "COMMITTING_TRANSACTION -> READY", "commitTransaction returned"]
    );
    assert_eq!(rig.sent.len(), 0);
}

#[test]
fn what_the_state_does_not_allow() {
    let mut rig = begun(transactional());
    assert_eq!(
        rig.step(call(TransactionCall::BeginTransaction)),
        [
            "beginTransaction threw IllegalStateException: TransactionalId tx: Invalid transition attempted from state \
          IN_TRANSACTION to state IN_TRANSACTION"
        ]
    );
    rig.step(call(TransactionCall::AbortTransaction));
    rig.due();
    assert_eq!(
        rig.send(vec![record("alice", "1")]),
        [
            "failed [1] IllegalStateException: Cannot add partition orders-0 to transaction while in state  READY"
        ]
    );
    assert_eq!(rig.producer.incomplete_records(), 0);
    let group = ConsumerGroupMetadata::of("g".into());
    let offsets = vec![];
    assert_eq!(
        rig.step(call(TransactionCall::SendOffsetsToTransaction { group, offsets })),
        [
            "sendOffsetsToTransaction threw IllegalStateException: Cannot send offsets if a transaction is not in progress \
          (currentState= READY)"
        ]
    );
    let mut plain = Rig::orders(defaults());
    assert_eq!(
        plain.step(call(TransactionCall::InitTransactions)),
        [
            "initTransactions threw IllegalStateException: Cannot use transactional methods without enabling transactions \
          by setting the transactional.id configuration property"
        ]
    );
}

#[test]
fn a_fenced_producer_can_only_close() {
    let mut rig = begun(transactional());
    send_one(&mut rig, "1");
    rig.due();
    assert_eq!(
        rig.added(ErrorCode::ProducerFenced),
        [
            "AddPartitionsToTxn failed: PRODUCER_FENCED",
            "IN_TRANSACTION -> FATAL_ERROR ProducerFencedException: There is a newer producer with the same \
             transactionalId which fences the current one."
        ]
    );
    assert_eq!(
        rig.due(),
        [
            "failed [1] ProducerFencedException: There is a newer producer with the same transactionalId which fences the \
          current one."
        ]
    );
    assert_eq!(
        rig.step(call(TransactionCall::AbortTransaction)),
        [
            "abortTransaction threw ProducerFencedException: Producer with transactionalId 'tx' and (producerId=7, \
          epoch=0) has been fenced by another producer with the same transactionalId"
        ]
    );
    assert_eq!(rig.step(ProducerInput::Close), ["closing"]);
    assert_eq!(rig.due(), ["closed"]);
}

/// After a batch was given up, the abort asks for another epoch, and the numbers begin anew (KIP-360).
#[test]
fn a_failed_batch_leaves_only_the_abort() {
    let mut rig = begun(transactional());
    send_one(&mut rig, "1");
    rig.due();
    rig.added(ErrorCode::None);
    rig.run(millis(5));
    let lines = rig.produced(4, ErrorCode::MessageTooLarge, 0);
    assert!(lines[0].starts_with("failed [1] RecordTooLargeException"), "{lines:?}");
    assert!(lines[1].starts_with("IN_TRANSACTION -> ABORTABLE_ERROR RecordTooLargeException"), "{lines:?}");
    assert_eq!(lines[2], "wants another epoch");
    assert_eq!(
        rig.step(call(TransactionCall::CommitTransaction)),
        [
            "commitTransaction threw KafkaException: Cannot execute transactional method because we are in an error state"
        ]
    );
    rig.step(call(TransactionCall::AbortTransaction));
    assert_eq!(rig.due(), ["EndTxn c5"]);
    assert_eq!(rig.ended(ErrorCode::None), ["EndTxn done", "ABORTING_TRANSACTION -> INITIALIZING"]);
    assert_eq!(rig.due(), ["InitProducerId c6"]);
    let Request::Txn(request) = &rig.sent[0].request else { panic!() };
    let TxnRequest::InitProducerId(request) = &**request else { panic!() };
    assert_eq!((request.producer_id, request.producer_epoch), (ProducerId(7), ProducerEpoch(0)));
    assert_eq!(
        rig.answer(6, id(ErrorCode::None, 1)),
        ["InitProducerId done", "id 7 epoch 1", "INITIALIZING -> READY", "abortTransaction returned"]
    );
    rig.step(call(TransactionCall::BeginTransaction));
    send_one(&mut rig, "2");
    rig.due();
    rig.added(ErrorCode::None);
    assert_eq!(rig.run(millis(10)).last().unwrap(), "sent c8 to 1: orders-0 #1 1r try 1 e1 s0");
}

#[test]
fn offsets_go_to_two_coordinators() {
    let mut rig = begun(transactional());
    let group = ConsumerGroupMetadata { generation: Generation(3), ..ConsumerGroupMetadata::of("g".into()) };
    let committed = CommittedOffset { offset: Offset(5), leader_epoch: None, metadata: "m".into() };
    let tp = TopicPartition::new("orders", 0);
    let offsets = vec![(tp.clone(), committed)];
    rig.step(call(TransactionCall::SendOffsetsToTransaction { group, offsets }));
    assert_eq!(rig.due(), ["AddOffsetsToTxn c3"]);
    rig.answer(3, txn(TxnResponse::AddOffsetsToTxn(ErrorCode::None)));
    assert_eq!(rig.due(), ["FindCoordinator c4"]);
    let answer = FindCoordinatorResponse {
        error: ErrorCode::None,
        coordinator: Some(BrokerId(2)),
        offsets_partition: millrace_model::Partition(1),
    };
    rig.answer(4, Response::FindCoordinator(answer));
    assert_eq!(rig.due(), ["TxnOffsetCommit c5"]);
    assert_eq!(rig.sent[0].to, BrokerId(2));
    let wrong = vec![(tp.clone(), ErrorCode::NotCoordinator)];
    assert_eq!(
        rig.answer(5, txn(TxnResponse::TxnOffsetCommit(wrong))),
        ["TxnOffsetCommit again: NOT_COORDINATOR, looks for the coordinator"]
    );
    assert_eq!(rig.due(), ["FindCoordinator c6"]);
    let answer = FindCoordinatorResponse {
        error: ErrorCode::None,
        coordinator: Some(BrokerId(1)),
        offsets_partition: millrace_model::Partition(1),
    };
    rig.answer(6, Response::FindCoordinator(answer));
    assert_eq!(rig.run(millis(99)), Vec::<String>::new());
    assert_eq!(rig.run(millis(100)), ["TxnOffsetCommit c7"]);
    assert_eq!(
        rig.answer(7, txn(TxnResponse::TxnOffsetCommit(vec![(tp, ErrorCode::IllegalGeneration)]))),
        [
            "TxnOffsetCommit failed: ILLEGAL_GENERATION",
            "IN_TRANSACTION -> ABORTABLE_ERROR CommitFailedException: Transaction offset Commit failed due to consumer \
             group metadata mismatch: Specified group generation id is not valid.",
            "sendOffsetsToTransaction threw CommitFailedException: Transaction offset Commit failed due to consumer \
             group metadata mismatch: Specified group generation id is not valid."
        ]
    );
}

/// A call that timed out goes on, and nothing else may be called before it.
#[test]
fn a_call_blocks_for_max_block_ms() {
    let config = ProducerConfig { max_block: Span::from_millis(250), ..transactional() };
    let mut rig = Rig::orders(config);
    rig.step(call(TransactionCall::InitTransactions));
    rig.due();
    let none = FindTxnCoordinatorResponse::failed(ErrorCode::CoordinatorNotAvailable);
    for c in [1, 2, 3] {
        rig.answer(c, txn(TxnResponse::FindCoordinator(none)));
        rig.run(rig.now + Span::from_millis(100));
    }
    // The third answer came at 200 ms.
    assert_eq!(rig.producer.blocking_call(), None);
    assert_eq!(
        rig.step(call(TransactionCall::BeginTransaction)),
        [
            "beginTransaction threw IllegalStateException: Cannot attempt operation `beginTransaction` because the \
          previous call to `initTransactions` timed out and must be retried"
        ]
    );
    assert_eq!(rig.step(call(TransactionCall::InitTransactions)), ["initTransactions blocks again"]);
    rig.answer(4, found());
    rig.due();
    rig.answer(5, id(ErrorCode::None, 0));
    assert_eq!(rig.producer.transaction_state(), Some(TransactionState::Ready));
    assert_eq!(rig.producer.blocking_call(), None);
}

#[test]
fn close_aborts_what_is_open() {
    let mut rig = begun(transactional());
    send_one(&mut rig, "1");
    rig.due();
    rig.added(ErrorCode::None);
    assert_eq!(rig.step(ProducerInput::Close), ["closing"]);
    rig.due();
    rig.produced(4, ErrorCode::None, 0);
    assert_eq!(rig.due(), ["IN_TRANSACTION -> ABORTING_TRANSACTION", "close aborts", "EndTxn c5"]);
    assert_eq!(rig.ended(ErrorCode::None), ["EndTxn done", "ABORTING_TRANSACTION -> READY"]);
    assert_eq!(rig.due(), ["closed"]);
}

#[test]
fn a_transactional_id_needs_idempotence() {
    let config = ProducerConfig { enable_idempotence: Some(false), ..transactional() };
    assert_eq!(
        check(&config, Profile::V4).unwrap_err().to_string(),
        "Cannot set a transactional.id without also enabling idempotence."
    );
}
