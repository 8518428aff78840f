//! What Kafka promises holds in 20,000 seeded runs with faults, and what it does not promise is lost in some.
#![allow(missing_docs, clippy::panic)]

use millrace_sweep::{Plan, Promise, Totals, run, sweep};

/// Fails with the first broken runs, made short, as scripts.
fn assert_whole(promise: Promise, totals: &Totals) {
    let scripts: Vec<String> = totals.broken.iter().take(3).map(|broken| broken.explain(promise)).collect();
    assert!(scripts.is_empty(), "{} runs are broken\n{}", totals.broken.len(), scripts.join("\n"));
}

#[test]
fn what_all_have_acknowledged_stays_in_20_000_runs() {
    let totals = sweep(Promise::Kept, 1, 20_001);
    assert_whole(Promise::Kept, &totals);
    // The runs have been through something.
    assert_eq!(totals.runs, 20_000);
    assert!(totals.acknowledged > 500_000, "{}", totals.acknowledged);
    assert!(totals.shown > 50_000 && totals.elections > 100_000, "{totals:?}");
    assert!(totals.truncations > 5_000 && totals.isr_changes > 100_000, "{totals:?}");
    assert!(totals.committed > 5_000 && totals.aborted > 2_000, "{totals:?}");
    assert!(totals.shown_committed > 10_000, "{totals:?}");
    for fault in [
        "crash",
        "clean stop",
        "restart",
        "pause",
        "resume",
        "cut",
        "heal",
        "slow link",
        "slow disk",
        "preferred election",
        "reassignment",
        "producer crash",
        "zombie producer",
    ] {
        assert!(totals.faults.get(&fault).is_some_and(|count| *count > 2_000), "{fault}: {totals:?}");
    }
}

/// A thousand seeds each: all of them are run, so that what must hold even there is looked at, too.
#[test]
fn what_is_not_promised_is_lost_within_a_thousand_seeds() {
    for promise in [Promise::AcksOne, Promise::Unclean, Promise::OneInSync] {
        let totals = sweep(promise, 1, 1_001);
        assert_whole(promise, &totals);
        assert!(!totals.lost.is_empty(), "{}: nothing was lost", promise.name());
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in 1..20 {
        let plan = Plan::of(seed, Promise::Kept);
        assert_eq!(plan, Plan::of(seed, Promise::Kept));
        let (one, other) = (run(&plan), run(&plan));
        assert_eq!((one.steps, one.seen, one.done), (other.steps, other.seen, other.done));
    }
}
