//! Another past: a record at another event time, in a future of its own.

use super::{Session, Shelf, keep};
use leptos::prelude::*;
use millrace_model::{Offset, Timestamp, TopicPartition};
use millrace_view::desk::{Retimed, retime};
use millrace_words::session as say;

impl Session {
    /// Gives the command that wrote a record anew with another timestamp, and everything after it again. What cannot be
    /// done is said, and nothing has changed. True if it was done.
    pub fn retime(self, tp: &TopicPartition, offset: Offset, timestamp: Timestamp) -> bool {
        let Retimed { index, command } = match self.with(|timeline| retime(timeline, tp, offset, timestamp)) {
            Ok(planned) => planned,
            Err(why) => {
                self.refuse(why);
                return false;
            }
        };
        let line = self.print(&command);
        match self.change(None, |timeline| Some(timeline.rewrite(index, command))) {
            None => false,
            Some(Err(refusal)) => {
                self.refuse(refusal.to_string());
                false
            }
            Some(Ok(left_out)) => {
                self.shelf.update_value(Shelf::forget_after);
                self.same_as.set(line);
                self.given.update(|n| *n += 1);
                match left_out.first() {
                    Some(first) => self.refuse(format!("{}: {}", self.print(&first.command), first.refusal)),
                    None => self.say(say::computed_again_in_a_future()),
                }
                keep::remember(self);
                true
            }
        }
    }
}
