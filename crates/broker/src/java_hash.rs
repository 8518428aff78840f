//! Java's `String.hashCode`, by which Kafka finds a group's coordinator, and the order of a `HashMap`'s keys.

/// `String.hashCode`: over UTF-16 units, wrapping.
pub fn string_hash_code(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `Utils.abs`: like `Math.abs`, but 0 for `i32::MIN`.
pub fn abs(n: i32) -> i32 {
    n.checked_abs().unwrap_or(0)
}

/// `GroupCoordinatorService.partitionFor`: the partition of `__consumer_offsets` that a group lives in.
pub fn partition_for(group: &str, partitions: i32) -> i32 {
    abs(string_hash_code(group)).checked_rem(partitions).unwrap_or(0)
}

/// The place of a key in a `java.util.HashMap` of up to 12 keys: Kafka's own choice where votes are equal.
pub(crate) fn hash_map_bucket(text: &str) -> u32 {
    let hash = string_hash_code(text) as u32;
    (hash ^ (hash >> 16)) & 15
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known values of the JDK: "polygenelubricants" is the famous string whose hash is `Integer.MIN_VALUE`.
    #[test]
    fn hashes_are_javas() {
        assert_eq!(string_hash_code(""), 0);
        assert_eq!(string_hash_code("hello"), 99_162_322);
        assert_eq!(string_hash_code("polygenelubricants"), i32::MIN);
        assert_eq!(string_hash_code("\u{1F600}"), 0xD83D * 31 + 0xDE00);
    }

    #[test]
    fn a_group_lives_in_the_partition_of_its_hash() {
        assert_eq!(partition_for("hello", 50), 22);
        assert_eq!(partition_for("polygenelubricants", 50), 0);
        assert_eq!(partition_for("hello", 0), 0);
    }
}
