//! A session as a script: its lines with waits between, which bring another console to the same state.
//!
//! Each line is tried on a history of its own before it is written down. A line that was typed stands as it was typed; what
//! was clicked stands as the line that does the same. Where a tool would do more than the click did (it waits for the
//! answer, it looks first), `bare` says so.

use crate::job::Job;
use crate::lines::{Line, lines};
use crate::run::run;
use crate::tool;
use millrace_model::collections::sort;
use millrace_model::{Span, Time};
use millrace_script::travel::Travel;
use millrace_script::{Statement, print};
use millrace_sim::{BranchId, Logged, Moment, Setup, Timeline, limits};
use millrace_tools::NoFiles;

/// A line that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// As it was written.
    pub line: String,
    /// Where the playhead was.
    pub before: Moment,
    /// How many commands it gave.
    pub given: usize,
}

/// The history up to the playhead as a script. `typed` are the lines that were typed and went well, the oldest first; those
/// that are no part of this branch are left out.
pub fn recorded(timeline: &Timeline, typed: &[Typed]) -> String {
    let here = timeline.moment();
    let log = timeline.branch().log();
    let log = log.get(..log.partition_point(|logged| logged.after < here.step)).unwrap_or(log);
    let setup = timeline.setup().clone();
    let mut record = Record {
        timeline: Timeline::new(setup.clone()),
        log,
        end: (here.step, here.at),
        written: (0, Time::ZERO),
        text: String::new(),
    };
    let lineage = lineage(timeline);
    let is_of_it = |typed: &&Typed| {
        lineage.iter().any(|(branch, end)| *branch == typed.before.branch && typed.before.step <= *end)
    };
    let typed = typed.iter().filter(is_of_it).filter(|typed| is_worth_it(&typed.line, &setup));
    // Somebody may have gone back to look at something.
    let mut typed: Vec<(usize, &Typed)> = typed.enumerate().collect();
    sort::sort_by_key(&mut typed, |(index, typed)| (typed.before.step, typed.before.at, *index));
    let mut typed = typed.into_iter().map(|(_, typed)| typed).peekable();
    loop {
        let next = record.log.get(record.timeline.branch().log().len());
        let due = next.map_or(record.end, |logged| (logged.after, logged.at));
        if let Some(line) = typed.next_if(|typed| (typed.before.step, typed.before.at) <= due) {
            record.try_typed(line);
        } else if let Some(logged) = next {
            record.command(logged);
        } else {
            break;
        }
    }
    record.reach(here.step, here.at);
    record.pass();
    let default = Setup::default();
    let mut head = "# A recorded session. It runs in the console, and as:  millrace console".to_owned();
    if setup.seed != default.seed {
        head.push_str(&format!(" --seed {}", setup.seed));
    }
    head.push_str(" < session.mill\n");
    if setup.profile != default.profile {
        head.push_str(&format!("profile {}\n", setup.profile));
    }
    head + &record.text
}

/// The branch on stage and those that it grew from, each with the step up to which it counts.
fn lineage(timeline: &Timeline) -> Vec<(BranchId, u64)> {
    let all = timeline.branches();
    let mut lineage = vec![(timeline.branch().id, timeline.moment().step)];
    let mut next = timeline.branch().forked_from;
    while let Some((id, step, _)) = next.filter(|(id, ..)| lineage.iter().all(|(known, _)| known != id)) {
        let end = lineage.last().map_or(step, |(_, end)| step.min(*end));
        lineage.push((id, end));
        next = all.iter().find(|branch| branch.id == id).and_then(|branch| branch.forked_from);
    }
    lineage
}

/// Help and journeys through history are no part of a script.
fn is_worth_it(text: &str, setup: &Setup) -> bool {
    lines(text, setup.profile).all(|line| match &line.job {
        Ok(Job::Help(_) | Job::Print(_)) | Err(_) => false,
        Ok(Job::Say(statement)) => match &**statement {
            Statement::Travel(travel) => matches!(**travel, Travel::Until(..)),
            // It stands at the head.
            Statement::Profile(_) => false,
            _ => true,
        },
        Ok(Job::Tool(_) | Job::Bare(_)) => true,
    })
}

struct Record<'a> {
    /// The script so far, carried out.
    timeline: Timeline,
    /// What was given.
    log: &'a [Logged],
    /// Where it ends.
    end: (u64, Time),
    /// Steps and clock behind the last line that was written.
    written: (u64, Time),
    text: String,
}

impl Record<'_> {
    /// Lets happen what had happened then; false if that cannot be.
    fn reach(&mut self, step: u64, at: Time) -> bool {
        while self.timeline.world().steps() < step {
            let is_due = self.timeline.world().next_time().is_some_and(|next| next <= at);
            if !is_due || !self.timeline.step() {
                return false;
            }
        }
        let world = self.timeline.world();
        if world.steps() == step && world.next_time().is_none_or(|next| next > at) {
            self.timeline.run_until(at, usize::MAX);
        }
        self.timeline.world().steps() == step && self.timeline.world().now() == at
    }

    /// Writes down what has passed since the last line.
    fn pass(&mut self) {
        let world = self.timeline.world();
        let (steps, now) = (world.steps(), world.now());
        if (steps, now) == self.written {
            return;
        }
        let is_settled = world.next_time().is_none_or(|next| next > now);
        let mut span = now.since(self.written.1);
        if is_settled && span > Span::ZERO {
            while span > limits::WAIT {
                self.say(&Statement::Wait(limits::WAIT).print(self.timeline.setup().profile));
                span = Span(span.0 - limits::WAIT.0);
            }
            self.say(&Statement::Wait(span).print(self.timeline.setup().profile));
        } else {
            self.say(&Statement::Step(steps - self.written.0).print(self.timeline.setup().profile));
        }
        self.written = (steps, now);
    }

    fn say(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes a line down that has been carried out on `timeline`.
    fn adopt(&mut self, line: &str, timeline: Timeline) {
        self.pass();
        self.say(line);
        self.timeline = timeline;
        self.written = (self.timeline.world().steps(), self.timeline.world().now());
    }

    fn try_typed(&mut self, typed: &Typed) {
        let before = self.timeline.clone();
        if !self.reach(typed.before.step, typed.before.at) {
            self.timeline = before;
            return;
        }
        if let Some(after) = self.tried(&typed.line, typed.given) {
            self.adopt(&typed.line, after);
        }
    }

    /// What comes of a text, if it is what came of it then.
    fn tried(&self, text: &str, given: usize) -> Option<Timeline> {
        let mut timeline = self.timeline.clone();
        let read: Vec<Line> = lines(text, timeline.setup().profile).collect();
        if read.iter().any(|line| run(&mut timeline, line, &NoFiles).exit != 0) {
            return None;
        }
        let (before, made) = (self.timeline.branch().log().len(), timeline.branch().log());
        let is_same = made.len() == before + given && self.log.get(..made.len()) == Some(made);
        let next = self.log.get(made.len()).map_or(self.end, |logged| (logged.after, logged.at));
        let world = timeline.world();
        (is_same && world.steps() <= next.0 && world.now() <= next.1).then_some(timeline)
    }

    fn command(&mut self, logged: &Logged) {
        self.reach(logged.after, logged.at);
        let line = print(&logged.command, self.timeline.setup().profile);
        let is_tool = line.split(' ').next().is_some_and(|word| tool::name(word).is_some());
        let tried = if is_tool { self.tried(&line, 1) } else { None };
        if let Some(after) = tried {
            self.adopt(&line, after);
            return;
        }
        let mut after = self.timeline.clone();
        // It was given in this very place, so that it is not refused; without it, nothing that follows would fit.
        if after.dispatch(logged.command.clone()).is_err() {
            self.say(&format!("# left out: {line}"));
            self.log = self.log.get(..self.timeline.branch().log().len()).unwrap_or_default();
            return;
        }
        let line = if is_tool { format!("bare {line}") } else { line };
        self.adopt(&line, after);
    }
}
