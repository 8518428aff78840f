//! Which topics there are and who leads them (`ConsumerMetadata`, `SubscriptionState.subscribe`).

use super::event::{ConsumerEvent, Purpose};
use super::turn::Turn;
use millrace_model::protocol::{MetadataRequest, MetadataResponse};
use millrace_model::{ErrorCode, Pattern, Request, Set, TopicName, pattern};
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
        self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
    }

    /// `subscribe(Pattern)`: what is known fits at once, the rest with the next metadata.
    pub fn subscribe_pattern(&mut self, pattern: &Arc<Pattern>) {
        self.emit(ConsumerEvent::PatternSubscribed { pattern: pattern.clone() });
        self.match_pattern();
        self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
    }

    /// `ConsumerCoordinator.updatePatternSubscription`.
    fn match_pattern(&mut self) {
        let Some(pattern) = self.c.pattern.clone() else { return };
        let topics: Arc<[TopicName]> =
            pattern::matching(&pattern, &self.c.metadata.cluster.topics).cloned().collect();
        if topics != self.c.subscription {
            self.emit(ConsumerEvent::PatternMatched { topics });
        }
    }

    /// The next poll joins again, for a reason of the consumer's own.
    pub fn request_rejoin(&mut self) {
        if let Some(reason) = self.c.rejoin_cause() {
            self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
        }
    }

    /// `unsubscribe()`, which `subscribe` of nothing is too: out of the group at once.
    fn unsubscribe(&mut self) {
        self.prepare_leave();
        self.emit(ConsumerEvent::Subscribed { topics: Arc::default() });
        self.leave_group("the consumer unsubscribed from all topics");
    }

    pub fn request_metadata(&mut self) {
        let Some(to) = self.c.any_broker(self.c.metadata.failures) else { return };
        let all = self.c.pattern.is_some();
        let topics = if all { Arc::default() } else { self.c.group_topics() };
        let asked = (!all).then(|| topics.to_vec());
        let request = MetadataRequest { topics: asked, allow_auto_topic_creation: true };
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
        let topics = if topics.is_empty() {
            let known: Set<TopicName> =
                self.c.group_topics().iter().chain(answer.cluster.topics.keys()).cloned().collect();
            known.into_iter().collect()
        } else {
            topics.clone()
        };
        self.emit(ConsumerEvent::MetadataUpdated {
            cluster: Arc::new(answer.cluster.clone()),
            topics,
            at: self.now,
            refresh_at,
        });
        self.match_pattern();
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
    }

    pub fn metadata_failed(&mut self) {
        let not_before = self.retry_at(self.c.metadata.failures);
        self.emit(ConsumerEvent::MetadataWanted { not_before });
    }

    /// Has poll throw.
    pub fn raise(&mut self, error: ErrorCode, exception: &'static str, message: &str) {
        self.emit(ConsumerEvent::ErrorRaised { error, exception, message: message.into() });
    }
}
