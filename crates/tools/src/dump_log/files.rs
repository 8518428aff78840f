//! The files of the playground's broker, made of what its logs hold: segments and their indexes as Kafka writes them.

use super::{Thrown, thrown};
use crate::cluster::broker;
use crate::quorum::LOG_DIR;
use crate::shell::Shell;
use millrace_broker::log::segments::LogSegment;
use millrace_model::{Offset, Partition, StoredBatch, Timestamp, TopicName, TopicPartition};
use millrace_records::{BatchBuilder, BatchOptions, RecordHeader, Scratch, TimestampType};

/// The bytes of a file, one that was handed in or one of the broker's; `None` if there is none.
pub(super) fn find(shell: &Shell<'_>, path: &str) -> Option<Vec<u8>> {
    shell.read_bytes(path).or_else(|| of_broker(shell, path))
}

/// The same.
///
/// # Errors
/// `NoSuchFileException`
pub(super) fn open(shell: &Shell<'_>, path: &str) -> Result<Vec<u8>, Thrown> {
    match find(shell, path) {
        Some(bytes) => Ok(bytes),
        None => thrown("java.nio.file.NoSuchFileException", path),
    }
}

fn of_broker(shell: &Shell<'_>, path: &str) -> Option<Vec<u8>> {
    let (directory, file) = path.strip_prefix(LOG_DIR)?.strip_prefix('/')?.split_once('/')?;
    let (topic, partition) = directory.rsplit_once('-')?;
    let tp = TopicPartition { topic: TopicName::from(topic), partition: Partition(partition.parse().ok()?) };
    let (base, kind) = file.split_once('.')?;
    let base = Some(base).filter(|base| base.len() == 20)?.parse().ok().map(Offset)?;
    let log = broker(shell.world())?.log(&tp)?;
    let segment = log.segments().iter().find(|segment| segment.base_offset() == base)?;
    match kind {
        "log" => segment_bytes(segment),
        "index" => Some(index_bytes(segment)),
        "timeindex" => Some(time_index_bytes(segment)),
        _ => None,
    }
}

fn segment_bytes(segment: &LogSegment) -> Option<Vec<u8>> {
    let mut scratch = Scratch::default();
    let mut bytes = Vec::new();
    for logged in segment.batches() {
        bytes.extend(batch_bytes(&logged.stored, &mut scratch)?);
    }
    Some(bytes)
}

fn batch_bytes(stored: &StoredBatch, scratch: &mut Scratch) -> Option<Vec<u8>> {
    let mut options = BatchOptions {
        base_offset: stored.base_offset.0,
        partition_leader_epoch: stored.leader_epoch.0,
        ..BatchOptions::default()
    };
    if let Some(time) = stored.log_append_time {
        options.timestamp_type = TimestampType::LogAppendTime;
        options.log_append_time = time.0;
    }
    options.delete_horizon_ms =
        stored.batch.cleaned.as_ref().and_then(|cleaned| cleaned.delete_horizon).map(|at| at.0);
    let mut builder = BatchBuilder::new(options, Vec::new()).ok()?;
    for (offset, record) in stored.records_from(stored.base_offset) {
        let headers: Vec<RecordHeader<'_>> = record
            .headers
            .iter()
            .map(|header| RecordHeader { key: header.key.as_bytes(), value: header.value.as_deref() })
            .collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        builder.append_with_offset(offset.0, record.timestamp.0, key, value, &headers).ok()?;
    }
    builder.build(scratch).ok()
}

/// How far an offset is from where the segment begins, in four bytes.
fn relative(offset: Offset, segment: &LogSegment) -> [u8; 4] {
    i32::try_from(offset.0 - segment.base_offset().0).unwrap_or(i32::MAX).to_be_bytes()
}

fn index_bytes(segment: &LogSegment) -> Vec<u8> {
    let entry =
        |(offset, position): (Offset, u32)| [relative(offset, segment), position.to_be_bytes()].concat();
    segment.offset_index().entries().flat_map(entry).collect()
}

fn time_index_bytes(segment: &LogSegment) -> Vec<u8> {
    let entry = |(timestamp, offset): (Timestamp, Offset)| {
        [timestamp.0.to_be_bytes().as_slice(), &relative(offset, segment)].concat()
    };
    segment.time_index().entries().flat_map(entry).collect()
}
