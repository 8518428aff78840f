//! Who coordinates a transactional id: in a cluster the leader of its partition of `__transaction_state`, once it has read
//! it; otherwise the broker that is alone.

use super::Answered;
use crate::member::ask_controller;
use crate::{Broker, Call, Event, Sent, TRANSACTION_STATE, api};
use millrace_model::config::topic::{MIN_INSYNC_REPLICAS, TopicConfig};
use millrace_model::protocol::{
    ControllerRequest, CreateTopicsRequest, FindTxnCoordinatorRequest, FindTxnCoordinatorResponse, NewTopic,
    TxnResponse,
};
use millrace_model::{BrokerId, ErrorCode, Map};

/// Whether this broker coordinates a transactional id (`TransactionStateManager.getTransactionState`).
///
/// # Errors
/// Another one does, or this one is still reading.
pub(super) fn coordinates(broker: &Broker, id: &str) -> Result<(), ErrorCode> {
    let Some(replicas) = broker.replicas() else { return Ok(()) };
    let tp = broker.txn_partition(id);
    api::led(broker, &tp).map_err(|_| ErrorCode::NotCoordinator)?;
    if replicas.is_loading(&tp) { Err(ErrorCode::CoordinatorLoadInProgress) } else { Ok(()) }
}

/// FindCoordinator for a transactional id (`KafkaApis.getCoordinator`). The first one in a cluster makes the topic.
pub(super) fn find_coordinator(
    broker: &Broker,
    request: &FindTxnCoordinatorRequest,
) -> (Answered, Option<Sent>) {
    let mut sent = None;
    let found = if request.transactional_id.is_empty() {
        Err(ErrorCode::InvalidRequest)
    } else if broker.member().is_none() {
        Ok(broker.id())
    } else {
        if broker.topic(TRANSACTION_STATE).is_none() {
            sent = creation(broker);
        }
        leader(broker, &request.transactional_id).ok_or(ErrorCode::CoordinatorNotAvailable)
    };
    let (error, coordinator) = match found {
        Ok(broker) => (ErrorCode::None, Some(broker)),
        Err(error) => (error, None),
    };
    let events = match error {
        ErrorCode::None => Vec::new(),
        _ => vec![Event::rejected("FindCoordinator", &request.transactional_id, error, None)],
    };
    let transaction_version = broker.transaction_version();
    let answer = FindTxnCoordinatorResponse { error, coordinator, transaction_version };
    let answer = TxnResponse::FindCoordinator(answer);
    ((events, answer), sent)
}

/// Who coordinates a transactional id, as far as this broker knows.
pub(super) fn leader(broker: &Broker, id: &str) -> Option<BrokerId> {
    let leader = broker.partition(&broker.txn_partition(id))?.info.leader?;
    // A leader that is not alive is none.
    broker.brokers().iter().any(|known| known.id == leader).then_some(leader)
}

/// `transactionTopicConfigs`
fn creation(broker: &Broker) -> Option<Sent> {
    let settings = broker.member()?.config();
    let mut config = TopicConfig::default();
    config.set("cleanup.policy", Some("compact"));
    config.set("segment.bytes", Some("104857600"));
    config.set(MIN_INSYNC_REPLICAS, Some(&settings.transaction_state_log_min_isr.to_string()));
    let new = NewTopic {
        name: TRANSACTION_STATE.into(),
        partitions: Some(settings.transaction_state_log_num_partitions),
        replication_factor: Some(settings.transaction_state_log_replication_factor),
        config,
    };
    let request = CreateTopicsRequest { topics: vec![new] };
    Some(ask_controller(Call::CreateTopic, ControllerRequest::CreateTopics(request, Map::new())))
}
