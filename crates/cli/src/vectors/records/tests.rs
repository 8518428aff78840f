use super::batch::build;
use super::corrupt::{Found, judge_by, read};
use crate::vectors::{FAMILIES, Judge};
use flate2::read::GzDecoder;
use millrace_records::{Batches, Scratch};
use serde_json::{Value, json};

const FILES: [&[u8]; 5] = [
    include_bytes!("../../../../../tests/vectors/control_batch.json.gz"),
    include_bytes!("../../../../../tests/vectors/filter_to.json.gz"),
    include_bytes!("../../../../../tests/vectors/record_batch.json.gz"),
    include_bytes!("../../../../../tests/vectors/record_batch_corrupt.json.gz"),
    include_bytes!("../../../../../tests/vectors/varint.json.gz"),
];

fn family(at: usize) -> (String, Judge, Vec<Value>) {
    let family: Value = serde_json::from_reader(GzDecoder::new(FILES[at])).unwrap();
    let name = family["family"].as_str().unwrap().to_owned();
    let judge = FAMILIES.iter().find(|(known, _)| name == *known).unwrap().1;
    let cases = family["cases"].as_array().unwrap().clone();
    assert_eq!(family["count"], cases.len());
    (name, judge, cases)
}

#[test]
fn every_case_of_kafka_agrees() {
    for at in 0..FILES.len() {
        let (name, judge, cases) = family(at);
        assert!(cases.len() >= 50, "{name}");
        for case in cases {
            assert_eq!(judge(&case["input"], &case["expected"]), Ok(()), "{name} {}", case["name"]);
        }
    }
}

/// Changes every number, text and truth below `value`, one at a time.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!(1)],
        Value::Bool(is) => vec![json!(!is)],
        Value::Number(number) => vec![json!(number.as_i64().unwrap().wrapping_add(1))],
        Value::String(text) => vec![json!(format!("0{text}")), json!(format!("{text}00"))],
        Value::Array(items) => (0..items.len())
            .flat_map(|at| {
                changed(&items[at]).into_iter().map(move |item| {
                    let mut items = items.clone();
                    items[at] = item;
                    Value::Array(items)
                })
            })
            .collect(),
        Value::Object(fields) => fields
            .keys()
            .flat_map(|name| {
                changed(&fields[name]).into_iter().map(move |field| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), field);
                    Value::Object(fields)
                })
            })
            .collect(),
    }
}

/// What is not compared: how large a packed result is, where bytes are told by their fill, what an error says beside
/// its class.
fn is_compared(family: &str, case: &Value, wrong: &Value) -> bool {
    let input = case["input"].to_string();
    let (named, none) = ("\"compression\":\"", "\"compression\":\"none\"");
    match family {
        "record_batch" | "filter_to" => {
            input.matches(named).count() == input.matches(none).count()
                && !wrong.to_string().contains("\"fill\"")
        }
        "record_batch_corrupt" => !wrong.to_string().contains("Exception: "),
        _ => true,
    }
}

#[test]
fn whatever_is_changed_in_an_answer_of_kafka_fails_the_case() {
    for at in 0..FILES.len() {
        let (name, judge, cases) = family(at);
        let mut tried = 0;
        for case in cases.iter().filter(|case| case.to_string().len() < 3_000) {
            for wrong in changed(&case["expected"]) {
                if !is_compared(&name, case, &wrong) {
                    continue;
                }
                tried += 1;
                assert!(judge(&case["input"], &wrong).is_err(), "{name} {}: {wrong}", case["name"]);
            }
        }
        assert!(tried >= 100, "{name}: {tried}");
    }
}

#[test]
fn a_reader_that_forgets_a_rule_fails_the_family() {
    let without_checksums = |bytes: &[u8]| {
        let mut scratch = Scratch::default();
        let of = |batch: millrace_records::Batch<'_>| {
            let count = |count, record: Result<_, _>| record.map(|_| count + 1);
            Ok(batch.records(&mut scratch).and_then(|mut records| records.try_fold(0, count)))
        };
        let batches = Batches::new(bytes).filter_map(Result::ok).map(of).collect();
        Found { batches, iteration_error: None }
    };
    let without_records = |bytes: &[u8]| {
        let mut found = read(bytes);
        for batch in found.batches.iter_mut().filter_map(|batch| batch.as_mut().ok()) {
            *batch = Ok(3);
        }
        found
    };
    let cases = family(3).2;
    for forgetful in [without_checksums, without_records as super::corrupt::Read] {
        let failed =
            cases.iter().filter(|case| judge_by(forgetful, &case["input"], &case["expected"]).is_err());
        assert!(failed.count() >= 10);
    }
}

/// What every published batch holds, in every format and codec: it reads back as it was, or it is refused as Kafka's builder
/// refuses it.
#[test]
fn every_batch_is_written_in_every_format() {
    let mut scratch = Scratch::default();
    let (mut read_back, mut refused) = (0, 0);
    for case in family(2).2.iter().filter(|case| case.to_string().len() < 3_000) {
        for (magic, codec) in (0..3).flat_map(|magic| CODECS.map(|codec| (magic, codec))) {
            let mut input = case["input"].clone();
            input["magic"] = json!(magic);
            input["compression"] = json!(codec);
            input.as_object_mut().unwrap().remove("level");
            let said = format!("{} {codec} {magic}", case["name"]);
            let bytes = match build(&input).unwrap() {
                Ok(bytes) => bytes,
                Err(error) => {
                    assert_eq!(error.exception().name(), "IllegalArgumentException", "{said}: {error}");
                    refused += 1;
                    continue;
                }
            };
            let mut values = Vec::new();
            for batch in Batches::new(&bytes) {
                let batch = batch.unwrap();
                assert_eq!(batch.ensure_valid(), Ok(()), "{said}");
                let records = batch.records(&mut scratch).unwrap();
                values.extend(records.map(|record| record.unwrap().value.map(<[u8]>::to_vec)));
            }
            let wanted: Vec<_> = case["input"]["records"].as_array().unwrap().iter().collect();
            let wanted: Vec<_> =
                wanted.iter().map(|record| crate::vectors::bytes(&record["value"]).unwrap()).collect();
            assert_eq!(values, wanted, "{said}");
            read_back += 1;
        }
    }
    assert!(read_back > 1_000 && refused > 1_000, "{read_back} {refused}");
}

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
