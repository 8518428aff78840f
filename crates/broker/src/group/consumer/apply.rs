//! Takes changes into a consumer group and keeps its deadlines (`GroupMetadataManager.replay`).

use super::member::MemberSubscription;
use super::{ConsumerGroup, ConsumerGroupChange, ConsumerGroupMember, MemberState};
use crate::Timer;
use crate::timer::Timers;
use millrace_model::{GroupEpoch, MemberId, Time, TopicPartition};
use std::sync::Arc;

impl ConsumerGroup {
    /// Takes a change in; `timers` are those of the broker. `Created` and `Dropped` are the owner's.
    pub(in crate::group) fn apply(&mut self, at: Time, change: &ConsumerGroupChange, timers: &mut Timers) {
        match change {
            ConsumerGroupChange::Created
            | ConsumerGroupChange::Dropped
            | ConsumerGroupChange::MemberIdAssigned { .. }
            | ConsumerGroupChange::StateChanged { .. } => {}
            ConsumerGroupChange::MemberSubscribed { member, subscription } => {
                self.subscribe(member, subscription);
            }
            ConsumerGroupChange::MemberRemoved { member, .. } => self.remove(member, timers),
            ConsumerGroupChange::SubscriptionMetadataUpdated { topics } => {
                self.subscription_metadata = topics.clone();
            }
            ConsumerGroupChange::GroupEpochBumped { epoch, .. } => self.group_epoch = *epoch,
            ConsumerGroupChange::TargetAssigned { member, partitions } => {
                self.targets.insert(member.clone(), Arc::clone(partitions));
            }
            ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor } => {
                self.assignment_epoch = *epoch;
                self.assignor = Some(Arc::clone(assignor));
            }
            ConsumerGroupChange::MemberReconciled { member, epoch, state, assigned, pending_revocation } => {
                self.reconcile(member, *epoch, *state, assigned, pending_revocation);
                let until = match state {
                    MemberState::UnrevokedPartitions => {
                        self.member(member.as_str()).map(|member| at + member.subscription.rebalance_timeout)
                    }
                    MemberState::Stable | MemberState::UnreleasedPartitions => None,
                };
                self.set_rebalance_deadline(member, until, timers);
            }
            ConsumerGroupChange::StaticMemberLeft { member } => {
                self.set_rebalance_deadline(member, None, timers);
                if let Some(known) = self.member(member.as_str()).cloned() {
                    let (epoch, none) = (GroupEpoch::LEAVE_STATIC, Arc::default());
                    self.reconcile(member, epoch, known.state, &known.assigned, &none);
                }
            }
            ConsumerGroupChange::StaticMemberReplaced { group_instance_id, old, new } => {
                self.replace(group_instance_id, old, new, timers);
            }
            ConsumerGroupChange::HeartbeatReceived { member, session_deadline } => {
                let Some(known) = self.member_mut(member) else { return };
                known.last_heartbeat = at;
                let old = std::mem::replace(&mut known.session_deadline, *session_deadline);
                let old = (old > Time::ZERO).then_some(old);
                timers.replace(old, Some(*session_deadline), || self.session_timer(member));
            }
        }
    }

    fn member_mut(&mut self, id: &MemberId) -> Option<&mut ConsumerGroupMember> {
        self.members.get_mut(id).map(Arc::make_mut)
    }

    fn session_timer(&self, member: &MemberId) -> Timer {
        Timer::SessionTimeoutExpired(self.id.clone(), member.clone())
    }

    fn subscribe(&mut self, id: &MemberId, subscription: &Arc<MemberSubscription>) {
        if let Some(instance) = &subscription.group_instance_id {
            self.static_members.insert(Arc::clone(instance), id.clone());
        }
        let member =
            self.members.entry(id.clone()).or_insert_with(|| Arc::new(ConsumerGroupMember::new(id.clone())));
        Arc::make_mut(member).subscription = Arc::clone(subscription);
    }

    fn remove(&mut self, id: &MemberId, timers: &mut Timers) {
        let Some(member) = self.members.remove(id) else { return };
        self.targets.remove(id);
        let session = (member.session_deadline > Time::ZERO).then_some(member.session_deadline);
        timers.replace(session, None, || self.session_timer(id));
        timers.replace(member.rebalance_deadline, None, || self.rebalance_timer(id));
        self.release(&member);
        if let Some(instance) = &member.subscription.group_instance_id {
            self.static_members.remove(instance);
        }
    }

    /// The new one is a copy of the old one under its own id, in epoch 0 (`replaceMember`).
    fn replace(&mut self, instance: &Arc<str>, old: &MemberId, new: &MemberId, timers: &mut Timers) {
        let Some(member) = self.members.get(old).cloned() else { return };
        let target = self.targets.get(old).cloned().unwrap_or_default();
        self.remove(old, timers);
        let mut copy = ConsumerGroupMember::clone(&member);
        copy.id = new.clone();
        copy.epoch = GroupEpoch::JOIN;
        copy.previous_epoch = GroupEpoch::JOIN;
        copy.session_deadline = Time::ZERO;
        copy.rebalance_deadline = None;
        self.hold(&copy);
        self.static_members.insert(Arc::clone(instance), new.clone());
        self.targets.insert(new.clone(), target);
        self.members.insert(new.clone(), Arc::new(copy));
    }

    fn reconcile(
        &mut self,
        id: &MemberId,
        epoch: GroupEpoch,
        state: MemberState,
        assigned: &Arc<[TopicPartition]>,
        pending_revocation: &Arc<[TopicPartition]>,
    ) {
        let Some(mut member) = self.members.remove(id) else { return };
        self.release(&member);
        let changed = Arc::make_mut(&mut member);
        if epoch != GroupEpoch::LEAVE_STATIC {
            // Also where the epoch stays: as in Kafka, an answer lost before that counts no more.
            changed.previous_epoch = changed.epoch;
        }
        changed.epoch = epoch;
        changed.state = state;
        changed.assigned = Arc::clone(assigned);
        changed.pending_revocation = Arc::clone(pending_revocation);
        self.hold(&member);
        self.members.insert(id.clone(), member);
    }

    fn rebalance_timer(&self, member: &MemberId) -> Timer {
        Timer::MemberRebalanceTimeoutExpired(self.id.clone(), member.clone())
    }

    fn set_rebalance_deadline(&mut self, id: &MemberId, until: Option<Time>, timers: &mut Timers) {
        let Some(member) = self.member_mut(id) else { return };
        let old = std::mem::replace(&mut member.rebalance_deadline, until);
        timers.replace(old, until, || self.rebalance_timer(id));
    }

    fn release(&mut self, member: &ConsumerGroupMember) {
        for tp in member.held() {
            self.partition_epochs.remove(tp);
        }
    }

    fn hold(&mut self, member: &ConsumerGroupMember) {
        for tp in member.held() {
            self.partition_epochs.insert(tp.clone(), (member.epoch, member.id.clone()));
        }
    }
}
