//! A recorded session brings another console to the same state.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Typed, lines, recorded, run};
use millrace_script::{Runner, parse_script};
use millrace_sim::{Setup, Timeline};
use millrace_tools::NoFiles;

/// A console with its timeline and what was typed.
struct Console {
    timeline: Timeline,
    typed: Vec<Typed>,
}

impl Console {
    fn new(setup: Setup) -> Console {
        Console { timeline: Timeline::new(setup), typed: Vec::new() }
    }

    fn types(&mut self, text: &str) -> u8 {
        for line in lines(text, self.timeline.setup().profile) {
            let (before, commands) = (self.timeline.moment(), self.timeline.branch().log().len());
            let exit = run(&mut self.timeline, &line, &NoFiles).exit;
            if exit != 0 {
                return exit;
            }
            let given = self.timeline.branch().log().len() - commands;
            self.typed.push(Typed { line: line.text, before, given });
        }
        0
    }

    /// What a click does: the command, and its answer is awaited.
    fn clicks(&mut self, line: &str) {
        let (statements, problems) = parse_script(line, self.timeline.setup().profile);
        assert_eq!(problems, []);
        let mut runner = Runner::with(self.timeline.clone());
        for (_, statement) in statements {
            runner.run(&statement).unwrap();
        }
        self.timeline = runner.into_timeline();
    }

    fn recorded(&self) -> String {
        recorded(&self.timeline, &self.typed)
    }
}

/// Where another console comes to with a script.
fn replayed(script: &str, setup: &Setup) -> Timeline {
    let mut other = Console::new(setup.clone());
    assert_eq!(other.types(script), 0, "{script}");
    other.timeline
}

fn same(console: &Console) -> String {
    let script = console.recorded();
    let other = replayed(&script, console.timeline.setup());
    let state = |timeline: &Timeline| {
        let world = timeline.world();
        (world.state_hash(), world.steps(), world.now())
    };
    assert_eq!(state(&other), state(&console.timeline), "{script}");
    script
}

const SESSION: &str = r#"kafka-topics --create --topic orders --partitions 3
app start billing --topic orders --instances 2
wait 10s
kafka-console-producer --topic orders --property parse.key=true --property key.separator=: <<EOF
alice:{"amount": 5}
bob:{"amount": -1}
EOF
kafka-consumer-groups --describe --group billing
kafka-configs --alter --entity-type topics --entity-name orders --add-config retention.ms=60000
kafka-console-consumer --topic orders --group readers --from-beginning --timeout-ms 3000
consumer stop billing/c1
consumer stop billing/c2
wait 60s
kafka-consumer-groups --reset-offsets --group billing --topic orders --to-earliest --execute
streams start analytics 'stream orders | group by key | count | to counts'
run until n(counts) == 2 --within 60s
expect n(counts) == 2
"#;

#[test]
fn what_was_typed_comes_back_as_it_was_typed() {
    let mut console = Console::new(Setup::default());
    assert_eq!(console.types(SESSION), 0);
    let script = same(&console);
    let (head, rest) = script.split_once('\n').unwrap();
    assert_eq!(
        head,
        "# A recorded session. It runs in the console, and as:  millrace console < session.mill"
    );
    assert_eq!(rest, SESSION);
}

#[test]
fn clicks_pauses_and_single_steps_are_lines_too() {
    let mut console = Console::new(Setup { seed: 7, ..Setup::default() });
    console.clicks("kafka-topics --create --topic orders --partitions 3");
    console.clicks("producer start checkout --topic orders");
    let now = console.timeline.world().now();
    console.timeline.run_until(now + millrace_model::Span::from_millis(1_234), usize::MAX);
    console.clicks("produce orders alice 1 + bob 2");
    console.timeline.step();
    console.clicks("kafka-topics --create --topic orders");
    console.types("kafka-topics --list\nhelp wait\nwait 2s");
    console.clicks("produce orders carol 3");
    let script = same(&console);
    for part in ["--seed 7", "\nwait 1234ms\n", "kafka-topics --list\nwait 2s\nproduce orders carol 3"] {
        assert!(script.contains(part), "{part}\n{script}");
    }
    // The second topic of that name was refused by the cluster; Kafka's tool would have ended with exit code 1.
    assert!(
        script.contains("\nbare kafka-topics --create --topic orders\n") && !script.contains("help"),
        "{script}"
    );
}

#[test]
fn a_step_in_the_middle_of_a_moment_is_a_step() {
    let mut console = Console::new(Setup::default());
    console.types(
        "kafka-topics --create --topic orders\nwait 1s\napp start billing --topic orders --instances 3",
    );
    let mut steps = 0;
    while console.timeline.world().next_time() == Some(console.timeline.world().now()) && steps < 2 {
        console.timeline.step();
        steps += 1;
    }
    console.clicks("produce orders alice 1");
    let script = same(&console);
    assert!(steps == 2 && script.contains("\nstep 2\nproduce orders alice 1\n"), "{steps} {script}");
}

#[test]
fn only_the_future_on_stage_is_recorded() {
    let mut console = Console::new(Setup::default());
    console.types("kafka-topics --create --topic orders\nwait 5s");
    let past = console.timeline.world().now();
    console.types("wait 1s\nproduce orders alice 1\nwait 5s\nkafka-get-offsets --topic orders");
    console.timeline.seek(past);
    console.types("kafka-topics --create --topic other\nkafka-topics --list");
    let script = same(&console);
    assert!(!script.contains("alice") && script.contains("--topic other\nkafka-topics --list\n"), "{script}");
}

#[test]
fn every_example_script_comes_back() {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scripts");
    let mut bare = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(scripts).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let mut console = Console::new(Setup::default());
        console.clicks(&std::fs::read_to_string(&path).unwrap());
        let script = same(&console);
        bare.extend(script.lines().filter(|line| line.starts_with("bare")).map(str::to_owned));
    }
    // One stands right before another line, at the same moment; a reset was refused by the cluster; and where there are several
    // brokers, Kafka's tool in the console looks at them before it asks for replicas of one's own.
    let expected = [
        "bare kafka-consumer-groups --reset-offsets --group coop --topic ta --to-earliest --execute",
        "bare kafka-topics --create --topic orders --replica-assignment 1:2:3 --config min.insync.replicas=2",
        "bare kafka-topics --create --topic orders --replica-assignment 1:2:3 --config min.insync.replicas=1",
        "bare kafka-topics --create --topic orders --replica-assignment 1:2:3",
        "bare kafka-topics --create --topic left --partitions 1",
    ];
    assert_eq!(bare, expected);
}
