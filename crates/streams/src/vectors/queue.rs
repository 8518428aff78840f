//! The order in which TopologyTestDriver's one task takes waiting records (`PartitionGroup`): from the topic whose first
//! record is the oldest; among equals Java's `PriorityQueue` decides.

use millrace_model::{Map, Record, TopicName};
use std::collections::VecDeque;

/// Waiting records by topic.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Map<TopicName, VecDeque<Record>>,
    /// Topics that have records, as a heap by the first record's time.
    by_time: Vec<TopicName>,
}

impl Queue {
    pub(super) fn push(&mut self, topic: TopicName, record: Record) {
        let records = self.waiting.entry(topic.clone()).or_default();
        records.push_back(record);
        if records.len() == 1 {
            self.offer(topic);
        }
    }

    pub(super) fn pop(&mut self) -> Option<(TopicName, Record)> {
        let topic = self.poll()?;
        let records = self.waiting.get_mut(&topic)?;
        let record = records.pop_front()?;
        if !records.is_empty() {
            self.offer(topic.clone());
        }
        Some((topic, record))
    }

    fn time(&self, at: usize) -> Option<i64> {
        Some(self.waiting.get(self.by_time.get(at)?)?.front()?.timestamp.0)
    }

    /// `PriorityQueue.siftUp`.
    fn offer(&mut self, topic: TopicName) {
        self.by_time.push(topic);
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
    fn poll(&mut self) -> Option<TopicName> {
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
    use millrace_model::Timestamp;

    #[test]
    fn the_oldest_first_record_goes_and_a_heap_decides_among_equals() {
        let mut queue = Queue::default();
        for (topic, time) in [("a", 5), ("a", 3), ("b", 5), ("b", 9), ("c", 4)] {
            queue.push(topic.into(), Record::new(Timestamp(time), None, None));
        }
        let mut order = Vec::new();
        while let Some((topic, record)) = queue.pop() {
            order.push(format!("{topic}{}", record.timestamp.0));
        }
        // After c the heap is [a5, b5]; a comes back with 3 and rises above b.
        assert_eq!(order, ["c4", "a5", "a3", "b5", "b9"]);
    }
}
