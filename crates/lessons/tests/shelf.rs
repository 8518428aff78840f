//! Every lesson of the shelf is true: its checks fail untouched and if one only waits, its solutions pass, its mistakes fail
//! what they are said to fail and nothing else, its question has one answer, its corrections are so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_lessons::{Catalogue, Lesson, Piece, Run, Section, grade, parse, pieces, runs};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn shelf() -> Vec<(String, String, Lesson)> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons");
    let mut folders: Vec<PathBuf> = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let read = |path: PathBuf| {
        let folder = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path.join("lesson.md")).unwrap();
        let lesson = parse(&text).unwrap_or_else(|problems| {
            let said: Vec<String> =
                problems.iter().map(|p| format!("{folder}:{}: {}", p.line, p.sentence)).collect();
            panic!("{}", said.join("\n"))
        });
        (folder, text, lesson)
    };
    folders.into_iter().map(read).collect()
}

#[test]
fn every_lesson_is_true() {
    let shelf = shelf();
    let work: Vec<(&Lesson, Piece)> = shelf
        .iter()
        .flat_map(|(.., lesson)| pieces(lesson).into_iter().map(move |piece| (lesson, piece)))
        .collect();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((lesson, piece)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let graded = grade(lesson, piece);
                    let said =
                        graded.faults.iter().map(|fault| format!("{} {piece}: {fault}", lesson.front.id));
                    wrong.lock().unwrap().extend(said);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_lesson_is_written_as_it_is_printed() {
    for (folder, text, lesson) in shelf() {
        assert_eq!(lesson.print(), text, "{folder}");
    }
}

#[test]
fn the_catalogue_says_what_the_folders_do() {
    let shelf = shelf();
    let catalogue =
        Catalogue::new(shelf.iter().map(|(folder, _, lesson)| (folder.as_str(), lesson))).unwrap();
    assert_eq!(Catalogue::parse(&catalogue.print()), Ok(catalogue.clone()));
    assert_eq!(catalogue.lessons().len(), shelf.len());
    let twice = Catalogue::new([("L16", &shelf[0].2), ("L17", &shelf[0].2)]).unwrap_err();
    assert_eq!(twice.len(), 3, "{twice:?}");
}

/// The same runs are asked for in the page.
#[test]
fn a_lesson_runs_alike_twice() {
    let (.., lesson) = shelf().into_iter().find(|(.., lesson)| lesson.front.id == "L16").unwrap();
    let first = runs(&lesson);
    assert_eq!(first.len(), 1 + 3 * 4 + 2, "{first:#?}");
    assert!(first.iter().all(|run| run.hash.is_some() && run.is_right), "{first:#?}");
    assert_eq!(first.iter().filter(|run| run.unmet.is_empty()).count(), 4 + 2, "{first:#?}");
    assert_eq!(first, runs(&lesson));
}

/// A run that is not as the lesson says is told from one that is.
#[test]
fn a_solution_that_is_a_mistake_is_seen() {
    let (.., mut lesson) = shelf().into_iter().find(|(.., lesson)| lesson.front.id == "L16").unwrap();
    for section in &mut lesson.sections {
        if let Section::Task(task) = section {
            std::mem::swap(&mut task.solution, &mut task.wrongs[0].block);
        }
    }
    let wrong: Vec<Run> = runs(&lesson).into_iter().filter(|run| !run.is_right).collect();
    assert!(wrong.len() >= 2 * 4, "{wrong:#?}");
}
