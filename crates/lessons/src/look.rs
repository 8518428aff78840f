//! A task's check over a history: what is so already, what is not, and where on the stage that can be seen.
//!
//! It reads state and trace and nothing else: whatever way has led there passes.

use crate::lesson::Task;
use millrace_script::Expectation;
use millrace_script::expectation::Evidence;
use millrace_sim::{Moment, Timeline};

/// One line of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The file's line.
    pub line: usize,
    /// What has to be so.
    pub check: Expectation,
    /// What is so instead, in one sentence; `None` if it is as it should be.
    pub unmet: Option<String>,
    /// Where to look, if it is not.
    pub evidence: Evidence,
}

impl Seen {
    /// True if it is as it should be.
    pub fn is_met(&self) -> bool {
        self.unmet.is_none()
    }
}

/// The check of a task, line by line, in one world.
pub fn look(task: &Task, timeline: &Timeline) -> Vec<Seen> {
    let seen = |(line, check): (usize, &Expectation)| {
        let unmet = check.check(timeline).err();
        let evidence = if unmet.is_some() { check.evidence(timeline) } else { Evidence::default() };
        Seen { line, check: check.clone(), unmet, evidence }
    };
    task.check.checks().map(seen).collect()
}

/// The check of a task over a history that goes on: it is looked at again only if something has happened.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    moment: Option<Moment>,
    seen: Vec<Seen>,
}

impl Watch {
    /// The check now.
    pub fn look(&mut self, task: &Task, timeline: &Timeline) -> &[Seen] {
        let moment = Some(timeline.moment());
        if self.moment != moment {
            self.moment = moment;
            self.seen = look(task, timeline);
        }
        &self.seen
    }

    /// True if all of it was so when it was last looked at.
    pub fn is_met(&self) -> bool {
        !self.seen.is_empty() && self.seen.iter().all(Seen::is_met)
    }
}
