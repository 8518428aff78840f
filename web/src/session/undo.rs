//! The way back: undo and redo of commands, and of whole timelines that were put away.

use super::{Read, Session, Shelf, keep};
use leptos::prelude::*;
use millrace_sim::Timeline;
use millrace_words::session as say;

impl Session {
    /// Takes the last command back; without one, the last "start over".
    pub fn undo(self) {
        if self.is_loading() {
            return;
        }
        let what = self.history.with_untracked(|history| history.undo.clone());
        let Some(what) = what else {
            self.say(say::nothing_to_undo_what_a());
            return;
        };
        if self.change(false, Timeline::undo) {
            self.pause();
            self.same_as.set("undo".to_owned());
            keep::remember(self);
        } else {
            self.exchange(Shelf::back);
        }
        self.say(say::undone(&what));
    }

    /// Does again what was undone.
    pub fn redo(self) {
        if self.is_loading() {
            return;
        }
        if self.change(false, Timeline::redo) {
            self.same_as.set("redo".to_owned());
            keep::remember(self);
        } else if self.shelf.with_value(Shelf::has_after) {
            self.exchange(Shelf::forth);
        } else {
            self.say(say::nothing_to_do_again());
            return;
        }
        let what = self.history.with_untracked(|history| history.undo.clone());
        if let Some(what) = what {
            self.say(say::done_again(&what));
        }
    }

    fn exchange(self, exchange: fn(&mut Shelf, &mut Timeline) -> bool) {
        let mut done = false;
        self.timeline.update_value(|stage| self.shelf.update_value(|shelf| done = exchange(shelf, stage)));
        if done {
            self.show_other();
        }
    }

    /// Another timeline has come on stage.
    pub(super) fn show_other(self) {
        self.pause();
        self.read.set_value(Read::default());
        self.is_used.set(true);
        self.seen.set_value(None);
        self.selected.set(None);
        self.story.set(None);
        self.put_on_both_stages(None);
        self.refresh();
        keep::remember(self);
    }
}
