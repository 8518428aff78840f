//! Which request of the transaction manager is next, and what it does besides (`nextRequest`, `Sender.runOnce`).

use super::calls::changed;
use super::state::{OffsetsWork, Pending};
use super::{
    Lookup, TransactionCall, TransactionEvent, TransactionRequest, TransactionState, Transactions, event,
};
use crate::producer::event::FailedPlace;
use crate::producer::{Failure, Lifecycle, Producer, ProducerEvent, QueuedBatch};
use crate::{Correlation, Outcome, Outgoing};
use millrace_model::protocol::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, EndTxnRequest, FindCoordinatorRequest,
    FindTxnCoordinatorRequest, InitProducerIdRequest, TxnOffsetCommitRequest, TxnRequest,
};
use millrace_model::{Dice, Partition, ProducerEpoch, ProducerId, Request, Time, TopicPartition};
use std::sync::Arc;

/// What the transaction manager has to do.
enum Work {
    /// A batch without a sequence number will never leave.
    Abandon,
    /// A call has lasted `max.block.ms`.
    TimeOut,
    /// `close` aborts what is open.
    Close,
    /// The transaction ends without anybody else knowing of it.
    EndEmpty(bool),
    /// A request.
    Ask(TransactionRequest),
    /// The application goes on.
    Call,
}

impl Producer {
    /// The request that waits for its answer.
    pub(in crate::producer) fn pending_transaction(&self) -> Option<&Pending> {
        self.transactions.as_ref()?.pending.as_ref()
    }

    /// When the transaction manager has something to do.
    pub(in crate::producer) fn transaction_due(&self) -> Option<Time> {
        let transactions = self.transactions.as_deref()?;
        let times_out = transactions.call.as_ref().map(|pending| pending.since + self.config.max_block);
        self.work(transactions).map(|(due, _)| due).into_iter().chain(times_out).min()
    }

    /// True while records of that partition may not leave: the coordinator does not know of it yet, or a request of the
    /// transaction manager comes first (`isSendToPartitionAllowed`, `Sender.maybeSendAndPollTransactionalRequest`).
    pub(in crate::producer) fn holds_back(&self, tp: &TopicPartition, head: &QueuedBatch) -> bool {
        let Some(transactions) = self.transactions.as_deref() else { return false };
        let abandons = transactions.state == TransactionState::AbortableError
            || transactions.state == TransactionState::AbortingTransaction;
        transactions.state == TransactionState::FatalError
            || (abandons && head.producer.is_none())
            || !transactions.partitions.contains(tp)
            || transactions.pending.is_some()
            || self.request_work(transactions).is_some_and(|request| {
                // It waits for records that are on their way to be sent again.
                !matches!(request, TransactionRequest::End { .. })
            })
    }

    /// True while every batch has to leave (`isCompleting`).
    pub(in crate::producer) fn is_completing_transaction(&self) -> bool {
        self.transactions.as_ref().is_some_and(|transactions| transactions.state.is_completing())
    }

    /// True if `close` has nothing to wait for here.
    pub(in crate::producer) fn has_no_transaction(&self) -> bool {
        self.transactions.as_ref().is_none_or(|t| !t.state.is_ongoing() && t.pending.is_none())
    }

    fn work(&self, transactions: &Transactions) -> Option<(Time, Work)> {
        let now = self.clock;
        if transactions.call.as_ref().is_some_and(|call| call.since + self.config.max_block <= now) {
            return Some((now, Work::TimeOut));
        }
        if self.abandoned(transactions).next().is_some() {
            return Some((now, Work::Abandon));
        }
        if transactions.pending.is_none() {
            let has_all = !self.has_incomplete_batches();
            if let Some(committed) = transactions.end.filter(|_| has_all && !transactions.started)
                && self.request_work(transactions).is_none()
            {
                return Some((now, Work::EndEmpty(committed)));
            }
            if let Some(request) = self.request_work(transactions) {
                let lookup = match &request {
                    TransactionRequest::CommitOffsets(group) => {
                        let known = transactions.group_coordinator.as_ref().filter(|(of, _)| of == group);
                        known.is_none().then(|| Lookup::Group(group.clone()))
                    }
                    _ => transactions.coordinator.is_none().then_some(Lookup::Transaction),
                };
                return Some(match lookup {
                    Some(lookup) => {
                        let request = TransactionRequest::FindCoordinator(lookup);
                        (now.max(transactions.lookup_not_before), Work::Ask(request))
                    }
                    None => (now.max(transactions.not_before), Work::Ask(request)),
                });
            }
            let is_open = matches!(
                transactions.state,
                TransactionState::InTransaction | TransactionState::AbortableError
            );
            if self.lifecycle == Lifecycle::Closing && is_open && has_all {
                return Some((now, Work::Close));
            }
        }
        self.next_call().map(|_| (now, Work::Call))
    }

    /// By Kafka's priorities: who am I, partitions and offsets, the end; a new epoch after it.
    fn request_work(&self, transactions: &Transactions) -> Option<TransactionRequest> {
        if transactions.state.is_error() {
            return None;
        }
        if transactions.wants_id {
            return Some(TransactionRequest::InitProducerId);
        }
        if !transactions.new_partitions.is_empty() {
            let partitions = transactions.new_partitions.iter().cloned().collect();
            return Some(TransactionRequest::AddPartitions(partitions));
        }
        if let Some(offsets) = &transactions.offsets {
            let group = offsets.group.group.clone();
            return Some(if offsets.is_added {
                TransactionRequest::CommitOffsets(group)
            } else {
                TransactionRequest::AddOffsets(group)
            });
        }
        let committed =
            transactions.end.filter(|_| transactions.started && !self.has_incomplete_batches())?;
        Some(TransactionRequest::End { committed })
    }

    fn has_incomplete_batches(&self) -> bool {
        self.heads().next().is_some() || self.in_flight.values().any(|request| !request.batches.is_empty())
    }

    /// Batches that will never leave: the transaction is being aborted, or has failed (`abortUndrainedBatches`). One that
    /// has a sequence number may be in the log, and is settled first.
    fn abandoned<'a>(
        &'a self,
        transactions: &'a Transactions,
    ) -> impl Iterator<Item = (TopicPartition, &'a QueuedBatch)> {
        let all = transactions.state == TransactionState::FatalError;
        let new = all
            || matches!(
                transactions.state,
                TransactionState::AbortableError | TransactionState::AbortingTransaction
            );
        self.heads().filter(move |_| new).flat_map(move |(topic, partition, queue, _)| {
            let tp = TopicPartition { topic: topic.clone(), partition: Partition(partition) };
            let batches = queue.batches.iter().filter(move |batch| all || batch.producer.is_none());
            batches.map(move |batch| (tp.clone(), batch))
        })
    }

    /// A step of the transaction manager.
    pub(in crate::producer) fn decide_transaction(
        &self,
        now: Time,
        dice: &dyn Dice,
    ) -> Outcome<ProducerEvent> {
        let Some(transactions) = self.transactions.as_deref() else { return Outcome::nothing() };
        let times_out = |since: Time| since + self.config.max_block <= now;
        if let Some(pending) = transactions.call.as_ref().filter(|call| times_out(call.since)) {
            let failure = Some(Failure::timed_out(self.config.max_block, pending.call.operation()));
            let call = pending.call.clone();
            let returned = TransactionEvent::CallReturned { at: now, call, failure, timed_out: true };
            return Outcome { events: vec![event(returned)], requests: Vec::new() };
        }
        let Some((_, work)) = self.work(transactions).filter(|(due, _)| *due <= now) else {
            return Outcome::nothing();
        };
        let events = match work {
            Work::Ask(request) => return self.ask(now, transactions, request),
            Work::TimeOut => Vec::new(),
            Work::Abandon => self.abandon(now, transactions),
            Work::Close => vec![
                changed(now, transactions.state, TransactionState::AbortingTransaction, None),
                event(TransactionEvent::AbortedByClose { at: now }),
            ],
            Work::EndEmpty(committed) => {
                let ended = event(TransactionEvent::EndedEmpty { at: now, committed });
                std::iter::once(ended).chain(self.after_end(now, transactions)).collect()
            }
            Work::Call => self.take_call(now, dice),
        };
        Outcome { events, requests: Vec::new() }
    }

    fn abandon(&self, now: Time, transactions: &Transactions) -> Vec<ProducerEvent> {
        let failure = transactions.last_error.clone().unwrap_or_else(Failure::transaction_aborted);
        let fail = |(tp, batch): (TopicPartition, &QueuedBatch)| {
            let place = FailedPlace::Queued(tp, batch.number);
            let origins = batch.batch.records.iter().map(|record| record.origin).collect();
            ProducerEvent::RecordsFailed { at: now, place, origins, failure: failure.clone() }
        };
        self.abandoned(transactions).map(fail).collect()
    }

    /// What follows from the end of a transaction: the call returns, unless a new epoch is wanted first.
    pub(super) fn after_end(&self, now: Time, transactions: &Transactions) -> Vec<ProducerEvent> {
        let to =
            if transactions.wants_epoch() { TransactionState::Initializing } else { TransactionState::Ready };
        let mut events = vec![changed(now, transactions.state, to, None)];
        if to == TransactionState::Ready {
            events.extend(self.returned(now, transactions, None, |call| {
                matches!(call, TransactionCall::CommitTransaction | TransactionCall::AbortTransaction)
            }));
        }
        events
    }

    /// The blocking call returns, if it is one of these.
    pub(super) fn returned(
        &self,
        now: Time,
        transactions: &Transactions,
        failure: Option<Failure>,
        is_meant: impl Fn(&TransactionCall) -> bool,
    ) -> Option<ProducerEvent> {
        let call = transactions.call.as_ref().map(|pending| &pending.call).filter(|call| is_meant(call))?;
        let call = call.clone();
        Some(event(TransactionEvent::CallReturned { at: now, call, failure, timed_out: false }))
    }

    fn ask(
        &self,
        now: Time,
        transactions: &Transactions,
        request: TransactionRequest,
    ) -> Outcome<ProducerEvent> {
        let to = match &request {
            TransactionRequest::FindCoordinator(_) => self.reachable_broker(),
            TransactionRequest::CommitOffsets(_) => transactions.group_coordinator.as_ref().map(|(_, b)| *b),
            _ => transactions.coordinator,
        };
        let (Some(to), Some(wire)) = (to, self.wire(&request, transactions.offsets.as_ref())) else {
            return Outcome::nothing();
        };
        let correlation = Correlation(self.next_correlation);
        let requested = TransactionEvent::Requested { at: now, correlation, to, request };
        let requests = vec![Outgoing { correlation, to, request: wire }];
        Outcome { events: vec![event(requested)], requests }
    }

    fn wire(&self, request: &TransactionRequest, offsets: Option<&OffsetsWork>) -> Option<Request> {
        let transactional_id: Arc<str> = self.config.transactional_id.clone()?;
        let known = self.producer_id();
        let (producer_id, producer_epoch) = known.unwrap_or((ProducerId::NONE, ProducerEpoch::NONE));
        let version = self.transaction_version()?;
        let wire = match request {
            TransactionRequest::FindCoordinator(Lookup::Group(group)) => {
                let request = FindCoordinatorRequest { group: group.clone() };
                return Some(Request::FindCoordinator(request));
            }
            TransactionRequest::FindCoordinator(Lookup::Transaction) => {
                TxnRequest::FindCoordinator(FindTxnCoordinatorRequest { transactional_id })
            }
            TransactionRequest::InitProducerId => TxnRequest::InitProducerId(InitProducerIdRequest {
                transactional_id: Some(transactional_id),
                transaction_timeout: self.config.transaction_timeout,
                producer_id,
                producer_epoch,
            }),
            TransactionRequest::AddPartitions(partitions) => {
                TxnRequest::AddPartitionsToTxn(AddPartitionsToTxnRequest {
                    transactional_id,
                    producer_id,
                    producer_epoch,
                    partitions: partitions.clone(),
                    verify_only: false,
                    version,
                })
            }
            TransactionRequest::AddOffsets(group) => TxnRequest::AddOffsetsToTxn(AddOffsetsToTxnRequest {
                transactional_id,
                producer_id,
                producer_epoch,
                group: group.clone(),
            }),
            TransactionRequest::CommitOffsets(_) => {
                let OffsetsWork { group, offsets, .. } = offsets?;
                TxnRequest::TxnOffsetCommit(TxnOffsetCommitRequest {
                    transactional_id,
                    producer_id,
                    producer_epoch,
                    group: group.group.clone(),
                    generation: group.generation,
                    member: group.member.clone(),
                    group_instance_id: group.group_instance_id.clone(),
                    offsets: offsets.clone(),
                    version,
                })
            }
            TransactionRequest::End { committed } => TxnRequest::EndTxn(EndTxnRequest {
                transactional_id,
                producer_id,
                producer_epoch,
                committed: *committed,
                version,
            }),
        };
        Some(Request::Txn(Box::new(wire)))
    }

    /// What follows when sequence numbers cannot be trusted any more (`maybeResolveSequences`).
    pub(in crate::producer) fn sequences_lost(&self, now: Time) -> Vec<ProducerEvent> {
        let text = "The client hasn't received acknowledgment for some previously sent messages and can no longer retry \
                    them. It is safe to abort the transaction and continue.";
        self.batch_given_up(now, &Failure::kafka(text))
    }
}
