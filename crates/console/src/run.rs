//! Carries a line out on a timeline, and says what it prints.

use crate::job::{Job, Stdin, ToolLine};
use crate::lines::Line;
use crate::manual;
use crate::tool;
use millrace_expr::suggest;
use millrace_model::Time;
use millrace_script::language::quote;
use millrace_script::{Failure, Problem, Runner, Statement};
use millrace_sim::{Command, Timeline};
use millrace_tools::{Files, Invocation, Outcome};

/// What a line has printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
    /// The exit code: a tool's own; of our lines 0, 1 for what was refused, 2 for a line that makes no sense.
    pub exit: u8,
    /// A word of the console itself: what was probably meant.
    pub hint: Option<String>,
}

impl Printed {
    fn failed(exit: u8, words: impl Into<String>) -> Printed {
        let mut stderr = words.into();
        if !stderr.ends_with('\n') {
            stderr.push('\n');
        }
        Printed { stderr, exit, ..Printed::default() }
    }
}

/// Carries a line out. In the past of a branch it begins a new one, as every command does.
pub fn run(timeline: &mut Timeline, line: &Line, files: &dyn Files) -> Printed {
    match &line.job {
        Err(problem) => wrong(problem, &line.text),
        Ok(Job::Tool(tool)) => started(timeline, tool, files),
        Ok(Job::Say(statement)) => said(timeline, statement),
        Ok(Job::Bare(command)) => match timeline.dispatch((**command).clone()) {
            Ok(_) => Printed::default(),
            Err(refusal) => Printed::failed(1, refusal.to_string()),
        },
        Ok(Job::Help(words)) => match manual::page(words) {
            Ok(page) => Printed { stdout: page, ..Printed::default() },
            Err(words) => Printed::failed(1, words),
        },
        Ok(Job::Print(text)) => Printed { stdout: text.clone(), ..Printed::default() },
    }
}

/// Carries out words that a shell has cut already; of our own lines, too.
pub fn run_words(timeline: &mut Timeline, words: &[String], stdin: &str, files: &dyn Files) -> Printed {
    let name = words.first().and_then(|word| tool::name(word));
    if let Some(name) = name {
        let argv = [name.to_owned()].into_iter().chain(words.iter().skip(1).cloned()).collect();
        let stdin = if stdin.is_empty() { Stdin::Nothing } else { Stdin::Text(stdin.to_owned()) };
        return started(timeline, &ToolLine { argv, stdin }, files);
    }
    let text = match words {
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    let line = crate::lines(&text, timeline.setup().profile).next();
    line.map_or_else(Printed::default, |line| run(timeline, &line, files))
}

/// A word as a line holds it; an option stays one.
fn quoted(word: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") && name.chars().all(is_name) => {
            format!("{name}={}", quote::quoted(value))
        }
        None if word.starts_with("--") && word.chars().all(is_name) => word.to_owned(),
        _ => quote::quoted(word),
    }
}

fn wrong(problem: &Problem, text: &str) -> Printed {
    Printed::failed(2, format!("{}\n{}", problem.caret(text).trim_end(), problem.sentence()))
}

fn said(timeline: &mut Timeline, statement: &Statement) -> Printed {
    let empty = Timeline::new(timeline.setup().clone());
    let mut runner = Runner::with(std::mem::replace(timeline, empty));
    let answer = runner.run(statement);
    *timeline = runner.into_timeline();
    match answer {
        Ok(answer) => {
            let mut printed = match answer.refused {
                // The cluster's own answer.
                Some(sentence) => Printed::failed(1, &*sentence),
                None => Printed::default(),
            };
            if let Some(shown) = answer.shown {
                printed.stdout = shown.trim_end().to_owned() + "\n";
            }
            printed
        }
        Err(failure @ (Failure::Refused(_) | Failure::NoAnswer | Failure::Halted(_))) => {
            Printed::failed(1, failure.to_string())
        }
        Err(Failure::Unmet(sentence) | Failure::Unseen(sentence)) => Printed::failed(1, sentence),
    }
}

fn started(timeline: &mut Timeline, line: &ToolLine, files: &dyn Files) -> Printed {
    let stdin = match &line.stdin {
        Stdin::Nothing => String::new(),
        Stdin::Text(text) => text.clone(),
        Stdin::File(path) => match files.read(path) {
            Some(text) => text,
            None => return Printed::failed(1, format!("{path}: No such file or directory")),
        },
    };
    let argv = tool::with_bootstrap(timeline.world(), &line.argv);
    let outcome = millrace_tools::run(timeline.world(), &Invocation { argv: &argv, stdin: &stdin, files });
    let Some(outcome) = outcome else {
        return Printed::failed(127, format!("{}: command not found", argv.first().map_or("", |name| name)));
    };
    if let Some(follows) = followed(timeline, &outcome) {
        let words = format!(
            "the playhead stands in the past, and `{follows}` follows while this tool would still be at work: go to the \
             edge of what has happened first, or begin another future with a command"
        );
        return Printed::failed(1, words);
    }
    if let Err(words) = carry_out(timeline, &outcome) {
        return Printed::failed(1, words);
    }
    let hint = hint(line, &outcome);
    Printed { stdout: outcome.stdout, stderr: outcome.stderr, exit: outcome.exit, hint }
}

/// What the tool has not seen: a command of the history that comes before its own first one, or before its end.
fn followed(timeline: &Timeline, outcome: &Outcome) -> Option<String> {
    let world = timeline.world();
    let horizon = outcome.commands.first().map_or(outcome.until, |(at, _)| *at);
    if timeline.is_live() || horizon <= world.now() {
        return None;
    }
    let log = timeline.branch().log();
    let next = log.iter().find(|logged| logged.after >= world.steps())?;
    (next.at <= horizon).then(|| millrace_script::print(&next.command, timeline.setup().profile))
}

/// Does what the tool did to its copy of the world.
fn carry_out(timeline: &mut Timeline, outcome: &Outcome) -> Result<(), String> {
    for (at, command) in &outcome.commands {
        // What is due at this very moment comes after a command that is given now, as it did in the tool's copy.
        pass(timeline, *at)?;
        give(timeline, command)?;
    }
    if outcome.commands.is_empty() {
        return pass(timeline, outcome.until);
    }
    timeline.run_until(outcome.until, usize::MAX);
    halted(timeline)
}

fn give(timeline: &mut Timeline, command: &Command) -> Result<(), String> {
    timeline.dispatch(command.clone()).map(drop).map_err(|refusal| refusal.to_string())
}

fn pass(timeline: &mut Timeline, until: Time) -> Result<(), String> {
    if until > timeline.world().now() {
        timeline.run_until(until, usize::MAX);
    }
    halted(timeline)
}

fn halted(timeline: &Timeline) -> Result<(), String> {
    timeline.halt().map_or(Ok(()), |halt| Err(Failure::Halted(halt).to_string()))
}

/// What was probably meant by an option that the tool does not have, and how a producer gets its records.
fn hint(line: &ToolLine, outcome: &Outcome) -> Option<String> {
    let (name, words) = line.argv.split_first()?;
    if outcome.exit == 0 {
        let is_empty = name == "kafka-console-producer" && line.stdin == Stdin::Nothing;
        let asks = words.iter().any(|word| word == "--version");
        return (is_empty && !asks).then(|| {
            format!("nothing was sent: hand it its records, as in  echo 'hello' | {}", line.argv.join(" "))
        });
    }
    let flags = tool::flags(name, words.first().map(String::as_str));
    let unknown = words.iter().map(|word| word.split('=').next().unwrap_or(word)).find(|word| {
        word.starts_with("--") && word.len() > 2 && flags.iter().all(|flag| flag.name != *word)
    })?;
    let bare = unknown.trim_start_matches('-');
    let names = flags.iter().map(|flag| flag.name.trim_start_matches('-'));
    suggest::nearest(bare, names).map(|nearest| format!("did you mean --{nearest}?"))
}
