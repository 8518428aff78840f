//! What happens in an instance of an application: the listener, its failures, its retries.

use super::{Sentence, SentenceKind, consumer, producer};
use crate::words;
use millrace_client::listener::{Errand, Failure, Fate, GuardDeed, Handled, InstanceEvent, Limit};

pub(super) fn sentence(event: &InstanceEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        InstanceEvent::Consumer { event, .. } => return consumer::sentence(event, who),
        InstanceEvent::Producer(event) => return producer::sentence(event, who),
        InstanceEvent::HandlingStarted { tp, offset, at, until, .. } if until > at => {
            format!("{who} works on {} until {}", words::place(tp, *offset), words::time(*until))
        }
        InstanceEvent::HandlingStarted { .. } => return None,
        InstanceEvent::Submitted { ranges, .. } => {
            let records = ranges.iter().map(|range| range.to.since(range.from)).sum::<u64>();
            format!("{who} hands {} to its thread pool, and polls on", words::many(records, "record"))
        }
        InstanceEvent::Handled(handled) => return self::handled(handled, who),
        InstanceEvent::Guarded { guarded, .. } => {
            let place = words::place(&guarded.record.tp, guarded.record.offset);
            match guarded.deed {
                GuardDeed::Marked => format!("{who} marks {} as seen, apart from what it does", guarded.id),
                GuardDeed::Dropped => format!("{who} drops {place}: {} was seen before", guarded.id),
                GuardDeed::Stored => format!("{who} stores {place} as row {} of its inbox", guarded.id),
            }
        }
        InstanceEvent::Called { running, is_hedge: true, .. } => {
            format!("{who} has no answer of {} yet, and calls it a second time", running.service)
        }
        InstanceEvent::Held { held, until, .. } => {
            let by = match held.by {
                Limit::Bulkhead => "a place in the bulkhead",
                Limit::RateLimiter => "the rate limiter",
                Limit::CircuitBreaker => "the breaker",
            };
            format!("{who} waits for {by} before it calls {}, until {}", held.service, words::time(*until))
        }
        InstanceEvent::PartitionPausedForBackoff { tp, offset, until, .. } => {
            format!(
                "{who}: {} is not due before {}, and all behind it wait too",
                words::place(tp, *offset),
                words::time(*until)
            )
        }
        InstanceEvent::BackoffElapsed { tp, .. } => format!("{who}: the wait of {tp} is over"),
        InstanceEvent::PublishStarted { topic, .. } => {
            format!("{who} publishes the failed record to {topic} and waits for the acknowledgement")
        }
        InstanceEvent::Published { failure, to, .. } => {
            let record = &failure.record;
            let from = words::place(&record.tp, record.offset);
            let text = format!("{who}: {from} is {} now{}", words::place(&to.0, to.1), due(failure));
            let kind = match failure.fate {
                Fate::DeadLetter { .. } => SentenceKind::Problem,
                Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => SentenceKind::App,
            };
            return Sentence::new(kind, text);
        }
        InstanceEvent::PublishFailed { failure, cause, .. } => {
            let place = words::place(&failure.record.tp, failure.record.offset);
            return Sentence::new(SentenceKind::Problem, format!("{who} could not publish {place}: {cause}"));
        }
        InstanceEvent::Skipped { failure, .. } => {
            let place = words::place(&failure.record.tp, failure.record.offset);
            return Sentence::new(
                SentenceKind::Problem,
                format!("{who} gave {place} up: an error in the log, nothing more"),
            );
        }
        InstanceEvent::RedeliveryScheduled { until, .. } => {
            format!("{who} sleeps until {}, then reads the failed record again", words::time(*until))
        }
        InstanceEvent::ContainerStopped { exception, .. } => {
            return Sentence::new(
                SentenceKind::Problem,
                format!("{who}: the container stops for good: {exception}"),
            );
        }
        InstanceEvent::Reconfigured { work, failures } => format!(
            "{who}: {} per record and {} from now on",
            words::span(*work),
            words::many(failures.len(), "failure rule")
        ),
        InstanceEvent::PauseRequested => format!("{who} is paused"),
        InstanceEvent::ResumeRequested => format!("{who} goes on"),
        InstanceEvent::ErrandStarted { errand: Errand::Block(span), .. } => {
            format!("{who} stays out of poll for {}", words::span(*span))
        }
        InstanceEvent::ErrandStarted { errand: Errand::Commit, .. } => format!("{who} calls commitSync"),
        InstanceEvent::ErrandStarted { errand: Errand::Unsubscribe, .. } => {
            format!("{who} calls unsubscribe")
        }
        InstanceEvent::BlockEnded { .. } => format!("{who} is back and polls again"),
        // The consumer's own sentence says it.
        InstanceEvent::ErrandStarted { errand: Errand::Subscribe(_), .. } => return None,
        // What follows says how it went.
        InstanceEvent::Called { .. }
        | InstanceEvent::Refused { .. }
        | InstanceEvent::Started { .. }
        | InstanceEvent::ErrandRequested { .. }
        | InstanceEvent::CommitIssued { .. }
        | InstanceEvent::SeekIssued { .. }
        | InstanceEvent::SleepEnded { .. }
        | InstanceEvent::PauseIssued { .. }
        | InstanceEvent::PollRetryScheduled { .. }
        | InstanceEvent::ContainerClosing { .. }
        | InstanceEvent::ProducerCloseIssued
        | InstanceEvent::CloseRequested => return None,
    };
    Sentence::new(SentenceKind::App, text)
}

fn handled(handled: &Handled, who: &str) -> Option<Sentence> {
    let done = handled.ranges.iter().map(|range| match range.to.since(range.from) {
        1 => words::place(&range.tp, range.from),
        _ => format!("{} @{} to @{}", range.tp, range.from, range.to.0 - 1),
    });
    let done = (!handled.ranges.is_empty()).then(|| format!("processed {}", words::list(done, 4)));
    let failed = handled.failure.as_ref().map(failure);
    let kind = if failed.is_some() { SentenceKind::Problem } else { SentenceKind::App };
    let parts: Vec<String> = done.into_iter().chain(failed).collect();
    if parts.is_empty() {
        return None;
    }
    Sentence::new(kind, format!("{who} {}", parts.join("; ")))
}

/// `failed on orders-1 @13 (attempt 1): IllegalArgumentException: negative amount; goes to orders-retry-0`.
pub(crate) fn failure(failure: &Failure) -> String {
    let record = &failure.record;
    format!(
        "failed on {} (attempt {}): {}: {}; {}",
        words::place(&record.tp, record.offset),
        record.attempt,
        failure.exception.simple_name(),
        words::cut(&failure.exception.message),
        fate(&failure.fate)
    )
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Retry { topic, delay } => format!("goes to {topic}, again in {}", words::span(*delay)),
        Fate::DeadLetter { topic } => format!("goes to {topic}"),
        Fate::Skip => "is given up".to_owned(),
        Fate::Redeliver { interval } if interval.0 == 0 => "is delivered again at once".to_owned(),
        Fate::Redeliver { interval } => format!("is delivered again in {}", words::span(*interval)),
    }
}

fn due(failure: &Failure) -> String {
    match &failure.fate {
        Fate::Retry { delay, .. } => format!(", due {}", words::time(failure.at + *delay)),
        Fate::DeadLetter { .. } => {
            format!(", a dead letter after {}", words::many(failure.record.attempt, "attempt"))
        }
        Fate::Skip | Fate::Redeliver { .. } => String::new(),
    }
}
