//! One member of a classic group (`ClassicGroupMember`).

use crate::RequestId;
use millrace_model::protocol::{Assignment, JoinGroupRequest, JoinedMember, Subscription};
use millrace_model::{ClientId, MemberId, Span, Time};
use std::sync::Arc;

/// A member, as the coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: ClientId,
    /// Where it runs.
    pub client_host: Arc<str>,
    /// `session.timeout.ms`.
    pub session_timeout: Span,
    /// `max.poll.interval.ms`.
    pub rebalance_timeout: Span,
    /// Assignors it knows, in the order of its preference, each with its subscription.
    pub protocols: Arc<[(Arc<str>, Subscription)]>,
    /// What it reads in this generation.
    pub assignment: Assignment,
    /// Has it never been in a generation?
    pub is_new: bool,
    /// Its JoinGroup that waits for the join phase to end.
    pub awaiting_join: Option<RequestId>,
    /// Its SyncGroup that waits for the leader.
    pub awaiting_sync: Option<RequestId>,
    /// When it last gave a sign of life.
    pub last_heartbeat: Time,
    /// When it is out without another one; `None` while its request waits here past that moment.
    pub session_deadline: Option<Time>,
}

impl Member {
    /// The member that a JoinGroup describes. A new member gets 5 minutes, whatever its session timeout is: it
    /// cannot send heartbeats before it is answered (`group.new.member.join.timeout.ms`).
    pub(super) fn joining(id: MemberId, request: &JoinGroupRequest, from: RequestId, now: Time) -> Member {
        const NEW_MEMBER_JOIN_TIMEOUT: Span = Span::from_secs(300);
        Member {
            id,
            group_instance_id: request.group_instance_id.clone(),
            client_id: request.client_id.clone(),
            client_host: Arc::clone(&request.client_host),
            session_timeout: request.session_timeout,
            rebalance_timeout: request.rebalance_timeout,
            protocols: request.protocols.clone().into(),
            assignment: Assignment::default(),
            is_new: true,
            awaiting_join: Some(from),
            awaiting_sync: None,
            last_heartbeat: now,
            session_deadline: Some(now + NEW_MEMBER_JOIN_TIMEOUT),
        }
    }

    /// Its subscription for an assignor.
    pub fn subscription(&self, protocol: &str) -> Option<&Subscription> {
        self.protocols.iter().find(|(name, _)| &**name == protocol).map(|(_, subscription)| subscription)
    }

    /// What the leader learns of it.
    pub(super) fn joined(&self, protocol: &str) -> JoinedMember {
        JoinedMember {
            member: self.id.clone(),
            group_instance_id: self.group_instance_id.clone(),
            subscription: self.subscription(protocol).cloned().unwrap_or_default(),
        }
    }

    /// A missing heartbeat does not count while a request of the member waits here. That of a new member does: its
    /// client may be gone (`hasSatisfiedHeartbeat`).
    pub(super) fn has_satisfied_heartbeat(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}
