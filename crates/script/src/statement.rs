//! A line of a script: a command, or time passing, or something that is checked.

use crate::commands;
use crate::expectation::Expectation;
use crate::language::arguments::Arguments;
use crate::language::lexer::{self, Words};
use crate::language::number::whole;
use crate::language::problem::{Problem, shown};
use crate::language::time::{print_time, span, time};
use crate::over::Over;
use crate::shown::Shown;
use crate::travel::{self, Travel};
use millrace_expr::suggest;
use millrace_model::{Profile, Span, Time};
use millrace_sim::{Command, limits};

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Something is done to the world.
    Do(Command),
    /// Virtual time passes.
    Wait(Span),
    /// Virtual time passes until the clock shows this.
    WaitUntil(Time),
    /// So many things happen, whenever that is.
    Step(u64),
    /// Something is checked.
    Expect(Expectation),
    /// In how many worlds the checks of this script have to hold; it does nothing by itself.
    Over(Over),
    /// Something is looked at.
    Show(Shown),
    /// Something is done to history itself.
    Travel(Box<Travel>),
    /// Which version of Kafka this is, before anything else has happened; the lines behind it are read under it.
    Profile(Profile),
}

/// The number of a line in its file, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNo(pub usize);

/// The first words that are no commands.
const OURS: [&str; 5] = ["wait", "step", "expect", "over", "profile"];
/// Longest script, in bytes.
pub const SCRIPT_BYTES: usize = 16 * 1024 * 1024;
/// Most steps of one `step`.
const STEPS: u64 = 1_000_000;

/// Reads one line; `None` if there is nothing in it but blanks and a comment.
///
/// # Errors
/// What was expected where, and what stands there.
pub fn parse_line(source: &str, profile: Profile) -> Result<Option<Statement>, Problem> {
    let words = lexer::words(source, 0).map_err(|(problem, _)| problem)?;
    let more = source.get(words.next..).unwrap_or_default();
    if !more.trim().is_empty() {
        let at = words.next + (more.len() - more.trim_start().len());
        let place = millrace_expr::Span { start: at, end: at };
        return Err(Problem::new(source, place, "one line", "another one"));
    }
    statement(source, words, profile)
}

/// Reads a whole script. Every line that is wrong is named; the others are returned.
pub fn parse_script(source: &str, mut profile: Profile) -> (Vec<(LineNo, Statement)>, Vec<Problem>) {
    let mut statements = Vec::new();
    let mut problems = Vec::new();
    if source.len() > SCRIPT_BYTES {
        let whole = millrace_expr::Span { start: 0, end: 0 };
        let expected = format!("a script of at most {} MiB", SCRIPT_BYTES >> 20);
        problems.push(Problem::new(source, whole, expected, format!("{} bytes", source.len())));
        return (statements, problems);
    }
    let mut start = 0;
    let mut lines = 0;
    while start < source.len() {
        // Problems are told about one statement and then moved, so that a script of n lines costs n.
        let rest = source.get(start..).unwrap_or_default();
        let (next, read) = match lexer::words(rest, 0) {
            Ok(words) => {
                let next = words.next;
                let text = rest.get(..next).unwrap_or(rest);
                (next, statement(text, words, profile))
            }
            Err((problem, next)) => (next, Err(problem)),
        };
        match read {
            Ok(Some(statement)) => {
                if let Statement::Profile(said) = statement {
                    profile = said;
                }
                statements.push((LineNo(lines + 1), statement));
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem.moved(lines, start)),
        }
        lines += rest.get(..next).map_or(0, |text| text.matches('\n').count());
        start += next.max(1);
    }
    (statements, problems)
}

fn statement(source: &str, words: Words, profile: Profile) -> Result<Option<Statement>, Problem> {
    let Some(first) = words.tokens.first() else { return Ok(None) };
    let (name, at) = (first.text.clone(), first.span);
    let end = words.tokens.last().map_or(at.end, |token| token.span.end);
    let mut arguments = Arguments::new(source, words.tokens);
    arguments.word("a command")?;
    if name == "streams"
        && let Some(shown) = Shown::parse(&mut arguments)?
    {
        return Ok(Some(Statement::Show(shown)));
    }
    let command = match name.as_str() {
        "wait" => wait(&mut arguments)?,
        "step" => {
            let count = arguments.argument(&Default::default())?;
            let what = "how many steps";
            let steps = match count {
                Some(crate::language::arguments::Argument::Word(token)) => {
                    whole(&arguments.as_value(token), what, 1, STEPS)?
                }
                _ => 1,
            };
            arguments.done()?;
            Statement::Step(steps)
        }
        "profile" => {
            let name = arguments.word("a version of Kafka")?;
            let known = Profile::from_name(name.text()).ok_or_else(|| name.wrong(Profile::NAMES))?;
            arguments.done()?;
            Statement::Profile(known)
        }
        "over" => Statement::Over(Over::parse(&mut arguments)?),
        "expect" => Statement::Expect(Expectation::parse(source, at.end, end)?),
        name if travel::NAMES.contains(&name) => {
            Statement::Travel(Box::new(Travel::parse(name, source, &mut arguments)?))
        }
        _ => match commands::parse(&name, &mut arguments, profile) {
            Some(command) => Statement::Do(command?),
            None => {
                let known = commands::NAMES.iter().chain(&OURS).chain(&travel::NAMES).copied();
                let nearest = suggest::nearest(&name, known);
                return Err(Problem::new(source, at, "a command", shown(&name)).with_nearest(nearest));
            }
        },
    };
    Ok(Some(command))
}

fn wait(arguments: &mut Arguments<'_>) -> Result<Statement, Problem> {
    if arguments.skip("until") {
        let until = time(&arguments.word("a time such as 12:00:30")?)?;
        arguments.done()?;
        return Ok(Statement::WaitUntil(until));
    }
    let value = arguments.word("a duration such as 10s, or until and a time")?;
    let wait = span(&value, "how long", "s")?;
    if wait > limits::WAIT {
        return Err(value.wrong(format!("at most {}", limits::WAIT)));
    }
    arguments.done()?;
    Ok(Statement::Wait(wait))
}

impl Statement {
    /// The line that says the same: the parser's inverse under the same `profile`.
    pub fn print(&self, profile: Profile) -> String {
        match self {
            Statement::Do(command) => commands::print(command, profile),
            Statement::Wait(span) => format!("wait {span}"),
            Statement::WaitUntil(time) => format!("wait until {}", print_time(*time)),
            Statement::Step(1) => "step".to_owned(),
            Statement::Step(n) => format!("step {n}"),
            Statement::Over(over) => over.print(),
            Statement::Expect(expectation) => format!("expect {expectation}"),
            Statement::Show(shown) => shown.print(),
            Statement::Travel(travel) => travel.print(),
            Statement::Profile(profile) => format!("profile {profile}"),
        }
    }
}
