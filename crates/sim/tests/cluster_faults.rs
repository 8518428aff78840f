//! Links between brokers, slow and lost disks, replicas that move: by commands, looked at from outside.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Run, hasty, record};
use millrace_broker::CONTROLLER;
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::protocol::AlterPartitionReassignmentsRequest;
use millrace_model::{BrokerId, Profile, Span, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Fault};

const ONE: BrokerId = BrokerId(1);
const TWO: BrokerId = BrokerId(2);
const THREE: BrokerId = BrokerId(3);
const MS: fn(u64) -> Span = Span::from_millis;

fn cluster_command(run: &mut Run, command: ClusterCommand) {
    run.dispatch(Command::Cluster(Box::new(command)));
}

/// Three brokers; topic `a` has its first copy at broker 1 and another one at each of the others.
fn cluster() -> Run {
    let config = hasty();
    let mut run = Run::new();
    cluster_command(
        &mut run,
        ClusterCommand::Start { brokers: 3, controllers: 1, racks: Vec::new(), config },
    );
    run.wait(MS(1_000));
    let replicas = vec![vec![ONE, TWO, THREE]];
    let create = ClusterCommand::CreateTopic { topic: "a".into(), config: Default::default(), replicas };
    cluster_command(&mut run, create);
    run.wait(MS(100));
    run
}

fn producer(run: &mut Run, acks: Acks) {
    let defaults = ProducerConfig::defaults(Profile::default());
    let config = Box::new(ProducerConfig { acks, linger: Span::ZERO, ..defaults });
    run.dispatch(Command::StartProducer { name: "p".into(), topic: "a".into(), config });
    run.wait(MS(100));
}

fn tp() -> TopicPartition {
    TopicPartition::new("a", 0)
}

/// Leader, in-sync replicas, and where the log ends at each broker.
fn seen(run: &Run) -> String {
    let world = run.timeline.world();
    let of = world.controller().unwrap().partition(&tp()).unwrap();
    let isr: Vec<_> = of.isr.iter().map(ToString::to_string).collect();
    let leader = of.leader.map_or("none".to_owned(), |leader| leader.to_string());
    let end = |id| world.broker(id).unwrap().log(&tp()).map_or(-1, |log| log.log_end_offset().0);
    let ends: Vec<_> = [ONE, TWO, THREE].iter().map(|id| end(*id).to_string()).collect();
    format!("leader={leader} isr={} ends={}", isr.join(","), ends.join(","))
}

#[test]
fn a_leader_that_is_cut_off_is_followed_and_takes_back_what_it_had_alone() {
    let mut run = cluster();
    producer(&mut run, Acks::One);
    run.produce("a", record("k", "both"));
    run.wait(MS(100));
    for other in [TWO, THREE, CONTROLLER] {
        run.dispatch(Command::Fault(Fault::CutPeers(ONE, other)));
    }
    run.produce("a", record("k", "alone"));
    run.wait(MS(1_000));
    assert_eq!(seen(&run), "leader=1 isr=1,2,3 ends=2,1,1");
    run.wait(MS(2_000));
    assert_eq!(seen(&run), "leader=2 isr=2,3 ends=2,1,1");
    // It knows nothing of it.
    assert!(run.timeline.world().broker(ONE).unwrap().replicas().unwrap().leader(&tp()).is_some());
    for other in [TWO, THREE, CONTROLLER] {
        run.dispatch(Command::Fault(Fault::HealPeers(ONE, other)));
    }
    run.wait(MS(2_000));
    assert_eq!(seen(&run), "leader=2 isr=2,3,1 ends=1,1,1");
    assert_eq!(run.timeline.world().peer_links().count(), 0);
}

#[test]
fn a_follower_behind_a_cut_link_falls_out_of_the_isr_and_comes_back() {
    let mut run = cluster();
    producer(&mut run, Acks::All);
    run.dispatch(Command::Fault(Fault::CutPeers(TWO, ONE)));
    run.produce("a", record("k", "v"));
    run.wait(MS(4_000));
    assert_eq!(seen(&run), "leader=1 isr=1,3 ends=1,0,1");
    run.dispatch(Command::Fault(Fault::HealPeers(ONE, TWO)));
    run.wait(MS(2_000));
    assert_eq!(seen(&run), "leader=1 isr=1,3,2 ends=1,1,1");
}

/// How long it takes until `acks=all` has come.
fn until_all_have_it(run: &mut Run) -> u64 {
    let begin = run.timeline.world().now();
    run.produce("a", record("k", "v"));
    let end = |run: &Run| run.timeline.world().broker(ONE).unwrap().log(&tp()).unwrap().high_watermark();
    let before = end(run);
    while end(run) == before {
        run.wait(MS(1));
    }
    run.timeline.world().now().since(begin).as_millis()
}

#[test]
fn a_slow_link_and_a_slow_disk_are_waited_for_by_acks_all() {
    let mut run = cluster();
    producer(&mut run, Acks::All);
    assert!(until_all_have_it(&mut run) < 10);
    run.dispatch(Command::Fault(Fault::SlowPeers(ONE, THREE, Some(MS(200)))));
    run.wait(MS(1_000));
    assert!((200..700).contains(&until_all_have_it(&mut run)));
    run.dispatch(Command::Fault(Fault::SlowPeers(THREE, ONE, None)));
    run.wait(MS(1_000));
    assert!(until_all_have_it(&mut run) < 10);
    run.dispatch(Command::Fault(Fault::SlowDisk(TWO, Some(MS(300)))));
    assert!((300..400).contains(&until_all_have_it(&mut run)));
    run.dispatch(Command::Fault(Fault::SlowDisk(TWO, None)));
    run.dispatch(Command::Fault(Fault::SlowDisk(ONE, Some(MS(300)))));
    assert!((300..400).contains(&until_all_have_it(&mut run)));
}

/// What is left at a broker that is killed with two records, one of them in a segment that was rolled and so flushed.
fn left_after(action: BrokerAction) -> i64 {
    let mut run = cluster();
    producer(&mut run, Acks::All);
    run.produce("a", record("k", "v"));
    run.wait(MS(100));
    cluster_command(&mut run, ClusterCommand::Broker { id: THREE, action });
    let left = run.timeline.world().broker(THREE).unwrap().log(&tp()).unwrap().log_end_offset().0;
    cluster_command(&mut run, ClusterCommand::Broker { id: THREE, action: BrokerAction::Restart });
    run.wait(MS(8_000));
    assert_eq!(seen(&run), "leader=1 isr=1,2,3 ends=1,1,1", "{action:?}");
    left
}

#[test]
fn what_a_broker_finds_again_depends_on_how_it_went() {
    assert_eq!(left_after(BrokerAction::Crash), 1);
    assert_eq!(left_after(BrokerAction::CrashUnflushed), 0);
    assert_eq!(left_after(BrokerAction::CrashDiskLost), 0);
}

#[test]
fn replicas_move_and_a_move_is_called_off() {
    let mut run = cluster();
    producer(&mut run, Acks::All);
    run.produce("a", record("k", "v"));
    let to = |replicas: Option<&[i32]>| {
        let target = replicas.map(|ids| ids.iter().map(|id| BrokerId(*id)).collect());
        let partitions = vec![(tp(), target)];
        ClusterCommand::Reassign(AlterPartitionReassignmentsRequest { partitions })
    };
    cluster_command(&mut run, to(Some(&[2])));
    run.wait(MS(2_000));
    assert_eq!(seen(&run), "leader=2 isr=2 ends=0,1,0");
    // Broker 3 cannot be reached: the move waits until it is called off.
    run.dispatch(Command::Fault(Fault::CutPeers(TWO, THREE)));
    cluster_command(&mut run, to(Some(&[3])));
    run.wait(MS(1_000));
    let moving =
        |run: &Run| run.timeline.world().controller().unwrap().partition(&tp()).unwrap().replicas.len();
    assert_eq!(moving(&run), 2);
    cluster_command(&mut run, to(None));
    run.wait(MS(1_000));
    assert_eq!((moving(&run), seen(&run).as_str()), (1, "leader=2 isr=2 ends=0,1,0"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut run = Run::new();
    let says = |run: &mut Run, command: Command| run.timeline.dispatch(command).unwrap_err().to_string();
    let cut = |a, b| Command::Fault(Fault::CutPeers(a, b));
    let alone = "this cluster has one broker only: begin with `cluster start --brokers 3`";
    assert_eq!(says(&mut run, cut(ONE, TWO)), alone);
    assert_eq!(says(&mut run, Command::Fault(Fault::SlowDisk(ONE, None))), alone);
    let mut run = cluster();
    assert_eq!(says(&mut run, cut(ONE, ONE)), "broker-1 has no link to itself: name two nodes");
    assert!(says(&mut run, cut(ONE, BrokerId(7))).starts_with("there is no broker \"broker-7\""));
    let slow = Command::Fault(Fault::SlowDisk(ONE, Some(Span::from_secs(61))));
    assert_eq!(says(&mut run, slow), "a write's delay in ms is 61000; it can be 0 to 60000");
}

/// Of two stretches of the controller's log on a slow link the first is lost: the second alone would leave a gap.
#[test]
fn the_controllers_log_is_read_without_gaps() {
    let mut run = cluster();
    run.dispatch(Command::Fault(Fault::SlowPeers(TWO, CONTROLLER, Some(MS(600)))));
    let move_to = |ids: [i32; 3]| {
        let partitions = vec![(tp(), Some(ids.map(BrokerId).to_vec()))];
        ClusterCommand::Reassign(AlterPartitionReassignmentsRequest { partitions })
    };
    cluster_command(&mut run, move_to([3, 1, 2]));
    run.wait(MS(300));
    cluster_command(&mut run, move_to([1, 3, 2]));
    run.wait(MS(200));
    run.dispatch(Command::Fault(Fault::CutPeers(TWO, CONTROLLER)));
    run.wait(MS(200));
    run.dispatch(Command::Fault(Fault::HealPeers(TWO, CONTROLLER)));
    run.dispatch(Command::Fault(Fault::SlowPeers(TWO, CONTROLLER, None)));
    run.wait(MS(2_000));
    let world = run.timeline.world();
    let at = |id| world.broker(id).unwrap().member().unwrap();
    assert_eq!(at(TWO).partition(&tp()), at(ONE).partition(&tp()));
    assert_eq!(at(TWO).metadata_end(), world.controller().unwrap().end());
}
