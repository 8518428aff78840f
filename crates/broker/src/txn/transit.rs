//! A transactional id goes from one state to the next. Alone it does so at once; in a cluster once all in-sync replicas have
//! the record that says so: until then its coordinator takes nothing else for it, and does not answer.

use super::{Answered, TxnEvent, TxnMetadata, TxnState, event, log, transitioned};
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::TxnResponse;
use millrace_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, Response, Time, TopicPartition};
use std::sync::Arc;

/// A transition that waits for in-sync replicas (`TransactionMetadata.pendingState`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PendingTransition {
    /// What is known of the transactional id afterwards.
    pub next: TxnMetadata,
    /// Where it is written.
    pub tp: TopicPartition,
    /// The high watermark that is waited for.
    pub required: Offset,
    /// Until when at most: `transaction.timeout.ms`, as Kafka has it.
    pub until: Time,
    /// Since when nothing is waited for any more.
    pub satisfied: Option<Time>,
    /// Who is answered then, and what.
    pub reply: Option<(RequestId, TxnResponse)>,
}

impl PendingTransition {
    /// When something is to be done about it.
    pub(super) fn due(&self) -> Time {
        self.satisfied.unwrap_or(self.until)
    }
}

/// The transition of an answered request, if there is one, as it comes about at this broker.
pub(super) fn settle(broker: &Broker, now: Time, from: RequestId, (events, answer): Answered) -> Outcome {
    let mut outcome = Outcome::default();
    let mut answer = Some(answer);
    if broker.replicas().is_none() {
        outcome.events = events;
    } else {
        for happened in events {
            let Event::Txn(inner) = happened else {
                outcome.events.push(happened);
                continue;
            };
            let TxnEvent::Transitioned { transactional_id: id, metadata } = *inner else {
                outcome.events.push(Event::Txn(inner));
                continue;
            };
            match prepared(broker, now, &id, *metadata, answer.clone().map(|answer| (from, answer))) {
                Ok(events) => {
                    outcome.events.extend(events);
                    answer = None;
                }
                Err(error) => {
                    outcome.events.push(Event::rejected("TxnStateAppend", &id, error, None));
                    if let Some(answer) = &mut answer {
                        answer.fail(error);
                    }
                }
            }
        }
    }
    outcome.replies.extend(answer.map(|answer| (from, Response::Txn(Box::new(answer)))));
    outcome
}

/// The record of a transition, and that its in-sync replicas are waited for.
///
/// # Errors
/// Those of the append.
pub(super) fn prepared(
    broker: &Broker,
    now: Time,
    id: &Arc<str>,
    next: TxnMetadata,
    reply: Option<(RequestId, TxnResponse)>,
) -> Result<Vec<Event>, ErrorCode> {
    let (tp, required, mut events) = log::append(broker, now, id, Some(&next))?;
    let until = now + next.timeout;
    let pending = PendingTransition { next, tp, required, until, satisfied: None, reply };
    events.push(event(TxnEvent::TransitionPrepared {
        transactional_id: id.clone(),
        pending: Box::new(pending),
    }));
    Ok(events)
}

/// A transition has its replicas, or they take too long.
pub(crate) fn finish(broker: &Broker, now: Time, id: &Arc<str>) -> Outcome {
    let Some(pending) = broker.txn_coordinator().pending(id) else { return Outcome::default() };
    let mut reply = pending.reply.clone();
    let happened = if pending.satisfied.is_some() {
        transitioned(id, pending.next.clone())
    } else {
        let error = ErrorCode::CoordinatorNotAvailable;
        if let Some((_, answer)) = &mut reply {
            answer.fail(error);
        }
        event(TxnEvent::TransitionFailed { transactional_id: id.clone(), at: now, error })
    };
    let replies = reply.map(|(to, answer)| (to, Response::Txn(Box::new(answer)))).into_iter().collect();
    Outcome { events: vec![happened], replies, ..Outcome::default() }
}

/// Who waits for a transition here, in a partition that is led elsewhere now.
pub(crate) fn unload(broker: &Broker, tp: &TopicPartition) -> Vec<(RequestId, Response)> {
    let of_it = broker.txn_coordinator().all_pending().filter(|(_, pending)| pending.tp == *tp);
    of_it
        .filter_map(|(_, pending)| {
            let (to, mut answer) = pending.reply.clone()?;
            answer.fail(ErrorCode::NotCoordinator);
            Some((to, Response::Txn(Box::new(answer))))
        })
        .collect()
}

/// The transaction with all its markers (`prepareComplete`).
pub(super) fn completed(known: &TxnMetadata, now: Time) -> Option<TxnMetadata> {
    let state = match known.state {
        TxnState::PrepareCommit => TxnState::CompleteCommit,
        TxnState::PrepareAbort => TxnState::CompleteAbort,
        TxnState::Empty | TxnState::Ongoing | TxnState::CompleteCommit | TxnState::CompleteAbort => {
            return None;
        }
    };
    let bumps = known.client_version.supports_epoch_bump();
    let last_producer_epoch = if bumps { known.last_producer_epoch } else { known.producer_epoch };
    let rotates = known.next_producer_id != ProducerId::NONE;
    let (producer_id, producer_epoch, previous_producer_id) = match rotates {
        true => (known.next_producer_id, ProducerEpoch(0), known.producer_id),
        false => (known.producer_id, known.producer_epoch, ProducerId::NONE),
    };
    Some(TxnMetadata {
        producer_id,
        producer_epoch,
        last_producer_epoch,
        state,
        partitions: Default::default(),
        updated_at: now,
        previous_producer_id,
        next_producer_id: ProducerId::NONE,
        ..known.clone()
    })
}
