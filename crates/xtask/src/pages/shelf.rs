//! The shelf of lessons on the landing page, from the catalogue that
//! `millrace shelf` has written into the site.

use std::path::Path;

use super::markdown::escape;
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
}

impl Shelved {
    /// How many tasks it has, in words.
    pub fn tasks(&self) -> String {
        if self.tasks == 1 { "1 task".to_owned() } else { format!("{} tasks", self.tasks) }
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
pub fn read(dist: &Path) -> Result<Vec<Shelved>, String> {
    parse(&read_text(&dist.join("lessons/catalogue.txt"))?)
}

fn parse(catalogue: &str) -> Result<Vec<Shelved>, String> {
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
        })
    };
    let read = |text| line(text).ok_or_else(|| format!("lessons/catalogue.txt: no lesson is `{text}`"));
    catalogue.lines().map(read).collect()
}

/// The lessons as cards, part by part.
pub fn cards(shelf: &[Shelved]) -> String {
    let mut html = String::new();
    let mut from = 0;
    for (last, name) in PARTS {
        let part: String = shelf.iter().filter(|l| (from..=last).contains(&l.number())).map(card).collect();
        if !part.is_empty() {
            html.push_str(&format!("<h3>{name}</h3>\n<ul class=\"cards\">\n{part}</ul>\n"));
        }
        from = last.saturating_add(1);
    }
    html
}

fn card(lesson: &Shelved) -> String {
    format!(
        "<li><a href=\"./l/{id}/\"><strong>{}</strong><span class=\"aim\">{}</span><span class=\"facts\"><span>{id}</span><span>{} min · {}</span></span></a></li>\n",
        escape(&lesson.title),
        escape(&lesson.aim),
        lesson.minutes,
        lesson.tasks(),
        id = lesson.id,
    )
}

/// A lesson's picture, if the build has made one.
pub fn poster(dist: &Path, lesson: &Shelved) -> String {
    let path = format!("lessons/{}/poster.svg", lesson.folder);
    if !dist.join(&path).is_file() {
        return String::new();
    }
    let title = escape(&lesson.title);
    format!(
        "<figure class=\"poster\"><a href=\"../../play/#lesson={}\"><img src=\"../../{path}\" alt=\"The stage as “{title}” begins: run this lesson\"></a></figure>",
        lesson.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_stand_under_their_parts_in_order() {
        let shelf = parse("L03-a\tL03\tA & B\tSee it.\t9\t5\nL16-b\tL16\tC\tD.\t7\t1\n").unwrap();
        let html = cards(&shelf);
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
