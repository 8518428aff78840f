//! TxnOffsetCommit: positions that hold once their transaction is committed (`OffsetMetadataManager.commitTransactionalOffset`,
//! `completeTransaction`).

use super::commit::{Judged, check, judged};
use super::draft::{Draft, rejection};
use super::{GroupChange, offsets_log};
use crate::{Broker, Event};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::protocol::{OffsetCommitRequest, TxnOffsetCommitRequest};
use millrace_model::{ErrorCode, ProducedBy, ProducerId, Time, TopicPartition};

/// What follows, and the answer for each partition.
pub(crate) fn txn_offset_commit(
    broker: &Broker,
    now: Time,
    request: &TxnOffsetCommitRequest,
) -> (Vec<Event>, Vec<(TopicPartition, ErrorCode)>) {
    let plain = OffsetCommitRequest {
        group: request.group.clone(),
        generation: request.generation,
        member: request.member.clone(),
        group_instance_id: request.group_instance_id.clone(),
        offsets: request.offsets.clone(),
    };
    let mut draft = match check(broker, &plain, true) {
        Ok(Some(group)) => Draft::of(broker, now, group),
        Ok(None) => Draft::create(broker, now, &request.group),
        Err(error) => {
            let partitions = request.offsets.iter().map(|(tp, _)| (tp.clone(), error)).collect();
            return (vec![rejection("TxnOffsetCommit", &request.group, &request.member, error)], partitions);
        }
    };
    let Judged { mut partitions, offsets, records } = judged(broker, now, &plain);
    if !records.is_empty() {
        let producer = ProducedBy {
            id: request.producer_id,
            epoch: request.producer_epoch,
            base_sequence: NO_SEQUENCE,
            is_transactional: true,
            marker: None,
        };
        match offsets_log::append_in_transaction(broker, now, &request.group, records, producer) {
            Ok(event) => {
                draft.happened(event);
                draft.push(GroupChange::TxnOffsetsPending { producer_id: request.producer_id, offsets });
            }
            Err(error) => {
                for (_, code) in partitions.iter_mut().filter(|(_, code)| *code == ErrorCode::None) {
                    *code = error;
                }
            }
        }
    }
    if let Some((_, error)) = partitions.iter().find(|(_, error)| *error != ErrorCode::None) {
        draft.reject("TxnOffsetCommit", &request.member, *error);
    }
    (draft.finish().events, partitions)
}

/// A transaction has got its marker in `tp`, a partition of `__consumer_offsets`: what it wrote for the groups there holds,
/// or is forgotten.
pub(crate) fn txn_ended(
    broker: &Broker,
    now: Time,
    tp: &TopicPartition,
    producer_id: ProducerId,
    committed: bool,
) -> Vec<Event> {
    let mut events = Vec::new();
    for group in broker.groups().filter(|group| broker.offsets_partition(group.id()) == *tp) {
        let Some(pending) = group.pending_txn_offsets.get(&producer_id) else { continue };
        let mut draft = Draft::of(broker, now, group);
        draft.push(GroupChange::TxnOffsetsEnded { producer_id, committed });
        if committed {
            let offsets = pending.iter().map(|(tp, committed)| (tp.clone(), committed.clone())).collect();
            draft.push(GroupChange::OffsetCommitted { member: None, offsets });
        }
        events.extend(draft.finish().events);
    }
    events
}
