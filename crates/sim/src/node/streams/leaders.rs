//! Who leads the partitions that no consumer of the group reads: changelogs and global tables have clients of their own, with
//! metadata of their own (`StoreChangelogReader`'s restore consumer, `GlobalStreamThread`, the leader's admin client).

use millrace_model::protocol::{MetadataRequest, MetadataResponse};
use millrace_model::{BrokerId, ClusterMetadata, ErrorCode, Map, Request, Set, TopicPartition};

/// See the module. Whoever was told of one broker and never heard otherwise takes it for the leader of all; Kafka's client asks
/// it first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Leaders {
    bootstrap: Vec<BrokerId>,
    known: Map<TopicPartition, BrokerId>,
    /// What was known was wrong once: even a single broker is asked.
    doubts: bool,
    /// Failures so far: each moves the next question on to another broker.
    failures: u32,
}

impl Leaders {
    /// A client that knows these brokers only.
    pub fn new(bootstrap: Vec<BrokerId>) -> Leaders {
        Leaders { bootstrap, known: Map::new(), doubts: false, failures: 0 }
    }

    /// Whom to ask for a partition; none if the metadata has to be asked first.
    pub fn of(&self, tp: &TopicPartition) -> Option<BrokerId> {
        match &*self.bootstrap {
            [only] if !self.doubts => Some(*only),
            _ => self.known.get(tp).copied(),
        }
    }

    /// The partitions by their leaders, and those whose leader is not known.
    pub fn sort<'a>(
        &self,
        partitions: impl Iterator<Item = &'a TopicPartition>,
    ) -> (Map<BrokerId, Vec<TopicPartition>>, Vec<TopicPartition>) {
        let (mut led, mut unknown) = (Map::new(), Vec::new());
        for tp in partitions {
            match self.of(tp) {
                Some(leader) => led.entry(leader).or_insert_with(Vec::new).push(tp.clone()),
                None => unknown.push(tp.clone()),
            }
        }
        (led, unknown)
    }

    /// The question for the leaders of some partitions, and whom to ask.
    pub fn question(&self, partitions: &[TopicPartition]) -> Option<(BrokerId, Request)> {
        let turn = usize::try_from(self.failures).ok()?.checked_rem(self.bootstrap.len())?;
        let topics: Set<_> = partitions.iter().map(|tp| tp.topic.clone()).collect();
        let topics = Some(topics.into_iter().collect());
        let request = MetadataRequest { topics, allow_auto_topic_creation: false };
        Some((*self.bootstrap.get(turn)?, Request::Metadata(request)))
    }

    /// What an answer tells of the cluster.
    pub fn learn(&mut self, answer: &MetadataResponse) {
        let ClusterMetadata { brokers, topics } = &answer.cluster;
        if !brokers.is_empty() {
            self.bootstrap = brokers.iter().map(|broker| broker.id).collect();
            // Even if it is one: it is asked again when it turns out to be wrong.
            self.doubts = true;
        }
        for (topic, info) in topics {
            for (number, partition) in (0..).zip(&info.partitions) {
                let tp = TopicPartition::new(topic.as_str(), number);
                match partition.leader {
                    Some(leader) => self.known.insert(tp, leader),
                    None => self.known.remove(&tp),
                };
            }
        }
    }

    /// No answer came from a broker: its partitions may have another leader by now.
    pub fn failed(&mut self, broker: BrokerId) {
        self.failures = self.failures.wrapping_add(1);
        self.known.retain(|_, leader| *leader != broker);
    }

    /// A broker refused to answer for a partition.
    pub fn refused(&mut self, tp: &TopicPartition, error: ErrorCode) {
        if matches!(error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch) {
            self.doubts = true;
        }
        self.known.remove(tp);
    }
}
