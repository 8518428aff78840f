//! What the desk of the page is told: steps, and what somebody has done.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use millrace_lessons::{Catalogue, Learnt, Part, Record, Stars, StepKind, StepState, parse, prose_pieces};
use std::fs;
use std::path::Path;

fn shelf() -> Vec<(String, millrace_lessons::Lesson)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = fs::read_to_string(path.join("lesson.md")).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), parse(&text).unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn the_steps_of_a_lesson_share_its_prose_without_rest() {
    for (folder, lesson) in shelf() {
        let steps = lesson.outline();
        let mut next = 0;
        for step in &steps {
            assert_eq!(step.prose, next, "{folder}: {}", step.title);
            next += step.pieces;
        }
        assert_eq!(next, lesson.prose().len(), "{folder}");
        assert_eq!(steps.len(), lesson.sections.len() + 1, "{folder}");
    }
    let l16 = &shelf().into_iter().find(|(folder, _)| folder.starts_with("L16")).unwrap().1;
    let titles: Vec<String> = l16.outline().into_iter().map(|step| step.title).collect();
    assert_eq!(
        titles,
        [
            "What it is about",
            "Predict",
            "Task 1: Walk one record to the dead letters",
            "Task 2: Crash between the dead letter and the commit",
            "Task 3: Break the stock by overtaking, then keep the key together",
            "Task 4: Make it ready for production",
            "You may have read",
            "Say it with the real tool",
        ]
    );
}

#[test]
fn prose_comes_back_piece_by_piece() {
    let html = "<section>\n<p>one</p>\n</section>\n<section>\n</section>\n<section>\n<p>a &lt;section&gt;</p>\n</section>\n";
    assert_eq!(prose_pieces(html), ["<p>one</p>\n", "", "<p>a &lt;section&gt;</p>\n"]);
}

#[test]
fn each_step_says_how_far_it_is() {
    let lesson = shelf().remove(2).1;
    let steps = lesson.outline();
    let mut record = Record::default();
    let states = |record: &Record| steps.iter().map(|step| lesson.state(step, record)).collect::<Vec<_>>();
    let of = |record: &Record, kind: StepKind| {
        let at = steps.iter().position(|step| step.kind == kind).unwrap();
        states(record)[at]
    };
    assert_eq!(lesson.next_step(&record), 0);
    assert_eq!(of(&record, StepKind::Intro), StepState::Read);
    assert_eq!(of(&record, StepKind::Predict), StepState::Open);
    record.predict(0, false);
    record.predict(2, true);
    assert_eq!(of(&record, StepKind::Predict), StepState::Otherwise, "only the first answer counts");
    assert_eq!(lesson.next_step(&record), 2);
    record.solve("1");
    assert_eq!(of(&record, StepKind::Task), StepState::Done);
    assert_eq!(lesson.next_step(&record), 3);
    for task in ["2", "3", "4", "5", "6"] {
        record.solve(task);
    }
    assert_eq!(of(&record, StepKind::Say), StepState::Open);
    record.say(1, lesson.lines_to_say());
    assert_eq!((of(&record, StepKind::Say), lesson.lines_to_say()), (StepState::Begun, 2));
    record.say(0, 2);
    assert_eq!(of(&record, StepKind::Say), StepState::Done);
    assert_eq!(lesson.next_step(&record), steps.len() - 1);
}

#[test]
fn stars_are_earned_each_by_itself() {
    let mut record = Record::default();
    let stars = |record: &Record| {
        let Stars { done, alone, whole } = record.stars(2);
        (done, alone, whole)
    };
    record.solve("1");
    assert_eq!(stars(&record), (false, false, false));
    record.solve("2");
    record.show("2");
    assert_eq!(stars(&record), (true, true, false), "what is solved may be looked at");
    let mut record = Record::default();
    record.show("1");
    record.solve("1");
    record.solve("2");
    assert_eq!(stars(&record), (true, false, false));
    record.predict(1, false);
    record.say(0, 2);
    assert_eq!(stars(&record), (true, false, false));
    record.say(1, 2);
    assert_eq!(stars(&record), (true, false, true), "a wrong prediction is as good as a right one");
    assert_eq!(Record::default().stars(0).count(), 0);
}

const FILE: &str = "millrace lessons 1
L03 predicted 2 right
L03 solved 1
L03 solved 4b
L03 shown 1
L03 said 1 of 2
L16 solved 2
";

#[test]
fn progress_is_a_line_a_fact() {
    let (learnt, problems) = Learnt::parse(FILE).unwrap();
    assert_eq!(problems, []);
    assert_eq!(learnt.print(), FILE);
    assert_eq!(learnt.of("L03").said.len(), 1);
    assert!(!learnt.is_empty());
    assert_eq!(Learnt::default().print(), "millrace lessons 1\n");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let refused = |text: &str| Learnt::parse(text).unwrap_err();
    assert_eq!(refused("hello"), "no file of progress: expected the first line millrace lessons 1");
    assert_eq!(refused(""), "no file of progress: expected the first line millrace lessons 1");
    assert_eq!(
        refused("millrace lessons 2\nL03 knows 1\n"),
        "written by a newer version of the lessons (2); this page reads 1"
    );
    let (learnt, problems) =
        Learnt::parse("millrace lessons 1\nL03 solved 1\nL03 solved\nL03 said 0 of 2\nx solved 1\n\n")
            .unwrap();
    assert_eq!(learnt.print(), "millrace lessons 1\nL03 solved 1\n");
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4, 5]);
    assert!(problems[0].sentence.ends_with("found L03 solved"), "{}", problems[0].sentence);
}

#[test]
fn joining_keeps_the_better_of_both() {
    let read = |facts: &str| Learnt::parse(&format!("millrace lessons 1\n{facts}")).unwrap().0;
    let mut here = read("L03 predicted 1 wrong\nL03 shown 1\nL03 shown 2\nL03 solved 2\n");
    let there = read("L03 predicted 3 right\nL03 solved 1\nL03 solved 2\nL03 shown 2\nL05 solved 1\n");
    here.join(&there);
    assert_eq!(
        here.print(),
        "millrace lessons 1\nL03 predicted 1 wrong\nL03 solved 1\nL03 solved 2\nL03 shown 2\nL05 solved 1\n"
    );
    let once = here.clone();
    here.join(&there);
    assert_eq!(here, once, "a file that is read twice changes nothing");
}

#[test]
fn what_comes_next_is_what_was_begun() {
    let lessons = shelf();
    let catalogue = Catalogue::new(lessons.iter().map(|(folder, lesson)| (folder.as_str(), lesson))).unwrap();
    let mut learnt = Learnt::default();
    let next = |learnt: &Learnt| learnt.next(&catalogue).unwrap().id.clone();
    assert_eq!(next(&learnt), "L01");
    learnt.of_mut("L05").predict(0, true);
    assert_eq!(next(&learnt), "L05");
    for task in lessons[4].1.tasks() {
        learnt.of_mut("L05").solve(&task.id);
    }
    assert_eq!(next(&learnt), "L01");
    learnt.forget("L05");
    assert!(learnt.is_empty());
}

#[test]
fn parts_are_known_by_number() {
    let letters = ["L01", "L09", "L15", "L19", "L32", "L37", "L99", "X01"]
        .map(|id| Part::of(id).map_or("-", |part| part.letter));
    assert_eq!(letters, ["A", "A", "C", "C", "F", "F", "-", "-"]);
}
