//! What the application's futures fail with.

use super::*;
use millrace_model::{Partition, Timestamp};

#[test]
fn a_batch_expires_after_the_delivery_timeout_on_its_way() {
    let mut rig = Rig::orders(ProducerConfig { request_timeout: Span::from_secs(200), ..defaults() });
    rig.send(vec![record("alice", "a"), record("bob", "b")]);
    rig.run(millis(5));
    assert_eq!(rig.run(millis(119_999)), [] as [&str; 0]);
    assert_eq!(
        rig.run(millis(120_000)),
        [
            "failed [1 2] TimeoutException: Expiring 2 record(s) for orders-0:120000 ms has passed since batch creation"
        ]
    );
    assert_eq!(rig.producer.buffer_used(), 0);
    assert_eq!(rig.produced(1, ErrorCode::None, 0), ["ended c1 Answered 119995ms"]);
}

#[test]
fn a_batch_without_leader_expires_in_the_queue_after_asking_again_and_again() {
    let mut rig = Rig::knowing(defaults(), &[("orders", &[None, Some(1), Some(1)])]);
    rig.send(vec![record("alice", "a")]);
    assert_eq!(rig.due(), ["metadata c1 from 1 [orders] NoLeader"]);
    rig.metadata(1, &[("orders", &[None, Some(1), Some(1)])], &[]);
    assert_eq!(rig.due(), [] as [&str; 0]);
    assert_eq!(rig.run(millis(80)), ["metadata c2 from 2 [orders] NoLeader"]);
    rig.producer.metadata.pending = None;
    rig.producer.metadata.not_before = millis(500_000);
    assert_eq!(
        rig.run(millis(120_000)),
        [
            "failed [1] TimeoutException: Expiring 1 record(s) for orders-0:120000 ms has passed since batch creation"
        ]
    );
}

#[test]
fn records_that_are_too_large_fail_at_once_and_the_others_go_on() {
    let mut rig = Rig::orders(ProducerConfig { max_request_size: 500, ..defaults() });
    let lines = rig.send(vec![record("alice", "a"), record("alice", &"x".repeat(600)), record("alice", "b")]);
    let hash = crate::partitioner::murmur2(b"alice");
    assert_eq!(
        lines,
        [
            format!("appended orders-0 new #0 74B [0:key {hash}]"),
            "failed [2] RecordTooLargeException: The message is 691 bytes when serialized which is larger than 500, \
             which is the value of the max.request.size configuration."
                .to_owned(),
            format!("appended orders-0 #0 87B [2:key {hash}]"),
        ]
    );
    let mut rig = Rig::orders(ProducerConfig { buffer_memory: 500, ..defaults() });
    assert_eq!(
        rig.send(vec![record("alice", &"x".repeat(600)), record("alice", "a")]),
        [
            "failed [1] RecordTooLargeException: The message is 691 bytes when serialized which is larger than the \
             total memory buffer you have configured with the buffer.memory configuration.",
            "failed [2] IllegalArgumentException: Attempt to allocate 16384 bytes, but there is a hard limit of 500 \
             on memory allocations.",
        ]
    );
}

#[test]
fn a_fatal_answer_fails_the_batch_with_kafkas_exception() {
    let mut rig = Rig::orders(ProducerConfig { linger: Span::ZERO, ..defaults() });
    rig.send(vec![record("alice", "a")]);
    rig.due();
    assert_eq!(
        rig.produced(1, ErrorCode::MessageTooLarge, -1),
        [
            "failed [1] RecordTooLargeException: The request included a message larger than the max message size \
             the server will accept.",
            "ended c1 Answered 0ms",
        ]
    );
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let mut rig = Rig::orders(defaults());
    let partition = ProducerRecord { partition: Some(Partition(-1)), ..record("a", "v") };
    let timestamp = ProducerRecord { timestamp: Some(Timestamp(-5)), ..record("a", "v") };
    assert_eq!(
        rig.send(vec![partition, timestamp]),
        [
            "failed [1] IllegalArgumentException: Invalid partition: -1. Partition number should always be \
             non-negative or null.",
            "failed [2] IllegalArgumentException: Invalid timestamp: -5. Timestamp should always be non-negative or \
             null.",
        ]
    );
}
