//! argparse4j's usage, help and error texts.

use super::{Arg, Parser, Takes};

/// Columns of a text that goes to no terminal.
const WIDTH: usize = 75;
/// How far a help's second column is from the left.
const INDENT: usize = 25;

impl Arg {
    fn metavar(&self) -> String {
        let name = match self.metavar {
            "" if self.is_option() => self.name().trim_start_matches('-').replace('-', "_").to_uppercase(),
            "" => self.name().to_owned(),
            metavar => metavar.to_owned(),
        };
        match self.takes {
            Takes::Nothing | Takes::Version => String::new(),
            Takes::One | Takes::Each => name,
            Takes::Some => format!("{name} [{name} ...]"),
        }
    }

    /// `--topic TOPIC`
    fn bare(&self) -> String {
        let first = self.flags.first().copied().unwrap_or_default();
        match (self.is_option(), self.metavar()) {
            (true, metavar) if metavar.is_empty() => first.to_owned(),
            (true, metavar) => format!("{first} {metavar}"),
            (false, metavar) => metavar,
        }
    }

    /// The same in brackets, if it may be left out.
    fn short(&self) -> String {
        if self.is_option() && !self.required { format!("[{}]", self.bare()) } else { self.bare() }
    }

    fn help_title(&self) -> String {
        let metavar = self.metavar();
        if !self.is_option() {
            return metavar;
        }
        let with_value = |flag: &&str| match metavar.is_empty() {
            true => (*flag).to_owned(),
            false => format!("{flag} {metavar}"),
        };
        self.flags.iter().map(with_value).collect::<Vec<_>>().join(", ")
    }
}

impl Parser {
    /// The groups of which only one may be given, as a usage shows them.
    fn group_words(&self, only_required: bool, into: &mut Vec<String>) {
        for (at, required) in self.groups.iter().enumerate() {
            let members: Vec<&Arg> = self.args.iter().filter(|arg| arg.group == at + 1).collect();
            let (open, close) = if *required { ("(", ")") } else { ("[", "]") };
            if only_required && !required {
                continue;
            }
            let last = members.len().saturating_sub(1);
            for (n, arg) in members.iter().enumerate() {
                if n > 0 {
                    into.push("|".to_owned());
                }
                let (open, close) = (if n == 0 { open } else { "" }, if n == last { close } else { "" });
                into.push(match last {
                    0 if *required => arg.bare(),
                    _ => format!("{open}{}{close}", arg.bare()),
                });
            }
        }
    }

    /// What must come before a sub-command.
    fn upper_words(&self, is_main: bool, into: &mut Vec<String>) {
        if !is_main {
            into.push(self.name.to_owned());
        }
        into.extend(self.options().filter(|arg| arg.required && arg.group == 0).map(Arg::short));
        self.group_words(true, into);
        into.extend(self.positionals().map(Arg::short));
    }

    fn commands_word(&self) -> String {
        if !self.commands_as.is_empty() {
            return self.commands_as.to_owned();
        }
        let names: Vec<&str> = self.commands.iter().map(|command| command.name).collect();
        format!("{{{}}}", names.join(","))
    }
}

/// The usage of the last of these parsers; the others are those above it.
pub(super) fn usage(chain: &[&Parser]) -> String {
    let Some((parser, above)) = chain.split_last() else { return String::new() };
    let main = chain.first().copied().unwrap_or(parser);
    let mut words = Vec::new();
    for (n, upper) in above.iter().enumerate() {
        upper.upper_words(n == 0, &mut words);
    }
    if !above.is_empty() {
        words.push(parser.name.to_owned());
    }
    words.extend(parser.options().filter(|arg| arg.group == 0).map(Arg::short));
    parser.group_words(false, &mut words);
    words.extend(parser.positionals().map(Arg::short));
    if !parser.commands.is_empty() {
        words.extend([parser.commands_word(), "...".to_owned()]);
    }
    let mut text = format!("usage: {}", main.name);
    let (mut column, indent) = if text.len() > 30 {
        text.push_str("\n      ");
        (12, 6)
    } else {
        (text.len(), text.len())
    };
    for (n, word) in words.iter().enumerate() {
        if n > 0 && column + word.len() + 1 > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        }
        text.push(' ');
        text.push_str(word);
        column += 1 + word.len();
    }
    text.push('\n');
    text
}

/// The help of the last of these parsers.
pub(super) fn help(chain: &[&Parser]) -> String {
    let mut text = usage(chain);
    let Some(parser) = chain.last() else { return text };
    if !parser.about.is_empty() {
        text.push_str(&format!("\n{}\n", wrap(parser.about, WIDTH, 0)));
    }
    if parser.positionals().next().is_some() || !parser.commands.is_empty() {
        text.push_str("\npositional arguments:\n");
        for arg in parser.positionals() {
            item(&mut text, &arg.help_title(), arg.help);
        }
        if !parser.commands.is_empty() {
            item(&mut text, &parser.commands_word(), "");
            for command in parser.commands {
                item(&mut text, &format!("  {}", command.name), command.about);
            }
        }
    }
    text.push_str("\noptional arguments:\n");
    for arg in parser.options() {
        let default = match parser.shows_defaults && !arg.default.is_empty() {
            true => format!(" (default: {})", arg.default),
            false => String::new(),
        };
        item(&mut text, &arg.help_title(), &format!("{}{default}", arg.help));
    }
    text
}

fn item(text: &mut String, title: &str, help: &str) {
    text.push_str("  ");
    text.push_str(title);
    if !help.is_empty() {
        let indent = if title.len() <= 21 {
            INDENT - title.len() - 2
        } else {
            text.push('\n');
            INDENT
        };
        text.push_str(&" ".repeat(indent));
        text.push_str(&wrap(help, WIDTH, INDENT));
    }
    text.push('\n');
}

/// Words in lines of `width` columns, all but the first `indent` from the left.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 && column + 1 + word.len() > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if n > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

/// What comes after a mistake: the usage, the sentence, and what may have been meant.
pub(super) fn mistake(chain: &[&Parser], sentence: &str, unknown: Option<&str>) -> String {
    let main = chain.first().map_or("", |parser| parser.name);
    let mut text = usage(chain);
    text.push_str(&wrap(&format!("{main}: error: {sentence}"), WIDTH, 0));
    text.push('\n');
    if let (Some(unknown), Some(parser)) = (unknown, chain.last()) {
        let body = unknown.trim_start_matches('-');
        let known: Vec<&str> = if unknown.starts_with('-') {
            parser.options().flat_map(|arg| arg.flags).copied().collect()
        } else {
            parser.commands.iter().map(|command| command.name).collect()
        };
        let known = known.into_iter().filter(|flag| flag.trim_start_matches('-').len() > 1);
        if !unknown.starts_with('-') || body.len() >= 2 {
            candidates(body, known, &mut text);
        }
    }
    text
}

/// `Did you mean:` and the names that are nearest, if any is near.
fn candidates<'a>(body: &str, known: impl Iterator<Item = &'a str>, text: &mut String) {
    let mut found: Vec<(usize, &str)> =
        known.map(|name| (distance(body, name.trim_start_matches('-')), name)).collect();
    found.sort_unstable();
    let Some((nearest, _)) = found.first().copied() else { return };
    // The limit of git's help.c.
    if nearest >= 7 {
        return;
    }
    text.push_str("\nDid you mean:\n");
    for (_, name) in found.iter().filter(|(distance, _)| *distance == nearest) {
        text.push_str(&format!("\t{name}\n"));
    }
}

/// Damerau and Levenshtein's distance with git's costs: 0 to swap, 2 to replace, 1 to add, 4 to leave out.
fn distance(from: &str, to: &str) -> usize {
    if to.starts_with(from) {
        return 0;
    }
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut cost = get(&last, j) + if a == b { 0 } else { 2 };
            let swaps = i > 0 && j > 0 && a != b && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swaps {
                cost = cost.min(get(&before, j - 1));
            }
            cost = cost.min(get(&last, j + 1) + 4).min(get(&row, j) + 1);
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    get(&last, to.len())
}
