//! `assignor_*`: who gets which partitions, rebalance after rebalance.
//!
//! Each step says itself what the members own and tell, so steps are judged one by one. The answer must be Kafka's to
//! the letter, except where Kafka's own answer is an accident of hash tables (the step says so) or an exception;
//! there [`invariants`] judge.

mod client;
mod invariants;
mod server;

pub use client::judge as judge_client;
pub use server::judge as judge_server;

use crate::vectors::field;
use millrace_model::TopicPartition;
use serde_json::Value;
use std::collections::BTreeMap;

/// Member to partitions.
type Shares = BTreeMap<String, Vec<TopicPartition>>;

/// Judges the steps of a case, each with what is expected of it.
fn steps(
    input: &Value,
    expected: &Value,
    judge: impl Fn(&Value, &Value) -> Result<(), String>,
) -> Result<(), String> {
    let list = |value| field(value, "steps").as_array().filter(|steps| !steps.is_empty());
    let (steps, answers) = list(input).zip(list(expected)).ok_or("not modelled: no steps")?;
    if steps.len() != answers.len() {
        return Err(format!("not modelled: {} steps with {} answers", steps.len(), answers.len()));
    }
    for (number, (step, answer)) in steps.iter().zip(answers).enumerate() {
        let event = field(step, "event").as_str().unwrap_or("first");
        judge(step, answer).map_err(|wrong| format!("step {} ({event}): {wrong}", number + 1))?;
    }
    Ok(())
}

/// Kafka's answer to a step, if it gave one.
fn answer(expected: &Value) -> Result<Option<Shares>, String> {
    if field(expected, "error").is_string() {
        return Ok(None);
    }
    let shares = field(expected, "assignment").as_object().ok_or("not modelled: no assignment")?;
    let shares = shares.iter().map(|(member, list)| Ok((member.clone(), partitions(list)?)));
    shares.collect::<Result<Shares, String>>().map(Some)
}

fn members(step: &Value) -> Result<&[Value], String> {
    field(step, "members").as_array().map(Vec::as_slice).ok_or_else(|| "not modelled: no members".to_owned())
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    let text = field(value, name).as_str();
    text.map(str::to_owned).ok_or_else(|| format!("not modelled: no {name} in {value}"))
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let list = field(value, name).as_array().ok_or_else(|| format!("not modelled: no {name} in {value}"))?;
    list.iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| format!("{item} is no text")))
        .collect()
}

/// A list of `topic:partition`; null is an empty one.
fn partitions(list: &Value) -> Result<Vec<TopicPartition>, String> {
    let partition = |value: &Value| {
        let (topic, number) = value.as_str()?.rsplit_once(':')?;
        Some(TopicPartition::new(topic, number.parse().ok()?))
    };
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|value| partition(value).ok_or_else(|| format!("{value} is no topic:partition")))
        .collect()
}

/// The first member that has something else than in Kafka's answer.
fn same(kafka: &Shares, ours: &Shares) -> Result<(), String> {
    for member in kafka.keys().chain(ours.keys()) {
        let (theirs, ours) = (kafka.get(member), ours.get(member));
        if theirs != ours {
            return Err(format!("{member}: Kafka gives {theirs:?}, we give {ours:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::FAMILIES;
    use flate2::read::GzDecoder;

    static FILES: [&[u8]; 6] = [
        include_bytes!("../../../../../tests/vectors/assignor_cooperative_sticky.json.gz"),
        include_bytes!("../../../../../tests/vectors/assignor_kip848_range.json.gz"),
        include_bytes!("../../../../../tests/vectors/assignor_kip848_uniform.json.gz"),
        include_bytes!("../../../../../tests/vectors/assignor_range.json.gz"),
        include_bytes!("../../../../../tests/vectors/assignor_roundrobin.json.gz"),
        include_bytes!("../../../../../tests/vectors/assignor_sticky.json.gz"),
    ];

    fn families() -> impl Iterator<Item = Value> {
        FILES.iter().map(|file| serde_json::from_reader(GzDecoder::new(*file)).unwrap())
    }

    fn judge_of(family: &Value) -> crate::vectors::Judge {
        FAMILIES.iter().find(|(name, _)| family["family"] == *name).unwrap().1
    }

    #[test]
    fn every_case_of_kafka_agrees() {
        let mut counts = Vec::new();
        for family in families() {
            let judge = judge_of(&family);
            for case in family["cases"].as_array().unwrap() {
                let judged = judge(&case["input"], &case["expected"]);
                assert_eq!(judged, Ok(()), "{} {}", family["family"], case["name"]);
            }
            counts.push(family["count"].as_u64().unwrap());
        }
        assert_eq!(counts, [170, 96, 96, 203, 203, 176]);
    }

    /// Also where it depends on the order in which Java's hash tables are walked: they are walked so here.
    #[test]
    fn even_accidents_are_kafkas() {
        for family in families() {
            let judge = judge_of(&family);
            for case in family["cases"].as_array().unwrap() {
                let mut expected = case["expected"].clone();
                for step in expected["steps"].as_array_mut().unwrap() {
                    let step = step.as_object_mut().unwrap();
                    step.remove("order_sensitive");
                    step.remove("member_order_sensitive");
                }
                assert_eq!(judge(&case["input"], &expected), Ok(()), "{} {}", family["family"], case["name"]);
            }
        }
    }

    /// Takes one partition away from the first answer that has any: no case may pass then.
    #[test]
    fn a_lost_partition_fails_every_case() {
        for family in families() {
            let judge = judge_of(&family);
            for case in family["cases"].as_array().unwrap() {
                let mut expected = case["expected"].clone();
                let steps = expected["steps"].as_array_mut().unwrap();
                let exact = |step: &&mut Value| {
                    step.get("order_sensitive").is_none() && step.get("member_order_sensitive").is_none()
                };
                let shares =
                    steps.iter_mut().filter(exact).filter_map(|step| step["assignment"].as_object_mut());
                let lists = shares.flat_map(|shares| shares.values_mut().filter_map(Value::as_array_mut));
                let lost = lists.filter_map(Vec::pop).next();
                let judged = judge(&case["input"], &expected);
                assert_eq!(judged.is_err(), lost.is_some(), "{} {}", family["family"], case["name"]);
            }
        }
    }
}
