//! A record at another event time: the command that wrote it, with another timestamp.

use crate::cast;
use millrace_model::{Offset, Record, Timestamp, TopicPartition};
use millrace_sim::{Command, EntryId, Fact, Timeline};

/// What is to be rewritten ([`Timeline::rewrite`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retimed {
    /// The command's place in the branch's log.
    pub index: usize,
    /// The command with the other timestamp.
    pub command: Command,
}

/// The command that wrote the record at `tp` and `offset`, with `timestamp` for this record.
///
/// # Errors
/// Why that cannot be done: a sentence.
pub fn retime(
    timeline: &Timeline,
    tp: &TopicPartition,
    offset: Offset,
    timestamp: Timestamp,
) -> Result<Retimed, String> {
    let record = cast::record(timeline.world(), tp, offset).ok_or("the record is not in the log any more")?;
    let (index, made) = origin(timeline, record)?;
    let Command::Produce { producer, records } = made else { return Err(NOT_BY_HAND.to_owned()) };
    let mut records = records.clone();
    let at = timeline.branch().log().get(index).map(|logged| logged.at.timestamp());
    // One line may write several records. Equal ones are interchangeable.
    let is_it = |new: &millrace_sim::NewRecord| {
        new.timestamp.or(at) == Some(record.timestamp)
            && new.key.as_deref() == record.key.as_deref()
            && new.value.as_deref() == record.value.as_deref()
    };
    // In a repartition topic key and value may be others; the time is the same.
    let found = records.iter().position(is_it).or_else(|| {
        let mut same = records.iter().zip(0..).filter(|(r, _)| r.timestamp.or(at) == Some(record.timestamp));
        same.next().map(|(_, n)| n)
    });
    let new = found.and_then(|n| records.get_mut(n)).ok_or("the line that wrote it has no such record")?;
    if new.timestamp.or(at) == Some(timestamp) {
        return Err("it has this time already".to_owned());
    }
    new.timestamp = Some(timestamp);
    Ok(Retimed { index, command: Command::Produce { producer: producer.clone(), records } })
}

const NOT_BY_HAND: &str =
    "a steady stream wrote this record; only those that were produced by hand can be moved";

/// The command that a record comes from, and its place in the log.
fn origin<'a>(timeline: &'a Timeline, record: &Record) -> Result<(usize, &'a Command), String> {
    let id = EntryId(record.origin.0);
    let entry = timeline.entry(id).ok_or("the trace does not reach back to its origin")?;
    if !matches!(entry.fact, Fact::Commanded(_)) {
        return Err(NOT_BY_HAND.to_owned());
    }
    let steps = timeline.branch().steps();
    let step = steps.partition_point(|step| step.first <= id).saturating_sub(1);
    let after = u64::try_from(step).unwrap_or(u64::MAX);
    let log = timeline.branch().log();
    let index = log.iter().position(|logged| logged.after == after);
    let index = index.ok_or("the log does not hold the line that wrote it")?;
    log.get(index).map(|logged| (index, &logged.command)).ok_or_else(|| NOT_BY_HAND.to_owned())
}

/// Whether the record could be moved at all.
pub(super) fn can_move(timeline: &Timeline, record: &Record) -> bool {
    matches!(origin(timeline, record), Ok((_, Command::Produce { .. })))
}
