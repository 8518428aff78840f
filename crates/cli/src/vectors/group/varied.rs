//! Steps in which two recordings of Kafka itself differ: which partitions a sticky assignor moves depends on random
//! member ids, how often a fenced pair takes turns on the scheduler. What is left to judge:
//!
//! * nobody is given a partition before its owner has given it up;
//! * in the end everybody has as many partitions as in the recording, and together the same ones;
//! * the group has gone through as many generations.
//!
//! Where lists were cut because they repeat for ever, both sides must consist of the same callbacks.

use super::callbacks;
use super::driver::Callbacks;
use crate::vectors::field;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who owns what, by the callbacks so far.
#[derive(Clone, Debug, Default)]
pub struct Owners(BTreeMap<String, BTreeSet<String>>);

impl Owners {
    /// Takes in what happened.
    pub fn follow(&mut self, happened: &[(String, Value)]) {
        for (member, callback) in happened {
            self.take(member, callback);
        }
    }

    /// A process that is killed gives nothing up and says nothing; what it had is nobody's.
    pub fn forget(&mut self, member: &str) {
        self.0.remove(member);
    }

    fn take(&mut self, member: &str, callback: &Value) {
        let Some((partitions, comes)) = callbacks::change(callback) else { return };
        let owned = self.0.entry(member.to_owned()).or_default();
        for partition in partitions {
            if comes {
                owned.insert(partition);
            } else {
                owned.remove(&partition);
            }
        }
    }

    fn owner(&self, partition: &str, but: &str) -> Option<&str> {
        let others = self.0.iter().filter(|(member, _)| *member != but);
        others.filter(|(_, owned)| owned.contains(partition)).map(|(member, _)| member.as_str()).next()
    }

    /// How many each has, the fewest first, and what all have together.
    fn shares(&self) -> (Vec<usize>, BTreeSet<&String>) {
        let mut sizes: Vec<usize> = self.0.values().map(BTreeSet::len).filter(|n| *n > 0).collect();
        sizes.sort_unstable();
        (sizes, self.0.values().flatten().collect())
    }
}

pub fn judge(
    step: &Value,
    happened: &[(String, Value)],
    seen: &Callbacks,
    before: &Owners,
    second_run: &Value,
) -> Result<(), String> {
    let recorded = field(step, "callbacks").as_object().ok_or("not modelled: no callbacks")?;
    if field(step, "callbacks_cut").is_object() {
        return repeats_alike(recorded, seen);
    }
    let mut ours = before.clone();
    for (member, callback) in happened {
        for partition in callbacks::change(callback).filter(|(_, comes)| *comes).into_iter().flat_map(|c| c.0)
        {
            if let Some(owner) = ours.owner(&partition, member) {
                return Err(format!("{member} is given {partition} while {owner} has it"));
            }
        }
        ours.take(member, callback);
    }
    let first = Run::of(recorded, before);
    // What is different in the two recordings is right in either way, and what neither agrees on is not judged.
    let second = field(second_run, "callbacks").as_object().map(|recorded| Run::of(recorded, before));
    let second = second.as_ref().unwrap_or(&first);
    let shares = ours.shares();
    if shares != first.owners.shares() && shares != second.owners.shares() {
        return Err(format!("shares are {shares:?}, in Kafka {:?}", first.owners.shares()));
    }
    let ours = last_generation(&mut happened.iter().map(|(_, callback)| callback));
    if first.last_generation == second.last_generation && ours != first.last_generation {
        return Err(format!("the last generation is {ours:?}, in Kafka {:?}", first.last_generation));
    }
    Ok(())
}

/// What comes of one recording of a step.
struct Run {
    owners: Owners,
    last_generation: Option<i64>,
}

impl Run {
    fn of(recorded: &serde_json::Map<String, Value>, before: &Owners) -> Run {
        let mut owners = before.clone();
        for (member, list) in recorded {
            for callback in list.as_array().into_iter().flatten() {
                owners.take(member, callback);
            }
        }
        let mut lists = recorded.values().filter_map(Value::as_array).flatten();
        Run { owners, last_generation: last_generation(&mut lists) }
    }
}

fn last_generation(callbacks: &mut dyn Iterator<Item = &Value>) -> Option<i64> {
    callbacks.filter_map(|callback| callback.get(2)?.as_i64()).max()
}

/// Lists that go on for ever: the same callbacks, whatever their order and number.
fn repeats_alike(recorded: &serde_json::Map<String, Value>, seen: &Callbacks) -> Result<(), String> {
    for member in recorded.keys().chain(seen.keys()) {
        let theirs = recorded.get(member).map(callbacks::simple).unwrap_or_default();
        let texts = |list: &[Value]| list.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
        let theirs = texts(theirs.as_array().map(Vec::as_slice).unwrap_or_default());
        let ours = texts(seen.get(member).map(Vec::as_slice).unwrap_or_default());
        if ours != theirs {
            return Err(format!("{member} sees {ours:?}, in Kafka {theirs:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(happened: &[(&str, Value)]) -> Result<(), String> {
        let step = json!({"callbacks": {"A": [["revoked", ["t-1"], 2]], "B": [["assigned", ["t-1"], 3]]}});
        let mut before = Owners::default();
        before.take("A", &json!(["assigned", ["t-0", "t-1"], 1]));
        let happened: Vec<_> = happened.iter().map(|(m, c)| ((*m).to_owned(), c.clone())).collect();
        judge(&step, &happened, &Callbacks::new(), &before, &Value::Null)
    }

    #[test]
    fn another_partition_may_move_but_the_rules_hold() {
        let gives = ("A", json!(["revoked", ["t-0"], 2]));
        let takes = ("B", json!(["assigned", ["t-0"], 3]));
        assert_eq!(judged(&[gives.clone(), takes.clone()]), Ok(()));
        let too_early = judged(&[takes.clone(), gives.clone()]).unwrap_err();
        assert_eq!(too_early, "B is given t-0 while A has it");
        assert!(judged(std::slice::from_ref(&gives)).unwrap_err().starts_with("shares are"));
        let late = ("B", json!(["assigned", ["t-0"], 4]));
        assert_eq!(judged(&[gives, late]).unwrap_err(), "the last generation is Some(4), in Kafka Some(3)");
    }
}
