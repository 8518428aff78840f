//! How arguments are read.

use super::{Arg, HELP, Parser, Takes, Type, text};
use crate::java_number::read_double;

/// What was given.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    /// The sub-command.
    pub command: Option<&'static str>,
    found: Vec<(&'static str, String)>,
}

/// Arguments that lead to nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `--help`: what goes to the standard output.
    Help(String),
    /// `--version`.
    Version,
    /// A mistake: what goes to the standard error.
    Mistake(String),
}

impl Namespace {
    /// Was it given?
    pub fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(known, _)| *known == name)
    }

    /// Its value; what was said last counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last().copied()
    }

    /// All its values.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let of_it = self.found.iter().filter(|(known, _)| *known == name);
        of_it.map(|(_, value)| &**value).collect()
    }

    /// Its value as a number: it was checked when it was read.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.value(name)?.parse().ok()
    }
}

struct State<'a> {
    words: &'a [String],
    at: usize,
    is_past_options: bool,
    found: Namespace,
    /// A required argument that is missing: said when everything else has been read.
    deferred: Option<Stop>,
}

impl State<'_> {
    fn word(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// Is the next word an option (or the end of them)? A negative number is none.
    fn is_flag(&self) -> bool {
        let Some(word) = self.word().filter(|_| !self.is_past_options) else { return false };
        let Some(rest) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else { return false };
        !rest.chars().all(|c| c.is_ascii_digit())
    }
}

impl Parser {
    /// Reads the arguments.
    pub fn parse(&'static self, words: &[String]) -> Result<Namespace, Stop> {
        let found = Namespace::default();
        let mut state = State { words, at: 0, is_past_options: false, found, deferred: None };
        level(&mut vec![self], &mut state)?;
        match state.deferred {
            Some(stop) => Err(stop),
            None => Ok(state.found),
        }
    }

    /// A mistake that the tool itself finds (`parser.handleError`).
    pub fn mistake(&self, sentence: &str) -> String {
        text::mistake(&[self], sentence, None)
    }

    /// Its help.
    pub fn help(&self) -> String {
        text::help(&[self])
    }
}

fn mistake(chain: &[&Parser], sentence: &str) -> Stop {
    Stop::Mistake(text::mistake(chain, sentence, None))
}

fn wrong<T>(chain: &[&Parser], sentence: &str) -> Result<T, Stop> {
    Err(mistake(chain, sentence))
}

/// One parser's arguments, and those of its sub-command.
fn level(chain: &mut Vec<&'static Parser>, state: &mut State<'_>) -> Result<(), Stop> {
    let Some(parser) = chain.last().copied() else { return Ok(()) };
    let mut used: Vec<&'static Arg> = Vec::new();
    let mut positionals: Vec<String> = Vec::new();
    while let Some(word) = state.word().map(str::to_owned) {
        if state.is_flag() && word != "--" {
            option(chain, parser, &word, state, &mut used)?;
        } else if word == "--" && !state.is_past_options {
            state.is_past_options = true;
            state.at += 1;
        } else if positionals.len() < parser.positionals().count() {
            positionals.push(word);
            state.at += 1;
        } else if !state.is_past_options && !parser.commands.is_empty() {
            finish(chain, parser, state, &used, positionals)?;
            return command(chain, parser, &word, state);
        } else {
            let rest = state.words.get(state.at..).unwrap_or_default().join(" ");
            return wrong(chain, &format!("unrecognized arguments: '{rest}'"));
        }
    }
    if !parser.commands.is_empty() {
        return wrong(chain, "too few arguments");
    }
    finish(chain, parser, state, &used, positionals)
}

fn option(
    chain: &[&Parser],
    parser: &'static Parser,
    word: &str,
    state: &mut State<'_>,
    used: &mut Vec<&'static Arg>,
) -> Result<(), Stop> {
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) => (flag, Some(value.to_owned())),
        None => (word, None),
    };
    let Some((arg, value)) =
        resolve(chain, parser, flag)?.map(|arg| (arg, value)).or_else(|| glued(parser, word))
    else {
        let sentence = format!("unrecognized arguments: '{word}'");
        return Err(Stop::Mistake(text::mistake(chain, &sentence, Some(word))));
    };
    state.at += 1;
    let rival =
        used.iter().find(|other| arg.group > 0 && other.group == arg.group && other.name() != arg.name());
    if let Some(rival) = rival {
        let (name, rival) = (arg.textual_name(), rival.textual_name());
        return wrong(chain, &format!("argument {name}: not allowed with argument {rival}"));
    }
    take(chain, arg, value, state)?;
    used.push(arg);
    Ok(())
}

/// The option of a name, or of the beginning of one.
fn resolve(chain: &[&Parser], parser: &Parser, flag: &str) -> Result<Option<&'static Arg>, Stop> {
    let all = || parser.options().flat_map(|arg| arg.flags.iter().map(move |flag| (*flag, arg)));
    if let Some((_, arg)) = all().find(|(known, _)| *known == flag) {
        return Ok(Some(arg));
    }
    let mut candidates: Vec<(&str, &'static Arg)> =
        all().filter(|(known, _)| known.starts_with(flag)).collect();
    candidates.sort_unstable_by_key(|(known, _)| *known);
    match candidates.as_slice() {
        [] => Ok(None),
        [(_, arg)] => Ok(Some(arg)),
        _ => {
            let names: Vec<&str> = candidates.iter().map(|(known, _)| *known).collect();
            wrong(chain, &format!("ambiguous option: {flag} could match {}", names.join(", ")))
        }
    }
}

/// `-fvalue`: a short option with its value.
fn glued(parser: &Parser, word: &str) -> Option<(&'static Arg, Option<String>)> {
    let rest = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
    let first = rest.chars().next()?;
    let arg = parser.options().find(|arg| arg.flags.contains(&format!("-{first}").as_str()))?;
    match arg.takes {
        Takes::Nothing | Takes::Version => (rest.len() == 1).then_some((arg, None)),
        Takes::One | Takes::Some | Takes::Each => {
            Some((arg, rest.get(first.len_utf8()..).map(str::to_owned)))
        }
    }
}

fn take(
    chain: &[&Parser],
    arg: &'static Arg,
    value: Option<String>,
    state: &mut State<'_>,
) -> Result<(), Stop> {
    let name = arg.textual_name();
    match arg.takes {
        Takes::Nothing | Takes::Version => {
            if let Some(value) = value {
                return wrong(chain, &format!("argument {name}: ignore implicit argument '{value}'"));
            }
            if arg.name() == HELP.name() {
                return Err(Stop::Help(text::help(chain)));
            }
            if arg.takes == Takes::Version {
                return Err(Stop::Version);
            }
            state.found.found.push((arg.name(), String::new()));
        }
        Takes::One | Takes::Each => {
            let next = match value {
                None if !state.is_flag() => {
                    let next = state.word().map(str::to_owned);
                    state.at += 1;
                    next
                }
                value => value,
            };
            let Some(next) = next else {
                return wrong(chain, &format!("argument {name}: expected one argument"));
            };
            put(chain, arg, next, state)?;
        }
        Takes::Some => {
            let mut count = 0;
            if let Some(value) = value {
                return put(chain, arg, value, state);
            }
            if state.word().is_some() && !state.is_flag() {
                // What is said last counts, as a whole.
                state.found.found.retain(|(known, _)| *known != arg.name());
            }
            while let Some(word) = state.word().filter(|_| !state.is_flag()).map(str::to_owned) {
                put(chain, arg, word, state)?;
                state.at += 1;
                count += 1;
            }
            if count == 0 {
                return wrong(chain, &format!("argument {name}: expected 1 argument(s)"));
            }
        }
    }
    Ok(())
}

fn put(chain: &[&Parser], arg: &'static Arg, value: String, state: &mut State<'_>) -> Result<(), Stop> {
    let no_number = |class: &str| {
        let name = arg.textual_name();
        let sentence = format!(
            "argument {name}: could not convert '{value}' to {class} (For input string: \"{value}\")"
        );
        wrong(chain, &sentence)
    };
    match arg.kind {
        Type::Short if value.parse::<i16>().is_err() => return no_number("Short"),
        Type::Integer if value.parse::<i32>().is_err() => return no_number("Integer"),
        Type::Long if value.parse::<i64>().is_err() => return no_number("Long"),
        Type::Double if read_double(&value).is_none() => return no_number("Double"),
        _ => {}
    }
    state.found.found.push((arg.name(), value));
    Ok(())
}

/// Nothing more comes for this parser: is everything there?
fn finish(
    chain: &[&Parser],
    parser: &'static Parser,
    state: &mut State<'_>,
    used: &[&'static Arg],
    positionals: Vec<String>,
) -> Result<(), Stop> {
    if positionals.len() < parser.positionals().count() {
        return wrong(chain, "too few arguments");
    }
    for (arg, value) in parser.positionals().zip(positionals) {
        put(chain, arg, value, state)?;
    }
    if state.deferred.is_some() {
        return Ok(());
    }
    let is_used = |arg: &Arg| used.iter().any(|used| used.name() == arg.name());
    // The last one that is missing is complained of.
    if let Some(missing) = parser.options().filter(|arg| arg.required && !is_used(arg)).last() {
        let sentence = format!("argument {} is required", missing.textual_name());
        state.deferred = Some(mistake(chain, &sentence));
        return Ok(());
    }
    for (at, required) in parser.groups.iter().enumerate() {
        let members: Vec<&Arg> = parser.args.iter().filter(|arg| arg.group == at + 1).collect();
        if *required && !members.iter().any(|arg| is_used(arg)) {
            let names: Vec<String> = members.iter().map(|arg| arg.textual_name()).collect();
            let sentence = format!("one of the arguments {} is required", names.join(" "));
            state.deferred = Some(mistake(chain, &sentence));
        }
    }
    Ok(())
}

fn command(
    chain: &mut Vec<&'static Parser>,
    parser: &'static Parser,
    word: &str,
    state: &mut State<'_>,
) -> Result<(), Stop> {
    let mut names: Vec<&str> = parser.commands.iter().map(|command| command.name).collect();
    let exact = parser.commands.iter().find(|command| command.name == word);
    let mut beginning = parser.commands.iter().filter(|command| command.name.starts_with(word));
    let found = match (exact, beginning.next(), beginning.next()) {
        (Some(exact), ..) => exact,
        (None, Some(only), None) => only,
        (None, Some(_), Some(_)) => {
            names.retain(|name| name.starts_with(word));
            names.sort_unstable();
            return wrong(chain, &format!("ambiguous command: {word} could match {}", names.join(", ")));
        }
        (None, None, _) => {
            let shown: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            let sentence = format!("invalid choice: '{word}' (choose from {})", shown.join(", "));
            return Err(Stop::Mistake(text::mistake(chain, &sentence, Some(word))));
        }
    };
    state.at += 1;
    chain.push(found);
    state.found.command = Some(found.name);
    level(chain, state)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGS: &[Arg] = &[
        Arg::value(&["--topic"], "TOPIC", "a topic").required(),
        Arg::value(&["--number"], "", "a number").kind(Type::Long),
        Arg::value(&["--props"], "K=V", "properties").takes(Takes::Some),
        Arg::value(&["--size"], "SIZE", "a size").group(1).kind(Type::Integer),
        Arg::flag(&["--growing", "-g"], "grows").group(1),
    ];
    const TOOL: Parser =
        Parser { groups: &[true], shows_defaults: true, ..Parser::new("tool", "A tool.", ARGS) };
    const SUB: Parser = Parser {
        groups: &[true],
        commands: &[
            Parser::new("list", "lists", &[]),
            Parser::new("describe", "describes", &[Arg::value(&["--id"], "", "which").required()]),
        ],
        ..Parser::new(
            "tool-of-two",
            "A tool of two.",
            &[
                Arg::value(&["--server"], "", "where").group(1),
                Arg::value(&["--controller"], "", "where").group(1),
            ],
        )
    };

    fn parse(parser: &'static Parser, line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match parser.parse(&words) {
            Ok(found) => format!("{:?} {:?}", found.command, found.found),
            Err(Stop::Mistake(text)) => {
                text.split_once("error: ").unwrap().1.replace('\n', " ").trim_end().to_owned()
            }
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn arguments_are_read_as_argparse4j_does() {
        let ok = r#"None [("--topic", "a"), ("--number", "-1"), ("--props", "x=1"), ("--props", "y=2"), ("--growing", "")]"#;
        assert_eq!(parse(&TOOL, "--top a --number -1 --props x=1 y=2 -g"), ok);
        assert_eq!(parse(&TOOL, "--topic=a --number=-1 --props x=1 y=2 --growing"), ok);
        assert_eq!(
            parse(&SUB, "--server x desc --id 7"),
            r#"Some("describe") [("--server", "x"), ("--id", "7")]"#
        );
    }

    #[test]
    fn mistakes_have_argparse4js_sentences() {
        for (line, sentence) in [
            ("--size 5", "argument --topic is required"),
            ("--topic a", "one of the arguments --size --growing/-g is required"),
            ("--topic a --size 5 -g", "argument --growing/-g: not allowed with argument --size"),
            (
                "--topic a --size x",
                "argument --size: could not convert 'x' to Integer (For input string: \"x\")",
            ),
            ("--topic", "argument --topic: expected one argument"),
            ("--props --topic a", "argument --props: expected 1 argument(s)"),
            ("--topic a -g=1", "argument --growing/-g: ignore implicit argument '1'"),
            ("--t a b", "unrecognized arguments: 'b'"),
            ("--tpoic a", "unrecognized arguments: '--tpoic'  Did you mean: \t--topic"),
        ] {
            assert_eq!(parse(&TOOL, line), sentence, "{line}");
        }
        assert_eq!(parse(&SUB, "--server x"), "too few arguments");
        assert_eq!(parse(&SUB, "list"), "one of the arguments --server --controller is required");
        assert_eq!(parse(&SUB, "--server x drop"), "invalid choice: 'drop' (choose from 'list', 'describe')");
        assert!(matches!(SUB.parse(&["list".to_owned(), "-h".to_owned()]), Err(Stop::Help(_))));
    }

    #[test]
    fn a_usage_is_75_columns_wide() {
        let words = ["--server", "x", "describe", "--help"].map(str::to_owned);
        assert_eq!(
            SUB.parse(&words).unwrap_err(),
            Stop::Help(
                "usage: tool-of-two (--server SERVER | --controller CONTROLLER) describe\n                   [-h] --id ID\n\n\
                 describes\n\noptional arguments:\n  -h, --help             show this help message and exit\n  \
                 --id ID                which\n"
                    .to_owned()
            )
        );
        assert!(TOOL.help().starts_with(
            "usage: tool [-h] --topic TOPIC [--number NUMBER] [--props K=V [K=V ...]]\n            (--size SIZE | --growing)\n"
        ));
        assert!(TOOL.help().contains("  --growing, -g          grows (default: false)\n"));
    }
}
