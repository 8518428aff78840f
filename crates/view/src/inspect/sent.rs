//! The record that was sent by hand last.

use super::find::newest;
use crate::cast;
use crate::scene::Target;
use millrace_client::producer::ProducerEvent;
use millrace_model::Offset;
use millrace_sim::{Command, Entry, Fact, Timeline, Timer};

/// Where it lies; none as long as it has not been appended, or if nobody has sent one.
pub fn sent_by_hand(timeline: &Timeline) -> Option<Target> {
    let is_deed =
        |fact: &Fact| matches!(fact, Fact::Commanded(deed) if matches!(**deed, Command::Produce { .. }));
    let is_by_hand = |entry: &Entry| {
        // What a workload makes is most of what there is, and none of it.
        let cause = entry.cause.and_then(|cause| timeline.entry(cause));
        cause.is_some_and(|cause| !matches!(cause.fact, Fact::Woke(Timer::Workload)))
            && timeline.causes(entry.id).iter().any(|cause| is_deed(&cause.fact))
    };
    let (_, (tp, record)) = newest(timeline, |entry| match &entry.fact {
        Fact::Producer(ProducerEvent::RecordsAppended { runs, .. }) if is_by_hand(entry) => {
            let run = runs.last()?;
            Some((run.tp.clone(), run.records.last()?.record.clone()))
        }
        _ => None,
    })?;
    let topic = cast::topic(timeline.world(), tp.topic.as_str())?;
    let (_, log) = cast::logs(topic).find(|(of, _)| *of == tp)?;
    let (start, end) = (log.log_start_offset().0, log.log_end_offset().0);
    let mut newest_first = (start.max(end - SEARCHED)..end).rev().map(Offset);
    let is_it = |offset: &Offset| {
        let found = cast::record(timeline.world(), &tp, *offset);
        found.is_some_and(|found| {
            (found.origin, &found.key, &found.value) == (record.origin, &record.key, &record.value)
        })
    };
    let offset = newest_first.find(is_it)?;
    Some(Target::Record(tp, offset))
}

/// Records at the end of the partition that are looked at.
const SEARCHED: i64 = 1_000;
