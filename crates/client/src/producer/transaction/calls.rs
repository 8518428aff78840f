//! What a call of the application comes to (`KafkaProducer`, `TransactionManager.begin*`).

use super::call::SharedRecords;
use super::{AppCall, TransactionCall, TransactionEvent, TransactionState, Transactions, event};
use crate::producer::{Failure, Lifecycle, Producer, ProducerEvent, ProducerInput};
use millrace_model::{Dice, Set, Time, TopicPartition};

impl Producer {
    /// The call of an input, if it has to wait behind others: then it stands in the queue.
    pub(in crate::producer) fn queued_call(&self, now: Time, input: &ProducerInput) -> Option<ProducerEvent> {
        if self.transactions.is_none() || !self.is_app_busy() {
            return None;
        }
        let call = match input {
            ProducerInput::Transaction(call) => AppCall::Transaction(call.clone()),
            ProducerInput::Send { records } => AppCall::Send(SharedRecords::new(records)),
            ProducerInput::Flush => AppCall::Flush,
            ProducerInput::Close => AppCall::Close,
            ProducerInput::Reply(_)
            | ProducerInput::Disconnected(_)
            | ProducerInput::Throttled { .. }
            | ProducerInput::Timer(_) => return None,
        };
        Some(event(TransactionEvent::CallWaits { at: now, call }))
    }

    /// True while the application's thread is in a call, or calls wait for it.
    fn is_app_busy(&self) -> bool {
        self.is_app_blocked() || self.transactions.as_ref().is_some_and(|t| !t.calls.is_empty())
    }

    fn is_app_blocked(&self) -> bool {
        self.transactions.as_ref().is_some_and(|t| t.call.is_some())
            || !self.waiting.is_empty()
            || self.flush_up_to.is_some()
    }

    /// The call that is next in the queue, if nothing blocks any more.
    pub(super) fn next_call(&self) -> Option<&AppCall> {
        self.transactions.as_ref()?.calls.front().filter(|_| !self.is_app_blocked())
    }

    pub(super) fn take_call(&self, now: Time, dice: &dyn Dice) -> Vec<ProducerEvent> {
        let Some(call) = self.next_call() else { return Vec::new() };
        let events = match call {
            AppCall::Transaction(call) => self.decide_call(now, call),
            AppCall::Send(records) => self.decide_send(now, records.records(), dice),
            AppCall::Flush => self.decide_flush(now),
            AppCall::Close => self.decide_close(now),
        };
        std::iter::once(event(TransactionEvent::CallTaken { at: now })).chain(events).collect()
    }

    /// A transactional method, with nothing before it.
    pub(in crate::producer) fn decide_call(&self, now: Time, call: &TransactionCall) -> Vec<ProducerEvent> {
        let returned = |failure| {
            let (at, call) = (now, call.clone());
            vec![event(TransactionEvent::CallReturned { at, call, failure, timed_out: false })]
        };
        let Some(transactions) = self.transactions.as_deref() else {
            return returned(Some(Failure::not_transactional()));
        };
        if self.lifecycle != Lifecycle::Open {
            return returned(Some(Failure::closed()));
        }
        let began =
            |is_resumed| event(TransactionEvent::CallBegan { at: now, call: call.clone(), is_resumed });
        if transactions.unfinished.as_ref() == Some(call) {
            return vec![began(true)];
        }
        let (to, blocks) = match call {
            TransactionCall::InitTransactions => (Some(TransactionState::Initializing), true),
            TransactionCall::BeginTransaction => (Some(TransactionState::InTransaction), false),
            TransactionCall::SendOffsetsToTransaction { .. } => (None, true),
            TransactionCall::CommitTransaction => (Some(TransactionState::CommittingTransaction), true),
            TransactionCall::AbortTransaction => (Some(TransactionState::AbortingTransaction), true),
        };
        if let Err(failure) = self.permit_call(transactions, call, to) {
            return returned(Some(failure));
        }
        // Offsets of nothing are no request (`KafkaProducer.sendOffsetsToTransaction`).
        if matches!(call, TransactionCall::SendOffsetsToTransaction { offsets, .. } if offsets.is_empty()) {
            return returned(None);
        }
        let changed = to.map(|to| changed(now, transactions.state, to, None));
        let mut events: Vec<ProducerEvent> = changed.into_iter().collect();
        events.extend(if blocks { vec![began(false)] } else { returned(None) });
        events
    }

    fn permit_call(
        &self,
        transactions: &Transactions,
        call: &TransactionCall,
        to: Option<TransactionState>,
    ) -> Result<(), Failure> {
        self.permit_pending(transactions, call.name())?;
        let aborts = *call == TransactionCall::AbortTransaction;
        let begins = *call == TransactionCall::InitTransactions;
        let goes_on = begins || (aborts && transactions.state == TransactionState::AbortableError);
        if !goes_on {
            self.permit_error(transactions)?;
        }
        match to {
            Some(to) if !transactions.state.may_become(to) => {
                Err(Failure::invalid_transition(&self.config, transactions.state, to))
            }
            None if transactions.state != TransactionState::InTransaction => {
                let state = transactions.state;
                Err(Failure::illegal_state(format!(
                    "Cannot send offsets if a transaction is not in progress (currentState= {state})"
                )))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// `throwIfPendingState`
    fn permit_pending(&self, transactions: &Transactions, operation: &str) -> Result<(), Failure> {
        match &transactions.unfinished {
            Some(unfinished) => Err(Failure::illegal_state(format!(
                "Cannot attempt operation `{operation}` because the previous call to `{}` timed out and must be retried",
                unfinished.name()
            ))),
            None => Ok(()),
        }
    }

    /// `maybeFailWithError`
    fn permit_error(&self, transactions: &Transactions) -> Result<(), Failure> {
        match transactions.last_error.as_ref().filter(|_| transactions.state.is_error()) {
            Some(error) => Err(Failure::in_error_state(&self.config, self.producer_id(), error)),
            None => Ok(()),
        }
    }

    /// Records that found their places are part of the transaction, if one is open; otherwise `send` fails
    /// (`maybeAddPartition`). Kafka leaves such records in their batches all the same: see the ledger.
    pub(in crate::producer) fn admit(&self, now: Time, events: Vec<ProducerEvent>) -> Vec<ProducerEvent> {
        let Some(transactions) = self.transactions.as_deref() else { return events };
        let refused =
            self.permit_pending(transactions, "send").and_then(|()| self.permit_error(transactions)).err();
        let is_open = transactions.state == TransactionState::InTransaction;
        let mut wanted: Set<TopicPartition> = Set::new();
        let mut admitted = Vec::with_capacity(events.len() + 1);
        for happened in events {
            match happened {
                ProducerEvent::RecordsAppended { runs, .. } if refused.is_some() || !is_open => {
                    for run in runs {
                        let failure = refused.clone().unwrap_or_else(|| {
                            Failure::not_in_transaction(&run.tp, transactions.state, self)
                        });
                        let place = crate::producer::FailedPlace::Send(run.tp.topic.clone());
                        let origins = run.records.iter().map(|appended| appended.record.origin).collect();
                        admitted.push(ProducerEvent::RecordsFailed { at: now, place, origins, failure });
                    }
                }
                ProducerEvent::StickyPartitionSwitched { .. } if refused.is_some() || !is_open => {}
                ProducerEvent::BatchClosed { .. } if refused.is_some() || !is_open => {}
                happened => {
                    if let ProducerEvent::RecordsAppended { runs, .. } = &happened {
                        let known = |tp: &TopicPartition| {
                            transactions.partitions.contains(tp) || transactions.new_partitions.contains(tp)
                        };
                        wanted.extend(runs.iter().map(|run| &run.tp).filter(|tp| !known(tp)).cloned());
                    }
                    admitted.push(happened);
                }
            }
        }
        if !wanted.is_empty() {
            let partitions = wanted.into_iter().collect();
            admitted.push(event(TransactionEvent::PartitionsWanted { at: now, partitions }));
        }
        admitted
    }
}

pub(super) fn changed(
    at: Time,
    from: TransactionState,
    to: TransactionState,
    error: Option<Failure>,
) -> ProducerEvent {
    event(TransactionEvent::StateChanged { at, from, to, error })
}
