//! What was sent by hand is looked for: the list goes to the partition that it fell into.

use crate::frame::{FrameState, Sheet};
use crate::session::Session;
use leptos::prelude::*;
use millrace_sim::{Command, Timeline};
use millrace_view::{Target, sent_by_hand};

/// Pictures in which a record is looked for before it is given up: it may have been refused.
const PATIENCE: u32 = 300;

/// Calls `show` with the record that was sent last, once it lies in its partition and the list is in sight.
pub fn follow(session: Session, frame: Option<FrameState>, show: impl Fn(Target) + 'static) {
    let looks = StoredValue::new(0);
    let first = session.given.get_untracked();
    Effect::new(move |_| {
        let is_new = session.given.get() != first;
        if is_new && session.with(is_sending) {
            looks.set_value(PATIENCE);
        }
    });
    Effect::new(move |_| {
        session.scene.track();
        let is_seen = frame.is_none_or(|frame| frame.sheet.get() == Sheet::Stage);
        if !is_seen || looks.get_value() == 0 {
            return;
        }
        looks.update_value(|looks| *looks -= 1);
        if let Some(found) = session.with(sent_by_hand) {
            looks.set_value(0);
            show(found);
        }
    });
}

fn is_sending(timeline: &Timeline) -> bool {
    timeline.branch().log().last().is_some_and(|last| matches!(*last.command, Command::Produce { .. }))
}
