//! Decisions about metadata: when it is asked for, whom, and what an answer changes (`ProducerMetadata`,
//! `NetworkClient.leastLoadedNode`).

use super::Producer;
use super::event::{ProducerEvent, RefreshReason};
use super::identity::Identity;
use super::state::PendingMetadata;
use crate::{Correlation, Outcome, Outgoing};
use millrace_model::protocol::{MetadataRequest, MetadataResponse};
use millrace_model::{BrokerId, Dice, ErrorCode, Request, Set, Time, TopicInfo, TopicName};
use std::sync::Arc;

impl Producer {
    /// True if the topic's partitions are known.
    pub(super) fn knows(&self, topic: &TopicName) -> bool {
        self.partition_count(topic) > 0
    }

    /// How many partitions the topic is known to have; 0 if it is not known.
    pub(super) fn partition_count(&self, topic: &TopicName) -> usize {
        self.metadata.cluster.value.topics.get(topic).map_or(0, |topic| topic.partitions.len())
    }

    /// Asks for metadata, if it is time.
    pub(super) fn decide_metadata(&self, now: Time) -> Outcome<ProducerEvent> {
        let due = self.metadata_due().filter(|(due, _)| *due <= now && self.metadata.pending.is_none());
        let (Some((_, reason)), Some(to)) = (due, self.least_loaded_broker()) else {
            return Outcome::nothing();
        };
        let mut topics: Set<&TopicName> = self.waiting.iter().map(|waiting| &waiting.topic).collect();
        if reason == RefreshReason::UnknownTopic {
            // A partial update: only what is new (`Metadata.requestUpdateForNewTopics`).
            let partly_known =
                |topic: &TopicName| self.waiting.iter().any(|w| w.topic == *topic && self.lacks_partition(w));
            topics.retain(|topic| !self.knows(topic) || partly_known(topic));
        } else {
            topics.extend(self.topics.keys());
        }
        let topics: Vec<TopicName> = topics.into_iter().cloned().collect();
        if topics.is_empty() {
            return Outcome::nothing();
        }
        let correlation = Correlation(self.next_correlation);
        let request = MetadataRequest { topics: Some(topics.clone()), allow_auto_topic_creation: true };
        Outcome {
            events: vec![ProducerEvent::MetadataRequested { at: now, correlation, to, topics, reason }],
            requests: vec![Outgoing { correlation, to, request: Request::Metadata(request) }],
        }
    }

    /// The broker with the fewest requests on their way; among equals they take turns, so that a dead one is not
    /// asked for ever.
    fn least_loaded_broker(&self) -> Option<BrokerId> {
        self.least_loaded_but(&Set::new())
    }

    /// Whom to ask for a coordinator or an id: a broker that was lost is asked again only after the others (in
    /// `NetworkClient.leastLoadedNode` the connection tried longest ago goes first).
    pub(super) fn reachable_broker(&self) -> Option<BrokerId> {
        let lost = self.identity.as_deref().map(Identity::lost);
        let other = lost.and_then(|lost| self.least_loaded_but(lost));
        other.or_else(|| self.least_loaded_broker())
    }

    fn least_loaded_but(&self, lost: &Set<BrokerId>) -> Option<BrokerId> {
        let known: Vec<BrokerId> =
            self.metadata.cluster.value.brokers.iter().map(|broker| broker.id).collect();
        let brokers = if known.is_empty() { &*self.bootstrap } else { &known };
        let count = u64::try_from(brokers.len()).ok().filter(|count| *count > 0)?;
        let turn = usize::try_from(self.metadata.requests % count).unwrap_or(0);
        let load = |broker: BrokerId| self.in_flight.values().filter(|r| r.to == broker).count();
        let in_turn = brokers.iter().cycle().skip(turn).take(brokers.len()).copied();
        in_turn.filter(|broker| !lost.contains(broker)).min_by_key(|broker| load(*broker))
    }

    /// Takes an answer over.
    pub(super) fn metadata_answered(
        &self,
        now: Time,
        pending: &PendingMetadata,
        response: &MetadataResponse,
        dice: &dyn Dice,
    ) -> ProducerEvent {
        let mut cluster = (*self.metadata.cluster.value).clone();
        cluster.brokers = response.cluster.brokers.clone();
        cluster.topics.retain(|topic, _| !pending.topics.contains(topic));
        cluster
            .topics
            .extend(response.cluster.topics.iter().map(|(name, info)| (name.clone(), info.clone())));
        let error = |topic: &TopicName| {
            let given = response.errors.iter().find(|(name, _)| name == topic).map(|(_, error)| *error);
            (topic.clone(), given.unwrap_or(ErrorCode::UnknownTopicOrPartition))
        };
        let empty =
            |topic: &&TopicName| cluster.topics.get(*topic).is_none_or(|info| info.partitions.is_empty());
        let missing: Vec<_> = pending.topics.iter().filter(empty).map(error).collect();
        let leaderless =
            |info: &TopicInfo| info.partitions.iter().any(|partition| partition.leader.is_none());
        let incomplete = !missing.is_empty() || response.cluster.topics.values().any(leaderless);
        let attempts = if incomplete { self.metadata.attempts } else { 0 };
        ProducerEvent::MetadataUpdated {
            at: now,
            correlation: pending.correlation,
            cluster: Arc::new(cluster),
            missing,
            next_not_before: now + self.backoff(attempts, dice, self.rolls),
            roll: self.rolls,
        }
    }

    /// Gives a request up.
    pub(super) fn metadata_failed(
        &self,
        now: Time,
        pending: &PendingMetadata,
        dice: &dyn Dice,
        rolls: &mut u64,
    ) -> ProducerEvent {
        let roll = *rolls;
        *rolls += 1;
        ProducerEvent::MetadataRequestFailed {
            at: now,
            correlation: pending.correlation,
            to: pending.to,
            next_not_before: now + self.backoff(self.metadata.attempts, dice, roll),
            roll,
        }
    }
}
