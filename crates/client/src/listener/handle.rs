//! Calling the listener method: all records of a poll in one step if it takes no time, else one a step.

use crate::listener::config::RetryPolicy;
use crate::listener::connect::Tolerance;
use crate::listener::container::Container;
use crate::listener::event::{
    Failure, Fate, Handled, HandledRange, InstanceEvent, InstanceOutcome, Port, RecordRef,
};
use crate::listener::exception::Exception;
use crate::listener::guard::Seat;
use crate::listener::hand::Hand;
use crate::listener::instance::Instance;
use crate::listener::{handler, headers};
use millrace_model::{Dice, Offset, Record, Span, Time, Timestamp, TopicPartition};

impl Instance {
    /// Handles records of `hand`. `called` says that the call of the first one is in progress and over now.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn handle(
        &self,
        now: Time,
        port: Port,
        container: &Container,
        hand: &Hand,
        called: bool,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        if self.dlt_port() == Some(port) {
            return self.handle_letter(now, port, container, hand, dice, out);
        }
        // The fast path: nothing can fail, nothing has to be looked at.
        if port == Port::MAIN && self.config.threads > 0 {
            out.events.push(InstanceEvent::Submitted { port, ranges: hand.ranges(), at: now });
            return;
        }
        if let Some(guard) = &self.config.guard {
            return self.handle_guarded(now, port, container, (hand, called), guard, dice, out);
        }
        let one_by_one = self.config.work > Span::ZERO || self.config.commit.is_record_by_record();
        let is_looked_at = !self.config.failures.is_empty() || self.config.computes_output();
        if port == Port::MAIN && !is_looked_at && !one_by_one && !called {
            let ranges = hand.ranges();
            out.events.push(InstanceEvent::Handled(Handled { ranges, ..Handled::nothing(port, now) }));
            return;
        }
        let mut handled = Handled::nothing(port, now);
        let mut not_due: Option<(TopicPartition, Offset, Time)> = None;
        'hand: for partition in hand.rest() {
            let tp = &partition.tp;
            let mut runs = partition.runs().into_iter().peekable();
            let begun = |from: Offset| HandledRange { tp: tp.clone(), from, to: from };
            let mut range = begun(runs.peek().map_or(partition.from, |(from, _)| *from));
            for (offset, record, batch) in partition.records() {
                if !called {
                    if let Some(until) = self.due_later(now, record) {
                        not_due = Some((tp.clone(), offset, until));
                        push_range(&mut handled.ranges, range);
                        break 'hand;
                    }
                    if self.config.work > Span::ZERO {
                        // The call of this record begins; `Handled` follows when it is over.
                        let seat = Seat { port, thread: None };
                        out.events.push(handling_started(seat, (tp, offset), now, now + self.config.work));
                        return;
                    }
                }
                let attempt = self.attempt(container, tp, offset, record);
                let timestamp = batch.timestamp(record);
                match self.listen((tp, offset), timestamp, record, attempt) {
                    Ok(()) => {
                        // Behind a marker another range begins.
                        while let Some((_, to)) = runs.next_if(|(_, to)| *to <= offset) {
                            range.to = to;
                            let next = begun(runs.peek().map_or(to, |(from, _)| *from));
                            push_range(&mut handled.ranges, std::mem::replace(&mut range, next));
                        }
                        range.to = offset.plus(1);
                        if port != Port::MAIN {
                            handled.retried.push(record_ref(tp, offset, record, attempt));
                        }
                    }
                    Err(exception) => {
                        let first = headers::first_timestamp(record).unwrap_or(timestamp);
                        let record = record_ref(tp, offset, record, attempt);
                        let fate = self.fate((now, port), &record, first, &exception, dice);
                        handled.failure = Some(Failure { record, exception, fate, at: now });
                        push_range(&mut handled.ranges, range);
                        break 'hand;
                    }
                }
                if one_by_one || called {
                    push_range(&mut handled.ranges, range);
                    break 'hand;
                }
            }
            // Offsets without records behind the last one (a compacted log) are passed over with it.
            range.to = runs.last().map_or(range.to, |(_, to)| to);
            push_range(&mut handled.ranges, range);
        }
        if !handled.ranges.is_empty() || handled.failure.is_some() {
            out.events.push(InstanceEvent::Handled(handled));
        }
        if let Some((tp, offset, until)) = not_due {
            out.events.push(InstanceEvent::PartitionPausedForBackoff { port, tp, offset, until });
        }
    }

    /// Calls the listener method, and computes what is to be written: `Err` is what it throws.
    pub(super) fn listen(
        &self,
        (tp, offset): (&TopicPartition, Offset),
        timestamp: Timestamp,
        record: &Record,
        attempt: u32,
    ) -> Result<(), Exception> {
        handler::call(&self.config.failures, tp, offset, timestamp, record, attempt)?;
        let Some(output) = &self.config.output else { return Ok(()) };
        output.value((tp, offset), timestamp, record, attempt).map(drop)
    }

    /// When a record is due, if that is later than now (`KafkaBackoffAwareMessageListenerAdapter`).
    pub(super) fn due_later(&self, now: Time, record: &Record) -> Option<Time> {
        self.config.retry.retry_topics()?;
        let due = headers::due(record, now.timestamp())?;
        (due > now.timestamp()).then(|| due.time())
    }

    /// Which delivery this is: by the header in the chain of retry topics, else by the error handler's tracker.
    pub(super) fn attempt(
        &self,
        container: &Container,
        tp: &TopicPartition,
        offset: Offset,
        record: &Record,
    ) -> u32 {
        match &self.config.retry {
            RetryPolicy::None => 1,
            RetryPolicy::Blocking(_) | RetryPolicy::Connect(_) => container.delivery(tp, offset),
            // In place in a retry topic with parked keys; else every delivery is another record.
            RetryPolicy::RetryTopics(_) => headers::attempts(record).max(container.delivery(tp, offset)),
        }
    }

    pub(super) fn fate(
        &self,
        (now, port): (Time, Port),
        record: &RecordRef,
        timestamp: Timestamp,
        exception: &Exception,
        dice: &dyn Dice,
    ) -> Fate {
        match &self.config.retry {
            RetryPolicy::None => Fate::Skip,
            RetryPolicy::Blocking(retries) if exception.retryable && record.attempt < retries.attempts => {
                let stream = [&*self.name, " back-off"].concat();
                let roll =
                    dice.roll(&stream, record.offset.0.unsigned_abs() << 8 | u64::from(record.attempt));
                Fate::Redeliver { interval: retries.back_off().pause(record.attempt, roll) }
            }
            RetryPolicy::Blocking(_) => Fate::Skip,
            RetryPolicy::Connect(errors) => {
                let stream = [&*self.name, " connect"].concat();
                let pause = errors.pause(record.attempt, &stream, dice).filter(|_| exception.retryable);
                match (pause, errors.tolerance, &errors.dead_letters) {
                    (Some(interval), ..) => Fate::Redeliver { interval },
                    // The task fails; whoever starts it again meets the record anew.
                    (None, Tolerance::None, _) => Fate::Redeliver { interval: Span::ZERO },
                    (None, Tolerance::All, Some(topic)) => Fate::DeadLetter { topic: topic.clone() },
                    (None, Tolerance::All, None) => Fate::Skip,
                }
            }
            RetryPolicy::RetryTopics(retry) => {
                let stage = port.index();
                let is_past = retry.timeout.is_some_and(|timeout| {
                    now.timestamp().0 > timestamp.0 + i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
                });
                let is_letter = self.dlt_port() == Some(port);
                let again = exception.retryable && (is_letter || !is_past);
                if retry.park_key && stage > 0 && !is_letter && again && record.attempt < retry.max_attempts()
                {
                    let delay = retry.delays().get(record.attempt.saturating_sub(1) as usize).copied();
                    return Fate::Redeliver { interval: Span::from_millis(delay.unwrap_or_default()) };
                }
                match retry.next(stage, record.attempt, again) {
                    None => Fate::Skip,
                    Some(next) => {
                        let topic = next.topic(&self.main_topic(port, &record.tp));
                        match next.kind {
                            crate::listener::topics::DestinationKind::DeadLetter => {
                                Fate::DeadLetter { topic }
                            }
                            crate::listener::topics::DestinationKind::Retry
                            | crate::listener::topics::DestinationKind::ReusableRetry => {
                                Fate::Retry { topic, delay: next.delay }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The main topic behind a topic that the container of `port` reads.
    fn main_topic(&self, port: Port, tp: &TopicPartition) -> millrace_model::TopicName {
        let here = self.container(port).map(|c| c.topics.as_slice()).unwrap_or_default();
        let index = here.iter().position(|topic| *topic == tp.topic);
        index.and_then(|i| self.config.topics.get(i)).unwrap_or(&tp.topic).clone()
    }
}

fn push_range(ranges: &mut Vec<HandledRange>, range: HandledRange) {
    if range.from < range.to {
        ranges.push(range);
    }
}

/// The call of the listener method begins; it takes until then.
pub(super) fn handling_started(
    seat: Seat,
    (tp, offset): (&TopicPartition, Offset),
    at: Time,
    until: Time,
) -> InstanceEvent {
    let Seat { port, thread } = seat;
    InstanceEvent::HandlingStarted { port, thread, tp: tp.clone(), offset, at, until }
}

pub(super) fn record_ref(tp: &TopicPartition, offset: Offset, record: &Record, attempt: u32) -> RecordRef {
    RecordRef {
        tp: tp.clone(),
        offset,
        original: headers::original(record).unwrap_or_else(|| (tp.clone(), offset)),
        attempt,
        origin: record.origin,
    }
}
