//! What a world is about to reach: a word before a limit hurts.

use millrace_model::{TopicPartition, limits as model};
use millrace_script::link::ALLOWANCE;
use millrace_sim::{World, limits as sim};
use millrace_words::stage as say;

/// From which share on a word is said, in percent.
const FROM: u64 = 80;
/// The share is said in steps of so many percent: a word that changes with every frame is none.
const STEP: u64 = 5;

/// Where things end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of one branch: then time stops.
    pub steps: u64,
    /// Records of one partition: then a produce is refused.
    pub partition: u64,
    /// Records of all replicas together: then a link does not carry the history any more.
    pub records: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: sim::STEPS_PER_BRANCH,
            partition: model::RECORDS_PER_PARTITION as u64,
            records: ALLOWANCE.volume.records,
        }
    }
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::partition`], in this one.
    Partition(TopicPartition),
    /// [`Limits::records`].
    Records,
}

/// A limit that is near, or reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearing {
    /// Which.
    pub limit: Limit,
    /// How much of it is used, in percent: at most 100, in steps of five.
    pub percent: u64,
    /// The limit itself.
    pub most: u64,
}

impl Nearing {
    /// The limit of which most is used, if that is four fifths or more.
    pub fn of(world: &World) -> Option<Nearing> {
        Nearing::within(world, &Limits::default())
    }

    /// The same with other limits.
    pub fn within(world: &World, limits: &Limits) -> Option<Nearing> {
        let mut nearest = Nearing::at(Limit::Steps, world.steps(), limits.steps);
        let mut fullest: Option<(u64, TopicPartition)> = None;
        let mut records = 0_u64;
        for topic in world.brokers().flat_map(|broker| broker.topics()) {
            for (number, state) in (0..).zip(topic.partitions()) {
                records = records.saturating_add(state.log.record_count() as u64);
                let held = state.log.records_held() as u64;
                if fullest.as_ref().is_none_or(|(most, _)| held > *most) {
                    fullest = Some((held, TopicPartition::new(topic.name().as_str(), number)));
                }
            }
        }
        let full = fullest.and_then(|(held, tp)| Nearing::at(Limit::Partition(tp), held, limits.partition));
        for other in [full, Nearing::at(Limit::Records, records, limits.records)].into_iter().flatten() {
            if nearest.as_ref().is_none_or(|nearest| other.percent > nearest.percent) {
                nearest = Some(other);
            }
        }
        nearest
    }

    fn at(limit: Limit, used: u64, most: u64) -> Option<Nearing> {
        let percent = used.saturating_mul(100).checked_div(most)?.min(100);
        (percent >= FROM).then_some(Nearing { limit, percent: percent / STEP * STEP, most })
    }

    /// The sentence, with what happens at the limit.
    pub fn text(&self) -> String {
        let Nearing { limit, percent, most } = self;
        let millions = most / 1_000_000;
        match limit {
            Limit::Steps => say::nearly_all_steps(percent, &millions),
            Limit::Partition(tp) => say::partition_is_nearly_full(tp, percent, &millions),
            Limit::Records => say::many_records(percent, &millions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_with_what_happens_at_it() {
        let most = model::RECORDS_PER_PARTITION as u64;
        let full =
            Nearing::at(Limit::Partition(TopicPartition::new("orders", 0)), most / 100 * 83, most).unwrap();
        assert_eq!(
            full.text(),
            "orders-0 holds 80 % of the 4 million records that a partition may have: beyond them a produce is answered KAFKA_STORAGE_ERROR"
        );
        let steps = Nearing::at(Limit::Steps, sim::STEPS_PER_BRANCH, sim::STEPS_PER_BRANCH).unwrap();
        assert_eq!(
            steps.text(),
            "100 % of the 20 million steps that a history may have are used: at the limit time stops"
        );
        assert_eq!(Nearing::at(Limit::Steps, 79, 100), None);
    }
}
