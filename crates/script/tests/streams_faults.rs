//! Streams applications whose instances come, go, crash, freeze and come back by the dice. In the end each task runs once
//! and has read everything. Where nobody froze, every record has been counted at least once, exactly once where nobody
//! crashed either, and each store is what its changelog says.
//!
//! Who was frozen for longer than its session and wakes up still sends what its producer holds: under at_least_once it
//! can write an old value behind a newer one, into results and changelogs alike, and a later restore believes it. So it
//! is in Kafka; `exactly_once_v2` fences it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod histories;

use histories::{Die, Run, Stir};
use millrace_model::Map;

const PARTITIONS: u64 = 4;

/// What may happen beside coming and going.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Peril {
    Peace,
    Crashes,
    /// Also for longer than a session lasts.
    Freezes,
}

fn is_stable(run: &Run) -> bool {
    let group = run.world().brokers().next().and_then(|broker| broker.group("counts"));
    group.is_some_and(|group| group.state().to_string() == "Stable")
}

fn history(seed: u64, peril: Peril) {
    let mut die = Die(seed);
    let mut run = Run::new(seed);
    let (threads, standbys) = (1 + die.roll(2), die.roll(2));
    // Every other application has two sub-topologies, with a repartition topic between them.
    let (keyed, tasks, store) = match seed % 2 {
        0 => ("", PARTITIONS, 2),
        _ => ("select key key | ", PARTITIONS * 2, 3),
    };
    run.tell(&format!("kafka-topics --create --topic orders --partitions {PARTITIONS}"));
    run.tell(&format!(
        "streams start counts --instances 2 --num-stream-threads {threads} --num-standby-replicas {standbys} --commit-interval 5s --session-timeout 10s --statestore-cache-max-bytes 0 'stream orders | {keyed}group by key | count | to order-counts'\nwait 100ms"
    ));
    let mut sent: Map<&str, i64> = Map::new();
    for _ in 0..25 {
        for _ in 0..die.roll(4) {
            let key = die.key();
            *sent.entry(key).or_insert(0) += 1;
            run.tell(&format!("produce orders {key} 1"));
        }
        run.stir(
            &mut die,
            Stir {
                // Who stops while it joins again cannot commit (RebalanceInProgressException): that is no peace.
                stops: peril > Peril::Peace || is_stable(&run),
                crashes: if peril >= Peril::Crashes { &[4] } else { &[] },
                freezes: peril >= Peril::Freezes,
            },
        );
        let wait = [50, 900, 4_000, 13_000][usize::try_from(die.roll(4)).unwrap()];
        run.tell(&format!("wait {wait}ms"));
    }
    run.bring_back();
    run.tell("wait 10m\nexpect lag(counts) == 0\nexpect failed(counts) == 0");
    run.tell(&format!("expect tasks(counts) == {tasks}\nexpect rows(counts) == {}", sent.len()));
    let sign = match peril {
        Peril::Peace => "==",
        Peril::Crashes => ">=",
        Peril::Freezes => return,
    };
    for (key, count) in &sent {
        run.tell(&format!("expect row(counts, {key}) {sign} {count}"));
        let log = format!("counts-KSTREAM-AGGREGATE-STATE-STORE-000000000{store}-changelog");
        run.tell(&format!("expect value({log}, {key}) == row(counts, {key})"));
        run.tell(&format!("expect value(order-counts, {key}) == row(counts, {key})"));
    }
}

#[test]
fn whatever_dies_every_record_is_counted_at_least_once() {
    (0..16).for_each(|seed| history(seed, Peril::Crashes));
}

#[test]
fn who_comes_and_goes_in_peace_counts_every_record_once() {
    (100..116).for_each(|seed| history(seed, Peril::Peace));
}

#[test]
fn whoever_wakes_up_late_each_task_runs_once_in_the_end() {
    (200..216).for_each(|seed| history(seed, Peril::Freezes));
}
