//! `over`: in how many worlds a check has to hold. A claim that something does not happen says nothing about one run.

use crate::language::arguments::Arguments;
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::add;
use millrace_client::listener::CrashPoint;
use millrace_model::{GroupId, Span};
use millrace_sim::{Command, Fault, Name};

/// Which worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// `over crash points GROUP/INSTANCE`: once for each point of its loop at which the instance can die, at the first, the
    /// second and the third passing. It is started again two seconds later.
    CrashPoints(GroupId, Name),
    /// `over seeds N`: with the seeds 1 to N.
    Seeds(u32),
}

/// One world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// Its seed, if that matters.
    pub seed: Option<u64>,
    /// What is broken as soon as the application is started.
    pub fault: Option<Fault>,
}

impl Over {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Over, Problem> {
        let over = if arguments.choice("over what:", &["crash", "seeds"])? == 0 {
            arguments.choice("points:", &["points"])?;
            let what = "a group and its instance, such as billing/c1";
            let value = arguments.word(what)?;
            match value.text().rsplit_once('/') {
                Some((group, name)) if !group.is_empty() && !name.is_empty() => {
                    Over::CrashPoints(group.into(), name.into())
                }
                _ => return Err(value.wrong(what)),
            }
        } else {
            let what = "how many seeds";
            Over::Seeds(whole(&arguments.word(what)?, what, 1, 10_000)?)
        };
        arguments.done()?;
        Ok(over)
    }

    /// The line that says the same.
    pub fn print(&self) -> String {
        match self {
            Over::CrashPoints(group, name) => {
                let mut line = "over crash points".to_owned();
                add(&mut line, &format!("{group}/{name}"));
                line
            }
            Over::Seeds(count) => format!("over seeds {count}"),
        }
    }

    /// The worlds.
    pub fn variations(&self) -> Vec<Variation> {
        match self {
            Over::Seeds(count) => {
                (1..=u64::from(*count)).map(|seed| Variation { seed: Some(seed), fault: None }).collect()
            }
            Over::CrashPoints(group, name) => {
                let restart = Some(Span::from_secs(2));
                let at = |point: CrashPoint, nth: u64| Fault::CrashAt {
                    group: group.clone(),
                    name: name.clone(),
                    point,
                    nth,
                    restart,
                };
                let points =
                    CrashPoint::ALL.iter().flat_map(|(_, point)| [1, 2, 3].map(|nth| at(*point, nth)));
                points.map(|fault| Variation { seed: None, fault: Some(fault) }).collect()
            }
        }
    }
}

impl Variation {
    /// What is to be broken now that `command` was carried out.
    pub fn after(&self, command: &Command) -> Option<Command> {
        let Some(Fault::CrashAt { group, .. }) = &self.fault else { return None };
        let is_start = matches!(command, Command::StartApp { app, .. } if app.group == *group);
        is_start.then(|| self.fault.clone().map(Command::Fault))?
    }
}
