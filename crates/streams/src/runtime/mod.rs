//! What lies between a task and the cluster, as functions of plain data: which internal topics there are, which tasks,
//! who runs them, in which order a task takes its records.
//!
//! It asks no broker and reads no clock: partition counts, lags and moments are arguments.

pub mod assignor;
pub mod info;
pub mod internal_topics;
pub mod partition_group;

pub use assignor::{AssignmentConfig, GroupInput, GroupMember, MemberAssignment};
pub use info::{AssignmentInfo, SubscriptionInfo};
pub use internal_topics::{InternalTopic, InternalTopicKind};
pub use partition_group::{PartitionGroup, Queued, Readiness};
