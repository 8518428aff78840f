//! Transactions over several brokers: a coordinator on the log of `__transaction_state`, markers at the leaders of the
//! partitions, and what becomes of both when a broker fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod hands;

use hands::Scene;
use millrace_broker::{Broker, TRANSACTION_STATE, TxnState};
use millrace_client::producer::TransactionState;
use millrace_model::{BrokerId, TopicPartition};

const ID: &str = "shop-1";

/// `transaction.version`: by the old way, and with an epoch for each transaction. Every test is one of both.
const VERSIONS: [i16; 2] = [0, 2];

impl Scene {
    /// Three brokers, whose transactions are written so; `orders` has two partitions with different leaders.
    fn new(version: i16) -> Scene {
        let mut scene = Scene::of(7);
        scene.line(&format!(
            "cluster start --brokers 3 --override broker.session.timeout.ms=4000 --override transaction.version={version}"
        ));
        scene.wait(1_000);
        scene.line("kafka-topics --create --topic orders --replica-assignment 1:2:3,2:3:1 --config min.insync.replicas=2");
        scene.wait(1_000);
        scene
    }

    /// A producer with an open transaction in both partitions, and offsets of a group.
    fn opened(&mut self) {
        self.line("producer start shop --topic orders --transactional-id shop-1");
        self.wait(2_000);
        self.lines(&[
            "producer begin shop",
            "produce orders alice 1 --partition 0 --producer shop",
            "produce orders bob 2 --partition 1 --producer shop",
            "producer offsets shop --group billing --offset orders-0=5",
        ]);
        self.wait(3_000);
        assert_eq!(self.state("shop"), TransactionState::InTransaction);
        assert_eq!(self.ends(), [(1, 0), (1, 0)]);
    }

    fn broker(&self, id: i32) -> &Broker {
        self.world().broker(BrokerId(id)).unwrap()
    }

    /// Who coordinates the transactional id, as the controller says.
    fn coordinator(&self) -> i32 {
        let tp = self.broker(1).txn_partition(ID);
        self.world().controller().unwrap().partition(&tp).unwrap().leader.unwrap().0
    }

    fn txn(&self) -> (TxnState, i16) {
        let coordinator = self.broker(self.coordinator()).txn_coordinator();
        let known = coordinator.transaction(ID).unwrap();
        (known.state, known.producer_epoch.0)
    }

    /// High watermark and last stable offset of both partitions at their leaders.
    fn ends(&self) -> [(i64, i64); 2] {
        [0, 1].map(|n| {
            let log = self.world().log(&TopicPartition::new("orders", n)).unwrap();
            (log.high_watermark().0, log.last_stable_offset().0)
        })
    }

    /// Whether the partition's last batch is a marker, and which.
    fn markers(&self) -> [Option<bool>; 2] {
        [0, 1].map(|n| {
            let log = self.world().log(&TopicPartition::new("orders", n)).unwrap();
            let last = log.batches_from(log.log_start_offset()).last()?;
            Some(last.batch.producer.as_deref()?.marker?.committed)
        })
    }

    /// What the group's coordinator knows for it, and whether it would answer a reader that wants what is stable.
    fn committed(&self) -> Option<i64> {
        let tp = self.broker(1).coordinator_choice(&"billing".into());
        let leader = self.world().controller().unwrap().partition(&tp.partition).unwrap().leader.unwrap();
        let broker = self.world().broker(leader).unwrap();
        Some(broker.committed("billing", &TopicPartition::new("orders", 0))?.offset.0)
    }
}

#[test]
fn a_transaction_spans_the_leaders_of_its_partitions() {
    for version in VERSIONS {
        a_transaction_spans_the_leaders_of_its_partitions_in(version);
    }
}

fn a_transaction_spans_the_leaders_of_its_partitions_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.opened();
    let topic = scene.broker(2).topic(TRANSACTION_STATE).unwrap();
    let shape = (topic.partition_count(), topic.is_internal(), topic.config().min_insync_replicas);
    assert_eq!(shape, (50, true, 2));
    assert_eq!((scene.txn(), scene.committed()), ((TxnState::Ongoing, 0), None));
    scene.line("producer commit shop");
    scene.wait(1_000);
    assert_eq!(
        (scene.state("shop"), scene.txn()),
        (TransactionState::Ready, (TxnState::CompleteCommit, version / 2))
    );
    assert_eq!((scene.ends(), scene.markers()), ([(2, 2), (2, 2)], [Some(true), Some(true)]));
    assert_eq!(scene.committed(), Some(5));
    scene.lines(&[
        "producer begin shop",
        "produce orders alice 3 --partition 0 --producer shop",
        "producer offsets shop --group billing --offset orders-0=9",
    ]);
    scene.wait(1_000);
    scene.line("producer abort shop");
    scene.wait(1_000);
    assert_eq!((scene.ends(), scene.markers()), ([(4, 4), (2, 2)], [Some(false), Some(true)]));
    assert_eq!((scene.txn().0, scene.committed()), (TxnState::CompleteAbort, Some(5)));
    // Only the coordinator knows of it.
    let others = (1..=3).filter(|id| *id != scene.coordinator());
    assert!(
        others.map(|id| scene.broker(id).txn_coordinator().transactions().count()).all(|known| known == 0)
    );
}

#[test]
fn another_coordinator_reads_the_log_and_goes_on() {
    for version in VERSIONS {
        another_coordinator_reads_the_log_and_goes_on_in(version);
    }
}

fn another_coordinator_reads_the_log_and_goes_on_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.opened();
    let first = scene.coordinator();
    scene.line(&format!("broker crash broker-{first}"));
    scene.wait(500);
    scene.line("producer commit shop");
    scene.wait(10_000);
    assert_ne!(scene.coordinator(), first);
    assert_eq!(
        (scene.state("shop"), scene.txn()),
        (TransactionState::Ready, (TxnState::CompleteCommit, version / 2))
    );
    assert_eq!((scene.ends(), scene.markers()), ([(2, 2), (2, 2)], [Some(true), Some(true)]));
    assert_eq!(scene.committed(), Some(5));
}

/// The leader of one partition cannot be reached by the coordinator, which dies then: what was decided is completed by the
/// next one.
#[test]
fn what_was_decided_is_completed_by_whoever_comes_after() {
    for version in VERSIONS {
        what_was_decided_is_completed_by_whoever_comes_after_in(version);
    }
}

fn what_was_decided_is_completed_by_whoever_comes_after_in(version: i16) {
    let mut scene = Scene::of(7);
    scene.line(&format!(
        "cluster start --brokers 4 --override broker.session.timeout.ms=4000 --override transaction.version={version}"
    ));
    scene.wait(1_000);
    scene.line("producer start shop --topic far --transactional-id shop-1");
    scene.wait(2_000);
    // Led by the only broker that has nothing to do with the log of this transactional id.
    let state = scene.broker(1).txn_partition(ID);
    let replicas = scene.world().controller().unwrap().partition(&state).unwrap().replicas.clone();
    let far = (1..=4).find(|id| !replicas.contains(&BrokerId(*id))).unwrap();
    scene.line(&format!("kafka-topics --create --topic far --replica-assignment {far}"));
    scene.wait(1_000);
    scene.lines(&["producer begin shop", "produce far alice 1 --producer shop"]);
    scene.wait(2_000);
    let first = scene.coordinator();
    scene.lines(&[&format!("network cut broker-{first} broker-{far}"), "producer commit shop"]);
    scene.wait(2_000);
    let far = TopicPartition::new("far", 0);
    let ends = |scene: &Scene| {
        let log = scene.world().log(&far).unwrap();
        (log.high_watermark().0, log.last_stable_offset().0)
    };
    assert_eq!((scene.txn(), ends(&scene)), ((TxnState::PrepareCommit, version / 2), (1, 0)));
    assert_eq!(scene.state("shop"), TransactionState::Ready, "the outcome is certain");
    scene.line(&format!("broker crash broker-{first}"));
    scene.wait(8_000);
    assert_ne!(scene.coordinator(), first);
    assert_eq!((scene.txn(), ends(&scene)), ((TxnState::CompleteCommit, version / 2), (2, 2)));
}

#[test]
fn a_zombie_is_fenced_at_every_broker() {
    for version in VERSIONS {
        a_zombie_is_fenced_at_every_broker_in(version);
    }
}

fn a_zombie_is_fenced_at_every_broker_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.opened();
    let first = scene.coordinator();
    scene.line(&format!("broker crash broker-{first}"));
    scene.wait(8_000);
    scene.line("producer start new --topic orders --transactional-id shop-1");
    scene.wait(3_000);
    assert_eq!(
        (scene.state("new"), scene.txn()),
        (TransactionState::Ready, (TxnState::Empty, 2 + version / 2))
    );
    assert_eq!((scene.ends(), scene.markers()), ([(2, 2), (2, 2)], [Some(false), Some(false)]));
    assert_eq!(scene.committed(), None);
    for partition in [0, 1] {
        scene.line(&format!("produce orders alice 7 --partition {partition} --producer shop"));
    }
    scene.wait(1_000);
    assert_eq!(scene.thrown("shop").first(), Some(&"InvalidProducerEpochException"));
    scene.line("producer abort shop");
    scene.wait(1_000);
    assert_eq!(scene.state("shop"), TransactionState::FatalError);
    assert_eq!(scene.thrown("shop").first(), Some(&"ProducerFencedException"));
    assert_eq!(scene.ends(), [(2, 2), (2, 2)]);
}

#[test]
fn what_a_crash_leaves_open_is_aborted_by_the_coordinator_of_that_time() {
    for version in VERSIONS {
        what_a_crash_leaves_open_is_aborted_by_the_coordinator_of_that_time_in(version);
    }
}

fn what_a_crash_leaves_open_is_aborted_by_the_coordinator_of_that_time_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.line("producer start shop --topic orders --transactional-id shop-1 --transaction-timeout 15s");
    scene.wait(2_000);
    scene.lines(&["producer begin shop", "produce orders alice 1 --partition 0 --producer shop"]);
    scene.wait(1_000);
    scene.line("producer crash shop");
    let first = scene.coordinator();
    scene.line(&format!("broker crash broker-{first}"));
    scene.wait(9_000);
    assert_eq!(scene.ends()[0], (1, 0), "readers wait behind it");
    scene.wait(16_000);
    assert_eq!((scene.ends()[0], scene.markers()[0]), ((2, 2), Some(false)));
    assert_eq!(scene.txn(), (TxnState::CompleteAbort, 1 + version / 2));
}

/// Whoever coordinates the group after the crash knows of offsets that are part of an open transaction.
#[test]
fn pending_offsets_survive_their_groups_coordinator() {
    for version in VERSIONS {
        pending_offsets_survive_their_groups_coordinator_in(version);
    }
}

fn pending_offsets_survive_their_groups_coordinator_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.opened();
    let choice = scene.broker(1).coordinator_choice(&"billing".into());
    let group = choice.coordinator.unwrap();
    scene.line(&format!("broker crash broker-{group}"));
    scene.wait(8_000);
    assert_eq!(scene.committed(), None);
    scene.line("producer commit shop");
    scene.wait(5_000);
    assert_eq!((scene.txn().0, scene.committed()), (TxnState::CompleteCommit, Some(5)));
}

/// With one replica left of three nothing can be decided; it goes on when another one is back.
#[test]
fn nothing_is_decided_without_enough_replicas() {
    for version in VERSIONS {
        nothing_is_decided_without_enough_replicas_in(version);
    }
}

fn nothing_is_decided_without_enough_replicas_in(version: i16) {
    let mut scene = Scene::new(version);
    scene.opened();
    let coordinator = scene.coordinator();
    let others: Vec<i32> = (1..=3).filter(|id| *id != coordinator).collect();
    for id in &others {
        scene.line(&format!("broker crash broker-{id}"));
    }
    scene.wait(8_000);
    scene.line("producer commit shop");
    scene.wait(5_000);
    assert_eq!(scene.txn().0, TxnState::Ongoing);
    scene.line(&format!("broker restart broker-{}", others[0]));
    scene.wait(20_000);
    assert_eq!((scene.txn().0, scene.markers()), (TxnState::CompleteCommit, [Some(true), Some(true)]));
}
