//! `control_batch`: `MemoryRecords.withEndTransactionMarker` and its like.

use super::read::{Compare, batches};
use super::{field, list, number, same_bytes, some_bytes, text};
use millrace_records::control::{EndTransactionMarker, QuorumRecord};
use millrace_records::{Batches, Scratch};
use serde_json::Value;

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let (offset, timestamp) = (number(input, "initial_offset")?, number(input, "timestamp")?);
    let theirs = some_bytes(expected, "hex")?;
    let built = if text(input, "kind")? == "end_txn_marker" {
        let committed = match text(input, "type")? {
            "COMMIT" => true,
            "ABORT" => false,
            other => return Err(format!("not modelled: {other}")),
        };
        let marker =
            EndTransactionMarker { committed, coordinator_epoch: number(input, "coordinator_epoch")? };
        let (id, epoch) = (number(input, "producer_id")?, number(input, "producer_epoch")?);
        marker.batch(offset, timestamp, number(input, "partition_leader_epoch")?, id, epoch)
    } else {
        let record = quorum_record(input)?;
        if let Some(read) = read_again(&theirs)
            && read != record
        {
            return Err(format!("Kafka's record is {record:?}, we read {read:?}"));
        }
        record.batch(offset, timestamp, number(input, "leader_epoch")?)
    };
    let built = built.map_err(|error| error.to_string())?;
    same_bytes(&theirs, &built)?;
    batches(list(expected, "batches")?, &theirs, Compare::All)
}

fn read_again(bytes: &[u8]) -> Option<QuorumRecord> {
    let batch = Batches::new(bytes).next()?.ok()?;
    let mut scratch = Scratch::default();
    let record = batch.records(&mut scratch).ok()?.next()?.ok()?;
    QuorumRecord::parse(record.key?, record.value?).ok()?
}

fn quorum_record(input: &Value) -> Result<QuorumRecord, String> {
    let ids = |name| {
        let ids = list(input, name)?.iter().map(|id| id.as_i64().and_then(|id| i32::try_from(id).ok()));
        ids.collect::<Option<Vec<i32>>>().ok_or_else(|| format!("expected ids in {name}"))
    };
    // The leader's change is recorded without its version, which is 0.
    let version = if field(input, "version").is_null() { 0 } else { number(input, "version")? };
    Ok(match text(input, "kind")? {
        "leader_change" => QuorumRecord::LeaderChange {
            version,
            leader_id: number(input, "leader_id")?,
            voters: ids("voters")?,
            granting_voters: ids("granting_voters")?,
        },
        "snapshot_header" => QuorumRecord::SnapshotHeader {
            version,
            last_contained_log_timestamp: number(input, "last_contained_log_timestamp")?,
        },
        "snapshot_footer" => QuorumRecord::SnapshotFooter { version },
        "kraft_version" => {
            QuorumRecord::KraftVersion { version, kraft_version: number(input, "kraft_version")? }
        }
        other => return Err(format!("not modelled: {other}")),
    })
}
