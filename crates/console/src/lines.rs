//! From a text, typed or pasted, to its lines: continued ones are one line, comments and empty ones are none, and a
//! here-document belongs to the line above it.

use crate::job::{Job, Stdin, ToolLine};
use crate::{redirect, tool};
use millrace_expr::Span;
use millrace_model::Profile;
use millrace_script::language::lexer::{Token, words};
use millrace_script::{Problem, Statement, parse_line};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the text, from 1.
    pub number: usize,
    /// As it was written, with the here-document.
    pub text: String,
    /// What it asks for, or what is wrong with it.
    pub job: Result<Job, Box<Problem>>,
    /// Where the next line begins, in bytes of the text.
    pub next: usize,
}

impl Line {
    /// Whether more of it is still to come: the end of a here-document, or what follows a backslash.
    pub fn is_unfinished(&self) -> bool {
        let is_open = self.job.as_ref().is_err_and(|problem| problem.found == THE_END);
        is_open || self.text.ends_with('\\')
    }
}

/// What is found in the place of a here-document's last line.
const THE_END: &str = "the end";

/// The lines of a text.
pub fn lines(source: &str, profile: Profile) -> Lines<'_> {
    Lines { source, at: 0, number: 1, profile }
}

/// See [`lines`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    source: &'a str,
    at: usize,
    number: usize,
    profile: Profile,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
            let (length, read) = match words(rest, 0) {
                Ok(read) => (read.next, Ok(read.tokens)),
                Err((problem, next)) => (next, Err(Box::new(problem))),
            };
            let (first, text) = (self.number, rest.get(..length).unwrap_or(rest));
            self.advance(length.max(1));
            let job = match read {
                Ok(tokens) if tokens.is_empty() => continue,
                Ok(tokens) => self.job(text, &tokens),
                Err(problem) => Err(problem),
            };
            let begin = rest.len() - self.source.get(self.at..).map_or(0, str::len);
            let text = rest.get(..begin).unwrap_or(text).trim_end_matches(['\n', '\r']);
            return Some(Line { number: first, text: text.to_owned(), job, next: self.at });
        }
    }
}

impl Lines<'_> {
    fn advance(&mut self, bytes: usize) {
        let passed = self.source.get(self.at..self.at + bytes).unwrap_or_default();
        self.number += passed.matches('\n').count();
        self.at += bytes;
    }

    fn job(&mut self, text: &str, tokens: &[Token]) -> Result<Job, Box<Problem>> {
        // A prompt that was copied along.
        let tokens = match tokens {
            [prompt, rest @ ..] if prompt.text == "$" && !prompt.quoted && !rest.is_empty() => rest,
            all => all,
        };
        let Some(first) = tokens.first() else { return Ok(Job::Print(String::new())) };
        let name = first.text.as_str();
        if self.is_of_a_script(name, text) {
            return Ok(Job::Print(String::new()));
        }
        let before: String = text.get(..first.span.start).unwrap_or_default().bytes().map(|_| ' ').collect();
        let line = before + text.get(first.span.start..).unwrap_or_default();
        // `echo a|tool` is one word to `script`.
        let word = name.split(['|', '<', '>', ';', '&']).next().unwrap_or(name);
        if tool::name(word).is_some() || word == "echo" || word == "cat" {
            return self.redirected(&line);
        }
        if matches!(name, "help" | "man") {
            let words = tokens.iter().skip(1).map(|token| token.text.clone());
            return Ok(Job::Help(words.collect()));
        }
        if name == "bare" {
            return self.bare(&line, first);
        }
        let line = match name.rsplit_once('/') {
            // `bin/kafka-server-start.sh` is a line of `script`.
            Some((path, tool)) if tool.starts_with("kafka-") => {
                let blank: String = path.bytes().map(|_| ' ').collect();
                line.replacen(&format!("{path}/"), &format!("{blank} "), 1)
            }
            _ => line,
        };
        match parse_line(&line, self.profile) {
            Ok(Some(statement)) => {
                if let Statement::Profile(profile) = statement {
                    self.profile = profile;
                }
                Ok(Job::Say(Box::new(statement)))
            }
            Ok(None) => Ok(Job::Print(String::new())),
            Err(mut problem) => {
                if problem.span == first.span {
                    problem.nearest = tool::nearest(name).map(str::to_owned);
                }
                Err(Box::new(problem))
            }
        }
    }

    /// What a shell's script begins with, and what says nothing here: it is passed over, with the body of a function.
    fn is_of_a_script(&mut self, name: &str, text: &str) -> bool {
        if name.ends_with("()") && text.trim_end().ends_with('{') {
            while let Some(line) =
                self.source.get(self.at..).and_then(|rest| rest.split_inclusive('\n').next())
            {
                self.advance(line.len());
                if line.trim_end() == "}" {
                    break;
                }
            }
            return true;
        }
        matches!(name, "set" | "export" | "cd")
    }

    fn bare(&self, line: &str, first: &Token) -> Result<Job, Box<Problem>> {
        let blank = " ".repeat(first.span.end);
        let rest = blank + line.get(first.span.end..).unwrap_or_default();
        match parse_line(&rest, self.profile)? {
            Some(Statement::Do(command)) => Ok(Job::Bare(Box::new(command))),
            Some(_) | None => {
                let place = Span { start: first.span.end, end: line.trim_end().len() };
                Err(Box::new(Problem::new(line, place, "a command", "none")))
            }
        }
    }

    fn redirected(&mut self, text: &str) -> Result<Job, Box<Problem>> {
        let read = redirect::read(text)?;
        let Some((end, strips_tabs)) = read.here_doc else { return Ok(read.job) };
        let document = self.here_doc(text, &end, strips_tabs)?;
        Ok(match read.job {
            Job::Tool(ToolLine { argv, .. }) => Job::Tool(ToolLine { argv, stdin: Stdin::Text(document) }),
            _ => Job::Print(document),
        })
    }

    /// Takes the lines up to the one that says `end`.
    fn here_doc(&mut self, line: &str, end: &str, strips_tabs: bool) -> Result<String, Problem> {
        let mut document = String::new();
        let rest = self.source.get(self.at..).unwrap_or_default();
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            let text = line.trim_end_matches(['\n', '\r']);
            let text = if strips_tabs { text.trim_start_matches('\t') } else { text };
            if text == end {
                self.advance(length);
                return Ok(document);
            }
            document.push_str(text);
            document.push('\n');
        }
        self.advance(length);
        let place = Span { start: line.trim_end().len(), end: line.trim_end().len() };
        Err(Problem::new(line, place, format!("a line `{end}` that ends the text"), THE_END))
    }
}
