//! Joining: giving up what is owned, JoinGroup, its answer (`onJoinPrepare`, `joinGroupIfNeeded`).

use crate::assignor::{Assignor, AssignorMemory, RebalanceProtocol};
use crate::consumer::commit::rebalance_timeout;
use crate::consumer::event::{CommitKind, ConsumerEvent, Purpose};
use crate::consumer::state::{Held, MemberState, Pending};
use crate::consumer::turn::Turn;
use millrace_model::protocol::{JoinGroupRequest, JoinGroupResponse, Subscription};
use millrace_model::{Bytes, ErrorCode, Generation, MemberId, Request, Span, TopicPartition};
use std::sync::Arc;

/// What JoinGroup may take longer than the rebalance timeout (`JOIN_GROUP_TIMEOUT_LAPSE`).
const JOIN_GROUP_TIMEOUT_LAPSE: Span = Span::from_secs(5);

impl Turn<'_> {
    /// Auto-commit first, if enabled. Then partitions are given up: all of them with the eager protocol, those of topics
    /// that are no longer subscribed with the cooperative one, and all are lost if the member is out.
    pub fn prepare_join(&mut self) {
        if self.c.config.enable_auto_commit && !self.c.membership.prepare_started {
            self.emit(ConsumerEvent::JoinPrepareStarted);
            let offsets = self.c.all_consumed();
            if !offsets.is_empty() {
                let deadline = self.now + rebalance_timeout(&self.c.config);
                self.start_commit(CommitKind::AutoBeforeRevocation, offsets, deadline);
                return;
            }
        }
        match self.c.rebalance_protocol() {
            RebalanceProtocol::Cooperative if !self.is_out() => {
                let unwanted = |tp: &&TopicPartition| !self.c.subscription.contains(&tp.topic);
                let partitions: Vec<TopicPartition> =
                    self.c.partitions.keys().filter(unwanted).cloned().collect();
                if !partitions.is_empty() {
                    self.revoke(partitions);
                }
            }
            RebalanceProtocol::Cooperative | RebalanceProtocol::Eager => self.give_up_partitions(),
        }
        self.emit(ConsumerEvent::JoinPrepareFinished);
    }

    /// True if generation or member id were reset, and partitions with them.
    fn is_out(&self) -> bool {
        let member = &self.c.membership;
        member.generation == Generation::NONE || member.id == MemberId::unknown()
    }

    /// All of them: revoked, or lost if the member is out.
    pub fn give_up_partitions(&mut self) {
        if self.is_out() {
            self.lose_partitions();
        } else {
            self.revoke(self.c.partitions.keys().cloned().collect());
        }
    }

    pub fn revoke(&mut self, partitions: Vec<TopicPartition>) {
        let generation = self.c.membership.joined_generation;
        self.emit(ConsumerEvent::PartitionsRevoked { partitions, generation });
    }

    pub fn lose_partitions(&mut self) {
        let partitions: Vec<TopicPartition> = self.c.partitions.keys().cloned().collect();
        if !partitions.is_empty() {
            let generation = self.c.membership.joined_generation;
            self.emit(ConsumerEvent::PartitionsLost { partitions, generation });
        }
    }

    pub fn join(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let c = &self.c;
        let subscription = |(assignor, memory): &(Assignor, AssignorMemory)| {
            let subscription = Subscription {
                topics: c.subscription.to_vec(),
                user_data: assignor.subscription_user_data(memory).or_else(|| c.user_data.clone()),
                owned_partitions: c.partitions.keys().cloned().collect(),
                generation: c.membership.generation,
                rack: None,
            };
            (Arc::from(assignor.name()), subscription)
        };
        let request = JoinGroupRequest {
            group: c.group.clone(),
            member: c.membership.id.clone(),
            group_instance_id: c.group_instance_id.clone(),
            client_id: c.client_id.clone(),
            client_host: c.host.clone(),
            session_timeout: c.config.session_timeout,
            rebalance_timeout: rebalance_timeout(&c.config),
            protocols: c.assignors.iter().map(subscription).collect(),
            reason: c.membership.rejoin_reason.clone(),
        };
        let timeout = c.config.request_timeout.max(rebalance_timeout(&c.config) + JOIN_GROUP_TIMEOUT_LAPSE);
        self.send_within(timeout, to, Purpose::JoinGroup, Request::JoinGroup(request));
    }

    pub fn set_user_data(&mut self, data: &Bytes) {
        if self.c.user_data.as_ref() != Some(data) {
            self.emit(ConsumerEvent::UserDataSet { data: data.clone() });
        }
    }

    /// Nobody reads the answer before the application polls: the heartbeat thread is disabled while a member joins.
    pub fn join_came(&mut self, sent: (Generation, MemberId), answer: &JoinGroupResponse) {
        if self.c.in_poll {
            self.join_answered(&sent, answer);
        } else {
            self.emit(ConsumerEvent::JoinAnswerHeld { answer: Arc::new(answer.clone()), sent });
        }
    }

    /// What came outside of poll is looked at now.
    pub fn complete_held(&mut self) {
        match self.c.membership.held.clone() {
            Some(Held::Join(answer, sent)) => self.join_answered(&sent, &answer),
            Some(Held::Sync(assignment)) => self.complete_join(&assignment),
            None => {}
        }
    }

    fn join_answered(&mut self, sent: &(Generation, MemberId), answer: &JoinGroupResponse) {
        let error = answer.error;
        match error {
            ErrorCode::None => self.joined(answer),
            ErrorCode::MemberIdRequired => {
                self.emit(ConsumerEvent::MemberIdAssigned { member: answer.member.clone() });
                let reason = format!("need to re-join with the given member-id: {}", answer.member);
                self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
            }
            ErrorCode::UnknownMemberId => {
                let member = &self.c.membership;
                if *sent == (member.generation, member.id.clone()) {
                    self.reset_generation("JOIN_GROUP", error);
                }
                self.retry_join_now("JoinGroup", error);
            }
            ErrorCode::RebalanceInProgress => self.retry_join_now("JoinGroup", error),
            ErrorCode::CoordinatorLoadInProgress => self.join_failed("JoinGroup", error),
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.mark_coordinator_unknown(&format!("error response {error}"));
                self.join_failed("JoinGroup", error);
            }
            ErrorCode::GroupMaxSizeReached => {
                let message = format!(
                    "Consumer group {} already has the configured maximum number of members.",
                    self.c.group
                );
                self.join_threw("JoinGroup", error, "GroupMaxSizeReachedException", &message);
            }
            ErrorCode::FencedInstanceId => {
                self.join_threw("JoinGroup", error, "FencedInstanceIdException", error.message())
            }
            ErrorCode::InconsistentGroupProtocol => {
                self.join_threw("JoinGroup", error, "InconsistentGroupProtocolException", error.message())
            }
            ErrorCode::InvalidSessionTimeout => {
                self.join_threw("JoinGroup", error, "InvalidSessionTimeoutException", error.message())
            }
            ErrorCode::InvalidGroupId => {
                self.join_threw("JoinGroup", error, "InvalidGroupIdException", error.message())
            }
            unexpected => {
                let message = format!("Unexpected error in join group response: {}", unexpected.message());
                self.join_threw("JoinGroup", unexpected, "KafkaException", &message);
            }
        }
    }

    fn joined(&mut self, answer: &JoinGroupResponse) {
        if self.c.membership.state != MemberState::PreparingRebalance {
            self.retry_join_now("JoinGroup", ErrorCode::UnknownMemberId);
            return;
        }
        let leads = answer.leader == answer.member;
        let members = leads.then(|| Arc::from(answer.members.as_slice()));
        self.emit(ConsumerEvent::GroupJoined {
            generation: answer.generation,
            member: answer.member.clone(),
            protocol: answer.protocol.clone(),
            members,
            skip_assignment: answer.skip_assignment,
            at: self.now,
        });
        if leads && !self.c.metadata_covers_group() {
            self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
        }
    }

    /// Tried again after a backoff; the reason stands in the next JoinGroup.
    pub fn join_failed(&mut self, api: &'static str, error: ErrorCode) {
        let retry_at = self.retry_at(self.c.membership.failures);
        self.join_failed_until(api, error, retry_at);
    }

    pub fn retry_join_now(&mut self, api: &'static str, error: ErrorCode) {
        self.join_failed_until(api, error, self.now);
    }

    pub fn join_threw(
        &mut self,
        api: &'static str,
        error: ErrorCode,
        exception: &'static str,
        message: &str,
    ) {
        self.retry_join_now(api, error);
        self.raise(error, exception, message);
    }

    fn join_failed_until(&mut self, api: &'static str, error: ErrorCode, retry_at: millrace_model::Time) {
        let reason = format!("rebalance failed due to {}", exception_of(error));
        self.emit(ConsumerEvent::JoinFailed { api, error, retry_at });
        self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
    }

    /// True if the answer belongs to the generation that the member is in now (`generationUnchanged`).
    pub fn is_current(&self, pending: &Pending) -> bool {
        let member = &self.c.membership;
        pending.generation == member.generation && pending.member == member.id
    }

    /// `resetStateOnResponseError`: the member id outlives an ILLEGAL_GENERATION.
    pub fn reset_generation(&mut self, api: &str, error: ErrorCode) {
        let reason = format!("encountered {error} from {api} response");
        let member_id_too = error != ErrorCode::IllegalGeneration;
        self.emit(ConsumerEvent::GenerationReset { reason: reason.into(), member_id_too });
    }
}

/// The simple name of the exception behind an error: `UNKNOWN_MEMBER_ID` is an `UnknownMemberIdException`.
pub(in crate::consumer) fn exception_of(error: ErrorCode) -> String {
    if error == ErrorCode::RequestTimedOut {
        return "DisconnectException".to_owned();
    }
    let mut name = String::new();
    for word in error.name().trim_end_matches("_EXCEPTION").split('_') {
        let mut letters = word.chars();
        name.extend(letters.next());
        name.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    name + "Exception"
}
