//! `millrace render`: every lesson has a picture that stands alone, is well-formed, and keeps inside of its frame.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use std::path::Path;
use support::millrace;

fn ids() -> Vec<String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons");
    let folders = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    let mut ids: Vec<String> = folders
        .filter(|path| path.join("lesson.md").is_file())
        .map(|path| path.file_name().unwrap().to_string_lossy().split('-').next().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// An element as its file has it: name, attributes, and where its own corner stands on the paper.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    at: (f64, f64),
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).map_or(0.0, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
    }
}

/// Reads XML as far as a poster uses it, and panics at everything that is none.
fn read(source: &str) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    let mut open: Vec<(String, (f64, f64), usize)> = Vec::new();
    let mut rest = source;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>') || open.last().is_some_and(|(name, ..)| name == "style"), "{text}");
        for entity in text.split('&').skip(1) {
            let name = entity.split_once(';').unwrap_or_else(|| panic!("a bare & before {entity}")).0;
            assert!(["amp", "lt", "gt", "quot"].contains(&name), "{name}");
        }
        if let Some((_, _, index)) = open.last() {
            all[*index].text.push_str(text);
        }
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().unwrap().0, name);
            continue;
        }
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, mut list) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes: Vec<(String, String)> = Vec::new();
        while let Some((key, after)) = list.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap();
            assert!(!value.contains('<') && attributes.iter().all(|(other, _)| other != key), "{tag}");
            attributes.push((key.to_owned(), value.to_owned()));
            list = after.trim_start();
        }
        assert_eq!(list, "", "{tag}");
        let mut at = open.last().map_or((0.0, 0.0), |(_, at, _)| *at);
        let element =
            |at| Element { name: name.to_owned(), attributes: attributes.clone(), text: String::new(), at };
        let moved = element(at).get("transform").unwrap_or_default().to_owned();
        if let Some(moved) = moved.strip_prefix("translate(") {
            let (x, y) = moved.split_once(')').unwrap().0.split_once(' ').unwrap();
            at = (at.0 + x.parse::<f64>().unwrap(), at.1 + y.parse::<f64>().unwrap());
        }
        if !is_empty {
            open.push((name.to_owned(), at, all.len()));
        }
        all.push(element(at));
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    all
}

/// How wide a line of text is at most, by its number of letters.
const LETTER: f64 = 5.6;
/// What stands in the middle of its place, and what ends there.
const MIDDLE: &[&str] = &["letter", "offset", "tick", "name long", "rate", "more centred", "flow"];
const END: &[&str] =
    &["tick end", "clock-text end", "clock-task", "lag", "earlier", "row-name", "poster-time"];

fn keeps_inside(id: &str, source: &str) {
    let all = read(source);
    let frame: Vec<f64> =
        all[0].get("viewBox").unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
    let (width, height) = (frame[2], frame[3]);
    for element in &all {
        let class = element.get("class").unwrap_or_default();
        let (x, y) = (element.at.0 + element.number("x"), element.at.1 + element.number("y"));
        let (w, h) = match element.name.as_str() {
            "rect" => (element.number("width"), element.number("height")),
            "text" => (element.text.chars().count() as f64 * LETTER, 0.0),
            _ => continue,
        };
        let from = match element.name.as_str() {
            "text" if MIDDLE.contains(&class) => x - w / 2.0,
            "text" if END.contains(&class) => x - w,
            _ => x,
        };
        let says = format!("{id}: <{} class=\"{class}\"> {} at {x}, {y}", element.name, element.text);
        assert!(from >= -0.5 && from + w <= width + 0.5, "{says} is outside of {width}");
        assert!(y >= -12.0 && y + h <= height + 0.5, "{says} is below {height}");
    }
}

#[test]
fn every_lesson_has_a_picture_that_keeps_inside_of_its_frame() {
    let ids = ids();
    assert!(ids.len() >= 20);
    for id in &ids {
        let (code, drawn, said) = millrace(&["render", id]);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{id}");
        keeps_inside(id, &drawn);
        assert!(drawn.contains(&format!("<tspan class=\"poster-id\">{id}</tspan>")), "{id}");
    }
    // The narrowest stage, a wide one, and the same bytes twice: for those whose pictures have every kind of part.
    for id in ["L16", "L33"] {
        for width in ["640", "1280"] {
            let drawn = millrace(&["render", id, "--width", width]).1;
            keeps_inside(id, &drawn);
            assert_eq!(drawn, millrace(&["render", id, "--width", width]).1, "{id}");
        }
    }
}

#[test]
fn a_moment_a_task_and_a_script_can_be_chosen() {
    let time = |arguments: &[&str]| {
        let (code, drawn, said) = millrace(arguments);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
        read(&drawn).into_iter().find(|element| element.get("class") == Some("poster-time")).unwrap().text
    };
    assert_eq!(time(&["render", "L16", "--at", "12s"]), "12:00:12.000");
    assert_eq!(
        time(&["render", "static/lessons/L16-retry-topics-into-the-dlq", "--at", "1h"]),
        "13:00:00.000"
    );
    assert_eq!(
        time(&["render", "tests/scripts/journey.mill", "--at", "3s", "--theme", "dark"]),
        "12:00:03.000"
    );
    assert_ne!(millrace(&["render", "L16"]).1, millrace(&["render", "L16", "--task", "2"]).1);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let said = |arguments: &[&str]| {
        let (code, out, said) = millrace(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        said.lines().next().unwrap_or_default().to_owned()
    };
    let nobody = said(&["render", "L99"]);
    assert!(nobody.starts_with("render: expected a script, or a lesson such as L01, L02"), "{nobody}");
    let task = said(&["render", "L16", "--task", "9"]);
    assert!(task.ends_with("lesson L16 has no task 9, but 1, 2, 3, 4"), "{task}");
    let script = said(&["render", "tests/scripts/journey.mill", "--task", "1"]);
    assert_eq!(script, "render: tests/scripts/journey.mill is a script and has no tasks");
}
