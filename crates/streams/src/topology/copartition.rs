//! Topics that must have as many partitions as one another because a join brings them together.

use super::{NodeId, Operator, Topology};
use millrace_model::TopicName;
use millrace_model::collections::sort;

impl Topology {
    /// For each join the topics of both sides, sorted. Repartition topics are among them.
    pub fn copartition_groups(&self) -> Vec<Vec<TopicName>> {
        let topics = |node: &NodeId| match self.node(*node).map(|n| &n.operator) {
            Some(Operator::Source { topics, .. }) => topics.clone(),
            _ => Vec::new(),
        };
        let group = |nodes: &Vec<NodeId>| {
            let mut found: Vec<TopicName> = nodes.iter().flat_map(topics).collect();
            sort::sort(&mut found);
            found.dedup();
            found
        };
        self.copartitioned.iter().map(group).collect()
    }

    /// Says what Kafka's `CopartitionedTopicsEnforcer` throws when the topics of one join differ in their number of
    /// partitions. `partitions` answers for the user's topics; a repartition topic without a number of its own takes
    /// that of the others. That equal keys lie in equal partitions nobody checks.
    ///
    /// # Errors
    /// Kafka's message.
    pub fn check_copartitioned(&self, partitions: impl Fn(&TopicName) -> Option<u32>) -> Result<(), String> {
        for group in self.copartition_groups() {
            let (mut counts, mut wanted) = (Vec::new(), Vec::new());
            for topic in group {
                match self.repartition_topics.iter().find(|r| r.topic == topic) {
                    None => counts.extend(partitions(&topic).map(|n| (topic, n))),
                    Some(r) => wanted.extend(r.partitions.map(|n| (topic, n))),
                }
            }
            let uneven = |counts: &[(TopicName, u32)]| {
                counts.iter().any(|(_, n)| counts.first().is_some_and(|first| first.1 != *n))
            };
            let listed = |counts: &[(TopicName, u32)]| {
                let all: Vec<String> = counts.iter().map(|(topic, n)| format!("{topic}={n}")).collect();
                format!("[{{{}}}]", all.join(", "))
            };
            if uneven(&counts) {
                return Err(format!("Invalid topology: Topics not co-partitioned: {}", listed(&counts)));
            }
            if uneven(&wanted) {
                let what = "Following topics do not have the same number of partitions";
                return Err(format!("Invalid topology: {what}: {}", listed(&wanted)));
            }
            if let (Some((_, count)), Some((topic, enforced))) = (counts.first(), wanted.first())
                && count != enforced
            {
                return Err(format!(
                    "Invalid topology: Number of partitions [{enforced}] of repartition topic [{topic}] doesn't \
                     match number of partitions [{count}] of the source topic."
                ));
            }
        }
        Ok(())
    }
}
