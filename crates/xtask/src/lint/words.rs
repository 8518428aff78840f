//! Texts in the page's code that do not come from a catalogue (`docs/decisions/0010`): they would stay English.
//!
//! A literal speaks to the reader if it stands as text in a `view!`, as the value of an attribute that is shown or read
//! aloud, or if it is a sentence: four words, or two with punctuation between them. Names of classes and keys are
//! neither. Tests may say what they like.

use std::fs;
use std::path::Path;

use super::verdict;
use crate::Done;

/// Where the page's code lies.
const ROOT: &str = "web/src";

/// What is no text of ours although it looks like one: lines of the language, what a parser says, terms of Kafka.
/// A room and the beginning of the literal.
const ALLOWED: &[(&str, &str)] = &[
    ("session/beside.rs", "consumer protocol (KIP-848)"),
    ("controls/read.rs", "; did you mean {word}?"),
    ("controls/read.rs", "{line}column {}: expected {}, found {}{nearest}"),
    ("controls/services.rs", "service start {}"),
    ("controls/services.rs", " --failure-rate-threshold"),
    ("controls/services.rs", "app start {name}"),
    ("controls/streams.rs", "stream {topic} |"),
    ("controls/joining.rs", "partition.assignment.strategy, group.protocol"),
    ("controls/produce.rs", "trace: 42"),
    ("controls/produce.rs", "{\\\"key\\\""),
    ("gallery/opening.rs", "stream orders |"),
    ("gallery/scenes.rs", "Orders, retries and windows"),
    ("gallery/scenes.rs", "Break it, mend it"),
    ("gallery/scenes.rs", "A crash in the group"),
    ("gallery/scenes.rs", "Retries into the dead letters"),
    ("groups/offsets.rs", "kafka-consumer-groups --reset-offsets"),
    ("groups/offsets.rs", "expected {}, found {}"),
    ("groups/offsets.rs", "{option} is none of the tool's options"),
    ("console/said.rs", "# stopped at line {number}"),
    ("console/mod.rs", "help"),
    ("export/listing.rs", "kafka-"),
    ("export/listing.rs", "GROUP "),
    ("faults/crash.rs", "consumer crash GROUP"),
    ("desk/dashboard.rs", "dashboard "),
    ("desk/instances.rs", "streams add NAME"),
    ("timebar/until.rs", "lag(billing) == 0"),
    ("lesson/author.rs", "expect lag("),
    ("lesson/author.rs", "lesson.md"),
    ("desk/query.rs", "fetch(key, from, to)"),
    // What the browser is asked.
    ("frame.rs", "(pointer: coarse)"),
    ("embed/board.rs", "button, input, textarea"),
    ("keys.rs", "select, dialog"),
    ("keys.rs", "button, summary, a,"),
    ("keys.rs", "input, .menu,"),
    ("timebar/more.rs", "input:not("),
    // What says that Millrace itself is broken.
    ("memo.rs", "a memo keeps"),
    ("lesson/desk.rs", "the catalogue of lessons: {}"),
    ("lesson/check.rs", "expected {}, but "),
];

/// Keys of the keyboard, and Millrace's name, which are the same in every language.
const NAMES: &[&str] = &["Escape", "Enter", "Tab", "Space", "millrace"];

/// Attributes and properties whose value is shown or read aloud.
const SHOWN: &[&str] = &[
    "label",
    "summary",
    "says",
    "hint",
    "title",
    "placeholder",
    "aria-label",
    "aria-valuetext",
    "aria-roledescription",
    "alt",
];

/// Looks through every file of the page.
///
/// # Errors
/// With every text that has to go into a catalogue.
pub fn run() -> Done {
    let mut found = Vec::new();
    walk(Path::new(ROOT), &mut found)?;
    found.sort();
    verdict(&found)
}

fn walk(folder: &Path, found: &mut Vec<String>) -> Done {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let name = path.strip_prefix(ROOT).unwrap_or(&path).to_string_lossy().into_owned();
            let is_allowed =
                |text: &str| ALLOWED.iter().any(|(room, begins)| *room == name && text.starts_with(begins));
            found.extend(spoken(&text).into_iter().filter(|(_, text)| !is_allowed(text)).map(
                |(line, text)| format!("{ROOT}/{name}:{line}: \"{text}\" belongs into crates/words/text"),
            ));
        }
    }
    Ok(())
}

/// The literals that speak to the reader, each with its line.
fn spoken(source: &str) -> Vec<(usize, String)> {
    let end = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    let source = source.get(..end).unwrap_or(source);
    let mut found = Vec::new();
    for (from, to) in literals(source) {
        let (Some(before), Some(text), Some(after)) =
            (source.get(..from), source.get(from + 1..to - 1), source.get(to..))
        else {
            continue;
        };
        if NAMES.contains(&text) || !has_word(text) {
            continue;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let is_attribute = before.strip_suffix('=').is_some_and(|head| {
            SHOWN.iter().any(|name| {
                head.strip_suffix(name).is_some_and(|rest| rest.ends_with(|c: char| c.is_whitespace()))
            })
        });
        let opens = (before.ends_with('>') && !before.ends_with("=>")) || before.ends_with('}');
        let is_node = opens && (after.starts_with('<') || after.starts_with('{'));
        if is_attribute || is_node || is_sentence(text) {
            let line = before.matches('\n').count() + 1;
            found.push((line, text.replace('\n', " ")));
        }
    }
    found
}

fn has_word(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 1)
}

/// Four words, or two with punctuation between them. A placeholder is no word.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| ".,;:?!…()“”".contains(c));
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
    };
    let words = text.split_whitespace().filter(is_word).count();
    let pauses = [". ", ", ", "; ", ": ", "? ", "… "];
    words >= 4 || (words >= 2 && pauses.iter().any(|pause| text.contains(pause)))
}

/// The places of the string literals, quotes included; comments and characters are passed over.
fn literals(source: &str) -> Vec<(usize, usize)> {
    let bytes = source.as_bytes();
    let at = |n: usize| bytes.get(n).copied().unwrap_or(b' ');
    let (mut found, mut n) = (Vec::new(), 0);
    while n < bytes.len() {
        match at(n) {
            b'/' if at(n + 1) == b'/' => {
                n += source.get(n..).and_then(|rest| rest.find('\n')).unwrap_or(bytes.len());
            }
            b'r' if at(n + 1) == b'#' && at(n + 2) == b'"' => {
                let length = source.get(n + 3..).and_then(|rest| rest.find("\"#")).unwrap_or(0);
                n += length + 5;
            }
            b'\'' if at(n + 1) == b'\\' => n += 4,
            b'\'' if at(n + 2) == b'\'' => n += 3,
            b'"' => {
                let from = n;
                n += 1;
                while n < bytes.len() && at(n) != b'"' {
                    n += if at(n) == b'\\' { 2 } else { 1 };
                }
                n += 1;
                found.push((from, n));
            }
            _ => n += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        spoken(source).into_iter().map(|(line, text)| format!("{line} {text}")).collect()
    }

    #[test]
    fn text_of_a_view_and_what_is_read_aloud_is_found() {
        let source = "view! {\n <h2>\"Topics\"</h2>\n <Button label=\"Stop\" class=\"quiet\"/>\n {x} \"on\" <b>{say::x()}</b>\n <p aria-label=\"log\">{y}</p> }";
        assert_eq!(found(source), ["2 Topics", "3 Stop", "4 on", "5 log"]);
    }

    #[test]
    fn sentences_are_found_wherever_they_stand() {
        let source = "session.refuse(\"there is no topic yet\");\nformat!(\"line {}: {says}\", n);\nlet x = format!(\"sent, not acknowledged\");";
        assert_eq!(found(source), ["1 there is no topic yet", "3 sent, not acknowledged"]);
    }

    #[test]
    fn classes_keys_comments_tests_and_catalogue_calls_are_not() {
        let source = "// \"a comment of five words\"\nnode(\"div\").is(\"class\", \"fate-list is-letters\");\n<kbd>\"Enter\"</kbd> <Button label=say::stop()/>\nmatch x { 'a' | '\\'' => \"stage\", _ => r#\"{\"amount\": 12}\"# }\n#[cfg(test)]\nmod tests { const T: &str = \"this is only a test\"; }";
        assert_eq!(found(source), Vec::<String>::new());
    }
}
