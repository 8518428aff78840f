//! The order in which Java walks a hash table.
//!
//! Kafka's assignors keep topics, members and partitions in a `HashMap`, so Java's hash order decides the order of
//! the topics inside one member's list, and who keeps its partitions first. A learner sees it in a real log.
//!
//! Buckets of eight and more keys would become trees in Java, which this leaves out; it takes a deliberate choice of
//! names to get there.

use millrace_model::TopicName;
use millrace_model::collections::sort;

/// `String.hashCode`: over UTF-16 units, wrapping.
fn string_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

/// The buckets of a `java.util.HashMap` into which that many keys were put, one after the other.
fn buckets(keys: usize) -> usize {
    let mut buckets = 16usize;
    while keys > buckets / 4 * 3 {
        buckets = buckets.saturating_mul(2);
    }
    buckets
}

fn bucket(hash: u32, buckets: usize) -> u32 {
    (hash ^ (hash >> 16)) & u32::try_from(buckets.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// The keys in the order of a `HashMap` into which they were put, one after the other.
pub(crate) fn hash_order_by<T>(keys: &mut Vec<T>, name: impl Fn(&T) -> &str) {
    let buckets = buckets(keys.len());
    sort::sort_by_key(keys, |key| bucket(string_hash(name(key)), buckets));
}

/// [`hash_order_by`] for topics.
pub(super) fn hash_order(mut names: Vec<TopicName>) -> Vec<TopicName> {
    hash_order_by(&mut names, |name| name.as_str());
    names
}

/// A `HashSet` of one topic's partitions: like Java's, it grows and never shrinks.
#[derive(Clone, Debug)]
pub(super) struct PartitionSet {
    topic_hash: u32,
    most: usize,
    numbers: Vec<i32>,
}

impl PartitionSet {
    pub fn new(topic: &str) -> PartitionSet {
        PartitionSet { topic_hash: string_hash(topic), most: 0, numbers: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub fn insert(&mut self, number: i32) {
        if !self.numbers.contains(&number) {
            self.numbers.push(number);
            self.most = self.most.max(self.numbers.len());
        }
    }

    pub fn remove(&mut self, number: i32) {
        self.numbers.retain(|n| *n != number);
    }

    /// What Java's iterator names first.
    pub fn first(&self) -> Option<i32> {
        let buckets = buckets(self.most);
        // TopicPartition.hashCode.
        let hash =
            |number: i32| 31u32.wrapping_mul(31u32.wrapping_add_signed(number)).wrapping_add(self.topic_hash);
        self.numbers.iter().copied().min_by_key(|number| bucket(hash(*number), buckets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hash_as_in_java() {
        assert_eq!(["", "a", "orders"].map(string_hash), [0, 97, 0xc3df_62e5]);
    }

    #[test]
    fn names_come_in_bucket_order() {
        let order = hash_order(["b", "a", "q"].map(TopicName::from).to_vec());
        assert_eq!(
            order,
            ["a", "q", "b"].map(TopicName::from),
            "a (97) and q (113) share bucket 1, b has bucket 2"
        );
    }

    #[test]
    fn a_set_of_partitions_starts_at_its_first_bucket_and_never_shrinks() {
        let mut set = PartitionSet::new("a");
        // 31 * (31 + n) + 97 = 1058 + 31 n: bucket 2 for n = 0, 1 for n = 1, 0 for n = 2, 15 for n = 3.
        for number in [0, 3, 1] {
            set.insert(number);
        }
        assert_eq!(set.first(), Some(1));
        set.remove(1);
        assert_eq!(set.first(), Some(0));
        for number in 100..113 {
            set.insert(number);
        }
        for number in 100..113 {
            set.remove(number);
        }
        assert_eq!((set.most, set.numbers.as_slice(), buckets(set.most)), (15, &[0, 3][..], 32));
        assert_eq!(set.first(), Some(0), "bucket 2 of 32, and 3 has bucket 31");
        set.remove(0);
        set.remove(3);
        assert!(set.is_empty() && set.first().is_none());
    }
}
