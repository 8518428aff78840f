//! What an instance makes of an input. Each input is handed to at most one of its clients, or is one step of one
//! container's thread.

use crate::consumer::{ConsumerEvent, ConsumerInput};
use crate::listener::config::{ClientProfile, CommitMode};
use crate::listener::container::{Container, Phase, Step};
use crate::listener::errand::{Errand, Subscribed};
use crate::listener::event::{
    Failure, Fate, InstanceEvent, InstanceInput, InstanceOutcome, InstanceTimer, Port, PortedRequest,
};
use crate::listener::hand::Hand;
use crate::listener::headers::{FailedAt, next_headers};
use crate::listener::instance::Instance;
use crate::producer::{FailedPlace, ProducerEvent, ProducerInput, ProducerRecord};
use millrace_model::{Dice, Header, Partition, Record, Span, Time, TimestampType, TopicName, TopicPartition};
use std::sync::Arc;

/// How long the thread waits after `poll` has thrown something that is not fatal. (Spring polls again without a
/// pause, at the speed of the machine, which virtual time does not have.)
const AFTER_FAILED_POLL: Span = Span::from_secs(1);

/// The pause of a plain loop that catches everything.
const AFTER_CAUGHT_POLL: Span = Span::from_millis(200);

/// What a task of Kafka Connect fails with ("Tolerance exceeded in error handler").
const NOT_TOLERATED: &str = "ConnectException";

/// What stops a container for good (`ListenerConsumer.run`).
const FATAL_IN_POLL: [&str; 2] = ["NoOffsetForPartitionException", "FencedInstanceIdException"];

impl Instance {
    /// Thinks about one input; see [`crate::contract`]. Inputs that fit nothing (a reply for a port that does not
    /// exist, a timer that is not due) are ignored.
    pub fn decide(&self, now: Time, input: &InstanceInput, dice: &dyn Dice) -> InstanceOutcome {
        let mut out = InstanceOutcome::default();
        match input {
            InstanceInput::Start => {
                if self.containers.iter().all(|c| c.phase == Phase::Created) && !self.closing {
                    out.events.push(InstanceEvent::Started { at: now });
                }
            }
            InstanceInput::Reply { port, reply } if *port == self.producer_port() => {
                self.tell_producer(now, &ProducerInput::Reply(reply.clone()), dice, &mut out);
            }
            InstanceInput::Reply { port, reply } => {
                self.tell_consumer(now, *port, &ConsumerInput::Reply(reply.clone()), dice, &mut out);
            }
            InstanceInput::Timer(InstanceTimer::Consumer(port, timer)) => {
                self.tell_consumer(now, *port, &ConsumerInput::Timer(*timer), dice, &mut out);
            }
            InstanceInput::Timer(InstanceTimer::Producer(timer)) => {
                self.tell_producer(now, &ProducerInput::Timer(timer.clone()), dice, &mut out);
            }
            InstanceInput::Timer(InstanceTimer::Backoff(port, tp)) => {
                let waiting = self.container(*port).and_then(|c| c.waiting.get(tp));
                if waiting.is_some_and(|w| w.until <= now) {
                    out.events.push(InstanceEvent::BackoffElapsed { port: *port, tp: tp.clone() });
                }
            }
            InstanceInput::Timer(InstanceTimer::Thread(port)) => self.step(now, *port, dice, &mut out),
            InstanceInput::Timer(InstanceTimer::Pool(port)) => {
                if let Some(container) = self.container(*port) {
                    self.run_pool(now, *port, container, &mut out);
                }
            }
            InstanceInput::Reconfigure { work, failures } => {
                out.events.push(InstanceEvent::Reconfigured { work: *work, failures: failures.clone() });
            }
            InstanceInput::Errand(errand) => {
                if !self.closing {
                    out.events.push(InstanceEvent::ErrandRequested { errand: errand.clone() });
                }
            }
            InstanceInput::Pause if !self.paused => out.events.push(InstanceEvent::PauseRequested),
            InstanceInput::Resume if self.paused => out.events.push(InstanceEvent::ResumeRequested),
            InstanceInput::Close if !self.closing => out.events.push(InstanceEvent::CloseRequested),
            InstanceInput::Pause | InstanceInput::Resume | InstanceInput::Close => {}
        }
        out
    }

    pub(super) fn tell_consumer(
        &self,
        now: Time,
        port: Port,
        input: &ConsumerInput,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let Some(container) = self.container(port) else { return };
        let outcome = container.consumer.decide(now, input, dice);
        for event in outcome.events {
            let thrown = match &event {
                ConsumerEvent::PollFailed { exception, .. } => Some(*exception),
                _ => None,
            };
            out.events.push(InstanceEvent::Consumer { port, event });
            match thrown {
                Some(_) if self.config.client != ClientProfile::Spring => {
                    let until = now + AFTER_CAUGHT_POLL;
                    out.events.push(InstanceEvent::PollRetryScheduled { port, until });
                }
                Some(exception) if FATAL_IN_POLL.contains(&exception) => {
                    out.events.push(InstanceEvent::ContainerStopped { port, exception });
                }
                Some(_) => {
                    let until = now + AFTER_FAILED_POLL;
                    out.events.push(InstanceEvent::PollRetryScheduled { port, until });
                }
                None => {}
            }
        }
        out.requests.extend(outcome.requests.into_iter().map(|outgoing| PortedRequest { port, outgoing }));
    }

    pub(super) fn tell_producer(
        &self,
        now: Time,
        input: &ProducerInput,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let port = self.producer_port();
        let outcome = self.producer.decide(now, input, dice);
        let mut answered: Vec<Port> = Vec::new();
        for event in outcome.events {
            let ends = self.ends_of_publishing(&event, &mut answered);
            out.events.push(InstanceEvent::Producer(event));
            out.events.extend(ends);
        }
        out.requests.extend(outcome.requests.into_iter().map(|outgoing| PortedRequest { port, outgoing }));
    }

    /// Which threads a producer's event sets free: each record ends the waiting of one.
    fn ends_of_publishing(&self, event: &ProducerEvent, answered: &mut Vec<Port>) -> Vec<InstanceEvent> {
        let mut waiter = |topic: &TopicName, is_it: &dyn Fn(&Failure, &Arc<[Header]>) -> bool| {
            let found = self.containers().find_map(|(port, container)| match &container.phase {
                Phase::Publishing { failure, headers, .. }
                    if failure.fate.topic() == Some(topic)
                        && !answered.contains(&port)
                        && is_it(failure, headers) =>
                {
                    Some((port, failure.clone()))
                }
                _ => None,
            });
            answered.extend(found.iter().map(|(port, _)| *port));
            found
        };
        match event {
            ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } => {
                let mut ends = Vec::new();
                for (index, record) in batch.records.iter().enumerate() {
                    let same = |failure: &Failure, headers: &Arc<[Header]>| {
                        record.origin == failure.record.origin && record.headers == *headers
                    };
                    if let Some((port, failure)) = waiter(&tp.topic, &same) {
                        let offset = if base_offset.0 < 0 { *base_offset } else { base_offset.plus(index) };
                        ends.push(InstanceEvent::Published { port, failure, to: (tp.clone(), offset) });
                    }
                }
                ends
            }
            ProducerEvent::RecordsFailed { place, origins, failure: error, .. } => {
                let topic = match place {
                    FailedPlace::Send(topic) | FailedPlace::Waiting(_, topic) => topic,
                    FailedPlace::Queued(tp, _) | FailedPlace::InFlight(_, tp, _) => &tp.topic,
                };
                let mut ends = Vec::new();
                for origin in origins {
                    let same = |failure: &Failure, _: &Arc<[Header]>| failure.record.origin == *origin;
                    if let Some((port, failure)) = waiter(topic, &same) {
                        ends.extend(self.not_published(port, &failure, &error.message));
                    }
                }
                ends
            }
            _ => Vec::new(),
        }
    }

    /// One step of a container's thread, or the end of the producer.
    fn step(&self, now: Time, port: Port, dice: &dyn Dice, out: &mut InstanceOutcome) {
        if port == self.producer_port() && self.wants_producer_closed() {
            out.events.push(InstanceEvent::ProducerCloseIssued);
            self.tell_producer(now, &ProducerInput::Close, dice, out);
        }
        let Some(container) = self.container(port) else { return };
        let step = match self.next_step(container) {
            Some((at, step)) if at <= now => step,
            _ => return,
        };
        let mut tell = |input: ConsumerInput| self.tell_consumer(now, port, &input, dice, out);
        match step {
            Step::Subscribe => tell(match &self.config.pattern {
                Some(pattern) if port == Port::MAIN => ConsumerInput::SubscribePattern(pattern.clone()),
                Some(_) | None => ConsumerInput::Subscribe(container.topics.clone()),
            }),
            Step::LeavePoll => tell(ConsumerInput::LeavePoll),
            Step::EndBlock => out.events.push(InstanceEvent::BlockEnded { port, at: now }),
            Step::Errand => {
                let Some(errand) = container.errands.front() else { return };
                out.events.push(InstanceEvent::ErrandStarted { port, errand: errand.clone(), at: now });
                let input = match errand {
                    Errand::Block(_) => return,
                    Errand::Commit => ConsumerInput::CommitSync(None),
                    Errand::Unsubscribe => ConsumerInput::Subscribe(Vec::new()),
                    Errand::Subscribe(Subscribed::Topics(topics)) => ConsumerInput::Subscribe(topics.clone()),
                    Errand::Subscribe(Subscribed::Pattern(p)) => ConsumerInput::SubscribePattern(p.clone()),
                };
                self.tell_consumer(now, port, &input, dice, out);
            }
            Step::Pauses => {
                let (pause, resume) = container.pause_changes(self.paused || container.throttled);
                let (partitions, input) = if pause.is_empty() {
                    (resume.clone(), ConsumerInput::Resume(resume))
                } else {
                    (pause.clone(), ConsumerInput::Pause(pause.clone()))
                };
                let paused = !pause.is_empty();
                out.events.push(InstanceEvent::PauseIssued { port, partitions, paused });
                self.tell_consumer(now, port, &input, dice, out);
            }
            Step::Commit => {
                let offsets = container.acks.iter().map(|(tp, offset)| (tp.clone(), *offset)).collect();
                out.events.push(InstanceEvent::CommitIssued { port, at: now });
                let waits = self.config.commit != CommitMode::Async || self.closing || container.stopping;
                let input = if waits {
                    ConsumerInput::CommitSync(Some(offsets))
                } else {
                    ConsumerInput::CommitAsync(Some(offsets))
                };
                self.tell_consumer(now, port, &input, dice, out);
            }
            Step::Poll => tell(ConsumerInput::Poll),
            Step::Close => {
                out.events.push(InstanceEvent::ContainerClosing { port });
                self.tell_consumer(now, port, &ConsumerInput::Close, dice, out);
            }
            Step::StartHandling | Step::Handle => {
                if let Phase::Handling { hand, current } = &container.phase {
                    self.handle(now, port, container, hand, current.is_some(), dice, out);
                    self.send_output(now, container, dice, out);
                }
            }
            Step::HandleError => {
                if let Phase::Failing { hand, failure } = &container.phase {
                    self.handle_error(now, port, container, hand, failure, dice, out);
                }
            }
            Step::EndSleep => out.events.push(InstanceEvent::SleepEnded { port }),
            Step::Output(step) => self.output_step(now, (port, container), step, dice, out),
            Step::Seek => {
                if let Phase::Seeking { seeks, .. } = &container.phase
                    && let Some((tp, offset)) = seeks.first().cloned()
                {
                    out.events.push(InstanceEvent::SeekIssued { port, tp: tp.clone(), offset });
                    self.tell_consumer(now, port, &ConsumerInput::Seek(tp, offset), dice, out);
                }
            }
        }
    }

    /// The error handler (`DefaultErrorHandler.handleRemaining`, with the recoverer of the retry policy).
    #[allow(clippy::too_many_arguments)]
    fn handle_error(
        &self,
        now: Time,
        port: Port,
        container: &Container,
        hand: &Hand,
        failure: &Arc<Failure>,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let delay = match &failure.fate {
            Fate::Skip => {
                out.events.push(InstanceEvent::Skipped { port, failure: failure.clone() });
                return;
            }
            Fate::Redeliver { interval } => {
                out.events.push(InstanceEvent::RedeliveryScheduled { port, until: now + *interval });
                if *interval == Span::ZERO && self.config.retry.connect().is_some() {
                    out.events.push(InstanceEvent::ContainerStopped { port, exception: NOT_TOLERATED });
                }
                return;
            }
            Fate::Retry { delay, .. } => *delay,
            Fate::DeadLetter { .. } => Span::ZERO,
        };
        let (Some(topic), Some((tp, offset, record, batch))) = (failure.fate.topic(), hand.next()) else {
            return;
        };
        let timestamp_type = match batch.log_append_time {
            Some(_) => TimestampType::LogAppendTime,
            None => TimestampType::CreateTime,
        };
        let failed = FailedAt {
            tp,
            offset,
            timestamp: batch.timestamp(record),
            timestamp_type,
            group: &container.group,
            exception: &failure.exception,
            at: failure.at.timestamp(),
            delay,
        };
        let (headers, outgoing) = match self.config.retry.connect() {
            None => {
                let headers = next_headers(record, &failed);
                let outgoing = self.outgoing(topic, tp, record, &headers);
                (headers, outgoing)
            }
            // Where the partitioner puts it, with the record's own timestamp.
            Some(connect) => {
                let headers = connect.headers(record, &failed);
                let outgoing = self.outgoing(topic, tp, record, &headers);
                let timestamp = Some(failed.timestamp);
                (headers, ProducerRecord { partition: None, timestamp, ..outgoing })
            }
        };
        out.events.push(InstanceEvent::PublishStarted {
            port,
            topic: topic.clone(),
            headers: headers.clone(),
        });
        let send = ProducerInput::Send { records: vec![outgoing] };
        // A send that fails in the call itself ends the waiting which this very step begins.
        let before = out.events.len();
        self.tell_producer(now, &send, dice, out);
        let refused = out.events.get(before..).unwrap_or_default().iter().find_map(|event| match event {
            InstanceEvent::Producer(ProducerEvent::RecordsFailed { failure, .. }) => {
                Some(failure.message.clone())
            }
            _ => None,
        });
        if let Some(cause) = refused {
            let over =
                |e: &InstanceEvent| matches!(e, InstanceEvent::PublishFailed { port: p, .. } if *p == port);
            if !out.events.iter().any(over) {
                out.events.extend(self.not_published(port, failure, &cause));
            }
        }
    }

    fn outgoing(
        &self,
        topic: &TopicName,
        from: &TopicPartition,
        record: &Record,
        headers: &Arc<[Header]>,
    ) -> ProducerRecord {
        ProducerRecord {
            topic: topic.clone(),
            partition: self.same_partition(topic, from.partition),
            // No timestamp: the producer's clock at the send, as `createProducerRecord` does it.
            timestamp: None,
            key: record.key.clone(),
            value: record.value.clone(),
            headers: headers.clone(),
            origin: record.origin,
        }
    }

    /// The partition of the same number if the topic has one, else none: the partitioner decides
    /// (`DeadLetterPublishingRecoverer.checkPartition`). A topic that no client of this instance has heard of counts
    /// with the partitions that the instance itself creates.
    fn same_partition(&self, topic: &TopicName, partition: Partition) -> Option<Partition> {
        let created = || {
            let retry = self.config.retry.retry_topics();
            retry.map_or(1, |r| usize::try_from(r.partitions).unwrap_or(1).max(1))
        };
        let count = self.partition_counts.get(topic).copied().unwrap_or_else(created);
        (usize::try_from(partition.0).unwrap_or(usize::MAX) < count).then_some(partition)
    }
}
