//! From a history to its file and back.

use super::{ENGINE, SaveFile, SavedBranch};
use crate::language::problem::Problem;
use millrace_expr::Span;
use millrace_model::Profile;
use millrace_sim::timeline::{self, Misfit, Rebuild};
use millrace_sim::{BranchId, Logged, Moment, Refusal, Timeline};

/// The file of a history.
pub fn save(timeline: &Timeline) -> String {
    file_of(timeline).print()
}

/// The file of the same commands for a world of another version of Kafka. What a line leaves open is that version's default;
/// no state of another version is what it has to come to.
pub fn save_for(timeline: &Timeline, profile: Profile) -> String {
    SaveFile { hash: None, ..file_of(timeline) }.print_for(profile)
}

fn file_of(timeline: &Timeline) -> SaveFile {
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
            name: timeline.name_of(branch.id).map(Into::into),
            bookmarks: timeline
                .bookmarks()
                .iter()
                .filter(|b| b.moment.branch == branch.id)
                .cloned()
                .collect(),
        }
    });
    let branches = branches.collect();
    SaveFile {
        setup: timeline.setup().clone(),
        branches,
        playhead: timeline.moment(),
        engine: Some(ENGINE.to_owned()),
        hash: Some(timeline.world().state_hash()),
    }
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
    let rebuild = if problems.is_empty() { file.rebuild() } else { file.rebuild().by_time() };
    let (mut timeline, misfits) = rebuild.finish();
    file.note(&mut timeline);
    for Misfit { branch, index, refusal } in misfits {
        let line = file.whole_log(branch).get(index).map_or(0, |(_, line)| *line);
        if problems.iter().all(|known| known.line != line) {
            problems.push(misfit(source, line, &refusal));
        }
    }
    Ok((timeline, problems))
}

impl SaveFile {
    /// Writes names and bookmarks on a history that was rebuilt.
    pub fn note(&self, timeline: &mut Timeline) {
        let names = self.branches.iter().filter_map(|branch| Some((branch.id, branch.name.clone()?)));
        let bookmarks = self.branches.iter().flat_map(|branch| branch.bookmarks.iter().cloned());
        timeline.restore_notes(names.collect(), bookmarks.collect());
    }

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
