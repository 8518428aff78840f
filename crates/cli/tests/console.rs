//! The console as a shell sees it: a line over a script, and lines through a pipe.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What the program prints, what it complains of, and how it ends.
fn millrace(arguments: &[&str], input: &str) -> (String, String, i32) {
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts");
    let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
    command.args(arguments).current_dir(scripts);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that needs no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn a_tool_looks_at_the_end_of_a_script() {
    let (out, err, code) = millrace(
        &["run", "crash.mill", "--", "kafka-consumer-groups", "--describe", "--group", "billing"],
        "",
    );
    assert!(out.contains("GROUP           TOPIC           PARTITION  CURRENT-OFFSET"), "{out}");
    assert_eq!((out.lines().count(), err.as_str(), code), (5, "", 0), "{out}");
    let (out, err, code) =
        millrace(&["run", "crash.mill", "--", "kafka-topics.sh", "--describe", "--topic", "x"], "");
    assert!(err.contains("Topic 'Optional[x]' does not exist"), "{err}");
    // As odd as the tool: its sentence goes to the standard output.
    assert_eq!(
        (out.as_str(), code),
        ("Error while executing topic command : Topic 'Optional[x]' does not exist as expected\n", 1)
    );
}

#[test]
fn lines_come_through_a_pipe() {
    let session = "kafka-topics --create --topic orders --partitions 2\n\
                   kafka-console-producer --topic orders --property parse.key=true <<EOF\nalice\t1\nbob\t2\nEOF\n\
                   kafka-get-offsets --topic orders\n";
    let (out, err, code) = millrace(&["console"], session);
    assert!(out.starts_with("Created topic orders.\n"), "{out}");
    assert!(out.ends_with("orders:0:1\norders:1:1\n") || out.ends_with("orders:0:2\norders:1:0\n"), "{out}");
    assert_eq!((err.as_str(), code), ("", 0));
    let (out, _, code) = millrace(&["console", "crash.mill"], "kafka-topics --list\n");
    assert!(out.contains("orders\n"), "{out}");
    assert_eq!(code, 0);
}

#[test]
fn a_failure_ends_a_pipe_unless_it_shall_go_on() {
    let session = "# first\nkafka-topics --lst\n\nkafka-topics --create --topic a\n";
    let (out, err, code) = millrace(&["console"], session);
    assert!(err.contains("did you mean --list?\nstopped at line 2: kafka-topics --lst"), "{err}");
    assert_eq!((out.as_str(), code), ("", 1));
    let (out, _, code) = millrace(&["console", "--keep-going"], session);
    assert_eq!((out.as_str(), code), ("Created topic a.\n", 1));
}

#[test]
fn what_was_exported_runs_here_and_gives_the_same_topics() {
    let place = std::env::temp_dir().join(format!("millrace-console-{}", std::process::id()));
    let dir = place.to_str().unwrap();
    assert_eq!(millrace(&["export", "crash.mill", "--out", dir], "").2, 0);
    let read = |name: &str| std::fs::read_to_string(place.join(name)).unwrap();
    let look = "kafka-console-consumer --topic orders --from-beginning --timeout-ms 2000 \
                --property print.key=true --property print.partition=true --property print.offset=true";
    let session = format!("{}{}{look}\n", read("setup.sh"), read("produce.sh"));
    std::fs::remove_dir_all(&place).unwrap();
    let (out, _, code) = millrace(&["console"], &session);
    assert_eq!(code, 0, "{out}");
    let (there, ..) = millrace(&["run", "crash.mill", "--", look], "");
    let records = |out: &str| {
        out.lines().filter(|line| line.starts_with("Partition:")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(records(&out), records(&there));
    assert_eq!(records(&there).len(), 2, "{there}");
}

#[test]
fn a_producer_reads_the_programs_standard_input() {
    let line = ["run", "crash.mill", "--", "kafka-console-producer", "--topic", "orders"];
    let (_, err, code) = millrace(&line, "hello\n");
    assert_eq!((err.as_str(), code), ("", 0));
}
