//! Many seeds, on all cores.

use crate::plan::{Plan, Promise};
use crate::run::{Outcome, run};
use crate::shrink::{script, shrink};
use millrace_model::Map;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What many runs came to.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// How many runs.
    pub runs: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// Faults by kind.
    pub faults: Map<&'static str, u64>,
    /// Records of which producers were told that they are written.
    pub acknowledged: u64,
    /// Records that were shown to readers.
    pub shown: u64,
    /// Leaderships that began.
    pub elections: u64,
    /// Logs of which something was taken back.
    pub truncations: u64,
    /// Changes of in-sync replicas.
    pub isr_changes: u64,
    /// Transactions of which producers were told that they are committed.
    pub committed: u64,
    /// The same of aborted ones.
    pub aborted: u64,
    /// Batches of transactions that were shown to `read_committed` readers.
    pub shown_committed: u64,
    /// Runs in which something was found that must not be, by seed.
    pub broken: Vec<Broken>,
    /// The seeds in which something acknowledged was lost.
    pub lost: Vec<u64>,
}

/// A run in which something was found that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// Its seed.
    pub seed: u64,
    /// What was found.
    pub sentence: String,
}

impl Totals {
    fn add(&mut self, seed: u64, promise: Promise, outcome: &Outcome) {
        self.runs += 1;
        self.steps += outcome.steps;
        for (kind, count) in outcome.faults.iter() {
            *self.faults.entry(kind).or_default() += count;
        }
        self.acknowledged += outcome.seen.acknowledged;
        self.shown += outcome.seen.shown;
        self.elections += outcome.seen.elections;
        self.truncations += outcome.seen.truncations;
        self.isr_changes += outcome.seen.isr_changes;
        self.committed += outcome.seen.committed;
        self.aborted += outcome.seen.aborted;
        self.shown_committed += outcome.seen.shown_committed;
        if let Some(sentence) = outcome.violation(promise) {
            self.broken.push(Broken { seed, sentence });
        }
        if outcome.lost() {
            self.lost.push(seed);
        }
    }

    fn join(&mut self, other: Totals) {
        self.runs += other.runs;
        self.steps += other.steps;
        for (kind, count) in other.faults.iter() {
            *self.faults.entry(kind).or_default() += count;
        }
        self.acknowledged += other.acknowledged;
        self.shown += other.shown;
        self.elections += other.elections;
        self.truncations += other.truncations;
        self.isr_changes += other.isr_changes;
        self.committed += other.committed;
        self.aborted += other.aborted;
        self.shown_committed += other.shown_committed;
        self.broken.extend(other.broken);
        self.lost.extend(other.lost);
        self.broken.sort();
        self.lost.sort_unstable();
    }
}

/// Runs the seeds `from` to `to`, the last one left out. Ends early once there are enough failures to look at.
pub fn sweep(promise: Promise, from: u64, to: u64) -> Totals {
    const ENOUGH: usize = 20;
    let next = AtomicU64::new(from);
    let all = Mutex::new(Totals::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Totals::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to || own.broken.len() >= ENOUGH {
                        break;
                    }
                    own.add(seed, promise, &run(&Plan::of(seed, promise)));
                }
                if let Ok(mut all) = all.lock() {
                    all.join(own);
                }
            });
        }
    });
    all.into_inner().unwrap_or_default()
}

/// The first of the seeds 1 to `most` with which something acknowledged is lost, and its run made short as a script.
pub fn first_loss(promise: Promise, most: u64) -> Option<(u64, String)> {
    let seed = (1..=most).find(|seed| run(&Plan::of(*seed, promise)).lost())?;
    let plan = shrink(&Plan::of(seed, promise), Outcome::lost);
    Some((seed, script(seed, &run(&plan))))
}

impl Broken {
    /// The run made short, as a script with what is found.
    pub fn explain(&self, promise: Promise) -> String {
        let plan = shrink(&Plan::of(self.seed, promise), |outcome| outcome.violation(promise).is_some());
        let outcome = run(&plan);
        let found = outcome.violation(promise).unwrap_or_default();
        format!("seed {}: {}\n{}\n# {found}\n", self.seed, self.sentence, script(self.seed, &outcome))
    }
}
