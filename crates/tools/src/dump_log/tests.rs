//! The broker's own files.

use crate::{Invocation, NoFiles};
use millrace_model::Profile;
use millrace_sim::{Setup, Timeline};

fn run(timeline: &mut Timeline, line: &str, stdin: &str) -> crate::Outcome {
    let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let outcome = crate::run(timeline.world(), &Invocation { argv: &argv, stdin, files: &NoFiles }).unwrap();
    for (at, command) in &outcome.commands {
        timeline.run_until(*at, usize::MAX);
        timeline.dispatch(command.clone()).unwrap();
    }
    timeline.run_until(outcome.until, usize::MAX);
    outcome
}

/// Every file agrees with the others: no mismatch, nothing invalid, every record once.
#[test]
fn the_playgrounds_logs_are_written_as_kafka_writes_them() {
    let mut timeline = Timeline::new(Setup { profile: Profile::Snapshot40, seed: 1 });
    let server = "--bootstrap-server broker-1:9092";
    run(
        &mut timeline,
        &format!(
            "kafka-topics {server} --create --topic t --partitions 1 --config index.interval.bytes=0 --config \
             segment.bytes=1048576"
        ),
        "",
    );
    for text in ["k1\tone\n", "k2\ttwo\nk3\tthree\n"] {
        run(
            &mut timeline,
            &format!("kafka-console-producer {server} --topic t --property parse.key=true"),
            text,
        );
    }
    let path = "/tmp/kraft-combined-logs/t-0/00000000000000000000";
    let dumped = run(&mut timeline, &format!("kafka-dump-log --print-data-log --files {path}.log"), "");
    assert_eq!((dumped.exit, dumped.stderr.as_str()), (0, ""), "{}", dumped.stdout);
    let lines: Vec<&str> = dumped.stdout.lines().collect();
    assert_eq!(lines[..2], [format!("Dumping {path}.log").as_str(), "Log starting offset: 0"]);
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines[2].starts_with("baseOffset: 0 lastOffset: 0 count: 1 "), "{lines:?}");
    assert!(lines[4].starts_with("baseOffset: 1 lastOffset: 2 count: 2 "), "{lines:?}");
    assert!([2, 4].iter().all(|at: &usize| lines[*at].ends_with(" isvalid: true")), "{lines:?}");
    assert!(
        lines[4].contains(" baseSequence: 1 lastSequence: 2 producerId: 0 producerEpoch: 0 "),
        "{lines:?}"
    );
    assert!(lines[6].ends_with(" keySize: 2 valueSize: 5 sequence: 2 headerKeys: [] key: k3 payload: three"));
    let size = timeline.world().brokers().next().unwrap().topic("t").unwrap().partitions().next().unwrap();
    let of_second: usize =
        lines[4].split("size: ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let position: usize =
        lines[4].split("position: ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(u64::try_from(position + of_second).unwrap(), size.log.size_in_bytes());
    for kind in ["index", "timeindex"] {
        let dumped = run(&mut timeline, &format!("kafka-dump-log --files {path}.{kind}"), "");
        assert_eq!((dumped.exit, dumped.stderr.as_str()), (0, ""), "{}", dumped.stdout);
    }
    let index = run(&mut timeline, &format!("kafka-dump-log --files {path}.index"), "");
    assert_eq!(index.stdout.lines().last().unwrap(), format!("offset: 2 position: {position}"));
    let missing = run(
        &mut timeline,
        "kafka-dump-log --files /tmp/kraft-combined-logs/u-0/00000000000000000000.log",
        "",
    );
    assert!(
        missing.stderr.starts_with("Exception in thread \"main\" java.nio.file.NoSuchFileException: /tmp/")
    );
}
