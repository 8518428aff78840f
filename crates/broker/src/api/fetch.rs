//! Fetch: reads what is there, or holds the request (`ReplicaManager.fetchMessages`, `readFromLog`).

use super::{check_epoch, hosted};
use crate::log::segments::FetchIsolation;
use crate::{Broker, Event, HeldPartition, Outcome, RequestId, replica};
use millrace_model::protocol::{FetchRequest, FetchResponse, FetchedPartition, IsolationLevel};
use millrace_model::{ErrorCode, LeaderEpoch, Offset, Response, Span, Time, TopicPartition};

pub(crate) fn fetch(broker: &Broker, now: Time, from: RequestId, request: &FetchRequest) -> Outcome {
    let isolation = isolation(request.isolation_level);
    let read = read_all(
        broker,
        isolation,
        request.rack_id.as_deref(),
        request.max_bytes,
        request
            .partitions
            .iter()
            .map(|p| (&p.tp, p.fetch_offset, p.partition_max_bytes, p.current_leader_epoch)),
    );
    let answer_now = request.max_wait == Span::ZERO
        || request.partitions.is_empty()
        || read.bytes >= request.min_bytes
        || read.failed;
    if answer_now {
        return read.answer(from, false);
    }
    let partitions = request
        .partitions
        .iter()
        .map(|p| HeldPartition {
            tp: p.tp.clone(),
            fetch_offset: p.fetch_offset,
            current_leader_epoch: p.current_leader_epoch,
            partition_max_bytes: p.partition_max_bytes,
            isolation_level: request.isolation_level,
            readable: broker
                .log(&p.tp)
                .map_or(0, |log| log.bytes_from(p.fetch_offset, p.partition_max_bytes)),
        })
        .collect();
    let held = Event::FetchHeld {
        request: from,
        until: now + request.max_wait,
        min_bytes: request.min_bytes,
        max_bytes: request.max_bytes,
        partitions,
    };
    Outcome { events: vec![held], replies: Vec::new(), ..Outcome::default() }
}

/// Answers a held fetch with what is there now. Nothing if it is no longer held.
pub(crate) fn answer_held(broker: &Broker, id: RequestId) -> Outcome {
    let Some((max_bytes, partitions)) = broker.purgatory().get(id) else {
        return Outcome::default();
    };
    let positions =
        partitions.iter().map(|p| (&p.tp, p.fetch_offset, p.partition_max_bytes, p.current_leader_epoch));
    let level = partitions.first().map_or(IsolationLevel::default(), |p| p.isolation_level);
    read_all(broker, isolation(level), None, max_bytes, positions).answer(id, true)
}

/// How far a reader may look.
fn isolation(level: IsolationLevel) -> FetchIsolation {
    match level {
        IsolationLevel::ReadUncommitted => FetchIsolation::HighWatermark,
        IsolationLevel::ReadCommitted => FetchIsolation::TxnCommitted,
    }
}

/// Where, from which offset on, how many bytes at most, under which believed leader epoch.
type Position<'a> = (&'a TopicPartition, Offset, usize, Option<LeaderEpoch>);

/// What a fetch has found.
struct Read {
    partitions: Vec<FetchedPartition>,
    bytes: usize,
    records: usize,
    failed: bool,
}

impl Read {
    fn answer(self, to: RequestId, was_held: bool) -> Outcome {
        let answered =
            Event::FetchAnswered { request: to, was_held, records: self.records, bytes: self.bytes };
        let response = Response::Fetch(FetchResponse { partitions: self.partitions });
        Outcome { events: vec![answered], replies: vec![(to, response)], ..Outcome::default() }
    }
}

/// Reads position after position. Until something is found, the limits do not hold: the first batch is always given
/// (KIP-74), or a batch larger than the limits would stop its readers for ever.
fn read_all<'a>(
    broker: &Broker,
    isolation: FetchIsolation,
    rack: Option<&str>,
    max_bytes: usize,
    positions: impl Iterator<Item = Position<'a>>,
) -> Read {
    let mut read = Read { partitions: Vec::new(), bytes: 0, records: 0, failed: false };
    let mut left = max_bytes;
    for (tp, offset, partition_max_bytes, epoch) in positions {
        let min_one = read.bytes == 0;
        let position = (tp, offset, left.min(partition_max_bytes), epoch);
        let result = one(broker, isolation, rack, position, min_one);
        let fetched = result.unwrap_or_else(|error| {
            read.failed = true;
            FetchedPartition {
                tp: tp.clone(),
                error,
                high_watermark: Offset(-1),
                last_stable_offset: Offset(-1),
                log_start_offset: Offset(-1),
                batches: Vec::new(),
                aborted_transactions: Vec::new(),
                preferred_read_replica: None,
            }
        });
        // Who is sent elsewhere is told at once.
        read.failed |= fetched.preferred_read_replica.is_some();
        let bytes: usize = fetched.batches.iter().map(|stored| stored.batch.size_in_bytes).sum();
        read.bytes = read.bytes.saturating_add(bytes);
        read.records += fetched.batches.iter().map(|stored| stored.batch.len()).sum::<usize>();
        left = left.saturating_sub(bytes);
        read.partitions.push(fetched);
    }
    read
}

fn one(
    broker: &Broker,
    isolation: FetchIsolation,
    rack: Option<&str>,
    (tp, offset, max_bytes, epoch): Position,
    min_one: bool,
) -> Result<FetchedPartition, ErrorCode> {
    let partition = hosted(broker, tp)?;
    check_epoch(partition, epoch)?;
    let log = &partition.log;
    let closer = rack.and_then(|rack| replica::closest(broker, tp, offset, rack));
    if closer.is_none() && (offset < log.log_start_offset() || offset > log.log_end_offset()) {
        return Err(ErrorCode::OffsetOutOfRange);
    }
    let (batches, aborted_transactions) = match closer {
        Some(_) => (Vec::new(), Vec::new()),
        None => {
            let read = log.read(offset, isolation, max_bytes, min_one);
            (read.batches, read.aborted.unwrap_or_default())
        }
    };
    // Between the high watermark and the end there is something, but not for readers: an empty answer.
    Ok(FetchedPartition {
        tp: tp.clone(),
        error: ErrorCode::None,
        high_watermark: log.high_watermark(),
        last_stable_offset: log.last_stable_offset(),
        log_start_offset: log.log_start_offset(),
        batches,
        aborted_transactions,
        preferred_read_replica: closer,
    })
}
