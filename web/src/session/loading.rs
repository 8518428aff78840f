//! A text becomes a history, a slice at a time: a long one must not stop the page. The text is a saved history, or a
//! script as it is written by hand.

use millrace_model::{Profile, Span, Time};
use millrace_script::link::{ALLOWANCE, Damage};
use millrace_script::log::{self, SaveFile};
use millrace_script::until::{Reached, Until};
use millrace_script::{LineNo, Problem, Runner, Statement, Travel, parse_script};
use millrace_sim::{Setup, Timeline, timeline};
use millrace_words::session as say;

/// Steps that one slice makes at most.
const SLICE: usize = 2_000;
/// Virtual time that one slice of a script lets pass at most.
const WAIT: Span = Span::from_secs(5);
/// Steps after which one slice looks whether something holds; a look may go through the whole trace.
const LOOKS: usize = 500;
/// Mistakes that are listed before the rest is counted.
const SHOWN: usize = 5;

/// A history on its way back.
pub struct Loading {
    stage: Stage,
    /// What could not be read or did not fit, and was left out.
    left_out: Vec<String>,
    /// What a link suffered on its way here.
    damage: Option<Damage>,
    /// Whether it may do no more than a link allows.
    is_linked: bool,
    /// Whether it takes the place of a history that is the learner's: one undo leads back to that one.
    is_anew: bool,
}

/// What was loaded.
pub struct Loaded {
    /// The history.
    pub timeline: Timeline,
    /// Sentences about what is wrong: what was left out, a link that is damaged, a state that is not the saved one.
    pub wrong: Vec<String>,
    /// A sentence about the engine that wrote it, if it was another one: then the text is worth keeping as it is.
    pub foreign: Option<String>,
}

enum Stage {
    Script {
        runner: Box<Runner>,
        statements: std::vec::IntoIter<(LineNo, Statement)>,
        until: Option<Time>,
        /// What time runs towards, and the line that says so.
        goal: Option<Box<(LineNo, Until)>>,
    },
    Rebuild(Box<(timeline::Rebuild, SaveFile)>),
}

impl Loading {
    /// Reads a text.
    ///
    /// # Errors
    /// The lines that are wrong, each named.
    pub fn begin(text: &str) -> Result<Loading, String> {
        Loading::begin_with(text, Setup::default())
    }

    /// The same; a script, which does not say what its world begins with, begins with `setup`.
    ///
    /// # Errors
    /// As [`Loading::begin`].
    pub fn begin_with(text: &str, setup: Setup) -> Result<Loading, String> {
        if text.trim_start().starts_with("millrace ") {
            let (file, problems) = SaveFile::parse(text).map_err(|problem| problem.to_string())?;
            let left_out = problems.iter().map(ToString::to_string).collect();
            let rebuild = if problems.is_empty() { file.rebuild() } else { file.rebuild().by_time() };
            let stage = Stage::Rebuild(Box::new((rebuild, file)));
            return Ok(Loading { stage, left_out, damage: None, is_linked: false, is_anew: false });
        }
        let (statements, problems) = parse_script(text, setup.profile);
        if !problems.is_empty() {
            return Err(list(problems.iter().map(Problem::to_string).collect()));
        }
        let stage = Stage::Script {
            runner: Box::new(Runner::new(setup)),
            statements: statements.into_iter(),
            until: None,
            goal: None,
        };
        Ok(Loading { stage, left_out: Vec::new(), damage: None, is_linked: false, is_anew: false })
    }

    /// The commands of a history once more, in a new world of another version of Kafka: each at its time, those that it does
    /// not know named and left out.
    ///
    /// # Errors
    /// As [`Loading::begin`].
    pub fn begin_as(timeline: &Timeline, profile: Profile) -> Result<Loading, String> {
        let text = log::save_for(timeline, profile);
        let (file, problems) = SaveFile::parse(&text).map_err(|problem| problem.to_string())?;
        // Who reads it never saw the text: the command says more than its line's number.
        let told = |problem: &Problem| {
            let line = text.lines().nth(problem.line.saturating_sub(1)).unwrap_or_default();
            let command = line.splitn(3, ' ').last().unwrap_or_default();
            [command, ": ", &problem.sentence()].concat()
        };
        let left_out = problems.iter().map(told).collect();
        let stage = Stage::Rebuild(Box::new((file.rebuild().by_time(), file)));
        Ok(Loading { stage, left_out, damage: None, is_linked: false, is_anew: true })
    }

    /// Reads the text of a link, whose history may do no more than a link allows.
    ///
    /// # Errors
    /// As [`Loading::begin`].
    pub fn begin_linked(text: &str, damage: Option<Damage>) -> Result<Loading, String> {
        let Loading { stage, left_out, .. } = Loading::begin(text)?;
        let stage = match stage {
            Stage::Rebuild(rebuild) => {
                let (rebuild, file) = *rebuild;
                Stage::Rebuild(Box::new((rebuild.within(ALLOWANCE), file)))
            }
            script @ Stage::Script { .. } => script,
        };
        Ok(Loading { stage, left_out, damage, is_linked: true, is_anew: false })
    }

    /// Goes on for one slice; true once all is done.
    ///
    /// # Errors
    /// A line of a script that makes no sense in its place.
    pub fn go_on(&mut self) -> Result<bool, String> {
        match &mut self.stage {
            Stage::Rebuild(rebuild) => Ok(rebuild.0.advance(SLICE)),
            Stage::Script { runner, statements, until, goal } => {
                if self.is_linked && !ALLOWANCE.permits(runner.timeline().world()) {
                    self.left_out.push(say::what_comes_after().to_owned());
                    return Ok(true);
                }
                if let Some(target) = *until {
                    let now = runner.timeline().world().now();
                    runner.run_until(target.min(now + WAIT)).map_err(|failure| failure.to_string())?;
                    *until = (now + WAIT < target).then_some(target);
                    return Ok(false);
                }
                if let Some((line, until)) = goal.as_deref_mut() {
                    if let Some(reached) = runner.go_towards(until, LOOKS) {
                        if !matches!(reached, Reached::Holds { .. }) {
                            let says = until.says(&reached, runner.timeline());
                            self.left_out.push(say::in_line(&line.0, &says));
                        }
                        *goal = None;
                    }
                    return Ok(false);
                }
                let now = runner.timeline().world().now();
                match statements.next() {
                    Some((_, Statement::Wait(span))) => *until = Some(now + span),
                    Some((_, Statement::WaitUntil(time))) => *until = Some(time),
                    Some((line, Statement::Travel(travel))) if matches!(*travel, Travel::Until(..)) => {
                        if let Travel::Until(expectation, within) = *travel {
                            let until = Until::new(expectation, runner.timeline(), within);
                            *goal = Some(Box::new((line, until)));
                        }
                    }
                    // The page does not check; the console and the tests do.
                    Some((_, Statement::Expect(_))) => {}
                    Some((line, statement)) => {
                        runner.run_owned(statement).map_err(|why| say::in_line_why(&line.0, &why))?;
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
            Stage::Rebuild(rebuild) => rebuild.0.percent(),
        }
    }

    /// The history, once all is done, and what is to be said of it.
    pub fn finish(self) -> Loaded {
        let (mut left_out, mut wrong, mut foreign) = (self.left_out, Vec::new(), None);
        let timeline = match self.stage {
            Stage::Script { runner, .. } => {
                // "Undo" takes back what the learner does, not how the scene was set.
                let mut timeline = runner.into_timeline();
                timeline.forget_undo();
                timeline
            }
            Stage::Rebuild(rebuild) => {
                let (rebuild, file) = *rebuild;
                let is_cut = rebuild.is_cut();
                let (mut timeline, misfits) = rebuild.finish();
                file.note(&mut timeline);
                if self.is_anew {
                    timeline.forget_undo();
                }
                left_out.extend(misfits.iter().map(|misfit| {
                    say::command_of_branch(&(misfit.index + 1), &misfit.branch.0, &misfit.refusal)
                }));
                if is_cut {
                    left_out.push(say::what_comes_after().to_owned());
                }
                let verdict = file.verdict(timeline.moment(), timeline.world());
                if verdict.engine.is_some() {
                    foreign = Some(verdict.to_string());
                } else if !verdict.is_silent() && left_out.is_empty() && self.damage.is_none() {
                    wrong.push(verdict.to_string());
                }
                timeline
            }
        };
        wrong.extend(self.damage.map(|damage| damage.to_string()));
        if !left_out.is_empty() {
            wrong.push(say::left_out(&list(left_out)));
        }
        Loaded { timeline, wrong, foreign }
    }

    /// All at once, for texts that are known to be short.
    ///
    /// # Errors
    /// As [`Loading::begin`] and [`Loading::go_on`].
    pub fn at_once(text: &str) -> Result<Timeline, String> {
        let mut loading = Loading::begin(text)?;
        while !loading.go_on()? {}
        Ok(loading.finish().timeline)
    }
}

fn list(mut lines: Vec<String>) -> String {
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(say::and_more(&more));
    }
    lines.join("\n")
}
