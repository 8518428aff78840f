//! What lies on disk, as text: a batch byte for byte, the shelf of segments, the steps of a lookup, the cleaner's pass.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_model::{Offset, TopicPartition};
use millrace_sim::Timeline;
use millrace_view::desk::storage::bytes::{BatchBytes, Codec, Edit, Wish, bytes};
use millrace_view::desk::storage::shelf::{Shelf, shelf};
use millrace_view::desk::storage::{Group, has_logs, text};

const ONE: &str = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
produce orders alice 12 --header h=1
wait 2s
";

fn batch(timeline: &Timeline, wish: &Wish) -> BatchBytes {
    bytes(timeline, wish).unwrap()
}

#[test]
fn a_world_without_records_has_no_bytes_and_no_shelf() {
    let timeline = told("kafka-topics --create --topic orders --partitions 1\nwait 1s\n");
    assert!(!has_logs(timeline.world()));
    assert_eq!((bytes(&timeline, &Wish::default()), shelf(&timeline, None, None)), (None, None));
}

#[test]
fn every_byte_of_a_batch_has_a_name() {
    let timeline = told(ONE);
    let of = batch(&timeline, &Wish::default());
    let lines = text::of_bytes(&of);
    let named: Vec<String> = lines
        .lines()
        .skip(1)
        .filter(|line| !line.contains("imestamp") && !line.contains("crc") && !line.contains("CRC"))
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(
        named,
        [
            "0 baseOffset 0",
            "8 batchLength 67",
            "12 partitionLeaderEpoch 0",
            "16 magic 2",
            "21 attributes 0b00000000",
            "23 lastOffsetDelta 0",
            "43 producerId -1",
            "51 producerEpoch -1",
            "53 baseSequence -1",
            "57 recordsCount 1",
            "61 #0 length 17",
            "62 #0 attributes 0",
            "64 #0 offsetDelta 0",
            "65 #0 keyLength 5",
            "66 #0 key alice",
            "71 #0 valueLength 2",
            "72 #0 value 12",
            "74 #0 headersCount 1",
            "75 #0 headerKeyLength 1",
            "76 #0 headerKey h",
            "77 #0 headerValueLength 1",
            "78 #0 headerValue 1",
        ]
    );
    assert_eq!(of.size, 79);
    // Without a gap.
    for (one, next) in of.fields.iter().zip(of.fields.iter().skip(1)) {
        assert_eq!(one.range.end, next.range.start, "{} and {}", one.name, next.name);
    }
    assert_eq!(of.fields.last().unwrap().range.end, of.size);
    assert!(of.crc.agrees() && of.problem.is_none());
}

#[test]
fn a_changed_byte_breaks_the_checksum_where_it_guards() {
    let timeline = told(ONE);
    let changed = |at, byte| batch(&timeline, &Wish { edit: Some(Edit { at, byte }), ..Wish::default() });
    // A letter of the key.
    let of = changed(66, b'A');
    assert!(!of.crc.agrees());
    assert_eq!(of.crc.stored, changed(0, 0).crc.stored);
    let says = of.problem.unwrap();
    assert!(says.starts_with("CorruptRecordException: Record is corrupt (stored crc = "), "{says}");
    assert_eq!(of.fields.iter().find(|field| field.group == Group::Key).unwrap().value, "Alice");
    // The leader writes its epoch in; no checksum has to be computed anew for it.
    let of = changed(15, 9);
    assert!(of.crc.agrees() && of.problem.is_none());
    assert_eq!(of.fields.iter().find(|field| field.name == "partitionLeaderEpoch").unwrap().value, "9");
    // The length is wrong: that is no batch any more, its fields keep their names.
    let of = changed(11, 255);
    assert_eq!(of.fields.len(), changed(15, 9).fields.len());
    assert!(of.problem.is_some());
}

#[test]
fn the_codecs_pack_the_same_records() {
    let mut timeline = told(ONE);
    let lines: String = (0..40)
        .map(|n| format!("produce orders customer-{n} 'the same words again and again' --producer bulk\n"))
        .collect();
    tell(
        &mut timeline,
        "producer stop checkout\nproducer start bulk --topic orders --linger 500ms\nwait 1s\n",
    );
    tell(&mut timeline, &lines);
    tell(&mut timeline, "wait 2s\n");
    let plain = batch(&timeline, &Wish::default());
    let names: Vec<&str> = plain.packed.iter().map(|packed| packed.codec.name()).collect();
    assert_eq!(names, ["none", "gzip", "snappy", "lz4", "zstd"]);
    assert_eq!(
        (plain.packed[0].size, plain.packed[0].share, plain.packed[0].ratio.as_str()),
        (plain.size, 1_000, "1.00×")
    );
    for packed in &plain.packed[1..] {
        assert!(packed.share < 500, "{packed:?}");
    }
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let of = batch(&timeline, &Wish { codec, ..Wish::default() });
        assert!(
            of.size < plain.size && of.crc.agrees() && of.problem.is_none(),
            "{codec:?}: {:?}",
            of.problem
        );
        let last = of.fields.last().unwrap();
        assert_eq!((last.name, last.group), ("records", Group::Rest));
    }
}

#[test]
fn markers_are_control_batches_of_their_producer() {
    let timeline = told(
        "network latency 5ms
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders --transactional-id shop-1
wait 2s
producer begin shop
produce orders alice 1
wait 1s
producer commit shop
wait 1s
",
    );
    let orders = Some(TopicPartition::new("orders", 0));
    let of = batch(&timeline, &Wish { partition: orders.clone(), ..Wish::default() });
    assert_eq!(of.detail, "producer id 0, epoch 0 · transactional · control batch");
    assert!(of.batches[0].label.starts_with("@1 · COMMIT · "), "{:?}", of.batches);
    let data = batch(&timeline, &Wish { partition: orders, batch: Some(Offset(0)), ..Wish::default() });
    assert_eq!(
        (data.detail.as_str(), data.base_offset),
        ("producer id 0, epoch 0 · transactional", Offset(0))
    );
}

/// Segments of a few batches each, an index entry for every second one.
const SMALL: &str = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config internal.segment.bytes=500 --config index.interval.bytes=100 --config retention.bytes=900
producer start checkout --topic orders --linger 0ms
";

fn filled(config: &str, keys: &[&str]) -> Timeline {
    let mut timeline = told(config);
    for key in keys {
        tell(&mut timeline, &format!("produce orders {key} 1\nwait 100ms\n"));
    }
    timeline
}

fn seen(timeline: &Timeline, offset: i64) -> Shelf {
    shelf(timeline, None, Some(Offset(offset))).unwrap()
}

#[test]
fn files_are_named_by_their_first_offsets_and_retention_says_what_goes() {
    let timeline = filled(
        SMALL,
        &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"],
    );
    let of = seen(&timeline, 0);
    assert!(text::of_shelf(&of).contains("00000000000000000014 active · .log "), "{}", text::of_shelf(&of));
    let names: Vec<&str> = of.segments.iter().map(|segment| segment.name.as_str()).collect();
    assert_eq!(names, ["00000000000000000000", "00000000000000000007", "00000000000000000014"]);
    let active: Vec<bool> = of.segments.iter().map(|segment| segment.is_active).collect();
    assert_eq!(active, [false, false, true]);
    let sizes: u64 = of.segments.iter().map(|segment| segment.files[0].size).sum();
    assert!(sizes > 900 && of.segments.iter().all(|segment| segment.files[0].size <= 500), "{sizes}");
    assert_eq!(
        of.segments[0].fate.as_deref(),
        Some("goes: without it the log is still as large as retention.bytes")
    );
    assert!(!of.segments[1].goes && !of.segments[2].goes);
    assert!(of.retention.starts_with("1 segment would go now"), "{}", of.retention);
    assert_eq!(of.cleaning, None);
}

#[test]
fn an_offset_is_found_by_way_of_the_index() {
    let timeline = filled(SMALL, &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    let of = seen(&timeline, 5).lookup;
    assert_eq!(of.segment, Offset(0));
    let taken: Vec<_> =
        of.entries.iter().filter(|entry| entry.is_taken).map(|entry| entry.offset.0).collect();
    assert_eq!(taken.len(), 1);
    // The scan begins at the entry and ends with the batch that holds it.
    let last = of.batches.last().unwrap();
    assert!(last.is_it && last.first <= Offset(5) && Offset(5) <= last.last);
    assert_eq!(of.batches[0].first.0, taken[0]);
    assert!(of.says[0].contains("00000000000000000000.log"), "{:?}", of.says);
    let found = format!(
        "The batch at byte {} holds offsets {} to {}: here the answer begins",
        last.position, last.first, last.last
    );
    assert_eq!(of.says[3], found);
    // Beyond the ends it is the end.
    assert_eq!(
        (seen(&timeline, -7).lookup.offset, seen(&timeline, 99).lookup.offset),
        (Offset(0), Offset(9))
    );
}

#[test]
fn what_a_pass_would_take_is_what_it_takes() {
    let config = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config cleanup.policy=compact --config internal.segment.bytes=300 --config min.cleanable.dirty.ratio=0.9
producer start checkout --topic orders --linger 0ms
";
    let mut timeline = filled(config, &["a", "b", "a", "a", "c", "b", "a", "d"]);
    let of = seen(&timeline, 0).cleaning.unwrap();
    let letters = |of: &millrace_view::desk::storage::Cleaning, all: bool| {
        of.records
            .iter()
            .filter(|record| all || record.stays)
            .map(|record| record.letter.as_str())
            .collect::<String>()
    };
    assert_eq!(letters(&of, true), "abaacbad");
    let left = letters(&of, false);
    assert!(left.len() < 8 && left.ends_with("ad"), "{left}");
    assert!(of.is_due && of.dirty == 1_000, "nothing was cleaned before");
    // At its next beat it does so.
    tell(&mut timeline, "wait 20s\n");
    let after = seen(&timeline, 0).cleaning.unwrap();
    assert_eq!(letters(&after, true), left);
    assert!(!after.is_due);
}
