//! What happens at a broker.

use super::{Names, Sentence, SentenceKind, group, replica};
use crate::words;
use millrace_broker::log::segments::{RollReason, SegmentDeletionReason};
use millrace_broker::{Event, LogChange, TxnEvent};
use millrace_model::TopicPartition;
use millrace_sim::Actor;
use millrace_words::{cluster, sentences as say};

pub(super) fn sentence(event: &Event, actor: Actor, names: &Names<'_>) -> Option<Sentence> {
    let text = match event {
        Event::TopicCreated { topic, partitions, .. } => {
            say::topic_was_created_with_partitions(&topic, u64::try_from(*partitions).unwrap_or(0))
        }
        Event::PartitionsAdded { topic, from, to, .. } => {
            say::topic_has_partitions_now_instead(&topic, &to, &from)
        }
        Event::TopicDeleted { topic, .. } => say::topic_was_deleted_with_all(&topic),
        Event::ConfigsAltered { resource, changes } => {
            let change = |(key, value): &(std::sync::Arc<str>, Option<std::sync::Arc<str>>)| match value {
                Some(value) => [key, "=", value].concat(),
                None => say::as_by_default(key),
            };
            let changes: Vec<String> = changes.iter().map(change).collect();
            [&resource.name, ": ", &*changes.join(", ")].concat()
        }
        Event::RecordsDeleted { tp, log_start_offset } => {
            say::the_log_begins_at_offset(&tp, &log_start_offset)
        }
        Event::LogImported { tp, log_start_offset, log_end_offset } => {
            say::imported_from_another_cluster_offsets(&tp, &log_start_offset, &log_end_offset)
        }
        Event::BatchAppended { tp, .. } if millrace_broker::is_internal(tp.topic.as_str()) => return None,
        // In a cluster the high watermark follows later, and has a sentence of its own.
        Event::BatchAppended { tp, stored } if names.world().controller().is_some() => {
            let Actor::Broker(broker) = actor else { return None };
            cluster::appended(tp, &broker, stored.batch.len() as u64, &stored.next_offset())
        }
        Event::BatchAppended { tp, stored } => {
            let end = stored.next_offset();
            match stored.batch.len() {
                1 => say::a_1_record_appended_at_offset_tp_base_offset_end(&tp, &stored.base_offset, &end),
                n => say::records_appended(tp, n as u64, &stored.base_offset, &(end.0 - 1), &end),
            }
        }
        Event::FetchHeld { .. }
        | Event::FetchAnswered { .. }
        | Event::RetentionChecked { .. }
        | Event::Lifecycle(_)
        | Event::MetadataRead { .. }
        | Event::LogsChecked { .. } => {
            return None;
        }
        Event::Replica(change) => {
            let Actor::Broker(broker) = actor else { return None };
            return replica::sentence(change, broker);
        }
        Event::LogChanged { tp, change, .. } => log_change(tp, change),
        Event::ProduceRejected(rejected) => {
            let records = words::many(rejected.records, "record");
            let text = match &rejected.why {
                Some(why) => say::refused_because(&rejected.tp, &records, &rejected.error, why),
                None => say::refused(&rejected.tp, &records, &rejected.error),
            };
            return Sentence::new(SentenceKind::Problem, text);
        }
        Event::Rejected(rejection) => {
            let who = rejection
                .member
                .as_ref()
                .map(|id| [" ", &say::of(&names.member(id))].concat())
                .unwrap_or_default();
            let text = say::refused_subject_api_who_error_why(
                &rejection.subject,
                &rejection.api,
                &who,
                &rejection.error,
                &rejection.why,
            );
            return Sentence::new(SentenceKind::Problem, text);
        }
        Event::Group { group, change, .. } => return group::sentence(group, change, names),
        Event::Txn(event) => txn(event)?,
    };
    Sentence::new(SentenceKind::Broker, text)
}

fn txn(event: &TxnEvent) -> Option<String> {
    Some(match event {
        // What has come about has a sentence of its own, the id that of its producer.
        TxnEvent::ProducerIdAllocated { .. }
        | TxnEvent::TimeoutsChecked { .. }
        | TxnEvent::TransitionPrepared { .. }
        | TxnEvent::MarkersAnswered { .. }
        | TxnEvent::CoordinatorAskedLater { .. }
        | TxnEvent::CoordinatorAnswered { .. } => return None,
        TxnEvent::CoordinatorAsked { to, waiting, .. } => {
            let (id, partitions) =
                (&waiting.asks.transactional_id, words::partitions(&waiting.asks.partitions));
            match waiting.asks.verify_only {
                true => say::txn_partitions_verified(id, to, &partitions),
                false => say::txn_partitions_added(id, to, &partitions),
            }
        }
        TxnEvent::TransitionFailed { transactional_id, error, .. } => {
            say::transition_failed(transactional_id, error)
        }
        TxnEvent::MarkersSent { transactional_id, requests, .. } => {
            let brokers: Vec<String> = requests.iter().map(|request| request.to.to_string()).collect();
            if brokers.is_empty() {
                return None;
            }
            say::markers_sent(transactional_id, &brokers.join(", "))
        }
        TxnEvent::Expired { transactional_ids, .. } if transactional_ids.is_empty() => return None,
        TxnEvent::Expired { transactional_ids, .. } => {
            let ids = transactional_ids.iter().map(ToString::to_string);
            say::transactional_ids_expired(&words::list(ids, 4))
        }
        TxnEvent::Transitioned { transactional_id, metadata } => {
            say::transaction_is(transactional_id, &metadata.state, &metadata.producer_epoch)
        }
        TxnEvent::DuplicateSequence { tp, producer_id, base_sequence, base_offset, records, .. } => {
            say::came_again(tp, &words::many(*records, "record"), producer_id, base_sequence, base_offset)
        }
    })
}

fn log_change(tp: &TopicPartition, change: &LogChange) -> String {
    match change {
        LogChange::SegmentRolled { base_offset, reason } => {
            let why = match reason {
                RollReason::Size => "segment.bytes",
                RollReason::Time => "segment.ms",
                RollReason::IndexFull => "segment.index.bytes",
                RollReason::OffsetRange => "2^31 offsets",
            };
            say::a_new_segment_begins(tp, base_offset, &why)
        }
        LogChange::SegmentsDeleted { log_start_offset, segments, .. } => {
            let why = match segments.first().map(|segment| segment.reason) {
                Some(SegmentDeletionReason::Size) => "retention.bytes",
                Some(SegmentDeletionReason::Time) => "retention.ms",
                Some(SegmentDeletionReason::StartOffset) | None => "log start offset",
            };
            say::segments_deleted(tp, segments.len() as u64, &why, log_start_offset)
        }
        LogChange::ProducersExpired(ids) => {
            let ids = ids.iter().map(ToString::to_string);
            say::producers_expired(tp, &words::list(ids, 4))
        }
        LogChange::Cleaned(cleaned) => {
            let stats = cleaned.stats;
            say::log_compacted(tp, &cleaned.clean_until, &stats.messages_written, &stats.messages_read)
        }
    }
}
