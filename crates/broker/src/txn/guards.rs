//! What a leader remembers while it asks coordinators about transactions (`VerificationStateEntry`, `VerificationGuard`): in a
//! cluster only.

use super::TxnEvent;
use crate::timer::Timers;
use crate::{RequestId, Timer};
use millrace_model::protocol::AddPartitionsToTxnRequest;
use millrace_model::{Batch, Map, ProducerEpoch, ProducerId, Request, Time, TopicPartition};
use std::sync::Arc;

/// A producer is about to begin a transaction in a partition. It is forgotten with the next append of that producer, so that an
/// answer from before a marker permits nothing behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guard {
    /// Tells it from others.
    pub number: u64,
    /// The lowest sequence number that was seen: one before it must not be overtaken by one behind it.
    pub lowest_sequence: i32,
    /// Under which epoch.
    pub epoch: ProducerEpoch,
}

impl Guard {
    /// The same, where there is one already (`maybeUpdateLowestSequenceAndEpoch`).
    pub(super) fn beside(self, known: Option<&Guard>) -> Guard {
        let Some(known) = known else { return self };
        let lowest_sequence = match self.epoch.cmp(&known.epoch) {
            std::cmp::Ordering::Greater => self.lowest_sequence,
            std::cmp::Ordering::Equal => self.lowest_sequence.min(known.lowest_sequence),
            std::cmp::Ordering::Less => known.lowest_sequence,
        };
        Guard { number: known.number, lowest_sequence, epoch: self.epoch.max(known.epoch) }
    }

    pub(super) fn is(&self, other: &Guard) -> bool {
        self.number == other.number
    }
}

/// A request that waits for a coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verification {
    /// Whose it is.
    pub from: RequestId,
    /// What it asks.
    pub request: Request,
    /// What the coordinator is asked.
    pub asks: AddPartitionsToTxnRequest,
    /// The partitions that a transaction is to begin in.
    pub guards: Vec<(TopicPartition, Guard)>,
    /// Since when it waits.
    pub since: Time,
    /// Until when at most, for this answer.
    pub until: Time,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Guards {
    guards: Map<(TopicPartition, ProducerId), Guard>,
    waiting: Map<u64, Arc<Verification>>,
    /// Those that ask again, and when.
    postponed: Map<u64, Time>,
    /// How many there were.
    sent: u64,
}

impl Guards {
    /// The requests that wait.
    pub fn requests(&self) -> impl ExactSizeIterator<Item = &Verification> {
        self.waiting.values().map(|waiting| &**waiting)
    }

    pub(crate) fn guard(&self, tp: &TopicPartition, id: ProducerId) -> Option<&Guard> {
        // Hardly any broker has one.
        if self.guards.is_empty() { None } else { self.guards.get(&(tp.clone(), id)) }
    }

    pub(crate) fn waiting(&self, number: u64) -> Option<&Verification> {
        self.waiting.get(&number).map(|waiting| &**waiting)
    }

    pub(crate) fn shared(&self, number: u64) -> Option<Arc<Verification>> {
        self.waiting.get(&number).cloned()
    }

    pub(super) fn is_postponed(&self, number: u64) -> bool {
        self.postponed.contains_key(&number)
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    fn due(&self, number: u64) -> Option<Time> {
        let postponed = self.postponed.get(&number).copied();
        postponed.or_else(|| self.waiting.get(&number).map(|waiting| waiting.until))
    }

    pub(crate) fn apply(&mut self, event: &TxnEvent, timers: &mut Timers) {
        let (TxnEvent::CoordinatorAsked { number, .. }
        | TxnEvent::CoordinatorAskedLater { number, .. }
        | TxnEvent::CoordinatorAnswered { number, .. }) = event
        else {
            return;
        };
        let before = self.due(*number);
        match event {
            TxnEvent::CoordinatorAsked { waiting, .. } => {
                let id = waiting.asks.producer_id;
                for (tp, guard) in &waiting.guards {
                    self.guards.insert((tp.clone(), id), *guard);
                }
                self.sent = self.sent.max(number.saturating_add(1));
                self.postponed.remove(number);
                self.waiting.insert(*number, Arc::new((**waiting).clone()));
            }
            TxnEvent::CoordinatorAskedLater { until, .. } => drop(self.postponed.insert(*number, *until)),
            _ => {
                self.postponed.remove(number);
                self.waiting.remove(number);
            }
        }
        timers.replace(before, self.due(*number), || Timer::CoordinatorAnswerDue(*number));
    }

    /// A batch or a marker was appended: the transaction has begun, or ended.
    pub(crate) fn appended(&mut self, tp: &TopicPartition, batch: &Batch) {
        if let Some(producer) = batch.producer.as_deref()
            && !self.guards.is_empty()
        {
            self.guards.remove(&(tp.clone(), producer.id));
        }
    }
}
