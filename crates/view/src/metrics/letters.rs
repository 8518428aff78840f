//! The dead letters that wait for somebody, followed through the trace as the desk keeps them: a letter is closed when it is
//! chosen to be sent again or thrown away.

use millrace_client::listener::guard::dedupe::test;
use millrace_client::listener::headers;
use millrace_model::{GroupId, Offset, Record, Span, StoredBatch, Time, Timestamp, TopicPartition};
use millrace_sim::DeskWork;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    group: GroupId,
    tp: TopicPartition,
    offset: Offset,
    timestamp: Timestamp,
    record: Record,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    open: Vec<Open>,
}

impl Letters {
    /// A batch was appended; if it lies in dead letters, its records are letters.
    pub fn appended(&mut self, tp: &TopicPartition, stored: &StoredBatch, suffixes: &[String]) {
        if !suffixes.iter().any(|suffix| tp.topic.as_str().ends_with(&**suffix)) {
            return;
        }
        for (offset, record) in stored.records_from(stored.base_offset) {
            let Some(group) = record.header(headers::ORIGINAL_CONSUMER_GROUP) else { continue };
            self.open.push(Open {
                group: GroupId::from(&*String::from_utf8_lossy(group)),
                tp: tp.clone(),
                offset,
                timestamp: stored.timestamp(record),
                record: record.clone(),
            });
        }
    }

    /// Somebody works at the desk.
    pub fn worked(&mut self, work: &DeskWork) {
        self.open.retain(|letter| {
            let place = (&letter.tp, letter.offset);
            let holds = |filter| test(filter, place, letter.timestamp, &letter.record);
            letter.group != work.group || !work.filter.as_ref().is_none_or(holds)
        });
    }

    /// How many of a group wait.
    pub fn depth(&self, group: &GroupId) -> u64 {
        self.open.iter().filter(|letter| letter.group == *group).count() as u64
    }

    /// How long the oldest of a group has waited.
    pub fn age(&self, group: &GroupId, now: Time) -> Option<Span> {
        let oldest =
            self.open.iter().filter(|letter| letter.group == *group).map(|letter| letter.timestamp).min()?;
        Some(now.since(oldest.time()))
    }
}
