//! The third step of a heartbeat: the member comes a step nearer to its target (`CurrentAssignmentBuilder`).
//!
//! A member gives up first, then takes; it takes only what nobody else holds. So at each moment a partition has one
//! owner, and nobody waits who has nothing to give up.

use super::draft::Draft;
use super::{ConsumerGroupChange, ConsumerGroupMember, MemberState};
use millrace_model::{GroupEpoch, MemberId, TopicPartition};
use std::sync::Arc;

/// Where a member goes.
struct Next {
    epoch: GroupEpoch,
    state: MemberState,
    assigned: Arc<[TopicPartition]>,
    pending_revocation: Arc<[TopicPartition]>,
}

impl Draft<'_> {
    /// Moves the member if it can move. `owned` is what it says that it owns, if it says so.
    pub(super) fn reconcile(&mut self, id: &MemberId, owned: Option<&[TopicPartition]>) {
        let Some(member) = self.group.member(id.as_str()) else { return };
        let target_epoch = self.group.assignment_epoch;
        if member.is_reconciled_to(target_epoch) {
            return;
        }
        let next = match member.state {
            MemberState::Stable => self.next(member, member.epoch, owned),
            // It has not given up yet: it waits, and the others wait for it.
            MemberState::UnrevokedPartitions if still_owns(&member.pending_revocation, owned) => return,
            MemberState::UnrevokedPartitions => self.next(member, member.epoch.next(), owned),
            MemberState::UnreleasedPartitions => self.next(member, member.epoch, owned),
        };
        let unchanged = next.epoch == member.epoch
            // As in Kafka, where every new assignment makes the present epoch the previous one, too.
            && member.previous_epoch == member.epoch
            && next.state == member.state
            && next.assigned == member.assigned
            && next.pending_revocation == member.pending_revocation;
        if !unchanged {
            let Next { epoch, state, assigned, pending_revocation } = next;
            let member = id.clone();
            self.push(ConsumerGroupChange::MemberReconciled {
                member,
                epoch,
                state,
                assigned,
                pending_revocation,
            });
        }
    }

    /// `computeNextAssignment`.
    fn next(
        &self,
        member: &ConsumerGroupMember,
        epoch: GroupEpoch,
        owned: Option<&[TopicPartition]>,
    ) -> Next {
        let target = self.group.target(member.id.as_str());
        let (keeps, gives_up): (Vec<_>, Vec<_>) =
            member.assigned.iter().cloned().partition(|tp| among(tp, target));
        let (free, unreleased): (Vec<_>, Vec<_>) = target
            .iter()
            .filter(|tp| !among(tp, &keeps))
            .cloned()
            .partition(|tp| self.group.owner(tp).is_none());
        if !gives_up.is_empty() && still_owns(&gives_up, owned) {
            return Next {
                epoch,
                state: MemberState::UnrevokedPartitions,
                assigned: keeps.into(),
                pending_revocation: gives_up.into(),
            };
        }
        let state =
            if unreleased.is_empty() { MemberState::Stable } else { MemberState::UnreleasedPartitions };
        let mut assigned: Vec<TopicPartition> = keeps;
        assigned.extend(free);
        millrace_model::collections::sort::sort(&mut assigned);
        Next {
            epoch: self.group.assignment_epoch,
            state,
            assigned: assigned.into(),
            pending_revocation: Arc::default(),
        }
    }
}

/// `ownsRevokedPartitions`: a member that says nothing still owns them.
fn still_owns(revoked: &[TopicPartition], owned: Option<&[TopicPartition]>) -> bool {
    owned.is_none_or(|owned| owned.iter().any(|tp| among(tp, revoked)))
}

/// Is it in a sorted list? The lists of a member may be long.
fn among(tp: &TopicPartition, sorted: &[TopicPartition]) -> bool {
    sorted.binary_search(tp).is_ok()
}
