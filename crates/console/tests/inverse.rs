//! What is written down is read back: words as a line, a session as a script. Over many of them, drawn by a plain generator.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Job, Typed, lines, recorded, run};
use millrace_model::Span;
use millrace_script::language::quote::quoted;
use millrace_script::{Runner, parse_script};
use millrace_sim::{Setup, Timeline};
use millrace_tools::NoFiles;

/// Numbers in an order of their own (`xorshift64`).
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Everything that means something to a shell, and letters that do not.
const PIECES: &[&str] = &[
    "a", "orders", " ", "'", "\"", "\\", "|", "<", ">", "<<", "<<EOF", ";", "&", "$", "#", "\n", "é", "=",
    "--x", "\t",
];

#[test]
fn any_words_are_a_tools_words_again() {
    let mut draws = Draws(1);
    for _ in 0..20_000 {
        let mut argv = vec![draws.one(&["kafka-topics", "bin/kafka-topics.sh"]).to_owned()];
        for _ in 0..draws.below(4) {
            argv.push((0..draws.below(5)).map(|_| draws.one(PIECES)).collect());
        }
        let line: Vec<String> = argv.iter().map(|word| quoted(word)).collect();
        let line = line.join(" ");
        let read: Vec<_> = lines(&line, Setup::default().profile).collect();
        argv[0] = "kafka-topics".to_owned();
        let [only] = read.as_slice() else { panic!("{line:?}: {read:?}") };
        let Ok(Job::Tool(tool)) = &only.job else { panic!("{line:?}: {read:?}") };
        assert_eq!(tool.argv, argv, "{line:?}");
    }
}

#[test]
fn no_text_is_too_strange() {
    let mut draws = Draws(2);
    let mut timeline = Timeline::new(Setup::default());
    for _ in 0..3_000 {
        let first = draws.one(&["kafka-topics ", "echo ", "cat ", "wait ", "bare ", "help ", "$ ", ""]);
        let text: String = (0..draws.below(9)).map(|_| draws.one(PIECES)).collect();
        let text = first.to_owned() + &text;
        let mut next = 0;
        for line in lines(&text, Setup::default().profile) {
            assert!(line.next > next && line.next <= text.len(), "{text:?}");
            next = line.next;
        }
        for cursor in 0..=text.len() {
            if text.is_char_boundary(cursor) && draws.below(16) == 0 {
                millrace_console::complete(timeline.world(), &text, cursor);
            }
        }
        if draws.below(40) == 0 {
            for line in lines(&text, Setup::default().profile) {
                run(&mut timeline, &line, &NoFiles);
            }
        }
    }
}

const TYPED: &[&str] = &[
    "kafka-topics --create --topic one",
    "kafka-topics --create --topic two --partitions 2 --if-not-exists",
    "kafka-topics --alter --topic two --partitions 3",
    "kafka-topics --delete --topic one",
    "kafka-topics --describe",
    "echo a | kafka-console-producer --topic two",
    "kafka-console-producer --topic one <<EOF\nx\ny\nEOF",
    "kafka-console-consumer --topic two --group g --from-beginning --timeout-ms 1500",
    "kafka-consumer-groups --describe --all-groups",
    "kafka-consumer-groups --reset-offsets --group g --all-topics --to-earliest --execute",
    "kafka-configs --alter --entity-type topics --entity-name two --add-config retention.ms=1000",
    "app start billing --topic two --instances 2",
    "wait 700ms",
    "wait 1h",
    "step 3",
    "bare kafka-topics --create --topic two",
    "help wait",
];
const CLICKED: &[&str] = &[
    "kafka-topics --create --topic one",
    "kafka-topics --create --topic two --partitions 2",
    "kafka-topics --delete --topic one",
    "produce two alice 1 + bob 2",
    "producer start checkout --topic two",
    "app start billing --topic two",
    "consumer crash billing/c1",
    "kafka-consumer-groups --reset-offsets --group billing --topic two --to-earliest --execute",
];

#[test]
fn any_session_comes_back() {
    for seed in 1..=30 {
        let mut draws = Draws(seed);
        let mut timeline = Timeline::new(Setup { seed, ..Setup::default() });
        let mut typed = Vec::new();
        for _ in 0..12 {
            match draws.below(8) {
                0 => drop(timeline.step()),
                1 => {
                    let now = timeline.world().now();
                    timeline.run_until(now + Span::from_millis(draws.below(3_000) as u64), usize::MAX);
                }
                2 => {
                    let steps = timeline.world().steps();
                    timeline.seek_step(steps.saturating_sub(draws.below(9) as u64));
                }
                3 | 4 => {
                    let (statements, _) = parse_script(draws.one(CLICKED), timeline.setup().profile);
                    let mut runner = Runner::with(timeline);
                    let _ = runner.run(&statements[0].1);
                    timeline = runner.into_timeline();
                }
                _ => {
                    let text = draws.one(TYPED);
                    let (before, commands) = (timeline.moment(), timeline.branch().log().len());
                    let line = lines(text, timeline.setup().profile).next().unwrap();
                    let printed = run(&mut timeline, &line, &NoFiles);
                    let given = timeline.branch().log().len().saturating_sub(commands);
                    if printed.exit == 0 {
                        typed.push(Typed { line: line.text, before, given });
                    }
                }
            }
        }
        let script = recorded(&timeline, &typed);
        let mut other = Timeline::new(timeline.setup().clone());
        for line in lines(&script, timeline.setup().profile) {
            let printed = run(&mut other, &line, &NoFiles);
            assert_eq!(printed.exit, 0, "seed {seed}: {}: {}\n{script}", line.text, printed.stderr);
        }
        let state = |timeline: &Timeline| (timeline.world().steps(), timeline.world().state_hash());
        assert_eq!(state(&other), state(&timeline), "seed {seed}\n{script}");
    }
}
