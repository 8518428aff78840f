//! The same commands in another version of Kafka: another world, and one undo leads back to this one.

use super::{Loading, Session, load_on};
use leptos::prelude::*;
use millrace_model::Profile;
use millrace_words::versions as say;

impl Session {
    /// Gives the commands of this history to a new world of another version, from the start and each at its time. What it
    /// does not know is left out and said.
    pub fn begin_as(self, profile: Profile) {
        if self.is_loading() || self.is_lent.get_untracked() {
            return;
        }
        self.pause();
        let before = self.setup().profile;
        let done = move |done: bool| {
            // What had to be left out has been said, and is said longer.
            if done && self.notice.with_untracked(Option::is_none) {
                self.say(say::begun(&profile, &say::kafka(&before)));
            }
        };
        match self.with(|timeline| Loading::begin_as(timeline, profile)) {
            Ok(loading) => load_on(self, loading, self.title.get_untracked(), false, Box::new(done)),
            Err(problem) => self.refuse(problem),
        }
    }
}
