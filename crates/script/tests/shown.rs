//! Lines that only look.

#![allow(clippy::unwrap_used, clippy::panic)]

use millrace_model::Profile;
use millrace_script::{Answer, Failure, Runner, parse_line};
use millrace_sim::Setup;

fn run(runner: &mut Runner, line: &str) -> Result<Answer, Failure> {
    runner.run(&parse_line(line, Profile::default()).unwrap().unwrap())
}

#[test]
fn an_application_shows_its_pipeline_its_topology_and_its_java_and_nothing_changes() {
    let mut runner = Runner::new(Setup::default());
    run(&mut runner, "kafka-topics --create --topic orders").unwrap();
    let start = "streams start copy-orders 'stream orders|filter value.x>0 | to copies'";
    run(&mut runner, start).unwrap();
    let (hash, log) = (runner.timeline().world().state_hash(), runner.timeline().branch().log().len());
    let mut shown = |line: &str| run(&mut runner, line).unwrap().shown.unwrap().to_string();
    assert_eq!(shown("streams show copy-orders"), "stream orders | filter value.x > 0 | to copies");
    assert_eq!(
        shown("streams describe copy-orders"),
        "Topologies:\n   Sub-topology: 0\n    Source: KSTREAM-SOURCE-0000000000 (topics: [orders])\n      --> KSTREAM-FILTER-0000000001\n    Processor: KSTREAM-FILTER-0000000001 (stores: [])\n      --> KSTREAM-SINK-0000000002\n      <-- KSTREAM-SOURCE-0000000000\n    Sink: KSTREAM-SINK-0000000002 (topic: copies)\n      <-- KSTREAM-FILTER-0000000001\n\n"
    );
    let java = shown("streams show copy-orders --as-java");
    assert!(java.contains("public final class CopyOrdersApp {"), "{java}");
    assert!(
        java.contains(".filter((key, value) -> compare(json(value).path(\"x\"), \">\", num(0)))"),
        "{java}"
    );
    let now = (runner.timeline().world().state_hash(), runner.timeline().branch().log().len());
    assert_eq!((hash, log), now);
    // Started over, it is another application.
    run(&mut runner, start).unwrap();
    let java = run(&mut runner, "streams show copy-orders --as-java").unwrap().shown.unwrap();
    assert!(java.contains("APPLICATION_ID_CONFIG, \"copy-orders-v2\""), "{java}");
}

#[test]
fn what_cannot_be_shown_says_why() {
    let mut runner = Runner::new(Setup::default());
    run(&mut runner, "kafka-topics --create --topic orders").unwrap();
    run(&mut runner, "streams start sums 'stream orders | group by key | sum offset | to sums'").unwrap();
    let mut why = |line: &str| run(&mut runner, line).unwrap_err().to_string();
    assert_eq!(why("streams show sum"), "there is no streams application \"sum\"; did you mean \"sums\"?");
    assert_eq!(
        why("streams show sums --as-java"),
        "`sum offset` has no Java: Kafka Streams hands its function a key and a value, nothing else of the record"
    );
}
