//! The order in which Java walks a hash table of names.
//!
//! Kafka's assignors keep topics in a `HashMap`, so the order of the topics inside one member's list is Java's hash
//! order. It does not change who gets what, but it is what a learner sees in a real log.

use millrace_model::TopicName;

/// `String.hashCode`: over UTF-16 units, wrapping.
fn string_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

/// The names in the order of a `java.util.HashMap` that grew while they were put in, one after the other.
///
/// Buckets of eight and more names would become trees in Java, which this leaves out; it takes a deliberate choice of
/// names to get there.
pub(super) fn hash_order(mut names: Vec<TopicName>) -> Vec<TopicName> {
    let mut buckets = 16usize;
    while names.len() > buckets / 4 * 3 {
        buckets = buckets.saturating_mul(2);
    }
    let mask = u32::try_from(buckets.saturating_sub(1)).unwrap_or(u32::MAX);
    names.sort_by_key(|name| {
        let hash = string_hash(name.as_str());
        (hash ^ (hash >> 16)) & mask
    });
    names
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
}
