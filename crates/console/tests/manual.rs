//! Help and completion are whole: nothing that can be typed is left out of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Printed, complete, examples, lines, run};
use millrace_script::help;
use millrace_sim::{Setup, Timeline};
use millrace_tools::NoFiles;

fn all(timeline: &mut Timeline, text: &str) -> Vec<Printed> {
    lines(text, timeline.setup().profile).map(|line| run(timeline, &line, &NoFiles)).collect()
}

fn world() -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let text = "kafka-topics --create --topic orders --partitions 3\n\
                producer start checkout --topic orders\n\
                app start billing --topic orders --instances 2\n\
                streams start analytics 'stream orders | group by key | count | to counts'\n\
                wait 10s";
    for printed in all(&mut timeline, text) {
        assert_eq!((printed.exit, printed.stderr.as_str()), (0, ""));
    }
    timeline
}

fn page(text: &str) -> Printed {
    all(&mut Timeline::new(Setup::default()), text).remove(0)
}

#[test]
fn every_verb_has_a_page_and_every_example_on_it_parses() {
    let profile = Setup::default().profile;
    for line in help() {
        let printed = page(&format!("help {}", line.name));
        assert_eq!(printed.exit, 0, "{}", line.name);
        assert!(
            printed.stdout.contains(line.synopsis) || line.name.starts_with("kafka-"),
            "{}",
            printed.stdout
        );
        assert!(printed.stdout.contains(line.example), "{}: {}", line.name, printed.stdout);
        let read: Vec<_> = lines(line.example, profile).collect();
        assert!(read.len() == 1 && read[0].job.is_ok(), "{}: {read:?}", line.example);
    }
    for name in millrace_tools::names() {
        let man = page(&format!("man {name}.sh"));
        assert!(man.exit == 0 && man.stdout.starts_with(&format!("NAME\n    {name} - ")), "{}", man.stdout);
    }
    let overview = page("help").stdout;
    for verb in ["kafka-topics", "consumer crash", "produce", "wait", "bare"] {
        assert!(overview.contains(verb), "{verb}\n{overview}");
    }
    assert_eq!(page("help consumr").stderr, "there is no help for `consumr`; did you mean consumer?\n");
}

#[test]
fn every_example_of_a_tool_does_what_it_says() {
    for example in examples() {
        let mut timeline = world();
        if example.line.contains("application-reset") {
            all(&mut timeline, "streams stop analytics\nwait 60s");
        }
        let printed = all(&mut timeline, example.line);
        let told = (printed.len(), printed[0].exit, printed[0].hint.as_deref());
        assert_eq!(told, (1, 0, None), "{}: {printed:?}", example.line);
    }
}

/// What is offered at `|`.
fn offered(line: &str) -> Vec<String> {
    let timeline = world();
    let cursor = line.find('^').unwrap();
    let completion = complete(timeline.world(), &line.replace('^', ""), cursor);
    completion.candidates.into_iter().map(|candidate| candidate.text).collect()
}

#[test]
fn verbs_options_and_names_are_offered() {
    let mut wrong = Vec::new();
    for (line, expected) in [
        ("kafka-to^", vec!["kafka-topics"]),
        ("consumer cr^", vec!["crash"]),
        ("kafka-topics --partitio^", vec!["--partition-size-limit-per-response", "--partitions"]),
        (
            "kafka-topics --describe --topic ^",
            vec!["analytics-KSTREAM-AGGREGATE-STATE-STORE-0000000002-changelog", "counts", "orders"],
        ),
        ("kafka-topics --describe --topic=or^", vec!["orders"]),
        ("bin/kafka-consumer-groups.sh --describe --group b^", vec!["billing"]),
        ("echo a | kafka-console-prod^", vec!["kafka-console-producer"]),
        ("echo a | kafka-console-producer --topic o^", vec!["orders"]),
        ("kafka-topics --list\nkafka-get-offsets --topic o^ --time -1", vec!["orders"]),
        ("kafka-configs --describe --entity-type topics --entity-name o^", vec!["orders"]),
        ("producer start x --topic o^", vec!["orders"]),
        ("producer start x --topic orders --acks ^", vec!["0", "1", "all"]),
        ("producer start x --linge^", vec!["--linger"]),
        ("producer rate ch^", vec!["checkout"]),
        ("consumer crash billing/^", vec!["billing/c1", "billing/c2"]),
        ("streams add an^", vec!["analytics"]),
        ("expect la^", vec!["lag("]),
        ("expect lag(bil^", vec!["billing"]),
        ("help consumer fr^", vec!["freeze"]),
        ("man kafka-tr^", vec!["kafka-transactions"]),
        ("bare consumer cra^", vec!["crash"]),
        ("kafka-cluster clu^", vec!["cluster-id"]),
        ("kafka-cluster unregister --i^", vec!["--id"]),
        ("# kafka-to^", vec![]),
        ("produce orders 'ali^", vec![]),
        ("kafka-topics --topic orders^", vec![]),
    ] {
        let found = offered(line);
        if found != expected {
            wrong.push(format!("{line}: {found:?}"));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
    let topics = offered("kafka-topics --create ^");
    assert!(topics.contains(&"--topic".to_owned()) && !topics.contains(&"--create".to_owned()), "{topics:?}");
    let started = offered("producer start x --topic orders --acks all --^");
    assert!(started.contains(&"--batch-size".to_owned()), "{started:?}");
    assert!(!started.contains(&"--acks".to_owned()), "{started:?}");
    assert!(offered("^").len() > 20);
}

#[test]
fn what_is_common_can_be_filled_in() {
    let timeline = world();
    let completion = complete(timeline.world(), "kafka-con", 9);
    assert_eq!((completion.from, completion.common()), (0, "kafka-con"));
    let completion = complete(timeline.world(), "kafka-topics --describe --topic o", 33);
    assert_eq!((completion.from, completion.common()), (32, "orders"));
}
