//! The program as a shell sees it: what it prints, where, and how it exits.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts")
}

fn millrace(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
    command.args(arguments).current_dir(scripts());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that needs no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_example_script_runs() {
    let mut found = 0;
    for file in std::fs::read_dir(scripts()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let output = millrace(&["run", &name], "");
        assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()), "{name}");
        found += 1;
    }
    assert!(found >= 4, "{found} scripts");
}

#[test]
fn the_text_view_says_what_happened_and_keeps_the_hum_out() {
    let quiet = out(&millrace(&["run", "journey.mill"], ""));
    for part in [
        "12:00:00.000  you              kafka-topics --create --topic orders --partitions 3",
        "topic orders was created with 3 partitions",
        "orders-0: 3 records appended at offsets 0 to 2, high watermark 3",
        "billing/c1",
    ] {
        assert!(quiet.contains(part), "{part}\n{quiet}");
    }
    assert!(!quiet.contains("Heartbeat"), "{quiet}");
    assert!(out(&millrace(&["run", "journey.mill", "--all"], "")).contains("Heartbeat"));
}

#[test]
fn json_is_one_object_a_line_with_a_cause_for_all_but_the_learners_deeds() {
    let output = millrace(&["run", "crash.mill", "--json"], "");
    for (number, line) in out(&output).lines().enumerate() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry.get("id").and_then(|id| id.as_u64()), Some(number as u64));
        let is_deed = entry.get("kind").and_then(|kind| kind.as_str()) == Some("commanded");
        assert_eq!(entry.get("cause").is_some_and(|cause| cause.is_null()), is_deed, "{line}");
    }
}

#[test]
fn hashes_are_the_same_every_time_and_others_for_another_seed() {
    let of = |seed| out(&millrace(&["run", "journey.mill", "--hash", "--seed", seed], ""));
    let first = of("1");
    assert_eq!(first, of("1"));
    assert_ne!(first, of("2"));
    let lines: Vec<Vec<&str>> = first.lines().map(|line| line.split(' ').collect()).collect();
    assert!(lines.len() > 50);
    for (step, line) in lines.iter().enumerate() {
        assert!(
            matches!(line.as_slice(), [n, _, hash] if *n == step.to_string() && hash.len() == 16),
            "{line:?}"
        );
    }
}

#[test]
fn wrong_lines_are_all_named_with_their_place() {
    let output = millrace(&["run", "-"], "wait 1s\n\nproduc orders a 1\nwait 10\n");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        err(&output),
        "-:3:1: expected a command, found `produc`; did you mean produce?\nproduc orders a 1\n^^^^^^\n\
         -:4:6: expected how long, a duration such as 250ms, 10s or 5m, found `10`; did you mean 10s?\nwait 10\n     ^^\n"
    );
    assert_eq!(out(&output), "");
}

#[test]
fn an_unmet_expectation_and_a_refused_command_exit_differently() {
    let unmet = millrace(&["run", "-"], "kafka-topics --create --topic orders\nexpect n(orders) == 1\n");
    assert_eq!(unmet.status.code(), Some(1));
    assert!(
        err(&unmet).starts_with("-:2: expected n(orders) == 1, but it is 0 at 12:00:00.0"),
        "{}",
        err(&unmet)
    );
    let refused = millrace(&["run", "-"], "consumer add billing\n");
    assert_eq!(
        (refused.status.code(), err(&refused).as_str()),
        (Some(2), "-:1: there is no application \"billing\"\n")
    );
    let missing = millrace(&["run", "nowhere.mill"], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).starts_with("nowhere.mill: "), "{}", err(&missing));
}

#[test]
fn time_passes_until_the_limit() {
    let output = millrace(
        &["run", "-", "--hash", "--until", "60s"],
        "kafka-topics --create --topic orders\napp start b --topic orders\n",
    );
    let text = out(&output);
    let last = text.lines().last().unwrap();
    assert!(last.contains(" 12:00:5") || last.contains(" 12:01:00"), "{last}");
}

/// A directory with these files, gone when it is dropped.
struct Vectors(PathBuf);

impl Vectors {
    fn new(name: &str, files: &[(&str, &str)]) -> Vectors {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&dir).unwrap();
        for (file, text) in files {
            std::fs::write(dir.join(file), text).unwrap();
        }
        Vectors(dir)
    }

    fn run(&self) -> (Option<i32>, String) {
        let output = millrace(&["vectors", self.0.to_str().unwrap()], "");
        (output.status.code(), out(&output) + &err(&output))
    }
}

impl Drop for Vectors {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const RIGHT: &str = r#"{"family":"partitioner","cases":[{"name":"a","input":{"key_hex":"61"},"expected":{"murmur2":-1563381124,"positive":584102524,"partition":{"3":1}}}]}"#;

#[test]
fn vectors_are_counted_by_family_over_all_its_files() {
    let other = r#"{"family":"brand_new","cases":[]}"#;
    let dir = Vectors::new(
        "right",
        &[("p_1.json", RIGHT), ("p_2.json", RIGHT), ("o.json", other), ("speed.json", "{}")],
    );
    assert_eq!(dir.run(), (Some(0), "brand_new: not implemented\npartitioner: 2/2\n".to_owned()));
}

#[test]
fn a_wrong_vector_fails_its_family_and_is_named() {
    let wrong = RIGHT.replace("\"3\":1", "\"3\":2").replace("\"name\":\"a\"", "\"name\":\"b\"");
    let dir = Vectors::new("wrong", &[("p_1.json", RIGHT), ("p_2.json", &wrong)]);
    let said = "  b: partition of 3: Kafka says 2, we say 1\npartitioner: 1/2\n";
    assert_eq!(dir.run(), (Some(1), said.to_owned()));
}

#[test]
fn a_folder_without_vectors_is_a_mistake() {
    let (code, said) = Vectors::new("empty", &[]).run();
    assert_eq!(code, Some(2));
    assert!(said.contains("expected golden vectors"), "{said}");
}

#[test]
fn metrics_are_what_prometheus_scrapes() {
    let output = millrace(&["metrics", "-"], "kafka-topics --create --topic orders --partitions 1\n");
    assert_eq!(
        out(&output),
        "# HELP kafka_topic_partition_current_offset Log end offset of a partition.
# TYPE kafka_topic_partition_current_offset gauge
kafka_topic_partition_current_offset{topic=\"orders\",partition=\"0\"} 0
"
    );
}
