//! The order in which Java walks hash tables of members, topic ids and partition numbers.
//!
//! The uniform assignor walks them so, and it decides who gets the larger share and which partitions move. Buckets of
//! eight and more keys would become trees in Java, which this leaves out.

use super::spec::TopicId;
use crate::java_hash::string_hash_code;
use millrace_model::collections::sort;

/// The buckets of a `HashMap` into which that many keys were put, one after the other.
fn grown(keys: usize) -> usize {
    let mut buckets = 16_usize;
    while keys > buckets / 4 * 3 {
        buckets = buckets.saturating_mul(2);
    }
    buckets
}

/// The buckets of a `HashSet` that was made as a copy of that many keys.
fn copied(keys: usize) -> usize {
    (keys.saturating_mul(4) / 3 + 1).max(16).next_power_of_two()
}

fn bucket(hash: u32, buckets: usize) -> u32 {
    (hash ^ (hash >> 16)) & u32::try_from(buckets.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// The keys of a `HashMap` of strings.
pub(super) fn strings<T>(keys: &mut Vec<T>, text: impl Fn(&T) -> &str) {
    let buckets = grown(keys.len());
    sort::sort_by_key(keys, |key| bucket(string_hash_code(text(key)).cast_unsigned(), buckets));
}

/// The keys of a `HashSet` of topic ids, copied from another.
pub(super) fn topics<T>(keys: &mut Vec<T>, id: impl Fn(&T) -> TopicId) {
    let buckets = copied(keys.len());
    let hash = |id: TopicId| {
        let both = (id.most ^ id.least).cast_unsigned();
        ((both >> 32) ^ both) as u32
    };
    sort::sort_by_key(keys, |key| bucket(hash(id(key)), buckets));
}

/// The numbers in a `HashSet` that is a copy of them: small ones in their order, larger ones wrapped round.
pub(super) fn numbers(numbers: &mut Vec<usize>) {
    let buckets = copied(numbers.len());
    sort::sort_by_key(numbers, |number| bucket(u32::try_from(*number).unwrap_or(u32::MAX), buckets));
}
