//! A lesson that is made by playing leaves only if it is true.

#![allow(clippy::unwrap_used)]

use millrace_lessons::draft::{Draft, offers, played};
use millrace_lessons::{Piece, grade, parse};
use millrace_model::Profile;
use millrace_script::{Runner, parse_script};
use millrace_sim::{Setup, Timeline};

fn runner(lines: &str, mut runner: Runner) -> Runner {
    let (statements, problems) = parse_script(lines, Profile::default());
    assert_eq!(problems, []);
    for (_, statement) in &statements {
        runner.run(statement).unwrap();
    }
    runner
}

const BEGIN: &str =
    "kafka-topics --create --topic orders --partitions 3\nproducer start shop --topic orders\nwait 1s\n";
const THEN: &str = "produce orders alice 1 + bob 2\nwait 2s\n";

/// The history at the mark and at its end, and the step of the mark.
fn history() -> (Timeline, Timeline, u64) {
    let begun = runner(BEGIN, Runner::new(Setup::default()));
    let before = begun.timeline().clone();
    let step = before.moment().step;
    (before, runner(THEN, begun).into_timeline(), step)
}

fn draft() -> Draft {
    let (before, after, step) = history();
    Draft {
        id: "X01".to_owned(),
        title: "Two orders".to_owned(),
        aim: "Send something.".to_owned(),
        preset: played(&before, 0),
        task: "Send two".to_owned(),
        text: "Send two orders to `orders`.".to_owned(),
        solution: played(&after, step),
        checks: vec!["n(orders) == 2".to_owned()],
        hint: "Use `produce`.".to_owned(),
        question: "How many partitions have a record then?".to_owned(),
        answers: vec!["One when filled(orders) == 1".to_owned(), "Two when filled(orders) == 2".to_owned()],
        line: "kafka-topics.sh --describe --topic orders".to_owned(),
        ..Draft::default()
    }
}

#[test]
fn what_was_played_is_written_down_with_its_times() {
    let (before, after, step) = history();
    assert_eq!(
        played(&before, 0),
        "kafka-topics --create --topic orders --partitions 3\nwait until 12:00:00.002\nproducer start shop --topic orders\nwait until 12:00:01.002\n"
    );
    assert_eq!(
        played(&after, step),
        "wait until 12:00:01.002\nproduce orders alice 1 + bob 2\nwait until 12:00:03.002\n"
    );
}

#[test]
fn offered_is_what_has_come_true() {
    let (before, after, _) = history();
    assert_eq!(offers(&before, &after), ["n(orders) == 2"]);
    assert_eq!(offers(&after, &after), Vec::<String>::new());
}

#[test]
fn what_is_true_leaves_as_a_lesson_that_passes() {
    let text = draft().finish().unwrap();
    let lesson = parse(&text).unwrap();
    assert_eq!(lesson.print(), text);
    assert_eq!(grade(&lesson, &Piece::Task("1".to_owned())).faults, []);
    assert_eq!(lesson.prediction().unwrap().choices.len(), 2);
    let wrong = lesson.tasks().next().unwrap().wrongs.first().unwrap();
    assert_eq!(wrong.fails.len(), 1, "who only waits fails");
}

#[test]
fn what_is_not_true_is_refused() {
    let refused = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        draft.finish().unwrap_err().join("\n")
    };
    assert_eq!(
        refused(|draft| draft.checks = vec!["partitions(orders) == 3".to_owned()]),
        "the check passes if one only waits: nothing would have to be done"
    );
    let fails = refused(|draft| draft.checks = vec!["n(orders) == 5".to_owned()]);
    assert!(fails.starts_with("the solution does not pass: expected n(orders) == 5, but it is 2"), "{fails}");
    let unread = refused(|draft| draft.checks = vec!["n(orders) is two".to_owned()]);
    assert!(unread.starts_with("the check: line 2"), "{unread}");
    let answers = refused(|draft| {
        draft.answers = vec!["One when n(orders) == 1".to_owned(), "Two when n(orders) == 3".to_owned()]
    });
    assert_eq!(answers.lines().next(), Some("the run meets none of the options"));
    let empty = Draft::default().finish().unwrap_err();
    assert_eq!(empty.len(), 7, "{empty:?}");
}
