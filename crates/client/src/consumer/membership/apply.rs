//! What each event changes in a membership.

use super::MembershipState;
use super::event::MembershipEvent;
use super::state::{LocalAssignment, SentFields};
use crate::Correlation;
use crate::consumer::state::Consumer;
use millrace_model::{Generation, GroupEpoch, Time};

impl Consumer {
    pub(in crate::consumer) fn apply_membership_event(&mut self, event: &MembershipEvent) {
        let is_static = self.group_instance_id.is_some();
        let Some(manager) = self.manager.as_deref_mut() else { return };
        match event {
            MembershipEvent::Transitioned { to, at, .. } => {
                manager.state = *to;
                match to {
                    MembershipState::Joining => {
                        manager.epoch = GroupEpoch::JOIN;
                        manager.target = LocalAssignment::default();
                        manager.in_flight = None;
                        self.heartbeat.next_at = *at;
                    }
                    MembershipState::Fenced => manager.epoch = GroupEpoch::JOIN,
                    MembershipState::Leaving => {
                        manager.epoch = if is_static { GroupEpoch::LEAVE_STATIC } else { GroupEpoch::LEAVE };
                        manager.current = LocalAssignment::default();
                        manager.in_flight = None;
                    }
                    MembershipState::Stale | MembershipState::Unsubscribed => {
                        manager.sent = SentFields::default();
                    }
                    MembershipState::Reconciling
                    | MembershipState::Acknowledging
                    | MembershipState::Stable
                    | MembershipState::PrepareLeaving
                    | MembershipState::Fatal => {}
                }
                if *to != MembershipState::Reconciling {
                    manager.reconciling = None;
                }
                self.heartbeat.enabled = manager.is_in_group();
                let is_member = manager.epoch.0 > 0 && manager.is_in_group();
                let epoch = Generation(manager.epoch.0);
                self.membership.generation = if is_member { epoch } else { Generation::NONE };
            }
            MembershipEvent::EpochReceived { member, epoch, heartbeat_interval, at } => {
                manager.epoch = *epoch;
                manager.in_flight = None;
                if manager.heartbeat_interval != *heartbeat_interval {
                    manager.heartbeat_interval = *heartbeat_interval;
                    self.heartbeat.next_at = *at + *heartbeat_interval;
                }
                self.heartbeat.last_acknowledged = Some(*at);
                self.heartbeat.failures = 0;
                self.membership.id = member.clone();
                self.membership.generation = Generation(epoch.0);
                // `groupMetadata()` keeps the last epoch, also after the member is out.
                self.membership.joined_generation = Generation(epoch.0);
                self.membership.joined_member = member.clone();
            }
            MembershipEvent::TargetReceived { partitions } => {
                if let Some(target) = manager.target.updated_with(partitions) {
                    manager.target = target;
                }
            }
            MembershipEvent::ReconciliationStarted { .. } => {
                manager.reconciling = Some(manager.target.clone());
            }
            MembershipEvent::ReconciliationFinished => {
                if let Some(reconciled) = manager.reconciling.take() {
                    manager.current = reconciled;
                }
            }
            MembershipEvent::AssignmentCleared => {
                manager.current = LocalAssignment::default();
                manager.target = LocalAssignment::default();
                manager.reconciling = None;
            }
            MembershipEvent::HeartbeatFailed { retry_at, .. } => {
                manager.sent = SentFields::default();
                manager.in_flight = None;
                self.heartbeat.next_at = *retry_at;
                self.heartbeat.failures = self.heartbeat.failures.saturating_add(1);
            }
        }
    }

    /// A heartbeat left: what it told, or would have told again, is known now.
    pub(in crate::consumer) fn apply_membership_heartbeat(
        &mut self,
        correlation: Correlation,
        leaves: bool,
        at: Time,
    ) {
        let Some(manager) = self.manager.as_deref_mut() else { return };
        manager.sent = SentFields {
            rebalance_timeout: Some(self.config.max_poll_interval),
            topics: Some(self.subscription.clone()),
            server_assignor: self.config.group_remote_assignor.clone(),
            assignment: Some(manager.current.clone()),
        };
        manager.in_flight = (!leaves).then_some(correlation);
        self.heartbeat.last_sent = Some(at);
        self.heartbeat.next_at = at + manager.heartbeat_interval;
    }
}
