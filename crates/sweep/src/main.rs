//! `cargo xtask sweep`: runs seeds, says what failed in them and what was lost where nothing is promised.

use millrace_sweep::{Promise, first_loss, sweep};
use std::process::ExitCode;

/// How many failures are made short and shown.
const SHOWN: usize = 3;
/// Within so many seeds each loss has to be found.
const LOSS_WITHIN: u64 = 1_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut seeds: u64 = 20_000;
    let mut from: u64 = 1;
    while let Some(flag) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (flag.as_str(), value) {
            ("--seeds", Some(value)) => seeds = value,
            ("--from", Some(value)) => from = value,
            _ => {
                eprintln!("usage: sweep [--seeds N] [--from N]");
                return ExitCode::from(2);
            }
        }
    }
    let totals = sweep(Promise::Kept, from, from.saturating_add(seeds));
    println!("{} runs, {} steps", totals.runs, totals.steps);
    println!(
        "{} records acknowledged, {} shown, {} leaderships, {} truncations, {} ISR changes",
        totals.acknowledged, totals.shown, totals.elections, totals.truncations, totals.isr_changes
    );
    println!(
        "{} transactions committed, {} aborted, {} of their batches shown to read_committed",
        totals.committed, totals.aborted, totals.shown_committed
    );
    for (kind, count) in totals.faults.iter() {
        println!("  {kind:<20} {count}");
    }
    println!("{} violations", totals.broken.len());
    for broken in totals.broken.iter().take(SHOWN) {
        println!("\n{}", broken.explain(Promise::Kept));
    }
    let mut failed = !totals.broken.is_empty();
    for promise in Promise::ALL.into_iter().filter(|promise| *promise != Promise::Kept) {
        match first_loss(promise, LOSS_WITHIN) {
            Some((seed, script)) => println!("\n{}: lost within {seed} seeds\n{script}", promise.name()),
            None => {
                println!("\n{}: not lost within {LOSS_WITHIN} seeds", promise.name());
                failed = true;
            }
        }
    }
    ExitCode::from(u8::from(failed))
}
