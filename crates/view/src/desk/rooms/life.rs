//! What a broker's process does, and what the controller makes of it.

use crate::desk::SEARCHED;
use crate::words;
use millrace_broker::controller::Controller;
use millrace_broker::{Broker, BrokerState};
use millrace_model::{BrokerId, Span};
use millrace_sim::{Actor, Fact, Lifecycle, Timeline, World};
use millrace_words::cluster as say;

/// What a broker's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomState {
    /// It takes part.
    Running,
    /// It registers, and reads the controller's log.
    Starting,
    /// It runs, and the controller does not let it take part.
    Fenced,
    /// It stops cleanly: it gives away what it leads.
    Stopping,
    /// It stands still.
    Paused,
    /// It has stopped as it should.
    Stopped,
    /// It was killed.
    Crashed,
}

impl RoomState {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            RoomState::Running => say::running(),
            RoomState::Starting => say::starting(),
            RoomState::Fenced => say::fenced(),
            RoomState::Stopping => say::stopping(),
            RoomState::Paused => say::paused(),
            RoomState::Stopped => say::stopped(),
            RoomState::Crashed => say::crashed(),
        }
    }

    /// Whether there is a process.
    pub fn is_up(self) -> bool {
        !matches!(self, RoomState::Stopped | RoomState::Crashed)
    }
}

pub(super) fn state(timeline: &Timeline, controller: &Controller, broker: &Broker) -> RoomState {
    let (world, id) = (timeline.world(), broker.id());
    if world.is_broker_down(id) {
        return match last(timeline, id) {
            Some(Lifecycle::Crashed) => RoomState::Crashed,
            _ => RoomState::Stopped,
        };
    }
    if world.is_broker_paused(id) {
        return RoomState::Paused;
    }
    match broker.member().map(|member| member.lifecycle().state) {
        Some(BrokerState::PendingControlledShutdown | BrokerState::ShuttingDown) => RoomState::Stopping,
        Some(BrokerState::Starting | BrokerState::Recovery) => RoomState::Starting,
        Some(BrokerState::NotRunning) => RoomState::Stopped,
        Some(BrokerState::Running) | None => {
            let is_fenced = controller.registration(id).is_some_and(|known| known.fenced);
            if is_fenced { RoomState::Fenced } else { RoomState::Running }
        }
    }
}

/// How its process has ended last.
fn last(timeline: &Timeline, id: BrokerId) -> Option<Lifecycle> {
    let entries = timeline.branch().entries_before(timeline.moment().step).take(SEARCHED);
    entries.filter(|entry| entry.actor == Actor::Broker(id)).find_map(|entry| match entry.fact {
        Fact::Lifecycle(how) => Some(how),
        _ => None,
    })
}

/// What the controller thinks of it, and how far it has read the controller's log.
pub(super) fn detail(world: &World, controller: &Controller, broker: &Broker, state: RoomState) -> String {
    let id = broker.id();
    let Some(known) = controller.registration(id) else { return String::new() };
    let mut parts = vec![say::broker_epoch(&known.broker_epoch)];
    if known.fenced {
        if state != RoomState::Fenced {
            parts.push(say::is_fenced().to_owned());
        }
    } else if matches!(state, RoomState::Crashed | RoomState::Paused)
        && world.can_decide()
        && let Some(session) = controller.session(id)
    {
        // Nobody tells the controller: it has to wait for a heartbeat that does not come.
        let until = session.last_contact + controller.config().broker_session_timeout;
        parts.push(say::not_noticed_until(&words::time(until)));
    }
    if !known.fenced && state.is_up() {
        let of_people =
            || controller.partitions().filter(|(tp, _)| !crate::cast::is_internal(tp.topic.as_str()));
        let leads = of_people().filter(|(_, state)| state.leader == Some(id)).count();
        let all = of_people().filter(|(_, state)| state.replicas.contains(&id)).count();
        if all > 0 {
            parts.push(say::leads_of(&leads, &all));
        }
    }
    let read = broker.member().map(|member| member.metadata_end());
    if let Some(read) = read.filter(|read| state.is_up() && *read < controller.end()) {
        // What it does not know yet it cannot obey.
        if world.is_broker_paused(id) || state == RoomState::Starting || state == RoomState::Fenced {
            parts.push(say::has_read_up_to(&read, &controller.end()));
        }
    }
    parts.extend(troubles(world, id));
    parts.join(" · ")
}

/// What is wrong with its disk and its links to the other nodes.
fn troubles(world: &World, id: BrokerId) -> Vec<String> {
    let disk = Some(world.disk_delay(id)).filter(|delay| *delay > Span::ZERO);
    let disk = disk.map(|delay| say::slow_disk(&words::span(delay)));
    let links = world.peer_links().filter_map(|(a, b, link)| {
        let other = if a == id { b } else { a };
        let name = match (world.is_controller(other), world.quorum()) {
            (true, None) => "controller".to_owned(),
            (true, Some(_)) => format!("controller-{other}"),
            (false, _) => format!("broker-{other}"),
        };
        match (a == id || b == id, link.is_cut, link.latency) {
            (false, ..) | (true, false, None) => None,
            (true, true, _) => Some(say::cut_off(&name)),
            (true, false, Some(latency)) => Some(say::slow_link(&name, &words::span(latency))),
        }
    });
    disk.into_iter().chain(links).collect()
}
