//! The batches and records of a `.log` or a `.checkpoint`.

use super::{Thrown, Wanted, base_offset, files, thrown};
use crate::shell::Shell;
use millrace_records::control::{ControlRecordType, EndTransactionMarker, QuorumRecord};
use millrace_records::{Batch, Batches, Exception, Record, RecordError, Scratch};

/// Offsets that do not follow one another, by file.
pub(super) type Gaps = Vec<(String, Vec<(i64, i64)>)>;

fn in_java(error: &RecordError) -> Thrown {
    let class = match error.exception() {
        exception @ (Exception::CorruptRecord | Exception::Kafka) => {
            let package = if exception == Exception::Kafka { "common" } else { "common.errors" };
            format!("org.apache.kafka.{package}.{}", exception.name())
        }
        Exception::InvalidRecord => "org.apache.kafka.common.InvalidRecordException".to_owned(),
        exception => format!("java.lang.{}", exception.name()),
    };
    (class, error.to_string())
}

pub(super) fn dump(
    shell: &mut Shell<'_>,
    path: &str,
    wanted: &Wanted,
    gaps: &mut Gaps,
) -> Result<(), Thrown> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.ends_with(".log") {
        shell.say(format!("Log starting offset: {}", base_offset(path)?));
    } else if name == "bootstrap.checkpoint" {
        shell.say("KRaft bootstrap snapshot");
    } else {
        let numbers = name.strip_suffix(".checkpoint").and_then(|name| name.split_once('-'));
        let numbers =
            numbers.and_then(|(end, epoch)| Some((end.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?)));
        let Some((end, epoch)) = numbers else {
            return thrown("java.util.NoSuchElementException", "No value present");
        };
        shell.say(format!("Snapshot end offset: {end}, epoch: {epoch}"));
    }
    let bytes = files::open(shell, path)?;
    let bytes = bytes.get(..wanted.max_bytes.unwrap_or(usize::MAX).min(bytes.len())).unwrap_or_default();
    let (mut valid, mut last) = (0, None);
    let mut pairs = Vec::new();
    let mut scratch = Scratch::default();
    for batch in Batches::new(bytes) {
        let batch = match batch {
            Ok(batch) => batch,
            Err(RecordError::SizeBelowOverhead { size }) => {
                let words = format!(
                    "Found record size {size} smaller than minimum record overhead (14) in file {path}."
                );
                return thrown("org.apache.kafka.common.errors.CorruptRecordException", words);
            }
            Err(error) => return Err(in_java(&error)),
        };
        shell.say(batch_line(&batch, valid).map_err(|error| in_java(&error))?);
        if wanted.is_deep {
            for record in batch.records(&mut scratch).map_err(|error| in_java(&error))? {
                let record = record.map_err(|error| in_java(&error))?;
                if let Some(last) = last.filter(|last| record.offset != *last + 1) {
                    pairs.insert(0, (last, record.offset));
                }
                last = Some(record.offset);
                let line = record_line(&batch, &record, wanted)?;
                shell.say(line);
            }
        }
        valid += batch.size_in_bytes();
    }
    if !pairs.is_empty() {
        gaps.push((path.to_owned(), pairs));
    }
    if bytes.len() > valid && wanted.max_bytes.is_none() {
        shell.say(format!("Found {} invalid bytes at the end of {name}", bytes.len() - valid));
    }
    Ok(())
}

fn batch_line(batch: &Batch<'_>, position: usize) -> Result<String, RecordError> {
    let head = if batch.magic() >= 2 {
        let horizon = batch.delete_horizon_ms();
        let horizon = horizon.map_or("OptionalLong.empty".to_owned(), |ms| format!("OptionalLong[{ms}]"));
        let count = batch.count().map_or("null".to_owned(), |count| count.to_string());
        format!(
            "baseOffset: {} lastOffset: {} count: {count} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
             partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {horizon}",
            batch.base_offset(),
            batch.last_offset(),
            batch.base_sequence(),
            batch.last_sequence(),
            batch.producer_id(),
            batch.producer_epoch(),
            batch.partition_leader_epoch(),
            batch.is_transactional(),
            batch.is_control_batch(),
        )
    } else {
        format!("offset: {}", batch.last_offset())
    };
    Ok(format!(
        "{head} position: {position} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}",
        batch.timestamp_type().name(),
        batch.max_timestamp(),
        batch.size_in_bytes(),
        batch.magic(),
        batch.compression_type()?.name(),
        batch.checksum(),
        batch.is_valid(),
    ))
}

fn record_line(batch: &Batch<'_>, record: &Record<'_>, wanted: &Wanted) -> Result<String, Thrown> {
    let mut line = String::new();
    let mut prefix = "| ";
    if !wanted.skips_metadata {
        let size = |bytes: Option<&[u8]>| bytes.map_or("-1".to_owned(), |bytes| bytes.len().to_string());
        line = format!(
            "| offset: {} {}: {} keySize: {} valueSize: {}",
            record.offset,
            batch.timestamp_type().name(),
            record.timestamp,
            size(record.key),
            size(record.value)
        );
        prefix = " ";
        if batch.magic() >= 2 {
            let keys: Vec<_> = record.headers.map(|header| String::from_utf8_lossy(header.key)).collect();
            line.push_str(&format!(" sequence: {} headerKeys: [{}]", record.sequence, keys.join(",")));
        }
        if batch.is_control_batch() {
            line.push_str(&control_words(record).map_err(|error| in_java(&error))?);
        }
    }
    if wanted.prints_data && !batch.is_control_batch() {
        let (key, value) = wanted.decoder.decode(record)?;
        if let Some(key) = key {
            line.push_str(&format!("{prefix}key: {key}"));
        }
        if let Some(value) = value {
            line.push_str(&format!(" payload: {value}"));
        }
    }
    Ok(line)
}

fn control_words(record: &Record<'_>) -> Result<String, RecordError> {
    let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
    let kind = ControlRecordType::parse(key)?;
    if matches!(kind, ControlRecordType::Abort | ControlRecordType::Commit) {
        let marker = EndTransactionMarker::parse(key, value)?;
        return Ok(format!(" endTxnMarker: {} coordinatorEpoch: {}", kind.name(), marker.coordinator_epoch));
    }
    Ok(match QuorumRecord::parse(key, value)? {
        Some(QuorumRecord::SnapshotHeader { version, last_contained_log_timestamp: time }) => {
            format!(" SnapshotHeader {{\"version\":{version},\"lastContainedLogTimestamp\":{time}}}")
        }
        Some(QuorumRecord::SnapshotFooter { version }) => {
            format!(" SnapshotFooter {{\"version\":{version}}}")
        }
        Some(QuorumRecord::KraftVersion { version, kraft_version }) => {
            format!(" KRaftVersion {{\"version\":{version},\"kRaftVersion\":{kraft_version}}}")
        }
        _ => format!(" controlType: {}({})", kind.name(), kind.id()),
    })
}
