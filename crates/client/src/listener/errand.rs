//! What a learner has an instance's thread do between two polls: another subscription, a commit, or nothing for a while.
//!
//! A real application does these in its poll loop, for nobody else may call its consumer
//! (`ConcurrentModificationException`). So an errand waits until poll returns: an empty poll returns for it at once, a
//! listener call is finished first.

use millrace_model::{Pattern, Span, TopicName};
use std::sync::Arc;

/// What an instance reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subscribed {
    /// These topics.
    Topics(Vec<TopicName>),
    /// Every topic whose whole name fits, now and later; internal ones do not count.
    Pattern(Arc<Pattern>),
}

/// One errand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Errand {
    /// `subscribe`: replaces the subscription.
    Subscribe(Subscribed),
    /// `unsubscribe`: out of the group at once. A poll loop that goes on then throws.
    Unsubscribe,
    /// `commitSync()` of all positions.
    Commit,
    /// The thread is busy elsewhere for so long: it does not poll, its heartbeats go on.
    Block(Span),
}
