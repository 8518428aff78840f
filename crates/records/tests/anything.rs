//! Whatever the bytes: nothing panics, nothing grows beyond its limit, and what was written is read again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use millrace_records::control::{ControlRecordType, EndTransactionMarker, QuorumRecord};
use millrace_records::{
    Batch, BatchBuilder, BatchOptions, BatchRetention, BatchRetentionResult, Batches, Codecs, Compression,
    CompressionType, Field, FilterSettings, Record, RecordFilter, RecordHeader, Scratch, TimestampType,
    crc32c, fields, filter_to, record_fields, valid_bytes,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// What a batch may come to in these tests when unpacked, in bytes.
const LIMIT: usize = 1 << 16;

#[derive(Clone, Debug)]
struct Made {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    gap: i64,
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..40), vec(0_u8..3, 0..400), Just(b"{\"amount\": 1}".repeat(9))]
}

fn made() -> impl Strategy<Value = Made> {
    let headers = vec(("[a-zé]{0,5}", option::of(vec(any::<u8>(), 0..9))), 0..3);
    (0_i64..1 << 42, option::of(vec(any::<u8>(), 0..9)), option::of(value()), headers, 1_i64..9)
        .prop_map(|(timestamp, key, value, headers, gap)| Made { timestamp, key, value, headers, gap })
}

fn options() -> impl Strategy<Value = BatchOptions> {
    let codec = (0..CompressionType::ALL.len()).prop_map(|at| CompressionType::ALL[at]);
    (codec, 0_i64..1 << 40, any::<bool>(), option::of(0_i64..1 << 42), 0_i32..i32::MAX, any::<bool>())
        .prop_map(|(codec, base_offset, log, delete_horizon_ms, base_sequence, is_transactional)| {
            BatchOptions {
                compression: Compression::of(codec),
                base_offset,
                timestamp_type: if log { TimestampType::LogAppendTime } else { TimestampType::CreateTime },
                log_append_time: if log { 77 } else { -1 },
                delete_horizon_ms,
                producer_id: 9,
                producer_epoch: 1,
                base_sequence,
                is_transactional,
                partition_leader_epoch: 4,
                ..BatchOptions::default()
            }
        })
}

fn build(options: BatchOptions, records: &[Made], scratch: &mut Scratch) -> Vec<u8> {
    let mut builder = BatchBuilder::new(options, Vec::new()).unwrap();
    let mut offset = options.base_offset;
    for made in records {
        let header = |(key, value): &'_ (String, Option<Vec<u8>>)| (key.clone().into_bytes(), value.clone());
        let owned: Vec<_> = made.headers.iter().map(header).collect();
        let headers: Vec<_> =
            owned.iter().map(|(key, value)| RecordHeader { key, value: value.as_deref() }).collect();
        let (key, value) = (made.key.as_deref(), made.value.as_deref());
        let headers = if options.magic < 2 { &[][..] } else { &headers };
        builder.append_with_offset(offset, made.timestamp, key, value, headers).unwrap();
        offset += made.gap;
    }
    builder.build(scratch).unwrap()
}

fn told(record: &Record<'_>) -> Made {
    let header = |header: RecordHeader<'_>| {
        (String::from_utf8(header.key.to_vec()).unwrap(), header.value.map(<[u8]>::to_vec))
    };
    Made {
        timestamp: record.timestamp,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
        headers: record.headers.map(header).collect(),
        gap: record.offset,
    }
}

struct KeepAll;

impl RecordFilter for KeepAll {
    fn check_batch_retention(&mut self, _: &Batch<'_>) -> BatchRetentionResult {
        let batch_retention = BatchRetention::RetainEmpty;
        BatchRetentionResult { batch_retention, contains_marker_for_empty_txn: true }
    }

    fn should_retain_record(&mut self, _: &Batch<'_>, record: &Record<'_>) -> bool {
        record.offset % 3 != 0
    }
}

/// Everything that can be asked of bytes.
fn read_all(bytes: &[u8]) -> usize {
    let mut scratch = Scratch::with_limit(LIMIT);
    let mut records = 0;
    for batch in Batches::new(bytes).filter_map(Result::ok) {
        let _ = (batch.is_valid(), batch.base_offset(), batch.last_sequence(), format!("{batch:?}").len());
        without_gaps(&fields(&batch, 5), batch.size_in_bytes());
        let Ok(all) = batch.records(&mut scratch) else { continue };
        for record in all.filter_map(Result::ok) {
            records += 1;
            let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
            let _ = (EndTransactionMarker::parse(key, value), QuorumRecord::parse(key, value));
            assert!(record.headers.count() <= bytes.len().max(LIMIT));
        }
    }
    let settings = FilterSettings { current_time: 5, delete_retention_ms: 6, max_record_batch_size: 7 };
    let _ = filter_to(bytes, &mut KeepAll, &settings, &mut Vec::new(), &mut scratch);
    let _ = valid_bytes(bytes);
    without_gaps(&record_fields(bytes, 9), bytes.len());
    records
}

fn without_gaps(fields: &[Field], size: usize) {
    let mut end = 0;
    for field in fields {
        assert_eq!(field.range.start, end, "{field:?}");
        end = field.range.end;
    }
    assert_eq!(end, size);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read_again(options in options(), records in vec(made(), 1..12)) {
        let mut scratch = Scratch::default();
        let bytes = build(options, &records, &mut scratch);
        let batch = Batches::new(&bytes).next().unwrap().unwrap();
        prop_assert_eq!(batch.ensure_valid(), Ok(()));
        let mut offset = options.base_offset;
        let mut read = batch.records(&mut scratch).unwrap();
        for made in &records {
            let record = read.next().unwrap().unwrap();
            let is_log = options.timestamp_type == TimestampType::LogAppendTime;
            let timestamp = if is_log { 77 } else { made.timestamp };
            let expected = Made { timestamp, gap: offset, ..made.clone() };
            prop_assert_eq!(format!("{expected:?}"), format!("{:?}", told(&record)));
            offset += made.gap;
        }
        prop_assert!(read.next().is_none());
        prop_assert_eq!(batch.count(), Some(records.len() as i32));
        without_gaps(&fields(&batch, usize::MAX), bytes.len());
    }

    #[test]
    fn old_messages_are_read_again(
        magic in 0_u8..2,
        codec in 0_usize..4,
        base_offset in 0_i64..99,
        records in vec(made(), 1..9),
    ) {
        let compression = Compression::of(CompressionType::ALL[codec]);
        let options = BatchOptions { magic, compression, base_offset, ..BatchOptions::default() };
        let mut scratch = Scratch::default();
        let bytes = build(options, &records, &mut scratch);
        let mut found = Vec::new();
        for batch in Batches::new(&bytes) {
            let batch = batch.unwrap();
            prop_assert_eq!(batch.ensure_valid(), Ok(()));
            without_gaps(&fields(&batch, 1), batch.size_in_bytes());
            found.extend(batch.records(&mut scratch).unwrap().map(|record| told(&record.unwrap())));
        }
        // Kafka's quirk: a wrapper at offset 0 is taken for one of librdkafka's.
        let mut offset = base_offset;
        for (made, found) in records.iter().zip(&found) {
            let timestamp = if magic == 0 { -1 } else { made.timestamp };
            let expected = Made { timestamp, gap: offset, headers: Vec::new(), ..made.clone() };
            prop_assert_eq!(format!("{expected:?}"), format!("{found:?}"));
            offset += made.gap;
        }
        prop_assert_eq!(found.len(), records.len());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn any_bytes_below_an_honest_length_are_read_without_a_panic(
        magic in 0_u8..3,
        attributes in 0_u8..8,
        mut bytes in vec(any::<u8>(), 64..400),
    ) {
        let length = bytes.len() as u32 - 12;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        bytes[16] = magic;
        bytes[if magic < 2 { 17 } else { 22 }] = attributes;
        bytes[57..60].fill(0);
        read_all(&bytes);
    }

    #[test]
    fn a_batch_with_changed_bytes_is_read_without_a_panic(
        options in options(),
        records in vec(made(), 1..6),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        magic in 0_u8..3,
    ) {
        let legacy = BatchOptions {
            magic,
            compression: options.compression,
            ..BatchOptions::default()
        };
        let is_zstd = options.compression.codec() == CompressionType::Zstd;
        let options = if magic < 2 && !is_zstd { legacy } else { options };
        let mut bytes = build(options, &records, &mut Scratch::default());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if bytes.len() > 61 {
            let crc = crc32c(&bytes[21..]);
            bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        }
        read_all(&bytes);
    }

    #[test]
    fn changed_or_cut_packed_bytes_are_unpacked_without_a_panic_and_within_the_limit(
        codec in 1_usize..5,
        plain in value(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        cut in any::<prop::sample::Index>(),
        magic in 0_u8..3,
    ) {
        let (codec, mut codecs) = (CompressionType::ALL[codec], Codecs::default());
        let mut packed = Vec::new();
        codecs.pack(Compression::of(codec), magic, &plain, &mut packed).unwrap();
        for (at, byte) in changes {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        for bytes in [&packed[..], &packed[..cut.index(packed.len())], &plain] {
            let mut out = Vec::new();
            if codecs.unpack(codec, magic, bytes, LIMIT, &mut out).is_ok() {
                prop_assert!(out.len() <= LIMIT);
            }
        }
    }

    #[test]
    fn what_is_packed_is_unpacked(codec in 1_usize..5, parts in vec((value(), 1_usize..200), 0..12)) {
        let plain: Vec<u8> = parts.iter().flat_map(|(value, times)| value.repeat(*times)).collect();
        let (codec, mut codecs) = (CompressionType::ALL[codec], Codecs::default());
        // Twice: working memory of the one before must not show.
        for _ in 0..2 {
            let (mut packed, mut out) = (vec![1, 2, 3], vec![4]);
            codecs.pack(Compression::of(codec), 2, &plain, &mut packed).unwrap();
            prop_assert_eq!(&packed[..3], &[1, 2, 3]);
            codecs.unpack(codec, 2, &packed[3..], plain.len(), &mut out).unwrap();
            prop_assert_eq!(&out[1..], &plain[..]);
            if !plain.is_empty() {
                let short = codecs.unpack(codec, 2, &packed[3..], plain.len() - 1, &mut Vec::new());
                prop_assert!(short.is_err());
            }
        }
    }
}

#[test]
fn a_few_bytes_that_claim_to_be_many_are_refused() {
    let plain = vec![0; LIMIT * 40];
    for codec in CompressionType::ALL {
        let (mut codecs, mut packed, mut out) = (Codecs::default(), Vec::new(), Vec::new());
        codecs.pack(Compression::of(codec), 2, &plain, &mut packed).unwrap();
        let said = codecs.unpack(codec, 2, &packed, LIMIT, &mut out).unwrap_err().to_string();
        assert_eq!(said, "unpacked, the records are larger than 65536 bytes", "{}", codec.name());
        assert!(out.capacity() <= LIMIT * 16, "{}: {}", codec.name(), out.capacity());
    }
}

#[test]
fn control_records_are_read_again() {
    let voter = millrace_records::control::Voter {
        id: 3,
        directory_id: [7; 16],
        endpoints: vec![("CONTROLLER".into(), "localhost".into(), 9093)],
        kraft_versions: (0, 1),
    };
    let records = [
        QuorumRecord::LeaderChange {
            version: 0,
            leader_id: 1,
            voters: vec![1, 2, 3],
            granting_voters: vec![2],
        },
        QuorumRecord::SnapshotHeader { version: 0, last_contained_log_timestamp: 5 },
        QuorumRecord::SnapshotFooter { version: 0 },
        QuorumRecord::KraftVersion { version: 0, kraft_version: 1 },
        QuorumRecord::KraftVoters { version: 0, voters: vec![voter] },
    ];
    let mut scratch = Scratch::default();
    for record in records {
        let bytes = record.batch(1, 2, 3).unwrap();
        let batch = Batches::new(&bytes).next().unwrap().unwrap();
        assert!(batch.is_control_batch() && batch.is_valid());
        let read = batch.records(&mut scratch).unwrap().next().unwrap().unwrap();
        assert_eq!(ControlRecordType::parse(read.key.unwrap()), Ok(record.control_type()));
        assert_eq!(QuorumRecord::parse(read.key.unwrap(), read.value.unwrap()), Ok(Some(record.clone())));
        let value = record.value();
        for end in 0..value.len() - 1 {
            assert!(
                QuorumRecord::parse(&record.control_type().key(), &value[..end]).is_err(),
                "{record:?} {end}"
            );
        }
    }
}
