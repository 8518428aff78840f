//! What happens in a producer.

use super::{Sentence, SentenceKind};
use crate::words;
use millrace_client::producer::{AppendedRun, BlockReason, CloseReason, PartitionReason, ProducerEvent};

/// Runs of one `send` that are named one by one.
const RUNS: usize = 4;

pub(super) fn sentence(event: &ProducerEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        ProducerEvent::RecordsAppended { runs, .. } => {
            format!("{who} put {}", words::list(runs.iter().map(run), RUNS))
        }
        ProducerEvent::StickyPartitionSwitched { topic, from: Some(from), to, bytes, .. } => format!(
            "{who}: records of {topic} without a key go to P{to} from now on: P{from} has had {bytes} bytes (batch.size)"
        ),
        ProducerEvent::StickyPartitionSwitched { topic, from: None, to, .. } => {
            format!("{who}: records of {topic} without a key stick to P{to}")
        }
        ProducerEvent::SendBlocked { topic, reason, records, .. } => {
            let what = match reason {
                BlockReason::Metadata => "metadata".to_owned(),
                BlockReason::PartitionMetadata(partition) => format!("metadata with P{partition}"),
                BlockReason::Memory => "room in buffer.memory".to_owned(),
            };
            format!("{who}: a send of {} to {topic} waits for {what}", words::many(records.len(), "record"))
        }
        ProducerEvent::SendUnblocked { topic, records, waited, .. } => format!(
            "{who}: the send of {} to {topic} goes on after {}",
            words::many(*records, "record"),
            words::span(*waited)
        ),
        ProducerEvent::BatchClosed { tp, reason, records, waited, .. } => {
            format!(
                "{who}: batch of {} for {tp} leaves: {}",
                words::many(*records, "record"),
                closed(*reason, *waited)
            )
        }
        ProducerEvent::RequestSent { batches, to, .. } => {
            let parts =
                batches.iter().map(|sent| format!("{} for {}", words::many(sent.records, "record"), sent.tp));
            format!("{who} sent {} to broker {to}", words::list(parts, RUNS))
        }
        ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } if base_offset.0 < 0 => {
            format!(
                "{who}: {} for {tp} sent, and nothing more is known (acks=0)",
                words::many(batch.len(), "record")
            )
        }
        ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } => {
            format!(
                "{who}: {} acknowledged at {}",
                words::many(batch.len(), "record"),
                words::place(tp, *base_offset)
            )
        }
        ProducerEvent::BatchRetried { tp, error, attempt, backoff, .. } => format!(
            "{who}: batch for {tp} failed with {} and is sent again after {} (sent {})",
            error.name(),
            words::span(*backoff),
            words::many(*attempt, "time")
        ),
        ProducerEvent::BatchSplit { tp, into, .. } => {
            format!("{who}: batch for {tp} was too large and is split into {}", into.len())
        }
        ProducerEvent::RecordsFailed { origins, failure, .. } => {
            let text = format!("{who}: {} failed: {failure:?}", words::many(origins.len(), "record"));
            return Sentence::new(SentenceKind::Problem, words::cut(&text));
        }
        ProducerEvent::MetadataRequestFailed { to, .. } => {
            format!("{who}: broker {to} did not answer Metadata")
        }
        ProducerEvent::BrokerDisconnected { broker, timed_out, .. } => {
            let why = if *timed_out { " (request.timeout.ms)" } else { "" };
            let text = format!("{who}: the connection to broker {broker} is given up{why}");
            return Sentence::new(SentenceKind::Problem, text);
        }
        ProducerEvent::CloseStarted { .. } => format!("{who}: close"),
        ProducerEvent::Closed { .. } => format!("{who}: closed"),
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

fn run(run: &AppendedRun) -> String {
    let Some(first) = run.records.first() else { return run.tp.to_string() };
    let what = match run.records.len() {
        1 => words::key(first.record.key.as_ref()),
        n => words::many(n, "record"),
    };
    let why = match first.reason {
        PartitionReason::Keyed { .. } | PartitionReason::Crc32 { .. } => "by key",
        PartitionReason::Sticky => "no key: sticky partition",
        PartitionReason::Explicit => "as told",
        PartitionReason::RoundRobin { .. } => "in turn",
    };
    format!("{what} into a batch for {} ({why})", run.tp)
}

/// Why a batch left.
pub(crate) fn closed(reason: CloseReason, waited: millrace_model::Span) -> String {
    let waited = words::span(waited);
    match reason {
        CloseReason::Full => "it is full (batch.size)".to_owned(),
        CloseReason::Linger => format!("it has waited {waited} for company (linger.ms)"),
        CloseReason::Flush => "flush".to_owned(),
        CloseReason::Close => "the producer closes".to_owned(),
        CloseReason::Memory => "a send waits for memory".to_owned(),
        CloseReason::SameRequest => format!("after {waited}, along with another batch for the same broker"),
    }
}
