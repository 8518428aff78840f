//! A check over settings: what its runs come to is compared.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_lessons::{Lesson, Piece, Play, Sweep, Task, grade, parse};
use std::fs;
use std::path::Path;

fn lesson() -> Lesson {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons/L12-fast-enough/lesson.md");
    parse(&fs::read_to_string(path).unwrap()).unwrap()
}

fn task(lesson: &Lesson) -> &Task {
    lesson.task("6").unwrap()
}

/// The sweep of a history in which that was done.
fn swept(lesson: &Lesson, lines: &str) -> Sweep {
    let task = task(lesson);
    let world = millrace_lessons::worlds(lesson, task).remove(0);
    let mut play = Play::new(lesson, &world);
    play.run(lesson.preset_of(task)).unwrap();
    let (statements, problems) = millrace_script::parse_script(lines, lesson.front.profile);
    assert!(problems.is_empty(), "{problems:?}");
    play.add(statements.into_iter().map(|(at, statement)| (at.0, statement)));
    while !play.advance(100_000).unwrap() {}
    let mut sweep = Sweep::of_history(lesson, task, play.timeline());
    while !sweep.advance(5_000).is_over() {}
    sweep
}

fn shop(start: &str) -> String {
    format!("producer start shop --topic orders {start}\nproducer rate shop 300 --keys a,b,c\nwait 20s")
}

#[test]
fn each_setting_is_a_run_and_the_learners_own_is_the_first() {
    let lesson = lesson();
    let sweep = swept(&lesson, &shop("--linger 20ms"));
    let progress = sweep.progress();
    assert_eq!((progress.done, progress.of, &progress.stranger), (9, 9, &None));
    let curve = progress.curve.as_ref().unwrap();
    let settings: Vec<&str> = curve
        .points
        .iter()
        .map(|point| point.world.settings.as_ref().map_or("", |(_, settings)| settings))
        .collect();
    assert_eq!(settings[..3], ["", "--linger 0ms --batch-size 2048", "--linger 0ms --batch-size 16384"]);
    assert_eq!(settings[8], "--linger 100ms --batch-size 16384");
    // What the learner chose is one of the eight, and comes to the same: nothing is measured.
    assert_eq!(curve.points[0].amounts(), curve.points[6].amounts());
    let front: Vec<bool> = (0..9).map(|n| curve.is_front(n)).collect();
    assert!(front[0] && front[6] && front[8] && !front[1] && !front[2], "{front:?} {curve:?}");
}

#[test]
fn what_is_beaten_is_told_by_what_and_that_run_can_be_looked_at() {
    let lesson = lesson();
    let sweep = swept(&lesson, &shop("--linger 0ms"));
    let progress = sweep.progress();
    assert_eq!(progress.curve.as_ref().unwrap().points.len(), 9, "all are run all the same");
    let stranger = progress.stranger.clone().unwrap();
    let unmet = stranger.seen[0].unmet.clone().unwrap();
    assert!(unmet.contains("with --linger 20ms --batch-size"), "{unmet}");
    let mut again = sweep.again().unwrap();
    while !again.advance(100_000).unwrap() {}
    let (_, node) = again.timeline().world().producer("shop").unwrap();
    let millrace_sim::node::Kind::Producer(producer) = &node.kind else { panic!() };
    assert_eq!(producer.client.config().linger.as_millis(), 20);
}

/// Nothing to compare is not on the front.
#[test]
fn a_load_that_is_over_comes_to_nothing() {
    let lesson = lesson();
    let sweep = swept(&lesson, &format!("{}\nproducer rate shop off\nwait 10s", shop("--linger 20ms")));
    let stranger = sweep.progress().stranger.clone().unwrap();
    assert_eq!(stranger.world.settings, None);
    let unmet: Vec<String> = stranger.seen.into_iter().filter_map(|seen| seen.unmet).collect();
    assert!(unmet.len() == 1 && unmet[0].contains("but it is none"), "{unmet:?}");
}

#[test]
fn a_comparison_needs_settings_and_settings_a_comparison() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons/L12-fast-enough/lesson.md");
    let text = fs::read_to_string(path).unwrap();
    let over = "over settings shop --linger 0ms,5ms,20ms,100ms --batch-size 2048,16384\n";
    for wrong in [
        text.replace(over, "over seeds 20\n"),
        text.replace("beaten(capacity(broker-1), p99(billing))", "lag(billing)"),
    ] {
        let problems = parse(&wrong).unwrap_err();
        let said: Vec<&str> = problems.iter().map(|problem| problem.sentence.as_str()).collect();
        assert!(said.iter().any(|said| said.contains("over settings … and an expect beaten(…)")), "{said:?}");
    }
}

/// A mistake that is none is seen, and so is a solution that is one.
#[test]
fn the_grader_compares_as_the_page_does() {
    let mut lesson = lesson();
    let graded = grade(&lesson, &Piece::Task("6".to_owned()));
    assert_eq!((graded.worlds, graded.faults), (9, Vec::new()));
    for section in &mut lesson.sections {
        if let millrace_lessons::Section::Task(task) = section
            && task.id == "6"
        {
            std::mem::swap(&mut task.solution, &mut task.wrongs[0].block);
        }
    }
    let faults = grade(&lesson, &Piece::Task("6".to_owned())).faults;
    let said: Vec<&str> = faults.iter().map(|fault| fault.sentence.as_str()).collect();
    assert!(said.iter().any(|said| said.starts_with("the solution does not pass")), "{said:?}");
    assert!(said.iter().any(|said| said.ends_with("passes the check")), "{said:?}");
}
