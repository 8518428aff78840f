//! The shelf of lessons on the landing page, from the catalogue that
//! `millrace shelf` has written into the site.

use std::path::{Path, PathBuf};

use super::markdown::escape;
use super::words::Words;
use crate::halves::read_text;

/// One line of the catalogue.
pub struct Shelved {
    /// The folder below `lessons/`.
    pub folder: String,
    /// `L03`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is known afterwards.
    pub aim: String,
    /// How long it takes.
    pub minutes: String,
    tasks: usize,
    /// Whether the language has it.
    translated: bool,
}

impl Shelved {
    /// How many tasks it has, in words.
    ///
    /// # Errors
    /// If the language lacks them.
    pub fn tasks(&self, words: &Words) -> Result<String, String> {
        let (one, many) = (words.say("task")?, words.say("tasks")?);
        Ok(if self.tasks == 1 { format!("1 {one}") } else { format!("{} {many}", self.tasks) })
    }

    fn number(&self) -> usize {
        self.id.trim_start_matches('L').parse().unwrap_or(0)
    }
}

/// The parts of the course: the number of each one's last lesson, and its name.
const PARTS: [(usize, &str); 7] = [
    (9, "The log"),
    (14, "Durability, speed, storage"),
    (21, "When things fail"),
    (28, "Patterns"),
    (31, "Other brokers"),
    (37, "Stream processing"),
    (usize::MAX, "Running it"),
];

/// The lessons of the built site.
///
/// # Errors
/// If the catalogue cannot be read or has a line of another shape.
pub fn read(dist: &Path, words: &Words) -> Result<Vec<Shelved>, String> {
    let mut shelf = parse(&read_text(&dist.join(format!("lessons/catalogue{}.txt", words.infix)))?)?;
    for lesson in &mut shelf {
        lesson.translated = file(dist, lesson, words).is_file();
    }
    Ok(shelf)
}

/// A lesson in a language, if it has it.
pub fn markdown(dist: &Path, lesson: &Shelved, words: &Words) -> Option<String> {
    read_text(&file(dist, lesson, words)).ok()
}

fn file(dist: &Path, lesson: &Shelved, words: &Words) -> PathBuf {
    dist.join("lessons").join(&lesson.folder).join(format!("lesson{}.md", words.infix))
}

/// Where a lesson can be read, from where the language begins.
pub fn href(lesson: &Shelved, words: &Words) -> String {
    let up = if lesson.translated { "" } else { super::head::up(words.folder) };
    format!("{up}l/{}/", lesson.id)
}

/// Whether a lesson's page is there in both languages.
pub fn is_in_both(dist: &Path, path: &str) -> bool {
    let Some(id) = path.strip_prefix("l/").and_then(|rest| rest.strip_suffix('/')) else { return false };
    let folders = std::fs::read_dir(dist.join("lessons")).into_iter().flatten().flatten();
    let mut own =
        folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(&format!("{id}-")));
    own.any(|folder| folder.path().join("lesson.de.md").is_file())
}

pub fn parse(catalogue: &str) -> Result<Vec<Shelved>, String> {
    let line = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut next = || parts.next();
        Some(Shelved {
            folder: next()?,
            id: next()?,
            title: next()?,
            aim: next()?,
            minutes: next()?,
            tasks: next()?.parse().ok()?,
            translated: true,
        })
    };
    let read = |text| line(text).ok_or_else(|| format!("lessons/catalogue.txt: no lesson is `{text}`"));
    catalogue.lines().map(read).collect()
}

/// The lessons as cards, part by part.
///
/// # Errors
/// If the language lacks a word.
pub fn cards(shelf: &[Shelved], words: &Words) -> Result<String, String> {
    let is_first = |lesson: &Shelved| shelf.first().is_some_and(|first| first.id == lesson.id);
    let mut html = String::new();
    let mut from = 0;
    for (last, name) in PARTS {
        let name = words.say(name)?;
        let own = shelf.iter().filter(|l| (from..=last).contains(&l.number()));
        let part = own.map(|lesson| card(lesson, is_first(lesson), words)).collect::<Result<String, _>>()?;
        if !part.is_empty() {
            html.push_str(&format!("<h3>{name}</h3>\n<ul class=\"cards\">\n{part}</ul>\n"));
        }
        from = last.saturating_add(1);
    }
    Ok(html)
}

fn card(lesson: &Shelved, is_first: bool, words: &Words) -> Result<String, String> {
    let start = words.say("Start here")?;
    let start = if is_first { format!(" <em class=\"start\">{start}</em>") } else { String::new() };
    Ok(format!(
        "<li><a href=\"./{}\"{}><strong>{}{start}</strong><span class=\"aim\">{}</span><span class=\"facts\"><span>{id}</span><span>{} {} · {}</span></span></a></li>\n",
        href(lesson, words),
        if lesson.translated { "" } else { " hreflang=\"en\" lang=\"en\"" },
        escape(&lesson.title),
        escape(&lesson.aim),
        lesson.minutes,
        words.say("min")?,
        lesson.tasks(words)?,
        id = lesson.id,
    ))
}

/// A lesson's picture, if the build has made one.
///
/// # Errors
/// If the language lacks a word.
pub fn poster(dist: &Path, lesson: &Shelved, words: &Words) -> Result<String, String> {
    let alt = words.say("The stage of this lesson")?;
    let path = format!("lessons/{}/poster{}.svg", lesson.folder, words.infix);
    if !dist.join(&path).is_file() {
        return Ok(String::new());
    }
    Ok(format!(
        "<figure class=\"poster\"><img src=\"{{{{root}}}}{path}\" alt=\"{alt}: {}\"></figure>",
        escape(&lesson.title)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_stand_under_their_parts_in_order() {
        let shelf = parse("L03-a\tL03\tA & B\tSee it.\t9\t5\nL16-b\tL16\tC\tD.\t7\t1\n").unwrap();
        let html = cards(&shelf, &Words::english()).unwrap();
        let places = [
            "<h3>The log</h3>",
            "./l/L03/",
            "A &amp; B",
            "9 min · 5 tasks",
            "<h3>When things fail</h3>",
            "./l/L16/",
            "7 min · 1 task<",
        ];
        let mut rest = html.as_str();
        for place in places {
            rest = rest.split_once(place).unwrap_or_else(|| panic!("{place} in {html}")).1;
        }
        assert!(!html.contains("Patterns"), "{html}");
        assert!(parse("L03-a\tL03\tA\tB\tlong").is_err());
    }
}
