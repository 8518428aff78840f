//! The classic Java `KafkaConsumer` as one state machine: `ConsumerCoordinator`, `AbstractCoordinator`, the fetcher and
//! the subscription state, over the classic group protocol.
//!
//! It is no thread and no clock. What Kafka's two threads do (the application's inside `poll`, and the heartbeat
//! thread) are the entries of one agenda (`timers`): each has a moment and happens only where Kafka would do it. So
//! a rebalance is finished in `poll` only, and heartbeats go on while the application works.
//!
//! One simplification stands behind all of it: the application is *inside poll* until `PollReturned`, which models the
//! loop `while (true) poll(100 ms)`; polls that would come back empty are not told apart.

mod apply;
mod commit;
mod coordinator {
    //! The classic group protocol's client side, one file a phase.
    pub(super) mod find;
    pub(super) mod heartbeat;
    pub(super) mod join;
    pub(super) mod leave;
    pub(super) mod sync;
}
mod event;
mod fetch;
mod input;
mod membership;
mod metadata;
mod offsets;
pub mod poison;
mod poll;
mod polled;
mod purpose;
mod read;
mod state;
#[cfg(test)]
mod tests;
mod timers;
mod turn;

pub use event::{CommitKind, ConsumerEvent, Polled, PolledPartition, Purpose, ResetReason, SharedOffsets};
pub use fetch::usable;
pub use input::{ConsumerInput, Offsets};
pub use membership::{MembershipEvent, MembershipState};
pub use read::Membership;
pub use state::{Consumer, Position};
pub use timers::ConsumerTimer;

use crate::Outcome;
use millrace_model::{Dice, Time};

impl Consumer {
    /// Thinks about one input: what happens, and what leaves. Changes nothing; the owner applies the events.
    pub fn decide(&self, now: Time, input: &ConsumerInput, dice: &dyn Dice) -> Outcome<ConsumerEvent> {
        if self.closed {
            return Outcome::nothing();
        }
        let mut turn = turn::Turn::new(self, now, dice);
        match input {
            ConsumerInput::Subscribe(topics) => turn.subscribe(topics),
            ConsumerInput::SubscribePattern(pattern) => turn.subscribe_pattern(pattern),
            ConsumerInput::Poll => turn.enter_poll(),
            ConsumerInput::LeavePoll => turn.leave_poll(),
            ConsumerInput::Reply(reply) => turn.reply(reply),
            ConsumerInput::Timer(timer) => turn.timer(*timer),
            ConsumerInput::CommitSync(offsets) => turn.commit_sync(offsets.as_ref()),
            ConsumerInput::CommitAsync(offsets) => turn.commit_async(offsets.as_ref()),
            ConsumerInput::Pause(partitions) => turn.pause(partitions),
            ConsumerInput::Resume(partitions) => turn.resume(partitions),
            ConsumerInput::Seek(tp, offset) => turn.seek(tp, *offset),
            ConsumerInput::UserData(data) => turn.set_user_data(data),
            ConsumerInput::Assign(assignments) => turn.assign(assignments),
            ConsumerInput::EnforceRebalance(reason) => {
                turn.emit(ConsumerEvent::RejoinRequested { reason: reason.clone() });
            }
            ConsumerInput::Close => turn.close(),
        }
        turn.finish()
    }
}
