//! Which partition a record goes to: Kafka's arithmetic, without any producer around it.
//!
//! With a key: `toPositive(murmur2(key)) % partitions` ([`partition_for_key`]). Without one, a *sticky* partition
//! that changes once about `batch.size` bytes have gone to it (KIP-794): [`StickyPartition`] counts and
//! [`next_partition`] chooses, by the length of the queues ([`LoadStats`]) if those differ.
//!
//! Source: `org.apache.kafka.common.utils.Utils`, `…producer.internals.BuiltInPartitioner`. Chance is an argument.
//!
//! ```
//! # use millrace_client::partitioner::partition_for_key;
//! assert_eq!(partition_for_key(b"alice", 3), 0);
//! assert_eq!(partition_for_key(b"carol", 3), 2);
//! ```

use millrace_model::{BrokerId, Partition, PartitionInfo};

/// Kafka's 32-bit MurmurHash2 with its fixed seed, as Java's signed number (`Utils.murmur2`).
pub fn murmur2(data: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut h = SEED ^ data.len() as u32;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let k = u32::from_le_bytes(*word).wrapping_mul(M);
        h = h.wrapping_mul(M) ^ (k ^ (k >> 24)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            h ^= u32::from(*byte) << (8 * i);
        }
        h = h.wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    (h ^ (h >> 15)) as i32
}

/// Clears the sign bit (`Utils.toPositive`): not the absolute value, `-1` becomes 2147483647.
pub fn to_positive(number: i32) -> i32 {
    number & i32::MAX
}

/// The partition of a keyed record among `partitions` of them; 0 when there are none (`BuiltInPartitioner`).
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    partition_for_hash(murmur2(key), partitions)
}

/// The partition that a key's hash stands for; 0 when `partitions` is not positive.
pub fn partition_for_hash(hash: i32, partitions: i32) -> i32 {
    if partitions <= 0 { 0 } else { to_positive(hash) % partitions }
}

/// CRC-32 as zlib has it (`rd_crc32`), by which librdkafka places keys.
pub fn crc32(data: &[u8]) -> u32 {
    let byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1)))
    };
    !data.iter().fold(u32::MAX, byte)
}

/// The partition of a key for librdkafka (`rd_kafka_msg_partitioner_consistent`): another one than Java's.
pub fn consistent(hash: u32, partitions: i32) -> i32 {
    let count = u32::try_from(partitions).unwrap_or(0);
    hash.checked_rem(count).and_then(|index| i32::try_from(index).ok()).unwrap_or(0)
}

/// The `n`-th (from 0) choice of `RoundRobinPartitioner`: the partitions that have a leader in turn, or all of them
/// in turn if none has one.
pub fn round_robin(n: u64, partitions: &[PartitionInfo]) -> Partition {
    pick(to_positive(n as i32), partitions)
}

/// The partition to stick to from now on (`BuiltInPartitioner.nextPartition`).
///
/// `random` is any number (its sign is cleared as Kafka does). With `stats` the choice is weighted, without them it
/// is uniform over the partitions that have a leader, or over all if none has one.
pub fn next_partition(random: i32, stats: Option<&LoadStats>, partitions: &[PartitionInfo]) -> Partition {
    let random = to_positive(random);
    stats.and_then(|stats| stats.choose(random)).unwrap_or_else(|| pick(random, partitions))
}

fn pick(number: i32, partitions: &[PartitionInfo]) -> Partition {
    let number = usize::try_from(number).unwrap_or(0);
    let led = |leader: Option<BrokerId>| leader.is_some();
    let available = partitions.iter().filter(|p| led(p.leader)).count();
    let index = match (available, partitions.len()) {
        (0, 0) => 0,
        (0, all) => number % all,
        (available, _) => partitions
            .iter()
            .enumerate()
            .filter(|(_, p)| led(p.leader))
            .nth(number % available)
            .map_or(0, |(index, _)| index),
    };
    Partition(i32::try_from(index).unwrap_or(0))
}

/// A partition that keyless records stick to, and how much has gone there since it was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StickyPartition {
    /// The partition.
    pub partition: Partition,
    /// Bytes that keyless records have added to its batches, batch headers included.
    pub produced_bytes: usize,
}

impl StickyPartition {
    /// A partition just chosen.
    pub fn new(partition: Partition) -> Self {
        Self { partition, produced_bytes: 0 }
    }

    /// Whether the next keyless record goes elsewhere (`BuiltInPartitioner.updatePartitionInfo`).
    ///
    /// `sticky_batch_size` is `batch.size`; `enable_switch` says that every batch of the partition is full. A batch
    /// that is still filling may keep the records here until twice that many bytes, so that no small batch is left.
    pub fn is_used_up(&self, sticky_batch_size: usize, enable_switch: bool) -> bool {
        let bytes = self.produced_bytes;
        (bytes >= sticky_batch_size && enable_switch) || bytes >= sticky_batch_size.saturating_mul(2)
    }
}

/// How likely each partition is, from the lengths of the producer's queues: longer queue, smaller chance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoadStats {
    /// Running sums of the weights, one per partition of `partitions`.
    cumulative: Vec<u64>,
    partitions: Vec<Partition>,
}

impl LoadStats {
    /// Weighs the queues (`BuiltInPartitioner.updatePartitionLoadStats`).
    ///
    /// `queues` are the batches waiting for each partition that has a leader, `all` the number of partitions of the
    /// topic. None (choose uniformly) if there is nothing to weigh: no queue, one partition, or all queues equal
    /// and no partition left out.
    ///
    /// Kafka's example: queues 0, 3, 1 get the weights 4, 1, 3, so the running sums 4, 5, 8.
    pub fn weigh(queues: &[(Partition, usize)], all: usize) -> Option<LoadStats> {
        let max = queues.iter().map(|(_, size)| *size).max()?;
        let all_equal = queues.iter().all(|(_, size)| *size == max);
        if all < 2 || (all_equal && queues.len() == all) {
            return None;
        }
        let mut sum = 0;
        let cumulative = queues
            .iter()
            .map(|(_, size)| {
                sum += (max - size) as u64 + 1;
                sum
            })
            .collect();
        Some(LoadStats { cumulative, partitions: queues.iter().map(|(partition, _)| *partition).collect() })
    }

    /// The running sums: a number below the last one belongs to the first partition whose sum is greater.
    pub fn cumulative_frequency_table(&self) -> &[u64] {
        &self.cumulative
    }

    fn choose(&self, random: i32) -> Option<Partition> {
        let number = u64::try_from(random).ok()?.checked_rem(*self.cumulative.last()?)?;
        let index = self.cumulative.partition_point(|sum| *sum <= number);
        self.partitions.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn librdkafka_places_keys_by_another_hash() {
        // The check value of CRC-32/ISO-HDLC, and the empty text.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        let both = |key: &[u8]| (consistent(crc32(key), 3), partition_for_key(key, 3));
        let keys: [&[u8]; 4] = [b"alice", b"bob", b"carol", b"dave"];
        assert_ne!(keys.map(|key| both(key).0), keys.map(|key| both(key).1));
        assert_eq!(consistent(7, 0), 0);
    }

    use millrace_model::LeaderEpoch;

    fn partitions(leaders: &[Option<i32>]) -> Vec<PartitionInfo> {
        let info = |leader: &Option<i32>| PartitionInfo {
            leader: leader.map(BrokerId),
            leader_epoch: LeaderEpoch(0),
            replicas: vec![],
            isr: vec![],
            ..PartitionInfo::default()
        };
        leaders.iter().map(info).collect()
    }

    #[test]
    fn the_sign_bit_is_cleared_not_negated() {
        assert_eq!([0, 7, -1, i32::MIN].map(to_positive), [0, 7, i32::MAX, 0]);
    }

    #[test]
    fn the_names_of_the_first_lesson_land_as_in_kafka() {
        let keys: [&[u8]; 5] = [b"alice", b"bob", b"carol", b"dave", b"alice"];
        assert_eq!(keys.map(|key| partition_for_key(key, 3)), [0, 0, 2, 1, 0]);
        assert_eq!([0, -3].map(|n| partition_for_key(b"alice", n)), [0, 0]);
    }

    /// The example in Kafka's own comment: queues 0, 3, 1; all eight random numbers.
    #[test]
    fn shorter_queues_are_likelier() {
        let queues = [(Partition(0), 0), (Partition(1), 3), (Partition(2), 1)];
        let stats = LoadStats::weigh(&queues, 3).unwrap();
        assert_eq!(stats.cumulative_frequency_table(), [4, 5, 8]);
        let chosen: Vec<i32> = (0..9).map(|n| next_partition(n, Some(&stats), &[]).0).collect();
        assert_eq!(chosen, [0, 0, 0, 0, 1, 2, 2, 2, 0]);
    }

    #[test]
    fn equal_queues_and_single_partitions_are_not_weighed() {
        let queue = |p, size| (Partition(p), size);
        assert_eq!(LoadStats::weigh(&[queue(0, 2), queue(1, 2)], 2), None);
        assert_eq!(LoadStats::weigh(&[queue(0, 2)], 1), None);
        assert_eq!(LoadStats::weigh(&[], 3), None);
        // A partition without a leader is left out, so even equal queues are weighed.
        let stats = LoadStats::weigh(&[queue(0, 2), queue(2, 2)], 3).unwrap();
        assert_eq!(stats.cumulative_frequency_table(), [1, 2]);
        assert_eq!([0, 1].map(|n| next_partition(n, Some(&stats), &[]).0), [0, 2]);
    }

    #[test]
    fn uniform_choice_and_round_robin_skip_partitions_without_leader() {
        let some = partitions(&[Some(1), None, Some(2)]);
        assert_eq!([0, 1, 2, 3].map(|n| next_partition(n, None, &some).0), [0, 2, 0, 2]);
        assert_eq!([0, 1, 2, 3].map(|n| round_robin(n, &some).0), [0, 2, 0, 2]);
        let none = partitions(&[None, None, None]);
        assert_eq!([0, 1, 2, 3].map(|n| next_partition(n, None, &none).0), [0, 1, 2, 0]);
        assert_eq!(next_partition(i32::MIN + 1, None, &none).0, 1);
        assert_eq!(next_partition(5, None, &[]).0, 0);
    }

    #[test]
    fn a_sticky_partition_is_left_at_batch_size_or_while_a_batch_fills_at_twice_that() {
        let left = |bytes, enable| {
            StickyPartition { partition: Partition(0), produced_bytes: bytes }.is_used_up(100, enable)
        };
        assert_eq!([99, 100, 199, 200].map(|bytes| left(bytes, true)), [false, true, true, true]);
        assert_eq!([99, 100, 199, 200].map(|bytes| left(bytes, false)), [false, false, false, true]);
    }
}
