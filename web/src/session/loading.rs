//! A text becomes a history, a slice at a time: a long one must not stop the page. The text is a saved history, or a
//! script as it is written by hand.

use millrace_model::{Span, Time};
use millrace_script::log::SaveFile;
use millrace_script::{LineNo, Problem, Runner, Statement, parse_script};
use millrace_sim::{Logged, Moment, Setup, Timeline, timeline};

/// Steps that one slice makes at most.
const SLICE: usize = 2_000;
/// Virtual time that one slice of a script lets pass at most.
const WAIT: Span = Span::from_secs(5);
/// Mistakes that are listed before the rest is counted.
const SHOWN: usize = 5;

/// A history on its way back.
pub struct Loading {
    stage: Stage,
    /// What could not be read or did not fit, and was left out.
    left_out: Vec<String>,
}

enum Stage {
    Script { runner: Box<Runner>, statements: std::vec::IntoIter<(LineNo, Statement)>, until: Option<Time> },
    Rebuild(Box<timeline::Rebuild>),
}

impl Loading {
    /// Reads a text.
    ///
    /// # Errors
    /// The lines that are wrong, each named.
    pub fn begin(text: &str) -> Result<Loading, String> {
        if text.trim_start().starts_with("millrace ") {
            let (file, problems) = SaveFile::parse(text).map_err(|problem| problem.to_string())?;
            let left_out = problems.iter().map(ToString::to_string).collect();
            return Ok(Loading { stage: Stage::Rebuild(Box::new(rebuild(file))), left_out });
        }
        let setup = Setup::default();
        let (statements, problems) = parse_script(text, setup.profile);
        if !problems.is_empty() {
            return Err(list(problems.iter().map(Problem::to_string).collect()));
        }
        let stage = Stage::Script {
            runner: Box::new(Runner::new(setup)),
            statements: statements.into_iter(),
            until: None,
        };
        Ok(Loading { stage, left_out: Vec::new() })
    }

    /// Goes on for one slice; true once all is done.
    ///
    /// # Errors
    /// A line of a script that makes no sense in its place.
    pub fn go_on(&mut self) -> Result<bool, String> {
        match &mut self.stage {
            Stage::Rebuild(rebuild) => Ok(rebuild.advance(SLICE)),
            Stage::Script { runner, statements, until } => {
                if let Some(target) = *until {
                    let now = runner.timeline().world().now();
                    runner.run_until(target.min(now + WAIT)).map_err(|failure| failure.to_string())?;
                    *until = (now + WAIT < target).then_some(target);
                    return Ok(false);
                }
                let now = runner.timeline().world().now();
                match statements.next() {
                    Some((_, Statement::Wait(span))) => *until = Some(now + span),
                    Some((_, Statement::WaitUntil(time))) => *until = Some(time),
                    // The page does not check; the console and the tests do.
                    Some((_, Statement::Expect(_))) => {}
                    Some((line, statement)) => {
                        runner.run(&statement).map_err(|why| format!("line {}: {why}", line.0))?;
                    }
                    None => return Ok(true),
                }
                Ok(false)
            }
        }
    }

    /// How far it has come.
    pub fn percent(&self) -> u8 {
        match &self.stage {
            Stage::Script { .. } => 0,
            Stage::Rebuild(rebuild) => rebuild.percent(),
        }
    }

    /// The history, once all is done, and a sentence about what had to be left out.
    pub fn finish(self) -> (Timeline, Option<String>) {
        let mut left_out = self.left_out;
        let timeline = match self.stage {
            Stage::Script { runner, .. } => {
                // "Undo" takes back what the learner does, not how the scene was set.
                let mut timeline = runner.into_timeline();
                timeline.forget_undo();
                timeline
            }
            Stage::Rebuild(rebuild) => {
                let (timeline, misfits) = rebuild.finish();
                left_out.extend(misfits.iter().map(|misfit| {
                    format!("command {} of branch {}: {}", misfit.index + 1, misfit.branch.0, misfit.refusal)
                }));
                timeline
            }
        };
        let says = (!left_out.is_empty()).then(|| format!("left out: {}", list(left_out)));
        (timeline, says)
    }

    /// All at once, for texts that are known to be short.
    ///
    /// # Errors
    /// As [`Loading::begin`] and [`Loading::go_on`].
    pub fn at_once(text: &str) -> Result<Timeline, String> {
        let mut loading = Loading::begin(text)?;
        while !loading.go_on()? {}
        Ok(loading.finish().0)
    }
}

fn list(mut lines: Vec<String>) -> String {
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// A file's branches hold what was done since they left their parents; the timeline wants whole logs.
fn rebuild(file: SaveFile) -> timeline::Rebuild {
    let mut saved: Vec<timeline::SavedBranch> = Vec::new();
    for branch in file.branches {
        let from = branch.from.map(|Moment { branch, step, at }| (branch, step, at));
        let parent = from.and_then(|(id, step, _)| Some((saved.iter().find(|other| other.id == id)?, step)));
        let mut log: Vec<Logged> = parent.map_or_else(Vec::new, |(parent, step)| {
            parent.log.iter().filter(|logged| logged.after < step).cloned().collect()
        });
        log.extend(branch.log.into_iter().map(|(logged, _)| logged));
        saved.push(timeline::SavedBranch { id: branch.id, forked_from: from, log, frontier: branch.end.1 });
    }
    timeline::Rebuild::new(file.setup, saved, file.playhead)
}
