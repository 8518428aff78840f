//! What the learner wrote on a history: names of branches, bookmarks, and which branches were thrown away.
//!
//! None of it is part of a world: notes change no state and no hash. Each is a deed that undo takes back, so that the
//! whole of them is small and copied before every change.

use super::{BranchId, Moment, Timeline, undo::Deed};
use std::fmt;
use std::sync::Arc;

/// Longest name of a branch or a bookmark, in characters.
pub const NAME: usize = 60;
/// Bookmarks of one history; one more is refused.
pub const BOOKMARKS: usize = 200;

/// A moment with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// What it is called, unique in its history.
    pub name: Arc<str>,
    /// Where it is.
    pub moment: Moment,
}

/// Something that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// A branch was given a name; an empty one takes it away.
    Named(BranchId, Arc<str>),
    /// A branch was thrown away.
    Deleted(BranchId),
    /// A bookmark was set.
    Bookmarked(Arc<str>),
    /// A bookmark was taken away.
    Unmarked(Arc<str>),
}

/// Why something could not be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotNote {
    /// There is no such branch.
    NoBranch,
    /// The branch on stage cannot be thrown away.
    OnStage,
    /// Another one has this name.
    Taken(Arc<str>),
    /// There is no such bookmark.
    NoBookmark(Arc<str>),
    /// It is no name: empty, too long, or with control characters.
    NoName,
    /// [`BOOKMARKS`] are there.
    TooMany,
}

impl fmt::Display for CannotNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotNote::NoBranch => f.write_str("there is no such branch"),
            CannotNote::OnStage => {
                f.write_str("the branch on stage cannot be deleted: switch to another one first")
            }
            CannotNote::Taken(name) => write!(f, "there is a {name} already"),
            CannotNote::NoBookmark(name) => write!(f, "there is no bookmark {name}"),
            CannotNote::NoName => write!(f, "a name has 1 to {NAME} characters on one line"),
            CannotNote::TooMany => write!(f, "a history keeps at most {BOOKMARKS} bookmarks"),
        }
    }
}

impl std::error::Error for CannotNote {}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) names: Vec<(BranchId, Arc<str>)>,
    pub(super) bookmarks: Vec<Bookmark>,
    /// Thrown away: kept for undo until room is needed.
    pub(super) deleted: Vec<BranchId>,
    /// How often something was noted, taken back or done again.
    changes: u32,
}

impl Notes {
    fn name(&self, id: BranchId) -> Option<&Arc<str>> {
        self.names.iter().find(|(named, _)| *named == id).map(|(_, name)| name)
    }

    /// A branch is gone for good.
    pub(super) fn forget(&mut self, id: BranchId) {
        self.names.retain(|(named, _)| *named != id);
        self.bookmarks.retain(|bookmark| bookmark.moment.branch != id);
        self.deleted.retain(|deleted| *deleted != id);
    }
}

/// A name as it is kept: without blanks around it.
fn name(text: &str) -> Result<Arc<str>, CannotNote> {
    let text = text.trim();
    let fits = (1..=NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.into()) } else { Err(CannotNote::NoName) }
}

impl Timeline {
    /// What a branch was called, if it was.
    pub fn name_of(&self, id: BranchId) -> Option<&str> {
        self.notes.name(id).map(|name| &**name)
    }

    /// What a branch is called: its name, or `future N`.
    pub fn title_of(&self, id: BranchId) -> String {
        self.name_of(id).map_or_else(|| format!("future {}", id.0.saturating_add(1)), str::to_owned)
    }

    /// A number that changes with the notes.
    pub fn notes_seen(&self) -> u32 {
        self.notes.changes
    }

    /// The bookmarks, in the order in which they were set.
    pub fn bookmarks(&self) -> &[Bookmark] {
        &self.notes.bookmarks
    }

    /// One bookmark.
    pub fn bookmark(&self, name: &str) -> Option<&Bookmark> {
        self.notes.bookmarks.iter().find(|bookmark| &*bookmark.name == name)
    }

    /// Gives a branch a name; an empty one takes it away.
    ///
    /// # Errors
    /// No such branch, no name, or one that another branch has.
    pub fn name_branch(&mut self, id: BranchId, text: &str) -> Result<(), CannotNote> {
        if !self.branches().iter().any(|branch| branch.id == id) {
            return Err(CannotNote::NoBranch);
        }
        let mut notes = self.notes.clone();
        notes.names.retain(|(named, _)| *named != id);
        let new: Arc<str> = if text.trim().is_empty() { Arc::default() } else { name(text)? };
        if !new.is_empty() {
            let is_taken = |other: &&super::Branch| other.id != id && self.title_of(other.id) == *new;
            if self.branches().iter().any(is_taken) {
                return Err(CannotNote::Taken(new));
            }
            notes.names.push((id, new.clone()));
        }
        self.note(Noted::Named(id, new), notes);
        Ok(())
    }

    /// Throws a branch away. Bookmarks in what it shares with another one stay there; its own go with it.
    ///
    /// # Errors
    /// No such branch, or it is on stage.
    pub fn delete_branch(&mut self, id: BranchId) -> Result<(), CannotNote> {
        if id == self.here.id {
            return Err(CannotNote::OnStage);
        }
        let kept: Vec<BranchId> = self.branches().iter().map(|b| b.id).filter(|kept| *kept != id).collect();
        if kept.len() == self.branches().len() {
            return Err(CannotNote::NoBranch);
        }
        let mut notes = self.notes.clone();
        for bookmark in &mut notes.bookmarks {
            if bookmark.moment.branch == id
                && let Some(heir) = kept.iter().find(|heir| self.shares(**heir, bookmark.moment))
            {
                bookmark.moment.branch = *heir;
            }
        }
        notes.bookmarks.retain(|bookmark| bookmark.moment.branch != id);
        notes.deleted.push(id);
        self.note(Noted::Deleted(id), notes);
        Ok(())
    }

    /// Sets a bookmark at the playhead.
    ///
    /// # Errors
    /// No name, one that is taken, or too many.
    pub fn set_bookmark(&mut self, text: &str) -> Result<(), CannotNote> {
        let name = name(text)?;
        if self.bookmark(&name).is_some() {
            return Err(CannotNote::Taken(name));
        }
        if self.notes.bookmarks.len() >= BOOKMARKS {
            return Err(CannotNote::TooMany);
        }
        let mut notes = self.notes.clone();
        notes.bookmarks.push(Bookmark { name: name.clone(), moment: self.moment() });
        self.note(Noted::Bookmarked(name), notes);
        Ok(())
    }

    /// Takes a bookmark away.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn remove_bookmark(&mut self, name: &str) -> Result<(), CannotNote> {
        let mut notes = self.notes.clone();
        notes.bookmarks.retain(|bookmark| &*bookmark.name != name);
        if notes.bookmarks.len() == self.notes.bookmarks.len() {
            return Err(CannotNote::NoBookmark(name.into()));
        }
        self.note(Noted::Unmarked(name.into()), notes);
        Ok(())
    }

    /// Where a bookmark is seen from the stage: on its branch, or in the past that this one shares with it.
    pub fn seen_from_here(&self, moment: Moment) -> Moment {
        match self.shares(self.here.id, moment) {
            true => Moment { branch: self.here.id, ..moment },
            false => moment,
        }
    }

    /// Puts saved notes back; what names no branch of this history is left out. Undo knows nothing of them.
    pub fn restore_notes(&mut self, names: Vec<(BranchId, Arc<str>)>, bookmarks: Vec<Bookmark>) {
        for (id, text) in names {
            if self.name_branch(id, &text).is_ok() {
                self.undo.pop();
            }
        }
        for Bookmark { name: text, mut moment } in bookmarks {
            let Some(branch) = self.branches().into_iter().find(|branch| branch.id == moment.branch) else {
                continue;
            };
            let steps = usize::try_from(moment.step).unwrap_or(usize::MAX);
            let last = steps.checked_sub(1).and_then(|last| branch.steps().get(last));
            let is_after_last = steps == 0 || last.is_some_and(|step| step.at <= moment.at);
            let is_before_next = branch.steps().get(steps).is_none_or(|step| step.at >= moment.at);
            if !(is_after_last && is_before_next) {
                // Commands were lost, which shifts the steps: the time is what is left.
                moment.step = branch.steps_by(moment.at);
            }
            let is_new = self.bookmark(&text).is_none() && self.notes.bookmarks.len() < BOOKMARKS;
            if let (Ok(name), true) = (name(&text), is_new) {
                self.notes.bookmarks.push(Bookmark { name, moment });
            }
        }
    }

    /// Whether a moment of another branch lies in the past of `id`, too.
    fn shares(&self, id: BranchId, moment: Moment) -> bool {
        self.oldest(Moment { branch: id, ..moment }) == self.oldest(moment)
    }

    /// The oldest branch that went through a moment.
    fn oldest(&self, moment: Moment) -> BranchId {
        let mut id = moment.branch;
        loop {
            let branch = self.others.iter().chain([&self.here]).find(|branch| branch.id == id);
            match branch.and_then(|branch| branch.forked_from) {
                // A parent is older than its child, so this ends.
                Some((parent, step, at)) if parent < id && moment.step <= step && moment.at <= at => {
                    id = parent
                }
                _ => return id,
            }
        }
    }

    /// Exchanges the notes for others.
    pub(super) fn change_notes(&mut self, notes: Notes) -> Notes {
        let changes = self.notes.changes.wrapping_add(1);
        std::mem::replace(&mut self.notes, Notes { changes, ..notes })
    }

    fn note(&mut self, noted: Noted, notes: Notes) {
        let before = self.change_notes(notes);
        self.undo.push(Deed::Noted(Box::new((noted, before))));
        self.redo.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::world::Setup;
    use millrace_model::{Span, Time};

    fn latency(ms: u64) -> Command {
        Command::SetNetwork { latency: Span::from_millis(ms) }
    }

    /// Three futures: 1 from the start, 2 leaves it after 2 s, 3 leaves 2 after 3 s and is on stage at 9 s.
    fn three() -> Timeline {
        let mut timeline = Timeline::new(Setup::default());
        let at = |s| Time::ZERO + Span::from_secs(s);
        for (second, ms) in [(1, 10), (4, 20)] {
            timeline.run_until(at(second), usize::MAX);
            timeline.dispatch(latency(ms)).unwrap();
        }
        timeline.seek(at(2));
        timeline.dispatch(latency(30)).unwrap();
        timeline.run_until(at(8), usize::MAX);
        timeline.seek(at(3));
        timeline.dispatch(latency(40)).unwrap();
        timeline.run_until(at(9), usize::MAX);
        timeline
    }

    fn titles(timeline: &Timeline) -> Vec<String> {
        timeline.branches().iter().map(|branch| timeline.title_of(branch.id)).collect()
    }

    #[test]
    fn a_branch_is_named_and_undo_takes_the_name_back() {
        let mut timeline = three();
        let hash = timeline.world().state_hash();
        timeline.name_branch(BranchId(1), " calm ").unwrap();
        assert_eq!(titles(&timeline), ["future 1", "calm", "future 3"]);
        assert_eq!(timeline.noted(), Some(&Noted::Named(BranchId(1), "calm".into())));
        assert_eq!(timeline.undoable(), None, "the newest deed is no command");
        timeline.name_branch(BranchId(1), "quiet").unwrap();
        assert!(timeline.undo());
        assert_eq!(titles(&timeline), ["future 1", "calm", "future 3"]);
        assert!(timeline.undo());
        assert_eq!(titles(&timeline), ["future 1", "future 2", "future 3"]);
        assert!(timeline.redo() && timeline.redo() && !timeline.redo());
        assert_eq!(titles(&timeline), ["future 1", "quiet", "future 3"]);
        timeline.name_branch(BranchId(1), "").unwrap();
        assert_eq!(titles(&timeline), ["future 1", "future 2", "future 3"]);
        assert_eq!(timeline.world().state_hash(), hash, "notes are no part of the world");
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        let mut timeline = three();
        let refused = |timeline: &mut Timeline, id, name: &str| {
            timeline.name_branch(BranchId(id), name).unwrap_err().to_string()
        };
        assert_eq!(refused(&mut timeline, 9, "x"), "there is no such branch");
        assert_eq!(refused(&mut timeline, 1, "future 3"), "there is a future 3 already");
        assert_eq!(refused(&mut timeline, 1, "two\nlines"), "a name has 1 to 60 characters on one line");
        assert_eq!(timeline.delete_branch(BranchId(2)), Err(CannotNote::OnStage));
        assert_eq!(timeline.delete_branch(BranchId(7)), Err(CannotNote::NoBranch));
        assert_eq!(timeline.remove_bookmark("x"), Err(CannotNote::NoBookmark("x".into())));
        assert_eq!(timeline.set_bookmark("  "), Err(CannotNote::NoName));
        assert_eq!(timeline.noted(), None);
    }

    #[test]
    fn a_deleted_branch_comes_back_with_undo_and_its_bookmarks_with_it() {
        let mut timeline = three();
        let here = timeline.moment();
        assert!(timeline.go_to(Moment { branch: BranchId(1), step: 2, at: Time::ZERO + Span::from_secs(7) }));
        timeline.set_bookmark("its own").unwrap();
        timeline.seek_step(1);
        timeline.set_bookmark("shared").unwrap();
        assert!(timeline.go_to(here));
        timeline.delete_branch(BranchId(1)).unwrap();
        assert_eq!(titles(&timeline), ["future 1", "future 3"]);
        let names = |t: &Timeline| t.bookmarks().iter().map(|b| b.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&timeline), ["shared"], "what another branch shares stays");
        assert_eq!(timeline.bookmarks()[0].moment.branch, BranchId(0));
        assert!(timeline.undo());
        assert_eq!(titles(&timeline), ["future 1", "future 2", "future 3"]);
        assert_eq!(names(&timeline), ["its own", "shared"]);
        assert_eq!(timeline.moment(), here, "the playhead has not moved");
        assert!(timeline.redo());
        assert_eq!(titles(&timeline), ["future 1", "future 3"]);
    }

    #[test]
    fn a_bookmark_in_the_shared_past_is_seen_on_the_branch_that_is_played() {
        let mut timeline = three();
        let at = |s| Time::ZERO + Span::from_secs(s);
        let moment = |branch, step, s| Moment { branch: BranchId(branch), step, at: at(s) };
        assert_eq!(timeline.seen_from_here(moment(0, 1, 1)), moment(2, 1, 1));
        assert_eq!(timeline.seen_from_here(moment(1, 2, 2)), moment(2, 2, 2));
        assert_eq!(timeline.seen_from_here(moment(0, 2, 4)), moment(0, 2, 4), "after the fork");
        timeline.seek_step(1);
        timeline.set_bookmark("here").unwrap();
        assert_eq!(timeline.set_bookmark("here"), Err(CannotNote::Taken("here".into())));
    }

    #[test]
    fn the_oldest_that_is_no_ancestor_is_forgotten_and_undo_does_not_lead_there() {
        let mut timeline = three();
        timeline.name_branch(BranchId(1), "calm").unwrap();
        let home = timeline.moment();
        for n in 0..40 {
            assert!(timeline.go_to(home));
            timeline.seek_step(1);
            timeline.dispatch(latency(100 + n)).unwrap();
        }
        assert_eq!(timeline.branches().len(), crate::limits::BRANCHES);
        assert_eq!(timeline.forgotten_branches(), 43 - 32);
        let ids: Vec<u32> = timeline.branches().iter().map(|branch| branch.id.0).collect();
        // 2 is the parent of what is on stage, 1 its parent, 0 theirs.
        assert_eq!(ids.get(..4), Some([0, 1, 2, 14].as_slice()), "{ids:?}");
        let mut undone = 0;
        while timeline.undo() {
            undone += 1;
        }
        assert!(undone > 20, "{undone}");
    }
}
