//! A produce with acks=all waits until the high watermark has passed its records (`DelayedProduce`), and so do the markers
//! that a transaction coordinator has asked for.

use super::{ReplicaEvent, ReplicaManager, ReplicaTimer, held_answers, high_watermark};
use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::config::producer::Acks;
use millrace_model::protocol::{ProduceResponse, ProducedPartition, TxnResponse};
use millrace_model::{Batch, ErrorCode, Map, Offset, Request, Response, Span, Time, TopicPartition};

/// How long markers wait: `request.timeout.ms` of the broker.
const MARKERS_TIMEOUT: Span = Span::from_secs(30);

/// A produce that waits for replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldProduce {
    /// Until when at most (`request.timeout.ms`).
    pub until: Time,
    /// Set once nothing is waited for: it is answered at once.
    pub satisfied: Option<Time>,
    /// Each partition's answer.
    pub partitions: Vec<HeldReply>,
    /// Whether these are markers that a transaction coordinator has asked for.
    pub markers: bool,
}

/// One partition of a held produce.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldReply {
    /// What is answered; REQUEST_TIMED_OUT as long as it waits.
    pub answer: ProducedPartition,
    /// The high watermark that is waited for; none if nothing is.
    pub required: Option<Offset>,
}

impl HeldProduce {
    pub(super) fn timer(&self, id: RequestId) -> (Time, ReplicaTimer) {
        match self.satisfied {
            Some(at) => (at, ReplicaTimer::ProduceSatisfied(id)),
            None => (self.until, ReplicaTimer::ProduceExpired(id)),
        }
    }

    /// The high watermark of a partition has come to `to`, or its leadership has ended.
    pub(super) fn hear(
        &mut self,
        tp: &TopicPartition,
        at: Time,
        to: Result<Offset, ErrorCode>,
        is_enough: bool,
    ) {
        for reply in self.partitions.iter_mut().filter(|reply| reply.answer.tp == *tp) {
            let Some(required) = reply.required else { continue };
            reply.answer.error = match to {
                Ok(to) if to < required => continue,
                Ok(_) if is_enough => ErrorCode::None,
                Ok(_) => ErrorCode::NotEnoughReplicasAfterAppend,
                Err(error) => error,
            };
            reply.required = None;
        }
        if self.satisfied.is_none() && self.partitions.iter().all(|reply| reply.required.is_none()) {
            self.satisfied = Some(at);
        }
    }
}

/// What follows from a decision in a cluster: an append may move the high watermark at once (the leader is alone in sync),
/// and an answer to acks=all may have to wait: `asked` is the request that was decided about.
pub(crate) fn after_decision(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    asked: Option<(RequestId, &Request)>,
    outcome: &mut Outcome,
) {
    let mut ends: Map<TopicPartition, Offset> = Map::new();
    for event in &outcome.events {
        if let Event::BatchAppended { tp, stored } = event {
            ends.insert(tp.clone(), stored.next_offset());
        }
    }
    let mut moved: Map<&TopicPartition, Offset> = Map::new();
    for (tp, end) in ends.iter() {
        if let Some(event) = high_watermark::of(broker, replicas, now, tp, Some(*end)) {
            if let ReplicaEvent::HighWatermarkIncremented { to, .. } = &event {
                moved.insert(tp, *to);
            }
            outcome.events.push(event.into());
        }
    }
    if let Some(asked) = asked {
        hold(broker, replicas, now, asked, &ends, &moved, outcome);
    }
    if !ends.is_empty() {
        held_answers::hold(broker, now, &ends, &moved, outcome);
    }
}

/// An answer that may have to wait: until when at most, whether it is about markers, and each partition with the end that the
/// high watermark has to reach.
type Waiting = (Time, bool, Vec<(ProducedPartition, Offset)>);

fn waiting(
    now: Time,
    request: &Request,
    response: &Response,
    ends: &Map<TopicPartition, Offset>,
) -> Option<Waiting> {
    match (request, response) {
        (Request::Produce(request), Response::Produce(response)) if request.acks == Acks::All => {
            let answers = response.partitions.iter().zip(&request.data);
            let of = |(answer, (_, batch)): (&ProducedPartition, &(_, std::sync::Arc<Batch>))| {
                (answer.clone(), answer.base_offset.plus(batch.len()))
            };
            Some((now + request.timeout, false, answers.map(of).collect()))
        }
        (Request::Txn(_), Response::Txn(response)) => {
            let TxnResponse::WriteTxnMarkers(answers) = &**response else { return None };
            let of = |(tp, error): &(TopicPartition, ErrorCode)| {
                let (tp, error) = (tp.clone(), *error);
                let required = ends.get(&tp).copied().unwrap_or(Offset(0));
                let none = Offset(-1);
                let answer = ProducedPartition {
                    tp,
                    error,
                    base_offset: none,
                    log_append_time: None,
                    log_start_offset: none,
                };
                (answer, required)
            };
            Some((now + MARKERS_TIMEOUT, true, answers.iter().map(of).collect()))
        }
        _ => None,
    }
}

fn hold(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    (from, request): (RequestId, &Request),
    ends: &Map<TopicPartition, Offset>,
    moved: &Map<&TopicPartition, Offset>,
    outcome: &mut Outcome,
) {
    let Some(at) = outcome.replies.iter().position(|(to, _)| *to == from) else { return };
    let Some((_, response)) = outcome.replies.get_mut(at) else { return };
    let Some((until, markers, answers)) = waiting(now, request, response, ends) else { return };
    let mut held = HeldProduce { until, satisfied: None, partitions: Vec::new(), markers };
    for (mut answer, required) in answers {
        let tp = &answer.tp;
        let led = replicas.leader(tp).zip(broker.partition(tp));
        let Some((leader, partition)) = led.filter(|_| answer.error == ErrorCode::None) else {
            held.partitions.push(HeldReply { answer, required: None });
            continue;
        };
        let high_watermark = moved.get(tp).copied().unwrap_or(partition.log.high_watermark());
        if high_watermark < required {
            answer.error = ErrorCode::RequestTimedOut;
            held.partitions.push(HeldReply { answer, required: Some(required) });
            continue;
        }
        let in_sync = leader.maximal_isr_size(&partition.info.isr);
        if in_sync < high_watermark::effective_min_isr(broker, tp, partition) {
            answer.error = ErrorCode::NotEnoughReplicasAfterAppend;
        }
        held.partitions.push(HeldReply { answer, required: None });
    }
    if held.partitions.iter().any(|reply| reply.required.is_some()) {
        outcome.replies.remove(at);
        outcome.events.push(ReplicaEvent::ProduceHeld { request: from, held }.into());
    } else {
        *response = response_of(&held);
    }
}

/// The answer as it stands.
fn response_of(held: &HeldProduce) -> Response {
    let answers = held.partitions.iter().map(|reply| &reply.answer);
    if held.markers {
        let answers = answers.map(|answer| (answer.tp.clone(), answer.error)).collect();
        return Response::Txn(Box::new(TxnResponse::WriteTxnMarkers(answers)));
    }
    Response::Produce(ProduceResponse { partitions: answers.cloned().collect() })
}

/// Answers a held produce as it stands.
pub(super) fn answer(replicas: &ReplicaManager, id: RequestId) -> Outcome {
    let Some(held) = replicas.held_produces.get(&id) else { return Outcome::default() };
    Outcome {
        events: vec![ReplicaEvent::ProduceReleased { request: id }.into()],
        replies: vec![(id, response_of(held))],
        ..Outcome::default()
    }
}
