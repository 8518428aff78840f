//! What an answer to the transaction manager means (`TxnRequestHandler.handleResponse`).

use super::calls::changed;
use super::state::Pending;
use super::{
    Lookup, TransactionCall, TransactionEvent, TransactionRequest, TransactionState, TransactionStep,
    Transactions, event,
};
use crate::producer::{Failure, Producer, ProducerEvent, ProducerIdEvent, SendError};
use millrace_model::protocol::TxnResponse;
use millrace_model::{ErrorCode, ProducerEpoch, ProducerId, Response, Span, Time, TransactionVersion};

/// How long AddPartitionsToTxn waits for the transaction before to be complete (`ADD_PARTITIONS_RETRY_BACKOFF_MS`).
const ADD_PARTITIONS_RETRY_BACKOFF: Span = Span::from_millis(20);

/// What the answer says, in one word.
enum Said {
    Done,
    /// It found a coordinator.
    Found(millrace_model::BrokerId),
    Id(ProducerId, ProducerEpoch),
    /// A transaction has ended, and the next one has another epoch.
    Ended(ProducerId, ProducerEpoch),
    Error(ErrorCode),
    Unreadable,
}

fn said(request: &TransactionRequest, response: &Response) -> Said {
    let coded = |error: ErrorCode| if error == ErrorCode::None { Said::Done } else { Said::Error(error) };
    let first_of = |mut codes: Vec<ErrorCode>| {
        // Another partition's error says more than that this one was not attempted.
        codes.retain(|code| *code != ErrorCode::None);
        let telling = codes.iter().find(|code| **code != ErrorCode::OperationNotAttempted);
        coded(telling.or(codes.first()).copied().unwrap_or(ErrorCode::None))
    };
    match (request, response) {
        (TransactionRequest::FindCoordinator(Lookup::Group(_)), Response::FindCoordinator(answer)) => {
            match answer.coordinator.filter(|_| answer.error == ErrorCode::None) {
                Some(broker) => Said::Found(broker),
                None => Said::Error(answer.error),
            }
        }
        (request, Response::Txn(answer)) => match (request, &**answer) {
            (
                TransactionRequest::FindCoordinator(Lookup::Transaction),
                TxnResponse::FindCoordinator(answer),
            ) => match answer.coordinator.filter(|_| answer.error == ErrorCode::None) {
                Some(broker) => Said::Found(broker),
                None => Said::Error(answer.error),
            },
            (TransactionRequest::InitProducerId, TxnResponse::InitProducerId(answer)) => match answer.error {
                ErrorCode::None => Said::Id(answer.producer_id, answer.producer_epoch),
                error => Said::Error(error),
            },
            (TransactionRequest::AddPartitions(_), TxnResponse::AddPartitionsToTxn(partitions)) => {
                first_of(partitions.iter().map(|(_, error)| *error).collect())
            }
            (TransactionRequest::AddOffsets(_), TxnResponse::AddOffsetsToTxn(error)) => coded(*error),
            (TransactionRequest::CommitOffsets(_), TxnResponse::TxnOffsetCommit(partitions)) => {
                first_of(partitions.iter().map(|(_, error)| *error).collect())
            }
            (TransactionRequest::End { .. }, TxnResponse::EndTxn(answer)) => match answer.error {
                ErrorCode::None if answer.producer_id != ProducerId::NONE => {
                    Said::Ended(answer.producer_id, answer.producer_epoch)
                }
                error => coded(error),
            },
            _ => Said::Unreadable,
        },
        _ => Said::Unreadable,
    }
}

/// What becomes of a request that was refused.
enum Refused {
    Retried,
    Abortable(Failure),
    Fatal(Failure),
}

fn refused(request: &TransactionRequest, error: ErrorCode) -> Refused {
    let fenced = || Refused::Fatal(Failure::of(SendError::Answered(ErrorCode::ProducerFenced)));
    let unexpected = |what: &str| {
        Refused::Fatal(Failure::kafka(format!("Unexpected error in {what}; {}", error.message())))
    };
    let own = || Failure::of(SendError::Answered(error));
    match (request, error) {
        (_, error) if error.is_retriable() => Refused::Retried,
        (_, ErrorCode::TransactionAbortable) => Refused::Abortable(own()),
        (_, ErrorCode::InvalidProducerEpoch | ErrorCode::ProducerFenced) => fenced(),
        (TransactionRequest::FindCoordinator(_), error) => Refused::Fatal(Failure::kafka(format!(
            "Could not find a coordinator with type TRANSACTION due to unexpected error: {}",
            error.message()
        ))),
        (TransactionRequest::InitProducerId, _) => unexpected("InitProducerIdResponse"),
        (TransactionRequest::AddPartitions(_), ErrorCode::InvalidTxnState) => Refused::Fatal(own()),
        (_, ErrorCode::InvalidProducerIdMapping) => Refused::Fatal(own()),
        (TransactionRequest::AddPartitions(_), error) => Refused::Abortable(Failure::kafka(format!(
            "Could not add partitions to transaction due to errors: {error}"
        ))),
        (TransactionRequest::AddOffsets(_), _) => unexpected("AddOffsetsToTxnResponse"),
        (TransactionRequest::CommitOffsets(_), ErrorCode::FencedInstanceId) => Refused::Abortable(own()),
        (
            TransactionRequest::CommitOffsets(_),
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration | ErrorCode::StaleMemberEpoch,
        ) => Refused::Abortable(Failure::commit_failed(error)),
        (TransactionRequest::CommitOffsets(_), _) => unexpected("TxnOffsetCommitResponse"),
        (TransactionRequest::End { .. }, ErrorCode::InvalidTxnState) => Refused::Fatal(own()),
        (TransactionRequest::End { .. }, error) => {
            Refused::Fatal(Failure::kafka(format!("Unhandled error in EndTxnResponse: {}", error.message())))
        }
    }
}

impl Producer {
    /// An answer came in.
    pub(in crate::producer) fn transaction_answered(
        &self,
        now: Time,
        pending: &Pending,
        response: &Response,
    ) -> Vec<ProducerEvent> {
        let Some(transactions) = self.transactions.as_deref() else { return Vec::new() };
        let error = match said(&pending.request, response) {
            Said::Done => {
                let mut events = vec![settled(now, pending, TransactionStep::Done)];
                events.extend(self.transaction_went_on(now, transactions, &pending.request));
                return events;
            }
            Said::Found(broker) => {
                let version = version_of(response).filter(|version| *version != transactions.finalized);
                let found = version.map(|version| event(TransactionEvent::VersionFound { at: now, version }));
                let settled = settled(now, pending, TransactionStep::Found(broker));
                return found.into_iter().chain([settled]).collect();
            }
            Said::Ended(id, epoch) => {
                let mut events = vec![settled(now, pending, TransactionStep::Done)];
                events.push(received(now, pending, (id, epoch)));
                events.extend(self.after_end(now, transactions));
                return events;
            }
            Said::Id(id, epoch) => {
                let mut events =
                    vec![settled(now, pending, TransactionStep::Done), received(now, pending, (id, epoch))];
                if transactions.state == TransactionState::Initializing {
                    events.push(changed(now, transactions.state, TransactionState::Ready, None));
                    events.extend(self.returned(now, transactions, None, |call| {
                        !matches!(call, TransactionCall::SendOffsetsToTransaction { .. })
                    }));
                }
                return events;
            }
            Said::Error(error) => error,
            Said::Unreadable => {
                return self.transaction_lost(now, pending, SendError::Disconnected(pending.to));
            }
        };
        let why = SendError::Answered(error);
        match refused(&pending.request, error) {
            Refused::Retried => vec![self.retried(now, transactions, pending, why)],
            Refused::Abortable(failure) => {
                let mut events = vec![settled(now, pending, TransactionStep::Failed(why))];
                events.extend(self.to_abortable_error(now, transactions, failure));
                events
            }
            Refused::Fatal(failure) => {
                let mut events = vec![settled(now, pending, TransactionStep::Failed(why))];
                events.extend(self.to_fatal_error(now, transactions, failure));
                events
            }
        }
    }

    /// No answer will come: the coordinator is looked for again, and the request sent again.
    pub(in crate::producer) fn transaction_lost(
        &self,
        now: Time,
        pending: &Pending,
        error: SendError,
    ) -> Vec<ProducerEvent> {
        let Some(transactions) = self.transactions.as_deref() else { return Vec::new() };
        vec![self.retried(now, transactions, pending, error)]
    }

    fn retried(
        &self,
        now: Time,
        transactions: &Transactions,
        pending: &Pending,
        error: SendError,
    ) -> ProducerEvent {
        let of = match &pending.request {
            TransactionRequest::CommitOffsets(group) => Lookup::Group(group.clone()),
            _ => Lookup::Transaction,
        };
        let shows_wrong_broker = match error {
            SendError::Answered(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable) => true,
            SendError::Answered(ErrorCode::RequestTimedOut) => {
                matches!(pending.request, TransactionRequest::CommitOffsets(_))
            }
            SendError::Answered(_) => false,
            SendError::TimedOut(_) | SendError::Disconnected(_) => true,
        };
        let waits_for_markers = error == SendError::Answered(ErrorCode::ConcurrentTransactions)
            && matches!(pending.request, TransactionRequest::AddPartitions(_))
            && transactions.partitions.is_empty();
        let backoff =
            if waits_for_markers { ADD_PARTITIONS_RETRY_BACKOFF } else { self.config.retry_backoff };
        let lookup = shows_wrong_broker.then_some(of);
        settled(now, pending, TransactionStep::Retried { error, lookup, not_before: now + backoff })
    }

    fn transaction_went_on(
        &self,
        now: Time,
        transactions: &Transactions,
        request: &TransactionRequest,
    ) -> Vec<ProducerEvent> {
        match request {
            TransactionRequest::End { .. } => self.after_end(now, transactions),
            TransactionRequest::CommitOffsets(_) => {
                let is_it =
                    |call: &TransactionCall| matches!(call, TransactionCall::SendOffsetsToTransaction { .. });
                self.returned(now, transactions, None, is_it).into_iter().collect()
            }
            TransactionRequest::FindCoordinator(_)
            | TransactionRequest::InitProducerId
            | TransactionRequest::AddPartitions(_)
            | TransactionRequest::AddOffsets(_) => Vec::new(),
        }
    }

    /// A batch of the transaction was given up (`maybeTransitionToErrorState`).
    pub(in crate::producer) fn batch_given_up(&self, now: Time, failure: &Failure) -> Vec<ProducerEvent> {
        let Some(transactions) = self.transactions.as_deref() else { return Vec::new() };
        if transactions.state == TransactionState::FatalError {
            return Vec::new();
        }
        if failure.is_fatal() {
            return self.to_fatal_error(now, transactions, failure.clone());
        }
        let mut events = self.to_abortable_error(now, transactions, failure.clone());
        // Otherwise every transaction ends with another epoch (`needToTriggerEpochBumpFromClient`).
        if !transactions.version.supports_epoch_bump() {
            events.push(event(TransactionEvent::EpochBumpWanted { at: now }));
        }
        events
    }

    /// `transitionToAbortableError`
    fn to_abortable_error(
        &self,
        now: Time,
        transactions: &Transactions,
        failure: Failure,
    ) -> Vec<ProducerEvent> {
        let to = TransactionState::AbortableError;
        if transactions.state == TransactionState::AbortingTransaction || !transactions.state.may_become(to) {
            return Vec::new();
        }
        let mut events = vec![changed(now, transactions.state, to, Some(failure.clone()))];
        events.extend(self.returned(now, transactions, Some(failure), |_| true));
        events
    }

    /// `transitionToFatalError`
    fn to_fatal_error(&self, now: Time, transactions: &Transactions, failure: Failure) -> Vec<ProducerEvent> {
        let to = TransactionState::FatalError;
        let mut events = vec![changed(now, transactions.state, to, Some(failure.clone()))];
        events.extend(self.returned(now, transactions, Some(failure), |_| true));
        events
    }

    /// Several batches may be given up in one decision: the state changes once.
    pub(in crate::producer) fn state_changes_once(events: &mut Vec<ProducerEvent>) {
        let mut seen = (false, false, false);
        events.retain(|event| {
            let ProducerEvent::Transaction(event) = event else { return true };
            let first = match &**event {
                TransactionEvent::StateChanged { to, .. } if to.is_error() => &mut seen.0,
                TransactionEvent::CallReturned { .. } => &mut seen.1,
                TransactionEvent::EpochBumpWanted { .. } => &mut seen.2,
                _ => return true,
            };
            !std::mem::replace(first, true)
        });
    }
}

/// What an answer to FindCoordinator says of the cluster.
fn version_of(response: &Response) -> Option<TransactionVersion> {
    match response {
        Response::Txn(answer) => match &**answer {
            TxnResponse::FindCoordinator(answer) => Some(answer.transaction_version),
            _ => None,
        },
        _ => None,
    }
}

fn received(at: Time, pending: &Pending, id: (ProducerId, ProducerEpoch)) -> ProducerEvent {
    let correlation = pending.correlation;
    ProducerEvent::ProducerId(Box::new(ProducerIdEvent::Received { at, correlation, id }))
}

fn settled(at: Time, pending: &Pending, step: TransactionStep) -> ProducerEvent {
    let (correlation, request) = (pending.correlation, pending.request.clone());
    event(TransactionEvent::Settled { at, correlation, request, step })
}
