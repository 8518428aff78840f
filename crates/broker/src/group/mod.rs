//! The group coordinator: the classic protocol here, the consumer protocol in [`consumer`]; both keep offsets alike.
//!
//! The classic group coordinator, one file a phase (`GroupMetadataManager.classicGroup*`, `ClassicGroup`).
//!
//! A decision works on a draft: a copy of the group that takes in each event as it is decided, so that a request
//! with several consequences (out with the member, on with the rebalance) sees its own first steps.

mod admin;
mod answers;
mod apply;
mod change;
mod commit;
mod complete;
pub mod consumer;
mod coordinator;
mod describe;
mod draft;
mod expire;
mod heartbeat;
mod join;
mod leave;
mod member;
mod offset_fetch;
mod offsets_log;
mod protocol;
mod rebalance;
mod retention;
mod shard;
mod snapshot;
mod state;
mod static_member;
mod sync;
mod txn_commit;

pub use change::{GroupChange, OffsetRemoval, RebalanceWait, RemovalReason};
pub use consumer::{
    ConsumerGroup, ConsumerGroupChange, ConsumerGroupMember, ConsumerGroupState, MemberRemovedReason,
    MemberState, MemberSubscription,
};
pub use coordinator::CoordinatorChoice;
pub use member::Member;
pub use state::{Group, GroupState};

pub(crate) use admin::{delete_group, delete_offsets};
pub(crate) use commit::offset_commit;
pub(crate) use complete::{initial_delay_expired, join_phase_completed, rebalance_timeout};
pub(crate) use consumer::heartbeat as consumer_group_heartbeat;
pub(crate) use consumer::rebalance_timeout as member_rebalance_timeout;
pub(crate) use describe::describe;
pub(crate) use expire::{session_timeout, sync_timeout};
pub(crate) use heartbeat::heartbeat;
pub(crate) use join::join;
pub(crate) use leave::leave;
pub(crate) use offset_fetch::offset_fetch;
pub(crate) use retention::check_retention;
pub(crate) use shard::{load, restore, unload, unloaded};
pub(crate) use sync::sync;
pub(crate) use txn_commit::{txn_ended, txn_offset_commit};

use crate::Broker;
use millrace_model::{ErrorCode, GroupId};

/// Does this broker coordinate `group`? (`CoordinatorRuntime`: no shard for the partition is `NOT_COORDINATOR`, one that still
/// reads its log `COORDINATOR_LOAD_IN_PROGRESS`.)
fn coordinates(broker: &Broker, group: &GroupId) -> Result<(), ErrorCode> {
    let tp = broker.offsets_partition(group);
    crate::api::led(broker, &tp).map_err(|_| ErrorCode::NotCoordinator)?;
    match broker.replicas() {
        Some(replicas) if replicas.is_loading(&tp) => Err(ErrorCode::CoordinatorLoadInProgress),
        Some(_) | None => Ok(()),
    }
}
