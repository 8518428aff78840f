//! AddOffsetsToTxn: the group's partition of `__consumer_offsets` will get a marker, too
//! (`KafkaApis.handleAddOffsetsToTxnRequest`).

use super::{Answered, add_partitions::added, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, TxnResponse};
use millrace_model::{ErrorCode, Time, TransactionVersion};

pub(super) fn add_offsets(broker: &Broker, now: Time, request: &AddOffsetsToTxnRequest) -> Answered {
    let as_partitions = AddPartitionsToTxnRequest {
        transactional_id: request.transactional_id.clone(),
        producer_id: request.producer_id,
        producer_epoch: request.producer_epoch,
        partitions: vec![broker.offsets_partition(&request.group)],
        verify_only: false,
        version: TransactionVersion::V0,
    };
    let (error, events) = match added(broker, now, &as_partitions) {
        Ok(Some(metadata)) => (ErrorCode::None, vec![transitioned(&request.transactional_id, metadata)]),
        Ok(None) => (ErrorCode::None, Vec::new()),
        Err(error) => {
            let rejected = Event::rejected("AddOffsetsToTxn", &request.transactional_id, error, None);
            (error, vec![rejected])
        }
    };
    (events, TxnResponse::AddOffsetsToTxn(error))
}
