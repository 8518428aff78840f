//! `compression.type`: what is estimated while a batch is open, and counted when it leaves.

use super::*;
use millrace_model::{CompressionType, Partition};

fn gzip(batch_size: usize) -> ProducerConfig {
    ProducerConfig { compression: CompressionType::Gzip, batch_size, linger: Span::ZERO, ..defaults() }
}

/// A record of 100 bytes for the first partition, which packs well.
fn order() -> ProducerRecord {
    ProducerRecord { partition: Some(Partition(0)), ..sized(100) }
}

/// Records and bytes of every batch that leaves now.
fn leaving(rig: &mut Rig) -> Vec<(usize, usize)> {
    rig.due();
    let batches = rig.sent.iter().filter_map(|sent| match &sent.request {
        Request::Produce(request) => request.data.first().map(|(_, batch)| batch.clone()),
        _ => None,
    });
    let all = batches.map(|batch| {
        assert_eq!(batch.compression, CompressionType::Gzip);
        (batch.len(), batch.size_in_bytes)
    });
    all.collect()
}

/// At first nothing is known of the topic: a batch is taken to come to 105 % of its records. Each one that packs better lowers the
/// estimate by half a percent, and so more and more records go into a batch of the same `batch.size`.
#[test]
fn batches_grow_with_what_is_known_of_their_topic() {
    let mut rig = Rig::orders(gzip(1_000));
    let mut first = Vec::new();
    for _ in 0..180 {
        rig.send(vec![order(); 60]);
        let sent = leaving(&mut rig);
        first.push(sent[0]);
        assert!(sent[0].1 < 300, "{sent:?}");
        while let Some(sent) = rig.sent.first() {
            let correlation = sent.correlation.0;
            rig.produced(correlation, ErrorCode::None, 0);
            rig.due();
        }
    }
    // 61 + 105 × 8 is 901: a ninth does not fit any more.
    assert_eq!(first[0].0, 8);
    assert!(first.is_sorted_by_key(|(records, _)| *records), "{first:?}");
    assert!(first[179].0 > 30, "{first:?}");
}

#[test]
fn what_comes_back_is_not_packed_again() {
    let mut rig = Rig::orders(gzip(16_384));
    rig.send(vec![order(); 20]);
    let sent = leaving(&mut rig);
    let before = rig.producer.batches().count();
    rig.produced(1, ErrorCode::NotEnoughReplicas, -1);
    rig.run(millis(2_000));
    assert_eq!((leaving(&mut rig), before), (sent, 0));
    // Its memory is what it has taken, packed or not.
    assert_eq!(rig.producer.buffer_used(), 16_384);
}

/// The parts of a batch that was too large are packed each by itself, and taken for no smaller than they are.
#[test]
fn the_parts_of_a_batch_are_packed_each_by_itself() {
    let mut rig = Rig::orders(ProducerConfig { max_in_flight: 1, ..gzip(600) });
    for _ in 0..3 {
        rig.producer.ratios.reset(&TopicName::from("orders"), 1_061, 61);
        for _ in 0..200 {
            rig.producer.ratios.observe(&TopicName::from("orders"), 1_061, 161);
        }
    }
    rig.send(vec![order(); 20]);
    let sent = leaving(&mut rig);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, 20);
    let lines = rig.produced(1, ErrorCode::MessageTooLarge, -1);
    // 61 + 105 × 4 is 481: a fifth of 100 bytes goes in, a sixth does not.
    assert_eq!(lines[0], "split orders-0 #0 into #1 5r, #2 5r, #3 5r, #4 5r");
    let parts = leaving(&mut rig);
    assert_eq!((parts.len(), parts[0].0), (1, 5));
    assert!(parts[0].1 < sent[0].1);
}

/// With `compression.type=none` nothing is estimated: 61 + 9 × 100 bytes are what they are.
#[test]
fn without_a_codec_sizes_are_known() {
    let mut rig = Rig::orders(ProducerConfig { compression: CompressionType::None, ..gzip(1_000) });
    rig.send(vec![order(); 9]);
    rig.due();
    let Request::Produce(request) = &rig.sent[0].request else { panic!() };
    assert_eq!((request.data[0].1.len(), request.data[0].1.size_in_bytes), (9, 961));
    assert_eq!(rig.producer.ratios, Default::default());
}
