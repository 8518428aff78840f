//! What the controller of several brokers says: who takes part, who leads, who is in sync. The first of a decision's records
//! that matters, and how many more there are.

use super::replica::ids;
use super::{Names, Sentence, SentenceKind};
use millrace_broker::controller::ControllerEvent;
use millrace_model::protocol::{MetadataDelta, MetadataRecord, PartitionChange, PartitionRegistration};
use millrace_model::{BrokerId, Offset, TopicPartition};
use millrace_words::{cluster, sentences as say};

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

pub(super) fn sentence(event: &ControllerEvent, names: &Names<'_>) -> Option<Sentence> {
    match event {
        ControllerEvent::Appended(delta) => {
            let mut records = delta.records.iter().filter(matters);
            let text = said(records.next()?, delta, names);
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

fn said(record: &MetadataRecord, delta: &MetadataDelta, names: &Names<'_>) -> String {
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
            (Some(leader), _) => match before(&change.tp, delta, names) {
                Some(before) => elected(change, leader, &before),
                None => leader.map_or_else(
                    || say::controller_leaderless(&change.tp),
                    |leader| say::controller_leads(&change.tp, &leader),
                ),
            },
            (None, Some(isr)) => {
                let brokers: Vec<String> = isr.iter().map(|id| format!("broker-{id}")).collect();
                say::controller_in_sync(&change.tp, &brokers.join(", "))
            }
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

/// Who was chosen, from whom, under which epoch.
fn elected(change: &PartitionChange, leader: Option<BrokerId>, before: &PartitionRegistration) -> String {
    let after = before.merge(change);
    let (tp, epoch) = (&change.tp, &after.leader_epoch);
    let (was, now) = (ids(&before.isr), ids(&after.isr));
    match leader {
        None => cluster::controller_finds_none(tp, &was, epoch),
        Some(leader) if before.leader == Some(leader) => cluster::controller_raises(&leader, tp, epoch, &now),
        Some(leader) if before.isr.contains(&leader) => {
            cluster::controller_elects(&leader, tp, &was, &now, epoch)
        }
        Some(leader) if before.elr.contains(&leader) => {
            cluster::controller_elects_eligible(&leader, tp, &ids(&before.elr), epoch)
        }
        Some(leader) => cluster::controller_elects_unclean(&leader, tp, &was, epoch),
    }
}

/// What a partition was before a stretch of the controller's log: the log itself says it.
fn before(tp: &TopicPartition, delta: &MetadataDelta, names: &Names<'_>) -> Option<PartitionRegistration> {
    let log = names.world().controller()?.records_from(Offset(0));
    let earlier = log.take_while(|earlier| earlier.base_offset < delta.base_offset);
    let mut state: Option<PartitionRegistration> = None;
    for record in earlier.flat_map(|earlier| earlier.records.iter()) {
        match record {
            MetadataRecord::Partition(new) if new.0 == *tp => state = Some(new.1.clone()),
            MetadataRecord::PartitionChange(change) if change.tp == *tp => {
                state = state.map(|state| state.merge(change));
            }
            MetadataRecord::RemoveTopic { topic } if *topic == tp.topic => state = None,
            _ => {}
        }
    }
    state
}
