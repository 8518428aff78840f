//! Scripts run on the real world; histories are saved and opened again.

#![allow(clippy::unwrap_used, clippy::panic)]

use millrace_model::{Profile, Time};
use millrace_script::log::{SaveFile, open, save};
use millrace_script::{Failure, Runner, Statement, parse_line, parse_script};
use millrace_sim::{Setup, Timeline};

const JOURNEY: &str = include_str!("../../../tests/scripts/journey.mill");
const CRASH: &str = include_str!("../../../tests/scripts/crash.mill");
const RETRY: &str = include_str!("../../../tests/scripts/retry.mill");
const WINDOW: &str = include_str!("../../../tests/scripts/window.mill");

fn run(runner: &mut Runner, script: &str) {
    let (statements, problems) = parse_script(script, Profile::default());
    assert_eq!(problems, []);
    for (line, statement) in statements {
        if let Err(failure) = runner.run(&statement) {
            panic!("line {}: {failure}", line.0);
        }
    }
}

fn ran(script: &str) -> Timeline {
    let mut runner = Runner::new(Setup::default());
    run(&mut runner, script);
    runner.into_timeline()
}

fn say(runner: &mut Runner, line: &str) -> Result<millrace_script::Answer, Failure> {
    runner.run(&parse_line(line, Profile::default()).unwrap().unwrap())
}

#[test]
fn every_example_script_holds_what_it_expects() {
    for script in [JOURNEY, CRASH, RETRY, WINDOW] {
        ran(script);
    }
}

#[test]
fn no_example_script_holds_before_the_learner_acts() {
    for script in [JOURNEY, CRASH, RETRY, WINDOW] {
        let (statements, _) = parse_script(script, Profile::default());
        let last = statements.into_iter().rev().find(|(_, s)| matches!(s, Statement::Expect(_))).unwrap().1;
        assert!(Runner::new(Setup::default()).run(&last).is_err(), "{}", last.print(Profile::default()));
    }
}

#[test]
fn an_expectation_that_is_not_met_says_what_is_there() {
    let mut runner = Runner::new(Setup::default());
    run(
        &mut runner,
        "kafka-topics --create --topic orders\nwait until 12:00:05\nproduce orders a 1 + b 2\nwait 0s",
    );
    let said = |runner: &mut Runner, line: &str| say(runner, line).unwrap_err().to_string();
    assert_eq!(
        said(&mut runner, "expect n(orders) == 2"),
        "expected n(orders) == 2, but it is 0 at 12:00:05.000"
    );
    assert_eq!(
        said(&mut runner, "expect n(ordres) == 2"),
        "expected n(ordres) == 2, but there is no topic ordres (did you mean orders?) at 12:00:05.000"
    );
    assert_eq!(
        said(&mut runner, "expect leo(orders-1) == 2"),
        "expected leo(orders-1) == 2, but orders has no partition 1 at 12:00:05.000"
    );
    assert_eq!(
        said(&mut runner, "expect state(billing) == 'Stable'"),
        "expected state(billing) == 'Stable', but there is no group billing at 12:00:05.000"
    );
}

#[test]
fn a_tool_blocks_until_the_cluster_has_answered() {
    let mut runner = Runner::new(Setup::default());
    assert_eq!(
        say(&mut runner, "kafka-topics --create --topic orders --partitions 3").unwrap().refused,
        None
    );
    assert!(!runner.timeline().world().is_administering() && runner.timeline().world().now() > Time::ZERO);
    let again = say(&mut runner, "kafka-topics --create --topic orders").unwrap().refused;
    assert_eq!(again.as_deref(), Some("Topic 'orders' already exists."));
    assert!(matches!(say(&mut runner, "consumer crash billing/c1"), Err(Failure::Refused(_))));
}

#[test]
fn a_saved_history_opens_as_the_same_world_at_the_same_place() {
    for script in [JOURNEY, CRASH, RETRY, WINDOW] {
        let mut timeline = ran(script);
        timeline.seek(Time(12_345_678));
        let text = save(&timeline);
        let (opened, problems) = open(&text).unwrap();
        assert_eq!(problems, []);
        assert_eq!(opened.moment(), timeline.moment());
        assert_eq!(opened.world().state_hash(), timeline.world().state_hash());
        assert_eq!(opened.branch().log(), timeline.branch().log());
        assert_eq!(opened.branch().step_count(), timeline.branch().step_count());
        assert_eq!(save(&opened), text);
    }
}

#[test]
fn a_branch_is_saved_from_where_it_began() {
    let mut timeline = ran(JOURNEY);
    timeline.seek(Time(15_000_000));
    let mut runner = Runner::with(timeline);
    run(&mut runner, "consumer crash billing/c2\nwait 60s");
    let timeline = runner.into_timeline();
    let text = save(&timeline);
    let (file, problems) = SaveFile::parse(&text).unwrap();
    assert_eq!((problems, file.branches.len(), file.print()), (vec![], 2, text.clone()));
    assert_eq!(file.branches.last().map(|branch| branch.log.len()), Some(1));
    let (mut opened, problems) = open(&text).unwrap();
    assert_eq!(problems, []);
    assert_eq!(opened.world().state_hash(), timeline.world().state_hash());
    assert_eq!(opened.branch().log(), timeline.branch().log());
    assert_eq!(save(&opened), text);
    // The other future is still there.
    let parent =
        millrace_sim::Moment { branch: millrace_sim::BranchId(0), step: u64::MAX, at: Time(u64::MAX) };
    assert!(opened.go_to(parent));
    assert_eq!(opened.world().state_hash(), ran(JOURNEY).world().state_hash());
}

#[test]
fn damaged_lines_are_named_and_the_rest_is_kept() {
    let text = save(&ran(JOURNEY));
    let damaged = text.replace("app start", "app strat").replace("seed 1", "seed x");
    let (opened, problems) = open(&damaged).unwrap();
    let said: Vec<String> = problems.iter().map(|p| p.to_string()).collect();
    let column = damaged.lines().nth(6).unwrap().find("strat").unwrap() + 1;
    assert_eq!(
        said,
        [
            "line 3, column 1: expected seed and a whole number, found `seed x`".to_owned(),
            format!(
                "line 7, column {column}: expected what to do: start, work, fails or retry, found `strat`; did you mean start?"
            ),
        ]
    );
    assert_eq!(opened.branch().log().len(), 2);
    let said = |text: &str| open(text).unwrap_err().to_string();
    assert!(said("millrace 2\n").starts_with("line 1, column 1: expected `millrace 1`"));
    assert!(said("").contains("found an empty file"));
}

#[test]
fn a_command_that_does_not_fit_is_named() {
    let text = save(&ran(JOURNEY)).replace("--topic orders --instances 2", "--topic orders --instances 0");
    let (_, problems) = open(&text).unwrap();
    let said: Vec<String> = problems.iter().map(|p| p.to_string()).collect();
    assert_eq!(said.len(), 1);
    assert!(said.concat().contains("expected a command that fits the history before it"), "{said:?}");
}
