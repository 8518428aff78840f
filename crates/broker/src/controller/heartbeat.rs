//! BrokerHeartbeat (`BrokerHeartbeatManager`, `ReplicationControlManager.processBrokerHeartbeat`): who is alive is unfenced,
//! who falls silent is fenced, who wants to stop may do so once it leads nothing and the others know.

use super::{Controller, ControllerEvent, Draft, Session};
use millrace_model::protocol::{BrokerHeartbeatRequest, BrokerHeartbeatResponse, MetadataRecord};
use millrace_model::{BrokerId, ErrorCode, Offset, Time};

/// Where a broker stands (`BrokerControlState`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

impl Controller {
    pub(super) fn heartbeat(
        &self,
        now: Time,
        request: &BrokerHeartbeatRequest,
        draft: &mut Draft,
    ) -> Result<BrokerHeartbeatResponse, ErrorCode> {
        let id = request.broker;
        let checked = self.check_epoch(id, request.broker_epoch);
        if let Err(error) = checked {
            draft.rejected("BrokerHeartbeat", &id.to_string(), &(error, None));
            return Err(error);
        }
        let session = self.sessions.get(&id).copied().ok_or(ErrorCode::BrokerIdNotRegistered)?;
        let is_caught_up = request.current_metadata_offset.0 >= request.broker_epoch.0;
        let current = match session {
            Session { controlled_shutdown_offset: Some(_), .. } => State::ControlledShutdown,
            Session { fenced: true, .. } => State::Fenced,
            Session { .. } => State::Unfenced,
        };
        let next = self.next_state(&session, current, request, is_caught_up);
        if next != current {
            match next {
                State::Fenced | State::ShutdownNow => self.broker_fenced(id, draft),
                State::Unfenced => self.broker_unfenced(id, draft),
                State::ControlledShutdown => self.broker_in_controlled_shutdown(id, draft),
            }
        }
        let fenced = matches!(next, State::Fenced | State::ShutdownNow);
        // What the others have to know before it may go: all that was written for it, and it does not wait for more.
        let controlled_shutdown_offset = match next {
            State::ControlledShutdown => {
                let written = self.end.plus(draft.records.len());
                session.controlled_shutdown_offset.or(Some(Offset(written.0.saturating_sub(1))))
            }
            State::Fenced | State::Unfenced | State::ShutdownNow => None,
        };
        let session = Session {
            last_contact: now,
            fenced,
            metadata_offset: request.current_metadata_offset,
            controlled_shutdown_offset,
        };
        draft.events.push(ControllerEvent::SessionChanged { broker: id, session });
        let should_shut_down = next == State::ShutdownNow;
        Ok(BrokerHeartbeatResponse { is_caught_up, is_fenced: fenced, should_shut_down })
    }

    /// `BrokerHeartbeatManager.calculateNextBrokerState`.
    fn next_state(
        &self,
        session: &Session,
        current: State,
        request: &BrokerHeartbeatRequest,
        is_caught_up: bool,
    ) -> State {
        match current {
            State::Fenced if request.want_shut_down => State::ShutdownNow,
            State::Fenced if !request.want_fence && is_caught_up => State::Unfenced,
            State::Fenced => State::Fenced,
            State::Unfenced if request.want_fence && request.want_shut_down => State::ShutdownNow,
            State::Unfenced if request.want_fence => State::Fenced,
            State::Unfenced if request.want_shut_down && self.has_leaderships(request.broker) => {
                State::ControlledShutdown
            }
            State::Unfenced if request.want_shut_down => State::ShutdownNow,
            State::Unfenced => State::Unfenced,
            State::ControlledShutdown => {
                let told =
                    session.controlled_shutdown_offset.unwrap_or(Offset(-1)) <= self.lowest_active_offset();
                let is_free = !self.has_leaderships(request.broker);
                if is_free && told { State::ShutdownNow } else { State::ControlledShutdown }
            }
            State::ShutdownNow => State::ShutdownNow,
        }
    }

    fn has_leaderships(&self, broker: BrokerId) -> bool {
        self.partitions().any(|(_, state)| state.leader == Some(broker))
    }

    /// How far every broker that is alive and stays has read.
    fn lowest_active_offset(&self) -> Offset {
        let active = self.sessions.values().filter(|s| !s.fenced && s.controlled_shutdown_offset.is_none());
        active.map(|session| session.metadata_offset).min().unwrap_or(Offset(i64::MAX))
    }

    /// `handleBrokerFenced`: it leads nothing and is in no ISR any more, if another is.
    fn broker_fenced(&self, broker: BrokerId, draft: &mut Draft) {
        self.update_leaders(Some(broker), None, None, draft);
        self.change_registration(broker, Some(true), false, draft);
    }

    /// `handleBrokerUnfenced`: what has no leader may have one again.
    fn broker_unfenced(&self, broker: BrokerId, draft: &mut Draft) {
        self.change_registration(broker, Some(false), false, draft);
        self.update_leaders(None, Some(broker), None, draft);
    }

    /// `handleBrokerInControlledShutdown`.
    fn broker_in_controlled_shutdown(&self, broker: BrokerId, draft: &mut Draft) {
        self.change_registration(broker, None, true, draft);
        self.update_leaders(Some(broker), None, None, draft);
    }

    /// `handleBrokerUncleanShutdown`.
    pub(super) fn broker_stopped_uncleanly(&self, broker: BrokerId, draft: &mut Draft) {
        self.update_leaders(None, None, Some(broker), draft);
    }

    fn change_registration(
        &self,
        broker: BrokerId,
        fenced: Option<bool>,
        in_controlled_shutdown: bool,
        draft: &mut Draft,
    ) {
        let Some(known) = self.registrations.get(&broker) else { return };
        draft.records.push(MetadataRecord::BrokerRegistrationChange {
            broker,
            broker_epoch: known.broker_epoch,
            fenced,
            in_controlled_shutdown,
        });
    }

    /// A controller that becomes active has heard of nobody yet: every session begins anew (`ClusterControlManager.activate`).
    pub(super) fn activate(&self, now: Time, draft: &mut Draft) {
        for (id, known) in self.registrations.iter() {
            let session = Session {
                last_contact: now,
                fenced: known.fenced,
                metadata_offset: Offset(-1),
                controlled_shutdown_offset: None,
            };
            draft.events.push(ControllerEvent::SessionChanged { broker: *id, session });
        }
    }

    pub(super) fn next_session_check(&self) -> Option<Time> {
        let unfenced = self.sessions.values().filter(|session| !session.fenced);
        let first = unfenced.map(|session| session.last_contact).min()?;
        // A session is valid up to and with its last moment.
        Some(first + self.config.broker_session_timeout + millrace_model::Span(1))
    }

    /// `maybeFenceOneStaleBroker`: one at a time, so that each is seen before the next.
    pub(super) fn fence_one_stale_broker(&self, now: Time, draft: &mut Draft) -> bool {
        let unfenced = self.sessions.iter().filter(|(_, session)| !session.fenced);
        let Some((id, session)) = unfenced.min_by_key(|(_, session)| session.last_contact) else {
            return false;
        };
        if session.last_contact + self.config.broker_session_timeout >= now {
            return false;
        }
        self.broker_fenced(*id, draft);
        let session = Session { fenced: true, controlled_shutdown_offset: None, ..*session };
        draft.events.push(ControllerEvent::SessionChanged { broker: *id, session });
        true
    }
}
