//! `processing.guarantee=exactly_once_v2`: whoever crashes, freezes, stops and comes back, each record has one result that
//! `read_committed` readers are shown, and is counted once in the stores. The same histories with `at_least_once` count some
//! twice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod committed;
mod histories;

use histories::{Die, Run, Stir};
use millrace_model::{Map, Profile, TopicPartition};
use millrace_sim::Fact;

const PARTITIONS: i32 = 3;
const ALOS: &str = "at_least_once";
const EOS: &str = "exactly_once_v2";

/// The results by key: what `read_committed` readers are shown, or all that was ever written and ended.
fn results(run: &Run, aborted: bool) -> Map<String, Vec<i64>> {
    let mut found: Map<String, Vec<i64>> = Map::new();
    for partition in 0..PARTITIONS {
        let tp = TopicPartition::new("order-counts", partition);
        for record in committed::shown(run.world(), &tp, aborted) {
            let key = String::from_utf8_lossy(record.key.as_deref().unwrap()).into_owned();
            let count = i64::from_be_bytes(record.value.as_deref().unwrap().try_into().unwrap());
            found.entry(key).or_default().push(count);
        }
    }
    found.values_mut().for_each(|counts| counts.sort_unstable());
    found
}

/// What a history came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    /// Results beyond the one that each record should have.
    twice: usize,
    /// Results that were aborted.
    aborted: usize,
    /// Threads that were too late.
    migrated: usize,
}

/// Who fails beside the instances that crash, stop and come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fail {
    Nobody,
    /// Instances freeze, and wake up when others have their tasks.
    Sleepers,
    /// One broker of three at a time.
    Brokers,
}

/// A count per key, whose every step is a result: `n` records of a key have the results 1 to `n`.
fn history(seed: u64, guarantee: &str, fail: Fail) -> Sum {
    let mut die = Die(seed);
    let mut run = Run::new(seed);
    if fail == Fail::Brokers {
        run.tell("cluster start --brokers 3 --override default.replication.factor=3 --override min.insync.replicas=2 --override broker.session.timeout.ms=4000\nwait 2s");
    }
    let (threads, standbys) = (1 + die.roll(2), die.roll(2));
    // Every other application has two sub-topologies, with a repartition topic between them.
    let keyed = ["", "select key key | "][usize::try_from(seed % 2).unwrap()];
    let interval = ["100ms", "1s", "4s"][usize::try_from(die.roll(3)).unwrap()];
    run.tell(&format!("kafka-topics --create --topic orders --partitions {PARTITIONS}"));
    run.tell(&format!(
        "streams start counts --instances 2 --processing-guarantee {guarantee} --num-stream-threads {threads} --num-standby-replicas {standbys} --commit-interval {interval} --session-timeout 10s --statestore-cache-max-bytes 0 'stream orders | {keyed}group by key | count | to order-counts'\nwait 5s"
    ));
    run.tell("producer start shop --topic orders --idempotence true\nwait 1s");
    let (mut sent, mut down): (Map<String, i64>, Option<u64>) = (Map::new(), None);
    for _ in 0..30 {
        for _ in 0..die.roll(4) {
            let key = die.key();
            *sent.entry(key.to_owned()).or_insert(0) += 1;
            run.tell(&format!("produce orders {key} 1 --producer shop"));
        }
        // Into the middle of what follows: appends, offsets, markers.
        run.tell(&format!("wait {}ms", die.roll(130)));
        run.stir(&mut die, Stir { stops: true, crashes: &[4, 7], freezes: fail == Fail::Sleepers });
        if fail == Fail::Brokers && die.roll(3) == 0 {
            match down.take() {
                Some(broker) => run.tell(&format!("broker restart broker-{broker}")),
                None => {
                    let broker = 1 + die.roll(3);
                    // Whoever stops gives its leaderships away first.
                    let how = ["crash broker", "stop broker"][usize::from(die.roll(4) == 0)];
                    run.tell(&format!("broker {how}-{broker}\nwait 3s"));
                    down = Some(broker);
                }
            }
        }
        let wait = [0, 900, 4_000, 13_000][usize::try_from(die.roll(4)).unwrap()];
        run.tell(&format!("wait {wait}ms"));
    }
    if let Some(broker) = down {
        run.tell(&format!("broker restart broker-{broker}"));
    }
    run.bring_back();
    run.tell("wait 5m\nexpect failed(counts) == 0");
    if guarantee == ALOS {
        // Otherwise a marker may be the last that stands in a partition, and nobody commits past it, as in Kafka.
        run.tell("expect lag(counts) == 0");
    }
    let (results, all) = (results(&run, false), results(&run, true));
    let count = |results: &Map<String, Vec<i64>>| results.values().map(Vec::len).sum::<usize>();
    let expected: Map<String, Vec<i64>> =
        sent.iter().map(|(key, n)| (key.clone(), (1..=*n).collect())).collect();
    if guarantee == EOS {
        assert_eq!(results, expected, "seed {seed}\n{}", run.lines.join("\n"));
        for (key, n) in &sent {
            run.tell(&format!("expect row(counts, {key}) == {n}"));
        }
    } else {
        for (key, counts) in &expected {
            assert!(
                counts.iter().all(|n| results.get(key).is_some_and(|found| found.contains(n))),
                "seed {seed}: {key} {results:?}"
            );
        }
    }
    let timeline = run.runner.timeline();
    let entries = timeline.branch().entries_before(timeline.world().steps());
    let is_late = |fact: &Fact| {
        matches!(fact, Fact::Streams(millrace_sim::node::streams::StreamsEvent::TaskMigrated { .. }))
    };
    Sum {
        twice: count(&results) - count(&expected),
        aborted: count(&all) - count(&results),
        migrated: entries.filter(|entry| is_late(&entry.fact)).count(),
    }
}

fn sweep(seeds: std::ops::Range<u64>, guarantee: &str, fail: Fail) -> Sum {
    seeds.map(|seed| history(seed, guarantee, fail)).fold(Sum::default(), |sum, one| Sum {
        twice: sum.twice + one.twice,
        aborted: sum.aborted + one.aborted,
        migrated: sum.migrated + one.migrated,
    })
}

#[test]
fn crashes_leave_results_to_abort_and_none_twice() {
    let sum = sweep(0..24, EOS, Fail::Nobody);
    assert!(sum.twice == 0 && sum.aborted > 0, "{sum:?}");
}

#[test]
fn who_wakes_up_late_is_fenced_and_starts_anew() {
    let sum = sweep(100..124, EOS, Fail::Sleepers);
    assert!(sum.twice == 0 && sum.aborted > 0 && sum.migrated > 0, "{sum:?}");
}

#[test]
fn brokers_that_crash_take_no_results_with_them_and_add_none() {
    let sum = sweep(200..224, EOS, Fail::Brokers);
    assert!(sum.twice == 0 && sum.aborted > 0, "{sum:?}");
}

#[test]
fn the_same_histories_count_twice_with_at_least_once() {
    let sum = sweep(0..24, ALOS, Fail::Nobody);
    assert!(sum.twice > 0 && sum.aborted == 0 && sum.migrated == 0, "{sum:?}");
}

/// Nobody crashes: the commit interval is 100 ms, results are shown once it is over, and the offsets are committed with them.
#[test]
fn in_peace_results_are_shown_when_their_transaction_is_committed() {
    let mut run = Run::new(1);
    run.tell("kafka-topics --create --topic orders --partitions 3\nstreams start counts --processing-guarantee exactly_once_v2 'stream orders | group by key | count | to order-counts'\nwait 8s\nproduce orders alice 1\nproduce orders alice 2");
    run.tell("wait 40ms");
    assert_eq!(results(&run, false), Map::new());
    run.tell("wait 400ms\nexpect lag(counts) == 0");
    let results = results(&run, false);
    assert_eq!(results.get("alice").map(|counts| counts.last().copied()), Some(Some(2)), "{results:?}");
    run.tell("streams stop counts\nwait 5s\nexpect members(counts) == 0");
}

#[test]
fn a_commit_interval_longer_than_a_transaction_may_last_is_refused() {
    let mut run = Run::new(1);
    run.tell("kafka-topics --create --topic orders --partitions 1");
    let line = "streams start counts --processing-guarantee exactly_once_v2 --commit-interval 30s 'stream orders | to copies'";
    let statement = millrace_script::parse_line(line, Profile::default()).unwrap().unwrap();
    let refused = run.runner.run(&statement).unwrap_err().to_string();
    assert!(refused.contains("10000") && refused.contains("30000"), "{refused}");
}
