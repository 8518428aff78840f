//! What an application instance is told, and what happens to it.

use crate::consumer::{ConsumerEvent, ConsumerTimer};
#[cfg(doc)]
use crate::listener::config::CommitMode;
use crate::listener::config::FailureRule;
use crate::listener::errand::Errand;
use crate::listener::exception::Exception;
use crate::listener::guard::{Guarded, Held, Limit, Quote, Running, Seat};
use crate::producer::{ProducerEvent, ProducerTimer};
use crate::{Outgoing, Reply};
use millrace_model::{Header, Offset, Origin, Span, Time, TopicName, TopicPartition};
use std::sync::Arc;

/// One of the clients inside an instance: 0 is the main consumer, then one for each retry topic of the chain, the
/// last is the producer of retry and dead letter records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(pub u8);

impl Port {
    /// The main consumer.
    pub const MAIN: Port = Port(0);

    /// The port as an index of containers.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A request with the client that sends it: correlations are unique per port only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortedRequest {
    /// The sender; its reply must come back with this port.
    pub port: Port,
    /// The request.
    pub outgoing: Outgoing,
}

/// What a decision of an instance comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceOutcome {
    /// What happened, in order.
    pub events: Vec<InstanceEvent>,
    /// What leaves for a broker, in order.
    pub requests: Vec<PortedRequest>,
}

/// One thing that an instance is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceInput {
    /// The application starts: its consumers subscribe and their threads begin to poll.
    Start,
    /// A reply for one of its clients.
    Reply {
        /// Whose request it answers.
        port: Port,
        /// The answer.
        reply: Reply,
    },
    /// A moment of `next_timer` has come.
    Timer(InstanceTimer),
    /// The listener method behaves differently from now on. (The retry topics of a running application cannot be
    /// changed: start it anew.)
    Reconfigure {
        /// Its time for one record.
        work: Span,
        /// When it throws.
        failures: Vec<FailureRule>,
    },
    /// `container.pause()` on all containers: records in hand are still handled, no more are polled; the consumers
    /// stay in their groups.
    Pause,
    /// `container.resume()`.
    Resume,
    /// Something for the main container's thread to do between two polls.
    Errand(Errand),
    /// `container.stop()`: records in hand are handled, offsets committed, the groups left.
    Close,
}

/// What an instance waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceTimer {
    /// The next step of a container's thread.
    Thread(Port),
    /// A call on a container's pool is over, or can begin.
    Pool(Port),
    /// A waiting record of this partition is due.
    Backoff(Port, TopicPartition),
    /// A timer of a consumer.
    Consumer(Port, ConsumerTimer),
    /// A timer of the producer.
    Producer(ProducerTimer),
}

/// Offsets of one partition that were handled without an exception.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HandledRange {
    /// The partition.
    pub tp: TopicPartition,
    /// The first offset.
    pub from: Offset,
    /// The offset after the last.
    pub to: Offset,
}

/// A record with the place where its life in this group began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordRef {
    /// The partition that it was read from.
    pub tp: TopicPartition,
    /// Its offset there.
    pub offset: Offset,
    /// Its partition and offset in the main topic: by its headers, or the same if it was read there.
    pub original: (TopicPartition, Offset),
    /// The number of this delivery, from 1.
    pub attempt: u32,
    /// Where its life began in the trace.
    pub origin: Origin,
}

/// What follows a failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is published to a retry topic, where it waits so long.
    Retry {
        /// The retry topic.
        topic: TopicName,
        /// Its delay.
        delay: Span,
    },
    /// It is published to the dead letter topic.
    DeadLetter {
        /// The dead letter topic.
        topic: TopicName,
    },
    /// The error is logged and the record skipped.
    Skip,
    /// Seek back and deliver again (`DefaultErrorHandler` without retry topics).
    Redeliver {
        /// How long the thread sleeps before.
        interval: Span,
    },
}

impl Fate {
    /// The topic to which the record is published, if it is.
    pub fn topic(&self) -> Option<&TopicName> {
        match self {
            Fate::Retry { topic, .. } | Fate::DeadLetter { topic } => Some(topic),
            Fate::Skip | Fate::Redeliver { .. } => None,
        }
    }
}

/// A delivery that ended with an exception.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// Of which record.
    pub record: RecordRef,
    /// The exception.
    pub exception: Exception,
    /// What follows.
    pub fate: Fate,
    /// When it was thrown.
    pub at: Time,
}

/// Records of one poll that were handled in one step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handled {
    /// By the thread of this container.
    pub port: Port,
    /// By this thread of its pool instead, from 1.
    pub thread: Option<u32>,
    /// When they were done.
    pub at: Time,
    /// Successes, in the order of the poll.
    pub ranges: Vec<HandledRange>,
    /// The same successes one by one, for records of retry topics (empty for the main topic).
    pub retried: Vec<RecordRef>,
    /// The record after them, if the listener method threw on it: the rest of the poll is read again afterwards
    /// (`DefaultErrorHandler.seekAfterError`).
    pub failure: Option<Failure>,
    /// The id that was marked as seen with it, in one transaction.
    pub mark: Option<Arc<str>>,
}

impl Handled {
    /// Nothing, by that thread.
    pub fn nothing(port: Port, at: Time) -> Handled {
        let (ranges, retried) = (Vec::new(), Vec::new());
        Handled { port, thread: None, at, ranges, retried, failure: None, mark: None }
    }
}

/// What happened to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceEvent {
    /// Something in one of its consumers.
    Consumer {
        /// In which.
        port: Port,
        /// What.
        event: ConsumerEvent,
    },
    /// Something in its producer.
    Producer(ProducerEvent),
    /// The application has started.
    Started {
        /// When.
        at: Time,
    },
    /// The listener method was called; it takes until then.
    HandlingStarted {
        /// On the thread of this container.
        port: Port,
        /// On this thread of its pool instead, from 1.
        thread: Option<u32>,
        /// The record's partition.
        tp: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// When.
        at: Time,
        /// When it will be done.
        until: Time,
    },
    /// The thread handed all records of a poll to its pool, and polls on as if they were done.
    Submitted {
        /// The thread.
        port: Port,
        /// What.
        ranges: Vec<HandledRange>,
        /// When.
        at: Time,
    },
    /// Records were handled, at most one of them with an exception.
    Handled(Handled),
    /// The listener method calls a service; what it comes to is settled.
    Called {
        /// The thread.
        seat: Seat,
        /// The call as the thread sees it: until the first answer.
        running: Running,
        /// What this call comes to.
        quote: Quote,
        /// It is the second call for the same record (hedging).
        is_hedge: bool,
    },
    /// A thread waits for a permission to call.
    Held {
        /// The thread.
        seat: Seat,
        /// For what.
        held: Held,
        /// Until then.
        until: Time,
    },
    /// A thread may not call, and `BulkheadFullException` or `RequestNotPermitted` is thrown.
    Refused {
        /// The thread.
        seat: Seat,
        /// By what.
        by: Limit,
    },
    /// A guard around the listener method has done something.
    Guarded {
        /// The thread.
        port: Port,
        /// What.
        guarded: Guarded,
    },
    /// The thread asks its consumer to commit, and waits (unless it is [`CommitMode::Async`]).
    CommitIssued {
        /// The thread.
        port: Port,
        /// When.
        at: Time,
    },
    /// A record of a retry topic is not due: its partition waits, and everything behind it (`KafkaBackoffException`).
    PartitionPausedForBackoff {
        /// The thread.
        port: Port,
        /// The partition.
        tp: TopicPartition,
        /// The record that is not due.
        offset: Offset,
        /// When it is.
        until: Time,
    },
    /// The wait is over: the partition may be polled.
    BackoffElapsed {
        /// The container.
        port: Port,
        /// The partition.
        tp: TopicPartition,
    },
    /// The failed record was given to the producer; the thread waits until a broker has acknowledged it.
    PublishStarted {
        /// The thread.
        port: Port,
        /// Where it goes to.
        topic: TopicName,
        /// The headers that it is sent with.
        headers: Arc<[Header]>,
    },
    /// The broker has the record: the original counts as handled and its offset may be committed.
    Published {
        /// The thread that waited.
        port: Port,
        /// The record and its failure.
        failure: Arc<Failure>,
        /// Where it is now.
        to: (TopicPartition, Offset),
    },
    /// The producer gave up: the thread seeks back and the record is delivered again.
    PublishFailed {
        /// The thread that waited.
        port: Port,
        /// The record and its failure.
        failure: Arc<Failure>,
        /// Why, in the producer's words.
        cause: Arc<str>,
    },
    /// The error was logged; the record counts as handled.
    Skipped {
        /// The thread.
        port: Port,
        /// The record and its failure.
        failure: Arc<Failure>,
    },
    /// The thread sleeps, and then seeks back to deliver the record again.
    RedeliveryScheduled {
        /// The thread.
        port: Port,
        /// When it seeks back.
        until: Time,
    },
    /// The thread makes its consumer read again from here what it had polled but not handled.
    SeekIssued {
        /// The thread.
        port: Port,
        /// The partition.
        tp: TopicPartition,
        /// The next offset to read.
        offset: Offset,
    },
    /// The thread has slept enough.
    SleepEnded {
        /// The thread.
        port: Port,
    },
    /// The thread pauses or resumes partitions at its consumer.
    PauseIssued {
        /// The thread.
        port: Port,
        /// The partitions.
        partitions: Vec<TopicPartition>,
        /// True for `pause`, false for `resume`.
        paused: bool,
    },
    /// Poll threw; the thread polls again then.
    PollRetryScheduled {
        /// The thread.
        port: Port,
        /// When.
        until: Time,
    },
    /// The container stops for good: poll threw what Spring counts as fatal.
    ContainerStopped {
        /// Which.
        port: Port,
        /// The simple name of Kafka's exception.
        exception: &'static str,
    },
    /// The container closes its consumer.
    ContainerClosing {
        /// Which.
        port: Port,
    },
    /// The last container has stopped: the producer is closed.
    ProducerCloseIssued,
    /// The listener method changed.
    Reconfigured {
        /// Its time for one record.
        work: Span,
        /// When it throws.
        failures: Vec<FailureRule>,
    },
    /// The main thread shall do this between two polls.
    ErrandRequested {
        /// What.
        errand: Errand,
    },
    /// The thread does it now.
    ErrandStarted {
        /// The thread.
        port: Port,
        /// What.
        errand: Errand,
        /// When.
        at: Time,
    },
    /// The thread has been elsewhere long enough, and polls again.
    BlockEnded {
        /// The thread.
        port: Port,
        /// When.
        at: Time,
    },
    /// `container.pause()` was called.
    PauseRequested,
    /// `container.resume()` was called.
    ResumeRequested,
    /// `container.stop()` was called.
    CloseRequested,
    /// Something that was written did not get through: all of the last poll is read again.
    OutputRewound {
        /// The thread.
        port: Port,
    },
}
