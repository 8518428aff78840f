//! Lessons as they lie in folders.

use millrace_lessons::{Lesson, parse};
use std::fs;
use std::path::{Path, PathBuf};

/// A lesson and the file that it was read from.
pub struct Found {
    /// `static/lessons/L03-the-key-decides/lesson.md`.
    pub file: PathBuf,
    /// The folder's name.
    pub folder: String,
    /// The lesson.
    pub lesson: Lesson,
}

/// The lessons of a folder that holds one, or that holds folders with one each, in the order of their names.
///
/// # Errors
/// Every line of every file that is wrong, or that there is no lesson.
pub fn read(dir: &Path) -> Result<Vec<Found>, Vec<String>> {
    let mut files = Vec::new();
    let own = dir.join("lesson.md");
    if own.is_file() {
        files.push(own);
    } else {
        let entries = fs::read_dir(dir).map_err(|error| vec![format!("{}: {error}", dir.display())])?;
        files.extend(
            entries.flatten().map(|entry| entry.path().join("lesson.md")).filter(|path| path.is_file()),
        );
        files.sort();
    }
    if files.is_empty() {
        return Err(vec![format!("{}: expected a lesson.md in it, or folders with one each", dir.display())]);
    }
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match fs::read_to_string(&file) {
            Ok(text) => match parse(&text) {
                Ok(lesson) => {
                    let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
                    let folder = folder.to_string_lossy().into_owned();
                    found.push(Found { file, folder, lesson });
                }
                Err(problems) => {
                    wrong.extend(problems.iter().map(|p| format!("{name}:{}: {}", p.line, p.sentence)));
                }
            },
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}
