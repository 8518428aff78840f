//! From a history to its file and back.

use super::{SaveFile, SavedBranch};
use crate::language::problem::Problem;
use millrace_expr::Span;
use millrace_sim::timeline::{self, Rebuild};
use millrace_sim::{BranchId, Logged, Moment, Refusal, Timeline};

/// The file of a history.
pub fn save(timeline: &Timeline) -> String {
    let known = timeline.branches();
    let branches = known.iter().map(|branch| {
        let from = branch.forked_from.map(|(branch, step, at)| Moment { branch, step, at });
        // A parent that has been forgotten cannot be referred to: all that was done is written down.
        let from = from.filter(|from| known.iter().any(|other| other.id == from.branch));
        let since = from.map_or(0, |from| from.step);
        let own = branch.log().iter().filter(|logged| logged.after >= since);
        SavedBranch {
            id: branch.id,
            from,
            log: own.map(|logged| (logged.clone(), 0)).collect(),
            end: (branch.step_count(), branch.frontier()),
        }
    });
    let branches = branches.collect();
    SaveFile { setup: timeline.setup().clone(), branches, playhead: timeline.moment() }.print()
}

/// The history of a file, with its branches and its playhead.
///
/// A damaged line, or a command that does not fit, shifts the steps of all that follows. Then only the branch on which
/// the learner was is opened: each command at its time, those that do not fit named and left out.
///
/// # Errors
/// What is no save file.
pub fn open(source: &str) -> Result<(Timeline, Vec<Problem>), Problem> {
    let (file, mut problems) = SaveFile::parse(source)?;
    if problems.is_empty() {
        let (timeline, misfits) = file.rebuild().finish();
        let Some(first) = misfits.first() else { return Ok((timeline, problems)) };
        let log = file.whole_log(first.branch);
        let line = log.get(first.index).map_or(0, |(_, line)| *line);
        problems.push(misfit(source, line, &first.refusal));
    }
    let timeline = file.open_by_time(source, &mut problems);
    Ok((timeline, problems))
}

impl SaveFile {
    /// Begins to rebuild the history, in slices.
    pub fn rebuild(&self) -> Rebuild {
        let saved = self.branches.iter().map(|branch| timeline::SavedBranch {
            id: branch.id,
            forked_from: branch.from.map(|from| (from.branch, from.step, from.at)),
            log: self.whole_log(branch.id).into_iter().map(|(logged, _)| logged).collect(),
            frontier: branch.end.1,
        });
        Rebuild::new(self.setup.clone(), saved.collect(), self.playhead)
    }

    /// The playhead's branch, as far as it can be had.
    fn open_by_time(&self, source: &str, problems: &mut Vec<Problem>) -> Timeline {
        let mut timeline = Timeline::new(self.setup.clone());
        for (logged, line) in self.whole_log(self.playhead.branch) {
            timeline.run_until(logged.at, usize::MAX);
            if let Err(refusal) = timeline.dispatch(logged.command) {
                let problem = misfit(source, line, &refusal);
                if problems.iter().all(|known| known.line != problem.line) {
                    problems.push(problem);
                }
            }
        }
        let branch = self.branches.iter().find(|branch| branch.id == self.playhead.branch);
        let end = branch.map_or(self.playhead.at, |branch| branch.end.1);
        timeline.run_until(end.max(self.playhead.at), usize::MAX);
        timeline.seek(self.playhead.at);
        timeline
    }

    /// Everything that was done on a branch, its parents' part first.
    fn whole_log(&self, id: BranchId) -> Vec<(Logged, usize)> {
        let mut parts: Vec<Vec<(Logged, usize)>> = Vec::new();
        let mut next = self.branches.iter().position(|branch| branch.id == id);
        let mut until = u64::MAX;
        while let Some(branch) = next.and_then(|at| self.branches.get(at)) {
            parts.push(branch.log.iter().filter(|(logged, _)| logged.after < until).cloned().collect());
            let parent = branch.from.and_then(|from| {
                until = until.min(from.step);
                self.branches.iter().position(|other| other.id == from.branch)
            });
            // A parent stands above its child, so this ends.
            next = parent.filter(|parent| next.is_some_and(|here| *parent < here));
        }
        parts.into_iter().rev().flatten().collect()
    }
}

fn misfit(source: &str, line: usize, refusal: &Refusal) -> Problem {
    let start = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let length = source.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    let at = Span { start, end: start + length };
    Problem::new(
        source,
        at,
        "a command that fits the history before it",
        format!("one that does not: {refusal}"),
    )
}
