//! A record at another event time: the command that wrote it, with another timestamp.

use crate::cast;
use millrace_model::{Offset, Record, Timestamp, TopicPartition};
use millrace_sim::{Command, EntryId, Fact, Timeline};
use millrace_words::flows as say;

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
    let record = cast::record(timeline.world(), tp, offset).ok_or(say::the_record_is_not_in())?;
    let (index, made) = origin(timeline, record)?;
    let Command::Produce { producer, records } = made else {
        return Err(say::a_steady_stream_wrote_this().to_owned());
    };
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
    let new = found.and_then(|n| records.get_mut(n)).ok_or(say::the_line_that_wrote_it())?;
    if new.timestamp.or(at) == Some(timestamp) {
        return Err(say::it_has_this_time_already().to_owned());
    }
    new.timestamp = Some(timestamp);
    Ok(Retimed { index, command: Command::Produce { producer: producer.clone(), records } })
}

/// The command that a record comes from, and its place in the log.
fn origin<'a>(timeline: &'a Timeline, record: &Record) -> Result<(usize, &'a Command), String> {
    let id = EntryId(record.origin.0);
    let entry = timeline.entry(id).ok_or(say::the_trace_does_not_reach())?;
    if !matches!(entry.fact, Fact::Commanded(_)) {
        return Err(say::a_steady_stream_wrote_this().to_owned());
    }
    let steps = timeline.branch().steps();
    let step = steps.partition_point(|step| step.first <= id).saturating_sub(1);
    let after = u64::try_from(step).unwrap_or(u64::MAX);
    let log = timeline.branch().log();
    let index = log.iter().position(|logged| logged.after == after);
    let index = index.ok_or(say::the_log_does_not_hold())?;
    log.get(index)
        .map(|logged| (index, &*logged.command))
        .ok_or_else(|| say::a_steady_stream_wrote_this().to_owned())
}

/// Whether the record could be moved at all.
pub(super) fn can_move(timeline: &Timeline, record: &Record) -> bool {
    matches!(origin(timeline, record), Ok((_, Command::Produce { .. })))
}
