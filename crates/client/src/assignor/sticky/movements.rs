//! Which partitions have moved between whom during one balancing (`PartitionMovements`), so that a topic's
//! partitions are not swapped between two members: where one would go back, one that came from there goes instead.

use super::group::{Group, MemberNo, PartitionNo, TopicNo};
use crate::assignor::java_order::PartitionSet;
use millrace_model::Map;

#[derive(Default)]
pub(super) struct Movements {
    /// Where a partition was at first, and where it is now.
    by_partition: Map<PartitionNo, (MemberNo, MemberNo)>,
    /// What of a topic went from one member to another.
    by_pair: Map<(TopicNo, MemberNo, MemberNo), PartitionSet>,
}

impl Movements {
    /// The partition to move instead of `partition` from `from` to `to`; itself if there is no reason against it.
    pub fn instead_of(
        &self,
        group: &Group,
        partition: PartitionNo,
        from: MemberNo,
        to: MemberNo,
    ) -> PartitionNo {
        let at_first = self.by_partition.get(&partition).map_or(from, |(source, _)| *source);
        let backwards = group.topic_of(partition).and_then(|(topic, known)| {
            let number = self.by_pair.get(&(topic, to, at_first))?.first()?;
            known.partitions.clone().nth(usize::try_from(number).ok()?)
        });
        backwards.unwrap_or(partition)
    }

    /// A move that takes a partition back to where it was at first is none.
    pub fn moved(&mut self, group: &Group, partition: PartitionNo, from: MemberNo, to: MemberNo) {
        let Some(known) = group.partitions.get(partition) else { return };
        let (topic, number) = (known.topic, known.id.partition.0);
        let mut source = from;
        if let Some((first, last)) = self.by_partition.remove(&partition) {
            let pair = (topic, first, last);
            if let Some(set) = self.by_pair.get_mut(&pair) {
                set.remove(number);
                if set.is_empty() {
                    self.by_pair.remove(&pair);
                }
            }
            if first == to {
                return;
            }
            source = first;
        }
        self.by_partition.insert(partition, (source, to));
        let set = self.by_pair.entry((topic, source, to));
        set.or_insert_with(|| PartitionSet::new(known.id.topic.as_str())).insert(number);
    }
}
