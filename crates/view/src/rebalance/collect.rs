//! Reads a branch's trace, each step once, and keeps the course of each group.

use super::course::Place;
use super::{Course, MoveKind, PhaseKind};
use crate::words;
use millrace_broker as broker;
use millrace_broker::{
    ConsumerGroupChange, ConsumerGroupState, GroupChange, GroupState, MemberRemovedReason, MemberState,
    RebalanceWait, RemovalReason,
};
use millrace_client::consumer::{ConsumerEvent, MembershipEvent};
use millrace_client::listener::{InstanceEvent, Port};
use millrace_model::{GroupId, Map, MemberId, Time};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Branch, BranchId, Entry, EntryId, Fact, Lifecycle, NodeId};
use millrace_words::rebalances as say;
use std::sync::Arc;

/// The courses of all groups of one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stories {
    branch: Option<BranchId>,
    read: usize,
    /// The last step that was read: another timeline's branch may have the same number.
    last: Option<(Time, EntryId)>,
    groups: Map<GroupId, Course>,
    /// Which client is which member: learnt from the ids that coordinators give.
    clients: Map<(NodeId, Port), (GroupId, Arc<str>)>,
}

impl Stories {
    /// The stories of a branch.
    pub fn of(branch: &Branch) -> Stories {
        let mut stories = Stories::default();
        stories.read(branch);
        stories
    }

    /// Reads the steps that it has not read yet; another branch than before begins anew. True if there were any.
    pub fn read(&mut self, branch: &Branch) -> bool {
        let last = |read: usize| branch.steps().get(read.checked_sub(1)?).map(|step| (step.at, step.first));
        if self.branch != Some(branch.id) || self.last != last(self.read) {
            *self = Stories { branch: Some(branch.id), ..Stories::default() };
        }
        let from = self.read;
        for (index, step) in branch.steps().iter().enumerate().skip(from) {
            for entry in step.entries.iter() {
                self.look_at(entry, Place { at: entry.at, step: index as u64 + 1 });
            }
            // Not before the step is over: who has taken its partitions may ask for another round in the same one.
            self.groups.values_mut().for_each(|course| course.settle(step.at));
        }
        self.read = branch.steps().len();
        self.last = last(self.read);
        self.read > from
    }

    /// One group's course.
    pub fn group(&self, group: &str) -> Option<&Course> {
        self.groups.get(group)
    }

    /// All of them, in the order of their names.
    pub fn groups(&self) -> impl Iterator<Item = (&GroupId, &Course)> {
        self.groups.iter()
    }

    fn look_at(&mut self, entry: &Entry, place: Place) {
        match &entry.fact {
            Fact::Broker(broker::Event::Group { group, change, .. }) => {
                let course = self.groups.entry(group.clone()).or_default();
                match change {
                    GroupChange::Consumer(change) => modern(course, group, change, place),
                    _ => classic(course, group, change, place),
                }
            }
            Fact::Broker(broker::Event::TopicDeleted { topic, .. }) => {
                self.groups.values_mut().for_each(|course| course.forget_topic(topic, place));
            }
            Fact::Instance(InstanceEvent::Consumer { port, event }) => {
                self.client(entry.actor, *port, event, place)
            }
            Fact::Streams(StreamsEvent::Consumer(event)) => {
                self.client(entry.actor, Port::MAIN, event, place)
            }
            Fact::Lifecycle(Lifecycle::Crashed | Lifecycle::Frozen | Lifecycle::Stopped) => {
                self.gone(entry, place)
            }
            _ => {}
        }
    }

    /// What a process takes with it.
    fn gone(&mut self, entry: &Entry, place: Place) {
        let Actor::Node(node) = entry.actor else { return };
        let is_frozen = entry.fact == Fact::Lifecycle(Lifecycle::Frozen);
        let is_killed = entry.fact == Fact::Lifecycle(Lifecycle::Crashed);
        for (_, (group, name)) in self.clients.iter().filter(|((client, _), _)| *client == node) {
            let Some(course) = self.groups.get_mut(group) else { continue };
            course.down(name, place);
            if is_killed || is_frozen {
                course.moved(name, MoveKind::Down, String::new(), place);
                course.say(place, if is_killed { say::was_killed(&name) } else { say::froze(&name) });
            }
        }
    }

    fn client(&mut self, actor: Actor, port: Port, event: &ConsumerEvent, place: Place) {
        let Actor::Node(node) = actor else { return };
        match event {
            ConsumerEvent::GroupJoined { member, .. }
            | ConsumerEvent::Membership(MembershipEvent::EpochReceived { member, .. }) => {
                self.learn((node, port), member);
            }
            ConsumerEvent::RejoinRequested { .. }
            | ConsumerEvent::PartitionsRevoked { .. }
            | ConsumerEvent::PartitionsLost { .. }
            | ConsumerEvent::PartitionsAssigned { .. } => {}
            _ => return,
        }
        let Some((group, name)) = self.clients.get(&(node, port)) else { return };
        let Some(course) = self.groups.get_mut(group) else { return };
        happened(course, name, event, place);
    }

    fn learn(&mut self, client: (NodeId, Port), member: &MemberId) {
        let mut known = self.groups.iter().filter_map(|(id, course)| Some((id, course.name(member)?)));
        if let Some((group, name)) = known.next() {
            let who = (group.clone(), name.clone());
            self.clients.insert(client, who);
        }
    }
}

/// What happens at a member.
fn happened(course: &mut Course, name: &Arc<str>, event: &ConsumerEvent, place: Place) {
    match event {
        ConsumerEvent::RejoinRequested { reason } => {
            course.rejoins(name);
            course.moved(name, MoveKind::Asked, String::new(), place);
            course.say(place, say::is_to_join_again(&name, &reason));
        }
        ConsumerEvent::PartitionsRevoked { partitions, .. } if !partitions.is_empty() => {
            let text = words::partitions(partitions);
            course.say(place, say::gives_up_onpartitionsrevoked(&name, &text));
            course.moved(name, MoveKind::Revoked, text, place);
            let mut owned = course.owned(name);
            owned.retain(|tp| !partitions.contains(tp));
            course.owns(name, owned, place);
        }
        ConsumerEvent::PartitionsLost { partitions, .. } if !partitions.is_empty() => {
            let text = words::partitions(partitions);
            course.say(place, say::has_lost_onpartitionslost(&name, &text));
            course.moved(name, MoveKind::Lost, text, place);
            let mut owned = course.owned(name);
            owned.retain(|tp| !partitions.contains(tp));
            course.owns(name, owned, place);
        }
        ConsumerEvent::PartitionsAssigned { partitions, assignment, .. } => {
            let text = words::partitions(partitions);
            course.say(
                place,
                match (partitions.is_empty(), assignment.is_empty()) {
                    (true, true) => say::gets_no_partition_it_stands(&name),
                    (true, false) => say::keeps(&name, &words::partitions(assignment)),
                    (false, _) => say::takes_onpartitionsassigned(&name, &text),
                },
            );
            if !partitions.is_empty() {
                course.moved(name, MoveKind::Assigned, text, place);
            }
            course.owns(name, assignment.clone(), place);
        }
        _ => {}
    }
}

/// What happens at the coordinator, in the classic protocol.
fn classic(course: &mut Course, group: &GroupId, change: &GroupChange, place: Place) {
    match change {
        GroupChange::MemberJoined { member } => {
            let name: Arc<str> = member.client_id.to_string().into();
            course.know(&member.id, name.clone());
            // Why, in Kafka's words, follows.
            course.open(group, "", false, place);
            course.moved(&name, MoveKind::Joined, String::new(), place);
            course.say(place, say::joins_now(&name));
        }
        GroupChange::MemberRejoined { member, .. } => {
            if let Some(name) = course.name(member).cloned() {
                course.moved(&name, MoveKind::Joined, String::new(), place);
                course.say(place, say::joins_again(&name));
            }
        }
        GroupChange::StaticMemberReplaced { old, new, .. } => {
            if let Some(name) = course.name(old).cloned() {
                course.know(new, name);
            }
        }
        GroupChange::MemberRemoved { member, reason } => {
            let why = match reason {
                RemovalReason::SessionTimeout => say::no_heartbeat_for_session_timeout(),
                RemovalReason::Left(_) => say::it_left(),
                RemovalReason::RebalanceTimeout => say::it_did_not_join_again(),
                RemovalReason::SyncTimeout => say::it_did_not_ask_for(),
                RemovalReason::GroupFull => say::group_max_size_is_reached(),
            };
            removed(course, group, member, why, false, place);
        }
        GroupChange::RebalanceStarted { reason, wait, .. } => {
            course.open(group, reason, false, place);
            if let Some(rebalance) = course.now()
                && rebalance.reason.is_empty()
            {
                rebalance.reason = words::without_uuids(reason);
            }
            let waits = match wait {
                RebalanceWait::ForCompany { until, .. } => {
                    say::waits_for_company_until_group(&words::time(*until))
                }
                RebalanceWait::ForMembers { until } => say::everybody_is_to_join_again(&words::time(*until)),
            };
            course.say(place, say::the_coordinator_begins(&reason, &waits));
        }
        GroupChange::GenerationStarted { generation, leader, protocol, members, .. } => {
            course.round(generation.0);
            let names = words::list(members.iter().map(|member| course.called(member)), 8);
            let assigns = leader.as_ref().zip(protocol.as_ref()).map(|(leader, protocol)| {
                say::leads_and_runs_the_assignor(&course.called(leader), &protocol)
            });
            course.say(place, say::generation(&generation, &names, &assigns.unwrap_or_default()));
        }
        GroupChange::AssignmentDistributed { assignments } => {
            let parts = assignments.iter().map(|(member, assignment)| {
                format!("{} {}", course.called(member), words::partitions(&assignment.partitions))
            });
            let parts = words::list(parts, 8);
            course.say(place, say::the_assignment_is_there(&parts));
            for (member, assignment) in assignments {
                if let Some(name) = course.name(member).cloned() {
                    course.expect(name, &assignment.partitions);
                }
            }
        }
        GroupChange::AssignmentDropped => {
            course.say(place, say::another_rebalance_overtakes_the_assignment().to_owned());
        }
        GroupChange::StateChanged { to, .. } => match to {
            GroupState::PreparingRebalance => {
                course.open(group, say::the_group_changes(), false, place);
                course.phase(PhaseKind::PreparingRebalance, place);
            }
            GroupState::CompletingRebalance => course.phase(PhaseKind::CompletingRebalance, place),
            GroupState::Stable | GroupState::Empty | GroupState::Dead => {
                course.phase(PhaseKind::Settling, place)
            }
        },
        _ => {}
    }
}

/// The same in the consumer protocol.
fn modern(course: &mut Course, group: &GroupId, change: &ConsumerGroupChange, place: Place) {
    match change {
        ConsumerGroupChange::MemberSubscribed { member, subscription } => {
            let name: Arc<str> = subscription.client_id.to_string().into();
            if course.name(member).is_none() {
                course.know(member, name.clone());
                course.open(group, &say::joined(&name), true, place);
                course.moved(&name, MoveKind::Joined, String::new(), place);
                course.say(place, say::joins_now(&name));
            }
        }
        ConsumerGroupChange::StaticMemberReplaced { old, new, .. } => {
            if let Some(name) = course.name(old).cloned() {
                course.know(new, name);
            }
        }
        ConsumerGroupChange::MemberRemoved { member, reason } => {
            let why = match reason {
                MemberRemovedReason::SessionTimeout => say::no_heartbeat_for_group_consumer(),
                MemberRemovedReason::RebalanceTimeout => say::it_did_not_give_up(),
                MemberRemovedReason::Left => say::it_left(),
            };
            removed(course, group, member, why, true, place);
        }
        ConsumerGroupChange::GroupEpochBumped { epoch, .. } => {
            course.open(group, say::members_or_topics_changed(), true, place);
            course.round(epoch.0);
            course.say(place, say::group_epoch(&epoch));
        }
        ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor } => {
            course.say(place, say::target_assignment_of_epoch_by(&epoch, &assignor));
            course.phase(PhaseKind::Reconciling, place);
        }
        ConsumerGroupChange::TargetAssigned { member, partitions } => {
            let text = say::shall_have(&course.called(member), &words::partitions(partitions.iter()));
            course.say(place, text);
        }
        ConsumerGroupChange::MemberReconciled { member, epoch, state, assigned, pending_revocation } => {
            let Some(name) = course.name(member).cloned() else { return };
            course.expect(name.clone(), assigned);
            match state {
                MemberState::UnrevokedPartitions => {
                    course.moved(&name, MoveKind::Asked, String::new(), place);
                    let text = words::partitions(pending_revocation.iter());
                    course.say(place, say::stays_in_epoch_until_it(&name, &epoch, &text));
                }
                MemberState::UnreleasedPartitions => {
                    let text = say::is_in_epoch_and_waits(&name, &epoch);
                    // Each of its heartbeats finds it so; the first one is worth a sentence.
                    if course.now().is_some_and(|now| now.told.iter().all(|told| told.text != text)) {
                        course.say(place, text);
                    }
                }
                MemberState::Stable => course.say(place, say::is_in_epoch(&name, &epoch)),
            }
        }
        ConsumerGroupChange::StateChanged { to, .. } => {
            let kind = match to {
                ConsumerGroupState::Assigning => PhaseKind::Assigning,
                ConsumerGroupState::Reconciling => PhaseKind::Reconciling,
                ConsumerGroupState::Stable | ConsumerGroupState::Empty | ConsumerGroupState::Dead => {
                    PhaseKind::Settling
                }
            };
            course.phase(kind, place);
        }
        _ => {}
    }
}

fn removed(
    course: &mut Course,
    group: &GroupId,
    member: &MemberId,
    why: &str,
    is_modern: bool,
    place: Place,
) {
    let Some(name) = course.name(member).cloned() else { return };
    course.open(group, &say::is_out(&name, &why), is_modern, place);
    course.out(&name);
    course.moved(&name, MoveKind::Out, String::new(), place);
    course.say(place, say::is_out(&name, &why));
}
