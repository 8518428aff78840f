//! What happens in a producer.

use super::{Sentence, SentenceKind};
use crate::words;
use millrace_client::producer::{
    AppendedRun, BlockReason, CloseReason, PartitionReason, ProducerEvent, ProducerIdEvent,
};
use millrace_words::sentences as say;

/// Runs of one `send` that are named one by one.
const RUNS: usize = 4;

pub(super) fn sentence(event: &ProducerEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        ProducerEvent::RecordsAppended { runs, .. } => {
            say::put(&who, &words::list(runs.iter().map(run), RUNS))
        }
        ProducerEvent::StickyPartitionSwitched { topic, from: Some(from), to, bytes, .. } => {
            say::records_of_without_a_key(&who, &topic, &to, &from, &bytes)
        }
        ProducerEvent::StickyPartitionSwitched { topic, from: None, to, .. } => {
            say::records_of_without_a(&who, &topic, &to)
        }
        ProducerEvent::SendBlocked { topic, reason, records, .. } => {
            let what = match reason {
                BlockReason::Metadata => say::metadata().to_owned(),
                BlockReason::PartitionMetadata(partition) => say::metadata_with_p(&partition),
                BlockReason::Memory => say::room_in_buffer_memory().to_owned(),
            };
            say::a_send_of_records_to(&who, records.len() as u64, &topic, &what)
        }
        ProducerEvent::SendUnblocked { topic, records, waited, .. } => {
            say::the_send_of_records_to(&who, (*records) as u64, &topic, &words::span(*waited))
        }
        ProducerEvent::BatchClosed { tp, reason, records, waited, .. } => {
            say::batch_of_records_for_leaves(&who, (*records) as u64, &tp, &closed(*reason, *waited))
        }
        ProducerEvent::RequestSent { batches, to, .. } => {
            let parts = batches.iter().map(|sent| say::records_for(sent.records as u64, &sent.tp));
            say::sent_to_broker(&who, &words::list(parts, RUNS), &to)
        }
        ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } if base_offset.0 < 0 => {
            say::records_for_sent_and_nothing(&who, batch.len() as u64, &tp)
        }
        ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } => {
            say::records_acknowledged_at(&who, batch.len() as u64, &words::place(tp, *base_offset))
        }
        ProducerEvent::BatchRetried { tp, error, attempt, backoff, .. } => say::batch_for_failed_with_and(
            &who,
            &tp,
            &error.name(),
            &words::span(*backoff),
            (*attempt) as u64,
        ),
        ProducerEvent::BatchSplit { tp, into, .. } => say::batch_for_was_too_large(&who, &tp, &into.len()),
        ProducerEvent::RecordsFailed { origins, failure, .. } => {
            let text = say::records_failed(&who, origins.len() as u64, &format_args!("{:?}", failure));
            return Sentence::new(SentenceKind::Problem, words::cut(&text));
        }
        ProducerEvent::MetadataRequestFailed { to, .. } => say::broker_did_not_answer_metadata(&who, &to),
        ProducerEvent::BrokerDisconnected { broker, timed_out, .. } => {
            let why = if *timed_out { " (request.timeout.ms)" } else { "" };
            let text = say::the_connection_to_broker_is(&who, &broker, &why);
            return Sentence::new(SentenceKind::Problem, text);
        }
        ProducerEvent::Throttled { broker, until, .. } => say::sends_nothing_until(&who, broker, until),
        ProducerEvent::ProducerId(event) => return producer_id(event, who),
        ProducerEvent::Transaction(event) => return super::transaction::sentence(event, who),
        ProducerEvent::CloseStarted { .. } => say::close(&who),
        ProducerEvent::Closed { .. } => say::closed(&who),
        ProducerEvent::RequestEnded { .. }
        | ProducerEvent::MetadataRefreshRequested { .. }
        | ProducerEvent::MetadataRequested { .. }
        | ProducerEvent::MetadataUpdated { .. }
        | ProducerEvent::ReplyIgnored { .. }
        | ProducerEvent::FlushStarted { .. }
        | ProducerEvent::FlushCompleted { .. } => return None,
    };
    Sentence::new(SentenceKind::Producer, text)
}

fn producer_id(event: &ProducerIdEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        ProducerIdEvent::Requested { .. } | ProducerIdEvent::SequencesResolved { .. } => return None,
        ProducerIdEvent::Received { id: (id, epoch), .. } => say::has_the_producer_id(&who, id, epoch),
        ProducerIdEvent::RequestFailed { error, .. } => say::has_no_producer_id_yet(&who, &error.name()),
        ProducerIdEvent::EpochBumpRequested { tp, .. } => say::counts_from_0_again(&who, tp),
        ProducerIdEvent::SequenceUnresolved { tp, .. } => say::nothing_new_leaves_until(&who, tp),
        ProducerIdEvent::EpochBumped { id: Some((_, epoch)), .. } => say::epoch_is_raised(&who, epoch),
        ProducerIdEvent::EpochBumped { id: None, .. } => say::asks_for_another_id(&who),
    };
    Sentence::new(SentenceKind::Producer, text)
}

fn run(run: &AppendedRun) -> String {
    let Some(first) = run.records.first() else { return run.tp.to_string() };
    let what = match run.records.len() {
        1 => words::key(first.record.key.as_ref()),
        n => words::many(n, "record"),
    };
    let why = match first.reason {
        PartitionReason::Keyed { .. } | PartitionReason::Crc32 { .. } => say::by_key(),
        PartitionReason::Sticky => say::no_key_sticky_partition(),
        PartitionReason::Explicit => say::as_told(),
        PartitionReason::RoundRobin { .. } => say::in_turn(),
        PartitionReason::Ruled { .. } => say::by_a_rule(),
    };
    say::into_a_batch_for(&what, &run.tp, &why)
}

/// Why a batch left.
pub(crate) fn closed(reason: CloseReason, waited: millrace_model::Span) -> String {
    let waited = words::span(waited);
    match reason {
        CloseReason::Full => say::it_is_full_batch_size().to_owned(),
        CloseReason::Linger => say::it_has_waited_for_company(&waited),
        CloseReason::Flush => say::flush().to_owned(),
        CloseReason::Close => say::the_producer_closes().to_owned(),
        CloseReason::Memory => say::a_send_waits_for_memory().to_owned(),
        CloseReason::TransactionCompleting => say::txn_completes().to_owned(),
        CloseReason::SameRequest => say::after_along_with_another_batch(&waited),
    }
}
