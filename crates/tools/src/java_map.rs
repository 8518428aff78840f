//! The order in which a `java.util.HashMap` gives its keys: some tools print in it.

use millrace_broker::java_hash::string_hash_code;

/// `keys` in the order of a `HashMap<String, _>` that was made for as many as there are (`new HashMap<>(n)`) and filled in
/// the order of `keys`.
pub(crate) fn order<T: AsRef<str>>(keys: Vec<T>) -> Vec<T> {
    let sized_for = keys.len();
    order_by(keys, sized_for, |key| string_hash_code(key.as_ref()))
}

/// The same for a map that was made for `sized_for` keys; 0: nothing was said, so 16.
pub(crate) fn order_for(keys: Vec<String>, sized_for: usize) -> Vec<String> {
    let sized_for = if sized_for == 0 { 16 } else { sized_for };
    order_by(keys, sized_for, |key| string_hash_code(key))
}

/// The same for keys with a hash of their own, and a map made for `sized_for` keys (16 if nothing was said).
pub(crate) fn order_by<T>(keys: Vec<T>, sized_for: usize, hash: impl Fn(&T) -> i32) -> Vec<T> {
    let mut capacity = sized_for.max(1).next_power_of_two();
    while keys.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let mask = u32::try_from(capacity - 1).unwrap_or(u32::MAX);
    let mut placed: Vec<(u32, T)> = keys
        .into_iter()
        .map(|key| {
            let hash = hash(&key).cast_unsigned();
            ((hash ^ (hash >> 16)) & mask, key)
        })
        .collect();
    // Within a bucket the order of insertion; a stable sort keeps it.
    placed.sort_by_key(|(bucket, _)| *bucket);
    placed.into_iter().map(|(_, key)| key).collect()
}

/// `TopicPartition.hashCode`.
pub(crate) fn topic_partition_hash(topic: &str, partition: i32) -> i32 {
    31_i32.wrapping_mul(31_i32.wrapping_add(partition)).wrapping_add(string_hash_code(topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `kafka-topics --describe` of Kafka 4.0 listed them.
    #[test]
    fn names_come_in_javas_order() {
        assert_eq!(order(vec!["t-new", "t1", "t3"]), ["t1", "t-new", "t3"]);
        assert_eq!(
            order(vec!["a.b", "cfg", "ra", "t-new", "t1", "t3", "u_v"]),
            ["a.b", "cfg", "t1", "u_v", "ra", "t-new", "t3"]
        );
    }
}
