//! `millrace run` and `millrace metrics`: a script from its first line to its last.

use crate::arguments::{Output, RunOptions};
use crate::{FAILED, WRONG, complain, json, line};
use millrace_model::Time;
use millrace_script::{Failure, LineNo, Runner, Statement, parse_script};
use millrace_sim::{Setup, Timeline};
use std::io::{BufWriter, Read, Write};

pub fn run(options: &RunOptions) -> u8 {
    let (timeline, code) = match played(options) {
        Ok(played) => played,
        Err(code) => return code,
    };
    if let Err(error) = print(timeline, options)
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return complain(&error.to_string());
    }
    code.map_or(0, |(sentence, code)| {
        complain(&sentence);
        code
    })
}

/// The history of a script; with it, what has failed and the exit code for it.
///
/// # Errors
/// The exit code, if there is nothing that could be run; why has been said.
pub fn played(options: &RunOptions) -> Result<(Timeline, Option<(String, u8)>), u8> {
    let (name, source) = read(options).map_err(|wrong| complain(&wrong))?;
    let (statements, problems) = parse_script(&source, options.profile);
    if !problems.is_empty() {
        let said: Vec<String> = problems
            .iter()
            .map(|p| format!("{name}:{}:{}: {}\n{}", p.line, p.column, p.sentence(), p.caret(&source)))
            .collect();
        return Err(complain(&said.join("\n")));
    }
    let mut runner = Runner::new(Setup { seed: options.seed, profile: options.profile });
    let failed = carry_out(&mut runner, &statements, options);
    let failed = failed.map(|(LineNo(number), failure)| {
        let code = if matches!(failure, Failure::Unmet(_)) { FAILED } else { WRONG };
        (format!("{name}:{number}: {failure}"), code)
    });
    Ok((runner.into_timeline(), failed))
}

fn read(options: &RunOptions) -> Result<(String, String), String> {
    let mut source = String::new();
    if options.file.as_os_str() == "-" {
        let read = std::io::stdin().read_to_string(&mut source);
        return read.map(|_| ("-".to_owned(), source)).map_err(|error| format!("standard input: {error}"));
    }
    let name = options.file.display().to_string();
    match std::fs::read_to_string(&options.file) {
        Ok(source) => Ok((name, source)),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn carry_out(
    runner: &mut Runner,
    statements: &[(LineNo, Statement)],
    options: &RunOptions,
) -> Option<(LineNo, Failure)> {
    for (number, statement) in statements {
        match runner.run(statement) {
            Ok(answer) => {
                // Among JSON lines and hashes it would be one that nobody can read.
                if let Some(text) = answer.shown.filter(|_| options.output == Output::Text) {
                    crate::print(&text);
                }
            }
            Err(failure) => return Some((*number, failure)),
        }
    }
    let last = statements.last().map_or(LineNo(1), |(number, _)| *number);
    let until = options.until.map(|until| Time::ZERO + until)?;
    runner.run_until(until).err().map(|failure| (last, failure))
}

fn print(timeline: Timeline, options: &RunOptions) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match options.output {
        Output::Text => {
            let forgotten = timeline.branch().forgotten_entries();
            if forgotten > 0 {
                writeln!(out, "… {forgotten} earlier entries are forgotten")?;
            }
            for entry in timeline.branch().steps().iter().flat_map(|step| step.entries.iter()) {
                if let Some(line) = line::line(entry, timeline.world(), options.all) {
                    writeln!(out, "{line}")?;
                }
            }
        }
        Output::Json => {
            for entry in timeline.branch().steps().iter().flat_map(|step| step.entries.iter()) {
                writeln!(out, "{}", json::entry(entry, timeline.world()))?;
            }
        }
        Output::Hash => hashes(timeline, &mut out)?,
        // Writes files instead.
        Output::Export => {}
        Output::Metrics => write!(out, "{}", millrace_view::metrics::exposition(&timeline))?,
    }
    out.flush()
}

/// The history once more from the start, with the hash after each step.
fn hashes(mut timeline: Timeline, out: &mut impl Write) -> std::io::Result<()> {
    let steps = timeline.branch().step_count();
    timeline.seek_step(0);
    loop {
        let world = timeline.world();
        writeln!(out, "{} {} {:016x}", world.steps(), world.now(), world.state_hash())?;
        if world.steps() >= steps || !timeline.step() {
            return Ok(());
        }
    }
}
