//! `.index` and `.timeindex`, compared with the log that they point into.

use super::{Thrown, Wanted, base_offset, files, thrown};
use crate::shell::Shell;
use millrace_records::{Batch, Batches, Scratch};

/// Offsets of an index that are not those of the log, by file.
pub(super) type Mismatches = Vec<(String, Vec<(i64, i64)>)>;

/// Bytes of an entry.
const ENTRY: usize = 8;
const TIME_ENTRY: usize = 12;

/// The log that belongs to an index.
fn log_of(path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').map_or(("", path), |(directory, name)| (directory, name));
    let base = name.split('.').next().unwrap_or_default();
    if directory.is_empty() { format!("{base}.log") } else { format!("{directory}/{base}.log") }
}

/// An index as it lies in its file.
fn open(shell: &Shell<'_>, path: &str) -> Result<Vec<u8>, Thrown> {
    match files::find(shell, path) {
        Some(bytes) => Ok(bytes),
        // A file is made, and is found to be too small.
        None => thrown("java.lang.IllegalArgumentException", "Invalid max index size: -1"),
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

/// Offset and position of each entry.
fn entries(bytes: &[u8], base: i64) -> Vec<(i64, usize)> {
    let entry = |entry: &[u8]| {
        let position = usize::try_from(i32::from_be_bytes(number(entry, 4))).unwrap_or(0);
        (base + i64::from(i32::from_be_bytes(number(entry, 0))), position)
    };
    bytes.chunks_exact(ENTRY).map(entry).collect()
}

/// `sanityCheck`
fn check(path: &str, bytes: &[u8], entry: usize, last: Option<i64>, base: i64) -> Result<(), Thrown> {
    let class = "org.apache.kafka.storage.internals.log.CorruptIndexException";
    if let Some(last) = last.filter(|last| *last < base) {
        let words = format!(
            "Corrupt index found, index file ({path}) has non-zero size but the last offset is {last} which is less than \
             the base offset {base}."
        );
        return thrown(class, words);
    }
    if !bytes.len().is_multiple_of(entry) {
        let words = format!(
            "Index file {path} is corrupt, found {} bytes which is neither positive nor a multiple of {entry}.",
            bytes.len()
        );
        return thrown(class, words);
    }
    Ok(())
}

fn batches(bytes: &[u8], from: usize) -> impl Iterator<Item = Batch<'_>> {
    Batches::new(bytes.get(from..).unwrap_or_default()).map_while(Result::ok)
}

pub(super) fn dump(
    shell: &mut Shell<'_>,
    path: &str,
    wanted: &Wanted,
    mismatches: &mut Mismatches,
) -> Result<(), Thrown> {
    let base = base_offset(path)?;
    let log = files::open(shell, &log_of(path))?;
    let bytes = open(shell, path)?;
    let entries = entries(&bytes, base);
    if entries.is_empty() {
        shell.say(format!("{path} is empty."));
        return Ok(());
    }
    if wanted.only_sanity {
        check(path, &bytes, ENTRY, entries.last().map(|(offset, _)| *offset), base)?;
        shell.say(format!("{path} passed sanity check."));
        return Ok(());
    }
    let mut pairs = Vec::new();
    for (n, (offset, position)) in entries.iter().enumerate() {
        // Zeros behind the last entry of an index that was not cut.
        if *offset == base && n > 0 {
            break;
        }
        let end = position.saturating_add(wanted.max_message_size).min(log.len());
        let Some(first) = log.get(..end).and_then(|log| batches(log, *position).next()) else {
            return thrown("java.util.NoSuchElementException", "null");
        };
        if first.last_offset() != *offset {
            pairs.insert(0, (*offset, first.last_offset()));
        }
        if !wanted.only_verify {
            shell.say(format!("offset: {offset} position: {position}"));
        }
    }
    if !pairs.is_empty() {
        mismatches.push((path.to_owned(), pairs));
    }
    Ok(())
}

/// What is wrong with time indexes, by file.
#[derive(Default)]
pub(super) struct TimeIndexErrors {
    mismatches: Vec<(String, Vec<(i64, i64)>)>,
    out_of_order: Vec<(String, Vec<(i64, i64)>)>,
    not_found: Vec<(i64, i64)>,
}

impl TimeIndexErrors {
    pub fn complain(&self, shell: &mut Shell<'_>) {
        for (path, pairs) in &self.mismatches {
            shell.complain(format!("Found timestamp mismatch in :{path}"));
            for (index, log) in pairs {
                shell.complain(format!("  Index timestamp: {index}, log timestamp: {log}"));
            }
        }
        for (path, pairs) in &self.out_of_order {
            shell.complain(format!("Found out of order timestamp in :{path}"));
            for (index, before) in pairs {
                shell.complain(format!("  Index timestamp: {index}, Previously indexed timestamp: {before}"));
            }
        }
        if !self.not_found.is_empty() {
            shell.complain("The following indexed offsets are not found in the log.");
            for (index, log) in &self.not_found {
                shell.complain(format!("Indexed offset: {index}, found log offset: {log}"));
            }
        }
    }
}

pub(super) fn dump_times(
    shell: &mut Shell<'_>,
    path: &str,
    wanted: &Wanted,
    errors: &mut TimeIndexErrors,
) -> Result<(), Thrown> {
    let base = base_offset(path)?;
    let log = files::open(shell, &log_of(path))?;
    let index_path = log_of(path).replace(".log", ".index");
    // Without it every search begins at the beginning.
    let index = entries(&files::find(shell, &index_path).unwrap_or_default(), base);
    let bytes = open(shell, path)?;
    let times: Vec<(i64, i64)> = bytes
        .chunks_exact(TIME_ENTRY)
        .map(|entry| {
            (i64::from_be_bytes(number(entry, 0)), base + i64::from(i32::from_be_bytes(number(entry, 8))))
        })
        .collect();
    if wanted.only_sanity {
        check(path, &bytes, TIME_ENTRY, times.last().map(|(_, offset)| *offset), base)?;
        shell.say(format!("{path} passed sanity check."));
        return Ok(());
    }
    let (mut mismatches, mut out_of_order) = (Vec::new(), Vec::new());
    let mut before = -1;
    for (n, (timestamp, offset)) in times.iter().enumerate() {
        if *offset == base && n > 0 {
            break;
        }
        let position = index.iter().take_while(|(known, _)| known <= offset).last().map_or(0, |(_, at)| *at);
        match batches(&log, position).find(|batch| batch.last_offset() >= *offset) {
            Some(batch) if batch.last_offset() == *offset => {
                let mut scratch = Scratch::default();
                let records = batch.records(&mut scratch).into_iter().flatten().map_while(Result::ok);
                let newest = records.map(|record| record.timestamp).max().unwrap_or(-1);
                if newest != *timestamp {
                    mismatches.push((*timestamp, newest));
                }
                if before >= *timestamp {
                    out_of_order.push((*timestamp, before));
                }
            }
            found => errors.not_found.push((*offset, found.map_or(-1, |batch| batch.last_offset()))),
        }
        if !wanted.only_verify {
            shell.say(format!("timestamp: {timestamp} offset: {offset}"));
        }
        before = *timestamp;
    }
    if !mismatches.is_empty() {
        errors.mismatches.push((path.to_owned(), mismatches));
    }
    if !out_of_order.is_empty() {
        errors.out_of_order.push((path.to_owned(), out_of_order));
    }
    Ok(())
}
