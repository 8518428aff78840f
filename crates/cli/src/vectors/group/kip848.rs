//! `group_kip848`: the same recordings under the consumer protocol.
//!
//! There the coordinator's answer depends on ids that Kafka draws: who goes first among equals follows from the order
//! of member ids and of topic ids in Java's hash tables. The world draws them, too. A case is right if the very
//! callbacks of the recording come about with *some* ids, and with heartbeats that stand anywhere when an action comes:
//! worlds with other seeds are tried until one gives them. The steps in which two recordings differ are judged as in
//! the classic family.

use serde_json::Value;

/// How many worlds are tried. Two topics and four members have 48 orders; chance leaves few of them out.
const SEEDS: u64 = 100;

pub fn judge_kip848(input: &Value, expected: &Value) -> Result<(), String> {
    judge_in(SEEDS, input, expected)
}

fn judge_in(worlds: u64, input: &Value, expected: &Value) -> Result<(), String> {
    let mut furthest: Option<String> = None;
    for seed in 1..=worlds {
        match super::judge(input, expected, seed) {
            Ok(()) => return Ok(()),
            // The failure of the latest step tells most.
            Err(wrong) => {
                if furthest.as_ref().is_none_or(|known| step(known) < step(&wrong)) {
                    furthest = Some(wrong);
                }
            }
        }
    }
    Err(furthest.unwrap_or_default())
}

/// The number in `step 3 (…): …`.
fn step(wrong: &str) -> u32 {
    let number = wrong.strip_prefix("step ").and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::expected_of;
    use flate2::read::GzDecoder;
    use serde_json::json;

    /// Enough for every case, and for a test that wants them all to fail.
    const WORLDS: u64 = 12;

    fn cases() -> Vec<(String, Value, Value)> {
        let file: &[u8] = include_bytes!("../../../../../tests/vectors/group_kip848.json.gz");
        let family: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
        let cases = family["cases"].as_array().unwrap().iter();
        cases
            .map(|case| (case["name"].as_str().unwrap().to_owned(), case["input"].clone(), expected_of(case)))
            .collect()
    }

    #[test]
    fn every_case_of_kafka_agrees_in_one_of_a_few_worlds() {
        let cases = cases();
        for (name, input, expected) in &cases {
            assert_eq!(judge_in(WORLDS, input, expected), Ok(()), "{name}");
        }
        assert_eq!(cases.len(), 17);
    }

    /// Another epoch in the last callback of a step that does not vary.
    #[test]
    fn another_epoch_fails_every_case() {
        let mut changed = 0;
        for (name, input, mut expected) in cases() {
            let varied = expected["repeat"]["steps_whose_callbacks_varied"].clone();
            let steps = expected["steps"].as_array_mut().unwrap();
            let exact = |at: usize, step: &Value| {
                let lists = step["callbacks"].as_object().unwrap();
                let has_epochs =
                    |list: &Value| list.as_array().unwrap().iter().all(|call| call[2].is_number());
                lists.values().any(has_epochs)
                    && step.get("callbacks_cut").is_none()
                    && !varied.as_array().unwrap().contains(&json!(at))
            };
            let Some(at) = (0..steps.len()).rev().find(|at| exact(*at, &steps[*at])) else { continue };
            let lists = steps[at]["callbacks"].as_object_mut().unwrap();
            for list in lists.values_mut() {
                list.as_array_mut().unwrap().last_mut().unwrap()[2] = json!(99);
            }
            assert!(judge_in(WORLDS, &input, &expected).is_err(), "{name}");
            changed += 1;
        }
        assert!(changed >= 14, "only {changed} cases were changed");
    }

    /// A partition that is given before it is given up, and a callback less.
    #[test]
    fn another_order_and_a_missing_callback_fail() {
        let find = |wanted: &str| cases().into_iter().find(|(name, ..)| name == wanted).unwrap();
        let (_, input, expected) = find("kip848_uniform/more_members_than_partitions");
        let mut less = expected.clone();
        less["steps"][1]["callbacks"]["A"].as_array_mut().unwrap().pop();
        assert!(judge_in(WORLDS, &input, &less).is_err());
        let mut at_once = expected.clone();
        at_once["steps"][1]["callbacks"]["B"] = json!([["assigned", ["ta-1"], 2]]);
        assert!(judge_in(WORLDS, &input, &at_once).is_err());
        let mut input = input;
        input["client_config"]["group.protocol"] = json!("classic");
        assert!(judge_in(1, &input, &expected).is_err());
    }
}
