//! What the controller of several brokers says: who takes part, who leads, who is in sync. The first of a decision's records
//! that matters, and how many more there are.

use super::{Sentence, SentenceKind};
use millrace_broker::controller::ControllerEvent;
use millrace_model::protocol::MetadataRecord;
use millrace_words::sentences as say;

/// Whether a record is worth a sentence.
fn matters(record: &&MetadataRecord) -> bool {
    match record {
        MetadataRecord::BrokerRegistrationChange { .. } => true,
        MetadataRecord::PartitionChange(change) => {
            !crate::cast::is_internal(change.tp.topic.as_str())
                && (change.leader.is_some() || change.isr.is_some())
        }
        MetadataRecord::RegisterBroker { .. }
        | MetadataRecord::UnregisterBroker { .. }
        | MetadataRecord::Topic { .. }
        | MetadataRecord::Partition(_)
        | MetadataRecord::RemoveTopic { .. }
        | MetadataRecord::Config { .. } => false,
    }
}

pub(crate) fn is_notable(event: &ControllerEvent) -> bool {
    match event {
        ControllerEvent::Appended(delta) => delta.records.iter().any(|record| matters(&record)),
        // A broker that was killed cannot register while its session lasts: it asks again.
        ControllerEvent::Rejected { .. } => true,
        ControllerEvent::SessionChanged { .. } | ControllerEvent::RebalanceChecked { .. } => false,
    }
}

pub(super) fn sentence(event: &ControllerEvent) -> Option<Sentence> {
    match event {
        ControllerEvent::Appended(delta) => {
            let mut records = delta.records.iter().filter(matters);
            let text = said(records.next()?);
            let more = records.count();
            let text = if more == 0 { text } else { say::controller_more(&text, &more) };
            Sentence::new(SentenceKind::Broker, text)
        }
        ControllerEvent::Rejected { api, subject, error, .. } => {
            Sentence::new(SentenceKind::Problem, say::controller_refused(&subject, &api, &error))
        }
        ControllerEvent::SessionChanged { .. } | ControllerEvent::RebalanceChecked { .. } => None,
    }
}

fn said(record: &MetadataRecord) -> String {
    match record {
        MetadataRecord::BrokerRegistrationChange { broker, fenced: Some(true), .. } => {
            say::controller_fenced(&broker)
        }
        MetadataRecord::BrokerRegistrationChange { broker, fenced: Some(false), .. } => {
            say::controller_unfenced(&broker)
        }
        MetadataRecord::BrokerRegistrationChange { broker, fenced: None, .. } => {
            say::controller_stopping(&broker)
        }
        MetadataRecord::PartitionChange(change) => match (change.leader, &change.isr) {
            (Some(Some(leader)), _) => say::controller_leads(&change.tp, &leader),
            (Some(None), _) => say::controller_leaderless(&change.tp),
            (None, Some(isr)) => {
                let brokers: Vec<String> = isr.iter().map(|id| format!("broker-{id}")).collect();
                say::controller_in_sync(&change.tp, &brokers.join(", "))
            }
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}
