//! Who is in sync: out after `replica.lag.time.max.ms` (`Partition.maybeShrinkIsr`), in again when caught up
//! (`maybeExpandIsr`). A leader proposes, the controller decides (AlterPartition, KIP-497).

use super::{Draft, FollowerState, LeaderState, PendingIsr, ReplicaEvent, ReplicaManager, high_watermark};
use crate::{Broker, CONTROLLER, Call, Outcome, PartitionState, Sent};
use millrace_model::protocol::{
    AlterPartitionRequest, AlterPartitionResponse, AlteredPartition, ControllerRequest, ControllerResponse,
    LeaderRecoveryState,
};
use millrace_model::{
    BrokerEpoch, BrokerId, ErrorCode, Offset, PartitionInfo, Request, Response, Set, Span, Time,
    TopicPartition,
};

/// How long until a proposal is sent again that the controller could not take (`DefaultAlterPartitionManager`).
const RETRY: Span = Span::from_millis(50);
/// `controller.socket.timeout.ms`.
const TIMEOUT: Span = Span::from_secs(30);

/// Whether a replica may be in sync: it is not fenced, does not stop, and fetches under the registration that the
/// controller knows (`isReplicaIsrEligible`, KIP-903).
pub(super) fn is_eligible(broker: &Broker, id: BrokerId, fetches_under: Option<BrokerEpoch>) -> bool {
    let Some(known) = broker.member().and_then(|member| member.registrations().get(&id)) else {
        return false;
    };
    let epoch_fits =
        fetches_under.is_some_and(|under| under == BrokerEpoch::NONE || under == known.broker_epoch);
    !known.fenced && !known.in_controlled_shutdown && epoch_fits
}

fn proposal(
    broker: &Broker,
    tp: &TopicPartition,
    info: &PartitionInfo,
    state: &LeaderState,
    (joins, isr): (Option<BrokerId>, Vec<BrokerId>),
) -> PendingIsr {
    let epoch_of = |of: BrokerId| {
        if of == broker.id() {
            return broker.epoch_of(of);
        }
        state.followers.get(&of).and_then(|follower| follower.broker_epoch).unwrap_or(BrokerEpoch::NONE)
    };
    let new_isr = isr.into_iter().map(|of| (of, epoch_of(of))).collect();
    let sent = AlteredPartition {
        tp: tp.clone(),
        leader_epoch: state.leader_epoch,
        partition_epoch: info.partition_epoch,
        new_isr,
        leader_recovery_state: LeaderRecoveryState::Recovered,
    };
    PendingIsr { joins, sent }
}

/// The proposal to let a follower in, if it has caught up: with the high watermark, and with all that lay before this
/// leadership.
pub(super) fn expansion(
    broker: &Broker,
    tp: &TopicPartition,
    partition: &PartitionState,
    (state, follower): (&LeaderState, BrokerId),
) -> Option<PendingIsr> {
    let of: &FollowerState = state.followers.get(&follower)?;
    let is_in_sync =
        of.log_end_offset >= partition.log.high_watermark() && of.log_end_offset >= state.epoch_start;
    let may_join = state.pending.is_none()
        && !partition.info.isr.contains(&follower)
        && is_eligible(broker, follower, of.broker_epoch);
    (may_join && is_in_sync).then(|| {
        let mut isr = partition.info.isr.clone();
        isr.push(follower);
        proposal(broker, tp, &partition.info, state, (Some(follower), isr))
    })
}

/// A half of `replica.lag.time.max.ms` is over: who has not caught up for that long is proposed to go.
pub(super) fn check(broker: &Broker, replicas: &ReplicaManager, now: Time) -> Outcome {
    let mut events = Vec::new();
    for (tp, state) in replicas.leaders.iter() {
        let Some(partition) = broker.partition(tp).filter(|_| state.pending.is_none()) else { continue };
        let end = partition.log.log_end_offset();
        let is_out = |id: &BrokerId| {
            let lag = replicas.config.replica_lag_time_max;
            *id != broker.id() && !state.followers.get(id).is_some_and(|f| f.is_caught_up(end, now, lag))
        };
        if partition.info.isr.iter().any(is_out) {
            let isr = partition.info.isr.iter().copied().filter(|id| !is_out(id)).collect();
            let pending = proposal(broker, tp, &partition.info, state, (None, isr));
            events.push(ReplicaEvent::IsrProposed { tp: tp.clone(), at: now, pending }.into());
        }
    }
    events.push(ReplicaEvent::IsrChecked { at: now }.into());
    Outcome { events, ..Outcome::default() }
}

/// Sends what was proposed: one request at a time.
pub(super) fn send(broker: &Broker, replicas: &ReplicaManager, now: Time) -> Outcome {
    let pending = |tp: &TopicPartition| Some(replicas.leader(tp)?.pending.as_ref()?.sent.clone());
    let partitions: Vec<AlteredPartition> = replicas.isr_channel.unsent.iter().filter_map(pending).collect();
    let request =
        AlterPartitionRequest { broker: broker.id(), broker_epoch: broker.epoch_of(broker.id()), partitions };
    Outcome {
        events: vec![ReplicaEvent::AlterPartitionSent { at: now, until: now + TIMEOUT }.into()],
        sends: vec![Sent {
            to: CONTROLLER,
            call: Call::AlterPartition,
            request: Request::Controller(Box::new(ControllerRequest::AlterPartition(request))),
        }],
        ..Outcome::default()
    }
}

/// The controller has answered, or cannot be reached.
pub(super) fn answered(broker: &Broker, now: Time, response: Option<&Response>) -> Outcome {
    let mut draft = Draft::new(broker);
    let answer = match response {
        Some(Response::Controller(answer)) => match &**answer {
            ControllerResponse::AlterPartition(answer) => Some(answer),
            _ => None,
        },
        _ => None,
    };
    let failed = |answer: &AlterPartitionResponse| answer.error != ErrorCode::None;
    let retry_at = answer.is_none_or(failed).then_some(now + RETRY);
    draft.push(ReplicaEvent::AlterPartitionAnswered { at: now, retry_at });
    for (tp, altered) in answer.filter(|answer| !failed(answer)).iter().flat_map(|a| &a.partitions) {
        let Some(manager) = draft.replicas() else { break };
        let (Some(state), Some(partition)) = (manager.leader(tp), draft.broker.partition(tp)) else {
            continue;
        };
        // An answer to an older proposal says nothing of the one that has taken its place since.
        let was_sent = broker.replicas().is_some_and(|before| before.isr_channel.in_flight.contains(tp));
        let Some(pending) = state.pending.as_ref().filter(|_| was_sent) else { continue };
        match altered {
            Ok(new) => {
                let is_stale = new.leader_epoch != state.leader_epoch
                    || new.partition_epoch < partition.info.partition_epoch
                    || pending.sent.partition_epoch != partition.info.partition_epoch;
                if is_stale {
                    continue;
                }
                let event = ReplicaEvent::IsrAltered {
                    tp: tp.clone(),
                    at: now,
                    from: partition.info.isr.clone(),
                    to: new.isr.clone(),
                    partition_epoch: new.partition_epoch,
                };
                draft.push(event);
                draft.increment_high_watermark(tp, now);
            }
            Err(error) => {
                use ErrorCode::*;
                let fate = match error {
                    IneligibleReplica => ProposalFate::Dropped,
                    // The state is another one than it was taken for: the controller's log will tell.
                    UnknownTopicOrPartition
                    | FencedLeaderEpoch
                    | InvalidUpdateVersion
                    | InvalidRequest
                    | NewLeaderElected => ProposalFate::Stuck,
                    _ => ProposalFate::Repeated,
                };
                draft.push(ReplicaEvent::IsrProposalFailed { tp: tp.clone(), at: now, error: *error, fate });
            }
        }
    }
    draft.outcome
}

/// What becomes of a proposal that the controller has not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProposalFate {
    /// Back to the in-sync replicas that hold: the controller has not touched them.
    Dropped,
    /// It waits for what the controller's log says.
    Stuck,
    /// It is sent again.
    Repeated,
}

/// The way to the controller: one request at a time (`DefaultAlterPartitionManager`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct IsrChannel {
    /// What is to be proposed.
    pub unsent: Set<TopicPartition>,
    /// What was sent and is not answered.
    pub in_flight: Set<TopicPartition>,
    /// When the request in flight is given up.
    pub until: Option<Time>,
    /// Not before this moment is sent again.
    pub retry_at: Option<Time>,
}

impl IsrChannel {
    pub fn next_timer(&self) -> Option<Time> {
        let unsent = || (!self.unsent.is_empty()).then(|| self.retry_at.unwrap_or(Time::ZERO));
        self.until.or_else(unsent)
    }

    pub fn sent(&mut self, until: Time) {
        self.in_flight = std::mem::take(&mut self.unsent);
        (self.until, self.retry_at) = (Some(until), None);
    }

    pub fn answered(&mut self, retry_at: Option<Time>) {
        let in_flight = std::mem::take(&mut self.in_flight);
        if retry_at.is_some() {
            for tp in in_flight.iter() {
                self.unsent.insert(tp.clone());
            }
        }
        (self.until, self.retry_at) = (None, retry_at);
    }

    pub fn forget(&mut self, tp: &TopicPartition) {
        self.unsent.remove(tp);
        self.in_flight.remove(tp);
    }
}

impl Draft {
    /// Moves the high watermark, if it moves.
    pub(super) fn increment_high_watermark(&mut self, tp: &TopicPartition, now: Time) {
        let event = self
            .broker
            .replicas()
            .and_then(|replicas| high_watermark::of(&self.broker, replicas, now, tp, None::<Offset>));
        if let Some(event) = event {
            self.push(event);
        }
    }
}
