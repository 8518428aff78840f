//! Reads the catalogues and compares the languages: used by `build.rs`, and by this crate's own tests.
//! The format is described in the crate's module doc.

use std::fmt;

/// Texts may say so many different things at most: each is one control character in the packed text.
const ARGUMENTS: usize = 8;

/// Something wrong in a catalogue: `text/de/frame.txt:3: `theme`: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was given.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Plain(String),
    /// `{name}`.
    Value(String),
    /// `{name|one|many}`.
    Choice(String, String, String),
}

/// One text of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its key.
    pub key: String,
    /// The line where it begins, from 1.
    pub line: usize,
    /// As it was written, on one line.
    pub written: String,
    /// Its parts.
    pub parts: Vec<Part>,
}

impl Text {
    /// The names in it, in order of first appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let Part::Value(name) | Part::Choice(name, _, _) = part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// Whether a form is chosen by that name, so that it must be a number.
    pub fn counts(&self, name: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Choice(of, _, _) if of == name))
    }

    /// The text with numbers for names, as `millrace_words::fill` reads it.
    pub fn packed(&self, names: &[&str]) -> String {
        let mark = |name: &str| {
            let at = names.iter().position(|one| *one == name).unwrap_or(0);
            char::from(u8::try_from(at).unwrap_or(0) + 1)
        };
        let part = |part: &Part| match part {
            Part::Plain(text) => text.clone(),
            Part::Value(name) => mark(name).to_string(),
            Part::Choice(name, one, many) => format!("\x0e{}{one}\x0f{many}\x0e", mark(name)),
        };
        self.parts.iter().map(part).collect()
    }
}

/// One room in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Its file.
    pub file: String,
    /// The comment at its head: what the room is.
    pub head: String,
    /// Its texts, in order.
    pub texts: Vec<Text>,
}

/// Reads a catalogue.
///
/// # Errors
/// With everything that is no line of the format.
pub fn read(file: &str, text: &str) -> Result<Catalogue, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut head = Vec::new();
    let mut found: Vec<(usize, String, String)> = Vec::new();
    let mut is_open = false;
    for (at, line) in text.lines().enumerate() {
        let mut wrong = |what: String| problems.push(Problem { file: file.to_owned(), line: at + 1, what });
        let trimmed = line.trim();
        if trimmed.is_empty() {
            is_open = false;
        } else if let Some(comment) = trimmed.strip_prefix('#') {
            is_open = false;
            if found.is_empty() {
                head.push(comment.trim().to_owned());
            }
        } else if line.starts_with([' ', '\t']) {
            match found.last_mut() {
                Some((_, _, text)) if is_open => {
                    text.push(' ');
                    text.push_str(trimmed);
                }
                _ => wrong("an indented line goes on with the text above it, and there is none".to_owned()),
            }
        } else if let Some((key, text)) = line.split_once('=') {
            let key = key.trim();
            if !is_key(key) {
                wrong(format!("`{key}` is no key: small letters, digits and `_`, a letter first"));
            } else if let Some((before, ..)) = found.iter().find(|(_, one, _)| one == key) {
                wrong(format!("`{key}` is there already, in line {before}"));
            }
            found.push((at + 1, key.to_owned(), text.trim().to_owned()));
            is_open = true;
        } else {
            wrong("expected `key = text`, `# comment`, or an indented line".to_owned());
        }
    }
    let mut texts = Vec::new();
    for (line, key, written) in found {
        match parts(&written) {
            Ok(parts) => {
                let text = Text { key, line, written, parts };
                if text.names().len() > ARGUMENTS {
                    let what = format!("`{}`: more than {ARGUMENTS} names", text.key);
                    problems.push(Problem { file: file.to_owned(), line, what });
                }
                texts.push(text);
            }
            Err(what) => {
                problems.push(Problem { file: file.to_owned(), line, what: format!("`{key}`: {what}") });
            }
        }
    }
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() {
        Ok(Catalogue { file: file.to_owned(), head: head.join(" "), texts })
    } else {
        Err(problems)
    }
}

/// Compares a translation with the catalogue that it translates.
pub fn compare(original: &Catalogue, other: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong =
        |line: usize, what: String| problems.push(Problem { file: other.file.clone(), line, what });
    for text in &original.texts {
        let Some(same) = other.texts.iter().find(|one| one.key == text.key) else {
            let (key, file, line) = (&text.key, &original.file, text.line);
            wrong(
                other.texts.last().map_or(1, |last| last.line),
                format!("`{key}` is missing ({file}:{line})"),
            );
            continue;
        };
        let (mut here, mut there) = (text.names(), same.names());
        here.sort_unstable();
        there.sort_unstable();
        if here != there {
            let of = |names: &[&str]| match names {
                [] => "none".to_owned(),
                names => names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" "),
            };
            wrong(same.line, format!("`{}`: its names are {}, expected {}", text.key, of(&there), of(&here)));
        }
    }
    for text in &other.texts {
        if !original.texts.iter().any(|one| one.key == text.key) {
            wrong(text.line, format!("`{}` is not in {}", text.key, original.file));
        }
    }
    problems
}

fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn parts(text: &str) -> Result<Vec<Part>, String> {
    if text.is_empty() {
        return Err("it says nothing".to_owned());
    }
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            plain.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            plain.push('}');
            rest = after;
        } else {
            let inside = from.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let Some((inside, after)) = inside else {
                return Err("a brace that stands alone is written `{{` or `}}`".to_owned());
            };
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(placeholder(inside)?);
            rest = after;
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

fn placeholder(inside: &str) -> Result<Part, String> {
    let mut pieces = inside.split('|');
    let name = pieces.next().unwrap_or_default();
    if !is_key(name) {
        return Err(format!("`{{{inside}}}` begins with no name"));
    }
    match (pieces.next(), pieces.next(), pieces.next()) {
        (None, ..) => Ok(Part::Value(name.to_owned())),
        (Some(one), Some(many), None) => Ok(Part::Choice(name.to_owned(), one.to_owned(), many.to_owned())),
        _ => Err(format!("`{{{inside}}}`: expected two forms, for one and for many")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(of: Result<Catalogue, Vec<Problem>>) -> Vec<String> {
        of.map(|_| Vec::new()).unwrap_or_else(|found| found.iter().map(ToString::to_string).collect())
    }

    /// What is wrong with a translation of one room.
    fn compared(english: &str, german: &str) -> Vec<String> {
        let (english, german) = (read("en/x.txt", english).unwrap(), read("de/x.txt", german).unwrap());
        compare(&english, &german).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_catalogue_is_keys_texts_and_a_head() {
        let text = "# The frame\n# of it all.\n\ntheme = theme: {name}\n# not the head\nlag = {n} {n|record|records}\n  behind in {{x}}\n";
        let read = read("x.txt", text).unwrap();
        assert_eq!(read.head, "The frame of it all.");
        let shown: Vec<_> =
            read.texts.iter().map(|t| (t.key.as_str(), t.line, t.packed(&t.names()))).collect();
        assert_eq!(
            shown,
            [
                ("theme", 4, "theme: \x01".to_owned()),
                ("lag", 6, "\x01 \x0e\x01record\x0frecords\x0e behind in {x}".to_owned()),
            ]
        );
        assert!(read.texts[1].counts("n") && !read.texts[0].counts("name"));
    }

    #[test]
    fn what_is_no_line_is_named_with_its_place() {
        let text = "  lost\nBad = x\nno text\na = {b\nc = {d|e}\nc = f\ng =\nh = {I}\n";
        assert_eq!(
            problems(read("x.txt", text)),
            [
                "x.txt:1: an indented line goes on with the text above it, and there is none",
                "x.txt:2: `Bad` is no key: small letters, digits and `_`, a letter first",
                "x.txt:3: expected `key = text`, `# comment`, or an indented line",
                "x.txt:4: `a`: a brace that stands alone is written `{{` or `}}`",
                "x.txt:5: `c`: `{d|e}`: expected two forms, for one and for many",
                "x.txt:6: `c` is there already, in line 5",
                "x.txt:7: `g`: it says nothing",
                "x.txt:8: `h`: `{I}` begins with no name",
            ]
        );
        let many: String = (0..9).map(|n| format!("{{a{n}}}")).collect();
        assert_eq!(problems(read("x.txt", &format!("k = {many}"))), ["x.txt:1: `k`: more than 8 names"]);
    }

    #[test]
    fn a_missing_key_and_one_too_many_are_found() {
        assert_eq!(
            compared("a = x\nb = y\n", "a = x\nc = z\n"),
            ["de/x.txt:2: `b` is missing (en/x.txt:2)", "de/x.txt:2: `c` is not in en/x.txt"]
        );
        assert_eq!(compared("a = x\nb = y\n", "b = u\na = v\n"), Vec::<String>::new());
    }

    #[test]
    fn names_that_differ_are_found() {
        assert_eq!(
            compared("a = {n} {n|of|off} {who}\n", "\na = {who} {m}\n"),
            ["de/x.txt:2: `a`: its names are {m} {who}, expected {n} {who}"]
        );
        assert_eq!(compared("a = {n} {who}\n", "a = {who} {n|eins|viele} {n}\n").len(), 0);
        assert_eq!(compared("a = x\n", "a = {n}\n"), ["de/x.txt:1: `a`: its names are {n}, expected none"]);
    }
}
