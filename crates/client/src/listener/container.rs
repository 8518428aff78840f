//! One listener container: a consumer, and the state of the one thread that polls it and calls the listener method
//! (`KafkaMessageListenerContainer.ListenerConsumer`).

use crate::consumer::Consumer;
use crate::listener::config::{CommitMode, ListenerConfig};
use crate::listener::errand::Errand;
use crate::listener::event::Failure;
use crate::listener::hand::Hand;
use crate::listener::output::{Next, OutputStep, Turn};
use crate::listener::pool::Pool;
use millrace_model::{GroupId, Header, Map, Offset, Set, Span, Time, TopicName, TopicPartition};
use std::collections::VecDeque;
use std::sync::Arc;

/// `ContainerProperties.pollTimeout`: a poll that finds nothing comes back then, and the container looks at its commits.
const POLL_TIMEOUT: Span = Span::from_secs(5);

/// What the thread is doing. While it does one thing it does nothing else; the consumer's heartbeats go on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The application has not started.
    Created,
    /// It has; the subscription comes first.
    Starting,
    /// At the top of the loop: commit what is acknowledged, pause or resume, poll.
    Ready,
    /// Inside `poll`.
    Polling,
    /// Calling the listener method for the records of a poll.
    Handling {
        /// What is left of the poll.
        hand: Hand,
        /// The call in progress: since when, until when.
        current: Option<(Time, Time)>,
    },
    /// The listener method threw; the error handler has its turn.
    Failing {
        /// The rest of the poll, the failed record first.
        hand: Hand,
        /// The failure.
        failure: Arc<Failure>,
    },
    /// Waiting for a broker to acknowledge the failed record in its new topic.
    Publishing {
        /// The rest of the poll, the failed record first.
        hand: Hand,
        /// The failure.
        failure: Arc<Failure>,
        /// The headers that the record was sent with: by them its acknowledgement is recognised.
        headers: Arc<[Header]>,
    },
    /// Seeking back what was polled and not handled.
    Seeking {
        /// The seeks that are left.
        seeks: Vec<(TopicPartition, Offset)>,
        /// Acknowledged once they are done: the failed record's partition and next offset.
        ack: Option<(TopicPartition, Offset)>,
    },
    /// Sleeping, then seeking back.
    Sleeping {
        /// Until then.
        until: Time,
        /// The seeks that follow.
        seeks: Vec<(TopicPartition, Offset)>,
    },
    /// Elsewhere: no poll before then ([`crate::listener::Errand::Block`]).
    Blocked {
        /// Since when.
        since: Time,
        /// Until then.
        until: Time,
    },
    /// The consumer is closing.
    Closing,
    /// The consumer is closed; the container has stopped.
    Stopped,
}

impl Phase {
    /// What is left of the poll that is being handled.
    pub fn hand(&self) -> Option<&Hand> {
        match self {
            Phase::Handling { hand, .. } | Phase::Failing { hand, .. } | Phase::Publishing { hand, .. } => {
                Some(hand)
            }
            Phase::Created
            | Phase::Starting
            | Phase::Ready
            | Phase::Polling
            | Phase::Seeking { .. }
            | Phase::Sleeping { .. }
            | Phase::Blocked { .. }
            | Phase::Closing
            | Phase::Stopped => None,
        }
    }
}

/// A partition that waits because a record is not due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The record that is not due; all behind it wait too.
    pub offset: Offset,
    /// When it is due.
    pub until: Time,
}

/// How many records a container has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Deliveries that returned.
    pub handled: u64,
    /// Deliveries that threw.
    pub failed: u64,
    /// Records published to a retry topic.
    pub retried: u64,
    /// Records published to the dead letters.
    pub dead: u64,
    /// Records given up with a line in the log.
    pub skipped: u64,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    pub(super) topics: Vec<TopicName>,
    pub(super) group: GroupId,
    pub(super) consumer: Consumer,
    pub(super) phase: Phase,
    /// Inside `commitSync`.
    pub(super) committing: bool,
    /// Handled and not yet committed: the next offset of each partition.
    pub(super) acks: Map<TopicPartition, Offset>,
    /// How many records were acknowledged since the last commit (`ListenerConsumer.count`).
    pub(super) unacknowledged: u64,
    /// When the thread asked for its last commit, at first when it started (`ListenerConsumer.last`).
    pub(super) last_commit: Time,
    /// The latest moment that the thread has seen.
    pub(super) clock: Time,
    /// When it entered poll.
    pub(super) poll_started: Time,
    /// The last poll returned nothing.
    pub(super) came_back_empty: bool,
    /// What its thread pool has in hand.
    pub(super) pool: Pool,
    pub(super) assigned: Set<TopicPartition>,
    /// Paused at the consumer.
    pub(super) paused: Set<TopicPartition>,
    pub(super) waiting: Map<TopicPartition, Waiting>,
    /// `FailedRecordTracker`: the last failed offset of a partition and its deliveries so far.
    pub(super) deliveries: Map<TopicPartition, (Offset, u32)>,
    pub(super) counts: Counts,
    /// Its pool has too much in hand: nothing more is polled.
    pub(super) throttled: bool,
    /// Poll threw what Spring counts as fatal.
    pub(super) stopping: bool,
    /// Commits that a rebalance refused (`RebalanceInProgressException`): tried again after it, for the partitions that
    /// are still there (`commitsDuringRebalance`).
    pub(super) recommit: Map<TopicPartition, Offset>,
    /// What the thread does before its next poll, in order.
    pub(super) errands: VecDeque<Errand>,
    /// How far it is with what it writes, if it writes anything.
    pub(super) turn: Option<Box<Turn>>,
}

/// The thread's next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Subscribe,
    Pauses,
    Commit,
    Poll,
    StartHandling,
    Handle,
    HandleError,
    Seek,
    EndSleep,
    Close,
    LeavePoll,
    Errand,
    EndBlock,
    Output(OutputStep),
}

impl Container {
    pub(super) fn new(topics: Vec<TopicName>, group: GroupId, consumer: Consumer) -> Container {
        Container {
            topics,
            group,
            consumer,
            phase: Phase::Created,
            committing: false,
            acks: Map::new(),
            unacknowledged: 0,
            last_commit: Time::ZERO,
            clock: Time::ZERO,
            poll_started: Time::ZERO,
            came_back_empty: false,
            pool: Pool::default(),
            assigned: Set::new(),
            paused: Set::new(),
            waiting: Map::new(),
            deliveries: Map::new(),
            counts: Counts::default(),
            throttled: false,
            stopping: false,
            recommit: Map::new(),
            errands: VecDeque::new(),
            turn: None,
        }
    }

    /// The topics that it reads.
    pub fn topics(&self) -> &[TopicName] {
        &self.topics
    }

    /// The group that it is in.
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    /// Its consumer.
    pub fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// What its thread is doing.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// True while its thread is blocked in `commitSync`.
    pub fn is_committing(&self) -> bool {
        self.committing
    }

    /// The partitions that wait for a record to be due.
    pub fn waiting(&self) -> &Map<TopicPartition, Waiting> {
        &self.waiting
    }

    /// The call of the listener method that is in progress: partition, offset, since when, until when.
    pub fn handling(&self) -> Option<(&TopicPartition, Offset, Time, Time)> {
        let Phase::Handling { hand, current: Some((started, until)) } = &self.phase else { return None };
        hand.next().map(|(tp, offset, ..)| (tp, offset, *started, *until))
    }

    /// True while its partitions are paused because its pool has too much in hand.
    pub fn is_throttled(&self) -> bool {
        self.throttled
    }

    /// Its thread pool.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// How many records it has polled and not handled, those in its pool included.
    pub fn in_hand(&self) -> usize {
        self.pool.len() + self.phase.hand().map_or(0, Hand::len)
    }

    /// How many records it has seen.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Which delivery a record would be for `DefaultErrorHandler` (`FailedRecordTracker`).
    pub(super) fn delivery(&self, tp: &TopicPartition, offset: Offset) -> u32 {
        match self.deliveries.get(tp) {
            Some((failed, times)) if *failed == offset => times.saturating_add(1),
            _ => 1,
        }
    }

    /// Partitions that should be paused at the consumer and are not, and those that are and should not.
    pub(super) fn pause_changes(&self, all: bool) -> (Vec<TopicPartition>, Vec<TopicPartition>) {
        let wanted = |tp: &TopicPartition| all || self.waiting.contains_key(tp);
        let pause = |tp: &&TopicPartition| wanted(tp) && !self.paused.contains(*tp);
        let resume = |tp: &&TopicPartition| !wanted(tp) && self.assigned.contains(*tp);
        (
            self.assigned.iter().filter(pause).cloned().collect(),
            self.paused.iter().filter(resume).cloned().collect(),
        )
    }

    fn wants_pauses(&self, all: bool) -> bool {
        if !all && self.waiting.is_empty() && self.paused.is_empty() {
            return false;
        }
        let (pause, resume) = self.pause_changes(all);
        !pause.is_empty() || !resume.is_empty()
    }

    /// What the thread does next, and when; `None` while it waits for somebody else. [`Time::ZERO`] means at once.
    /// `unsent`: what it has written is not acknowledged yet.
    pub(super) fn next_step(
        &self,
        config: &ListenerConfig,
        paused: bool,
        closing: bool,
        unsent: bool,
    ) -> Option<(Time, Step)> {
        if self.committing {
            return None;
        }
        match self.turn.as_ref().map_or(Next::Usual, |turn| turn.next(&self.phase, unsent)) {
            Next::Usual => {}
            Next::Wait => return None,
            Next::Step(step) => return Some((Time::ZERO, Step::Output(step))),
        }
        let closing = closing || self.stopping;
        let paused = paused || self.throttled;
        let at_once = |step| Some((Time::ZERO, step));
        if !self.acks.is_empty() && self.may_commit(config, closing) {
            return at_once(if unsent { Step::Output(OutputStep::Flush) } else { Step::Commit });
        }
        match &self.phase {
            Phase::Created | Phase::Publishing { .. } | Phase::Closing | Phase::Stopped => None,
            Phase::Starting => at_once(Step::Subscribe),
            Phase::Ready if closing => at_once(Step::Close),
            Phase::Ready if self.wants_pauses(paused) => at_once(Step::Pauses),
            Phase::Ready if !self.errands.is_empty() => at_once(Step::Errand),
            // The queue of its pool is full: the thread waits in `put`.
            Phase::Ready if self.pool.is_full(config.guard.as_ref().and_then(|guard| guard.buffer)) => None,
            Phase::Ready => at_once(Step::Poll),
            // `container.stop()`, `pause()` and a due record wake the consumer up.
            Phase::Polling if closing => at_once(Step::Close),
            Phase::Polling if self.wants_pauses(paused) => at_once(Step::Pauses),
            Phase::Polling
                if (!self.errands.is_empty() || self.may_recommit()) && self.consumer.may_leave_poll() =>
            {
                at_once(Step::LeavePoll)
            }
            // Acknowledged meanwhile, or not yet committed: looked at when the poll comes back empty.
            Phase::Polling if !self.acks.is_empty() && self.consumer.may_leave_poll() => {
                let wakes_up = config.commit == CommitMode::ManualImmediate;
                let at = if wakes_up { Time::ZERO } else { self.poll_started + POLL_TIMEOUT };
                Some((at, Step::LeavePoll))
            }
            Phase::Polling => None,
            Phase::Handling { current: None, .. } => at_once(Step::StartHandling),
            Phase::Handling { current: Some((_, until)), .. } => Some((*until, Step::Handle)),
            Phase::Failing { .. } => at_once(Step::HandleError),
            Phase::Seeking { .. } => at_once(Step::Seek),
            Phase::Blocked { until, .. } => Some((*until, Step::EndBlock)),
            Phase::Sleeping { .. } if closing => at_once(Step::EndSleep),
            Phase::Sleeping { until, .. } => Some((*until, Step::EndSleep)),
        }
    }

    /// A rebalance has refused commits, and is over.
    fn may_recommit(&self) -> bool {
        !self.recommit.is_empty() && !self.consumer.is_rebalancing()
    }

    /// `processCommits`, and `commitPendingAcks` before partitions are given up or the consumer is closed.
    fn may_commit(&self, config: &ListenerConfig, closing: bool) -> bool {
        if self.turn.as_ref().is_some_and(|turn| turn.is_transactional()) {
            return false;
        }
        let is_between_polls =
            matches!(self.phase, Phase::Ready | Phase::Failing { .. } | Phase::Seeking { .. });
        let is_between_records =
            is_between_polls || matches!(self.phase, Phase::Handling { current: None, .. });
        if self.phase == Phase::Polling {
            return closing && self.consumer.may_leave_poll() || self.consumer.is_about_to_revoke();
        }
        if is_between_polls && closing {
            return true;
        }
        let is_counted = self.unacknowledged >= u64::from(config.ack_count) || self.came_back_empty;
        let is_time = self.clock > self.last_commit + config.ack_time;
        match config.commit {
            CommitMode::Auto => false,
            CommitMode::Record | CommitMode::ManualImmediate => true,
            CommitMode::Batch | CommitMode::Manual | CommitMode::Async => is_between_polls,
            CommitMode::Before => is_between_records,
            CommitMode::Count => is_between_records && is_counted,
            CommitMode::Time => is_between_records && is_time,
            CommitMode::CountTime => is_between_records && (is_counted || is_time),
        }
    }
}
