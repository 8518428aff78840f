//! The order in which a task takes its waiting records, and whether it may (`PartitionGroup`): from the partition whose
//! first record is the oldest; among equals Java's `PriorityQueue` decides. While a partition is empty the task waits for
//! what it knows to be on the broker, and then for `max.task.idle.ms`.

use millrace_model::{Map, Offset, Record, Span, Time, Timestamp, TopicPartition};
use std::collections::VecDeque;

/// A record that waits in a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queued {
    /// Its offset.
    pub offset: Offset,
    /// The timestamp that readers see.
    pub timestamp: Timestamp,
    /// The record.
    pub record: Record,
}

/// Waiting records by partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionGroup {
    queues: Map<TopicPartition, VecDeque<Queued>>,
    /// Partitions that have records, as a heap by the first record's time.
    by_time: Vec<TopicPartition>,
    /// Until when the task waits for an empty partition (`idlePartitionDeadlines`).
    deadlines: Map<TopicPartition, Time>,
}

/// Whether a task may take its next record (`readyToProcess`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It may.
    Ready,
    /// Nothing waits.
    Empty,
    /// A partition is empty, and nobody knows yet whether the broker has more of it.
    LagUnknown(TopicPartition),
    /// A partition is empty, but the broker has more of it.
    Behind(TopicPartition),
    /// A partition is read to its end; the task waits so long for a record that may come (`max.task.idle.ms`).
    Idle(TopicPartition, Time),
}

impl PartitionGroup {
    /// No records, of these partitions.
    pub fn new(partitions: impl IntoIterator<Item = TopicPartition>) -> PartitionGroup {
        let queues = partitions.into_iter().map(|tp| (tp, VecDeque::new())).collect();
        PartitionGroup { queues, ..PartitionGroup::default() }
    }

    /// Its partitions.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.queues.keys()
    }

    /// How many records of a partition wait.
    pub fn buffered(&self, tp: &TopicPartition) -> usize {
        self.queues.get(tp).map_or(0, VecDeque::len)
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }

    /// The offset of a partition's first waiting record.
    pub fn head(&self, tp: &TopicPartition) -> Option<Offset> {
        self.queues.get(tp)?.front().map(|queued| queued.offset)
    }

    /// A record comes in (`addRawRecords`).
    pub fn push(&mut self, tp: &TopicPartition, queued: Queued) {
        let queue = self.queues.entry(tp.clone()).or_default();
        queue.push_back(queued);
        if queue.len() == 1 {
            self.offer(tp.clone());
        }
    }

    /// The next record (`nextRecord`).
    pub fn pop(&mut self) -> Option<(TopicPartition, Queued)> {
        let tp = self.poll()?;
        let queue = self.queues.get_mut(&tp)?;
        let queued = queue.pop_front()?;
        if !queue.is_empty() {
            self.offer(tp.clone());
        }
        Some((tp, queued))
    }

    /// Whether the next record may be taken. `max_task_idle` is `max.task.idle.ms`, `None` for -1; `lag` answers how
    /// many records the broker has of a partition that were not handed over yet.
    pub fn readiness(
        &mut self,
        now: Time,
        max_task_idle: Option<Span>,
        lag: impl Fn(&TopicPartition) -> Option<u64>,
    ) -> Readiness {
        let Some(max_task_idle) = max_task_idle else {
            return if self.is_empty() { Readiness::Empty } else { Readiness::Ready };
        };
        let deadlines = &mut self.deadlines;
        for (tp, queue) in self.queues.iter() {
            if !queue.is_empty() {
                deadlines.remove(tp);
                continue;
            }
            match lag(tp) {
                None => {
                    deadlines.remove(tp);
                    return Readiness::LagUnknown(tp.clone());
                }
                Some(0) => {
                    let deadline = *deadlines.entry(tp.clone()).or_insert(now + max_task_idle);
                    if now < deadline {
                        return Readiness::Idle(tp.clone(), deadline);
                    }
                }
                Some(_) => {
                    deadlines.remove(tp);
                    return Readiness::Behind(tp.clone());
                }
            }
        }
        if self.is_empty() { Readiness::Empty } else { Readiness::Ready }
    }

    fn time(&self, at: usize) -> Option<i64> {
        Some(self.queues.get(self.by_time.get(at)?)?.front()?.timestamp.0)
    }

    /// `PriorityQueue.siftUp`.
    fn offer(&mut self, tp: TopicPartition) {
        self.by_time.push(tp);
        let mut at = self.by_time.len().saturating_sub(1);
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.time(at) >= self.time(parent) {
                break;
            }
            self.by_time.swap(at, parent);
            at = parent;
        }
    }

    /// `PriorityQueue.siftDown`.
    fn poll(&mut self) -> Option<TopicPartition> {
        if self.by_time.is_empty() {
            return None;
        }
        let first = self.by_time.swap_remove(0);
        let (mut at, size) = (0, self.by_time.len());
        while at < size / 2 {
            let mut child = 2 * at + 1;
            if child + 1 < size && self.time(child) > self.time(child + 1) {
                child += 1;
            }
            if self.time(at) <= self.time(child) {
                break;
            }
            self.by_time.swap(at, child);
            at = child;
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tp(topic: &str) -> TopicPartition {
        TopicPartition::new(topic, 0)
    }

    fn queued(time: i64) -> Queued {
        let record = Record::new(Timestamp(time), None, None);
        Queued { offset: Offset(0), timestamp: Timestamp(time), record }
    }

    #[test]
    fn the_oldest_first_record_goes_and_a_heap_decides_among_equals() {
        let mut group = PartitionGroup::default();
        for (topic, time) in [("a", 5), ("a", 3), ("b", 5), ("b", 9), ("c", 4)] {
            group.push(&tp(topic), queued(time));
        }
        let mut order = Vec::new();
        while let Some((tp, queued)) = group.pop() {
            order.push(format!("{}{}", tp.topic, queued.timestamp.0));
        }
        // After c the heap is [a5, b5]; a comes back with 3 and rises above b.
        assert_eq!(order, ["c4", "a5", "a3", "b5", "b9"]);
    }

    #[test]
    fn an_empty_partition_is_waited_for() {
        let mut group = PartitionGroup::new([tp("a"), tp("b")]);
        let idle = Some(Span::from_secs(5));
        let at = |s| Time::ZERO + Span::from_secs(s);
        let known = |lag: Option<u64>| move |_: &TopicPartition| lag;
        group.push(&tp("a"), queued(1));
        assert_eq!(group.readiness(at(1), idle, known(None)), Readiness::LagUnknown(tp("b")));
        assert_eq!(group.readiness(at(2), idle, known(Some(7))), Readiness::Behind(tp("b")));
        assert_eq!(group.readiness(at(3), idle, known(Some(0))), Readiness::Idle(tp("b"), at(8)));
        assert_eq!(group.readiness(at(7), idle, known(Some(0))), Readiness::Idle(tp("b"), at(8)));
        assert_eq!(group.readiness(at(8), idle, known(Some(0))), Readiness::Ready);
        // Something came after all, and the waiting begins anew when it has gone.
        group.push(&tp("b"), queued(2));
        assert_eq!(group.readiness(at(9), idle, known(Some(0))), Readiness::Ready);
        assert_eq!(group.pop().map(|(tp, _)| tp), Some(tp("a")));
        assert_eq!(group.readiness(at(10), idle, known(Some(0))), Readiness::Idle(tp("a"), at(15)));
    }

    #[test]
    fn without_idling_it_takes_what_is_there() {
        let mut group = PartitionGroup::new([tp("a"), tp("b")]);
        assert_eq!(group.readiness(Time::ZERO, None, |_| None), Readiness::Empty);
        group.push(&tp("a"), queued(1));
        assert_eq!(group.readiness(Time::ZERO, None, |_| None), Readiness::Ready);
        // The default waits for what is known to be on the broker, and for nothing else.
        assert_eq!(group.readiness(Time::ZERO, Some(Span::ZERO), |_| Some(1)), Readiness::Behind(tp("b")));
        assert_eq!(group.readiness(Time::ZERO, Some(Span::ZERO), |_| Some(0)), Readiness::Ready);
    }
}
