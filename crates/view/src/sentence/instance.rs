//! What happens in an instance of an application: the listener, its failures, its retries.

use super::{Sentence, SentenceKind, consumer, producer};
use crate::words;
use millrace_client::listener::{Errand, Failure, Fate, GuardDeed, Handled, InstanceEvent, Limit};
use millrace_words::sentences as say;

pub(super) fn sentence(event: &InstanceEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        InstanceEvent::Consumer { event, .. } => return consumer::sentence(event, who),
        InstanceEvent::Producer(event) => return producer::sentence(event, who),
        InstanceEvent::HandlingStarted { tp, offset, at, until, .. } if until > at => {
            say::works_on_until(&who, &words::place(tp, *offset), &words::time(*until))
        }
        InstanceEvent::HandlingStarted { .. } => return None,
        InstanceEvent::Submitted { ranges, .. } => {
            let records = ranges.iter().map(|range| range.to.since(range.from)).sum::<u64>();
            say::hands_records_to_its_thread(&who, records)
        }
        InstanceEvent::Handled(handled) => return self::handled(handled, who),
        InstanceEvent::Guarded { guarded, .. } => {
            let place = words::place(&guarded.record.tp, guarded.record.offset);
            match guarded.deed {
                GuardDeed::Marked => say::marks_as_seen_apart_from(&who, &guarded.id),
                GuardDeed::Dropped => say::drops_was_seen_before(&who, &place, &guarded.id),
                GuardDeed::Stored => say::stores_as_row_of_its(&who, &place, &guarded.id),
            }
        }
        InstanceEvent::Called { running, is_hedge: true, .. } => {
            say::has_no_answer_of_yet(&who, &running.service)
        }
        InstanceEvent::Held { held, until, .. } => {
            let by = match held.by {
                Limit::Bulkhead => say::a_place_in_the_bulkhead(),
                Limit::RateLimiter => say::the_rate_limiter(),
                Limit::CircuitBreaker => say::the_breaker(),
            };
            say::waits_for_before_it_calls(&who, &by, &held.service, &words::time(*until))
        }
        InstanceEvent::PartitionPausedForBackoff { tp, offset, until, .. } => {
            say::is_not_due_before_and(&who, &words::place(tp, *offset), &words::time(*until))
        }
        InstanceEvent::BackoffElapsed { tp, .. } => say::the_wait_of_is_over(&who, &tp),
        InstanceEvent::PublishStarted { topic, .. } => say::publishes_the_failed_record_to(&who, &topic),
        InstanceEvent::Published { failure, to, .. } => {
            let record = &failure.record;
            let from = words::place(&record.tp, record.offset);
            let text = say::is_now_who_from_place_due(&who, &from, &words::place(&to.0, to.1), &due(failure));
            let kind = match failure.fate {
                Fate::DeadLetter { .. } => SentenceKind::Problem,
                Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => SentenceKind::App,
            };
            return Sentence::new(kind, text);
        }
        InstanceEvent::PublishFailed { failure, cause, .. } => {
            let place = words::place(&failure.record.tp, failure.record.offset);
            return Sentence::new(SentenceKind::Problem, say::could_not_publish(&who, &place, &cause));
        }
        InstanceEvent::Skipped { failure, .. } => {
            let place = words::place(&failure.record.tp, failure.record.offset);
            return Sentence::new(SentenceKind::Problem, say::gave_up_an_error_in(&who, &place));
        }
        InstanceEvent::RedeliveryScheduled { until, .. } => {
            say::sleeps_until_then_reads_the(&who, &words::time(*until))
        }
        InstanceEvent::OutputRewound { .. } => {
            return Sentence::new(SentenceKind::Problem, say::reads_its_last_poll_again(&who));
        }
        InstanceEvent::ContainerStopped { exception, .. } => {
            return Sentence::new(SentenceKind::Problem, say::the_container_stops_for_good(&who, &exception));
        }
        InstanceEvent::Reconfigured { work, failures } => {
            say::per_record_and_failure_rules(&who, &words::span(*work), failures.len() as u64)
        }
        InstanceEvent::PauseRequested => say::is_paused(&who),
        InstanceEvent::ResumeRequested => say::goes_on(&who),
        InstanceEvent::ErrandStarted { errand: Errand::Block(span), .. } => {
            say::stays_out_of_poll_for(&who, &words::span(*span))
        }
        InstanceEvent::ErrandStarted { errand: Errand::Commit, .. } => say::calls_commitsync(&who),
        InstanceEvent::ErrandStarted { errand: Errand::Unsubscribe, .. } => say::calls_unsubscribe(&who),
        InstanceEvent::BlockEnded { .. } => say::is_back_and_polls_again(&who),
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
        _ => say::range(&range.tp, &range.from, &(range.to.0 - 1)),
    });
    let done = (!handled.ranges.is_empty()).then(|| say::processed(&words::list(done, 4)));
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
    say::failed_on_attempt(
        &words::place(&record.tp, record.offset),
        &record.attempt,
        &failure.exception.simple_name(),
        &words::cut(&failure.exception.message),
        &fate(&failure.fate),
    )
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Retry { topic, delay } => say::goes_to_again_in(&topic, &words::span(*delay)),
        Fate::DeadLetter { topic } => say::goes_to(&topic),
        Fate::Skip => say::is_given_up().to_owned(),
        Fate::Redeliver { interval } if interval.0 == 0 => say::is_delivered_again_at_once().to_owned(),
        Fate::Redeliver { interval } => say::is_delivered_again_in(&words::span(*interval)),
    }
}

fn due(failure: &Failure) -> String {
    match &failure.fate {
        Fate::Retry { delay, .. } => say::due(&words::time(failure.at + *delay)),
        Fate::DeadLetter { .. } => say::a_dead_letter_after_attempts(failure.record.attempt as u64),
        Fate::Skip | Fate::Redeliver { .. } => String::new(),
    }
}
