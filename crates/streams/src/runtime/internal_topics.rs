//! Repartition and changelog topics, their partitions, and the tasks that follow from all partition counts
//! (`RepartitionTopics`, `CopartitionedTopicsEnforcer`, `ChangelogTopics`, `PartitionGrouper`).

use crate::task::TaskId;
use crate::topology::{Operator, Topology};
use millrace_model::{Map, Partition, TopicName, TopicPartition};

/// What an internal topic is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InternalTopicKind {
    /// Between two sub-topologies.
    Repartition,
    /// A store's changes.
    Changelog,
}

/// A topic that Kafka Streams creates for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InternalTopic {
    /// `<application.id>-<name>-repartition` or `…-changelog`.
    pub topic: TopicName,
    /// How many partitions it gets.
    pub partitions: u32,
    /// What it is for.
    pub kind: InternalTopicKind,
}

impl Topology {
    /// The partitions of every topic that it reads, repartition topics as Kafka counts them: the largest count in front
    /// of them, or that of the topics they are joined with. `count` answers for the user's topics.
    pub fn source_counts(&self, count: impl Fn(&TopicName) -> Option<u32>) -> Map<TopicName, u32> {
        let mut counts: Map<TopicName, u32> = Map::new();
        for sub in self.subtopologies() {
            for topic in sub.source_topics.iter().filter(|topic| !self.is_internal(topic)) {
                if let Some(n) = count(topic) {
                    counts.insert(topic.clone(), n);
                }
            }
        }
        for topic in self.repartition_topics() {
            if let Some(n) = topic.partitions {
                counts.insert(topic.topic.clone(), n);
            }
        }
        // Each round settles at least one more, so there are no more rounds than topics.
        for _ in self.repartition_topics() {
            for repartition in self.repartition_topics() {
                if counts.contains_key(&repartition.topic) {
                    continue;
                }
                let Some(front) = self.subtopologies().iter().find(|s| s.nodes.contains(&repartition.sink))
                else {
                    continue;
                };
                let found = front.source_topics.iter().map(|topic| counts.get(topic).copied());
                // All of them must be known (`computePartitionCount`).
                let known: Option<Vec<u32>> = found.collect();
                if let Some(most) = known.and_then(|all| all.into_iter().max()) {
                    counts.insert(repartition.topic.clone(), most);
                }
            }
        }
        self.coerce(&mut counts);
        counts
    }

    /// Repartition topics of a join take the others' number of partitions.
    fn coerce(&self, counts: &mut Map<TopicName, u32>) {
        for group in self.copartition_groups() {
            let own = |topic: &TopicName| !self.is_internal(topic);
            let enforced = |topic: &TopicName| {
                self.repartition_topics().iter().find(|r| r.topic == *topic).and_then(|r| r.partitions)
            };
            let fixed = group.iter().find(|t| own(t)).and_then(|topic| counts.get(topic).copied());
            let fixed = fixed.or_else(|| group.iter().find_map(enforced));
            let most = group.iter().filter_map(|topic| counts.get(topic).copied()).max();
            let Some(wanted) = fixed.or(most) else { continue };
            for topic in group.into_iter().filter(|topic| self.is_internal(topic)) {
                counts.insert(topic, wanted);
            }
        }
    }

    /// Every task with its partitions: one for each partition of a sub-topology's widest topic. `counts` are
    /// [`source_counts`](Self::source_counts). A global table's sub-topology has no tasks.
    pub fn tasks(&self, counts: &Map<TopicName, u32>) -> Map<TaskId, Vec<TopicPartition>> {
        let mut tasks: Map<TaskId, Vec<TopicPartition>> = Map::new();
        for (sub, subtopology) in self.subtopologies().iter().zip(0..).filter(|(s, _)| !s.global) {
            for topic in &sub.source_topics {
                for partition in 0..counts.get(topic).copied().unwrap_or(0) {
                    let partition = Partition(i32::try_from(partition).unwrap_or(i32::MAX));
                    let tp = TopicPartition { topic: topic.clone(), partition };
                    tasks.entry(TaskId { subtopology, partition }).or_default().push(tp);
                }
            }
        }
        tasks
    }

    /// The task that reads a partition.
    pub fn task_of(&self, tp: &TopicPartition) -> Option<TaskId> {
        let reads = |s: &crate::topology::Subtopology| !s.global && s.source_topics.contains(&tp.topic);
        let at = self.subtopologies().iter().position(reads)?;
        Some(TaskId { subtopology: u32::try_from(at).ok()?, partition: tp.partition })
    }

    /// True for a task with a store that can be restored.
    pub fn is_stateful(&self, task: TaskId) -> bool {
        self.changelogs(task).next().is_some()
    }

    /// The changelog partitions of a task, each with its store; not those of global tables.
    pub fn changelogs(
        &self,
        task: TaskId,
    ) -> impl Iterator<Item = (crate::topology::StoreId, TopicPartition)> + '_ {
        let sub = usize::try_from(task.subtopology).ok().and_then(|at| self.subtopologies().get(at));
        let stores = sub.filter(|s| !s.global).map(|s| s.stores.as_slice()).unwrap_or_default();
        stores.iter().filter(|store| self.is_logged(**store)).filter_map(move |store| {
            let topic = self.changelog_topic(*store)?;
            Some((*store, TopicPartition { topic, partition: task.partition }))
        })
    }

    /// The topics of global tables, sorted.
    pub fn global_topics(&self) -> Vec<TopicName> {
        let global = self.subtopologies().iter().filter(|s| s.global);
        global.flat_map(|s| s.source_topics.iter().cloned()).collect()
    }

    /// The topics that its instances' consumers subscribe to: all sources but global tables.
    pub fn subscribed_topics(&self) -> Vec<TopicName> {
        let own = self.subtopologies().iter().filter(|s| !s.global);
        own.flat_map(|s| s.source_topics.iter().cloned()).collect()
    }

    /// What has to be created: repartition topics, then changelogs, which have as many partitions as there are tasks.
    pub fn internal_topics(&self, count: impl Fn(&TopicName) -> Option<u32>) -> Vec<InternalTopic> {
        let counts = self.source_counts(count);
        let mut topics = Vec::new();
        for repartition in self.repartition_topics() {
            let partitions = counts.get(&repartition.topic).copied().unwrap_or(1);
            let kind = InternalTopicKind::Repartition;
            topics.push(InternalTopic { topic: repartition.topic.clone(), partitions, kind });
        }
        let kind = InternalTopicKind::Changelog;
        for sub in self.subtopologies().iter().filter(|s| !s.global) {
            let widest = sub.source_topics.iter().filter_map(|topic| counts.get(topic).copied()).max();
            for store in sub.stores.iter().filter(|store| self.is_logged(**store)) {
                let topic = self.changelog_topic(*store);
                let partitions = widest.unwrap_or(1);
                topics.extend(topic.map(|topic| InternalTopic { topic, partitions, kind }));
            }
        }
        topics
    }

    /// True if a store is a global table's.
    pub fn is_global_store(&self, store: crate::topology::StoreId) -> bool {
        self.nodes().iter().any(|n| matches!(n.operator, Operator::GlobalTable { store: of } if of == store))
    }
}
