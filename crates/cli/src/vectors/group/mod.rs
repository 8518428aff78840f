//! `group_classic`: real Java consumers of one group, and what their rebalance listeners were told.
//!
//! Each case is replayed as a script in a world like any other ([`driver`]). After every action the callbacks of each
//! member must be the recording's, in the same order, with the same partitions and generations, and the group must end
//! as `describe` saw it. Steps in which two recordings differ from each other are judged by what both have in common:
//! see [`varied`].

mod action;
pub(super) mod callbacks;
mod driver;
mod kip848;
mod row;
mod varied;

use crate::vectors::field;
use action::{Action, Deed};
use driver::{Callbacks, Driver};
use millrace_model::Span;
use serde_json::Value;
use varied::Owners;

pub use kip848::judge_kip848;

pub fn judge_classic(input: &Value, expected: &Value) -> Result<(), String> {
    judge(input, expected, 1)
}

fn judge(input: &Value, expected: &Value, seed: u64) -> Result<(), String> {
    let list = |value, name| field(value, name).as_array().filter(|list: &&Vec<Value>| !list.is_empty());
    let (actions, steps) =
        list(input, "actions").zip(list(expected, "steps")).ok_or("not modelled: no actions")?;
    if actions.len() != steps.len() {
        return Err(format!("not modelled: {} actions with {} steps", actions.len(), steps.len()));
    }
    let actions = actions.iter().map(|sentence| {
        let sentence = sentence.as_str().unwrap_or_default();
        action::parse(sentence).ok_or_else(|| format!("not modelled: {sentence}"))
    });
    let actions = actions.collect::<Result<Vec<Action>, String>>()?;
    let later: Vec<String> = actions
        .iter()
        .filter_map(|action| match &action.deed {
            Deed::Create { topic, .. } => Some(topic.clone()),
            _ => None,
        })
        .collect();
    let mut driver = Driver::new(input, &later, seed)?;
    let mut owners = Owners::default();
    // Where heartbeats stand when the next action comes is chance, too.
    let shift = Span::from_millis(seed.wrapping_sub(1).wrapping_mul(37) % 500);
    for (number, (action, step)) in actions.iter().zip(steps).enumerate() {
        let judged = replay(&mut driver, action, step, is_varied(expected, number), &mut owners, shift);
        judged.map_err(|wrong| {
            format!("step {number} ({}): {wrong}", field(step, "action").as_str().unwrap_or("?"))
        })?;
    }
    Ok(())
}

fn is_varied(expected: &Value, step: usize) -> Option<&Value> {
    let repeat = field(expected, "repeat");
    let varied = field(repeat, "steps_whose_callbacks_varied").as_array()?;
    varied.iter().any(|varied| varied.as_u64() == u64::try_from(step).ok()).then(|| {
        let runs = field(repeat, "run2_of_varied_steps");
        runs.get(step.to_string()).unwrap_or(&Value::Null)
    })
}

/// Does the action and judges what came of it.
fn replay(
    driver: &mut Driver,
    action: &Action,
    step: &Value,
    second_run: Option<&Value>,
    owners: &mut Owners,
    shift: Span,
) -> Result<(), String> {
    driver.act(&action.deed)?;
    if let Deed::Kill { member } = &action.deed {
        owners.forget(member);
    }
    driver.wait(action.stays + shift)?;
    let happened = driver.callbacks();
    let mut seen = Callbacks::new();
    for (member, callback) in &happened {
        seen.entry(member.clone()).or_default().push(callback.clone());
    }
    let exact = same(step, &seen);
    match second_run {
        None => exact?,
        Some(run) => {
            if exact.is_err() && same(run, &seen).is_err() {
                varied::judge(step, &happened, &seen, owners, run)?;
            }
        }
    }
    owners.follow(&happened);
    ends_alike(step, driver, second_run.is_some())
}

/// Every member's callbacks; a list that the recording has cut is compared as far as it goes.
fn same(step: &Value, seen: &Callbacks) -> Result<(), String> {
    let recorded = field(step, "callbacks").as_object().ok_or("not modelled: no callbacks")?;
    let nothing = Vec::new();
    for member in recorded.keys().chain(seen.keys()) {
        let theirs = recorded.get(member).map(callbacks::simple).unwrap_or_default();
        let theirs = theirs.as_array().unwrap_or(&nothing);
        let ours = seen.get(member).unwrap_or(&nothing);
        let is_cut = field(step, "callbacks_cut").get(member).is_some();
        let shown = if is_cut { ours.get(..theirs.len()).unwrap_or(ours) } else { ours };
        if shown != theirs {
            return Err(format!(
                "{member}: Kafka's {}, ours {}",
                Value::from(theirs.clone()),
                Value::from(shown)
            ));
        }
    }
    Ok(())
}

/// The group at the end of the step, unless the recording was cut before it or ended in the middle of something.
fn ends_alike(step: &Value, driver: &Driver, is_varied: bool) -> Result<(), String> {
    let Some(mut theirs) = row::recorded(step) else { return Ok(()) };
    let settled = ["Stable", "Empty", "Dead"].contains(&theirs.state.as_str());
    if field(step, "timeline_cut").is_number() || !settled {
        return Ok(());
    }
    let mut ours = row::now(driver.world());
    if is_varied {
        theirs.members.clear();
        ours.members.clear();
    }
    if ours != theirs {
        return Err(format!("the group ends as {ours:?}, in Kafka as {theirs:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use serde_json::json;

    fn cases() -> Vec<(String, Value, Value)> {
        let file: &[u8] = include_bytes!("../../../../../tests/vectors/group_classic.json.gz");
        let family: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
        let cases = family["cases"].as_array().unwrap().iter();
        cases
            .map(|case| {
                let name = case["name"].as_str().unwrap().to_owned();
                (name, case["input"].clone(), crate::vectors::expected_of(case))
            })
            .collect()
    }

    #[test]
    fn every_case_of_kafka_agrees() {
        let cases = cases();
        for (name, input, expected) in &cases {
            assert_eq!(judge_classic(input, expected), Ok(()), "{name}");
        }
        assert_eq!(cases.len(), 25);
    }

    /// One callback less, or another generation, somewhere in the last step of each case.
    #[test]
    fn a_callback_that_is_missing_or_changed_fails_every_case() {
        for (name, input, expected) in cases() {
            let steps = expected["steps"].as_array().unwrap();
            let exact = |step: &Value| {
                step["callbacks"].as_object().is_some_and(|lists| !lists.is_empty())
                    && step.get("callbacks_cut").is_none()
            };
            let varied = &expected["repeat"]["steps_whose_callbacks_varied"];
            let last = (0..steps.len())
                .rev()
                .find(|at| exact(&steps[*at]) && !varied.as_array().unwrap().contains(&json!(at)));
            let Some(last) = last else { continue };
            for change in ["less", "generation", "more"] {
                let mut wrong = expected.clone();
                let lists = wrong["steps"][last]["callbacks"].as_object_mut().unwrap();
                let list = lists.values_mut().next().unwrap().as_array_mut().unwrap();
                match change {
                    "less" => drop(list.pop()),
                    "more" => list.push(list[0].clone()),
                    _ => list.last_mut().unwrap()[2] = json!(99),
                }
                assert!(judge_classic(&input, &wrong).is_err(), "{name}: {change}");
            }
        }
    }

    #[test]
    fn a_member_with_another_assignor_fails() {
        let (_, mut input, expected) =
            cases().into_iter().find(|(name, ..)| name == "range/join_leave").unwrap();
        input["client_config"]["partition.assignment.strategy"] = json!("roundrobin");
        let said = judge_classic(&input, &expected).unwrap_err();
        assert!(said.starts_with("step 0 (A joins subscribing ta,tb): the group ends as"), "{said}");
    }

    #[test]
    fn what_is_not_modelled_is_not_passed_over() {
        let (_, mut input, expected) = cases().swap_remove(0);
        input["actions"][0] = json!("A stands on its head");
        let said = judge_classic(&input, &expected);
        assert_eq!(said, Err("not modelled: A stands on its head".to_owned()));
    }
}
