//! Whole tests of speed: what they print, and that what they did can be done again.

use crate::{Invocation, NoFiles, Outcome};
use millrace_model::Profile;
use millrace_sim::{Setup, Timeline};

fn run(timeline: &mut Timeline, line: &str) -> Outcome {
    let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let outcome =
        crate::run(timeline.world(), &Invocation { argv: &argv, stdin: "", files: &NoFiles }).unwrap();
    for (at, command) in &outcome.commands {
        timeline.run_until(*at, usize::MAX);
        timeline.dispatch(command.clone()).unwrap();
    }
    timeline.run_until(outcome.until, usize::MAX);
    outcome
}

fn world() -> Timeline {
    let mut timeline = Timeline::new(Setup { profile: Profile::Snapshot40, seed: 1 });
    let made =
        run(&mut timeline, "kafka-topics --bootstrap-server broker-1:9092 --create --topic t --partitions 3");
    assert_eq!(made.stdout, "Created topic t.\n");
    timeline
}

const SEND: &str =
    "kafka-producer-perf-test --topic t --producer-props bootstrap.servers=broker-1:9092 --num-records";

/// What a test sends is there afterwards, neither more nor less, at every pace.
#[test]
fn as_many_records_are_sent_as_were_asked_for() {
    for (count, pace, seconds) in [(3, "1.5", 1), (150, "50", 2), (7_777, "3333", 2), (12_345, "-1", 0)] {
        let mut timeline = world();
        let outcome = run(&mut timeline, &format!("{SEND} {count} --throughput {pace} --record-size 10"));
        assert!(outcome.stdout.starts_with(&format!("{count} records sent, ")), "{}", outcome.stdout);
        assert_eq!((outcome.stderr.as_str(), outcome.exit), ("", 0));
        assert_eq!(timeline.world().volume().records, count, "{pace}");
        assert_eq!(outcome.until.0 / 1_000_000, seconds, "{pace}");
        assert!(outcome.commands.len() < 8 || pace == "1.5");
    }
}

#[test]
fn a_test_of_a_producer_and_one_of_a_consumer_tell_of_the_same_records() {
    let mut timeline = world();
    let sent = run(&mut timeline, &format!("{SEND} 1000 --throughput 100 --record-size 1024"));
    let lines: Vec<&str> = sent.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains(" records/sec (0.10 MB/sec), "), "{lines:?}");
    assert!(lines[1].starts_with("1000 records sent, 100.1 records/sec (0.10 MB/sec), "), "{lines:?}");
    let read = run(
        &mut timeline,
        "kafka-consumer-perf-test --bootstrap-server broker-1:9092 --topic t --messages 1000 --group g --hide-header",
    );
    let fields: Vec<&str> = read.stdout.trim_end().split(", ").collect();
    assert_eq!((fields[2], fields[4], fields.len()), ("0.9766", "1000", 10));
    let committed =
        run(&mut timeline, "kafka-consumer-groups --bootstrap-server broker-1:9092 --describe --group g");
    assert_eq!(
        committed.stdout.lines().filter(|line| line.starts_with("g ")).count(),
        3,
        "{}",
        committed.stdout
    );
    let again = run(
        &mut timeline,
        "kafka-consumer-perf-test --bootstrap-server broker-1:9092 --topic t --messages 1 --group g --timeout 500",
    );
    assert!(
        again.stdout.contains("timeout (500 ms) exceeded. You can use the --timeout option"),
        "{}",
        again.stdout
    );
}

#[test]
fn a_record_goes_there_and_back() {
    let mut timeline = world();
    let outcome = run(&mut timeline, "kafka-e2e-latency broker-1:9092 new 3 all 10");
    let first =
        "Topic \"new\" does not exist. Will create topic with 1 partition(s) and replication factor = 1\n";
    assert!(outcome.stdout.starts_with(first), "{}", outcome.stdout);
    assert!(outcome.stdout.ends_with("Percentiles: 50th = 4, 99th = 6, 99.9th = 6\n"), "{}", outcome.stdout);
    let wrong = run(&mut timeline, "kafka-e2e-latency broker-1:9092 new x all 10");
    assert_eq!((wrong.stderr.as_str(), wrong.exit), ("For input string: \"x\"\n", 1));
    let wrong = run(&mut timeline, "kafka-e2e-latency broker-1:9092 new 1 0 10");
    assert_eq!(wrong.stderr, "Latency testing requires synchronous acknowledgement. Please use 1 or all\n");
}
