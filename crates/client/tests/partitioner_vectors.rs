//! Every recorded case of Kafka's own partitioner (`Utils.murmur2`, `toPositive`, `partitionForKey`).

use flate2::read::GzDecoder;
use millrace_client::partitioner::{murmur2, partition_for_key, to_positive};
use serde_json::Value;

static VECTORS: &[u8] = include_bytes!("../../../tests/vectors/partitioner.json.gz");

#[test]
fn every_case_of_kafka_agrees() {
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    let bytes = |hex: &str| hex.as_bytes().chunks(2).map(byte).collect::<Vec<u8>>();
    let number = |value: &Value| i32::try_from(value.as_i64().unwrap()).unwrap();
    let family: Value = serde_json::from_reader(GzDecoder::new(VECTORS)).unwrap();
    let cases = family["cases"].as_array().unwrap();
    assert_eq!((family["count"].as_u64(), cases.len()), (Some(1336), 1336));
    for case in cases {
        let name = &case["name"];
        let key = bytes(case["input"]["key_hex"].as_str().unwrap());
        if let Some(text) = case["input"]["key_text"].as_str() {
            assert_eq!(text.as_bytes(), key, "{name}");
        }
        let expected = &case["expected"];
        assert_eq!(murmur2(&key), number(&expected["murmur2"]), "{name}");
        assert_eq!(to_positive(murmur2(&key)), number(&expected["positive"]), "{name}");
        for (partitions, partition) in expected["partition"].as_object().unwrap() {
            let found = partition_for_key(&key, partitions.parse().unwrap());
            assert_eq!(found, number(partition), "{name} of {partitions}");
        }
    }
}
