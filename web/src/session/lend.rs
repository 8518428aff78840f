//! The stage is lent to another history, such as a lesson's: the learner's own is kept whole, with its way back, and comes
//! on stage again untouched. What is lent is not remembered by the browser.

use super::{Session, Shelf, keep};
use leptos::prelude::*;
use millrace_sim::Timeline;

/// The learner's own history while another one is on stage.
pub struct Kept {
    timeline: Timeline,
    shelf: Shelf,
    title: String,
}

impl Session {
    /// Puts another history on stage. The first time the learner's own is kept; later the one that was lent before is
    /// handed out.
    pub fn lend(self, timeline: Timeline, title: &str) -> Option<Timeline> {
        let is_first = !self.is_lent.get_untracked();
        if is_first {
            self.pause();
            keep::remember(self);
        }
        let mut before = timeline;
        let mut shelf = Shelf::default();
        self.timeline.update_value(|stage| std::mem::swap(stage, &mut before));
        self.shelf.update_value(|kept| std::mem::swap(kept, &mut shelf));
        let mut handed_out = Some(before);
        if is_first && let Some(timeline) = handed_out.take() {
            let own = Kept { timeline, shelf, title: self.title.get_untracked() };
            self.kept.set_value(Some(Box::new(own)));
            self.is_lent.set(true);
        }
        self.begin_with(title);
        handed_out
    }

    /// Begins anew with another history in the place of the one that is lent; undo brings that one back.
    pub fn lend_anew(self, mut timeline: Timeline, title: &str) {
        self.timeline.update_value(|stage| std::mem::swap(stage, &mut timeline));
        self.shelf.update_value(|shelf| shelf.put_away(timeline));
        self.begin_with(title);
    }

    /// Puts the learner's own history back on stage, if another one is there; that one is handed out.
    pub fn give_back(self) -> Option<Timeline> {
        let kept = self.kept.try_update_value(Option::take).flatten()?;
        let Kept { mut timeline, shelf, title } = *kept;
        self.timeline.update_value(|stage| std::mem::swap(stage, &mut timeline));
        self.shelf.set_value(shelf);
        self.is_lent.set(false);
        self.begin_with(&title);
        Some(timeline)
    }

    /// What was lent and had to go for something else, such as a scene that was chosen; once.
    pub fn take_left(self) -> Option<Timeline> {
        self.left.try_update_value(Option::take).flatten()
    }

    fn begin_with(self, title: &str) {
        self.title.set(title.to_owned());
        self.notice.set(None);
        self.same_as.set(String::new());
        self.pointed.set(None);
        self.show_other();
    }
}
