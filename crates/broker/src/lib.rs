//! One Kafka broker as a state machine.
//!
//! ```text
//! let outcome = broker.decide(now, input, dice);        // thinks, cannot mutate
//! for event in &outcome.events { broker.apply(event) }  // mutates, cannot fail
//! send(outcome.replies); wake_at(broker.next_timer());
//! ```
//!
//! What follows from a changed state (a held fetch that an append has satisfied, a join phase that everybody has
//! answered) is a step of its own: [`Broker::next_timer`] names a moment that has already come, and the next
//! `decide` does it. There are no retries, no dead letters, no windows here: those are the clients'.

mod admin;
mod api;
pub mod assignor;
mod broker;
pub mod config;
mod contract;
pub mod controller;
mod event;
pub mod group;
pub mod java_hash;
pub mod log;
mod member;
pub mod quorum;
pub mod quota;
pub mod replica;
mod timer;
pub mod topic;
mod txn;
mod upkeep;

pub use broker::Broker;
pub use contract::{CONTROLLER, Call, Input, Outcome, RequestId, Sent};
pub use event::{Event, HeldPartition, RejectedBatch, Rejection};
pub use group::{
    ConsumerGroup, ConsumerGroupChange, ConsumerGroupMember, ConsumerGroupState, CoordinatorChoice,
    MemberRemovedReason, MemberState, MemberSubscription,
};
pub use group::{Group, GroupChange, GroupState, Member, OffsetRemoval, RebalanceWait, RemovalReason};
pub use log::PartitionLog;
pub use member::{BrokerState, ClusterMember, Lifecycle};
pub use replica::{ReplicaEvent, ReplicaManager, Stopped, Throttled};
pub use timer::Timer;
pub use topic::{PartitionState, Topic};
pub use txn::{
    Guard, Guards, MarkerRequest, PendingTransition, TxnCoordinator, TxnEvent, TxnMetadata, TxnState,
    Verification,
};
pub use upkeep::LogChange;

/// Kafka's topic of committed offsets and group metadata (`Topic.GROUP_METADATA_TOPIC_NAME`).
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";

/// Kafka's topic of transactional ids (`Topic.TRANSACTION_STATE_TOPIC_NAME`).
pub const TRANSACTION_STATE: &str = "__transaction_state";

/// Whether a topic is Kafka's own (`Topic.isInternal`).
pub fn is_internal(topic: &str) -> bool {
    topic == CONSUMER_OFFSETS || topic == TRANSACTION_STATE
}
