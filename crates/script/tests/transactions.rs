//! Producers with transactions, by lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails shall panic")]

mod hands;

use hands::Scene;
use millrace_client::producer::TransactionState;
use millrace_model::{Profile, TopicPartition};
use millrace_script::parse_line;

impl Scene {
    fn new() -> Scene {
        let mut scene = Scene::of(7);
        scene.line("kafka-topics --create --topic orders --partitions 1");
        scene.wait(1_000);
        scene
    }

    /// High watermark and last stable offset of the only partition.
    fn ends(&self) -> (i64, i64) {
        let broker = self.world().brokers().next().unwrap();
        let log = broker.log(&TopicPartition::new("orders", 0)).unwrap();
        (log.high_watermark().0, log.last_stable_offset().0)
    }
}

/// All of it at one moment: the application's thread does one thing after the other.
#[test]
fn lines_of_one_moment_are_done_in_order() {
    // By the old way the second transaction has its partition, and so a marker there, before any record has left; by the new one
    // the first record brings it.
    for (version, ends) in [(0, (4, 4)), (2, (2, 2))] {
        one_moment(version, ends);
    }
}

fn one_moment(version: u8, ends: (i64, i64)) {
    let mut scene = Scene::of(7);
    scene.lines(&[
        &format!("kafka-server-start --override transaction.version={version}"),
        "kafka-topics --create --topic orders --partitions 1",
    ]);
    scene.wait(1_000);
    scene.lines(&[
        "producer start shop --topic orders --transactional-id shop-1",
        "producer begin shop",
        "produce orders alice 1 --producer shop",
        "producer offsets shop --group billing --offset orders-0=5 --metadata m1",
        "producer commit shop",
        "producer begin shop",
        "produce orders bob 2 --producer shop",
        "producer offsets shop --group billing --offset orders-0=9",
        "producer abort shop",
    ]);
    scene.wait(3_000);
    assert_eq!((scene.state("shop"), scene.ends()), (TransactionState::Ready, ends));
    let world = scene.world();
    let broker = world.brokers().next().unwrap();
    let committed = broker.committed("billing", &TopicPartition::new("orders", 0)).unwrap();
    assert_eq!((committed.offset.0, &*committed.metadata), (5, "m1"));
    // A producer that aborts before its records have left fails them itself.
    assert!(scene.thrown("shop").iter().all(|class| *class == "TransactionAbortedException"));
}

#[test]
fn what_a_crash_leaves_open_is_aborted_when_its_time_is_over() {
    let mut scene = Scene::new();
    scene.lines(&[
        "producer start shop --topic orders --transactional-id shop-1 --transaction-timeout 15s",
        "producer begin shop",
        "produce orders alice 1 --producer shop",
    ]);
    scene.wait(1_000);
    scene.lines(&["producer crash shop"]);
    scene.wait(10_000);
    assert_eq!(scene.ends(), (1, 0), "readers wait behind it");
    scene.wait(12_000);
    assert_eq!(scene.ends(), (2, 2));
    let words = scene.try_line("producer commit shop").unwrap_err();
    assert_eq!(words, "shop does not run any more; start another producer");
}

/// The process has ended: the name is free, and so is the transactional id.
#[test]
fn a_name_is_free_again_when_its_process_has_ended() {
    let mut scene = Scene::new();
    let start = "producer start shop --topic orders --transactional-id shop-1";
    scene.line(start);
    scene.wait(500);
    assert_eq!(scene.try_line(start).unwrap_err(), "there is a producer \"shop\" already");
    scene.lines(&["producer begin shop", "produce orders alice 1 --producer shop"]);
    scene.wait(500);
    scene.lines(&["producer crash shop", start]);
    scene.wait(1_000);
    assert_eq!((scene.state("shop"), scene.ends()), (TransactionState::Ready, (2, 2)));
    scene.lines(&["producer begin shop", "produce orders alice 2 --producer shop", "producer commit shop"]);
    scene.wait(1_000);
    assert_eq!(scene.ends(), (4, 4));
}

/// `producer.id.expiration.ms` is a day, `transactional.id.expiration.ms` a week.
#[test]
fn who_is_silent_for_long_is_forgotten() {
    const HOUR: u64 = 3_600_000;
    let mut scene = Scene::new();
    scene.lines(&[
        "producer start shop --topic orders --transactional-id shop-1",
        "producer begin shop",
        "produce orders alice 1 --producer shop",
        "producer commit shop",
    ]);
    scene.wait(1_000);
    scene.line("producer stop shop");
    let known = |scene: &Scene| {
        let broker = scene.world().brokers().next().unwrap();
        let log = broker.log(&TopicPartition::new("orders", 0)).unwrap();
        (log.producers().producers().count(), broker.txn_coordinator().transactions().count())
    };
    scene.wait(24 * HOUR - 60_000);
    assert_eq!(known(&scene), (1, 1));
    scene.wait(HOUR);
    assert_eq!(known(&scene), (0, 1));
    scene.wait(6 * 24 * HOUR - 2 * HOUR);
    assert_eq!(known(&scene), (0, 1));
    scene.wait(3 * HOUR);
    assert_eq!(known(&scene), (0, 0));
}

#[test]
fn the_successor_fences_its_predecessor() {
    let mut scene = Scene::new();
    scene.lines(&[
        "producer start old --topic orders --transactional-id shop-1",
        "producer begin old",
        "produce orders alice 1 --producer old",
    ]);
    scene.wait(1_000);
    scene.lines(&["producer start new --topic orders --transactional-id shop-1"]);
    scene.wait(1_000);
    assert_eq!((scene.state("new"), scene.ends()), (TransactionState::Ready, (2, 2)), "aborted at once");
    scene.lines(&["produce orders alice 2 --producer old"]);
    scene.wait(1_000);
    assert_eq!(scene.state("old"), TransactionState::AbortableError);
    assert_eq!(scene.thrown("old"), ["InvalidProducerEpochException"]);
    scene.lines(&["producer abort old"]);
    scene.wait(1_000);
    assert_eq!(scene.state("old"), TransactionState::FatalError);
    assert_eq!(scene.thrown("old").first(), Some(&"ProducerFencedException"));
    scene.lines(&["producer stop old"]);
    scene.wait(1_000);
    assert_eq!(scene.ends(), (2, 2));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let mut scene = Scene::new();
    scene.lines(&["producer start plain --topic orders"]);
    assert_eq!(
        scene.try_line("producer begin plain").unwrap_err(),
        "plain has no transactions; start one with --transactional-id"
    );
    let both = "producer start tx --topic orders --transactional-id a --idempotence false";
    assert_eq!(
        scene.try_line(both).unwrap_err(),
        "transactional.id: Cannot set a transactional.id without also enabling idempotence."
    );
    for wrong in ["producer offsets p --group g", "producer offsets p --group g --offset orders=5"] {
        assert!(parse_line(wrong, Profile::V4).is_err(), "{wrong}");
    }
}

/// Of ten offsets four are records that were committed; three were aborted, three are markers.
const FOUR_OF_TEN: &str = "
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders --transactional-id shop-1
producer begin shop
produce orders --producer shop alice 1 + bob 2 + carol 3
producer commit shop
producer begin shop
produce orders --producer shop alice 4 + bob 5 + carol 6
wait 1s
producer abort shop
producer begin shop
produce orders --producer shop alice 7
producer commit shop
wait 1s
expect leo(orders-0) == 10
expect n(orders) == 7
expect record(orders-0, 2) == 3
expect record(orders-0, 3) == none
";

#[test]
fn what_an_application_was_not_given_is_nothing_that_it_has_done() {
    for how in ["", "--work 10ms", "--fails 'value > 100'", "--work 10ms --fails 'value > 100'"] {
        let lines = format!(
            "{FOUR_OF_TEN}
app start all --topic orders --auto-offset-reset earliest {how}
app start strict --topic orders --auto-offset-reset earliest --isolation-level read_committed {how}
wait 20s
expect effects(all) == 7
expect expected(all) == 7
expect once(all) == 7
expect effects(strict) == 4
expect expected(strict) == 4
expect once(strict) == 4
expect open(strict) == 0
expect unhandled(strict) == 0
expect position(strict, orders-0) == 10
"
        );
        hands::run(&lines);
    }
}

/// What comes behind the last record is a marker: who commits by records never gets past it, who commits a position does.
#[test]
fn a_marker_at_the_end_is_a_lag_for_who_commits_by_records() {
    let lines = format!(
        "{FOUR_OF_TEN}
app start by-record --topic orders --auto-offset-reset earliest
app start by-position --topic orders --auto-offset-reset earliest --client java --commit auto
wait 20s
expect committed(by-record, orders-0) == 9
expect lag(by-record) == 1
expect committed(by-position, orders-0) == 10
expect lag(by-position) == 0
"
    );
    hands::run(&lines);
}
