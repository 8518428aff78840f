//! Lines of the console and what they print.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Printed, lines, run, run_words};
use millrace_sim::{Setup, Timeline};
use millrace_tools::NoFiles;

fn all(timeline: &mut Timeline, text: &str) -> Vec<Printed> {
    lines(text, timeline.setup().profile).map(|line| run(timeline, &line, &NoFiles)).collect()
}

fn one(timeline: &mut Timeline, text: &str) -> Printed {
    let printed = all(timeline, text);
    assert_eq!(printed.len(), 1, "{text}: {printed:?}");
    printed.into_iter().next().unwrap()
}

fn fresh() -> Timeline {
    Timeline::new(Setup::default())
}

fn with_orders() -> Timeline {
    let mut timeline = fresh();
    let printed = one(&mut timeline, "kafka-topics --create --topic orders --partitions 3");
    assert_eq!((printed.stdout.as_str(), printed.exit), ("Created topic orders.\n", 0));
    timeline
}

const READ: &str =
    "kafka-console-consumer --topic orders --from-beginning --timeout-ms 5000 --property print.key=true";

fn read(timeline: &mut Timeline) -> Vec<String> {
    let mut lines: Vec<String> = one(timeline, READ).stdout.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn records_come_from_an_echo_a_here_document_and_a_here_string() {
    let producer =
        "kafka-console-producer.sh --topic orders --property parse.key=true --property key.separator=:";
    for (text, expected) in [
        (format!("echo 'alice:one | two' | {producer}"), vec!["alice\tone | two"]),
        (format!("echo -e 'a:1\\nb:2'|bin/{producer}"), vec!["a\t1", "b\t2"]),
        (format!("{producer} <<EOF\na:1\n\\ # b:2\nEOF"), vec!["\\ # b\t2", "a\t1"]),
        (format!("cat <<'END' | {producer}\na:1\nEND"), vec!["a\t1"]),
        (format!("{producer} \\\n  --sync <<-EOF\n\ta:1\n\tEOF\n"), vec!["a\t1"]),
        (format!("$ {producer} <<< a:1"), vec!["a\t1"]),
    ] {
        let mut timeline = with_orders();
        let printed = one(&mut timeline, &text);
        assert_eq!((printed.exit, printed.hint), (0, None), "{text}: {}", printed.stderr);
        assert_eq!(read(&mut timeline), expected, "{text}");
    }
}

#[test]
fn the_rest_of_a_shell_is_refused_by_name() {
    for (text, sentence) in [
        (
            "kafka-topics --list | grep orders",
            "expected echo or cat in front of a pipe, and one of Kafka's tools behind it, found `grep`",
        ),
        (
            "kafka-topics --list && kafka-topics --list",
            "expected one command a line, with no more of a shell than |, <<, <<< and <, found `&&`",
        ),
        (
            "echo a | kafka-console-produce",
            "found `kafka-console-produce`; did you mean kafka-console-producer?",
        ),
        (
            "kafka-console-producer --topic orders <<EOF\na",
            "expected a line `EOF` that ends the text, found the end",
        ),
        (
            "kafka-console-producer --topic orders <<",
            "expected the word that ends the text, such as EOF after <<",
        ),
        ("kafka-console-producer --topic orders < records.txt", "records.txt: No such file or directory"),
        ("consumr start billing", "expected a command, found `consumr`; did you mean consumer?"),
        ("kafka-topic --list", "expected a command, found `kafka-topic`; did you mean kafka-topics?"),
    ] {
        let mut timeline = with_orders();
        let before = timeline.world().state_hash();
        let printed = one(&mut timeline, text);
        assert!(printed.exit != 0 && printed.stderr.contains(sentence), "{text}: {}", printed.stderr);
        assert_eq!(timeline.world().state_hash(), before, "{text}");
    }
}

#[test]
fn a_tool_finds_the_cluster_and_says_the_nearest_option() {
    let mut timeline = with_orders();
    assert_eq!(one(&mut timeline, "kafka-topics --list").stdout, "orders\n");
    assert_eq!(
        one(&mut timeline, "kafka-topics --list --bootstrap-server localhost:9092").stdout,
        "orders\n"
    );
    let wrong = one(&mut timeline, "kafka-topics --describe --topik orders");
    assert!(wrong.stderr.starts_with("topik is not a recognized option\n"), "{}", wrong.stderr);
    assert_eq!((wrong.exit, wrong.hint.as_deref()), (1, Some("did you mean --topic?")));
    // Kafka prints its help with exit code 1, and alone as well; that is not changed.
    for text in ["kafka-topics", "kafka-topics --help"] {
        let help = one(&mut timeline, text);
        assert_eq!((help.exit, help.hint), (1, None));
        assert!(help.stderr.contains("--replication-factor"), "{}", help.stderr);
    }
    let empty = one(&mut timeline, "kafka-console-producer --topic orders");
    assert!(empty.hint.unwrap().contains("echo 'hello' | kafka-console-producer --topic orders"));
}

#[test]
fn a_paste_has_its_comments_its_continued_lines_and_its_numbers() {
    let text = "# a session\n\nkafka-topics --create \\\n  --topic orders # three\n\nconsumer start billing --topic orders\nwait 5s\nexpect members(billing) == 7\n";
    let mut timeline = fresh();
    let mut ended = Vec::new();
    for line in lines(text, timeline.setup().profile) {
        let printed = run(&mut timeline, &line, &NoFiles);
        ended.push((line.number, printed.exit, printed.stderr));
    }
    let numbers: Vec<_> = ended.iter().map(|(number, exit, _)| (*number, *exit)).collect();
    assert_eq!(numbers, [(3, 0), (6, 2), (7, 0), (8, 1)], "{ended:?}");
}

#[test]
fn what_a_script_of_a_shell_begins_with_is_passed_over() {
    let text = "#!/usr/bin/env bash\nset -euo pipefail\nexport LC_ALL=C.UTF-8\ncd \"$(dirname \"$0\")\"\n\n\
                kafka-topics() {\n  docker compose exec -T broker-1 /opt/kafka/bin/kafka-topics.sh \"$@\"\n}\n\n\
                kafka-topics --create --topic orders --partitions 3 --replication-factor 1\n";
    let mut timeline = fresh();
    let printed = all(&mut timeline, text);
    assert!(printed.iter().all(|one| one.exit == 0 && one.stderr.is_empty()), "{printed:?}");
    assert_eq!(printed.last().unwrap().stdout, "Created topic orders.\n");
    assert_eq!(printed.iter().filter(|one| !one.stdout.is_empty()).count(), 1);
}

#[test]
fn what_a_tool_saw_is_what_happens() {
    let mut timeline = with_orders();
    all(&mut timeline, "app start billing --topic orders --group-protocol consumer\nwait 10s");
    let before = timeline.world().now();
    let printed = one(&mut timeline, "echo hello | kafka-console-producer --topic orders");
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    let printed = one(
        &mut timeline,
        "kafka-console-consumer --topic orders --group g --from-beginning --timeout-ms 4000",
    );
    assert_eq!(printed.stdout, "hello\n");
    assert!(timeline.world().now().since(before).0 >= 4_000_000, "the clock has run");
    let described = one(&mut timeline, "kafka-consumer-groups --describe --group g");
    assert!(described.stdout.contains("orders"), "{}", described.stdout);
}

#[test]
fn in_the_past_a_line_begins_a_branch_and_a_tool_that_would_not_see_the_future_says_so() {
    let mut timeline = with_orders();
    let past = timeline.world().now();
    all(&mut timeline, "wait 2s\nproduce orders alice 1\nwait 10s");
    let branch = timeline.branch().id;
    timeline.seek(past);
    let refused = one(&mut timeline, READ);
    assert!(refused.stderr.contains("`produce orders alice 1` follows"), "{}", refused.stderr);
    assert_eq!((refused.exit, timeline.world().now(), timeline.branch().id), (1, past, branch));
    one(&mut timeline, "kafka-topics --create --topic other");
    assert_ne!(timeline.branch().id, branch);
    assert_eq!(one(&mut timeline, "kafka-topics --list").stdout, "orders\nother\n");
    assert_eq!(read(&mut timeline), [] as [&str; 0]);
}

#[test]
fn words_of_another_shell_are_one_line() {
    let mut timeline = with_orders();
    let mut words = |words: &[&str], stdin: &str| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        run_words(&mut timeline, &words, stdin, &NoFiles)
    };
    assert_eq!(words(&["bin/kafka-topics.sh", "--list"], "").stdout, "orders\n");
    assert_eq!(words(&["kafka-console-producer", "--topic", "orders"], "a b\n").exit, 0);
    assert_eq!(words(&["produce", "orders", "a b", "x", "--to=2"], "").exit, 2);
    assert_eq!(
        words(&["app", "start", "billing", "--topic", "orders", "--max-poll-records=5"], "").stderr,
        ""
    );
    assert_eq!(words(&["wait 5s"], "").stderr, "");
}

#[test]
fn bare_gives_the_command_alone() {
    let mut timeline = with_orders();
    let steps = timeline.world().steps();
    let printed = one(&mut timeline, "bare kafka-topics --create --topic orders");
    assert_eq!((printed, timeline.world().steps()), (Printed::default(), steps + 1));
    assert!(timeline.world().is_administering());
    assert_eq!(one(&mut timeline, "bare wait 5s").exit, 2);
}
