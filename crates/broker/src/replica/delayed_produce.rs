//! A produce with acks=all waits until the high watermark has passed its records (`DelayedProduce`).

use super::{ReplicaEvent, ReplicaManager, ReplicaTimer, held_answers, high_watermark};
use crate::{Broker, Event, Input, Outcome, RequestId};
use millrace_model::config::producer::Acks;
use millrace_model::protocol::{ProduceRequest, ProduceResponse, ProducedPartition};
use millrace_model::{ErrorCode, Map, Offset, Request, Response, Time, TopicPartition};

/// A produce that waits for replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldProduce {
    /// Until when at most (`request.timeout.ms`).
    pub until: Time,
    /// Set once nothing is waited for: it is answered at once.
    pub satisfied: Option<Time>,
    /// Each partition's answer.
    pub partitions: Vec<HeldReply>,
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
/// and an answer to acks=all may have to wait.
pub(crate) fn after_decision(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    input: &Input,
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
    if let Input::Request { from, request: Request::Produce(request) } = input
        && request.acks == Acks::All
    {
        hold(broker, replicas, now, *from, request, &moved, outcome);
    }
    if !ends.is_empty() {
        held_answers::hold(broker, now, &ends, &moved, outcome);
    }
}

fn hold(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    from: RequestId,
    request: &ProduceRequest,
    moved: &Map<&TopicPartition, Offset>,
    outcome: &mut Outcome,
) {
    let Some(at) = outcome.replies.iter().position(|(to, _)| *to == from) else { return };
    let Some((_, Response::Produce(response))) = outcome.replies.get_mut(at) else { return };
    let mut held = HeldProduce { until: now + request.timeout, satisfied: None, partitions: Vec::new() };
    for (answer, (tp, batch)) in response.partitions.iter_mut().zip(&request.data) {
        let required = answer.base_offset.plus(batch.len());
        let reply = |answer: &ProducedPartition, required| HeldReply { answer: answer.clone(), required };
        let (Some(leader), Some(partition)) = (replicas.leader(tp), broker.partition(tp)) else {
            held.partitions.push(reply(answer, None));
            continue;
        };
        if answer.error != ErrorCode::None {
            held.partitions.push(reply(answer, None));
            continue;
        }
        let high_watermark = moved.get(&tp).copied().unwrap_or(partition.log.high_watermark());
        if high_watermark < required {
            let mut waiting = reply(answer, Some(required));
            waiting.answer.error = ErrorCode::RequestTimedOut;
            held.partitions.push(waiting);
            continue;
        }
        let in_sync = leader.maximal_isr_size(&partition.info.isr);
        if in_sync < high_watermark::effective_min_isr(broker, tp, partition) {
            answer.error = ErrorCode::NotEnoughReplicasAfterAppend;
        }
        held.partitions.push(reply(answer, None));
    }
    if held.partitions.iter().any(|reply| reply.required.is_some()) {
        outcome.replies.remove(at);
        outcome.events.push(ReplicaEvent::ProduceHeld { request: from, held }.into());
    }
}

/// Answers a held produce as it stands.
pub(super) fn answer(replicas: &ReplicaManager, id: RequestId) -> Outcome {
    let Some(held) = replicas.held_produces.get(&id) else { return Outcome::default() };
    let partitions = held.partitions.iter().map(|reply| reply.answer.clone()).collect();
    Outcome {
        events: vec![ReplicaEvent::ProduceReleased { request: id }.into()],
        replies: vec![(id, Response::Produce(ProduceResponse { partitions }))],
        ..Outcome::default()
    }
}
