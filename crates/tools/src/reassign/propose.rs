//! A plan of `--generate` (`AdminUtils.assignReplicasToBrokers`): one partition after the other further round the brokers, and
//! where they have racks, each replica in another one as long as there are any. Kafka begins with any of the brokers, this
//! with the first.

use millrace_model::{ErrorCode, TopicPartition};

/// Partitions with their replicas.
type Places = Vec<(TopicPartition, Vec<i32>)>;

/// Brokers with their racks.
type Brokers = [(i32, Option<String>)];

/// Where partitions shall be, each with as many replicas as the first of its topic has.
///
/// # Errors
/// Kafka's sentence.
pub(super) fn propose(current: &[(TopicPartition, Vec<i32>)], brokers: &Brokers) -> Result<Places, String> {
    let without = brokers.iter().filter(|(_, rack)| rack.is_none()).count();
    if without != 0 && without != brokers.len() {
        return Err("Not all brokers have rack information. Add --disable-rack-aware in command line to make replica \
                    assignment without rack information."
            .to_owned());
    }
    let brokers = alternated(brokers);
    let mut proposed = Places::new();
    let mut of_topic = 0_usize;
    let mut last = None;
    let mut factor = 0;
    for (tp, replicas) in current {
        if last != Some(&tp.topic) {
            (last, of_topic, factor) = (Some(&tp.topic), 0, replicas.len());
        }
        if factor > brokers.len() {
            let count = brokers.len();
            let words = format!("Replication factor: {factor} larger than available brokers: {count}.");
            let class = crate::errors::class(ErrorCode::InvalidReplicationFactor);
            return Err(format!("{words}\n{class}: {words}\n"));
        }
        proposed.push((tp.clone(), replicas_of(of_topic, factor, &brokers)));
        of_topic += 1;
    }
    Ok(proposed)
}

/// `getRackAlternatedBrokerList`: of each rack one, in the order of the racks, then of each the next.
fn alternated(brokers: &Brokers) -> Vec<(i32, Option<String>)> {
    if brokers.iter().all(|(_, rack)| rack.is_none()) {
        return brokers.to_vec();
    }
    let mut sorted = brokers.to_vec();
    sorted.sort();
    let nth = |(id, rack): &(i32, Option<String>)| {
        sorted.iter().filter(|(other, of)| of == rack && other < id).count()
    };
    let mut arranged = sorted.clone();
    arranged.sort_by_key(|broker| (nth(broker), broker.1.clone()));
    arranged
}

fn replicas_of(partition: usize, factor: usize, brokers: &Brokers) -> Vec<i32> {
    let count = brokers.len();
    let mut racks: Vec<&String> = brokers.iter().filter_map(|(_, rack)| rack.as_ref()).collect();
    racks.sort();
    racks.dedup();
    // Each time round, the followers move on by one, or by one of each rack.
    let shift = partition.checked_div(count).unwrap_or(0) * racks.len().max(1);
    let first = partition.checked_rem(count).unwrap_or(0);
    let mut taken: Vec<&(i32, Option<String>)> = brokers.get(first).into_iter().collect();
    let further = (0..).map(|n| {
        let by = 1 + (shift + n).checked_rem(count.saturating_sub(1)).unwrap_or(0);
        brokers.get((first + by).checked_rem(count).unwrap_or(0))
    });
    for broker in further.flatten() {
        if taken.len() >= factor {
            break;
        }
        let mut used: Vec<&String> = taken.iter().filter_map(|(_, rack)| rack.as_ref()).collect();
        used.sort();
        used.dedup();
        let is_new_rack = broker.1.as_ref().is_none_or(|rack| !used.contains(&rack));
        if (is_new_rack || used.len() == racks.len()) && !taken.contains(&broker) {
            taken.push(broker);
        }
    }
    taken.into_iter().map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(brokers: &[(i32, &str)], partitions: i32, factor: usize) -> Vec<Vec<i32>> {
        let rack = |rack: &str| (!rack.is_empty()).then(|| rack.to_owned());
        let brokers: Vec<(i32, Option<String>)> = brokers.iter().map(|(id, of)| (*id, rack(of))).collect();
        let current: Vec<_> =
            (0..partitions).map(|n| (TopicPartition::new("t", n), vec![0; factor])).collect();
        propose(&current, &brokers).unwrap().into_iter().map(|(_, replicas)| replicas).collect()
    }

    #[test]
    fn without_racks_it_goes_round() {
        let placed = of(&[(1, ""), (2, ""), (3, "")], 4, 2);
        assert_eq!(placed, [vec![1, 2], vec![2, 3], vec![3, 1], vec![1, 3]]);
    }

    /// The example in `AdminUtils`, from its beginning at 0.
    #[test]
    fn with_racks_each_replica_is_in_another() {
        let brokers = [(0, "rack1"), (1, "rack3"), (2, "rack3"), (3, "rack2"), (4, "rack2"), (5, "rack1")];
        let placed = of(&brokers, 7, 3);
        assert_eq!(
            placed,
            [
                vec![0, 3, 1],
                vec![3, 1, 5],
                vec![1, 5, 4],
                vec![5, 4, 2],
                vec![4, 2, 0],
                vec![2, 0, 3],
                vec![0, 4, 2]
            ]
        );
        let half = propose(&[], &[(1, None), (2, Some("a".to_owned()))]).unwrap_err();
        assert!(half.starts_with("Not all brokers have rack information."), "{half}");
    }
}
