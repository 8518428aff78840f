//! A consumer group.

use super::{Inspector, find};
use crate::cast::{Cast, GroupCast, GroupKind};
use crate::groups;
use crate::words;
use millrace_broker::{ConsumerGroup, ConsumerGroupChange, Event, GroupChange};
use millrace_model::{GroupId, Span};
use millrace_sim::{Command, Fact, Timeline};
use millrace_words::inspect as say;

/// Members that are listed one by one.
const LISTED: usize = 24;

pub(super) fn inspect(timeline: &Timeline, cast: &Cast<'_>, id: &GroupId) -> Option<Inspector> {
    let group = cast.group(id.as_str())?;
    let mut inspector = Inspector::new("group", id.as_str());
    inspector.fact("state", groups::state(group));
    if let Some(consumer) = group.group.and_then(|known| known.consumer()) {
        epochs(&mut inspector, group, consumer);
    } else if let Some(known) = group.group {
        inspector.fact("generation", known.generation());
        inspector.fact("assignor", known.protocol().unwrap_or(say::none_m()));
        let leader =
            known.leader().map_or_else(|| say::none_m().to_owned(), |leader| group.member_name(leader));
        inspector.fact("leader", leader);
        inspector.fact("members", known.members().len());
        if let Some(until) = known.rebalance_deadline() {
            inspector.fact("rebalance ends at the latest", words::time(until));
        }
    }
    if let Some(broker) = cast.world.asked_broker() {
        let choice = broker.coordinator_choice(id);
        let coordinator = choice.coordinator.unwrap_or(broker.id());
        inspector.fact("coordinator", say::broker(&coordinator, &choice.partition));
        inspector.fact("because", &choice);
    }
    inspector.why = last_rebalance(timeline, id);
    if let GroupKind::App(app) = &group.kind {
        inspector.fact("time per record", words::span(app.work));
        let rules = app.failures.iter().map(|rule| rule.when.to_string());
        inspector.fact(
            "fails when",
            if app.failures.is_empty() { say::never().to_owned() } else { words::list(rules, 4) },
        );
        if let Some(ledger) = cast.world.ledger(id.as_str()) {
            let totals = ledger.totals();
            inspector.fact("side effects", totals.done);
            inspector.fact("done more than once", ledger.repeated());
            inspector.fact("dead letters", totals.dead);
        }
        inspector.action(
            say::do_add_a_consumer(),
            &Command::AddInstance { group: id.clone(), name: None, own: None },
        );
        let slow = Command::SetWork { group: id.clone(), instance: None, work: Span::from_secs(1) };
        inspector.action(say::do_1_s_per_record(), &slow);
        if !app.failures.is_empty() {
            let never = Command::SetFailures { group: id.clone(), rules: Vec::new() };
            inspector.action(say::do_never_fail(), &never);
        }
    }
    Some(inspector)
}

/// The epochs of a group of the consumer protocol, and how far each member is.
fn epochs(inspector: &mut Inspector, group: &GroupCast<'_>, consumer: &ConsumerGroup) {
    inspector.fact("group epoch", consumer.group_epoch());
    inspector.fact("target assignment epoch", consumer.assignment_epoch());
    inspector.fact("assignor", consumer.assignor().unwrap_or(say::none_m()));
    inspector.fact("members", consumer.members().len());
    for member in consumer.members().take(LISTED) {
        let owns = words::partitions(member.assigned.iter());
        let target = consumer.target(member.id.as_str());
        let target = if *target == *member.assigned {
            String::new()
        } else {
            [" · ", &say::target(&words::partitions(target.iter()))].concat()
        };
        let revokes = if member.pending_revocation.is_empty() {
            String::new()
        } else {
            [" · ", &say::gives_up(&words::partitions(member.pending_revocation.iter()))].concat()
        };
        let text = say::epoch(&member.epoch, &member.state, &owns, &target, &revokes);
        inspector.fact(group.member_name(&member.id), text);
    }
}

/// Why the group has rebalanced last, and what came of it.
pub(super) fn last_rebalance(timeline: &Timeline, id: &GroupId) -> Vec<super::Why> {
    let change = |wanted: fn(&GroupChange) -> bool| {
        find::newest(timeline, move |entry| match &entry.fact {
            Fact::Broker(Event::Group { group, change, .. }) => (group == id && wanted(change)).then_some(()),
            _ => None,
        })
    };
    let mut why = Vec::new();
    if let Some((entry, ())) = change(starts_rebalance) {
        why = find::chain(timeline, entry.id);
    }
    let from = why.last().map(|link| link.entry);
    for wanted in [
        (|change: &GroupChange| matches!(change, GroupChange::GenerationStarted { .. }))
            as fn(&GroupChange) -> bool,
        |change| {
            matches!(change, GroupChange::Consumer(ConsumerGroupChange::TargetAssignmentComputed { .. }))
        },
        |change| matches!(change, GroupChange::AssignmentDistributed { .. }),
    ] {
        let Some((entry, ())) = change(wanted) else { continue };
        if from.is_none_or(|from| from < entry.id) {
            why.extend(find::chain(timeline, entry.id).pop());
        }
    }
    why
}

/// In the classic protocol a rebalance begins with the call to join again, in the consumer protocol with a new epoch.
fn starts_rebalance(change: &GroupChange) -> bool {
    matches!(
        change,
        GroupChange::RebalanceStarted { .. }
            | GroupChange::Consumer(ConsumerGroupChange::GroupEpochBumped { .. })
    )
}
