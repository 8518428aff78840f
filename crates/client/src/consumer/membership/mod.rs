//! The consumer protocol's client side (KIP-848): one heartbeat API, and assignments that are reconciled one step at a
//! time while everything else is read on (`ConsumerMembershipManager`, `ConsumerHeartbeatRequestManager`).
//!
//! Kafka's background thread and the application's thread are entries of the one agenda: heartbeats go on while the
//! application works, callbacks happen in `poll`, `unsubscribe` and `close` only. A reconciliation begins in `poll`
//! here, too: in Kafka its commit may leave a little earlier, but nothing else could happen before the callbacks.
//! Assignments name topics instead of their ids, so there is nothing to look up before they are reconciled.

mod agenda;
mod apply;
mod commit;
mod event;
mod heartbeat;
mod leave;
mod reconcile;
mod state;

pub use event::MembershipEvent;
pub(super) use state::MembershipManager;
pub use state::MembershipState;
