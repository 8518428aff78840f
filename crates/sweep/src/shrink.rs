//! A failing plan made short, and told as a script.

use crate::plan::Plan;
use crate::run::{Outcome, run};
use millrace_model::{Profile, Time};
use millrace_script::Statement;

/// The same plan without what is not needed for `fails`: halves first, then single deeds.
pub fn shrink(plan: &Plan, fails: impl Fn(&Outcome) -> bool) -> Plan {
    let mut best = plan.clone();
    let mut size = best.deeds.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < best.deeds.len() {
            let mut shorter = best.clone();
            let end = (at + size).min(shorter.deeds.len());
            // The pauses stay: most faults need their time.
            let waited = shorter.deeds.drain(at..end).fold(Default::default(), |sum, deed| sum + deed.wait);
            if let Some(next) = shorter.deeds.get_mut(at) {
                next.wait = next.wait + waited;
            }
            if fails(&run(&shorter)) {
                best = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    best
}

/// A run as lines that anybody can run.
pub fn script(seed: u64, outcome: &Outcome) -> String {
    let mut lines = vec![format!("# seed {seed}")];
    let mut now = Time::ZERO;
    for (at, command) in &outcome.done {
        if *at > now {
            lines.push(Statement::WaitUntil(*at).print(Profile::default()));
            now = *at;
        }
        lines.push(Statement::Do(command.clone()).print(Profile::default()));
    }
    lines.join("\n")
}
