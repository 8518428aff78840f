//! An instance against a small broker: what it does, line by line.

mod broker;
mod chaos;
mod commits;
mod retries;
mod thread;

use crate::listener::{
    FailureRule, Fate, Instance, InstanceEvent, InstanceInput, ListenerConfig, RetryPolicy,
};
use broker::{World, ms};
use millrace_expr::Expr;
use millrace_model::config::consumer::AutoOffsetReset;
use millrace_model::{BrokerId, Profile, Time};

/// A readable line for each event of the instance itself; its clients' own events stay out.
fn line(now: Time, event: &InstanceEvent) -> Option<String> {
    let at = ms(now);
    Some(match event {
        InstanceEvent::Consumer { .. }
        | InstanceEvent::Producer(_)
        | InstanceEvent::CommitIssued { .. }
        | InstanceEvent::PublishStarted { .. }
        | InstanceEvent::Called { .. }
        | InstanceEvent::Held { .. }
        | InstanceEvent::Refused { .. }
        | InstanceEvent::Started { .. } => return None,
        InstanceEvent::ErrandRequested { errand } => format!("{at} asked for {errand:?}"),
        InstanceEvent::ErrandStarted { port, errand, .. } => format!("{at} {} {errand:?}", port.0),
        InstanceEvent::BlockEnded { port, .. } => format!("{at} {} is back", port.0),
        InstanceEvent::HandlingStarted { port, thread, tp, offset, until, .. } => {
            let thread = thread.map_or(String::new(), |thread| format!(" thread {thread}"));
            format!("{at} {}{thread} calls {tp}@{offset} until {}", port.0, ms(*until))
        }
        InstanceEvent::Guarded { port, guarded } => {
            let record = &guarded.record;
            format!("{at} {} {}@{} {:?} {}", port.0, record.tp, record.offset, guarded.deed, guarded.id)
        }
        InstanceEvent::Submitted { port, ranges, .. } => {
            let ranges: Vec<String> =
                ranges.iter().map(|r| format!(" {}@{}..{}", r.tp, r.from, r.to)).collect();
            format!("{at} {} submits{}", port.0, ranges.concat())
        }
        InstanceEvent::Handled(handled) => {
            let mut text = format!("{at} {}", handled.port.0);
            if let Some(thread) = handled.thread {
                text += &format!(" thread {thread}");
            }
            for range in &handled.ranges {
                text += &format!(" handled {}@{}..{}", range.tp, range.from, range.to);
            }
            if let Some(failure) = &handled.failure {
                let fate = match &failure.fate {
                    Fate::Retry { topic, delay } => format!("to {topic} for {delay}"),
                    Fate::DeadLetter { topic } => format!("to {topic}"),
                    Fate::Skip => "skip".to_owned(),
                    Fate::Redeliver { .. } => "again".to_owned(),
                };
                let record = &failure.record;
                let (tp, offset, attempt) = (&record.tp, record.offset, record.attempt);
                text += &format!(" {} {tp}@{offset} #{attempt}: {fate}", failure.exception.simple_name());
            }
            text
        }
        InstanceEvent::PartitionPausedForBackoff { port, tp, offset, until } => {
            format!("{at} {} waits {tp}@{offset} until {}", port.0, ms(*until))
        }
        InstanceEvent::BackoffElapsed { port, tp } => format!("{at} {} due {tp}", port.0),
        InstanceEvent::Published { port, to: (tp, offset), .. } => {
            format!("{at} {} published {tp}@{offset}", port.0)
        }
        InstanceEvent::PublishFailed { port, .. } => format!("{at} {} not published", port.0),
        InstanceEvent::Skipped { port, failure } => {
            format!("{at} {} skipped {}@{}", port.0, failure.record.tp, failure.record.offset)
        }
        InstanceEvent::RedeliveryScheduled { port, until } => {
            format!("{at} {} sleeps until {}", port.0, ms(*until))
        }
        InstanceEvent::SleepEnded { port } => format!("{at} {} slept", port.0),
        InstanceEvent::SeekIssued { port, tp, offset } => format!("{at} {} seeks {tp}@{offset}", port.0),
        InstanceEvent::PauseIssued { port, partitions, paused } => {
            format!("{at} {} {} {partitions:?}", port.0, if *paused { "pauses" } else { "resumes" })
        }
        InstanceEvent::PollRetryScheduled { port, .. } => format!("{at} {} poll threw", port.0),
        InstanceEvent::ContainerStopped { port, exception } => format!("{at} {} stops: {exception}", port.0),
        InstanceEvent::ContainerClosing { port } => format!("{at} {} closes", port.0),
        InstanceEvent::ProducerCloseIssued => format!("{at} producer closes"),
        InstanceEvent::Reconfigured { .. } => format!("{at} reconfigured"),
        InstanceEvent::PauseRequested => format!("{at} pause"),
        InstanceEvent::ResumeRequested => format!("{at} resume"),
        InstanceEvent::CloseRequested => format!("{at} close"),
        InstanceEvent::OutputRewound { port } => format!("{at} {} reads again", port.0),
    })
}

fn rule(when: &str) -> FailureRule {
    FailureRule {
        when: Expr::parse(when).unwrap(),
        exception: "IllegalStateException".into(),
        message: "no stock".into(),
        fatal: false,
    }
}

fn config(rules: &[&str], retry: RetryPolicy) -> ListenerConfig {
    let mut config = ListenerConfig::new("billing", vec!["orders".into()], Profile::default());
    config.consumer.auto_offset_reset = AutoOffsetReset::Earliest;
    config.producer.linger = millrace_model::Span::ZERO;
    config.failures = rules.iter().map(|when| rule(when)).collect();
    config.retry = retry;
    config
}

fn start(config: ListenerConfig, partitions: i32) -> World {
    let instance = Instance::new("c1".into(), "/10.0.0.1".into(), config, vec![BrokerId(1)]);
    let mut world = World::new(instance, &[("orders", partitions)]);
    world.tell(InstanceInput::Start);
    world.run(Time(1_000_000));
    world.lines.clear();
    world.events.clear();
    world
}

fn at(ms: u64) -> Time {
    Time(ms * 1_000)
}
