//! What may stand at the cursor: verbs, options, names of what there is.
//!
//! There is no second list of anything. Verbs come from the help table and the tools' names, a tool's options from its
//! `--help`, and what one of our own lines takes is asked of its parser: it is handed the line up to the cursor, and what it
//! says it had expected there is what can be completed.

use crate::names::{Kind, Wanted, expected, names, wanted};
use crate::operators::{Operator, operators};
use crate::tool;
use millrace_model::Profile;
use millrace_script::language::lexer::{Token, words};
use millrace_script::language::quote::quoted;
use millrace_script::{Problem, help, parse_line};
use millrace_sim::World;

/// Most that are offered at once.
const MOST: usize = 60;
/// A word that nothing is called.
const NOTHING: &str = "\u{1}";

/// What may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word at the cursor begins, in bytes; it ends at the cursor.
    pub from: usize,
    /// What it may become.
    pub candidates: Vec<Candidate>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word, as it stands in a line.
    pub text: String,
    /// What it is.
    pub note: String,
    /// Whether more of the same word follows, so that no space comes behind it.
    pub is_open: bool,
}

impl Candidate {
    fn new(text: impl Into<String>, note: impl Into<String>) -> Candidate {
        let (text, note) = (text.into(), note.into());
        Candidate { is_open: text.ends_with(['=', '(']), text, note }
    }
}

impl Completion {
    /// What all candidates begin with.
    pub fn common(&self) -> &str {
        let Some((first, rest)) = self.candidates.split_first() else { return "" };
        let mut common = first.text.as_str();
        for candidate in rest {
            let same = common.char_indices().zip(candidate.text.chars());
            let end =
                same.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, c), _)| at + c.len_utf8());
            common = common.get(..end).unwrap_or_default();
        }
        common
    }
}

/// What may stand at byte `cursor` of `text`.
pub fn complete(world: &World, text: &str, cursor: usize) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let (start, line) = last_line(before);
    // Behind a pipe another command begins.
    let pipe = operators(line).into_iter().rev().find(|(operator, _)| *operator == Operator::Pipe);
    let (start, line) = match pipe {
        Some((_, place)) if line.trim_start().starts_with("echo") || line.trim_start().starts_with("cat") => {
            (start + place.end, line.get(place.end..).unwrap_or_default())
        }
        _ => (start, line),
    };
    let Ok(read) = words(line, 0) else { return Completion::default() };
    let mut tokens = read.tokens;
    if tokens.first().is_some_and(|token| token.text == "$") {
        tokens.remove(0);
    }
    let is_between = line.is_empty() || line.ends_with(char::is_whitespace);
    let current = if is_between { None } else { tokens.pop() };
    if current.as_ref().is_some_and(|token| token.quoted) || line.trim_start().starts_with('#') {
        return Completion::default();
    }
    let at = current.as_ref().map_or(line.len(), |token| token.span.start);
    let typed = line.get(at..).unwrap_or_default();
    let (skipped, mut candidates) = candidates(world, line.get(..at).unwrap_or_default(), &tokens, typed);
    let typed = typed.get(skipped..).unwrap_or_default();
    candidates.retain(|candidate| candidate.text.starts_with(typed));
    candidates.dedup_by(|a, b| a.text == b.text);
    candidates.truncate(MOST);
    // What a tool is for is its own word, asked for only where it is seen.
    for candidate in candidates.iter_mut().filter(|candidate| candidate.note.is_empty()) {
        candidate.note = tool::name(&candidate.text).map_or_else(String::new, tool::about);
    }
    // A word that is complete needs none.
    if let [only] = candidates.as_slice()
        && only.text == typed
    {
        candidates.clear();
    }
    Completion { from: start + at + skipped, candidates }
}

/// The statement in which a text ends, and where it begins.
fn last_line(text: &str) -> (usize, &str) {
    let mut start = 0;
    while let Ok(read) = words(text.get(start..).unwrap_or_default(), 0) {
        let rest = text.get(start..).unwrap_or_default();
        if read.next >= rest.len() && !rest.ends_with('\n') || read.next == 0 {
            break;
        }
        start += read.next;
    }
    (start, text.get(start..).unwrap_or_default())
}

/// What may follow `tokens`; with it, how much of the typed word stays as it is.
fn candidates(world: &World, before: &str, tokens: &[Token], typed: &str) -> (usize, Vec<Candidate>) {
    let Some(first) = tokens.first() else { return (0, verbs()) };
    if let Some(name) = tool::name(&first.text) {
        return of_tool(world, name, tokens, typed);
    }
    if matches!(first.text.as_str(), "help" | "man") {
        return (0, topics(tokens));
    }
    if matches!(first.text.as_str(), "echo" | "cat") {
        return (0, Vec::new());
    }
    // `expect lag(bil`: a name inside of an expression.
    if let Some(open) = typed.rfind(['(', ',']).filter(|_| matches!(first.text.as_str(), "expect" | "run")) {
        return (open + 1, of_kind(world, Kind::Any));
    }
    let before = match first.text.as_str() {
        "bare" => before.get(first.span.end..).unwrap_or_default(),
        _ => before,
    };
    if before.trim().is_empty() {
        return (0, verbs());
    }
    if typed.starts_with('-') {
        return (0, options(world.profile(), before));
    }
    (0, of_line(world, before, tokens))
}

fn verbs() -> Vec<Candidate> {
    let about = |verb: &str| {
        let of_it = help().find(|line| line.name == verb || line.name.split(' ').next() == Some(verb));
        of_it.filter(|line| line.name == verb).map_or("", |line| line.meaning)
    };
    tool::verbs().into_iter().map(|verb| Candidate::new(verb, about(verb))).collect()
}

/// What there is help for: the first words, and what follows one of them.
fn topics(tokens: &[Token]) -> Vec<Candidate> {
    match tokens {
        [_] => verbs(),
        [_, verb, ..] => {
            let of_it = help().filter(|line| line.name.split(' ').next() == Some(&verb.text));
            let second = |line: &millrace_script::Help| {
                line.name.split(' ').nth(1).map(|word| Candidate::new(word, line.meaning))
            };
            of_it.filter_map(second).collect()
        }
        [] => Vec::new(),
    }
}

fn of_kind(world: &World, kind: Kind) -> Vec<Candidate> {
    let candidate = |(name, kind): (String, Kind)| Candidate::new(quoted(&name), kind.word());
    names(world, kind).into_iter().map(candidate).collect()
}

fn of_tool(world: &World, name: &str, tokens: &[Token], typed: &str) -> (usize, Vec<Candidate>) {
    let command = tokens.get(1).map(|token| token.text.as_str());
    let flags = tool::flags(name, command);
    let entity = tokens.iter().skip_while(|token| token.text != "--entity-type").nth(1);
    let entity = entity.map_or("", |token| token.text.as_str());
    let values = |option: &str| match wanted(option, entity) {
        Some(Wanted::Name(kind)) => of_kind(world, kind),
        Some(Wanted::One(words)) => words.iter().map(|word| Candidate::new(*word, "")).collect(),
        None => Vec::new(),
    };
    if let Some((option, _)) = typed.split_once('=').filter(|(option, _)| option.starts_with("--")) {
        return (option.len() + 1, values(option));
    }
    let last = tokens.last().map_or("", |token| token.text.as_str());
    let takes = flags.iter().any(|flag| flag.name == last && !flag.argument.is_empty());
    if takes && !typed.starts_with('-') {
        return (0, values(last));
    }
    let commands = tool::commands(name);
    let is_commanded = tokens.iter().any(|token| commands.iter().any(|(command, _)| *command == token.text));
    if !commands.is_empty() && !is_commanded && !typed.starts_with('-') {
        return (0, commands.into_iter().map(|(command, about)| Candidate::new(command, about)).collect());
    }
    let is_given = |flag: &tool::Flag| tokens.iter().any(|token| token.text == flag.name);
    let repeats = ["--property", "--config", "--topic", "--producer-property", "--consumer-property"];
    let left = flags.iter().filter(|flag| !is_given(flag) || repeats.contains(&flag.name.as_str()));
    (0, left.map(|flag| Candidate::new(&flag.name, &flag.meaning)).collect())
}

/// What the parser says to a line.
fn asked(profile: Profile, line: &str) -> Option<Problem> {
    parse_line(line, profile).err()
}

/// The options that are left to a line of ours.
fn options(profile: Profile, before: &str) -> Vec<Candidate> {
    let line = format!("{before}--{NOTHING}");
    let Some(problem) = asked(profile, &line)
        .filter(|problem| problem.found.contains('\u{1}') || !problem.known().is_empty())
    else {
        return Vec::new();
    };
    if problem.span.start < before.len() {
        return Vec::new();
    }
    problem.known().iter().map(|name| Candidate::new(format!("--{name}"), "")).collect()
}

/// What a line of ours may go on with: the words that its parser knows, names, options.
fn of_line(world: &World, before: &str, tokens: &[Token]) -> Vec<Candidate> {
    let profile = world.profile();
    let is_here = |problem: &Problem| problem.span.start >= before.trim_end().len();
    let ended = asked(profile, before).filter(is_here);
    let strange = asked(profile, &format!("{before}{NOTHING}")).filter(is_here);
    let known = ended.iter().chain(&strange).find(|problem| !problem.known().is_empty());
    if let Some(problem) = known {
        let verb = tokens.first().map_or("", |token| token.text.as_str());
        let note = |word: &str| {
            let name = format!("{verb} {word}");
            let is_it = |line: &&millrace_script::Help| line.name == name;
            if tokens.len() == 1 { help().find(is_it).map_or("", |line| line.meaning) } else { "" }
        };
        // Quantities go on with what they are of.
        let is_quantity = problem.expected.starts_with("a quantity");
        let shown = |word: &str| if is_quantity { format!("{word}(") } else { word.to_owned() };
        return problem.known().iter().map(|word| Candidate::new(shown(word), note(word))).collect();
    }
    if let Some(kind) = ended.as_ref().and_then(|problem| expected(&problem.expected)) {
        return of_kind(world, kind);
    }
    // A value of an option can be anything; otherwise options may follow.
    let wants_value = tokens.last().is_some_and(|token| token.text.starts_with("--"))
        && ended.as_ref().is_some_and(|problem| problem.expected.contains(" after --"));
    if wants_value { Vec::new() } else { options(profile, before) }
}
