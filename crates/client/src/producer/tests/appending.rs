//! Which partition, which batch.

use super::*;
use millrace_model::config::producer::Partitioner;
use millrace_model::{Partition, Timestamp};

#[test]
fn five_keyed_records_on_three_partitions_land_as_kafkas() {
    let mut rig = Rig::orders(defaults());
    let keys = ["alice", "bob", "carol", "dave", "alice"];
    let lines = rig.send(keys.map(|key| record(key, "v")).to_vec());
    let hash = |key: &str| crate::partitioner::murmur2(key.as_bytes());
    let (alice, bob, carol, dave) = (hash("alice"), hash("bob"), hash("carol"), hash("dave"));
    assert_eq!(
        lines,
        [format!(
            "appended orders-0 new #0 98B [0:key {alice} 1:key {bob} 4:key {alice}], \
             orders-2 new #1 74B [2:key {carol}], orders-1 new #2 73B [3:key {dave}]"
        )]
    );
}

/// batch.size 200: a batch is 61 bytes and then records of 50; the third would be byte 211.
#[test]
fn a_batch_closes_when_the_next_record_does_not_fit_and_then_leaves_at_once() {
    let mut rig = Rig::orders(ProducerConfig { batch_size: 200, ..defaults() });
    let to_1 = |record| ProducerRecord { partition: Some(Partition(1)), ..record };
    let lines = rig.send(vec![to_1(sized(50)), to_1(sized(50)), to_1(sized(50))]);
    assert_eq!(
        lines,
        [
            "appended orders-1 new #0 161B [0:explicit 1:explicit]",
            "closed orders-1 #0 Full 2r 161B 0ms",
            "appended orders-1 new #1 111B [2:explicit]",
        ]
    );
    assert_eq!(
        rig.producer.next_timer().unwrap().1,
        ProducerTimer::SendReady(TopicPartition::new("orders", 1))
    );
    assert_eq!(rig.due(), ["sent c1 to 1: orders-1 #0 2r try 1"]);
    // The rest lingers.
    assert_eq!(rig.run(millis(4)), [] as [&str; 0]);
    assert_eq!(
        rig.run(millis(5)),
        ["closed orders-1 #1 Linger 1r 111B 5ms", "sent c2 to 1: orders-1 #1 1r try 1"]
    );
}

#[test]
fn a_batch_that_is_exactly_full_leaves_without_a_next_record() {
    let mut rig = Rig::orders(ProducerConfig { batch_size: 161, ..defaults() });
    let to_1 = |record| ProducerRecord { partition: Some(Partition(1)), ..record };
    rig.send(vec![to_1(sized(50)), to_1(sized(50))]);
    assert_eq!(rig.due(), ["closed orders-1 #0 Full 2r 161B 0ms", "sent c1 to 1: orders-1 #0 2r try 1"]);
}

#[test]
fn a_record_larger_than_batch_size_gets_its_own_batch() {
    let mut rig = Rig::orders(ProducerConfig { batch_size: 200, ..defaults() });
    let to_0 = |record| ProducerRecord { partition: Some(Partition(0)), ..record };
    let lines = rig.send(vec![to_0(sized(50)), to_0(sized(500)), to_0(sized(50))]);
    assert_eq!(
        lines,
        [
            "appended orders-0 new #0 111B [0:explicit]",
            "closed orders-0 #0 Full 1r 111B 0ms",
            "appended orders-0 new #1 561B [1:explicit]",
            "closed orders-0 #1 Full 1r 561B 0ms",
            "appended orders-0 new #2 111B [2:explicit]",
        ]
    );
}

/// 61 + 2 × 50 = 161 bytes; the third record goes to a second batch (111 bytes): 272 ≥ 200, but that batch is open, so
/// the records stay until twice batch.size: 272 + 50 = 322, closed at 161, next batch 111 → 433 ≥ 400.
#[test]
fn keyless_records_stick_until_batch_size_or_while_a_batch_is_open_twice_that() {
    let mut rig = Rig::orders(ProducerConfig { batch_size: 200, ..defaults() });
    rig.dice = FixedDice(2 << 32);
    let lines = rig.send(vec![sized(50); 6]);
    assert_eq!(
        lines,
        [
            "sticky orders -> 2",
            "appended orders-2 new #0 161B [0:sticky 1:sticky]",
            "closed orders-2 #0 Full 2r 161B 0ms",
            "appended orders-2 new #1 161B [2:sticky 3:sticky]",
            "closed orders-2 #1 Full 2r 161B 0ms",
            "appended orders-2 new #2 111B [4:sticky]",
            "sticky orders 2 -> 2 after 433B",
            "appended orders-2 #2 161B [5:sticky]",
        ]
    );
    assert_eq!(rig.producer.sticky_partition("orders").unwrap().produced_bytes, 50);
}

/// With the batch gone (lingered) every batch is full, so the switch that was put off happens before the next record.
#[test]
fn a_switch_that_was_put_off_happens_once_the_batch_has_left() {
    let mut rig = Rig::orders(ProducerConfig { batch_size: 200, ..defaults() });
    rig.send(vec![sized(50); 3]);
    rig.run(millis(5));
    rig.dice = FixedDice(1 << 32);
    let lines = rig.send(vec![sized(50)]);
    assert_eq!(lines, ["sticky orders 0 -> 1 after 272B", "appended orders-1 new #2 111B [0:sticky]"]);
}

#[test]
fn five_small_keyless_records_share_one_partition() {
    let mut rig = Rig::orders(defaults());
    let lines = rig.send(vec![record("", "v"); 5]);
    assert_eq!(
        lines,
        [
            "sticky orders -> 0",
            "appended orders-0 new #0 101B [0:sticky 1:sticky 2:sticky 3:sticky 4:sticky]"
        ]
    );
}

/// Queue lengths 0, 1 and 2: weights 3, 2, 1, so the numbers 3 and 4 mean partition 1.
#[test]
fn longer_queues_are_chosen_less_often() {
    let chosen = |number: u64| {
        let config = ProducerConfig { batch_size: 100, linger: Span::from_secs(9), ..defaults() };
        let mut rig = Rig::knowing(config, &[("orders", &[Some(1), Some(2), Some(2)])]);
        let to = |p| ProducerRecord { partition: Some(Partition(p)), ..sized(50) };
        rig.send(vec![to(0), to(1), to(2), to(2)]);
        // Partition 0 leaves; partitions 1 and 2 wait because broker 2 is busy with nothing free.
        let head = rig.producer.topics.get_mut("orders").unwrap().partitions.get_mut(0).unwrap();
        head.batches.clear();
        rig.dice = FixedDice(number << 32);
        rig.send(vec![sized(50)]);
        rig.producer.sticky_partition("orders").unwrap().partition.0
    };
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(chosen), [0, 0, 0, 1, 1, 2, 0]);
}

#[test]
fn explicit_partition_ignored_keys_and_round_robin() {
    let mut rig = Rig::orders(ProducerConfig { partitioner_ignore_keys: true, ..defaults() });
    let explicit = ProducerRecord { partition: Some(Partition(2)), ..record("alice", "v") };
    assert_eq!(
        rig.send(vec![explicit, record("alice", "v")]),
        [
            "appended orders-2 new #0 74B [0:explicit]",
            "sticky orders -> 0",
            "appended orders-0 new #1 74B [1:sticky]"
        ]
    );
    let config = ProducerConfig { partitioner: Partitioner::RoundRobin, ..defaults() };
    let mut rig = Rig::knowing(config, &[("orders", &[Some(1), None, Some(1)])]);
    rig.send(vec![record("alice", "v")]);
    assert_eq!(
        rig.send(vec![record("alice", "v"); 2]),
        ["appended orders-2 new #1 74B [0:turn 1], orders-0 #0 87B [1:turn 2]"]
    );
}

#[test]
fn a_record_keeps_its_timestamp_or_gets_the_moment_of_send() {
    let mut rig = Rig::orders(defaults());
    rig.now = Time(41_500);
    let own = ProducerRecord { timestamp: Some(Timestamp(7)), ..record("alice", "v") };
    rig.send(vec![own, record("alice", "v")]);
    let view = rig.producer.batches().next().unwrap();
    let stamps: Vec<i64> = view.batch.batch.records.iter().map(|record| record.timestamp.0).collect();
    assert_eq!(stamps, [7, Time::EPOCH.0 + 41]);
    assert_eq!(view.leaves_at, Time(46_500));
    assert_eq!(*view.batch.batch, millrace_model::Batch::new(view.batch.batch.records.clone()));
}
