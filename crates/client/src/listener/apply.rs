//! What an event does to an instance.

use crate::consumer::{CommitKind, ConsumerEvent};
use crate::listener::config::CommitMode;
use crate::listener::container::{Container, Phase, Waiting};
use crate::listener::errand::Errand;
use crate::listener::event::{Failure, Fate, Handled, InstanceEvent, Port};
use crate::listener::hand::Hand;
use crate::listener::instance::Instance;
use crate::listener::topics::PublishFailure;
use crate::producer::ProducerEvent;
use millrace_model::{ClusterMetadata, Offset, Time, TopicPartition};
use std::mem;
use std::sync::Arc;

/// What `commitSync` throws while the member has to join again.
const REBALANCING: &str = "RebalanceInProgressException";

impl Instance {
    /// Takes over what has happened; see [`crate::contract`].
    pub fn apply(&mut self, event: &InstanceEvent) {
        let commit = self.config.commit;
        // What fails is acknowledged by nobody in the manual modes.
        let commits = commit.acknowledges() && !commit.is_manual();
        if self.config.guard.is_some() {
            self.remember(event);
        }
        let buffer = self.config.guard.as_ref().and_then(|guard| guard.buffer);
        match event {
            InstanceEvent::Consumer { port, event } => {
                if let ConsumerEvent::MetadataUpdated { cluster, .. } = event {
                    self.learn(cluster);
                }
                self.with(*port, |c| c.consumer_event(event, commit));
            }
            InstanceEvent::Producer(event) => {
                if let ProducerEvent::MetadataUpdated { cluster, .. } = event {
                    self.learn(cluster);
                }
                self.producer.apply(event);
                let state = self.producer.transaction_state();
                self.with(Port::MAIN, |c| c.producer_event(event, state));
            }
            InstanceEvent::Started { at } => {
                for container in &mut self.containers {
                    container.consumer = container.consumer.clone().started_at(*at);
                    container.phase = Phase::Starting;
                    container.last_commit = *at;
                }
            }
            InstanceEvent::HandlingStarted { port, thread: Some(thread), tp, offset, at, until } => {
                self.with(*port, |c| c.pool.start(*thread, (tp, *offset), *at, *until));
            }
            InstanceEvent::HandlingStarted { port, thread: None, at, until, .. } => self.with(*port, |c| {
                if let Phase::Handling { current, .. } = &mut c.phase {
                    *current = Some((*at, *until));
                }
            }),
            InstanceEvent::Submitted { port, ranges, at } => self.with(*port, |c| {
                let hand = c.take_hand();
                c.pool.submit(hand);
                c.watch_buffer(buffer);
                c.clock = *at;
                for range in ranges.iter().filter(|_| commits) {
                    c.acknowledge(&range.tp, range.to, range.to.since(range.from));
                }
            }),
            InstanceEvent::Handled(handled) => self.with(handled.port, |c| {
                c.clock = handled.at;
                match handled.thread {
                    Some(thread) => {
                        c.pool_handled(thread, handled, commit);
                        c.watch_buffer(buffer);
                    }
                    None => c.handled(handled, commit),
                }
            }),
            // Kept beside the container.
            InstanceEvent::Called { .. } | InstanceEvent::Held { .. } | InstanceEvent::Refused { .. } => {}
            InstanceEvent::Guarded { port, guarded } => self.with(*port, |c| c.guarded(guarded, commit)),
            InstanceEvent::CommitIssued { port, at } => self.with(*port, |c| c.commit_issued(*at)),
            InstanceEvent::PartitionPausedForBackoff { port, tp, offset, until } => {
                self.with(*port, |c| c.back_off(tp, *offset, *until));
            }
            InstanceEvent::BackoffElapsed { port, tp } => self.with(*port, |c| {
                c.waiting.remove(tp);
            }),
            InstanceEvent::PublishStarted { port, headers, .. } => self.with(*port, |c| {
                c.phase = match mem::replace(&mut c.phase, Phase::Ready) {
                    Phase::Failing { hand, failure } => {
                        Phase::Publishing { hand, failure, headers: headers.clone() }
                    }
                    other => other,
                };
            }),
            InstanceEvent::Published { port, failure, .. } => self.with(*port, |c| {
                match failure.fate {
                    Fate::DeadLetter { .. } => c.counts.dead += 1,
                    Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => c.counts.retried += 1,
                }
                c.recovered(failure, commits);
            }),
            InstanceEvent::Skipped { port, failure } => self.with(*port, |c| {
                c.counts.skipped += 1;
                c.deliveries.remove(&failure.record.tp);
                c.recovered(failure, commits);
            }),
            // It is skipped next.
            InstanceEvent::PublishFailed { .. } if self.on_publish_failure() == PublishFailure::Ignore => {}
            InstanceEvent::PublishFailed { port, .. } => self.with(*port, |c| {
                let seeks = c.take_hand().positions();
                c.seek(seeks, None, commits);
            }),
            InstanceEvent::RedeliveryScheduled { port, until } => self.with(*port, |c| {
                let rest = c.take_hand().positions();
                let seeks = c.turn_starts().unwrap_or(rest);
                c.phase = Phase::Sleeping { until: *until, seeks };
            }),
            InstanceEvent::PollRetryScheduled { port, until } => self.with(*port, |c| {
                c.phase = Phase::Sleeping { until: *until, seeks: Vec::new() };
            }),
            InstanceEvent::SleepEnded { port } => self.with(*port, |c| {
                if let Phase::Sleeping { seeks, .. } = mem::replace(&mut c.phase, Phase::Ready) {
                    c.seek(seeks, None, commits);
                }
            }),
            InstanceEvent::SeekIssued { port, .. } => self.with(*port, |c| {
                if let Phase::Seeking { mut seeks, ack } = mem::replace(&mut c.phase, Phase::Ready) {
                    seeks.remove(0);
                    c.seek(seeks, ack, commits);
                }
            }),
            InstanceEvent::PauseIssued { port, partitions, paused } => self.with(*port, |c| {
                for tp in partitions {
                    if *paused {
                        c.paused.insert(tp.clone());
                    } else {
                        c.paused.remove(tp);
                    }
                }
            }),
            InstanceEvent::ContainerStopped { port, .. } => self.with(*port, |c| c.stopping = true),
            InstanceEvent::ContainerClosing { port } => self.with(*port, |c| {
                c.phase = Phase::Closing;
                c.turn_ends();
            }),
            InstanceEvent::ProducerCloseIssued => self.producer_closing = true,
            InstanceEvent::Reconfigured { work, failures } => {
                self.config.work = *work;
                self.config.failures.clone_from(failures);
            }
            InstanceEvent::ErrandRequested { errand } => {
                self.with(Port::MAIN, |c| c.errands.push_back(errand.clone()));
            }
            InstanceEvent::ErrandStarted { port, errand, at } => self.with(*port, |c| {
                c.errands.pop_front();
                if let Errand::Block(span) = errand {
                    c.phase = Phase::Blocked { since: *at, until: *at + *span };
                }
            }),
            InstanceEvent::BlockEnded { port, .. } => self.with(*port, |c| c.phase = Phase::Ready),
            InstanceEvent::PauseRequested => self.paused = true,
            InstanceEvent::ResumeRequested => self.paused = false,
            InstanceEvent::CloseRequested => self.closing = true,
            InstanceEvent::OutputRewound { port } => self.with(*port, Container::rewind),
        }
    }

    fn with(&mut self, port: Port, change: impl FnOnce(&mut Container)) {
        if let Some(container) = self.containers.get_mut(port.index()) {
            change(container);
        }
    }

    fn learn(&mut self, cluster: &Arc<ClusterMetadata>) {
        for (topic, info) in &cluster.topics {
            self.partition_counts.insert(topic.clone(), info.partitions.len());
        }
    }
}

impl Container {
    fn consumer_event(&mut self, event: &ConsumerEvent, commit: CommitMode) {
        self.consumer.apply(event);
        match event {
            ConsumerEvent::Subscribed { .. } | ConsumerEvent::PatternSubscribed { .. }
                if self.phase == Phase::Starting =>
            {
                self.phase = Phase::Ready;
            }
            ConsumerEvent::PollStarted { at } => {
                self.phase = Phase::Polling;
                self.poll_started = *at;
                self.clock = *at;
                self.came_back_empty = false;
            }
            ConsumerEvent::PollReturned { polled, at } => {
                self.clock = *at;
                self.came_back_empty = polled.count == 0;
                for part in polled.records.iter().filter(|_| commit == CommitMode::Before) {
                    self.acknowledge(&part.tp, part.to, 0);
                }
                // `checkRebalanceCommits`: what has been acknowledged since counts more.
                for (tp, offset) in mem::take(&mut self.recommit) {
                    if self.assigned.contains(&tp) {
                        self.acks.entry(tp).or_insert(offset);
                    }
                }
                self.begin(Hand::new(polled.clone()));
                self.turn_begins();
            }
            ConsumerEvent::PollFailed { .. } => self.phase = Phase::Ready,
            ConsumerEvent::CommitStarted { kind: CommitKind::Sync, .. } => self.committing = true,
            ConsumerEvent::CommitFailed { kind: CommitKind::Sync, exception, offsets, .. }
                if *exception == REBALANCING =>
            {
                self.committing = false;
                self.recommit.extend(offsets.iter().cloned());
            }
            ConsumerEvent::OffsetsCommitted { kind: CommitKind::Sync, .. }
            | ConsumerEvent::CommitFailed { kind: CommitKind::Sync, .. } => self.committing = false,
            ConsumerEvent::PartitionsAssigned { partitions, .. } => {
                self.assigned.extend(partitions.iter().cloned());
            }
            ConsumerEvent::PartitionsRevoked { partitions, .. }
            | ConsumerEvent::PartitionsLost { partitions, .. } => {
                self.turn_loses(partitions);
                for tp in partitions {
                    self.assigned.remove(tp);
                    self.paused.remove(tp);
                    self.waiting.remove(tp);
                    self.deliveries.remove(tp);
                    self.acks.remove(tp);
                    self.recommit.remove(tp);
                }
            }
            ConsumerEvent::Closed => self.phase = Phase::Stopped,
            _ => {}
        }
    }

    /// `ListenerConsumer.addOffset`, and `count`.
    pub(super) fn acknowledge(&mut self, tp: &TopicPartition, next: Offset, records: u64) {
        let ack = self.acks.entry(tp.clone()).or_insert(next);
        *ack = next.max(*ack);
        self.unacknowledged += records;
        self.turn_acknowledges(tp, next);
    }

    fn commit_issued(&mut self, at: Time) {
        self.acks.clear();
        self.unacknowledged = 0;
        self.last_commit = at;
    }

    /// Goes on with what is left of a poll, or to the top of the loop.
    pub(super) fn begin(&mut self, hand: Hand) {
        self.phase = if hand.is_empty() { Phase::Ready } else { Phase::Handling { hand, current: None } };
    }

    fn handled(&mut self, handled: &Handled, commit: CommitMode) {
        let mut hand = self.take_hand();
        for range in &handled.ranges {
            hand.advance(&range.tp, range.to);
            self.counts.handled += range.to.since(range.from);
            if self.deliveries.get(&range.tp).is_some_and(|(offset, _)| *offset < range.to) {
                self.deliveries.remove(&range.tp);
            }
            if commit.acknowledges() {
                self.acknowledge(&range.tp, range.to, range.to.since(range.from));
            }
        }
        let Some(failure) = &handled.failure else { return self.begin(hand) };
        let record = &failure.record;
        hand.advance(&record.tp, record.offset);
        self.counts.failed += 1;
        if let Fate::Redeliver { .. } = failure.fate {
            self.deliveries.insert(record.tp.clone(), (record.offset, record.attempt));
        }
        self.phase = Phase::Failing { hand, failure: Arc::new(failure.clone()) };
    }

    fn back_off(&mut self, tp: &TopicPartition, offset: Offset, until: Time) {
        self.waiting.insert(tp.clone(), Waiting { offset, until });
        let mut hand = self.take_hand();
        hand.advance(tp, offset);
        self.phase = Phase::Seeking { seeks: hand.positions(), ack: None };
    }

    /// The failed record is dealt with: what was behind it is read again, then it is acknowledged.
    fn recovered(&mut self, failure: &Failure, commits: bool) {
        let ack = (failure.record.tp.clone(), failure.record.offset.plus(1));
        let mut hand = self.take_hand();
        hand.advance(&ack.0, ack.1);
        self.seek(hand.positions(), Some(ack), commits);
    }

    pub(super) fn seek(
        &mut self,
        seeks: Vec<(TopicPartition, Offset)>,
        ack: Option<(TopicPartition, Offset)>,
        commits: bool,
    ) {
        if !seeks.is_empty() {
            self.phase = Phase::Seeking { seeks, ack };
            return;
        }
        if let Some((tp, next)) = ack.filter(|_| commits) {
            self.acknowledge(&tp, next, 1);
        }
        self.phase = Phase::Ready;
    }

    /// Takes the hand out of the phase, which is `Ready` until it is set anew.
    pub(super) fn take_hand(&mut self) -> Hand {
        match mem::replace(&mut self.phase, Phase::Ready) {
            Phase::Handling { hand, .. } | Phase::Failing { hand, .. } | Phase::Publishing { hand, .. } => {
                hand
            }
            other => {
                self.phase = other;
                Hand::default()
            }
        }
    }
}
