//! Cooperative rebalances, and answers that come while the application works.

use super::script::{ME, Script, config, tp};
use crate::Reply;
use crate::consumer::ConsumerInput;
use millrace_model::protocol::*;
use millrace_model::*;

/// A member of a group that somebody else leads; JoinGroup and SyncGroup are answered by hand.
fn follower() -> Script {
    let strategy = ["cooperative-sticky".into()].into();
    let mut config = config();
    config.partition_assignment_strategy = strategy;
    let mut script = Script::new(config);
    script.silent = vec!["JoinGroup", "SyncGroup"];
    script.subscribe_and_poll();
    script.run();
    joined(&mut script, ErrorCode::MemberIdRequired, -1);
    joined(&mut script, ErrorCode::None, 1);
    synced(&mut script, &[0, 1]);
    script.take();
    script
}

fn answer(script: &mut Script, api: &str, response: Response) {
    let at = script.waiting.iter().position(|out| out.request.api() == api).unwrap();
    let out = script.waiting.remove(at).unwrap();
    script.input(&ConsumerInput::Reply(Reply { correlation: out.correlation, from: out.to, response }));
    script.run();
}

fn joined(script: &mut Script, error: ErrorCode, generation: i32) {
    let response = JoinGroupResponse {
        error,
        generation: Generation(generation),
        protocol: "cooperative-sticky".into(),
        leader: "other".into(),
        member: ME.into(),
        members: Vec::new(),
        skip_assignment: false,
    };
    answer(script, "JoinGroup", Response::JoinGroup(response));
}

fn synced(script: &mut Script, partitions: &[i32]) {
    let partitions = partitions.iter().map(|partition| tp(*partition)).collect();
    let response = SyncGroupResponse {
        error: ErrorCode::None,
        protocol: "cooperative-sticky".into(),
        assignment: Assignment { partitions, user_data: None },
    };
    answer(script, "SyncGroup", Response::SyncGroup(response));
}

/// The subscription in the last JoinGroup: what the member owns, and in which generation it got that.
fn claim(script: &Script) -> (Vec<TopicPartition>, Generation) {
    let join = script.requests.iter().rev().find_map(|request| match request {
        Request::JoinGroup(join) => Some(join.protocols[0].1.clone()),
        _ => None,
    });
    let join = join.unwrap();
    (join.owned_partitions, join.generation)
}

fn asked_to_rejoin(script: &mut Script) {
    script.fail("Heartbeat", ErrorCode::RebalanceInProgress);
    script.wait(Span::from_secs(3));
}

#[test]
fn only_what_moves_is_given_up_and_then_the_member_joins_once_more() {
    let mut script = follower();
    asked_to_rejoin(&mut script);
    let fetches = |line: &String| !line.starts_with("> Fetch");
    let lines = |script: &mut Script| script.take().into_iter().filter(fetches).collect::<Vec<_>>();
    assert_eq!(
        lines(&mut script),
        [
            "> Heartbeat",
            "RejoinRequested: group is already rebalancing",
            "HeartbeatAcknowledged",
            "JoinPrepareFinished",
            "> JoinGroup",
        ],
        "nothing is revoked before the assignment is known"
    );
    assert_eq!(claim(&script), (vec![tp(0), tp(1)], Generation(1)));
    joined(&mut script, ErrorCode::None, 2);
    synced(&mut script, &[0]);
    assert_eq!(
        lines(&mut script),
        [
            "GroupJoined 2",
            "> SyncGroup",
            "PartitionsRevoked [orders-1]",
            "PartitionsAssigned 2 []",
            "RejoinRequested: need to revoke partitions and re-join",
            "JoinPrepareFinished",
            "> JoinGroup",
        ]
    );
    assert_eq!(claim(&script), (vec![tp(0)], Generation(2)));
    joined(&mut script, ErrorCode::None, 3);
    synced(&mut script, &[0]);
    assert_eq!(lines(&mut script), ["GroupJoined 3", "> SyncGroup", "PartitionsAssigned 3 []"]);
    assert_eq!(script.consumer.position(&tp(0)), Some(Offset(0)), "its position was never in doubt");
}

#[test]
fn records_come_while_the_member_joins_and_its_partitions_come_back_to_it() {
    let mut script = follower();
    asked_to_rejoin(&mut script);
    script.take();
    script.log_end = 2;
    script.run();
    assert!(script.take().contains(&"PollReturned 4 orders-0@0..2 orders-1@0..2".to_owned()));
    // The answer comes while the application works. Nobody reads it, and no heartbeat goes out.
    joined(&mut script, ErrorCode::None, 2);
    assert_eq!(script.take(), ["JoinAnswerHeld"]);
    script.wait(Span::from_secs(60));
    assert_eq!(script.take(), Vec::<String>::new());
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(script.take()[..3], ["PollStarted", "GroupJoined 2", "> SyncGroup"].map(String::from));
    synced(&mut script, &[0, 1]);
    assert_eq!(script.take().first().map(String::as_str), Some("PartitionsAssigned 2 []"));
    assert_eq!(script.consumer.position(&tp(1)), Some(Offset(2)));
}

#[test]
fn an_assignment_that_comes_outside_of_poll_waits_there_and_the_member_stays_alive() {
    let mut script = follower();
    asked_to_rejoin(&mut script);
    joined(&mut script, ErrorCode::None, 2);
    script.log_end = 1;
    script.run();
    script.take();
    synced(&mut script, &[0]);
    script.wait(Span::from_secs(3));
    assert_eq!(script.take(), ["AssignmentHeld", "> Heartbeat", "HeartbeatAcknowledged"]);
    assert_eq!(script.consumer.assignment().count(), 2, "no callback before the next poll");
    script.input(&ConsumerInput::Poll);
    script.run();
    let lines = script.take();
    assert_eq!(
        lines[..3],
        ["PollStarted", "PartitionsRevoked [orders-1]", "PartitionsAssigned 2 []"].map(String::from)
    );
}

#[test]
fn an_assignment_for_another_subscription_is_not_taken() {
    let mut script = follower();
    asked_to_rejoin(&mut script);
    joined(&mut script, ErrorCode::None, 2);
    script.input(&ConsumerInput::Subscribe(vec!["payments".into()]));
    script.take();
    synced(&mut script, &[0, 1]);
    let lines = script.take();
    assert_eq!(
        lines[..5],
        [
            "AssignmentMismatched",
            "RejoinRequested: received assignment does not match the current subscription",
            "> Metadata",
            "PartitionsRevoked [orders-0, orders-1]",
            "JoinPrepareFinished",
        ]
        .map(String::from),
        "{lines:?}"
    );
    assert_eq!(claim(&script), (Vec::new(), Generation(2)));
}

#[test]
fn a_pattern_follows_the_topics_that_there_are() {
    let mut script = Script::new(config());
    let pattern = Pattern::new("or.*").unwrap();
    script.input(&ConsumerInput::SubscribePattern(pattern.into()));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert!(script.requests.iter().any(|r| matches!(r, Request::Metadata(m) if m.topics.is_none())));
    assert_eq!(script.consumer.subscription(), ["orders".into()]);
    assert_eq!(script.consumer.assignment().count(), 2);
    let none = Pattern::new("x.*").unwrap();
    script.input(&ConsumerInput::SubscribePattern(none.into()));
    script.take();
    script.run();
    let lines = script.take();
    assert!(lines.contains(&"RejoinRequested: subscription has changed".to_owned()), "{lines:?}");
    assert_eq!(script.consumer.assignment().count(), 0, "a pattern that nothing fits is a subscription");
}

/// `ConsumerCoordinator.poll`: what topics there are is asked before a join, unless it has just been asked.
#[test]
fn a_pattern_asks_for_the_topics_before_it_joins_again() {
    let mut script = Script::new(config());
    script.input(&ConsumerInput::SubscribePattern(Pattern::new("or.*").unwrap().into()));
    script.input(&ConsumerInput::Poll);
    script.run();
    script.take();
    script.fail("Heartbeat", ErrorCode::RebalanceInProgress);
    script.wait(Span::from_secs(3));
    let said = script.take();
    let at = |wanted: &str| said.iter().position(|line| line.starts_with(wanted)).unwrap();
    assert!(at("RejoinRequested") < at("> Metadata"), "{said:?}");
    assert!(at("MetadataUpdated") < at("PartitionsRevoked"), "{said:?}");
    assert_eq!(said.iter().filter(|line| *line == "> Metadata").count(), 1, "{said:?}");
}
