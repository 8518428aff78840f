//! Before the first batch of a transaction is appended to a partition, its leader asks the transaction's coordinator
//! (KIP-890, `AddPartitionsToTxnManager`, `ReplicaManager.maybeSendPartitionsToTransactionCoordinator`): whether the partition
//! belongs to the transaction, or in transactions of version 2 to add it. Until the answer has come the request waits here.
//!
//! A broker that is alone is its own coordinator and knows at once.

use super::add_partitions::{added, verified};
use super::guards::{Guard, Verification};
use super::{TxnEvent, coordinate, event, transitioned};
use crate::{Broker, Call, Event, Outcome, RequestId, Sent, api, config, group};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::protocol::{
    AddPartitionsToTxnRequest, InTransaction, ProduceRequest, TxnOffsetCommitRequest, TxnRequest, TxnResponse,
};
use millrace_model::{
    ErrorCode, Map, ProducerEpoch, ProducerId, Request, Response, Span, Time, TopicPartition,
};
use std::sync::Arc;

/// `request.timeout.ms` of the brokers.
const REQUEST_TIMEOUT: Span = Span::from_secs(30);

/// `add.partitions.to.txn.retry.backoff.ms`: when a leader asks again while the transaction before is being completed.
const RETRY_BACKOFF: Span = Span::from_millis(20);

/// `add.partitions.to.txn.retry.backoff.max.ms`: for how long it does so before the producer has to.
const RETRY_BACKOFF_MAX: Span = Span::from_millis(100);

/// The broker's setting that turns the question off (not for transactions of version 2).
const ENABLE: &str = "transaction.partition.verification.enable";

/// What is known of a request's partitions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// Why they may not be written.
    errors: Map<TopicPartition, ErrorCode>,
    /// Those that were asked about, under which number; none at a broker that is alone.
    guards: Vec<(TopicPartition, Guard)>,
    /// An append that would begin a transaction has to have been asked about.
    is_required: bool,
}

impl Verdict {
    /// Why a batch may not be appended, as its producer is told (`ReplicaManager.handleProduceAppend`).
    pub fn check(
        &self,
        tp: &TopicPartition,
        request: &ProduceRequest,
    ) -> Result<(), (ErrorCode, Option<Box<str>>)> {
        let Some(error) = self.errors.get(tp) else { return Ok(()) };
        let bumps = request.transaction.as_ref().is_some_and(|of| of.version.supports_epoch_bump());
        Err(match error {
            ErrorCode::InvalidTxnState => (*error, Some("Partition was not added to the transaction".into())),
            // Common while a transaction is being completed: who knows of it is told.
            ErrorCode::ConcurrentTransactions if bumps => (*error, None),
            ErrorCode::ConcurrentTransactions
            | ErrorCode::RequestTimedOut
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator => {
                // What makes any client send it again without asking for metadata first.
                let under = match error {
                    ErrorCode::RequestTimedOut => "NETWORK_EXCEPTION",
                    error => error.name(),
                };
                let words =
                    "Unable to verify the partition has been added to the transaction. Underlying error: ";
                (ErrorCode::NotEnoughReplicas, Some(format!("{words}{under}").into()))
            }
            error => (*error, None),
        })
    }

    /// Whether an append that begins a transaction was asked about, and nothing has ended meanwhile
    /// (`UnifiedLog.batchMissingRequiredVerification`).
    pub fn permits(&self, broker: &Broker, tp: &TopicPartition, id: ProducerId) -> bool {
        let known = broker.guards.guard(tp, id);
        !self.is_required
            || known.is_some_and(|known| self.guards.iter().any(|(of, guard)| of == tp && guard.is(known)))
    }
}

/// What becomes of a request that writes in a transaction.
pub(crate) enum Asked {
    /// It goes on, after this.
    Known(Vec<Event>, Verdict),
    /// It waits.
    Waits(Outcome),
}

/// Asks about the partitions of a produce that begin a transaction.
pub(crate) fn before_produce(broker: &Broker, now: Time, from: RequestId, request: &ProduceRequest) -> Asked {
    let of_batch = |(tp, batch): &(TopicPartition, Arc<millrace_model::Batch>)| {
        let producer = batch.producer.as_deref().filter(|producer| producer.is_transactional)?;
        Some((tp.clone(), *producer))
    };
    let (Some(transaction), Some(producer)) = (
        request.transaction.as_deref(),
        request.data.iter().find_map(of_batch).map(|(_, producer)| producer),
    ) else {
        return Asked::Known(Vec::new(), Verdict::default());
    };
    let wanted = request.data.iter().filter_map(of_batch);
    let wanted = wanted.map(|(tp, producer)| (tp, producer.base_sequence)).collect();
    let of = (producer.id, producer.epoch);
    before(broker, now, from, transaction, of, wanted, || Request::Produce(request.clone()))
}

/// Asks about the partition of `__consumer_offsets` that offsets of a transaction are written to.
pub(crate) fn before_offsets(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &TxnOffsetCommitRequest,
) -> Asked {
    let (transactional_id, version) = (request.transactional_id.clone(), request.version);
    let wanted = vec![(broker.offsets_partition(&request.group), NO_SEQUENCE)];
    let of = (request.producer_id, request.producer_epoch);
    let again = || Request::Txn(Box::new(TxnRequest::TxnOffsetCommit(request.clone())));
    before(broker, now, from, &InTransaction { transactional_id, version }, of, wanted, again)
}

fn before(
    broker: &Broker,
    now: Time,
    from: RequestId,
    transaction: &InTransaction,
    (producer_id, producer_epoch): (ProducerId, ProducerEpoch),
    wanted: Vec<(TopicPartition, i32)>,
    again: impl Fn() -> Request,
) -> Asked {
    let InTransaction { transactional_id, version } = transaction;
    let adds = version.supports_epoch_bump();
    if !adds && !is_enabled(broker) {
        return Asked::Known(Vec::new(), Verdict::default());
    }
    let is_required = broker.replicas().is_some();
    let begins = |(tp, _): &(TopicPartition, i32)| {
        api::led(broker, tp).is_ok_and(|partition| {
            let known = partition.log.producers().producer(producer_id);
            !known.is_some_and(|known| known.is_in_transaction(producer_epoch))
        })
    };
    let wanted: Vec<(TopicPartition, i32)> = wanted.into_iter().filter(begins).collect();
    let mut verdict = Verdict { is_required, ..Verdict::default() };
    if wanted.is_empty() {
        return Asked::Known(Vec::new(), verdict);
    }
    let partitions: Vec<TopicPartition> = wanted.iter().map(|(tp, _)| tp.clone()).collect();
    let (transactional_id, version, verify_only) = (transactional_id.clone(), *version, !adds);
    let asks = AddPartitionsToTxnRequest {
        transactional_id,
        producer_id,
        producer_epoch,
        partitions,
        verify_only,
        version,
    };
    if !is_required {
        let (events, errors) = alone(broker, now, &asks);
        verdict.errors = errors;
        return Asked::Known(events, verdict);
    }
    let guards = wanted.into_iter().map(|(tp, sequence)| {
        let guard = Guard { number: broker.guards.sent(), lowest_sequence: sequence, epoch: producer_epoch };
        (tp.clone(), guard.beside(broker.guards.guard(&tp, producer_id)))
    });
    let guards = guards.collect();
    let waiting =
        Verification { from, request: again(), asks, guards, since: now, until: now + REQUEST_TIMEOUT };
    Asked::Waits(send(broker, now, broker.guards.sent(), waiting))
}

/// A broker that is alone asks itself.
fn alone(
    broker: &Broker,
    now: Time,
    asks: &AddPartitionsToTxnRequest,
) -> (Vec<Event>, Map<TopicPartition, ErrorCode>) {
    let mut events = Vec::new();
    let errors = if asks.verify_only {
        verified(broker, asks)
    } else {
        let error = match added(broker, now, asks) {
            Ok(next) => {
                events.extend(next.map(|next| transitioned(&asks.transactional_id, next)));
                ErrorCode::None
            }
            Err(error) => error,
        };
        asks.partitions.iter().map(|_| error).collect()
    };
    (events, refused(asks.partitions.iter().cloned().zip(errors)))
}

/// What is not to be written, with errors as a producer expects them.
fn refused(answers: impl Iterator<Item = (TopicPartition, ErrorCode)>) -> Map<TopicPartition, ErrorCode> {
    let as_expected = |(tp, error)| match error {
        ErrorCode::None => None,
        ErrorCode::ProducerFenced => Some((tp, ErrorCode::InvalidProducerEpoch)),
        error => Some((tp, error)),
    };
    answers.filter_map(as_expected).collect()
}

/// `transaction.partition.verification.enable`, which can change while a broker runs.
fn is_enabled(broker: &Broker) -> bool {
    config::of_broker(broker.configs(), broker.id(), ENABLE).is_none_or(|value| value.trim() != "false")
}

/// Asks the coordinator; where none is known, that is the answer.
fn send(broker: &Broker, now: Time, number: u64, waiting: Verification) -> Outcome {
    let Some(to) = coordinate::leader(broker, &waiting.asks.transactional_id) else {
        return go_on(broker, now, number, waiting, ErrorCode::CoordinatorNotAvailable);
    };
    let request = Request::Txn(Box::new(TxnRequest::AddPartitionsToTxn(waiting.asks.clone())));
    let asked = TxnEvent::CoordinatorAsked { number, to, waiting: Box::new(waiting) };
    let sends = vec![Sent { to, call: Call::AddPartitionsToTxn(number), request }];
    Outcome { events: vec![event(asked)], sends, ..Outcome::default() }
}

/// The coordinator has answered, or its connection broke.
pub(crate) fn answered(broker: &Broker, now: Time, number: u64, response: Option<&Response>) -> Outcome {
    let Some(waiting) = broker.guards.waiting(number) else { return Outcome::default() };
    let answers = match response {
        Some(Response::Txn(answer)) => match &**answer {
            TxnResponse::AddPartitionsToTxn(answers) => answers.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if answers.is_empty() {
        // In Kafka NETWORK_EXCEPTION.
        return go_on(broker, now, number, waiting.clone(), ErrorCode::RequestTimedOut);
    }
    let is_busy = answers.iter().any(|(_, error)| *error == ErrorCode::ConcurrentTransactions);
    let until = now + RETRY_BACKOFF;
    if is_busy && !waiting.asks.verify_only && until <= waiting.since + RETRY_BACKOFF_MAX {
        let postponed = TxnEvent::CoordinatorAskedLater { number, until };
        return Outcome { events: vec![event(postponed)], ..Outcome::default() };
    }
    finish(broker, now, number, waiting.clone(), refused(answers.into_iter()))
}

/// It is time to ask again, or no answer will come.
pub(crate) fn due(broker: &Broker, now: Time, number: u64) -> Outcome {
    let Some(waiting) = broker.guards.waiting(number) else { return Outcome::default() };
    if broker.guards.is_postponed(number) {
        send(broker, now, number, Verification { until: now + REQUEST_TIMEOUT, ..waiting.clone() })
    } else {
        go_on(broker, now, number, waiting.clone(), ErrorCode::RequestTimedOut)
    }
}

fn go_on(broker: &Broker, now: Time, number: u64, waiting: Verification, error: ErrorCode) -> Outcome {
    let all = waiting.asks.partitions.iter().map(|tp| (tp.clone(), error)).collect();
    finish(broker, now, number, waiting, all)
}

/// The request goes on with what is known.
fn finish(
    broker: &Broker,
    now: Time,
    number: u64,
    waiting: Verification,
    errors: Map<TopicPartition, ErrorCode>,
) -> Outcome {
    let refused = errors.iter().map(|(tp, error)| (tp.clone(), *error)).collect();
    let told = TxnEvent::CoordinatorAnswered { number, at: now, refused };
    let Verification { from, request, guards, .. } = waiting;
    let verdict = Verdict { errors, guards, is_required: true };
    let mut outcome = match &request {
        Request::Produce(request) => api::append(broker, now, from, request, &verdict),
        Request::Txn(request) => match &**request {
            TxnRequest::TxnOffsetCommit(request) => commit_offsets(broker, now, from, request, &verdict),
            _ => Outcome::default(),
        },
        _ => Outcome::default(),
    };
    outcome.events.insert(0, event(told));
    outcome
}

/// Offsets of a transaction, once their partition belongs to it (`GroupCoordinatorService.handleOperationException`).
pub(super) fn commit_offsets(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &TxnOffsetCommitRequest,
    verdict: &Verdict,
) -> Outcome {
    let tp = broker.offsets_partition(&request.group);
    let is_missing = || !begins_rightly(broker, &tp, request, verdict);
    let error = match verdict.errors.get(&tp) {
        Some(ErrorCode::RequestTimedOut) => Some(ErrorCode::CoordinatorLoadInProgress),
        Some(error) => Some(*error),
        None => is_missing().then_some(ErrorCode::InvalidTxnState),
    };
    let (events, partitions) = match error {
        Some(error) => {
            let rejected = Event::rejected("TxnOffsetCommit", request.group.as_str(), error, None);
            (vec![rejected], request.offsets.iter().map(|(tp, _)| (tp.clone(), error)).collect())
        }
        None => group::txn_offset_commit(broker, now, request),
    };
    let answer = Response::Txn(Box::new(TxnResponse::TxnOffsetCommit(partitions)));
    Outcome { events, replies: vec![(from, answer)], ..Outcome::default() }
}

fn begins_rightly(
    broker: &Broker,
    tp: &TopicPartition,
    request: &TxnOffsetCommitRequest,
    verdict: &Verdict,
) -> bool {
    let Ok(partition) = api::led(broker, tp) else { return true };
    let known = partition.log.producers().producer(request.producer_id);
    known.is_some_and(|known| known.is_in_transaction(request.producer_epoch))
        || verdict.permits(broker, tp, request.producer_id)
}
