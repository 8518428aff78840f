//! Several brokers with a controller, driven by commands and looked at from outside.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::Run;
use millrace_broker::controller::ControllerEvent;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{ElectLeadersRequest, ElectionType, MetadataRecord};
use millrace_model::{BrokerId, Span, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Entry, Fact, Fault};
use std::sync::Arc;

const ONE: BrokerId = BrokerId(1);

fn cluster(config: ClusterConfig) -> Run {
    let mut run = Run::new();
    let command = ClusterCommand::Start { brokers: 3, controllers: 1, racks: Vec::new(), config };
    run.dispatch(Command::Cluster(Box::new(command)));
    run.wait(Span::from_secs(1));
    run
}

fn quick() -> ClusterConfig {
    ClusterConfig {
        broker_session_timeout: Span::from_secs(6),
        broker_heartbeat_interval: Span::from_millis(500),
        auto_leader_rebalance: false,
        ..ClusterConfig::default()
    }
}

fn act(run: &mut Run, id: BrokerId, action: BrokerAction) {
    run.dispatch(Command::Cluster(Box::new(ClusterCommand::Broker { id, action })));
}

fn create(run: &mut Run, topic: &str, partitions: i32, replication_factor: i16) {
    run.dispatch(Command::CreateTopic {
        topic: topic.into(),
        partitions: Some(partitions),
        replication_factor: Some(replication_factor),
        config: Default::default(),
    });
    run.wait(Span::from_millis(10));
}

/// What a broker tells its clients of a partition.
fn seen(run: &Run, broker: i32, topic: &str) -> String {
    let broker = run.timeline.world().broker(BrokerId(broker)).unwrap();
    let Some(state) = broker.partition(&TopicPartition::new(topic, 0)) else { return "nothing".to_owned() };
    let isr: Vec<String> = state.info.isr.iter().map(BrokerId::to_string).collect();
    let leader = state.info.leader.map_or("none".to_owned(), |leader| leader.to_string());
    format!("leader={leader} isr={}", isr.join(","))
}

fn entries(run: &Run) -> impl Iterator<Item = &Entry> {
    run.timeline.branch().entries_before(u64::MAX)
}

/// What the administrator was refused last.
fn refused(run: &Run) -> Option<Arc<str>> {
    entries(run).find_map(|entry| match &entry.fact {
        Fact::Administered { refused, .. } => refused.clone(),
        _ => None,
    })
}

/// The brokers that clients are told of.
fn known(run: &Run, broker: i32) -> Vec<i32> {
    let broker = run.timeline.world().broker(BrokerId(broker)).unwrap();
    broker.brokers().iter().map(|info| info.id.0).collect()
}

/// A cluster whose topic `a` is led by broker 1 and has copies everywhere.
fn with_topic() -> Run {
    let mut run = cluster(quick());
    let replicas = vec![vec![BrokerId(1), BrokerId(2), BrokerId(3)]];
    let command = ClusterCommand::CreateTopic { topic: "a".into(), config: Default::default(), replicas };
    run.dispatch(Command::Cluster(Box::new(command)));
    run.wait(Span::from_millis(10));
    assert_eq!(seen(&run, 1, "a"), "leader=1 isr=1,2,3");
    run
}

#[test]
fn brokers_register_and_take_part() {
    let run = cluster(quick());
    let controller = run.timeline.world().controller().unwrap();
    assert!(controller.registrations().all(|known| !known.fenced));
    for broker in [1, 2, 3] {
        assert_eq!(known(&run, broker), [1, 2, 3]);
    }
}

#[test]
fn a_killed_leader_is_followed_after_its_session_and_comes_back_with_its_log() {
    let mut run = with_topic();
    assert_eq!(seen(&run, 2, "a"), "leader=1 isr=1,2,3");
    act(&mut run, ONE, BrokerAction::Crash);
    run.wait(Span::from_millis(5_400));
    assert_eq!(seen(&run, 2, "a"), "leader=1 isr=1,2,3");
    run.wait(Span::from_millis(700));
    assert_eq!(seen(&run, 2, "a"), "leader=2 isr=2,3");
    assert_eq!(known(&run, 3), [2, 3]);
    act(&mut run, ONE, BrokerAction::Restart);
    run.wait(Span::from_secs(1));
    assert_eq!(known(&run, 3), [1, 2, 3]);
    assert_eq!(seen(&run, 1, "a"), seen(&run, 2, "a"));
    let election_type = ElectionType::Unclean;
    let request = ElectLeadersRequest { election_type, partitions: Some(vec![TopicPartition::new("a", 0)]) };
    run.dispatch(Command::Cluster(Box::new(ClusterCommand::ElectLeaders(request))));
    run.wait(Span::from_millis(10));
    assert_eq!(refused(&run).as_deref(), Some("a-0: Leader election not needed for topic partition."));
}

#[test]
fn a_broker_that_is_stopped_gives_its_leaderships_away_at_once() {
    let mut run = with_topic();
    act(&mut run, ONE, BrokerAction::Stop);
    run.wait(Span::from_millis(20));
    assert!(!seen(&run, 2, "a").starts_with("leader=1"));
    run.wait(Span::from_secs(2));
    assert!(run.timeline.world().is_broker_down(ONE));
    assert_eq!(known(&run, 2), [2, 3]);
}

/// The process is back before its old session is over: it has to wait.
#[test]
fn a_broker_that_is_back_too_early_waits_for_its_own_session() {
    let mut run = with_topic();
    act(&mut run, ONE, BrokerAction::Crash);
    act(&mut run, ONE, BrokerAction::Restart);
    run.wait(Span::from_secs(5));
    let rejected = |run: &Run| {
        let entries = entries(run);
        entries.filter(|entry| matches!(&entry.fact, Fact::Controller(event) if matches!(**event, ControllerEvent::Rejected { .. }))).count()
    };
    assert!(rejected(&run) > 1);
    run.wait(Span::from_secs(8));
    assert_eq!(known(&run, 2), [1, 2, 3]);
}

#[test]
fn a_broker_that_stands_still_is_fenced_and_let_in_again() {
    let mut run = with_topic();
    run.dispatch(Command::Fault(Fault::PauseBroker(ONE)));
    run.wait(Span::from_secs(7));
    assert_eq!(known(&run, 2), [2, 3]);
    run.dispatch(Command::Fault(Fault::ResumeBroker(ONE)));
    run.wait(Span::from_secs(1));
    assert_eq!(known(&run, 2), [1, 2, 3]);
    assert_eq!(seen(&run, 1, "a"), seen(&run, 2, "a"));
}

#[test]
fn too_few_brokers_for_a_topic_are_told() {
    let mut run = cluster(quick());
    create(&mut run, "a", 1, 4);
    assert_eq!(
        refused(&run).as_deref(),
        Some(
            "Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be reached because only 3 \
             broker(s) are registered."
        )
    );
}

/// One broker decides by itself: nobody registers, nobody beats.
#[test]
fn a_broker_alone_has_no_controller() {
    let mut run = Run::new();
    run.topic("a", 1);
    run.wait(Span::from_secs(60));
    assert!(run.timeline.world().controller().is_none());
    assert!(!entries(&run).any(|entry| matches!(entry.fact, Fact::Controller(_))));
    assert!(run.timeline.world().steps() < 10);
}

#[test]
fn the_log_of_the_controller_has_an_epoch_for_every_life() {
    let mut run = with_topic();
    act(&mut run, ONE, BrokerAction::Stop);
    run.wait(Span::from_secs(3));
    act(&mut run, ONE, BrokerAction::Restart);
    run.wait(Span::from_secs(1));
    let controller = run.timeline.world().controller().unwrap();
    let mut epochs = Vec::new();
    for delta in controller.records_from(millrace_model::Offset(0)) {
        for (n, record) in (0..).zip(delta.records.iter()) {
            if let MetadataRecord::RegisterBroker { broker, broker_epoch, .. } = record
                && broker.id == ONE
            {
                assert_eq!(broker_epoch.0, delta.base_offset.0 + n);
                epochs.push(broker_epoch.0);
            }
        }
    }
    assert_eq!(epochs.len(), 2);
    assert!(epochs[0] < epochs[1]);
}
