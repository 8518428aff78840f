//! One instance of an application.

use super::{Inspector, group, links};
use crate::cast::{Body, Cast, GroupCast, MemberCast};
use crate::members;
use crate::words;
use millrace_client::assignor::Assignor;
use millrace_client::consumer::Consumer;
use millrace_client::listener::Port;
use millrace_model::collections::sort;
use millrace_model::{GroupId, MemberId, Span, TopicPartition};
use millrace_sim::node::Activity;
use millrace_sim::{Command, InstanceAction, Party, Timeline};
use millrace_words::inspect as say;
use std::sync::Arc;

pub(super) fn inspect(
    timeline: &Timeline,
    cast: &Cast<'_>,
    id: &GroupId,
    name: &Arc<str>,
) -> Option<Inspector> {
    let group = cast.group(id.as_str())?;
    let member = group.members.iter().find(|member| member.node.name == *name)?;
    let consumer = member.consumer()?;
    let mut inspector = Inspector::new("member", say::of_name_id(&name, &id));
    let condition = members::condition(group, member);
    inspector.fact("state", members::status(group, member, condition));
    inspector.fact("client.id", consumer.client_id());
    inspector.fact(
        "member id",
        if consumer.member_id().as_str().is_empty() { say::none_f() } else { consumer.member_id().as_str() },
    );
    match consumer.membership_state().zip(consumer.member_epoch()) {
        Some((state, epoch)) => {
            inspector.fact("membership", state);
            inspector.fact("member epoch", epoch);
        }
        None => {
            inspector.fact("generation", consumer.generation());
            inspector.fact(
                "leader",
                if consumer.is_leader() { say::yes_it_runs_the_assignor() } else { say::no() },
            );
        }
    }
    let mut owned: Vec<&TopicPartition> = consumer.assignment().collect();
    sort::sort(&mut owned);
    inspector.fact("assignment", words::partitions(owned.iter().copied()));
    for tp in owned.iter().take(12) {
        let at = consumer.position(tp).map_or_else(|| say::unknown().to_owned(), |offset| offset.to_string());
        inspector.fact(format!("position {tp}"), at);
    }
    inspector.fact("lag", members::lag(cast, group, member));
    clocks(&mut inspector, group, member, consumer);
    if let Body::Instance(instance) = member.body {
        inspector.fact("time per record", words::span(instance.config().work));
        if let Some(container) = instance.container(Port::MAIN) {
            let counts = container.counts();
            inspector.fact("records in hand", container.in_hand());
            inspector.fact("processed", counts.handled);
            inspector.fact("failed", counts.failed);
        }
    }
    inspector.why = group::last_rebalance(timeline, id);
    if let (Some(assigned), Some(last)) = (assigned_why(cast, group, consumer), inspector.why.last().cloned())
    {
        inspector.why.push(super::Why { text: assigned, ..last });
    }
    let party = Party::Instance(id.clone(), name.clone());
    links::facts(&mut inspector, cast.world, &party);
    crate::reach::facts(&mut inspector, cast.world, member.id);
    actions(&mut inspector, id, name, member);
    if member.node.activity() != Activity::Gone {
        links::actions(&mut inspector, cast.world, &party);
    }
    Some(inspector)
}

/// The three clocks of liveness, each with its deadline.
fn clocks(inspector: &mut Inspector, group: &GroupCast<'_>, member: &MemberCast<'_>, consumer: &Consumer) {
    let config = consumer.config();
    let last = consumer.last_heartbeat().map_or_else(|| say::none_yet().to_owned(), words::time);
    let is_modern = consumer.membership_state().is_some();
    if is_modern {
        inspector.fact("group.consumer.heartbeat.interval.ms", say::last(&last));
    } else {
        let interval = words::span(config.heartbeat_interval);
        inspector.fact("heartbeat.interval.ms", say::last_interval_last(&interval, &last));
    }
    let out = members::session(group, member).map(|session| session.deadline);
    let out =
        out.map_or_else(String::new, |at| [" · ", &say::out_without_a_heartbeat(&words::time(at))].concat());
    match members::session(group, member).filter(|_| is_modern) {
        Some(session) => {
            inspector.fact(session.key, format!("{}{out}", words::span(session.timeout)));
        }
        None => inspector.fact("session.timeout.ms", format!("{}{out}", words::span(config.session_timeout))),
    }
    let poll = consumer
        .poll_deadline()
        .map_or_else(String::new, |at| [" · ", &say::out_without_a_poll(&words::time(at))].concat());
    inspector.fact("max.poll.interval.ms", format!("{}{poll}", words::span(config.max_poll_interval)));
}

/// Why the group's assignor gave it these partitions.
fn assigned_why(cast: &Cast<'_>, group: &GroupCast<'_>, consumer: &Consumer) -> Option<String> {
    let members = words::many(group.group?.members().len(), "member");
    match Assignor::from_name(group.group?.protocol()?)? {
        Assignor::Range => range(cast, group, consumer),
        Assignor::RoundRobin => Some(say::round_robin_assignor_the_partitions(&members)),
        Assignor::Sticky => Some(say::sticky_assignor_even_shares_for(&members)),
        Assignor::CooperativeSticky => Some(say::cooperative_sticky_assignor_even_shares(&members)),
        Assignor::Stream => Some(say::kafka_streams_assignor_tasks_dealt(&members)),
    }
}

/// Why the range assignor gave it these partitions.
fn range(cast: &Cast<'_>, group: &GroupCast<'_>, consumer: &Consumer) -> Option<String> {
    let known = group.group?;
    let mut ids: Vec<&MemberId> = known.members().map(|member| &member.id).collect();
    sort::sort(&mut ids);
    let at = ids.iter().position(|id| *id == consumer.member_id())?;
    let topic = crate::cast::topic(cast.world, group.topics.first()?.as_str())?;
    let (partitions, members) = (topic.partitions().len(), ids.len());
    let (each, more) = (partitions.checked_div(members)?, partitions.checked_rem(members)?);
    let extra = match more {
        0 => String::new(),
        1 => say::and_the_first_in_the().to_owned(),
        n => say::and_the_first_in(&n),
    };
    Some(say::range_assignor_partitions_of_for(
        partitions as u64,
        &topic.name(),
        members as u64,
        &each,
        &extra,
        &consumer.client_id(),
        &(at + 1),
        &members,
    ))
}

fn actions(inspector: &mut Inspector, group: &GroupId, name: &Arc<str>, member: &MemberCast<'_>) {
    let act = |action| Command::Instance { group: group.clone(), name: name.clone(), action };
    match member.node.activity() {
        Activity::Running => {
            let slow = Command::SetWork {
                group: group.clone(),
                instance: Some(name.clone()),
                work: Span::from_secs(2),
            };
            inspector.action(say::slow(&name), &slow);
            inspector.action(say::freeze(&name), &act(InstanceAction::Freeze));
            inspector.action(say::stop(&name), &act(InstanceAction::Stop));
            inspector.action(say::crash(&name), &act(InstanceAction::Crash));
        }
        Activity::Frozen => {
            inspector.action(say::thaw(&name), &act(InstanceAction::Thaw));
            inspector.action(say::crash(&name), &act(InstanceAction::Crash));
        }
        Activity::Gone => inspector.action(say::restart(&name), &act(InstanceAction::Restart)),
    }
}
