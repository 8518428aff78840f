//! The named limits of the playground. Each has a visible behaviour where it is reached, never a silent loss.

/// Most records that one partition's log holds; a produce beyond it is answered `KAFKA_STORAGE_ERROR`.
pub const RECORDS_PER_PARTITION: usize = 4_000_000;
/// Most partitions of one topic; more is answered `INVALID_PARTITIONS`.
pub const PARTITIONS_PER_TOPIC: i32 = 1_000;
/// Most topics of one cluster; more is answered `POLICY_VIOLATION`.
pub const TOPICS: usize = 500;
/// Most members of one group (`group.max.size` allows more in Kafka); more is answered `GROUP_MAX_SIZE_REACHED`.
pub const MEMBERS_PER_GROUP: usize = 1_000;
/// Most groups of one cluster; more is answered `POLICY_VIOLATION`.
pub const GROUPS: usize = 200;
