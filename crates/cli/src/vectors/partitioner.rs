//! `partitioner`: `Utils.murmur2`, `Utils.toPositive`, `BuiltInPartitioner.partitionForKey`.

use super::{bytes, field};
use millrace_client::partitioner::{murmur2, partition_for_key, to_positive};
use serde_json::Value;

/// The rules that the producer follows; as arguments, so that a test can break each.
struct Rules {
    murmur2: fn(&[u8]) -> i32,
    to_positive: fn(i32) -> i32,
    partition_for_key: fn(&[u8], i32) -> i32,
}

const OURS: Rules = Rules { murmur2, to_positive, partition_for_key };

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_by(&OURS, input, expected)
}

fn judge_by(rules: &Rules, input: &Value, expected: &Value) -> Result<(), String> {
    let key = bytes(field(input, "key_hex"))?.ok_or("not modelled: a null key has no hash")?;
    if let Some(text) = field(input, "key_text").as_str()
        && text.as_bytes() != key
    {
        return Err(format!("the key is not {text:?} in UTF-8"));
    }
    let hash = (rules.murmur2)(&key);
    same("murmur2", field(expected, "murmur2"), hash)?;
    same("positive", field(expected, "positive"), (rules.to_positive)(hash))?;
    let partitions = field(expected, "partition").as_object().filter(|map| !map.is_empty());
    for (count, partition) in partitions.ok_or("not modelled: no partitions")? {
        let count = count.parse::<i32>().map_err(|_| format!("not modelled: {count:?} partitions"))?;
        same(&format!("partition of {count}"), partition, (rules.partition_for_key)(&key, count))?;
    }
    Ok(())
}

fn same(what: &str, expected: &Value, found: i32) -> Result<(), String> {
    if expected.as_i64() == Some(i64::from(found)) {
        return Ok(());
    }
    Err(format!("{what}: Kafka says {expected}, we say {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case() -> (Value, Value) {
        let partitions = json!({"1": 0, "2": 0, "3": 1, "6": 4, "12": 4, "100": 24});
        let expected = json!({"murmur2": -1_563_381_124, "positive": 584_102_524, "partition": partitions});
        (json!({"key_hex": "61", "key_text": "a"}), expected)
    }

    #[test]
    fn kafkas_own_answer_passes() {
        let (input, expected) = case();
        assert_eq!(judge(&input, &expected), Ok(()));
    }

    #[test]
    fn a_broken_rule_fails_the_family() {
        let (input, expected) = case();
        let broken = [
            ("murmur2", Rules { murmur2: |key| murmur2(key).wrapping_add(1), ..OURS }),
            // The absolute value, which is what one expects: `positive` differs for every negative hash.
            ("positive", Rules { to_positive: i32::wrapping_abs, ..OURS }),
            ("partition of 100", Rules { partition_for_key: |key, n| murmur2(key).rem_euclid(n), ..OURS }),
        ];
        for (rule, rules) in broken {
            let said = judge_by(&rules, &input, &expected).unwrap_err();
            assert!(said.starts_with(&format!("{rule}: Kafka says")), "{said}");
        }
        for (pointer, wrong) in [("/murmur2", 1), ("/positive", 1), ("/partition/12", 5)] {
            let mut corrupted = expected.clone();
            *corrupted.pointer_mut(pointer).unwrap() = json!(wrong);
            assert!(judge(&input, &corrupted).is_err(), "{pointer}");
        }
    }

    #[test]
    fn what_is_missing_is_not_passed_over() {
        let (input, expected) = case();
        for incomplete in [json!({}), json!({"murmur2": -1_563_381_124, "positive": 584_102_524})] {
            assert!(judge(&input, &incomplete).is_err());
        }
        assert!(judge(&json!({"key_hex": null}), &expected).is_err());
        assert!(judge(&json!({"key_hex": "61", "key_text": "b"}), &expected).is_err());
    }
}
