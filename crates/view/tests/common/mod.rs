//! Worlds that are told as scripts, and looked at from outside.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::{Profile, Time};
use millrace_script::{Statement, parse_script};
use millrace_sim::{Setup, Timeline};

/// Tells a script to a new timeline.
pub fn told(script: &str) -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    tell(&mut timeline, script);
    timeline
}

/// Tells more of it.
pub fn tell(timeline: &mut Timeline, script: &str) {
    let (statements, problems) = parse_script(script, Profile::default());
    assert!(
        problems.is_empty(),
        "{}",
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    );
    for (line, statement) in statements {
        match statement {
            Statement::Do(command) => {
                timeline.dispatch(command).unwrap_or_else(|refusal| panic!("line {}: {refusal}", line.0));
                // Administration is answered before the next line, as at a prompt.
                while timeline.world().is_administering() {
                    assert!(timeline.step());
                }
            }
            Statement::Wait(span) => run_until(timeline, timeline.world().now() + span),
            Statement::WaitUntil(time) => run_until(timeline, time),
            Statement::Step(n) => (0..n).for_each(|_| assert!(timeline.step())),
            Statement::Expect(_)
            | Statement::Show(_)
            | Statement::Over(_)
            | Statement::Travel(_)
            | Statement::Profile(_) => {}
        }
    }
}

pub fn run_until(timeline: &mut Timeline, at: Time) {
    while timeline.run_until(at, 10_000) == 10_000 {}
    assert_eq!(timeline.halt(), None);
}

/// Orders on three partitions, two instances of billing with a retry chain, a windowed count.
pub const SHOP: &str = "
kafka-topics --create --topic orders --partitions 3
app start billing --topic orders --instances 2 --work 400ms --fails 'value.amount < 0' --as IllegalArgumentException --message 'negative amount' --retry topics --attempts 3 --backoff 1s
streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to orders-per-customer'
producer start checkout --topic orders
";
