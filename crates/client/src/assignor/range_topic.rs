//! One topic while the range assignor hands out its partitions (`RangeAssignor.TopicAssignmentState`).

use millrace_model::protocol::JoinedMember;
use millrace_model::{ClusterMetadata, MemberId, PartitionInfo, Set, TopicName, TopicPartition};
use std::sync::Arc;

/// A reader and its `client.rack`.
pub(super) type ReaderInRack = (MemberId, Option<Arc<str>>);

struct Reader {
    member: MemberId,
    rack: Option<Arc<str>>,
    partitions: Vec<usize>,
}

pub(super) struct TopicState {
    topic: TopicName,
    readers: Vec<Reader>,
    unassigned: Set<usize>,
    /// The racks of each partition's copies; empty if no reader names a rack.
    racks: Vec<Set<String>>,
    each: usize,
    one_more: usize,
    pub needs_rack_awareness: bool,
}

impl TopicState {
    /// `members` are in the assignor's order.
    pub fn new(cluster: &ClusterMetadata, topic: &TopicName, members: &[&JoinedMember]) -> TopicState {
        let partitions = cluster.topics.get(topic).map_or(&[][..], |info| &info.partitions);
        let readers: Vec<Reader> = members
            .iter()
            .filter(|member| member.subscription.topics.contains(topic))
            .map(|member| Reader {
                member: member.member.clone(),
                rack: member.subscription.rack.clone().filter(|rack| !rack.is_empty()),
                partitions: Vec::new(),
            })
            .collect();
        let reader_racks: Set<&str> = readers.iter().filter_map(|r| r.rack.as_deref()).collect();
        let racks: Vec<Set<String>> = if reader_racks.is_empty() {
            Vec::new()
        } else {
            partitions.iter().map(|partition| racks_of(cluster, partition)).collect()
        };
        let all: Set<&str> = racks.iter().flatten().map(String::as_str).collect();
        // It cannot matter where no rack is shared, or where every partition has copies in all racks.
        let needs_rack_awareness = reader_racks.iter().any(|rack| all.contains(*rack))
            && !racks.iter().all(|racks| racks.iter().map(String::as_str).eq(all.iter().copied()));
        TopicState {
            topic: topic.clone(),
            unassigned: (0..partitions.len()).collect(),
            racks,
            each: partitions.len().checked_div(readers.len()).unwrap_or(0),
            one_more: partitions.len().checked_rem(readers.len()).unwrap_or(0),
            readers,
            needs_rack_awareness,
        }
    }

    pub fn readers(&self) -> usize {
        self.readers.len()
    }

    /// How many partitions there are, or 0 if no reader names a rack.
    pub fn partitions_with_racks(&self) -> usize {
        self.racks.len()
    }

    /// Topics of which this is equal are co-partitioned.
    pub fn co_partitioning(&self) -> (Vec<ReaderInRack>, usize) {
        (self.readers.iter().map(|r| (r.member.clone(), r.rack.clone())).collect(), self.racks.len())
    }

    /// True if the reader names no rack, or the partition has a copy in it.
    pub fn racks_match(&self, reader: usize, partition: usize) -> bool {
        let Some(rack) = self.readers.get(reader).and_then(|reader| reader.rack.as_deref()) else {
            return true;
        };
        self.racks.get(partition).is_some_and(|racks| racks.contains(rack))
    }

    /// How many more partitions a reader may get (`maxAssignable`).
    pub fn room(&self, reader: usize) -> usize {
        let has = self.readers.get(reader).map_or(0, |reader| reader.partitions.len());
        (self.each + usize::from(self.one_more > 0)).saturating_sub(has)
    }

    pub fn give(&mut self, reader: usize, partitions: &[usize]) {
        let Some(reader) = self.readers.get_mut(reader) else { return };
        reader.partitions.extend(partitions);
        if reader.partitions.len() > self.each {
            self.one_more = self.one_more.saturating_sub(1);
        }
        self.unassigned.retain(|partition| !partitions.contains(partition));
    }

    /// Gives each reader, in order, the first partitions that it may have.
    pub fn assign_ranges(&mut self, may: impl Fn(&TopicState, usize, usize) -> bool) {
        for reader in 0..self.readers.len() {
            let free = self.unassigned.iter().copied();
            let range: Vec<usize> =
                free.filter(|partition| may(self, reader, *partition)).take(self.room(reader)).collect();
            if !range.is_empty() {
                self.give(reader, &range);
            }
        }
    }

    /// Who has what by now.
    pub fn assigned(&self) -> impl Iterator<Item = (&MemberId, impl Iterator<Item = TopicPartition>)> {
        self.readers.iter().map(move |reader| {
            let number = |p: &usize| i32::try_from(*p).unwrap_or(i32::MAX);
            let partitions =
                reader.partitions.iter().map(move |p| TopicPartition::new(self.topic.clone(), number(p)));
            (&reader.member, partitions)
        })
    }
}

/// The racks of a partition's copies.
pub(super) fn racks_of(cluster: &ClusterMetadata, partition: &PartitionInfo) -> Set<String> {
    let broker = |id| cluster.brokers.iter().find(|broker| broker.id == id);
    partition.replicas.iter().filter_map(|id| broker(*id)?.rack.clone()).collect()
}
