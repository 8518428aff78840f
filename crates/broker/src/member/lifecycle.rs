//! A broker's life as the controller sees it (`BrokerLifecycleManager`): registration, heartbeats, controlled shutdown.

use super::{ClusterMember, ask_controller};
use crate::{Broker, Call, Event, Outcome};
use millrace_model::protocol::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, ControllerRequest,
};
use millrace_model::{BrokerEpoch, ErrorCode, Offset, Span, Time};

/// Where a broker is in its life (`BrokerState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BrokerState {
    /// There is no process.
    #[default]
    NotRunning,
    /// It registers and catches up with the controller's log.
    Starting,
    /// It has caught up and asks to be unfenced.
    Recovery,
    /// It takes part.
    Running,
    /// It has asked to be let go.
    PendingControlledShutdown,
    /// It has been let go.
    ShuttingDown,
}

/// A broker's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lifecycle {
    /// Where it is.
    pub state: BrokerState,
    /// Tells one life of the process from the next.
    pub incarnation: u64,
    /// The number of its registration, once there is one.
    pub epoch: BrokerEpoch,
    /// The one under which it last stopped cleanly.
    pub previous_epoch: BrokerEpoch,
    /// Whether the controller holds it for fenced.
    pub is_fenced: bool,
    /// When it speaks to the controller again; none while an answer is awaited.
    pub next: Option<Time>,
    /// How often in a row that has failed.
    pub failures: u32,
    /// The controller has answered to the wish to stop.
    pub got_shutdown_response: bool,
}

impl Lifecycle {
    /// `resendExponentialBackoff`, without its jitter.
    fn backoff(&self, member: &ClusterMember) -> Span {
        let doubled = 100_u64.saturating_mul(1_u64.checked_shl(self.failures).unwrap_or(u64::MAX));
        Span::from_millis(doubled).min(member.config().broker_session_timeout)
    }
}

fn changed(lifecycle: Lifecycle) -> Event {
    Event::Lifecycle(Box::new(lifecycle))
}

fn only(event: Event) -> Outcome {
    Outcome { events: vec![event], ..Outcome::default() }
}

pub(super) fn start(
    broker: &Broker,
    member: &ClusterMember,
    incarnation: u64,
    previous_epoch: BrokerEpoch,
) -> Outcome {
    let lifecycle = Lifecycle {
        state: BrokerState::Starting,
        incarnation,
        epoch: BrokerEpoch::NONE,
        previous_epoch,
        is_fenced: true,
        ..Lifecycle::default()
    };
    speak(broker, member, lifecycle)
}

/// Says what is to be said now: its name, or that it is alive.
fn speak(broker: &Broker, member: &ClusterMember, mut lifecycle: Lifecycle) -> Outcome {
    let sent = if lifecycle.epoch == BrokerEpoch::NONE {
        let request = BrokerRegistrationRequest {
            broker: broker.info().clone(),
            incarnation: lifecycle.incarnation,
            previous_broker_epoch: lifecycle.previous_epoch,
        };
        ask_controller(Call::Registration, ControllerRequest::BrokerRegistration(request))
    } else {
        let request = BrokerHeartbeatRequest {
            broker: broker.id(),
            broker_epoch: lifecycle.epoch,
            current_metadata_offset: Offset(member.metadata_end().0.saturating_sub(1)),
            want_fence: lifecycle.state == BrokerState::Starting,
            want_shut_down: lifecycle.state == BrokerState::PendingControlledShutdown,
        };
        ask_controller(Call::Heartbeat, ControllerRequest::BrokerHeartbeat(request))
    };
    lifecycle.next = None;
    Outcome { events: vec![changed(lifecycle)], sends: vec![sent], ..Outcome::default() }
}

pub(super) fn communicate(broker: &Broker, member: &ClusterMember, now: Time) -> Outcome {
    match member.lifecycle().next {
        Some(due) if due <= now => speak(broker, member, *member.lifecycle()),
        Some(_) | None => Outcome::default(),
    }
}

pub(super) fn registered(
    broker: &Broker,
    member: &ClusterMember,
    now: Time,
    answer: Result<BrokerEpoch, ErrorCode>,
) -> Outcome {
    match answer {
        Ok(epoch) => speak(broker, member, Lifecycle { epoch, failures: 0, ..*member.lifecycle() }),
        // The session of its last life is not over yet, as after a crash.
        Err(_) => failed(member, now),
    }
}

/// No answer, or none that helps: again, later and later.
pub(super) fn failed(member: &ClusterMember, now: Time) -> Outcome {
    let old = *member.lifecycle();
    let next = Some(now + old.backoff(member));
    only(changed(Lifecycle { next, failures: old.failures.saturating_add(1), ..old }))
}

pub(super) fn heartbeat_answered(
    member: &ClusterMember,
    now: Time,
    answer: Result<BrokerHeartbeatResponse, ErrorCode>,
) -> Outcome {
    let Ok(answer) = answer else { return failed(member, now) };
    let interval = member.config().broker_heartbeat_interval;
    let mut new = Lifecycle { failures: 0, is_fenced: answer.is_fenced, ..*member.lifecycle() };
    let wait = match new.state {
        BrokerState::Starting => {
            if answer.is_caught_up {
                new.state = BrokerState::Recovery;
            }
            Some(Span::from_millis(10))
        }
        BrokerState::Recovery => {
            if !answer.is_fenced {
                new.state = BrokerState::Running;
            }
            Some(interval)
        }
        BrokerState::Running => Some(interval),
        BrokerState::PendingControlledShutdown if answer.should_shut_down => {
            new.state = BrokerState::ShuttingDown;
            None
        }
        BrokerState::PendingControlledShutdown => {
            let first = !std::mem::replace(&mut new.got_shutdown_response, true);
            Some(if first { Span::from_millis(50) } else { interval })
        }
        BrokerState::ShuttingDown | BrokerState::NotRunning => None,
    };
    new.next = wait.map(|wait| now + wait);
    only(changed(new))
}

/// SIGTERM: it asks to be let go, at once if nothing is being asked now (`initiateShutdown`).
pub(super) fn stop(broker: &Broker, member: &ClusterMember, _now: Time) -> Outcome {
    let old = *member.lifecycle();
    let stopping = Lifecycle { state: BrokerState::PendingControlledShutdown, ..old };
    match old.state {
        BrokerState::Recovery | BrokerState::Running if old.next.is_some() => speak(broker, member, stopping),
        BrokerState::Recovery | BrokerState::Running => only(changed(stopping)),
        // It was never let in: there is nobody to ask.
        BrokerState::Starting => {
            only(changed(Lifecycle { state: BrokerState::ShuttingDown, next: None, ..old }))
        }
        BrokerState::NotRunning | BrokerState::PendingControlledShutdown | BrokerState::ShuttingDown => {
            Outcome::default()
        }
    }
}
