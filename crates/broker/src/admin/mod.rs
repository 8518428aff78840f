//! What an administrator does to what is there ([`AdminRequest`]): which file decides what.

mod delete_records;
mod import_logs;

use crate::{Broker, Event, Outcome, RequestId, config, group, txn, upkeep};
use millrace_model::protocol::{AdminRequest, AdminResponse};
use millrace_model::{EndTxnMarker, ErrorCode, Offset, Response, Time, TopicPartition};
use std::sync::Arc;

/// What a decision comes to: events, and the answer without its API.
pub(crate) struct Administered {
    pub events: Vec<Event>,
    pub error: ErrorCode,
    pub words: Option<Arc<str>>,
    pub partitions: Vec<(TopicPartition, ErrorCode, Offset)>,
}

impl Administered {
    pub fn done(events: Vec<Event>) -> Administered {
        Administered { events, error: ErrorCode::None, words: None, partitions: Vec::new() }
    }

    pub fn refused(error: ErrorCode, words: Option<Arc<str>>) -> Administered {
        Administered { events: Vec::new(), error, words, partitions: Vec::new() }
    }
}

pub(crate) fn admin(broker: &Broker, now: Time, from: RequestId, request: &AdminRequest) -> Outcome {
    let (subject, done): (Arc<str>, Administered) = match request {
        AdminRequest::IncrementalAlterConfigs { resource, changes } => {
            (resource.name.clone(), config::alter_configs(broker, resource, changes))
        }
        AdminRequest::DeleteRecords { offsets } => {
            let first = offsets.first().map(|(tp, _)| tp.to_string()).unwrap_or_default();
            (first.into(), delete_records::delete_records(broker, offsets))
        }
        AdminRequest::ImportLogs { offsets } => {
            let first = offsets.first().map(|(tp, ..)| tp.to_string()).unwrap_or_default();
            (first.into(), import_logs::import_logs(broker, offsets))
        }
        AdminRequest::DeleteGroups { group } => {
            (group.as_str().into(), group::delete_group(broker, now, group))
        }
        AdminRequest::OffsetDelete { group, partitions } => {
            (group.as_str().into(), group::delete_offsets(broker, now, group, partitions))
        }
        AdminRequest::WriteTxnMarkers { tp, producer_id, producer_epoch, coordinator_epoch } => {
            let marker = EndTxnMarker { committed: false, coordinator_epoch: *coordinator_epoch };
            let done = match txn::end_in_partition(broker, now, tp, (*producer_id, *producer_epoch), marker) {
                Ok(events) => Administered::done(events),
                Err(error) => Administered::refused(error, None),
            };
            (tp.to_string().into(), done)
        }
    };
    let api = request.api();
    let mut events = done.events;
    if events.iter().any(|event| upkeep::is_touched(broker, event)) {
        events.push(Event::LogsChecked { at: now });
    }
    let failed = done.partitions.iter().map(|(_, error, _)| *error).find(|error| *error != ErrorCode::None);
    if let Some(error) = Some(done.error).filter(|error| *error != ErrorCode::None).or(failed) {
        events.push(Event::rejected(api, &subject, error, done.words.as_deref()));
    }
    let answer = AdminResponse { api, error: done.error, words: done.words, partitions: done.partitions };
    Outcome { events, replies: vec![(from, Response::Admin(answer))], ..Outcome::default() }
}
