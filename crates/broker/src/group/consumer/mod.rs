//! The consumer protocol's coordinator (KIP-848), one file an idea (`GroupMetadataManager.consumerGroup*`,
//! `ConsumerGroup`): one heartbeat API, epochs, a target assignment that the broker computes and each member reaches
//! by itself, and no moment at which everybody stops.
//!
//! ```text
//! heartbeat → member in or changed? → group epoch + 1 → new target → this member one step nearer → answer
//! ```
//!
//! It is not the classic protocol: no leader, no generations, no held requests. What both share (the committed
//! offsets, the group's name) stays in [`super::Group`].

mod apply;
mod change;
mod commit;
mod draft;
mod expire;
mod heartbeat;
mod leave;
mod member;
mod reconcile;
mod records;
mod state;
mod subscribe;
mod target;
mod validate;

pub use change::{ConsumerGroupChange, MemberRemovedReason};
pub use member::{ConsumerGroupMember, MemberState, MemberSubscription};
pub use state::{ConsumerGroup, ConsumerGroupState, TopicMetadata};

pub(super) use commit::{validate_offset_commit, validate_offset_fetch};
pub(crate) use expire::{rebalance_timeout, session_timeout};
pub(crate) use heartbeat::heartbeat;
