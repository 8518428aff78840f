//! History as the time bar shows it: where the playhead stands, the marks, the branches.

use super::shelf::Shelf;
use millrace_model::Time;
use millrace_script::Travel;
use millrace_sim::{BranchId, Moment, Timeline};
use millrace_view::{Mark, Marks};
use millrace_words::session as say;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The playhead.
    pub moment: Moment,
    /// The latest time that the current branch has reached.
    pub frontier: Time,
    /// True at the edge of what has happened.
    pub is_live: bool,
    /// What happened on the current branch, as far as it is worth a mark.
    pub marks: Arc<Vec<Mark>>,
    /// The branches, the current one included.
    pub branches: Vec<BranchLine>,
    /// What undo would take back, as a line.
    pub undo: Option<String>,
    /// True if there is something to do again.
    pub can_redo: bool,
    /// Changes with names and bookmarks.
    pub notes: u32,
}

/// A branch as a line on the time bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchLine {
    /// Its number.
    pub id: BranchId,
    /// Where it left its parent.
    pub forked_at: Option<Time>,
    /// How far it goes.
    pub frontier: Time,
    /// Commands in its log.
    pub commands: usize,
    /// True for the one on stage.
    pub is_current: bool,
    /// Steps that it has.
    pub steps: u64,
}

impl History {
    /// The history of a timeline. `collector` reads each step once; `before` spares copying its marks.
    pub fn of(
        timeline: &Timeline,
        shelf: &Shelf,
        collector: &mut Marks,
        before: Option<&History>,
    ) -> History {
        let moment = timeline.moment();
        let branch = timeline.branch();
        let added = collector.read(branch);
        let marks = match before {
            Some(before) if added == 0 && before.marks.len() == collector.marks().len() => {
                before.marks.clone()
            }
            _ => Arc::new(collector.marks().to_vec()),
        };
        let branches = timeline.branches().into_iter().map(|other| BranchLine {
            id: other.id,
            forked_at: other.forked_from.map(|(_, _, at)| at),
            frontier: other.frontier(),
            commands: other.log().len(),
            is_current: other.id == branch.id,
            steps: other.step_count(),
        });
        let profile = timeline.setup().profile;
        let command = timeline.undoable().map(|command| millrace_script::print(command, profile));
        let note = || timeline.noted().map(|noted| Travel::of(noted).print());
        History {
            moment,
            frontier: branch.frontier(),
            is_live: timeline.is_live(),
            marks,
            branches: branches.collect(),
            notes: timeline.notes_seen(),
            undo: command.or_else(note).or_else(|| shelf.has_before().then(|| say::start_over().to_owned())),
            can_redo: timeline.can_redo() || shelf.has_after(),
        }
    }
}
