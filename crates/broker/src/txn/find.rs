//! FindCoordinator for a transactional id (`KafkaApis.getCoordinator`).
//!
//! Without `__transaction_state` as a topic, the broker that is alone in its cluster coordinates all transactions. In a
//! cluster of several there is no coordinator yet.

use super::Answered;
use crate::{Broker, Event};
use millrace_model::ErrorCode;
use millrace_model::protocol::{FindTxnCoordinatorRequest, FindTxnCoordinatorResponse, TxnResponse};

pub(super) fn find_coordinator(broker: &Broker, request: &FindTxnCoordinatorRequest) -> Answered {
    let error = if request.transactional_id.is_empty() {
        ErrorCode::InvalidRequest
    } else if broker.member().is_some() {
        ErrorCode::CoordinatorNotAvailable
    } else {
        ErrorCode::None
    };
    let coordinator = (error == ErrorCode::None).then(|| broker.id());
    let events = match error {
        ErrorCode::None => Vec::new(),
        _ => vec![Event::rejected("FindCoordinator", &request.transactional_id, error, None)],
    };
    (events, TxnResponse::FindCoordinator(FindTxnCoordinatorResponse { error, coordinator }))
}
