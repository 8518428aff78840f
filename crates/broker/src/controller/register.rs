//! BrokerRegistration (`ClusterControlManager.registerBroker`): a broker has started; from its record's offset on it has an
//! epoch of its own, and it is fenced until it has read that record. UnregisterBroker: it is forgotten.

use super::{Controller, ControllerEvent, Draft, Session};
use millrace_model::protocol::{BrokerRegistrationRequest, MetadataRecord};
use millrace_model::{BrokerEpoch, BrokerId, ErrorCode, Offset, Time};
use std::sync::Arc;

impl Controller {
    pub(super) fn register(
        &self,
        now: Time,
        request: &BrokerRegistrationRequest,
        draft: &mut Draft,
    ) -> Result<BrokerEpoch, ErrorCode> {
        let id = request.broker.id;
        let known = self.registrations.get(&id);
        let is_same_life = known.is_some_and(|known| known.incarnation == request.incarnation);
        // Another process under this number may still be alive: not before its session is over.
        if known.is_some() && !is_same_life && self.has_valid_session(id, now) {
            let error = ErrorCode::DuplicateBrokerRegistration;
            let words = "Another broker is registered with that broker id.";
            draft.rejected("BrokerRegistration", &id.to_string(), &(error, Some(words.into())));
            return Err(error);
        }
        let (broker_epoch, fenced) = match known.filter(|_| is_same_life) {
            Some(known) => (known.broker_epoch, known.fenced),
            None => {
                // What it had in its memory only is gone, unless it stopped cleanly (KIP-966).
                let epoch = known.map_or(BrokerEpoch::NONE, |known| known.broker_epoch);
                if self.config.eligible_leader_replicas
                    && known.is_some()
                    && request.previous_broker_epoch != epoch
                {
                    self.broker_stopped_uncleanly(id, draft);
                }
                let offset = self.end.plus(draft.records.len());
                (BrokerEpoch(offset.0), true)
            }
        };
        draft.records.push(MetadataRecord::RegisterBroker {
            broker: request.broker.clone(),
            broker_epoch,
            incarnation: request.incarnation,
            fenced,
        });
        let session = Session {
            last_contact: now,
            fenced,
            metadata_offset: Offset(-1),
            controlled_shutdown_offset: None,
        };
        draft.events.push(ControllerEvent::SessionChanged { broker: id, session });
        Ok(broker_epoch)
    }

    /// UnregisterBroker (`ReplicationControlManager.unregisterBroker`): a broker is forgotten, whether it runs or not. It leads
    /// nothing and is in no ISR any more; who replicates what stays. A process that runs on is told that it is unknown.
    pub(super) fn unregister(&self, broker: BrokerId, draft: &mut Draft) -> (ErrorCode, Option<Arc<str>>) {
        if !self.registrations.contains_key(&broker) {
            let error = ErrorCode::BrokerIdNotRegistered;
            let words = format!("Broker ID {broker} is not currently registered");
            let refusal = (error, Some(words.into()));
            draft.rejected("UnregisterBroker", &broker.to_string(), &refusal);
            return refusal;
        }
        self.update_leaders(Some(broker), None, None, draft);
        draft.records.push(MetadataRecord::UnregisterBroker { broker });
        (ErrorCode::None, None)
    }

    pub(super) fn has_valid_session(&self, broker: BrokerId, now: Time) -> bool {
        self.sessions.get(&broker).is_some_and(|session| {
            !session.fenced && session.last_contact + self.config.broker_session_timeout >= now
        })
    }

    /// Whether a broker speaks under its newest registration (`checkBrokerEpoch`).
    pub(super) fn check_epoch(&self, broker: BrokerId, epoch: BrokerEpoch) -> Result<(), ErrorCode> {
        match self.registrations.get(&broker) {
            Some(known) if known.broker_epoch == epoch => Ok(()),
            Some(_) | None => Err(ErrorCode::StaleBrokerEpoch),
        }
    }
}
