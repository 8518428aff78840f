//! `.snapshot` (`ProducerStateManager.readSnapshot`) and `.txnindex` (`TransactionIndex`): what a broker writes of
//! producers. The playground's broker writes none; files that are handed in are read.

use super::{Thrown, files};
use crate::shell::Shell;
use millrace_records::{crc32c, decrement_sequence};

/// Reads numbers one after the other.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn short(&mut self) -> Option<i16> {
        self.take().map(i16::from_be_bytes)
    }

    fn int(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    fn long(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }
}

/// Where the part of a snapshot begins that its checksum guards: behind version and checksum.
const ENTRIES: usize = 6;

pub(super) fn dump_producers(shell: &mut Shell<'_>, path: &str) -> Result<(), Thrown> {
    let bytes = files::open(shell, path)?;
    match producers(&bytes) {
        Ok(lines) => lines.iter().for_each(|line| shell.say(line)),
        Err(words) => shell.complain(words),
    }
    Ok(())
}

fn producers(bytes: &[u8]) -> Result<Vec<String>, String> {
    let unreadable = || "Snapshot failed schema validation: Error reading field 'version'".to_owned();
    let mut cursor = Cursor(bytes);
    let version = cursor.short().ok_or_else(unreadable)?;
    if version != 1 {
        return Err(format!("Snapshot contained an unknown file version {version}"));
    }
    let crc = cursor.int().ok_or_else(unreadable)?.cast_unsigned();
    let computed = crc32c(bytes.get(ENTRIES..).unwrap_or_default());
    if crc != computed {
        return Err(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {crc}. Computed crc: {computed}"
        ));
    }
    let count = cursor.int().unwrap_or(0);
    let lines = (0..count).map_while(|_| producer(&mut cursor)).collect();
    Ok(lines)
}

fn producer(cursor: &mut Cursor<'_>) -> Option<String> {
    let (id, epoch, sequence) = (cursor.long()?, cursor.short()?, cursor.int()?);
    let (offset, delta, timestamp) = (cursor.long()?, cursor.int()?, cursor.long()?);
    let (coordinator, first) = (cursor.int()?, cursor.long()?);
    let first = if first >= 0 { format!("OptionalLong[{first}]") } else { "OptionalLong.empty".to_owned() };
    let mut line = format!(
        "producerId: {id} producerEpoch: {epoch} coordinatorEpoch: {coordinator} currentTxnFirstOffset: {first} \
         lastTimestamp: {timestamp} "
    );
    if offset >= 0 {
        line.push_str(&format!(
            "firstSequence: {} lastSequence: {sequence} lastOffset: {offset} offsetDelta: {delta} timestamp: {timestamp}",
            decrement_sequence(sequence, delta)
        ));
    }
    Some(line)
}

pub(super) fn dump_transactions(shell: &mut Shell<'_>, path: &str) -> Result<(), Thrown> {
    // Where there is no index, no transaction was aborted.
    let bytes = files::find(shell, path).unwrap_or_default();
    let mut cursor = Cursor(&bytes);
    while let Some(line) = aborted(&mut cursor) {
        shell.say(line);
    }
    Ok(())
}

fn aborted(cursor: &mut Cursor<'_>) -> Option<String> {
    let (version, id) = (cursor.short()?, cursor.long()?);
    let (first, last, stable) = (cursor.long()?, cursor.long()?, cursor.long()?);
    Some(format!(
        "version: {version} producerId: {id} firstOffset: {first} lastOffset: {last} lastStableOffset: {stable}"
    ))
}
