//! What a scene costs: six partitions, two groups, a retry chain, a window, 50 records a second. Run with `--release`.
#![allow(clippy::unwrap_used, clippy::disallowed_types, reason = "a measurement reads the host's clock")]

use millrace_model::{Profile, Span};
use millrace_script::{Statement, parse_script};
use millrace_sim::{Setup, Timeline};
use millrace_view::{Marks, Viewport, scene};
use std::time::Instant;

const SCRIPT: &str = "
kafka-topics --create --topic orders --partitions 6
app start billing --topic orders --instances 3 --work 20ms --fails 'value.amount < 0' --retry topics
app start shipping --topic orders --instances 2
streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to per-customer'
producer start checkout --topic orders
producer rate checkout 50 --keys alice,bob,carol,dave,erin,frank --value '{\"amount\": ${-1..40}}' --late 5% --late-by 20s
";

fn main() {
    let mut timeline = Timeline::new(Setup::default());
    let (statements, problems) = parse_script(SCRIPT, Profile::default());
    assert!(problems.is_empty());
    for (_, statement) in statements {
        if let Statement::Do(command) = statement {
            timeline.dispatch(command).unwrap();
            while timeline.world().is_administering() {
                timeline.step();
            }
        }
    }
    for seconds in [10, 60, 300] {
        let at = timeline.world().now() + Span::from_secs(seconds);
        while timeline.run_until(at, 10_000) == 10_000 {}
        let runs = 2_000;
        let started = Instant::now();
        let mut cells = 0;
        for _ in 0..runs {
            let scene = scene(timeline.world(), Viewport { width: 900.0, is_touch: false });
            cells = scene.topics.iter().flat_map(|topic| &topic.lanes).map(|lane| lane.cells.len()).sum();
        }
        let each = started.elapsed() / runs;
        println!("{} steps: {each:?} a scene ({cells} records in lanes)", timeline.moment().step);
    }
    let started = Instant::now();
    let mut marks = Marks::default();
    marks.read(timeline.branch());
    println!("all marks: {:?} for {} steps", started.elapsed(), timeline.moment().step);
}
