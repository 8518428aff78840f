//! What is said of a batch: the fields by name, and Kafka's own sentences for what is wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use millrace_records::{
    Batch, BatchBuilder, BatchOptions, Batches, Compression, CompressionType, RecordError, RecordHeader,
    Scratch, attribute_words, crc32c, decrement_sequence, fields, increment_sequence,
};

fn batch(options: BatchOptions) -> Vec<u8> {
    let mut builder = BatchBuilder::new(options, Vec::new()).unwrap();
    let headers = [RecordHeader { key: b"h", value: None }];
    builder.append(1_000, Some(b"key"), Some(b"v"), &headers).unwrap();
    builder.append(1_002, None, None, &[]).unwrap();
    builder.build(&mut Scratch::default()).unwrap()
}

#[test]
fn every_byte_has_a_name_and_a_value() {
    let options = BatchOptions {
        base_offset: 20,
        producer_id: 9,
        producer_epoch: 1,
        base_sequence: 5,
        is_transactional: true,
        ..BatchOptions::default()
    };
    let bytes = batch(options);
    let batch = Batches::new(&bytes).next().unwrap().unwrap();
    assert_eq!(attribute_words(&batch), ["none", "CreateTime", "transactional"]);
    let lines: Vec<String> = fields(&batch, 2)
        .iter()
        .map(|field| format!("{:?} {:?} {} = {}", field.range, field.record, field.name, field.value))
        .collect();
    let crc = format!("17..21 None crc = {:08x}", crc32c(&bytes[21..]));
    assert_eq!(
        lines,
        [
            "0..8 None baseOffset = 20",
            "8..12 None batchLength = 70",
            "12..16 None partitionLeaderEpoch = -1",
            "16..17 None magic = 2",
            &crc,
            "21..23 None attributes = 10000",
            "23..27 None lastOffsetDelta = 1",
            "27..35 None baseTimestamp = 1000",
            "35..43 None maxTimestamp = 1002",
            "43..51 None producerId = 9",
            "51..53 None producerEpoch = 1",
            "53..57 None baseSequence = 5",
            "57..61 None recordsCount = 2",
            "61..62 Some(0) length = 13",
            "62..63 Some(0) attributes = 0",
            "63..64 Some(0) timestampDelta = 0",
            "64..65 Some(0) offsetDelta = 0",
            "65..66 Some(0) keyLength = 3",
            "66..69 Some(0) key = ",
            "69..70 Some(0) valueLength = 1",
            "70..71 Some(0) value = ",
            "71..72 Some(0) headersCount = 1",
            "72..73 Some(0) headerKeyLength = 1",
            "73..74 Some(0) headerKey = ",
            "74..75 Some(0) headerValueLength = -1",
            "75..76 Some(1) length = 6",
            "76..77 Some(1) attributes = 0",
            "77..78 Some(1) timestampDelta = 2",
            "78..79 Some(1) offsetDelta = 1",
            "79..80 Some(1) keyLength = -1",
            "80..81 Some(1) valueLength = -1",
            "81..82 Some(1) headersCount = 0",
        ]
    );
    let packed = self::batch(BatchOptions {
        compression: Compression::of(CompressionType::Gzip),
        ..BatchOptions::default()
    });
    let packed = Batches::new(&packed).next().unwrap().unwrap();
    let last = fields(&packed, 2).pop().unwrap();
    assert_eq!((last.name, last.range), ("records", 61..packed.size_in_bytes()));
}

fn first(bytes: &[u8]) -> Result<Batch<'_>, RecordError> {
    Batches::new(bytes).next().unwrap()
}

#[test]
fn what_is_wrong_is_said_as_kafka_says_it() {
    let said = |error: RecordError| format!("{}: {error}", error.exception().name());
    let mut bytes = batch(BatchOptions::default());
    let crc = crc32c(&bytes[21..]);
    bytes[17] ^= 1;
    assert_eq!(
        said(first(&bytes).unwrap().ensure_valid().unwrap_err()),
        format!(
            "CorruptRecordException: Record is corrupt (stored crc = {}, computed crc = {crc})",
            crc ^ 0x0100_0000
        )
    );
    bytes[60] = 3;
    let mut scratch = Scratch::default();
    let read = first(&bytes).unwrap().records(&mut scratch).unwrap().last().unwrap();
    assert_eq!(
        said(read.unwrap_err()),
        "InvalidRecordException: Incorrect declared batch size, premature EOF reached"
    );
    bytes[60] = 1;
    let read = first(&bytes).unwrap().records(&mut scratch).unwrap().last().unwrap();
    assert_eq!(
        said(read.unwrap_err()),
        "InvalidRecordException: Incorrect declared batch size, records still remaining in file"
    );
    bytes[22] = 7;
    assert_eq!(
        said(first(&bytes).unwrap().records(&mut scratch).unwrap_err()),
        "IllegalArgumentException: Unknown compression type id: 7"
    );
    bytes[16] = 3;
    assert_eq!(said(first(&bytes).unwrap_err()), "CorruptRecordException: Invalid magic found in record: 3");
    let gzip = Compression::of(CompressionType::Gzip);
    assert_eq!(
        said(gzip.with_level(10).unwrap_err()),
        "IllegalArgumentException: gzip doesn't support given compression level: 10"
    );
    assert_eq!(gzip.with_level(-1).unwrap().level(), Some(-1));
    assert!(gzip.with_level(0).is_err() && Compression::of(CompressionType::Snappy).with_level(1).is_err());
}

#[test]
fn sequence_numbers_begin_again_at_zero() {
    assert_eq!(increment_sequence(i32::MAX - 1, 1), i32::MAX);
    assert_eq!(increment_sequence(i32::MAX, 1), 0);
    assert_eq!(increment_sequence(i32::MAX - 3, 9), 5);
    assert_eq!(decrement_sequence(5, 9), i32::MAX - 3);
    assert_eq!(decrement_sequence(5, 5), 0);
}
