//! Committed offsets: reset by an administrator, forgotten with their topic, forgotten with time.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Run, app, instance, record};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::{Offset, Profile, Span, Time, TopicPartition};
use millrace_sim::{Command, Fact, InstanceAction, ResetScope, ResetTarget};

/// Ten records in one partition, read and committed by `billing`, a record each second.
fn read() -> Run {
    let mut run = Run::new();
    run.topic("orders", 1);
    run.start(app("billing", "orders"), 1);
    for _ in 0..10 {
        run.wait(Span::from_secs(1));
        run.produce("orders", record("k", "v"));
    }
    run.wait(Span::from_secs(5));
    run
}

fn committed(run: &Run) -> Option<i64> {
    run.committed("billing", &TopicPartition::new("orders", 0)).map(|offset| offset.0)
}

/// What the tool says.
fn reset(run: &mut Run, to: ResetTarget, execute: bool) -> (String, Option<String>) {
    let scope = ResetScope::Topics(vec![("orders".into(), Vec::new())]);
    run.dispatch(Command::ResetOffsets { group: "billing".into(), scope, to, execute });
    run.wait(Span::from_millis(50));
    let branch = run.timeline.branch();
    let said = branch.entries_before(u64::MAX).find_map(|entry| match &entry.fact {
        Fact::Administered { what, refused } => {
            Some((what.to_string(), refused.as_deref().map(str::to_owned)))
        }
        _ => None,
    });
    said.unwrap()
}

#[test]
fn an_active_group_is_not_reset() {
    let mut run = read();
    assert_eq!(committed(&run), Some(10));
    let said = reset(&mut run, ResetTarget::Earliest, true);
    let words =
        "Assignments can only be reset if the group 'billing' is inactive, but the current state is Stable.";
    assert_eq!(said, ("ResetOffsets billing".to_owned(), Some(words.to_owned())));
    assert_eq!(committed(&run), Some(10));
}

#[test]
fn an_inactive_group_is_reset_within_its_log() {
    let mut run = read();
    run.dispatch(instance("billing", "c1", InstanceAction::Stop));
    run.wait(Span::from_secs(1));
    let early = ResetTarget::Datetime((Time::ZERO + Span::from_millis(3_500)).timestamp());
    let late = ResetTarget::Datetime((Time::ZERO + Span::from_secs(3_600)).timestamp());
    for (to, offset) in [
        (ResetTarget::Earliest, 0),
        (ResetTarget::ShiftBy(4), 4),
        (ResetTarget::ShiftBy(-1), 3),
        (ResetTarget::ShiftBy(-100), 0),
        (ResetTarget::Offset(7), 7),
        (ResetTarget::Current, 7),
        (ResetTarget::Offset(99), 10),
        (ResetTarget::Offset(-3), 0),
        (early, 3),
        (late, 10),
        (ResetTarget::Duration(Span::from_secs(3_600)), 0),
        (ResetTarget::Latest, 10),
    ] {
        assert_eq!(
            reset(&mut run, to, true),
            (format!("ResetOffsets billing orders-0 @{offset}"), None),
            "{to:?}"
        );
        assert_eq!(committed(&run), Some(offset), "{to:?}");
    }
    let would = reset(&mut run, ResetTarget::Earliest, false);
    assert_eq!(would, ("ResetOffsets billing would be orders-0 @0".to_owned(), None));
    assert_eq!(committed(&run), Some(10), "a dry run changes nothing");
}

#[test]
fn after_a_reset_the_group_reads_again() {
    let mut run = read();
    run.dispatch(instance("billing", "c1", InstanceAction::Stop));
    run.wait(Span::from_secs(1));
    reset(&mut run, ResetTarget::ShiftBy(-4), true);
    run.dispatch(instance("billing", "c1", InstanceAction::Restart));
    run.wait(Span::from_secs(10));
    assert_eq!(run.timeline.world().ledger("billing").unwrap().totals().done, 14);
    assert_eq!(committed(&run), Some(10));
}

#[test]
fn what_was_never_committed_cannot_be_shifted() {
    let mut run = Run::new();
    run.topic("orders", 1);
    let (_, refused) = reset(&mut run, ResetTarget::ShiftBy(1), true);
    let words = "Cannot shift offset for partition orders-0 since there is no current committed offset";
    assert_eq!(refused.as_deref(), Some(words));
    assert_eq!(reset(&mut run, ResetTarget::Latest, true).1, None, "a group that nobody knows is made by it");
    assert_eq!(committed(&run), Some(0));
}

#[test]
fn offsets_go_with_their_topic() {
    let mut run = read();
    run.dispatch(Command::DeleteTopic { topic: "orders".into() });
    run.wait(Span::from_millis(50));
    assert_eq!(committed(&run), None);
}

/// `offsets.retention.minutes` counts from the moment at which the group became empty, and is looked at now and then.
#[test]
fn offsets_of_a_group_that_was_left_expire_and_the_group_with_them() {
    let mut run = Run::new();
    let config = BrokerConfig {
        offsets_retention: Span::from_secs(3_600),
        ..BrokerConfig::defaults(Profile::default())
    };
    run.dispatch(Command::StartBrokers { config: Box::new(config) });
    run.topic("orders", 1);
    run.start(app("billing", "orders"), 1);
    run.produce("orders", record("k", "v"));
    run.wait(Span::from_secs(7_200));
    assert_eq!(committed(&run), Some(1), "as long as somebody reads, nothing expires");
    run.dispatch(instance("billing", "c1", InstanceAction::Stop));
    run.wait(Span::from_secs(3_599));
    assert_eq!(committed(&run), Some(1));
    run.wait(Span::from_secs(602));
    assert_eq!(committed(&run), None);
    let broker = run.timeline.world().brokers().next().unwrap();
    assert!(broker.group("billing").is_none(), "a group without members and offsets is gone");
    run.dispatch(instance("billing", "c1", InstanceAction::Restart));
    run.wait(Span::from_secs(10));
    assert_eq!(
        run.timeline.world().ledger("billing").unwrap().totals().done,
        2,
        "auto.offset.reset=earliest"
    );
    assert_eq!(committed(&run), Some(Offset(1).0));
}
