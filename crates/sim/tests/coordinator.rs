//! The group coordinator moves to another broker with the leadership of its partition of `__consumer_offsets`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Run, app, record};
use millrace_broker::{Broker, Input, RequestId};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::consumer::{ConsumerConfig, GroupProtocol};
use millrace_model::protocol::OffsetFetchRequest;
use millrace_model::{BrokerId, ErrorCode, GroupId, Request, Response, Span, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Fault, SeededDice};

const GROUP: &str = "billing";

/// Three brokers, a topic, a group of two that has read three records and committed.
fn with_group(protocol: GroupProtocol) -> Run {
    let mut run = Run::new();
    let config = ClusterConfig { broker_session_timeout: Span::from_secs(6), ..ClusterConfig::default() };
    let command = ClusterCommand::Start { brokers: 3, controllers: 1, racks: Vec::new(), config };
    run.dispatch(Command::Cluster(Box::new(command)));
    run.wait(Span::from_secs(1));
    run.dispatch(Command::CreateTopic {
        topic: "orders".into(),
        partitions: Some(3),
        replication_factor: Some(3),
        config: Default::default(),
    });
    run.wait(Span::from_secs(1));
    for n in 0..3 {
        run.produce("orders", record("k", &format!("v{n}")));
    }
    let mut app = app(GROUP, "orders");
    app.consumer = ConsumerConfig { group_protocol: protocol, ..app.consumer };
    run.start(app, 2);
    run.wait(Span::from_secs(30));
    run
}

fn tp() -> TopicPartition {
    TopicPartition::new("orders", millrace_client::partitioner::partition_for_key(b"k", 3))
}

fn coordinator(run: &Run, asked: BrokerId) -> BrokerId {
    let broker = run.timeline.world().broker(asked).unwrap();
    broker.coordinator_choice(&GroupId::from(GROUP)).coordinator.unwrap()
}

fn others(id: BrokerId) -> Vec<BrokerId> {
    (1..=3).map(BrokerId).filter(|other| *other != id).collect()
}

fn broker(run: &Run, id: BrokerId) -> &Broker {
    run.timeline.world().broker(id).unwrap()
}

/// The error of an OffsetFetch, and what was found.
fn committed(run: &Run, id: BrokerId) -> (ErrorCode, Option<i64>) {
    let request =
        OffsetFetchRequest { group: GROUP.into(), member: None, partitions: None, require_stable: false };
    let input = Input::Request { from: RequestId(u64::MAX), request: Request::OffsetFetch(request) };
    let outcome = broker(run, id).decide(run.timeline.world().now(), &input, &SeededDice { seed: 0 });
    let Some((_, Response::OffsetFetch(answer))) = outcome.replies.into_iter().next() else { panic!() };
    let found = answer.partitions.iter().find(|(known, _)| *known == tp());
    (answer.error, found.and_then(|(_, offset)| Some(offset.as_ref()?.offset.0)))
}

/// Generation or epoch, and who has what.
fn standing(run: &Run, id: BrokerId) -> (i32, Vec<String>) {
    let group = broker(run, id).group(GROUP).unwrap();
    if let Some(consumer) = group.consumer() {
        let members = consumer.members().map(|member| format!("{} {:?}", member.id, member.assigned));
        return (consumer.group_epoch().0, members.collect());
    }
    let members = group.members().map(|member| format!("{} {:?}", member.id, member.assignment.partitions));
    (group.generation().0, members.collect())
}

#[test]
fn who_takes_over_reads_the_log_first_and_knows_the_group_then() {
    for protocol in [GroupProtocol::Classic, GroupProtocol::Consumer] {
        let mut run = with_group(protocol);
        let old = coordinator(&run, BrokerId(1));
        let before = standing(&run, old);
        assert_eq!(before.1.len(), 2);
        assert_eq!(committed(&run, old), (ErrorCode::None, Some(3)));
        for other in others(old) {
            assert_eq!(committed(&run, other).0, ErrorCode::NotCoordinator);
            assert!(broker(&run, other).group(GROUP).is_none());
        }
        let action = BrokerAction::Crash;
        run.dispatch(Command::Cluster(Box::new(ClusterCommand::Broker { id: old, action })));
        let offsets = broker(&run, old).offsets_partition(&GroupId::from(GROUP));
        let loads = |run: &Run| {
            let is_loading = |id: &BrokerId| {
                broker(run, *id).replicas().is_some_and(|replicas| replicas.is_loading(&offsets))
            };
            others(old).into_iter().find(is_loading)
        };
        let new = loop {
            if let Some(id) = loads(&run) {
                break id;
            }
            assert!(run.timeline.step());
        };
        assert_eq!(committed(&run, new), (ErrorCode::CoordinatorLoadInProgress, None));
        run.wait(Span::from_millis(20));
        assert_eq!(coordinator(&run, new), new);
        assert_eq!(committed(&run, new), (ErrorCode::None, Some(3)));
        assert_eq!(standing(&run, new), before);
        // Beyond every session: the members have found it and beat there.
        run.wait(Span::from_secs(60));
        assert_eq!(standing(&run, new), before);
        run.produce("orders", record("k", "v3"));
        run.wait(Span::from_secs(10));
        assert_eq!(committed(&run, new), (ErrorCode::None, Some(4)));
    }
}

/// A coordinator that stood still and is fenced meanwhile forgets its groups when it hears of that.
#[test]
fn who_led_before_knows_nothing_any_more() {
    let mut run = with_group(GroupProtocol::Classic);
    let old = coordinator(&run, BrokerId(1));
    let before = standing(&run, old);
    run.dispatch(Command::Fault(Fault::PauseBroker(old)));
    run.wait(Span::from_secs(12));
    let new = coordinator(&run, others(old)[0]);
    assert_ne!(new, old);
    run.dispatch(Command::Fault(Fault::ResumeBroker(old)));
    run.wait(Span::from_secs(5));
    assert!(broker(&run, old).group(GROUP).is_none());
    assert_eq!(committed(&run, old).0, ErrorCode::NotCoordinator);
    run.wait(Span::from_secs(60));
    assert_eq!(standing(&run, new), before);
}

/// A group that is deleted is not found again by the next coordinator.
#[test]
fn what_was_deleted_stays_deleted() {
    let mut run = with_group(GroupProtocol::Classic);
    let old = coordinator(&run, BrokerId(1));
    for n in ["c1", "c2"] {
        run.dispatch(common::instance(GROUP, n, millrace_sim::InstanceAction::Stop));
    }
    run.wait(Span::from_secs(5));
    let request = millrace_model::protocol::AdminRequest::DeleteGroups { group: GROUP.into() };
    let input = Input::Request { from: RequestId(u64::MAX), request: Request::Admin(request) };
    let world = run.timeline.world();
    let mut left = broker(&run, old).clone();
    for event in left.decide(world.now(), &input, &SeededDice { seed: 0 }).events {
        left.apply(&event);
    }
    assert!(left.group(GROUP).is_none());
    let tp = left.offsets_partition(&GroupId::from(GROUP));
    let last = left.log(&tp).unwrap().batches_from(millrace_model::Offset(0)).last().unwrap().clone();
    let keys: Vec<_> =
        last.batch.records.iter().map(|record| (record.key.clone(), record.value.clone())).collect();
    assert_eq!(keys, [(Some(GROUP.as_bytes().into()), None)]);
}
