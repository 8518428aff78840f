//! What each event changes.

use super::state::{OffsetsWork, Pending, PendingCall, Transactions};
use super::{
    Lookup, TransactionCall, TransactionEvent, TransactionRequest, TransactionState, TransactionStep,
};
use crate::producer::Producer;
use millrace_model::{Set, Time};

impl Producer {
    /// Takes in what happened to its transactions.
    pub(in crate::producer) fn apply_transaction(&mut self, event: &TransactionEvent) {
        self.clock = event.at();
        if let TransactionEvent::Requested { correlation, .. } = event {
            self.next_correlation = correlation.0 + 1;
        }
        if let (TransactionEvent::Settled { step, .. }, Some(identity)) =
            (event, self.identity.as_deref_mut())
        {
            match step {
                TransactionStep::Retried { error, .. } => identity.lose(*error),
                TransactionStep::Found(_) => identity.found(),
                TransactionStep::Done | TransactionStep::Failed(_) => {}
            }
        }
        if let Some(transactions) = self.transactions.as_deref_mut() {
            transactions.apply(event);
        }
    }
}

impl Transactions {
    fn apply(&mut self, event: &TransactionEvent) {
        match event {
            TransactionEvent::CallWaits { call, .. } => self.calls.push_back(call.clone()),
            TransactionEvent::CallTaken { .. } => drop(self.calls.pop_front()),
            TransactionEvent::CallBegan { at, call, is_resumed } => self.began(*at, call, *is_resumed),
            TransactionEvent::CallReturned { timed_out, .. } => {
                let call = self.call.take().map(|pending| pending.call);
                if *timed_out {
                    self.unfinished = call;
                }
            }
            TransactionEvent::StateChanged { to, error, .. } => self.go(*to, error.clone()),
            // Their leaders add them.
            TransactionEvent::PartitionsWanted { partitions, .. } if self.version.supports_epoch_bump() => {
                self.partitions.extend(partitions.iter().cloned());
                self.started = true;
            }
            TransactionEvent::PartitionsWanted { partitions, .. } => {
                self.new_partitions.extend(partitions.iter().cloned());
            }
            TransactionEvent::VersionFound { version, .. } => self.finalized = *version,
            TransactionEvent::EpochBumpWanted { .. } => self.epoch_bump_required = true,
            TransactionEvent::Requested { at, correlation, to, request } => {
                let (correlation, to, request) = (*correlation, *to, request.clone());
                self.pending = Some(Pending { correlation, to, sent_at: *at, request });
            }
            TransactionEvent::Settled { request, step, .. } => {
                self.pending = None;
                self.settle(request, step);
            }
            TransactionEvent::EndedEmpty { .. } => self.complete(),
            TransactionEvent::AbortedByClose { .. } => {
                self.new_partitions = Set::new();
                self.end = Some(false);
            }
        }
    }

    fn began(&mut self, at: Time, call: &TransactionCall, is_resumed: bool) {
        self.call = Some(PendingCall { call: call.clone(), since: at });
        self.unfinished = None;
        if is_resumed {
            return;
        }
        match call {
            TransactionCall::InitTransactions => self.wants_id = true,
            TransactionCall::BeginTransaction => {}
            TransactionCall::SendOffsetsToTransaction { group, offsets } => {
                let (group, offsets) = (group.clone(), offsets.clone());
                // Their coordinator adds the group's partition.
                let is_added = self.version.supports_epoch_bump();
                self.started |= is_added;
                self.offsets = Some(OffsetsWork { group, offsets, is_added });
            }
            TransactionCall::CommitTransaction => self.end = Some(true),
            TransactionCall::AbortTransaction => {
                self.new_partitions = Set::new();
                self.end = Some(false);
            }
        }
    }

    fn go(&mut self, to: TransactionState, error: Option<crate::producer::Failure>) {
        self.state = to;
        self.last_error = error;
        match to {
            TransactionState::AbortableError | TransactionState::FatalError => {
                self.wants_id = false;
                self.offsets = None;
                self.end = None;
                self.new_partitions = Set::new();
                self.unfinished = None;
            }
            // With a new epoch after an abort.
            TransactionState::Initializing => {
                self.wants_id = true;
                self.epoch_bump_required = false;
            }
            TransactionState::Ready => self.unfinished = None,
            TransactionState::Uninitialized
            | TransactionState::InTransaction
            | TransactionState::CommittingTransaction
            | TransactionState::AbortingTransaction => {}
        }
    }

    fn settle(&mut self, request: &TransactionRequest, step: &TransactionStep) {
        match step {
            TransactionStep::Retried { lookup, not_before, .. } => {
                match request {
                    TransactionRequest::FindCoordinator(_) => self.lookup_not_before = *not_before,
                    _ => self.not_before = *not_before,
                }
                if let Some(lookup) = lookup {
                    self.forget(lookup);
                }
            }
            TransactionStep::Failed(_) => {}
            TransactionStep::Found(broker) => match request {
                TransactionRequest::FindCoordinator(Lookup::Group(group)) => {
                    self.group_coordinator = Some((group.clone(), *broker));
                }
                _ => self.coordinator = Some(*broker),
            },
            TransactionStep::Done => match request {
                TransactionRequest::FindCoordinator(_) => {}
                TransactionRequest::InitProducerId => {
                    self.wants_id = false;
                    self.version = self.finalized;
                }
                TransactionRequest::AddPartitions(partitions) => {
                    self.partitions.extend(partitions.iter().cloned());
                    self.new_partitions.retain(|tp| !partitions.contains(tp));
                    self.started = true;
                }
                TransactionRequest::AddOffsets(_) => {
                    self.started = true;
                    if let Some(offsets) = &mut self.offsets {
                        offsets.is_added = true;
                    }
                }
                TransactionRequest::CommitOffsets(_) => self.offsets = None,
                TransactionRequest::End { .. } => self.complete(),
            },
        }
    }
}
