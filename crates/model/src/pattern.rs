//! Regular expressions over topic names, as `subscribe(Pattern)` takes them.
//!
//! What topic names need of `java.util.regex`: literals, `.`, classes, groups, alternatives, repetitions, the usual
//! escapes and anchors. The whole name has to fit (`Matcher.matches`). Look-around, back references and flags are
//! refused. Not a search engine: time is bounded by the pattern's length times the name's.

use crate::{Map, Set};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A compiled pattern; two are equal if they are written alike.
#[derive(Clone)]
pub struct Pattern {
    source: Arc<str>,
    program: Arc<[Step]>,
}

/// What a pattern's text got wrong: where (in characters from 0) and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The character at which it stops to make sense.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} near index {}", self.what, self.at)
    }
}

/// Repetitions are written out; a pattern that becomes longer than this is refused.
const LONGEST_PROGRAM: usize = 4_000;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    One(Class),
    Either(usize, usize),
    Jump(usize),
    Start,
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    fn of(ranges: &[(char, char)]) -> Class {
        Class { negated: false, ranges: ranges.to_vec() }
    }

    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != self.negated
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where and why it makes no sense.
    pub fn new(source: &str) -> Result<Pattern, PatternError> {
        let mut parser = Parser { text: source.chars().collect(), at: 0 };
        let node = parser.alternatives()?;
        if parser.at < parser.text.len() {
            return Err(parser.wrong("Unmatched closing ')'"));
        }
        let mut program = Vec::new();
        compile(&node, &mut program).map_err(|what| PatternError { at: 0, what })?;
        Ok(Pattern { source: source.into(), program: program.into() })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// True if the whole of `text` fits.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut now = Set::new();
        self.follow(0, 0, chars.len(), &mut now);
        for (i, c) in chars.iter().enumerate() {
            let mut next = Set::new();
            for at in now.iter() {
                if let Some(Step::One(class)) = self.program.get(*at)
                    && class.has(*c)
                {
                    self.follow(at + 1, i + 1, chars.len(), &mut next);
                }
            }
            now = next;
        }
        now.iter().any(|at| *at == self.program.len())
    }

    /// Every place that is reached from `at` without reading.
    fn follow(&self, at: usize, position: usize, length: usize, into: &mut Set<usize>) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if !into.insert(at) {
                continue;
            }
            match self.program.get(at) {
                Some(Step::Either(a, b)) => open.extend([*a, *b]),
                Some(Step::Jump(to)) => open.push(*to),
                Some(Step::Start) if position == 0 => open.push(at + 1),
                Some(Step::End) if position == length => open.push(at + 1),
                Some(Step::Start | Step::End | Step::One(_)) | None => {}
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.source)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

enum Node {
    One(Class),
    All(Vec<Node>),
    Any(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
    Start,
    End,
}

fn compile(node: &Node, program: &mut Vec<Step>) -> Result<(), &'static str> {
    if program.len() > LONGEST_PROGRAM {
        return Err("The pattern is too long");
    }
    match node {
        Node::One(class) => program.push(Step::One(class.clone())),
        Node::Start => program.push(Step::Start),
        Node::End => program.push(Step::End),
        Node::All(parts) => parts.iter().try_for_each(|part| compile(part, program))?,
        Node::Any(parts) => {
            let mut ends = Vec::new();
            for (i, part) in parts.iter().enumerate() {
                let fork = (i + 1 < parts.len()).then(|| reserve(program));
                compile(part, program)?;
                if let Some(fork) = fork {
                    ends.push(reserve(program));
                    let next = program.len();
                    put(program, fork, Step::Either(fork + 1, next));
                }
            }
            let end = program.len();
            ends.into_iter().for_each(|at| put(program, at, Step::Jump(end)));
        }
        Node::Repeat(part, least, most) => {
            for _ in 0..*least {
                compile(part, program)?;
            }
            match most {
                None => {
                    let fork = reserve(program);
                    compile(part, program)?;
                    program.push(Step::Jump(fork));
                    let end = program.len();
                    put(program, fork, Step::Either(fork + 1, end));
                }
                Some(most) => {
                    let mut forks = Vec::new();
                    for _ in *least..*most {
                        forks.push(reserve(program));
                        compile(part, program)?;
                    }
                    let end = program.len();
                    forks.into_iter().for_each(|at| put(program, at, Step::Either(at + 1, end)));
                }
            }
        }
    }
    Ok(())
}

fn reserve(program: &mut Vec<Step>) -> usize {
    program.push(Step::Jump(0));
    program.len() - 1
}

fn put(program: &mut [Step], at: usize, step: Step) {
    if let Some(place) = program.get_mut(at) {
        *place = step;
    }
}

struct Parser {
    text: Vec<char>,
    at: usize,
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('_', '_'), ('0', '9')];
const SPACE: &[(char, char)] = &[(' ', ' '), ('\t', '\r')];

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn wrong(&self, what: &'static str) -> PatternError {
        PatternError { at: self.at, what }
    }

    fn alternatives(&mut self) -> Result<Node, PatternError> {
        let mut parts = vec![self.sequence()?];
        while self.take('|') {
            parts.push(self.sequence()?);
        }
        Ok(Node::Any(parts))
    }

    fn sequence(&mut self) -> Result<Node, PatternError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let atom = self.atom()?;
            parts.push(self.repeated(atom)?);
        }
        Ok(Node::All(parts))
    }

    fn atom(&mut self) -> Result<Node, PatternError> {
        Ok(match self.next() {
            Some('.') => Node::One(Class { negated: true, ranges: vec![('\n', '\n'), ('\r', '\r')] }),
            Some('^') => Node::Start,
            Some('$') => Node::End,
            Some('[') => Node::One(self.class()?),
            Some('(') => {
                if self.take('?') && !self.take(':') {
                    return Err(self.wrong("Only plain and non-capturing groups are supported"));
                }
                let inner = self.alternatives()?;
                if !self.take(')') {
                    return Err(self.wrong("Unclosed group"));
                }
                inner
            }
            Some('*' | '+' | '?') => {
                self.at -= 1;
                return Err(self.wrong("Dangling meta character"));
            }
            Some('\\') => Node::One(self.escape()?),
            Some(c) => Node::One(Class::of(&[(c, c)])),
            None => return Err(self.wrong("Something was expected")),
        })
    }

    fn escape(&mut self) -> Result<Class, PatternError> {
        let negated = |ranges: &[(char, char)]| Class { negated: true, ranges: ranges.to_vec() };
        match self.next() {
            Some('d') => Ok(Class::of(DIGITS)),
            Some('D') => Ok(negated(DIGITS)),
            Some('w') => Ok(Class::of(WORD)),
            Some('W') => Ok(negated(WORD)),
            Some('s') => Ok(Class::of(SPACE)),
            Some('S') => Ok(negated(SPACE)),
            Some(c) if !c.is_ascii_alphanumeric() => Ok(Class::of(&[(c, c)])),
            _ => Err(self.wrong("Illegal/unsupported escape sequence")),
        }
    }

    fn class(&mut self) -> Result<Class, PatternError> {
        let negated = self.take('^');
        let mut ranges = Vec::new();
        loop {
            let low = match self.next() {
                None => return Err(self.wrong("Unclosed character class")),
                Some(']') if !ranges.is_empty() => return Ok(Class { negated, ranges }),
                Some('[' | '&') => return Err(self.wrong("Classes inside classes are not supported")),
                Some('\\') => {
                    let class = self.escape()?;
                    if class.negated {
                        return Err(self.wrong("Negated classes inside classes are not supported"));
                    }
                    ranges.extend(class.ranges);
                    continue;
                }
                Some(c) => c,
            };
            let dash = self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|c| *c != ']');
            if !dash {
                ranges.push((low, low));
                continue;
            }
            self.at += 1;
            match self.next() {
                Some(high) if high >= low => ranges.push((low, high)),
                _ => return Err(self.wrong("Illegal character range")),
            }
        }
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, PatternError> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = if self.take(',') {
                    if self.peek() == Some('}') { None } else { Some(self.number()?) }
                } else {
                    Some(least)
                };
                if self.peek() != Some('}') || most.is_some_and(|most| most < least) {
                    return Err(self.wrong("Illegal repetition range"));
                }
                (least, most)
            }
            _ => return Ok(atom),
        };
        self.at += 1;
        // Lazy and possessive repetitions fit the same whole names, except possessive ones that give nothing back.
        if !self.take('?') && self.peek() == Some('+') {
            return Err(self.wrong("Possessive repetitions are not supported"));
        }
        Ok(Node::Repeat(Box::new(atom), least, most))
    }

    fn number(&mut self) -> Result<u32, PatternError> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number.filter(|n| *n <= 1_000).ok_or_else(|| self.wrong("Illegal repetition"))
    }
}

/// Topics of `all` that fit, internal ones left out (`exclude.internal.topics`).
pub fn matching<'a>(
    pattern: &'a Pattern,
    all: &'a Map<crate::TopicName, crate::TopicInfo>,
) -> impl Iterator<Item = &'a crate::TopicName> {
    all.iter()
        .filter(|(topic, info)| !info.internal && pattern.matches(topic.as_str()))
        .map(|(topic, _)| topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(text)
    }

    #[test]
    fn the_whole_name_has_to_fit() {
        for (pattern, yes, no) in [
            ("t[ab]", ["ta", "tb"], ["tc", "tab"]),
            ("orders-.*", ["orders-", "orders-eu.1"], ["order", "xorders-a"]),
            ("(a|bc)+", ["abca", "bc"], ["", "ab"]),
            ("^x{2,3}$", ["xx", "xxx"], ["x", "xxxx"]),
            (r"a\.\d?", ["a.", "a.7"], ["ab", "a.77"]),
            (r"[^a-c]\w*?", ["d", "d_9"], ["a", "d-"]),
            ("x{2}|", ["xx", ""], ["x", "xxx"]),
            (r"[\d.-]{1,}", ["1.2-3", "-"], ["", "a"]),
        ] {
            assert!(yes.iter().all(|text| fits(pattern, text)), "{pattern}");
            assert!(no.iter().all(|text| !fits(pattern, text)), "{pattern}");
        }
    }

    #[test]
    fn what_makes_no_sense_says_where() {
        for (pattern, at, what) in [
            ("a)", 1, "Unmatched closing ')'"),
            ("(a", 2, "Unclosed group"),
            ("[a", 2, "Unclosed character class"),
            ("*a", 0, "Dangling meta character"),
            ("a{2,1}", 5, "Illegal repetition range"),
            (r"\q", 2, "Illegal/unsupported escape sequence"),
            ("[b-a]", 4, "Illegal character range"),
            ("a++", 2, "Possessive repetitions are not supported"),
            ("(?=a)", 2, "Only plain and non-capturing groups are supported"),
            ("((a{1000}){1000}){9}", 0, "The pattern is too long"),
        ] {
            assert_eq!(Pattern::new(pattern), Err(PatternError { at, what }), "{pattern}");
        }
    }

    #[test]
    fn repetitions_of_nothing_end() {
        assert!(fits("(a*)*b", &format!("{}b", "a".repeat(200))));
        assert!(!fits("(a*)*b", &"a".repeat(200)));
    }
}
