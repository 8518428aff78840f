//! A service that calls another one, or is called by one.

use super::Inspector;
use crate::scene::Target;
use crate::services::{ID, in_order, service};
use crate::words;
use millrace_model::Span;
use millrace_sim::{Command, ServiceAction, ServiceCommand, Timeline};
use millrace_words::outside as say;
use std::sync::Arc;

/// How long a call takes that is slowed down here: longer than any caller likes, not for ever.
const SLOW: Span = Span::from_secs(3);

/// What the stage shows of services; none if it is of something else.
pub(super) fn inspect(timeline: &Timeline, target: &Target) -> Option<Inspector> {
    let world = timeline.world();
    match target {
        Target::Group(group) if group.as_str() == ID => {
            let mut inspector = Inspector::new("services", say::services());
            for name in in_order(world) {
                let calls = service(world, name).map_or(0, |service| service.calls().0);
                inspector.fact(name, words::many(calls, "call"));
            }
            Some(inspector)
        }
        Target::Member(group, name) if group.as_str() == ID => one(timeline, name),
        _ => None,
    }
}

fn one(timeline: &Timeline, name: &Arc<str>) -> Option<Inspector> {
    let world = timeline.world();
    let found = service(world, name)?;
    let mut inspector = Inspector::new("service", name.to_string());
    inspector.fact(say::not_kafka(), say::a_model_service());
    inspector.fact(say::time_for_a_call(), words::span(found.latency()));
    if let Some((errors, _)) = found.broken() {
        inspector.fact(say::calls_that_fail(), format!("{errors} %"));
    }
    match world.traffic().and_then(|traffic| traffic.pool(name)) {
        Some(pool) => {
            inspector.fact(say::threads(), say::threads_busy(&pool.busy, &pool.threads));
            inspector.fact(say::waiting(), pool.waiting());
            inspector.fact(say::waits_for(), pool.downstream.service.to_string());
        }
        None => inspector.fact(say::threads(), found.workers()),
    }
    let mut act = |label: &str, action: ServiceAction| {
        let command = ServiceCommand { name: name.clone(), action };
        inspector.action(label, &Command::Service(command));
    };
    match found.is_broken() {
        true => act(say::mend_it(), ServiceAction::Mend),
        false => {
            let slow = ServiceAction::Break { errors: 0, latency: Some(SLOW), share: 100 };
            act(&say::slow_it(&words::span(SLOW)), slow);
            act(say::fail_it(), ServiceAction::Break { errors: 100, latency: None, share: 100 });
        }
    }
    Some(inspector)
}
