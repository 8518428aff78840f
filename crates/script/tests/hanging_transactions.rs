//! A batch that is late: its transaction was given up and aborted while it was on its way, and it arrives behind the marker. By
//! the old way, without verification, it opens a transaction that nobody will ever end (KIP-890, KIP-664).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails shall panic")]

use millrace_client::producer::TransactionState;
use millrace_model::{BrokerId, Profile, Span, TopicPartition};
use millrace_script::{Failure, Runner, parse_line};
use millrace_sim::node::Kind;
use millrace_sim::{Setup, World};

const OFF: &str = "kafka-configs --alter --entity-type brokers --entity-default --add-config transaction.partition.verification.enable=false";

struct Scene(Runner);

impl Scene {
    /// A cluster whose transactions are written so, before anything is in it.
    fn new(version: u8, profile: Profile) -> Scene {
        let mut scene = Scene(Runner::new(Setup { seed: 7, profile }));
        scene.line(&format!("cluster start --brokers 3 --override transaction.version={version}"));
        scene.wait(1_000);
        scene
    }

    fn line(&mut self, line: &str) {
        let statement = parse_line(line, self.world().profile()).unwrap().unwrap();
        match self.0.run(&statement) {
            Ok(answer) => assert_eq!(answer.refused.map(|words| words.to_string()), None, "{line}"),
            Err(Failure::Refused(refusal)) => panic!("{line}: {refusal}"),
            Err(failure) => panic!("{line}: {failure}"),
        }
    }

    fn wait(&mut self, ms: u64) {
        let until = self.world().now() + Span::from_millis(ms);
        self.0.run_until(until).unwrap();
    }

    fn world(&self) -> &World {
        self.0.timeline().world()
    }

    fn state(&self, name: &str) -> TransactionState {
        let (_, node) = self.world().producer(name).unwrap();
        let Kind::Producer(producer) = &node.kind else { panic!() };
        producer.client.transaction_state().unwrap()
    }

    /// High watermark and last stable offset.
    fn ends(&self) -> (i64, i64) {
        let log = self.world().log(&TopicPartition::new("orders", 0)).unwrap();
        (log.high_watermark().0, log.last_stable_offset().0)
    }

    /// Until the late batch has come: `orders` is led by a broker that does not coordinate `shop-1`, and the way there gets slow.
    fn late(&mut self) {
        self.line("producer start shop --topic orders --transactional-id shop-1 --request-timeout 3s --delivery-timeout 3s --linger 0ms");
        self.wait(3_000);
        let state = self.world().broker(BrokerId(1)).unwrap().txn_partition("shop-1");
        let coordinator = self.world().controller().unwrap().partition(&state).unwrap().leader.unwrap().0;
        let leader = coordinator % 3 + 1;
        let third = leader % 3 + 1;
        self.line(&format!(
            "kafka-topics --create --topic orders --replica-assignment {leader}:{coordinator}:{third}"
        ));
        self.wait(1_000);
        self.line("producer begin shop");
        self.line("produce orders alice 1 --producer shop");
        self.wait(1_000);
        assert_eq!(self.ends(), (1, 0));
        // What sets out now takes 8 s; on its connection nothing overtakes it, but the coordinator is another broker.
        self.line("network slow shop 8s");
        self.line("produce orders alice 2 --producer shop");
        self.wait(100);
        self.line("network slow shop off");
        self.wait(4_000);
        assert_eq!(self.state("shop"), TransactionState::AbortableError);
        self.line("producer abort shop");
        self.wait(1_000);
        assert_eq!((self.state("shop"), self.ends()), (TransactionState::Ready, (2, 2)));
        self.wait(6_000);
    }
}

#[test]
fn without_verification_it_hangs_until_somebody_aborts_it() {
    let mut scene = Scene::new(0, Profile::V4);
    scene.line(OFF);
    scene.wait(1_000);
    scene.late();
    assert_eq!(scene.ends(), (3, 2), "the late batch has opened another transaction");
    // Not even transaction.timeout.ms ends it: its coordinator knows of none.
    scene.wait(180_000);
    assert_eq!(scene.ends(), (3, 2));
    let log = scene.world().log(&TopicPartition::new("orders", 0)).unwrap();
    let open = log.producers().producers().find(|known| known.current_txn_first_offset.is_some()).unwrap();
    let (id, epoch, coordinator) = (open.producer_id, open.producer_epoch, open.coordinator_epoch);
    scene.line(&format!(
        "kafka-transactions abort --topic orders --partition 0 --producer-id {id} --producer-epoch {epoch} --coordinator-epoch {coordinator}"
    ));
    scene.wait(1_000);
    assert_eq!(scene.ends(), (4, 4));
}

#[test]
fn with_verification_it_is_refused() {
    for profile in [Profile::V4, Profile::V39, Profile::Snapshot40] {
        let mut scene = Scene::new(0, profile);
        scene.late();
        assert_eq!(scene.ends(), (2, 2), "{profile}");
    }
}

/// Each transaction has an epoch of its own, whatever the setting says.
#[test]
fn in_transactions_of_version_2_it_is_refused() {
    let mut scene = Scene::new(2, Profile::V4);
    scene.line(OFF);
    scene.wait(1_000);
    scene.late();
    assert_eq!(scene.ends(), (2, 2));
}
