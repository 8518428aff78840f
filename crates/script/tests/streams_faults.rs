//! Streams applications whose instances come, go, crash, freeze and come back by the dice. In the end each task runs once
//! and has read everything. Where nobody froze, every record has been counted at least once, exactly once where nobody
//! crashed either, and each store is what its changelog says.
//!
//! Who was frozen for longer than its session and wakes up still sends what its producer holds: under at_least_once it
//! can write an old value behind a newer one, into results and changelogs alike, and a later restore believes it. So it
//! is in Kafka; `exactly_once_v2` fences it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::{Map, Profile};
use millrace_script::{Runner, parse_script};
use millrace_sim::Setup;
use millrace_sim::node::Activity;

const KEYS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
const PARTITIONS: u64 = 4;

/// A test's own dice (SplitMix64), so that a seed is a history.
struct Die(u64);

impl Die {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }
}

struct Run {
    seed: u64,
    runner: Runner,
    lines: Vec<String>,
}

impl Run {
    fn tell(&mut self, text: &str) {
        let (statements, problems) = parse_script(text, Profile::default());
        assert!(problems.is_empty(), "{}", problems[0].sentence());
        self.lines.extend(text.lines().map(str::to_owned));
        for (_, statement) in &statements {
            if let Err(failure) = self.runner.run(statement) {
                panic!("seed {}: {failure}\n{}", self.seed, self.lines.join("\n"));
            }
        }
    }

    fn is_stable(&self) -> bool {
        let mut brokers = self.runner.timeline().world().brokers();
        let group = brokers.next().and_then(|broker| broker.group("counts"));
        group.is_some_and(|group| group.state().to_string() == "Stable")
    }

    fn instances(&self, wanted: Activity) -> Vec<String> {
        let all = self.runner.timeline().world().streams_instances("counts");
        let of = all.filter(|(_, node, _)| node.activity() == wanted);
        of.map(|(_, node, _)| node.name.to_string()).collect()
    }
}

/// What may happen beside coming and going.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Peril {
    Peace,
    Crashes,
    /// Also for longer than a session lasts.
    Freezes,
}

fn history(seed: u64, peril: Peril) {
    let mut die = Die(seed);
    let mut run =
        Run { seed, runner: Runner::new(Setup { seed, profile: Profile::default() }), lines: Vec::new() };
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
            let key = KEYS[usize::try_from(die.roll(6)).unwrap()];
            *sent.entry(key).or_insert(0) += 1;
            run.tell(&format!("produce orders {key} 1"));
        }
        let (running, frozen) = (run.instances(Activity::Running), run.instances(Activity::Frozen));
        let gone = run.instances(Activity::Gone);
        let one =
            |die: &mut Die, of: &[String]| of[usize::try_from(die.roll(of.len() as u64)).unwrap()].clone();
        match die.roll(8) {
            0 if run.runner.timeline().world().streams_instances("counts").count() < 4 => {
                run.tell("streams add counts");
            }
            // Who stops while it joins again cannot commit (RebalanceInProgressException): that is no peace.
            1 if running.len() > 1 && (peril > Peril::Peace || run.is_stable()) => {
                let name = one(&mut die, &running);
                run.tell(&format!("streams stop counts {name}"));
            }
            2 | 3 if !gone.is_empty() => {
                let name = one(&mut die, &gone);
                run.tell(&format!("streams restart counts {name}"));
            }
            4 if peril >= Peril::Crashes && !running.is_empty() => {
                let name = one(&mut die, &running);
                run.tell(&format!("streams crash counts {name}"));
            }
            5 if peril >= Peril::Freezes && running.len() > 1 => {
                let name = one(&mut die, &running);
                run.tell(&format!("streams freeze counts {name}"));
            }
            6 if !frozen.is_empty() => {
                let name = one(&mut die, &frozen);
                run.tell(&format!("streams thaw counts {name}"));
            }
            _ => {}
        }
        let wait = [50, 900, 4_000, 13_000][usize::try_from(die.roll(4)).unwrap()];
        run.tell(&format!("wait {wait}ms"));
    }
    for name in run.instances(Activity::Frozen) {
        run.tell(&format!("streams thaw counts {name}"));
    }
    if run.instances(Activity::Running).is_empty() {
        let gone = run.instances(Activity::Gone);
        run.tell(&format!("streams restart counts {}", gone[0]));
    }
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
