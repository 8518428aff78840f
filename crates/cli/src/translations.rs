//! Lessons in other languages, as they lie beside the originals: `lesson.de.md`.

use crate::shelf::Found;
use millrace_lessons::{Lesson, parse, same_but_for_text};
use std::fs;

/// A lesson in another language.
pub struct Translated {
    /// The folder's name.
    pub folder: String,
    /// The file.
    pub text: String,
    /// What it says.
    pub lesson: Lesson,
}

/// All lessons in a language.
///
/// # Errors
/// Every lesson that is not there, and every line in which one is another lesson than the original.
pub fn translations(found: &[Found], language: &str) -> Result<Vec<Translated>, Vec<String>> {
    let mut all = Vec::new();
    let mut wrong = Vec::new();
    for found in found {
        let file = found.file.with_file_name(format!("lesson.{language}.md"));
        let name = file.display();
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(_) if !file.is_file() => {
                wrong.push(format!("{name}: expected this translation of {}", found.file.display()));
                continue;
            }
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let problems = match parse(&text) {
            Ok(lesson) => {
                let problems = same_but_for_text(&found.lesson, &lesson);
                all.push(Translated { folder: found.folder.clone(), text, lesson });
                problems
            }
            Err(problems) => problems,
        };
        wrong.extend(problems.iter().map(|p| format!("{name}:{}: {}", p.line, p.sentence)));
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}
