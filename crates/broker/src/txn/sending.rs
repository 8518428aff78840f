//! A coordinator sends the markers of a decided transaction to the leaders of its partitions, until all of them have theirs
//! (`TransactionMarkerChannelManager`, `TransactionMarkerRequestCompletionHandler`). In a cluster only.

use super::transit::{completed, prepared};
use super::{TxnEvent, TxnMetadata, event};
use crate::{Broker, Call, Outcome, Sent};
use millrace_model::protocol::{TxnRequest, TxnResponse, WriteTxnMarkersRequest};
use millrace_model::{BrokerId, EndTxnMarker, ErrorCode, Map, Request, Response, Span, Time, TopicPartition};
use std::sync::Arc;

/// `request.timeout.ms` of the brokers.
pub(super) const REQUEST_TIMEOUT: Span = Span::from_secs(30);

/// When a leader that is not known, or has refused, is looked for again (`retry.backoff.ms`).
pub(super) const BACKOFF: Span = Span::from_millis(100);

/// Markers on their way to a leader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MarkerRequest {
    /// Comes back with the answer.
    pub number: u64,
    /// Whose transaction.
    pub transactional_id: Arc<str>,
    /// To whom.
    pub to: BrokerId,
    /// For which partitions.
    pub partitions: Vec<TopicPartition>,
    /// When it is given up.
    pub until: Time,
}

/// It is time to look after the markers of a transaction: what is not on its way is sent.
pub(super) fn send(
    broker: &Broker,
    now: Time,
    id: &Arc<str>,
    known: &TxnMetadata,
    committed: bool,
) -> Outcome {
    let coordinator = broker.txn_coordinator();
    let tp = broker.txn_partition(id);
    let coordinator_epoch = broker.partition(&tp).map_or(0, |partition| partition.info.leader_epoch.0);
    let marker = EndTxnMarker { committed, coordinator_epoch };
    let on_their_way = || coordinator.marker_requests(id).filter(|request| request.until > now);
    let (mut gone, mut waits) = (Vec::new(), false);
    let mut of_leader: Map<BrokerId, Vec<TopicPartition>> = Map::new();
    for tp in &known.partitions {
        if on_their_way().any(|request| request.partitions.contains(tp)) {
            continue;
        }
        match broker.partition(tp) {
            // A topic that was deleted meanwhile needs no marker.
            None => gone.push(tp.clone()),
            Some(partition) => match partition.info.leader.filter(|leader| is_alive(broker, *leader)) {
                Some(leader) => of_leader.entry(leader).or_default().push(tp.clone()),
                None => waits = true,
            },
        }
    }
    if gone.len() == known.partitions.len()
        && let Some(next) = completed(known, now)
    {
        return match prepared(broker, now, id, next, None) {
            Ok(events) => Outcome { events, ..Outcome::default() },
            Err(_) => sent(now, id, Vec::new(), Vec::new(), now + BACKOFF),
        };
    }
    let mut number = coordinator.markers_sent();
    let (mut requests, mut sends) = (Vec::new(), Vec::new());
    for (to, partitions) in of_leader {
        let request = WriteTxnMarkersRequest {
            producer_id: known.producer_id,
            producer_epoch: known.producer_epoch,
            marker,
            partitions: partitions.clone(),
        };
        let request = Request::Txn(Box::new(TxnRequest::WriteTxnMarkers(request)));
        sends.push(Sent { to, call: Call::WriteTxnMarkers(number), request });
        let (transactional_id, until) = (id.clone(), now + REQUEST_TIMEOUT);
        requests.push(MarkerRequest { number, transactional_id, to, partitions, until });
        number = number.saturating_add(1);
    }
    let ends = on_their_way().chain(&requests).map(|request| request.until);
    let next = ends.chain(waits.then(|| now + BACKOFF)).min().unwrap_or(now + BACKOFF);
    Outcome { sends, ..sent(now, id, gone, requests, next) }
}

fn is_alive(broker: &Broker, id: BrokerId) -> bool {
    broker.brokers().iter().any(|known| known.id == id)
}

fn sent(
    at: Time,
    id: &Arc<str>,
    gone: Vec<TopicPartition>,
    requests: Vec<MarkerRequest>,
    next: Time,
) -> Outcome {
    let sent = TxnEvent::MarkersSent { transactional_id: id.clone(), at, gone, requests, next };
    Outcome { events: vec![event(sent)], ..Outcome::default() }
}

/// A leader has answered, or its connection broke.
pub(crate) fn answered(broker: &Broker, now: Time, number: u64, response: Option<&Response>) -> Outcome {
    let Some(request) = broker.txn_coordinator().marker_request(number) else { return Outcome::default() };
    let answers = match response {
        Some(Response::Txn(answer)) => match &**answer {
            TxnResponse::WriteTxnMarkers(answers) => answers.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let (mut written, mut fenced) = (Vec::new(), false);
    for (tp, error) in answers {
        match error {
            ErrorCode::None => written.push(tp.clone()),
            ErrorCode::InvalidProducerEpoch | ErrorCode::TransactionCoordinatorFenced => fenced = true,
            _ => {}
        }
    }
    let failed = written.len() < request.partitions.len();
    let retry_at = (failed && !fenced).then(|| now + BACKOFF);
    let answered = TxnEvent::MarkersAnswered { number, at: now, written, retry_at, fenced };
    Outcome { events: vec![event(answered)], ..Outcome::default() }
}
