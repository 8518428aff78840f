//! `millrace grade`: lessons, graded headless, a line for each part.

use crate::shelf::{self, Found};
use crate::{FAILED, complain, print};
use millrace_lessons::{Graded, Piece, grade, pieces};
use serde_json::json;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub fn run(dir: &Path, is_json: bool) -> u8 {
    let lessons = match shelf::read(dir) {
        Ok(lessons) => lessons,
        Err(wrong) => return complain(&wrong.join("\n")),
    };
    let mut all_passed = true;
    in_order(&lessons, |found, graded| {
        all_passed &= graded.passed();
        print(&if is_json { as_json(found, graded) } else { as_lines(found, graded) });
    });
    if all_passed { 0 } else { FAILED }
}

/// Grades all parts of all lessons on all cores, and tells of them in their order.
fn in_order(lessons: &[Found], mut tell: impl FnMut(&Found, &Graded)) {
    let work: Vec<(&Found, Piece)> = lessons
        .iter()
        .flat_map(|found| pieces(&found.lesson).into_iter().map(move |piece| (found, piece)))
        .collect();
    let next = AtomicUsize::new(0);
    let (send, receive) = std::sync::mpsc::channel();
    let send = Mutex::new(send);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..cores.min(work.len()) {
            let Ok(send) = send.lock().map(|send| send.clone()) else { return };
            let (work, next) = (&work, &next);
            scope.spawn(move || {
                while let Some((found, piece)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let graded = grade(&found.lesson, piece);
                    if send.send((piece.clone(), found.folder.clone(), graded)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut early = Vec::new();
        let mut waiting = work.iter();
        let mut expected = waiting.next();
        for done in receive {
            early.push(done);
            while let Some((found, piece)) = expected {
                let is_it = |(p, folder, _): &(Piece, String, Graded)| p == piece && *folder == found.folder;
                let Some(at) = early.iter().position(is_it) else { break };
                let (_, _, graded) = early.swap_remove(at);
                tell(found, &graded);
                expected = waiting.next();
            }
        }
    });
}

fn as_lines(found: &Found, graded: &Graded) -> String {
    let mut line = format!(
        "{} {} {}",
        if graded.passed() { "ok  " } else { "FAIL" },
        found.lesson.front.id,
        graded.name
    );
    if !graded.title.is_empty() {
        line = format!("{line}: {}", graded.title);
    }
    if graded.worlds > 2 {
        line = format!("{line} ({} worlds)", graded.worlds);
    }
    for fault in &graded.faults {
        line = format!("{line}\n     {}:{}: {}", found.file.display(), fault.line, fault.sentence);
    }
    line
}

fn as_json(found: &Found, graded: &Graded) -> String {
    let faults: Vec<_> =
        graded.faults.iter().map(|fault| json!({"line": fault.line, "sentence": fault.sentence})).collect();
    json!({
        "lesson": found.lesson.front.id,
        "file": found.file.display().to_string(),
        "part": graded.name,
        "title": graded.title,
        "passed": graded.passed(),
        "worlds": graded.worlds,
        "faults": faults,
    })
    .to_string()
}
