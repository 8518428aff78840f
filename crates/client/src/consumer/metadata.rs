//! Which topics there are and who leads them (`ConsumerMetadata`, `SubscriptionState.subscribe`).

use super::event::{ConsumerEvent, Purpose};
use super::turn::Turn;
use millrace_model::protocol::{MetadataRequest, MetadataResponse};
use millrace_model::{ErrorCode, Request, Set, TopicName};
use std::sync::Arc;

impl Turn<'_> {
    /// `subscribe(topics)`. A changed subscription makes the member rejoin in its next poll.
    pub fn subscribe(&mut self, topics: &[TopicName]) {
        let topics: Set<&TopicName> = topics.iter().collect();
        let topics: Arc<[TopicName]> = topics.into_iter().cloned().collect();
        if topics.is_empty() {
            return self.unsubscribe();
        }
        self.emit(ConsumerEvent::Subscribed { topics });
        if self.c.membership.joined_subscription.as_ref().is_some_and(|j| *j != self.c.subscription) {
            self.emit(ConsumerEvent::RejoinRequested { reason: "the subscription has changed".into() });
        }
        self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
    }

    /// `unsubscribe()`, which `subscribe` of nothing is too: out of the group at once.
    fn unsubscribe(&mut self) {
        if !self.c.partitions.is_empty() {
            self.give_up_partitions();
        }
        self.emit(ConsumerEvent::Subscribed { topics: Arc::default() });
        self.leave_group("the consumer unsubscribed from all topics");
    }

    pub fn request_metadata(&mut self) {
        let Some(to) = self.c.any_broker(self.c.metadata.failures) else { return };
        let topics = self.c.group_topics();
        let request = MetadataRequest { topics: Some(topics.to_vec()), allow_auto_topic_creation: true };
        self.send(to, Purpose::Metadata { topics }, Request::Metadata(request));
    }

    pub fn metadata_came(&mut self, topics: &Arc<[TopicName]>, answer: &MetadataResponse) {
        let incomplete = topics.iter().any(|topic| {
            answer
                .cluster
                .topics
                .get(topic)
                .is_none_or(|info| info.partitions.iter().any(|partition| partition.leader.is_none()))
        });
        let refresh_at = incomplete.then(|| self.retry_at(self.c.metadata.failures));
        self.emit(ConsumerEvent::MetadataUpdated {
            cluster: Arc::new(answer.cluster.clone()),
            topics: topics.clone(),
            at: self.now,
            refresh_at,
        });
        let invalid: Vec<&TopicName> = answer
            .errors
            .iter()
            .filter(|(_, error)| *error == ErrorCode::InvalidTopicException)
            .map(|(topic, _)| topic)
            .collect();
        if !invalid.is_empty() {
            let message = format!("Invalid topics: {invalid:?}").replace('"', "");
            self.raise(ErrorCode::InvalidTopicException, "InvalidTopicException", &message);
        }
        let grown = self.c.membership.snapshot.as_ref().is_some_and(|snapshot| *snapshot != self.snapshot());
        if grown && !self.c.membership.rejoin_needed {
            self.emit(ConsumerEvent::RejoinRequested { reason: "cached metadata has changed".into() });
        }
    }

    pub fn metadata_failed(&mut self) {
        let not_before = self.retry_at(self.c.metadata.failures);
        self.emit(ConsumerEvent::MetadataWanted { not_before });
    }

    /// `ConsumerCoordinator.MetadataSnapshot`: the partition counts of the group's topics.
    pub fn snapshot(&self) -> Vec<(TopicName, usize)> {
        self.c
            .group_topics()
            .iter()
            .filter_map(|t| Some((t.clone(), self.c.metadata.cluster.partition_count(t.as_str())?)))
            .collect()
    }

    /// Has poll throw.
    pub fn raise(&mut self, error: ErrorCode, exception: &'static str, message: &str) {
        self.emit(ConsumerEvent::ErrorRaised { error, exception, message: message.into() });
    }
}
