//! Fetches that wait for bytes (`DelayedFetch` in the fetch purgatory).

use crate::timer::Timers;
use crate::{HeldPartition, RequestId, Timer};
use millrace_model::{Map, Set, StoredBatch, Time, TopicName, TopicPartition};
use std::sync::Arc;

/// The held fetches of a broker, and which of them wait at which partition.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Purgatory {
    held: Map<RequestId, Held>,
    watchers: Map<TopicPartition, Set<RequestId>>,
}

#[derive(Clone, Debug, Hash)]
struct Held {
    until: Time,
    /// Set once there is enough: it is to be answered at once.
    satisfied: Option<Time>,
    min_bytes: usize,
    max_bytes: usize,
    partitions: Arc<[HeldPartition]>,
    /// Bytes that came since, for each partition. Not `usize`: a slice of integers is hashed as its raw bytes, and those
    /// differ between a laptop and wasm.
    arrived: Vec<u64>,
}

impl Held {
    /// Kafka counts a partition no further than `max.partition.fetch.bytes`.
    fn readable(&self) -> usize {
        let each = |(p, more): (&HeldPartition, &u64)| {
            let more = usize::try_from(*more).unwrap_or(usize::MAX);
            p.readable.saturating_add(more).min(p.partition_max_bytes)
        };
        self.partitions.iter().zip(&self.arrived).map(each).fold(0, usize::saturating_add)
    }
}

impl Purgatory {
    pub(crate) fn hold(
        &mut self,
        id: RequestId,
        until: Time,
        min_bytes: usize,
        max_bytes: usize,
        partitions: &Arc<[HeldPartition]>,
        timers: &mut Timers,
    ) {
        self.release(id, timers);
        for partition in partitions.iter() {
            self.watchers.entry(partition.tp.clone()).or_default().insert(id);
        }
        timers.replace(None, Some(until), || Timer::FetchWaitExpired(id));
        let arrived = vec![0; partitions.len()];
        let partitions = Arc::clone(partitions);
        self.held.insert(id, Held { until, satisfied: None, min_bytes, max_bytes, partitions, arrived });
    }

    pub(crate) fn release(&mut self, id: RequestId, timers: &mut Timers) {
        let Some(held) = self.held.remove(&id) else {
            return;
        };
        timers.replace(Some(held.until), None, || Timer::FetchWaitExpired(id));
        timers.replace(held.satisfied, None, || Timer::FetchSatisfied(id));
        for partition in held.partitions.iter() {
            if let Some(ids) = self.watchers.get_mut(&partition.tp) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.watchers.remove(&partition.tp);
                }
            }
        }
    }

    /// Whether anybody waits at a partition.
    pub(crate) fn is_watched(&self, tp: &TopicPartition) -> bool {
        self.watchers.contains_key(tp)
    }

    /// Counts a new batch for those who wait at its partition.
    pub(crate) fn appended(
        &mut self,
        tp: &TopicPartition,
        stored: &StoredBatch,
        at: Time,
        timers: &mut Timers,
    ) {
        let Some(ids) = self.watchers.get(tp) else {
            return;
        };
        for id in ids {
            let Some(held) = self.held.get_mut(id) else {
                continue;
            };
            for (partition, arrived) in held.partitions.iter().zip(&mut held.arrived) {
                if partition.tp == *tp && stored.next_offset() > partition.fetch_offset {
                    *arrived = arrived.saturating_add(stored.batch.size_in_bytes as u64);
                }
            }
            if held.satisfied.is_none() && held.readable() >= held.min_bytes {
                held.satisfied = Some(at);
                timers.replace(None, held.satisfied, || Timer::FetchSatisfied(*id));
            }
        }
    }

    /// Who waits at a partition that is gone is answered at once (`DelayedFetch.tryComplete`: unknown partition).
    pub(crate) fn deleted(&mut self, topic: &TopicName, at: Time, timers: &mut Timers) {
        for (id, held) in &mut self.held {
            if held.satisfied.is_none() && held.partitions.iter().any(|p| p.tp.topic == *topic) {
                held.satisfied = Some(at);
                timers.replace(None, held.satisfied, || Timer::FetchSatisfied(*id));
            }
        }
    }

    /// Who waits at a partition that is led anew is answered at once (`DelayedFetch.tryComplete`: fenced or not the leader).
    pub(crate) fn led_anew(&mut self, tp: &TopicPartition, at: Time, timers: &mut Timers) {
        for (id, held) in &mut self.held {
            if held.satisfied.is_none() && held.partitions.iter().any(|p| p.tp == *tp) {
                held.satisfied = Some(at);
                timers.replace(None, held.satisfied, || Timer::FetchSatisfied(*id));
            }
        }
    }

    /// The budget and the positions of a held fetch.
    pub(crate) fn get(&self, id: RequestId) -> Option<(usize, &[HeldPartition])> {
        self.held.get(&id).map(|held| (held.max_bytes, &*held.partitions))
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = (RequestId, Time)> {
        self.held.iter().map(|(id, held)| (*id, held.until))
    }
}
