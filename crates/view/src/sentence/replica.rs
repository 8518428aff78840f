//! What happens to replicas: who leads, who follows, what is copied, what is taken back. Only a cluster has any of it.

use super::{Sentence, SentenceKind};
use crate::cast::is_internal;
use millrace_broker::ReplicaEvent;
use millrace_model::{BrokerId, TopicPartition};
use millrace_words::cluster as say;

/// The partition that a notable event is about; none for the hum of fetches and checks, and for Kafka's own topics.
fn subject(event: &ReplicaEvent) -> Option<&TopicPartition> {
    match event {
        ReplicaEvent::LeaderStarted { tp, .. }
        | ReplicaEvent::FollowerStarted { tp, .. }
        | ReplicaEvent::ReplicaStopped { tp, .. }
        | ReplicaEvent::HighWatermarkIncremented { tp, .. }
        | ReplicaEvent::IsrProposed { tp, .. }
        | ReplicaEvent::IsrProposalFailed { tp, .. }
        | ReplicaEvent::RecordsCopied { tp, .. }
        | ReplicaEvent::Truncated { tp, .. }
        | ReplicaEvent::TruncatedFully { tp, .. } => Some(tp),
        ReplicaEvent::ProduceHeld { held, .. } => {
            held.partitions.iter().find(|reply| reply.required.is_some()).map(|reply| &reply.answer.tp)
        }
        // The controller's own sentence says what has become of a proposal; the producer's, what of an answer.
        ReplicaEvent::LeaderUpdated { .. }
        | ReplicaEvent::IsrAltered { .. }
        | ReplicaEvent::AlterPartitionSent { .. }
        | ReplicaEvent::AlterPartitionAnswered { .. }
        | ReplicaEvent::IsrChecked { .. }
        | ReplicaEvent::ProduceReleased { .. }
        | ReplicaEvent::FollowerFetched { .. }
        | ReplicaEvent::HighWatermarkLearnt { .. }
        | ReplicaEvent::FollowerFetchHeld { .. }
        | ReplicaEvent::FollowerFetchAnswered { .. }
        | ReplicaEvent::FetchSent { .. }
        | ReplicaEvent::FetchTaken { .. }
        | ReplicaEvent::LogStartFollowed { .. }
        | ReplicaEvent::HighWatermarksCheckpointed
        // Of groups; what is found of them is told apart.
        | ReplicaEvent::CoordinatorLoading { .. }
        | ReplicaEvent::CoordinatorLoaded { .. }
        | ReplicaEvent::TxnCoordinatorLoaded { .. }
        | ReplicaEvent::CoordinatorUnloaded { .. }
        | ReplicaEvent::AnswersHeld { .. }
        | ReplicaEvent::AnswersReleased { .. }
        | ReplicaEvent::ThrottledBytes { .. }
        | ReplicaEvent::FetchThrottled { .. } => None,
    }
}

pub(crate) fn is_notable(event: &ReplicaEvent) -> bool {
    taken_over(event).is_some() || subject(event).is_some_and(|tp| !is_internal(tp.topic.as_str()))
}

/// Groups or transactional ids that have another coordinator now, and where it has read of them.
fn taken_over(event: &ReplicaEvent) -> Option<(&TopicPartition, String)> {
    match event {
        ReplicaEvent::CoordinatorLoaded { tp, groups, .. } if !groups.is_empty() => {
            let names = groups.iter().map(|group| group.id().to_string());
            Some((tp, crate::words::list(names, 4)))
        }
        ReplicaEvent::TxnCoordinatorLoaded { tp, transactions, .. } if !transactions.is_empty() => {
            let ids = transactions.iter().map(|(id, _)| id.to_string());
            Some((tp, crate::words::list(ids, 4)))
        }
        _ => None,
    }
}

/// `1, 2, 3`.
pub(crate) fn ids(brokers: &[BrokerId]) -> String {
    brokers.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(", ")
}

pub(super) fn sentence(event: &ReplicaEvent, broker: BrokerId) -> Option<Sentence> {
    if let Some((tp, groups)) = taken_over(event) {
        return Sentence::new(SentenceKind::Broker, say::takes_over(&broker, &groups, tp));
    }
    let tp = subject(event)?;
    let (kind, text) = match event {
        ReplicaEvent::LeaderStarted { leader_epoch, epoch_start, .. } => {
            (SentenceKind::Broker, say::leads_from(tp, &broker, epoch_start, leader_epoch))
        }
        ReplicaEvent::FollowerStarted { leader: Some(leader), fetch_offset, .. } => {
            (SentenceKind::Broker, say::follows(tp, &broker, leader, fetch_offset))
        }
        ReplicaEvent::FollowerStarted { leader: None, .. } => {
            (SentenceKind::Problem, say::follows_nobody(tp, &broker))
        }
        ReplicaEvent::ReplicaStopped { .. } => (SentenceKind::Broker, say::holds_no_copy(tp, &broker)),
        ReplicaEvent::HighWatermarkIncremented { to, .. } => {
            (SentenceKind::Broker, say::watermark_moves(tp, to))
        }
        ReplicaEvent::IsrProposed { pending, .. } => {
            let text = match pending.joins {
                Some(joins) => say::asks_in(tp, &broker, &joins),
                None => {
                    let isr: Vec<BrokerId> = pending.sent.new_isr.iter().map(|(id, _)| *id).collect();
                    say::asks_out(tp, &broker, &ids(&isr))
                }
            };
            (SentenceKind::Broker, text)
        }
        ReplicaEvent::IsrProposalFailed { error, .. } => {
            (SentenceKind::Problem, say::proposal_failed(tp, &broker, error))
        }
        ReplicaEvent::ProduceHeld { held, .. } => {
            let places = held
                .partitions
                .iter()
                .filter_map(|reply| Some(crate::words::place(&reply.answer.tp, reply.required?)));
            (SentenceKind::Broker, say::answer_waits(&broker, &crate::words::list(places, 4)))
        }
        ReplicaEvent::RecordsCopied { batches, .. } => {
            let records: usize = batches.iter().map(|stored| stored.batch.len()).sum();
            let end = batches.last()?.next_offset();
            (SentenceKind::Broker, say::copied(tp, &broker, records as u64, &end))
        }
        ReplicaEvent::Truncated { from, to, records, .. } => {
            (SentenceKind::Problem, say::truncated(tp, &broker, *records, to, from))
        }
        ReplicaEvent::TruncatedFully { to, .. } => (SentenceKind::Problem, say::begins_anew(tp, &broker, to)),
        _ => return None,
    };
    Sentence::new(kind, text)
}
