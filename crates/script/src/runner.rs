//! Carries out statements on a timeline, one after the other.
//!
//! A line of Kafka's own tools blocks until the cluster has answered, as the tool does: so that a script says what it
//! seems to say, and always the same.

use crate::statement::Statement;
use crate::until::{Reached, Until};
use millrace_model::{Profile, Span, Time};
use millrace_sim::{Command, EntryId, Fact, Halt, Refusal, Setup, Timeline};
use std::fmt;
use std::sync::Arc;

/// How long a tool waits for the cluster (`request.timeout.ms` of `AdminClient` and its retries: 60 s).
pub const ADMINISTRATOR: Span = Span::from_secs(60);
/// Steps between two looks at whether the world has halted.
const BUDGET: usize = 100_000;

/// See the module.
#[derive(Clone, Debug)]
pub struct Runner {
    timeline: Timeline,
}

/// What became of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The command's entry in the trace.
    pub entry: Option<EntryId>,
    /// Kafka's sentence, if an administrator's request was refused. The script goes on: that is an answer, too.
    pub refused: Option<Arc<str>>,
    /// What a line that only looks has to show.
    pub shown: Option<Arc<str>>,
}

/// Why a statement could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It makes no sense in this world.
    Refused(Refusal),
    /// The cluster has not answered for [`ADMINISTRATOR`].
    NoAnswer,
    /// Time has stopped.
    Halted(Halt),
    /// An expectation is not met: its sentence.
    Unmet(String),
    /// There is nothing to show, or it is too late for this: why.
    Unseen(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(refusal) => refusal.fmt(f),
            Failure::NoAnswer => write!(f, "the cluster has not answered for {ADMINISTRATOR}"),
            Failure::Halted(Halt::StepLimit) => f.write_str("this history has reached its limit of steps"),
            Failure::Halted(Halt::Livelock) => {
                f.write_str("time does not go on: a defect of the engine, worth a report")
            }
            Failure::Unmet(sentence) | Failure::Unseen(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Failure {}

impl Runner {
    /// A runner with an empty history.
    pub fn new(setup: Setup) -> Runner {
        Runner { timeline: Timeline::new(setup) }
    }

    /// Goes on where a history is.
    pub fn with(timeline: Timeline) -> Runner {
        Runner { timeline }
    }

    /// The history.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The history, to keep.
    pub fn into_timeline(self) -> Timeline {
        self.timeline
    }

    /// Carries a statement out.
    ///
    /// # Errors
    /// [`Failure`]; a refused command has changed nothing.
    pub fn run(&mut self, statement: &Statement) -> Result<Answer, Failure> {
        match statement {
            Statement::Do(command) => self.dispatch(command.clone()),
            other => self.carry_out(other),
        }
    }

    /// The same for a line that nobody needs any more: a command is large.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn run_owned(&mut self, statement: Statement) -> Result<Answer, Failure> {
        match statement {
            Statement::Do(command) => self.dispatch(command),
            other => self.carry_out(&other),
        }
    }

    /// What is no command to the world.
    fn carry_out(&mut self, statement: &Statement) -> Result<Answer, Failure> {
        match statement {
            Statement::Do(_) => {}
            Statement::Wait(span) => self.run_until(self.timeline.world().now() + *span)?,
            Statement::WaitUntil(time) => self.run_until(*time)?,
            Statement::Step(n) => {
                for _ in 0..*n {
                    if !self.timeline.step() {
                        self.check_halt()?;
                        break;
                    }
                }
            }
            Statement::Over(_) => {}
            Statement::Travel(travel) => return travel.run(&mut self.timeline),
            Statement::Profile(profile) => self.begin_as(*profile)?,
            Statement::Expect(expectation) => {
                expectation.check(&self.timeline).map_err(Failure::Unmet)?;
            }
            Statement::Show(shown) => {
                let text = shown.text(self.timeline.world()).map_err(Failure::Unseen)?;
                return Ok(Answer { shown: Some(text.into()), ..Answer::default() });
            }
        }
        Ok(Answer::default())
    }

    /// Begins anew as another version, as long as nothing has happened.
    fn begin_as(&mut self, profile: Profile) -> Result<(), Failure> {
        let setup = self.timeline.setup();
        if setup.profile == profile {
            return Ok(());
        }
        let world = self.timeline.world();
        if world.steps() > 0 || world.now() > Time::ZERO || !self.timeline.branch().log().is_empty() {
            let words = format!(
                "this is Kafka {} already: `profile {profile}` stands before everything else",
                setup.profile
            );
            return Err(Failure::Unseen(words));
        }
        self.timeline = Timeline::new(Setup { profile, ..setup.clone() });
        Ok(())
    }

    /// Goes on towards what is waited for, at most about `budget` steps; the end, once it is reached.
    pub fn go_towards(&mut self, until: &mut Until, budget: usize) -> Option<Reached> {
        until.advance(&mut self.timeline, budget)
    }

    /// Lets virtual time pass; a time that lies in the past lets none pass.
    ///
    /// # Errors
    /// If the world halts.
    pub fn run_until(&mut self, target: Time) -> Result<(), Failure> {
        while self.timeline.run_until(target, BUDGET) == BUDGET {}
        self.check_halt()
    }

    /// The same for at most `steps` steps; true once `target` is reached.
    ///
    /// # Errors
    /// If the world halts.
    pub fn advance(&mut self, target: Time, steps: usize) -> Result<bool, Failure> {
        let made = self.timeline.run_until(target, steps);
        self.check_halt()?;
        Ok(made < steps)
    }

    fn check_halt(&self) -> Result<(), Failure> {
        self.timeline.halt().map_or(Ok(()), |halt| Err(Failure::Halted(halt)))
    }

    fn dispatch(&mut self, command: Command) -> Result<Answer, Failure> {
        let awaits = command.awaits_an_answer();
        let entry = self.timeline.dispatch(command).map_err(Failure::Refused)?;
        let mut answer = Answer { entry: Some(entry), ..Answer::default() };
        if awaits {
            self.await_answer()?;
            answer.refused = self.refusal_since(entry);
        }
        Ok(answer)
    }

    fn await_answer(&mut self) -> Result<(), Failure> {
        let deadline = self.timeline.world().now() + ADMINISTRATOR;
        while self.timeline.world().is_administering() {
            let is_due = self.timeline.world().next_time().is_some_and(|next| next <= deadline);
            if !is_due || !self.timeline.step() {
                self.check_halt()?;
                return Err(Failure::NoAnswer);
            }
        }
        Ok(())
    }

    fn refusal_since(&self, entry: EntryId) -> Option<Arc<str>> {
        let branch = self.timeline.branch();
        let newest = branch.entries_before(self.timeline.world().steps());
        newest.take_while(|e| e.id > entry).find_map(|e| match &e.fact {
            Fact::Administered { refused, .. } => refused.clone(),
            _ => None,
        })
    }
}
