//! What an assignment must fulfil where Kafka's own answer is no measure: nothing is lost, nothing given twice,
//! nobody gets what it does not read, and shares are no less even than Kafka's.

use super::Shares;
use millrace_model::{TopicName, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// A step and its answers.
pub struct Step<'a> {
    /// How many partitions each topic has.
    pub partitions: BTreeMap<TopicName, usize>,
    /// What each member reads.
    pub topics: BTreeMap<String, Vec<TopicName>>,
    /// What each member still owns, if only what nobody else owns may be given.
    pub still_owned: Option<Shares>,
    /// Kafka's answer, or none where it throws.
    pub kafka: Option<&'a Shares>,
    pub ours: &'a Shares,
}

pub fn judge(step: &Step) -> Result<(), String> {
    let wanted: BTreeSet<&TopicName> = step.topics.values().flatten().collect();
    let mut missing: BTreeSet<TopicPartition> = BTreeSet::new();
    for (topic, count) in step.partitions.iter().filter(|(topic, _)| wanted.contains(topic)) {
        let count = i32::try_from(*count).unwrap_or(i32::MAX);
        missing.extend((0..count).map(|number| TopicPartition::new(topic.clone(), number)));
    }
    if !step.ours.keys().eq(step.topics.keys()) {
        return Err("not every member has an answer".to_owned());
    }
    for (member, list) in step.ours {
        for partition in list {
            if !step.topics.get(member).is_some_and(|topics| topics.contains(&partition.topic)) {
                return Err(format!("{member} does not read {partition}"));
            }
            if !missing.remove(partition) {
                return Err(format!("{partition} is given twice, or does not exist"));
            }
        }
    }
    // In the cooperative protocol a partition on its way waits until its owner has given it up.
    let owned = step.still_owned.iter().flat_map(BTreeMap::values).flatten();
    let waiting: BTreeSet<&TopicPartition> = owned.filter(|partition| missing.contains(partition)).collect();
    if let Some(lost) = missing.iter().find(|partition| !waiting.contains(partition)) {
        return Err(format!("{lost} is nobody's"));
    }
    if waiting.is_empty()
        && let Some(kafka) = step.kafka
        && unevenness(step.ours) > unevenness(kafka)
    {
        return Err(format!("shares are less even than Kafka's: {:?} against {kafka:?}", step.ours));
    }
    Ok(())
}

/// The sum of the differences between the shares of all pairs.
fn unevenness(shares: &Shares) -> usize {
    let counts: Vec<usize> = shares.values().map(Vec::len).collect();
    let pairs =
        counts.iter().enumerate().flat_map(|(place, a)| counts.iter().skip(place).map(move |b| (a, b)));
    pairs.map(|(a, b)| a.abs_diff(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two members that read `t` with three partitions; shares as lists of numbers, then what Kafka gives.
    fn judged(
        ours: [&[i32]; 2],
        kafka: Option<[&[i32]; 2]>,
        owned: Option<[&[i32]; 2]>,
    ) -> Result<(), String> {
        let names = || ["a".to_owned(), "b".to_owned()].into_iter();
        let list = |numbers: &[i32]| numbers.iter().map(|n| TopicPartition::new("t", *n)).collect();
        let shares = |lists: [&[i32]; 2]| -> Shares { names().zip(lists.map(list)).collect() };
        let topics = names().map(|name| (name, vec!["t".into()])).collect();
        let (ours, kafka) = (shares(ours), kafka.map(shares));
        judge(&Step {
            partitions: [("t".into(), 3), ("unread".into(), 1)].into(),
            topics,
            still_owned: owned.map(shares),
            kafka: kafka.as_ref(),
            ours: &ours,
        })
    }

    #[test]
    fn whole_and_even_is_right() {
        assert_eq!(judged([&[0], &[1, 2]], Some([&[0, 1], &[2]]), None), Ok(()));
        assert_eq!(judged([&[0], &[1]], None, Some([&[2], &[]])), Ok(()), "t-2 waits");
    }

    #[test]
    fn each_fault_is_found() {
        let faults = [
            judged([&[0], &[1]], None, None),
            judged([&[0], &[1]], None, Some([&[0], &[]])),
            judged([&[0, 1], &[1, 2]], None, None),
            judged([&[0, 1, 3], &[2]], None, None),
            judged([&[0, 1, 2], &[]], Some([&[0, 1], &[2]]), None),
        ];
        let found = faults.map(|fault| fault.unwrap_err());
        assert_eq!(
            found.each_ref().map(|text| text.split(':').next().unwrap()),
            [
                "t-2 is nobody's",
                "t-2 is nobody's",
                "t-1 is given twice, or does not exist",
                "t-3 is given twice, or does not exist",
                "shares are less even than Kafka's",
            ]
        );
    }
}
