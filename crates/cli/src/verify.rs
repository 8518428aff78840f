//! `millrace verify`: what documents say in our language, replayed.

use crate::shelf::{self, Found};
use crate::{FAILED, complain, print};
use millrace_lessons::document::{Kind, Replay, quoted_in};
use millrace_lessons::{Play, look};
use millrace_script::over::Variation;
use std::fs;
use std::path::{Path, PathBuf};

/// How the files end that are looked for in folders.
const DOCUMENTS: [&str; 4] = ["md", "adoc", "asciidoc", "rst"];

pub fn run(files: &[PathBuf], lessons: &Path) -> u8 {
    let mut all = Vec::new();
    for file in files {
        if let Err(wrong) = markdown(file, &mut all) {
            return complain(&wrong);
        }
    }
    // Read only if a document embeds one.
    let mut shelf: Option<Vec<Found>> = None;
    let mut code = 0;
    for file in all {
        let name = file.display().to_string();
        let source = match fs::read_to_string(&file) {
            Ok(source) => source,
            Err(error) => return complain(&format!("{name}: {error}")),
        };
        let mut replay = Replay::default();
        for quoted in quoted_in(&name, &source) {
            let said = match &quoted.kind {
                Kind::Embed(id) => {
                    let found = match &mut shelf {
                        Some(found) => found,
                        none => match shelf::read(lessons) {
                            Ok(found) => none.insert(found),
                            Err(wrong) => return complain(&wrong.join("\n")),
                        },
                    };
                    embedded(id, found).map_err(|sentence| format!("{name}:{}: {sentence}", quoted.line))
                }
                _ => replay.run(&quoted).map_err(|faults| {
                    let lines =
                        faults.iter().map(|fault| format!("{name}:{}: {}", fault.line, fault.sentence));
                    lines.collect::<Vec<_>>().join("\n     ")
                }),
            };
            match said {
                Ok(()) => drop(print(&format!("ok   {name}:{}", quoted.line))),
                Err(faults) => {
                    code = FAILED;
                    print(&format!("FAIL {faults}"));
                }
            }
        }
    }
    code
}

/// The documents of a folder, or a file, or those below the folder before the first `*`.
fn markdown(path: &Path, all: &mut Vec<PathBuf>) -> Result<(), String> {
    let text = path.to_string_lossy();
    if let Some((folder, _)) = text.split_once('*').filter(|_| !path.exists()) {
        let folder = folder.trim_end_matches('/');
        return markdown(Path::new(if folder.is_empty() { "." } else { folder }), all);
    }
    if !path.is_dir() {
        all.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            markdown(&entry, all)?;
        } else if entry.extension().is_some_and(|extension| DOCUMENTS.iter().any(|known| extension == *known))
        {
            all.push(entry);
        }
    }
    Ok(())
}

/// The lesson is there, and its solutions pass.
fn embedded(id: &str, shelf: &[Found]) -> Result<(), String> {
    let found = shelf.iter().find(|found| found.lesson.front.id == id || found.folder == id);
    let Some(Found { lesson, .. }) = found else {
        return Err(format!("there is no lesson {id}"));
    };
    let world = Variation { seed: Some(lesson.front.seed), ..Variation::default() };
    for task in lesson.tasks() {
        let mut play = Play::new(lesson, &world);
        let end = play.run(lesson.preset_of(task)).and_then(|()| play.run(&task.solution));
        end.map_err(|fault| format!("lesson {id}, {fault}"))?;
        if let Some(unmet) = look(task, play.timeline()).into_iter().find_map(|seen| seen.unmet) {
            return Err(format!("lesson {id}, task {}: {unmet}", task.id));
        }
    }
    Ok(())
}
