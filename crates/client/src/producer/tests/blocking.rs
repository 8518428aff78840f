//! `send` waits: for metadata, for memory, not for ever.

use super::*;
use millrace_model::Partition;

#[test]
fn the_first_use_of_a_topic_asks_for_it_and_then_the_records_go_on() {
    let mut rig = Rig::new(defaults());
    assert_eq!(rig.producer.next_timer(), None);
    assert_eq!(
        rig.send(vec![record("alice", "a"), record("carol", "c")]),
        ["blocked w0 orders 2 on Metadata"]
    );
    assert_eq!(rig.producer.next_timer(), Some((Time::ZERO, ProducerTimer::MetadataRefresh)));
    assert_eq!(rig.due(), ["metadata c0 from 1 [orders] UnknownTopic"]);
    rig.now = millis(2);
    assert_eq!(rig.send(vec![record("alice", "b")]), ["blocked w1 orders 1 on Metadata"]);
    assert_eq!(rig.metadata(0, &[("orders", &[Some(1); 3])], &[]), ["metadata is [orders]"]);
    let hash = |key: &str| crate::partitioner::murmur2(key.as_bytes());
    assert_eq!(
        rig.due(),
        [
            "unblocked w0 2 after 2ms".to_owned(),
            format!(
                "appended orders-0 new #0 74B [0:key {}], orders-2 new #1 74B [1:key {}]",
                hash("alice"),
                hash("carol")
            ),
            "unblocked w1 1 after 0ms".to_owned(),
            format!("appended orders-0 #0 87B [0:key {}]", hash("alice")),
        ]
    );
    assert_eq!(rig.producer.waiting().count(), 0);
}

#[test]
fn a_topic_that_does_not_turn_up_fails_after_max_block() {
    let mut rig = Rig::new(ProducerConfig { metadata_max_age: Span::from_secs(3600), ..defaults() });
    rig.send(vec![record("alice", "a"), record("bob", "b")]);
    rig.due();
    let mut asked = 0;
    while rig.now < millis(59_000) {
        let correlation = rig.sent[0].correlation.0;
        let lines = rig.metadata(correlation, &[], &[("orders", ErrorCode::UnknownTopicOrPartition)]);
        assert_eq!(lines, ["metadata is [] -orders UNKNOWN_TOPIC_OR_PARTITION"]);
        asked += 1;
        let until = rig.producer.next_timer().unwrap().0;
        rig.run(until);
    }
    // 80, 160, 320, 640, then 1000 ms apart.
    assert_eq!((asked, rig.now), (4 + 58, millis(1_200 + 58_000)));
    let lines = rig.run(millis(60_000));
    assert_eq!(
        lines.last().unwrap(),
        "failed [1 2] TimeoutException: Topic orders not present in metadata after 60000 ms."
    );
    assert_eq!((rig.producer.totals().failed, rig.producer.incomplete_records()), (2, 0));
}

#[test]
fn a_partition_that_does_not_turn_up_fails_after_max_block() {
    let mut rig = Rig::orders(ProducerConfig { max_block: Span::from_millis(50), ..defaults() });
    let far = ProducerRecord { partition: Some(Partition(7)), ..record("alice", "a") };
    assert_eq!(rig.send(vec![far]), ["blocked w0 orders 1 on PartitionMetadata(Partition(7))"]);
    assert_eq!(rig.due(), ["metadata c1 from 1 [orders] UnknownTopic"]);
    rig.metadata(1, &[("orders", &[Some(1); 3])], &[]);
    assert_eq!(
        rig.run(millis(50)),
        [
            "failed [1] TimeoutException: Partition 7 of topic orders with partition count 3 is not present in metadata \
          after 50 ms."
        ]
    );
}

#[test]
fn a_name_that_is_not_allowed_fails_with_the_answer() {
    let mut rig = Rig::new(defaults());
    rig.send(vec![ProducerRecord::new("a b", None, None)]);
    rig.due();
    rig.metadata(0, &[], &[("a b", ErrorCode::InvalidTopicException)]);
    assert_eq!(
        rig.due(),
        ["unblocked w0 1 after 0ms", "failed [1] InvalidTopicException: Invalid topics: [a b]"]
    );
}

/// A record of 150 bytes takes 227 bytes of memory (its upper bound): room for two batches. The others wait, nothing
/// lingers meanwhile, and they go on as soon as a batch is settled.
#[test]
fn a_full_buffer_blocks_and_then_goes_on_in_order() {
    let config = ProducerConfig { batch_size: 200, buffer_memory: 460, ..defaults() };
    let mut rig = Rig::knowing(config, &[("orders", &[Some(1), Some(2), Some(2)])]);
    let to = |p| ProducerRecord { partition: Some(Partition(p)), ..sized(150) };
    assert_eq!(
        rig.send(vec![to(0), to(1), to(2), to(2)]),
        [
            "appended orders-0 new #0 211B [0:explicit], orders-1 new #1 211B [1:explicit]",
            "blocked w0 orders 2 on Memory",
        ]
    );
    assert_eq!(rig.producer.buffer_used(), 454);
    // A later record would fit into nothing, and even if it did, it stands behind the others.
    assert_eq!(rig.send(vec![to(0)]), ["blocked w1 orders 1 on Memory"]);
    assert_eq!(
        rig.due(),
        [
            "closed orders-0 #0 Memory 1r 211B 0ms",
            "sent c1 to 1: orders-0 #0 1r try 1",
            "closed orders-1 #1 Memory 1r 211B 0ms",
            "sent c2 to 2: orders-1 #1 1r try 1",
        ]
    );
    rig.now = millis(3);
    rig.produced(2, ErrorCode::None, 0);
    assert_eq!(
        rig.due(),
        [
            "unblocked w0 1 after 3ms, rest on Memory",
            "appended orders-2 new #2 211B [0:explicit]",
            "closed orders-2 #2 Full 1r 211B 0ms",
            "sent c3 to 2: orders-2 #2 1r try 1",
        ]
    );
    rig.produced(1, ErrorCode::None, 0);
    rig.produced(3, ErrorCode::None, 0);
    assert_eq!(
        rig.due(),
        [
            "unblocked w0 1 after 3ms",
            "appended orders-2 new #3 211B [1:explicit]",
            "unblocked w1 1 after 3ms",
            "appended orders-0 new #4 211B [0:explicit]",
        ]
    );
    assert_eq!((rig.producer.waiting().count(), rig.producer.incomplete_records()), (0, 2));
}

#[test]
fn a_buffer_that_stays_full_fails_the_send() {
    let config = ProducerConfig {
        batch_size: 200,
        buffer_memory: 200,
        max_block: Span::from_millis(70),
        ..defaults()
    };
    let mut rig = Rig::orders(config);
    rig.send(vec![record("alice", "a"), record("carol", "c")]);
    rig.due();
    assert_eq!(
        rig.run(millis(70)),
        [
            "failed [2] BufferExhaustedException: Failed to allocate 200 bytes within the configured max blocking time \
          70 ms. Total memory: 200 bytes. Available memory: 0 bytes. Poolable size: 200 bytes"
        ]
    );
}

#[test]
fn close_gives_up_what_waits() {
    let mut rig = Rig::new(defaults());
    rig.send(vec![record("alice", "a")]);
    assert_eq!(
        rig.step(ProducerInput::Close),
        ["closing", "failed [1] KafkaException: Producer closed while send in progress"]
    );
    assert_eq!(rig.due(), ["closed"]);
}
