//! What a consumer is told: the application's calls, replies, and timers that ran out.

use crate::Reply;
use millrace_model::protocol::Assignment;
use millrace_model::{Bytes, MemberId, Offset, Pattern, TopicName, TopicPartition};
use std::sync::Arc;

use super::timers::ConsumerTimer;

/// Positions to commit: partition and the next offset to read.
pub type Offsets = Vec<(TopicPartition, Offset)>;

/// One thing that a consumer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerInput {
    /// `subscribe(topics)`: replaces the subscription; takes effect in the next poll.
    /// No topics are `unsubscribe()`: partitions are given up and the group is left at once.
    Subscribe(Vec<TopicName>),
    /// `subscribe(Pattern)`: every topic whose whole name fits, now and whenever metadata tells of others.
    SubscribePattern(Arc<Pattern>),
    /// `poll`: the application enters and stays inside until `PollReturned` or `PollFailed`. It stands for the loop
    /// `while (true) poll(100 ms)`: polls that would come back empty are not told apart.
    Poll,
    /// A reply came in. A correlation that nobody waits for is ignored.
    Reply(Reply),
    /// A moment asked for by `next_timer` has come. A timer that is no longer wanted, or not yet due, is ignored.
    Timer(ConsumerTimer),
    /// A poll comes back empty (its timeout is over, or `wakeup()`): the application is outside again. Ignored outside
    /// of poll.
    LeavePoll,
    /// `commitSync`: blocks the application until `OffsetsCommitted` or `CommitFailed`. `None` commits the current
    /// positions. Inside poll it is a call from a rebalance callback: the join waits for it.
    CommitSync(Option<Offsets>),
    /// `commitAsync`: the outcome comes as an event, the application goes on. `None` commits the current positions.
    CommitAsync(Option<Offsets>),
    /// `pause(partitions)`: keeps what is buffered, fetches and returns no more.
    Pause(Vec<TopicPartition>),
    /// `resume(partitions)`.
    Resume(Vec<TopicPartition>),
    /// `seek(partition, offset)`: drops what is buffered of it. Ignored for a partition that is not assigned.
    Seek(TopicPartition, Offset),
    /// What an application that assigns itself tells the leader with its next JoinGroup (`subscriptionUserData`).
    UserData(Bytes),
    /// The leader's application has assigned; SyncGroup is sent with it. Ignored unless SyncGroup is due.
    Assign(Vec<(MemberId, Assignment)>),
    /// `enforceRebalance(reason)`: joins again in the next poll.
    EnforceRebalance(Arc<str>),
    /// `close()`: auto-commit if enabled, revoke, leave the group, `Closed`.
    Close,
}
