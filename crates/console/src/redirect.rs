//! A line of a tool with what a shell does around it: `echo … | TOOL`, `cat <<EOF | TOOL`, `TOOL <<EOF`, `TOOL <<< TEXT`,
//! `TOOL < FILE`. Everything else of a shell is refused by name.

use crate::job::{Job, Stdin, ToolLine};
use crate::operators::{Operator, operators};
use crate::tool;
use millrace_expr::Span;
use millrace_script::Problem;
use millrace_script::language::lexer::{Token, words};

/// A line, and whether a here-document follows it.
pub struct Redirected {
    pub job: Job,
    /// The line that ends the document, and whether tabs are taken off its lines.
    pub here_doc: Option<(String, bool)>,
}

/// A part of a line between two operators.
struct Part {
    /// The operator in front; `None` for the first.
    by: Option<(Operator, Span)>,
    words: Vec<Token>,
}

/// Reads a line that begins with a tool, `echo` or `cat`.
///
/// # Errors
/// What of a shell there is not.
pub fn read(text: &str) -> Result<Redirected, Problem> {
    let mut stages: Vec<(Vec<Token>, Stdin)> = Vec::new();
    let mut here_doc = None;
    for part in parts(text)? {
        let Part { by, mut words } = part;
        let Some((operator, place)) = by else {
            stages.push((words, Stdin::Nothing));
            continue;
        };
        if operator == Operator::Pipe {
            stages.push((words, Stdin::Nothing));
            continue;
        }
        let (what, found) = match operator {
            Operator::HereDoc { .. } => ("the word that ends the text, such as EOF", "<<"),
            Operator::HereString => ("a text", "<<<"),
            Operator::From => ("a file's name", "<"),
            Operator::Other | Operator::Pipe => {
                let shown = text.get(place.start..place.end).unwrap_or_default();
                let expected = "one command a line, with no more of a shell than |, <<, <<< and <";
                return Err(Problem::new(text, place, expected, format!("`{shown}`")));
            }
        };
        let Some((words_before, stdin)) = stages.last_mut() else { continue };
        if words.is_empty() {
            return Err(Problem::new(text, place, format!("{what} after {found}"), "nothing"));
        }
        if *stdin != Stdin::Nothing {
            return Err(Problem::new(text, place, "one standard input", "another one"));
        }
        let word = words.remove(0).text;
        *stdin = match operator {
            Operator::HereDoc { strips_tabs } => {
                here_doc = Some((word, strips_tabs));
                Stdin::Text(String::new())
            }
            Operator::HereString => Stdin::Text(word + "\n"),
            _ => Stdin::File(word),
        };
        words_before.append(&mut words);
    }
    let job = job(text, stages)?;
    Ok(Redirected { job, here_doc })
}

fn parts(text: &str) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let (mut start, mut by) = (0, None);
    let ends = operators(text).into_iter().map(Some).chain([None]);
    for next in ends {
        let end = next.map_or(text.len(), |(_, place)| place.start);
        // What lies outside is blanked, so that places stay what they are.
        let blank: String = text.get(..start).unwrap_or_default().bytes().map(|_| ' ').collect();
        let part = blank + text.get(start..end).unwrap_or_default();
        let words = words(&part, 0).map_err(|(problem, _)| problem)?.tokens;
        parts.push(Part { by, words });
        start = next.map_or(text.len(), |(_, place)| place.end);
        by = next;
    }
    Ok(parts)
}

fn job(text: &str, mut stages: Vec<(Vec<Token>, Stdin)>) -> Result<Job, Problem> {
    let whole = Span { start: 0, end: text.trim_end().len() };
    if stages.len() > 2 {
        return Err(Problem::new(text, whole, "one pipe at most", "several"));
    }
    let (last, stdin) = stages.pop().unwrap_or_default();
    let Some((source, given)) = stages.pop() else {
        let argv: Vec<String> = last.iter().map(|token| token.text.clone()).collect();
        return Ok(match tool::name(argv.first().map_or("", |word| word)) {
            Some(name) => Job::Tool(ToolLine { argv: named(name, argv), stdin }),
            None => Job::Print(said(&argv, &stdin)),
        });
    };
    let expected = "echo or cat in front of a pipe, and one of Kafka's tools behind it";
    let place = last.first().map_or(whole, |token| token.span);
    let words: Vec<String> = source.iter().map(|token| token.text.clone()).collect();
    let argv: Vec<String> = last.iter().map(|token| token.text.clone()).collect();
    let behind = argv.first().map_or("nothing", |word| word).to_owned();
    let Some(name) = argv.first().and_then(|word| tool::name(word)) else {
        let problem = Problem::new(text, place, expected, format!("`{behind}`"));
        return Err(problem.with_nearest(tool::nearest(&behind)));
    };
    if tool::name(words.first().map_or("", |word| word)).is_some() || stdin != Stdin::Nothing {
        return Err(Problem::new(text, whole, expected, "another standard input"));
    }
    let stdin = match given {
        Stdin::File(path) => Stdin::File(path),
        given => Stdin::Text(said(&words, &given)),
    };
    Ok(Job::Tool(ToolLine { argv: named(name, argv), stdin }))
}

fn named(name: &str, mut argv: Vec<String>) -> Vec<String> {
    if let Some(first) = argv.first_mut() {
        *first = name.to_owned();
    }
    argv
}

/// What `echo` or `cat` prints.
fn said(words: &[String], stdin: &Stdin) -> String {
    let (first, mut rest) = words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
    if first == "cat" {
        return match stdin {
            Stdin::Text(text) => text.clone(),
            Stdin::Nothing | Stdin::File(_) => String::new(),
        };
    }
    let (mut escapes, mut ends) = (false, true);
    while let Some((option, others)) = rest.split_first() {
        match option.as_str() {
            "-e" => escapes = true,
            "-n" => ends = false,
            "-en" | "-ne" => (escapes, ends) = (true, false),
            "-E" => escapes = false,
            _ => break,
        }
        rest = others;
    }
    let mut text = rest.join(" ");
    if escapes {
        text = unescaped(&text);
    }
    if ends {
        text.push('\n');
    }
    text
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('\\') => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}
