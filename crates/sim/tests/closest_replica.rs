//! Readers fetch from the replica in their rack (KIP-392).
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Run, app, record};
use millrace_client::consumer::ConsumerEvent;
use millrace_client::listener::InstanceEvent;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig};
use millrace_model::{BrokerId, Span};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Fact, Fault};

const ONE: BrokerId = BrokerId(1);
const TWO: BrokerId = BrokerId(2);

/// Brokers 1 to 3 in the racks a, b and c; `t-0` is led by broker 1; a reader in `rack`, whose metadata lasts ten seconds.
fn with_reader(rack: Option<&str>, selects: bool) -> Run {
    let mut run = Run::new();
    let config = ClusterConfig {
        broker_session_timeout: Span::from_secs(3),
        replica_lag_time_max: Span::from_secs(2),
        auto_leader_rebalance: false,
        rack_aware_replica_selector: selects,
        ..ClusterConfig::default()
    };
    let racks = ["a", "b", "c"].map(Into::into).to_vec();
    run.dispatch(Command::Cluster(Box::new(ClusterCommand::Start {
        brokers: 3,
        controllers: 1,
        racks,
        config,
    })));
    run.wait(Span::from_secs(1));
    let replicas = vec![vec![ONE, TWO, BrokerId(3)]];
    let topic = ClusterCommand::CreateTopic { topic: "t".into(), config: Default::default(), replicas };
    run.dispatch(Command::Cluster(Box::new(topic)));
    run.wait(Span::from_secs(1));
    let mut app = app("r", "t");
    app.consumer = ConsumerConfig {
        client_rack: rack.map(Into::into),
        auto_offset_reset: AutoOffsetReset::Earliest,
        metadata_max_age: Span::from_secs(10),
        ..app.consumer
    };
    run.start(app, 1);
    run.wait(Span::from_secs(5));
    run
}

fn produce(run: &mut Run, count: usize) {
    for n in 0..count {
        run.produce("t", record("k", &n.to_string()));
    }
    run.wait(Span::from_secs(1));
}

/// How many records were worked on, each once.
fn read(run: &Run) -> u64 {
    let account = run.timeline.world().account("r").unwrap();
    assert_eq!((account.twice, account.lost), (0, 0));
    account.once
}

/// The replicas that were read from, in order; `None` is the leader again.
fn named(run: &Run) -> Vec<Option<i32>> {
    let entries = run.timeline.branch().entries_before(u64::MAX);
    let mut named: Vec<Option<i32>> = entries
        .filter_map(|entry| match &entry.fact {
            Fact::Instance(InstanceEvent::Consumer {
                event: ConsumerEvent::ReadReplicaChanged { replica, .. },
                ..
            }) => Some(replica.map(|replica| replica.0)),
            _ => None,
        })
        .collect();
    named.reverse();
    named
}

/// Where a fetch of the reader waits, once one does.
fn waits_at(run: &mut Run) -> Vec<i32> {
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let brokers = run.timeline.world().brokers();
        waiting = brokers.filter(|b| b.held_fetches().count() > 0).map(|b| b.id().0).collect();
        if !waiting.is_empty() {
            break;
        }
        run.wait(Span::from_millis(5));
    }
    waiting
}

fn act(run: &mut Run, action: BrokerAction) {
    run.dispatch(Command::Cluster(Box::new(ClusterCommand::Broker { id: TWO, action })));
}

#[test]
fn a_reader_is_sent_to_the_replica_in_its_rack() {
    let mut run = with_reader(Some("b"), true);
    produce(&mut run, 5);
    assert_eq!((named(&run), read(&run), waits_at(&mut run)), (vec![Some(2)], 5, vec![2]));
    // After metadata.max.age.ms the leader is asked again, and says the same.
    run.wait(Span::from_secs(12));
    produce(&mut run, 5);
    assert_eq!((named(&run)[1], read(&run), waits_at(&mut run)), (Some(2), 10, vec![2]));
}

#[test]
fn without_a_rack_or_a_selector_or_in_the_leaders_rack_a_reader_stays_at_the_leader() {
    for (rack, selects) in [(Some("b"), false), (None, true), (Some("a"), true), (Some("z"), true)] {
        let mut run = with_reader(rack, selects);
        produce(&mut run, 5);
        assert_eq!((named(&run), read(&run), waits_at(&mut run)), (vec![], 5, vec![1]), "{rack:?} {selects}");
    }
}

#[test]
fn when_the_replica_dies_its_reader_goes_back_to_the_leader() {
    let mut run = with_reader(Some("b"), true);
    produce(&mut run, 5);
    act(&mut run, BrokerAction::Crash);
    produce(&mut run, 5);
    run.wait(Span::from_secs(5));
    // Until it is fenced, the leader goes on naming it.
    assert_eq!((named(&run)[..2].to_vec(), read(&run)), (vec![Some(2), None], 10));
    assert_eq!((named(&run).last(), waits_at(&mut run)), (Some(&None), vec![1]));
    act(&mut run, BrokerAction::Restart);
    run.wait(Span::from_secs(10));
    produce(&mut run, 5);
    assert_eq!((named(&run).last(), read(&run)), (Some(&Some(2)), 15));
    assert_eq!(waits_at(&mut run), [2]);
}

/// The replica copies nothing any more, and its reader reads nothing: until the leader is asked again, which has dropped it.
#[test]
fn a_replica_that_falls_behind_holds_its_reader_back_for_a_while() {
    let mut run = with_reader(Some("b"), true);
    produce(&mut run, 5);
    run.dispatch(Command::Fault(Fault::CutPeers(ONE, TWO)));
    produce(&mut run, 5);
    assert_eq!((read(&run), waits_at(&mut run)), (5, vec![2]));
    run.wait(Span::from_secs(12));
    assert_eq!((read(&run), waits_at(&mut run)), (10, vec![1]));
}
