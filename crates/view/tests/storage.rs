//! What lies on disk, as text: a batch byte for byte, the shelf of segments, the steps of a lookup, the cleaner's pass.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_model::{Offset, Time, Timestamp, TopicPartition};
use millrace_sim::Timeline;
use millrace_view::desk::storage::bytes::{BatchBytes, Codec, Edit, Wish, bytes};
use millrace_view::desk::storage::shelf::{Shelf, Sought, shelf};
use millrace_view::desk::storage::{Group, Line, Part, Section, Verdict, Wanted, has_logs, text};

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
    assert_eq!((bytes(&timeline, &Wish::default()), shelf(&timeline, &Sought::default())), (None, None));
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
            "43 producerId 0",
            "51 producerEpoch 0",
            "53 baseSequence 0",
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
        let of = batch(&timeline, &Wish { codec: Some(codec), ..Wish::default() });
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
    // The end of a transaction has the next epoch already (KIP-890).
    assert_eq!(of.detail, "producer id 0, epoch 1 · transactional · control batch");
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
    sought(timeline, Wanted::Offset(Offset(offset)))
}

fn sought(timeline: &Timeline, wanted: Wanted) -> Shelf {
    shelf(timeline, &Sought { wanted: Some(wanted), ..Sought::default() }).unwrap()
}

/// The sentences of a look-up.
fn walk(shelf: &Shelf) -> Vec<&str> {
    shelf.lookup.steps.iter().map(|step| step.says.as_str()).collect()
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
    let of = seen(&timeline, 5);
    assert_eq!(of.lookup.segment, Offset(0));
    let parts: Vec<Part> = of.lookup.stacks.iter().map(|stack| stack.part).collect();
    assert_eq!(parts, [Part::Segments, Part::Offsets, Part::Log]);
    // An entry for every second batch; 70 bytes a batch.
    assert_eq!(
        walk(&of),
        [
            "Offset 5: the last segment whose name is not larger is 00000000000000000000.log",
            "Entry 1 of 3 says 2: smaller than 5. It is this one, or one behind it.",
            "Entry 2 of 3 says 4: smaller than 5. It is this one, or one behind it.",
            "Entry 3 of 3 says 6: larger than 5. It is one before this one.",
            "00000000000000000000.index: the last entry at or before offset 5 is 4, byte 280",
            "The batch at byte 280 ends with offset 4: not yet",
            "The batch at byte 350 holds offsets 5 to 5: here the answer begins",
        ]
    );
    // What is left among the entries gets less, down to the one that is taken.
    let left: Vec<_> =
        of.lookup.steps.iter().filter(|step| step.part == Part::Offsets).map(|step| step.left).collect();
    assert_eq!(left, [Some((0, 2)), Some((1, 2)), Some((1, 1)), Some((1, 1))]);
    assert_eq!(of.lookup.steps.last().unwrap().verdict, Verdict::Found);
    // Beyond the ends it is the end.
    let wanted = |offset| seen(&timeline, offset).lookup.wanted;
    assert_eq!((wanted(-7), wanted(99)), (Wanted::Offset(Offset(0)), Wanted::Offset(Offset(9))));
    // Before the first entry there is the file's beginning.
    let first = seen(&timeline, 1);
    assert_eq!(
        walk(&first)[1..3],
        [
            "Entry 1 of 3 says 2: larger than 1. It is one before this one.",
            "00000000000000000000.index has no entry before it: from the file's beginning",
        ]
    );
}

#[test]
fn a_timestamp_is_found_by_way_of_both_indexes() {
    let timeline = filled(SMALL, &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    let log = timeline.world().log(&TopicPartition::new("orders", 0)).unwrap();
    let stamps: Vec<(i64, Timestamp)> = log
        .batches_from(Offset(0))
        .flat_map(|stored| {
            stored.records_from(Offset(0)).map(|(offset, record)| (offset.0, stored.timestamp(record)))
        })
        .collect();
    // Whatever is asked for, the steps come to what ListOffsets answers.
    for (offset, at) in &stamps {
        for shift in [-1, 0, 1] {
            let target = Timestamp(at.0 + shift);
            let of = sought(&timeline, Wanted::Timestamp(target));
            let expected = log.offset_for_timestamp(target);
            let last = of.lookup.steps.last().unwrap();
            match expected {
                Some(found) => {
                    assert_eq!(last.verdict, Verdict::Found);
                    assert!(
                        last.says.contains(&format!("is offset {},", found.offset)),
                        "{} {offset}",
                        last.says
                    );
                }
                None => assert_eq!(last.verdict, Verdict::Nothing),
            }
        }
    }
    let of = sought(&timeline, Wanted::Timestamp(stamps[5].1));
    let parts: Vec<Part> = of.lookup.stacks.iter().map(|stack| stack.part).collect();
    assert_eq!(parts, [Part::Segments, Part::Times, Part::Offsets, Part::Log]);
    let parts: Vec<Part> = of.lookup.steps.iter().map(|step| step.part).collect();
    assert!(parts.is_sorted(), "{parts:?}");
    let text = walk(&of).join("\n");
    assert!(text.contains(".timeindex: the last entry at or before it says 12:00:0"), "{text}");
    // The second segment is taken once the first has nothing so late.
    let of = sought(&timeline, Wanted::Timestamp(stamps[8].1));
    assert!(
        walk(&of)[0].starts_with("00000000000000000000 has nothing later than 12:00:0"),
        "{:?}",
        walk(&of)
    );
    assert_eq!(of.lookup.segment, Offset(7));
    let late = sought(&timeline, Wanted::Timestamp(Time::EPOCH));
    assert_eq!(late.lookup.steps.last().unwrap().verdict, Verdict::Found, "the first record is later");
}

/// An index of many entries: those that are looked at are shown, and how many lie between.
#[test]
fn a_long_index_is_shown_where_it_is_looked_at() {
    let config = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config index.interval.bytes=60
producer start checkout --topic orders --linger 0ms
";
    let keys = vec!["a"; 60];
    let of = seen(&filled(config, &keys), 31);
    let stack = of.lookup.stacks.iter().find(|stack| stack.part == Part::Offsets).unwrap();
    let lines = stack.lines.iter().map(|line| match line {
        Line::At { .. } => 1,
        Line::Gap(n) => *n,
    });
    assert!(stack.lines.len() < 24 && lines.sum::<u64>() > 50, "{:?}", stack.lines);
    let looked: Vec<usize> =
        of.lookup.steps.iter().filter(|s| s.part == Part::Offsets).filter_map(|s| s.at).collect();
    for at in looked {
        assert!(
            stack.lines.iter().any(|line| matches!(line, Line::At { at: shown, .. } if *shown == at)),
            "{at}"
        );
    }
}

#[test]
fn the_indexes_of_a_segment_are_tables() {
    let timeline = filled(SMALL, &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    let of = seen(&timeline, 0);
    let kinds: Vec<&str> = of.tables.iter().map(|table| table.kind).collect();
    assert_eq!((of.opened, kinds), (Offset(0), vec!["index", "timeindex"]));
    for (table, file) in of.tables.iter().zip(&of.segments[0].files[1..]) {
        assert_eq!(table.kind, file.kind);
        let entry = if table.kind == "index" { 8 } else { 12 };
        assert_eq!((table.rows.len() as u64 + table.more) * entry, file.size, "{}", table.kind);
    }
    assert_eq!(of.tables[0].rows[0], ["2", "140"]);
    // A segment can be chosen; one that is not there is not.
    let at =
        |base| shelf(&timeline, &Sought { segment: Some(Offset(base)), ..Sought::default() }).unwrap().opened;
    assert_eq!((at(7), at(3)), (Offset(7), Offset(7)));
}

#[test]
fn aborted_transactions_and_producers_have_files_of_their_own() {
    let mut timeline = told(
        "network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config internal.segment.bytes=400
producer start shop --topic orders --transactional-id shop-1
wait 2s
",
    );
    for n in 0..4 {
        tell(
            &mut timeline,
            &format!(
                "producer begin shop\nproduce orders alice {n}\nwait 1s\nproducer abort shop\nwait 1s\n"
            ),
        );
    }
    let orders = Some(TopicPartition::new("orders", 0));
    let first = Sought { partition: orders.clone(), segment: Some(Offset(0)), ..Sought::default() };
    let of = shelf(&timeline, &first).unwrap();
    let table = |of: &Shelf, kind: &str| {
        of.tables.iter().find(|table| table.kind == kind).map(|table| table.rows.clone())
    };
    assert_eq!(table(&of, "txnindex").unwrap()[0], ["0", "0", "1", "2"]);
    assert_eq!(table(&of, "snapshot"), None, "nothing was known when the first one began");
    let second = of.segments[1].base_offset;
    let of =
        shelf(&timeline, &Sought { partition: orders, segment: Some(second), ..Sought::default() }).unwrap();
    let known = table(&of, "snapshot").unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0][0], "0");
    let size = of.segments[1].files.iter().find(|file| file.kind == "snapshot").unwrap().size;
    assert_eq!(size, 10 + 46);
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
    // What it reads first: each key with its last offset in the dirty part; the active segment is out of reach.
    let out = of.records.iter().find(|record| record.section == Section::OutOfReach).unwrap().offset;
    let keys: Vec<(&str, Offset)> = of.keys.iter().map(|key| (key.letter.as_str(), key.offset)).collect();
    assert_eq!((out, keys), (Offset(4), vec![("a", Offset(3)), ("b", Offset(1))]));
    for record in of.records.iter().filter(|record| !record.stays) {
        let by = of.keys.iter().find(|key| key.letter == record.letter).unwrap();
        assert!(by.takes.contains(&format!("@{}", record.offset)), "{by:?}");
        assert!(
            record.says.ends_with(&format!("goes: offset {} has the same key", by.offset)),
            "{}",
            record.says
        );
    }
    // At its next beat it does so.
    tell(&mut timeline, "wait 20s\n");
    let after = seen(&timeline, 0).cleaning.unwrap();
    assert_eq!(letters(&after, true), left);
    assert!(!after.is_due);
    assert!(after.records.iter().any(|record| record.section == Section::Clean));
}

#[test]
fn a_tombstone_stays_until_its_time_is_over() {
    let config = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config cleanup.policy=compact --config internal.segment.bytes=200 --config min.cleanable.dirty.ratio=0.1 --config delete.retention.ms=60000
producer start checkout --topic orders --linger 0ms
produce orders a 1
wait 100ms
produce orders --key a --tombstone
wait 100ms
";
    let mut timeline = filled(config, &["b", "c", "d", "e"]);
    let says = |timeline: &Timeline| {
        let of = seen(timeline, 0).cleaning.unwrap();
        of.records.iter().map(|record| record.says.clone()).collect::<Vec<_>>()
    };
    let before = says(&timeline);
    assert!(before[0].ends_with("goes: offset 1 has the same key"), "{before:?}");
    assert!(
        before[1].ends_with("stays: a tombstone; with its first pass delete.retention.ms begins"),
        "{before:?}"
    );
    tell(&mut timeline, "wait 30s\n");
    let after = says(&timeline);
    assert!(
        after[0].contains("offset 1")
            && after[0].contains("stays: a tombstone, until delete.retention.ms is over at "),
        "{after:?}"
    );
    // A pass takes it once its time is over and there is something to clean.
    tell(&mut timeline, "wait 60s\n");
    for key in ["f", "g", "h", "i"] {
        tell(&mut timeline, &format!("produce orders {key} 1\nwait 100ms\n"));
    }
    let over = says(&timeline);
    assert!(over[0].ends_with("goes: a tombstone, and its delete.retention.ms is over"), "{over:?}");
}
