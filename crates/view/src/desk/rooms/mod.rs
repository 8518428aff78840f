//! The brokers of a cluster as rooms, the replicas of each partition in them: who leads, who follows and how far behind, who
//! is in sync, where the high watermark stands, what is on its way between them, what was taken back.
//!
//! A partition is a column that goes through all rooms: an offset has the same place in every room, so that a follower's lag
//! is a distance and the high watermark a line. What a broker holds itself for is its own belief; what the controller says
//! stands above the rooms.

mod acks;
mod deeds;
mod fallen;
mod life;
mod quorum;
mod replicas;
mod shared;
pub mod text;
mod travel;

pub use acks::Ack;
pub use fallen::{FALLEN_SHOWN, Fallen};
pub use life::RoomState;
pub use quorum::{Controllers, Seat, SeatState};
pub use replicas::{Copy, Replica, Role};
pub use shared::Shared;
pub use travel::{Traveller, TravellerKind};

use super::told::{Told, told};
use crate::Action;
use crate::layout::{count, fitting, rect};
use crate::scene::Rect;
use millrace_broker::controller::Controller;
use millrace_broker::{Broker, Event, ReplicaEvent};
use millrace_model::{BrokerId, TopicPartition};
use millrace_sim::{Actor, Entry, Fact, Timeline};
use millrace_words::cluster as say;

/// The narrowest that a partition's column may become.
const NARROW: f32 = 204.0;
/// Most partitions beside each other.
const COLUMNS: usize = 4;
const GAP: f32 = 24.0;
const PAD: f32 = 16.0;
/// Above the rooms: what the controller says of each partition.
const HEAD: f32 = 84.0;
const ROOM_GAP: f32 = 12.0;
/// From a room's upper side to the line with its name.
const NAME_Y: f32 = 22.0;
const LOG_H: f32 = 30.0;
/// Below a log: where lies what was taken back.
const FLOOR_H: f32 = 28.0;
/// A narrower picture has the room's details in a line of their own, below what can be done to it.
const ONE_LINE: f32 = 560.0;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rooms {
    /// How wide it is.
    pub width: f32,
    /// How high.
    pub height: f32,
    /// Where the first room begins.
    pub head: f32,
    /// The controller in a line.
    pub controller: String,
    /// Where there are several controllers.
    pub quorum: Option<Controllers>,
    /// The brokers, by number.
    pub rooms: Vec<Room>,
    /// The partitions in sight.
    pub partitions: Vec<Shared>,
    /// Messages between them.
    pub travellers: Vec<Traveller>,
    /// Every partition that can be looked at.
    pub all: Vec<TopicPartition>,
    /// What there was no room for.
    pub more: Option<String>,
    /// What has happened last, the newest first.
    pub told: Vec<Told>,
}

/// A broker.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// Which.
    pub broker: BrokerId,
    /// `broker-1`.
    pub name: String,
    /// Its box.
    pub rect: Rect,
    /// `rack a`, if it has one.
    pub rack: Option<String>,
    /// What its process does.
    pub state: RoomState,
    /// Where the line with its name stands, and the one with its details.
    pub lines: [f32; 2],
    /// What the controller thinks of it, and how far it has read.
    pub detail: String,
    /// All of it in words.
    pub says: String,
    /// What can be done to it, as lines of the language.
    pub deeds: Vec<Action>,
    /// Its replicas of the partitions in sight.
    pub replicas: Vec<Replica>,
}

/// The rooms of a cluster, beginning with that partition, else with the first; none in a world of one broker.
pub fn rooms(timeline: &Timeline, width: f32, from: Option<&TopicPartition>) -> Option<Rooms> {
    let world = timeline.world();
    let controller = world.controller()?;
    let all: Vec<TopicPartition> = controller
        .partitions()
        .map(|(tp, _)| tp)
        .filter(|tp| !crate::cast::is_internal(tp.topic.as_str()))
        .collect();
    let first = from.and_then(|from| all.iter().position(|tp| tp == from)).unwrap_or(0);
    let columns = fitting(width - 2.0 * PAD + GAP, NARROW + GAP).clamp(1, COLUMNS);
    let shown: Vec<&TopicPartition> = all.iter().skip(first).take(columns).collect();
    let left = all.len().saturating_sub(first + shown.len());
    let of = Plan {
        timeline,
        controller,
        width,
        columns: shown.len().max(1),
        log_y: if width < ONE_LINE { 92.0 } else { 70.0 },
    };
    let partitions: Vec<Shared> =
        shown.iter().enumerate().filter_map(|(n, tp)| shared::of(&of, n, tp)).collect();
    let mut rooms: Vec<Room> =
        world.brokers().enumerate().map(|(n, broker)| of.room(n, broker, &partitions)).collect();
    fallen::lay_out(timeline, &partitions, &mut rooms);
    let travellers = travel::all(&of, &partitions, &rooms);
    let active =
        controller.registrations().filter(|known| !known.fenced && !known.in_controlled_shutdown).count();
    Some(Rooms {
        width,
        height: HEAD + count(rooms.len()) * (of.room_h() + ROOM_GAP),
        head: HEAD,
        controller: say::controller_line(&controller.end(), &active, &rooms.len()),
        quorum: quorum::of(world),
        travellers,
        rooms,
        partitions,
        more: (left > 0).then(|| say::more_partitions(left as u64)),
        all,
        told: told(timeline, belongs),
    })
}

/// Deaths, elections, who left or joined the in-sync replicas, what was taken back. Copies and high watermarks are seen in the
/// rooms.
fn belongs(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Controller(_) | Fact::Quorum(_) => true,
        Fact::Lifecycle(_) => matches!(entry.actor, Actor::Broker(_)),
        Fact::Broker(Event::Replica(change)) => !matches!(
            **change,
            ReplicaEvent::RecordsCopied { .. }
                | ReplicaEvent::HighWatermarkIncremented { .. }
                | ReplicaEvent::FollowerStarted { leader: Some(_), .. }
                | ReplicaEvent::ProduceHeld { .. }
        ),
        _ => false,
    }
}

/// What is drawn, and for which width.
struct Plan<'a> {
    timeline: &'a Timeline,
    controller: &'a Controller,
    width: f32,
    columns: usize,
    /// From a room's upper side to its logs.
    log_y: f32,
}

impl Plan<'_> {
    /// The box of the `n`-th partition above the rooms; its sides hold in every room.
    fn column(&self, n: usize) -> Rect {
        let w = (self.width - 2.0 * PAD - count(self.columns - 1) * GAP) / count(self.columns);
        rect(PAD + count(n) * (w + GAP), 0.0, w, HEAD - 8.0)
    }

    fn room_h(&self) -> f32 {
        self.log_y + LOG_H + FLOOR_H
    }

    fn room(&self, n: usize, broker: &Broker, partitions: &[Shared]) -> Room {
        let id = broker.id();
        let state = life::state(self.timeline, self.controller, broker);
        let y = HEAD + count(n) * (self.room_h() + ROOM_GAP);
        let box_ = rect(1.0, y, self.width - 2.0, self.room_h());
        let replicas: Vec<Replica> =
            partitions.iter().filter_map(|of| replicas::replica(self, broker, box_, of)).collect();
        let name = format!("broker-{id}");
        let detail = life::detail(self.timeline.world(), self.controller, broker, state);
        Room {
            broker: id,
            rect: box_,
            lines: [y + NAME_Y, y + self.log_y - 30.0],
            rack: broker.info().rack.as_ref().map(|rack| say::rack(rack)),
            says: say::room_says(&name, &state.word(), &detail),
            deeds: deeds::of_broker(&name, state),
            state,
            detail,
            name,
            replicas,
        }
    }
}

/// What can be done about the leaders of the partitions in sight.
pub fn elections(rooms: &Rooms) -> Vec<Action> {
    rooms.partitions.iter().filter_map(deeds::election).collect()
}
