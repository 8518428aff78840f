//! What a guard's deed does to its container and to what the process remembers.

use super::dedupe::StoreKind;
use super::{GuardDeed, Guarded};
use crate::listener::config::CommitMode;
use crate::listener::container::Container;
use crate::listener::event::InstanceEvent;
use crate::listener::instance::Instance;

impl Instance {
    /// Keeps the ids that live in the process.
    pub(in crate::listener) fn remember(&mut self, event: &InstanceEvent) {
        self.count_calls(event);
        let Some(dedupe) = self.config.guard.as_ref().and_then(|guard| guard.dedupe.as_ref()) else { return };
        if dedupe.store == StoreKind::Memory {
            self.memory.apply(dedupe, event);
        }
    }
}

impl Container {
    /// A record that was dropped or stored is done with: it is acknowledged like any other.
    pub(in crate::listener) fn guarded(&mut self, guarded: &Guarded, commit: CommitMode) {
        if guarded.deed == GuardDeed::Marked {
            return;
        }
        let mut hand = self.take_hand();
        let (tp, next) = (&guarded.record.tp, guarded.record.offset.plus(1));
        hand.advance(tp, next);
        self.deliveries.remove(tp);
        if commit.acknowledges() {
            self.acknowledge(tp, next, 1);
        }
        self.begin(hand);
    }
}
