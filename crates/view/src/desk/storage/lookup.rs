//! How an offset or a timestamp is found on disk, step by step.
//!
//! By offset, as a fetch does it: the segment by its name, the last index entry at or before the offset by halving, the place in
//! the log that it points to, and from there one batch after the other (`LogSegment.translateOffset`). By timestamp, as
//! ListOffsets does it: the first segment that has one so late, its time index, then its offset index, then the batches
//! (`UnifiedLog.fetchOffsetByTimestamp`, `LogSegment.findOffsetByTimestamp`).

use super::halving::{Compared, halving};
use super::stack::{Line, around};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_broker::log::segments::{FoundOffset, LogSegment, Logged};
use millrace_model::{Offset, Timestamp};
use millrace_words::storage as say;
use std::cmp::Ordering;

/// Batches that are met one a step, before the others are passed over.
const MET: usize = 7;
/// How many entries at the end of an index are kept warm: 8 KiB of them (`AbstractIndex.warmEntries`).
const WARM: (usize, usize) = (8_192 / 8, 8_192 / 12);

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An offset.
    Offset(Offset),
    /// The first record of that time or later.
    Timestamp(Timestamp),
}

/// What a step looks into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The names of the segments.
    Segments,
    /// The index by time.
    Times,
    /// The index by offset.
    Offsets,
    /// The log file.
    Log,
}

/// What a part holds, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Which.
    pub part: Part,
    /// The file, or what it is.
    pub name: String,
    /// Its lines, from above.
    pub lines: Vec<Line>,
}

/// What a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// That is not it yet.
    GoesOn,
    /// From here it goes on in the next part.
    Taken,
    /// That is the answer.
    Found,
    /// There is none.
    Nothing,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it looks.
    pub part: Part,
    /// At which line, by its number in the file.
    pub at: Option<usize>,
    /// The lines among which it still is after it, both included.
    pub left: Option<(usize, usize)>,
    /// What it comes to.
    pub verdict: Verdict,
    /// What it does, in words.
    pub says: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What is looked for.
    pub wanted: Wanted,
    /// The base offset of the segment in which it is found.
    pub segment: Offset,
    /// What is looked into, in order.
    pub stacks: Vec<Stack>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// Nothing wanted is the newest record.
pub(super) fn lookup(log: &PartitionLog, wanted: Option<Wanted>) -> Lookup {
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    let newest = Offset(end.0.saturating_sub(1)).max(start);
    match wanted {
        Some(Wanted::Timestamp(target)) => by_time(log, target),
        Some(Wanted::Offset(offset)) => by_offset(log, offset.clamp(start, newest)),
        None => by_offset(log, newest),
    }
}

fn by_offset(log: &PartitionLog, offset: Offset) -> Lookup {
    let segments = log.segments();
    let n = segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1);
    let mut look = Look::at(Wanted::Offset(offset), log, n);
    let Some(segment) = segments.get(n) else { return look.done };
    look.step(
        Part::Segments,
        Some(n),
        Verdict::Taken,
        say::step_segment(&offset, &millrace_disk::name(segment.base_offset())),
    );
    let from = look.offsets(segment, offset);
    let is_it = |logged: &Logged| logged.stored.next_offset() > offset;
    let met =
        look.scan(segment, from, is_it, |logged| say::scan_before(&logged.position, &logged.last_offset()));
    match met {
        Some((at, logged)) => {
            let (first, last) = (logged.stored.base_offset, logged.last_offset());
            look.step(Part::Log, Some(at), Verdict::Found, say::step_found(&logged.position, &first, &last));
        }
        None => look.step(Part::Log, None, Verdict::Nothing, say::step_behind().to_owned()),
    }
    look.done
}

fn by_time(log: &PartitionLog, target: Timestamp) -> Lookup {
    let segments = log.segments();
    let time = words::clock(target);
    let Some(n) = segments.iter().position(|segment| segment.largest_timestamp() >= target) else {
        let mut look = Look::at(Wanted::Timestamp(target), log, segments.len().saturating_sub(1));
        look.step(Part::Segments, None, Verdict::Nothing, say::no_segment_so_late(&time));
        return look.done;
    };
    let mut look = Look::at(Wanted::Timestamp(target), log, n);
    let Some(segment) = segments.get(n) else { return look.done };
    for (at, earlier) in segments.iter().enumerate().take(n).skip(n.saturating_sub(MET)) {
        let says = say::segment_too_early(
            &millrace_disk::name(earlier.base_offset()),
            &words::clock(earlier.largest_timestamp()),
        );
        look.step(Part::Segments, Some(at), Verdict::GoesOn, says);
    }
    let says = say::segment_by_time(
        &millrace_disk::name(segment.base_offset()),
        &words::clock(segment.largest_timestamp()),
        &time,
    );
    look.step(Part::Segments, Some(n), Verdict::Taken, says);
    let entry = look.times(segment, target);
    let from = look.offsets(segment, entry.max(log.log_start_offset()));
    let found = log.offset_for_timestamp(target);
    let is_it = |logged: &Logged| match found {
        Some(FoundOffset { offset, .. }) => logged.stored.next_offset() > offset,
        None => false,
    };
    let met = look.scan(segment, from, is_it, |logged| {
        say::scan_earlier(&logged.position, &words::clock(logged.max_timestamp))
    });
    match (met, found) {
        (Some((at, _)), Some(found)) => {
            let says = say::found_by_time(&time, &found.offset, &words::clock(found.timestamp));
            look.step(Part::Log, Some(at), Verdict::Found, says);
        }
        _ => look.step(Part::Log, None, Verdict::Nothing, say::no_segment_so_late(&time)),
    }
    look.done
}

/// A look-up on its way.
struct Look {
    done: Lookup,
}

impl Look {
    /// Begins; it will come to the segment at `n`.
    fn at(wanted: Wanted, log: &PartitionLog, n: usize) -> Look {
        let by_time = matches!(wanted, Wanted::Timestamp(_));
        let segments = log.segments();
        let kept: Vec<usize> = (n.saturating_sub(MET)..=n).collect();
        let line = |at: usize| {
            let segment = segments.get(at)?;
            let until = by_time.then(|| words::clock(segment.largest_timestamp()));
            Some([millrace_disk::name(segment.base_offset()), until.unwrap_or_default()])
        };
        let lines = around(segments.len(), &kept, line);
        let name = if by_time { say::segments_by_time() } else { say::segments_by_name() };
        let stacks = vec![Stack { part: Part::Segments, name: name.to_owned(), lines }];
        let segment = segments.get(n).map_or(log.log_start_offset(), |segment| segment.base_offset());
        Look { done: Lookup { wanted, segment, stacks, steps: Vec::new() } }
    }

    fn step(&mut self, part: Part, at: Option<usize>, verdict: Verdict, says: String) {
        let left = match verdict {
            Verdict::GoesOn => at.map(|at| (at + 1, usize::MAX)),
            Verdict::Taken | Verdict::Found | Verdict::Nothing => at.map(|at| (at, at)),
        };
        self.done.steps.push(Step { part, at, left, verdict, says });
    }

    /// The last entry of the time index at or before a timestamp: from which offset on.
    fn times(&mut self, segment: &LogSegment, target: Timestamp) -> Offset {
        let entries: Vec<(Timestamp, Offset)> = segment.time_index().entries().collect();
        let keys: Vec<i64> = entries.iter().map(|(timestamp, _)| timestamp.0).collect();
        let name = [millrace_disk::name(segment.base_offset()).as_str(), ".timeindex"].concat();
        let line = |at: usize| {
            entries
                .get(at)
                .map(|(timestamp, offset)| [words::clock(*timestamp), ["→ ", &offset.to_string()].concat()])
        };
        let taken = self.halve(Part::Times, &name, (keys.as_slice(), target.0, WARM.1), line, |key| {
            words::clock(Timestamp(key))
        });
        match taken.and_then(|at| entries.get(at)) {
            Some((timestamp, offset)) => {
                let says = say::step_time_entry(&name, &words::clock(*timestamp), offset);
                self.step(Part::Times, taken, Verdict::Taken, says);
                *offset
            }
            None => {
                self.step(Part::Times, None, Verdict::Taken, say::step_no_entry(&name));
                segment.base_offset()
            }
        }
    }

    /// The last entry of the offset index at or before an offset: from which byte on.
    fn offsets(&mut self, segment: &LogSegment, offset: Offset) -> u32 {
        let entries: Vec<(Offset, u32)> = segment.offset_index().entries().collect();
        let keys: Vec<i64> = entries.iter().map(|(offset, _)| offset.0).collect();
        let name = [millrace_disk::name(segment.base_offset()).as_str(), ".index"].concat();
        let line = |at: usize| {
            entries
                .get(at)
                .map(|(offset, position)| [offset.to_string(), ["→ ", &position.to_string()].concat()])
        };
        let taken = self
            .halve(Part::Offsets, &name, (keys.as_slice(), offset.0, WARM.0), line, |key| key.to_string());
        match taken.and_then(|at| entries.get(at)) {
            Some((entry, position)) => {
                self.step(
                    Part::Offsets,
                    taken,
                    Verdict::Taken,
                    say::step_entry(&name, &offset, entry, position),
                );
                *position
            }
            None => {
                self.step(Part::Offsets, None, Verdict::Taken, say::step_no_entry(&name));
                0
            }
        }
    }

    /// Halves an index until one entry is left, a step for each that is compared.
    fn halve(
        &mut self,
        part: Part,
        name: &str,
        (keys, target, warm): (&[i64], i64, usize),
        line: impl Fn(usize) -> Option<[String; 2]>,
        shown: impl Fn(i64) -> String,
    ) -> Option<usize> {
        let (compared, taken) = halving(keys, target, warm);
        let mut kept: Vec<usize> = compared.iter().map(|compared| compared.at).collect();
        kept.extend(taken);
        let lines = around(keys.len(), &kept, line);
        self.done.stacks.push(Stack { part, name: name.to_owned(), lines });
        for Compared { at, key, is, left } in compared {
            let (number, count, key, target) = (at + 1, keys.len(), shown(key), shown(target));
            let says = match is {
                Ordering::Less => say::entry_is_less(&number, &count, &key, &target),
                Ordering::Equal => say::entry_is_equal(&number, &count, &key),
                Ordering::Greater => say::entry_is_greater(&number, &count, &key, &target),
            };
            self.done.steps.push(Step { part, at: Some(at), left, verdict: Verdict::GoesOn, says });
        }
        taken
    }

    /// One batch after the other from a place in the file on, up to the one that is it: its number from there, and itself.
    fn scan<'a>(
        &mut self,
        segment: &'a LogSegment,
        position: u32,
        is_it: impl Fn(&Logged) -> bool,
        says: impl Fn(&Logged) -> String,
    ) -> Option<(usize, &'a Logged)> {
        let mut met: Vec<&Logged> = Vec::new();
        for logged in segment.batches().filter(|logged| logged.position >= position) {
            met.push(logged);
            if is_it(logged) {
                break;
            }
        }
        let found = met.last().is_some_and(|logged| is_it(logged)).then(|| met.len().saturating_sub(1));
        let mut kept: Vec<usize> = (0..met.len().min(MET)).collect();
        kept.extend(found);
        let by_time = matches!(self.done.wanted, Wanted::Timestamp(_));
        let line = |at: usize| {
            let logged = met.get(at)?;
            let (first, last) = (logged.stored.base_offset, logged.last_offset());
            let offsets = if first == last {
                first.to_string()
            } else {
                [&first.to_string(), "–", &last.to_string()].concat()
            };
            let until =
                if by_time { [" · ", &words::clock(logged.max_timestamp)].concat() } else { String::new() };
            Some([logged.position.to_string(), [offsets, until].concat()])
        };
        let name = [millrace_disk::name(segment.base_offset()).as_str(), ".log"].concat();
        self.done.stacks.push(Stack { part: Part::Log, name, lines: around(met.len(), &kept, line) });
        let passed = found.unwrap_or(met.len());
        for (at, logged) in met.iter().enumerate().take(passed.min(MET)) {
            self.step(Part::Log, Some(at), Verdict::GoesOn, says(logged));
        }
        if passed > MET {
            self.step(Part::Log, None, Verdict::GoesOn, say::passed_over((passed - MET) as u64));
        }
        found.and_then(|at| met.get(at).map(|logged| (at, *logged)))
    }
}
