//! The logs as metrics need them: where each ends, and when what stands in it was sent and appended.

use millrace_model::{Map, Offset, Partition, Time, TopicName, TopicPartition};

/// From that offset on (up to the next run) all records were sent then and appended then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    from: i64,
    sent: Time,
    appended: Time,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Log {
    end: i64,
    runs: Vec<Run>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    topics: Map<TopicName, i32>,
    logs: Map<TopicPartition, Log>,
}

impl Logs {
    /// A topic has so many partitions.
    pub fn topic(&mut self, topic: &TopicName, partitions: i32) {
        self.topics.insert(topic.clone(), partitions);
    }

    /// A topic is gone, with its logs.
    pub fn gone(&mut self, topic: &TopicName) {
        self.topics.remove(topic);
        self.logs.retain(|tp, _| tp.topic != *topic);
    }

    /// The topics' names.
    pub fn topics(&self) -> impl Iterator<Item = &TopicName> {
        self.topics.keys()
    }

    /// A record was appended.
    pub fn appended(&mut self, tp: &TopicPartition, offset: Offset, sent: Time, appended: Time) {
        let log = self.logs.entry(tp.clone()).or_default();
        log.end = offset.0.saturating_add(1);
        let is_same = |run: &Run| run.sent == sent && run.appended == appended;
        if !log.runs.last().is_some_and(is_same) {
            log.runs.push(Run { from: offset.0, sent, appended });
        }
    }

    /// The partitions of a topic.
    pub fn partitions<'a>(&self, topic: &'a TopicName) -> impl Iterator<Item = TopicPartition> + 'a {
        let count = self.topics.get(topic).copied().unwrap_or(0);
        (0..count).map(|n| TopicPartition { topic: topic.clone(), partition: Partition(n) })
    }

    /// Where a log ends.
    pub fn end(&self, tp: &TopicPartition) -> i64 {
        self.logs.get(tp).map_or(0, |log| log.end)
    }

    /// When the record at an offset was sent.
    pub fn sent(&self, tp: &TopicPartition, offset: Offset) -> Option<Time> {
        self.run(tp, offset.0).map(|(run, _)| run.sent)
    }

    /// When the record at an offset was appended; none if there is none.
    pub fn appended_at(&self, tp: &TopicPartition, offset: i64) -> Option<Time> {
        self.run(tp, offset).map(|(run, _)| run.appended)
    }

    /// The offsets from one to another, exclusively, in stretches that were sent at once: when, and how many.
    pub fn sendings(&self, tp: &TopicPartition, from: Offset, to: Offset) -> Vec<(Time, u64)> {
        let (mut at, mut all) = (from.0, Vec::new());
        while at < to.0 {
            let Some((run, next)) = self.run(tp, at) else { break };
            let until = next.min(to.0);
            all.push((run.sent, u64::try_from(until - at).unwrap_or(0)));
            at = until;
        }
        all
    }

    /// The run that an offset belongs to, and where the next one begins.
    fn run(&self, tp: &TopicPartition, offset: i64) -> Option<(Run, i64)> {
        let log = self.logs.get(tp)?;
        if offset < 0 || offset >= log.end {
            return None;
        }
        let next = log.runs.partition_point(|run| run.from <= offset);
        let run = log.runs.get(next.checked_sub(1)?)?;
        Some((*run, log.runs.get(next).map_or(log.end, |run| run.from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_offset_knows_when_it_was_sent() {
        let (mut logs, tp) = (Logs::default(), TopicPartition::new("orders", 0));
        for (offset, sent) in [(0, 5), (1, 5), (2, 9), (3, 9), (4, 20)] {
            logs.appended(&tp, Offset(offset), Time(sent), Time(sent + 1));
        }
        let of = |from, to| logs.sendings(&tp, Offset(from), Offset(to));
        assert_eq!(of(0, 5), [(Time(5), 2), (Time(9), 2), (Time(20), 1)]);
        assert_eq!(of(1, 3), [(Time(5), 1), (Time(9), 1)]);
        assert_eq!(of(4, 9), [(Time(20), 1)]);
        assert_eq!(
            (logs.end(&tp), logs.appended_at(&tp, 3), logs.appended_at(&tp, 5)),
            (5, Some(Time(10)), None)
        );
    }
}
