//! Several controllers as a strip above the rooms: who is active, who stands by, who is down, and whether they are a majority.

use super::RoomState;
use super::deeds;
use crate::Action;
use millrace_broker::quorum::{Quorum, VoterState};
use millrace_sim::World;
use millrace_words::cluster as say;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controllers {
    /// What they can do together, in a line.
    pub line: String,
    /// Whether nothing can be decided.
    pub is_stuck: bool,
    /// Each of them, by number.
    pub seats: Vec<Seat>,
}

/// A controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    /// `controller-100`.
    pub name: String,
    /// What it does, in a word; of one that leads, or takes itself for the leader, with the epoch.
    pub word: String,
    /// What it is drawn as.
    pub state: SeatState,
    /// All of it in words.
    pub says: String,
    /// What can be done to it, as lines of the language.
    pub deeds: Vec<Action>,
}

/// What a controller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// It decides, if a majority is there.
    Active,
    /// It reads the log and waits.
    Standby,
    /// It stands still.
    Paused,
    /// There is no process.
    Down,
}

/// The strip; none where there is one controller.
pub(super) fn of(world: &World) -> Option<Controllers> {
    let quorum = world.quorum()?;
    let (running, all) = (quorum.running(), quorum.voters().len());
    let line = match quorum.active() {
        _ if running < quorum.majority() => say::quorum_short(&running, &all, &quorum.majority()),
        Some(active) => say::quorum_led(&format!("controller-{active}"), &quorum.epoch(), &running, &all),
        None => say::quorum_electing(&running, &all),
    };
    Some(Controllers { line, is_stuck: !quorum.can_commit(), seats: seats(quorum) })
}

fn seats(quorum: &Quorum) -> Vec<Seat> {
    let seat = |(id, voter): (&millrace_model::BrokerId, &millrace_broker::quorum::Voter)| {
        let is_active = quorum.active() == Some(*id);
        let (state, room, word) = match voter.state {
            VoterState::Running if is_active => (SeatState::Active, RoomState::Running, say::seat_active()),
            VoterState::Running => (SeatState::Standby, RoomState::Running, say::seat_standby()),
            VoterState::Paused => (SeatState::Paused, RoomState::Paused, say::paused()),
            VoterState::Stopped => (SeatState::Down, RoomState::Stopped, say::stopped()),
            VoterState::Crashed => (SeatState::Down, RoomState::Crashed, say::crashed()),
        };
        let name = format!("controller-{id}");
        let word = voter.leads.map_or_else(|| word.to_owned(), |epoch| say::seat_epoch(&word, &epoch));
        let says = say::seat_says(&name, &word);
        Seat { deeds: deeds::of_node("controller", &name, room), name, word, state, says }
    };
    quorum.voters().iter().map(seat).collect()
}
