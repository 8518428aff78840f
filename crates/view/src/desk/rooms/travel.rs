//! What is on its way between the rooms: a follower's fetch (with it it says what it has), the records that it is given, a
//! client's records and the answer to them, what the controller tells.

use super::{LOG_H, Plan, Room, Shared};
use crate::hue;
use crate::layout::point;
use crate::scene::{Point, Rect};
use millrace_broker::CONTROLLER;
use millrace_model::{BrokerId, ErrorCode, Offset, Request, Response, StoredBatch, Time, TopicPartition};
use millrace_sim::world::{Flight, Payload, PeerFlight, PeerPayload};

/// What travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TravellerKind {
    /// A follower asks from an offset on: it has all before it.
    Ask,
    /// Records for a follower.
    Copies,
    /// An answer without records; it may bring a higher high watermark.
    Nothing,
    /// A client's records.
    Produce,
    /// They are acknowledged.
    Acknowledged,
    /// They are refused.
    Refused,
    /// The controller tells what has changed, or is asked for a change.
    Controller,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Traveller {
    /// Which one, for as long as it is there.
    pub id: String,
    /// When it left.
    pub depart: Time,
    /// When it arrives.
    pub arrive: Time,
    /// Its way.
    pub curve: [Point; 4],
    /// What it is.
    pub kind: TravellerKind,
    /// The offset that is asked for, or the letter of the first record.
    pub letter: String,
    /// The first record's hue.
    pub hue: u8,
}

/// Where the rooms and their logs are.
struct Map<'a> {
    partitions: &'a [Shared],
    rooms: &'a [Room],
    width: f32,
}

pub(super) fn all(plan: &Plan<'_>, partitions: &[Shared], rooms: &[Room]) -> Vec<Traveller> {
    let world = plan.timeline.world();
    let map = Map { partitions, rooms, width: plan.width };
    let mut all = Vec::new();
    for (arrive, flight) in world.peer_flights() {
        map.peer(arrive, flight, &mut all);
    }
    for (arrive, flight) in world.flights().filter(|(_, flight)| !flight.is_lost) {
        map.client(arrive, flight, &mut all);
    }
    all
}

impl Map<'_> {
    /// A place in a broker's log.
    fn at(&self, broker: BrokerId, tp: &TopicPartition, offset: Offset) -> Option<Point> {
        let shared = self.partitions.iter().find(|shared| shared.tp == *tp)?;
        let room = self.rooms.iter().find(|room| room.broker == broker)?;
        let log: Rect = room.replicas.iter().find(|replica| replica.tp == *tp)?.rect;
        Some(point(shared.x(offset) + 11.0, log.y + LOG_H / 2.0))
    }

    fn door(&self, broker: BrokerId) -> Option<Point> {
        let room = self.rooms.iter().find(|room| room.broker == broker)?;
        Some(point(self.width - 20.0, room.rect.y + 18.0))
    }

    fn peer(&self, arrive: Time, flight: &PeerFlight, all: &mut Vec<Traveller>) {
        let (from, to) = (flight.from, flight.to);
        let id = flight.cause.map_or(0, |cause| cause.0);
        let mut go = |part: &str, kind, letter: String, hue, ends: Option<(Point, Point)>| {
            let Some((start, end)) = ends else { return };
            let id = format!("{id}/{part}");
            let curve = bow(start, end);
            all.push(Traveller { id, depart: flight.depart, arrive, curve, kind, letter, hue });
        };
        match &flight.payload {
            PeerPayload::Request { request: Request::FollowerFetch(request), .. } => {
                for part in &request.partitions {
                    let ends = self.at(from, &part.tp, part.fetch_offset);
                    let ends = ends.zip(self.at(to, &part.tp, part.fetch_offset));
                    go(
                        &part.tp.to_string(),
                        TravellerKind::Ask,
                        part.fetch_offset.to_string(),
                        hue::NO_KEY,
                        ends,
                    );
                }
            }
            PeerPayload::Response { response: Some(Response::FollowerFetch(response)), .. } => {
                for part in &response.partitions {
                    let asked = part.asked.0;
                    let ends = self.at(from, &part.tp, asked).zip(self.at(to, &part.tp, asked));
                    let first = part.batches.first().and_then(first_record);
                    let (kind, (letter, hue)) = match first {
                        Some(first) => (TravellerKind::Copies, first),
                        None => (TravellerKind::Nothing, (String::new(), hue::NO_KEY)),
                    };
                    go(&part.tp.to_string(), kind, letter, hue, ends);
                }
            }
            PeerPayload::Metadata(_) | PeerPayload::Leader { .. } => {
                let ends = Some(point(self.width - 20.0, 10.0)).zip(self.door(to));
                go("log", TravellerKind::Controller, String::new(), hue::NO_KEY, ends);
            }
            PeerPayload::Request { call: millrace_broker::Call::AlterPartition, .. } if to >= CONTROLLER => {
                let ends = self.door(from).zip(Some(point(self.width - 20.0, 10.0)));
                go("isr", TravellerKind::Controller, String::new(), hue::NO_KEY, ends);
            }
            PeerPayload::Request { .. } | PeerPayload::Response { .. } => {}
        }
    }

    fn client(&self, arrive: Time, flight: &Flight, all: &mut Vec<Traveller>) {
        let broker = flight.broker;
        let id = flight.cause.map_or(0, |cause| cause.0);
        let mut go = |tp: &TopicPartition, kind, letter: String, hue, log: Point, is_back: bool| {
            let outside = point(-8.0, log.y);
            let (start, end) = if is_back { (log, outside) } else { (outside, log) };
            let curve = [start, start, end, end];
            let id = format!("{id}/{tp}");
            all.push(Traveller { id, depart: flight.depart, arrive, curve, kind, letter, hue });
        };
        match &flight.payload {
            Payload::Request(Request::Produce(request)) => {
                for (tp, batch) in &request.data {
                    let end = self
                        .partitions
                        .iter()
                        .find(|of| of.tp == *tp)
                        .map(|of| of.leader_end.unwrap_or(of.end));
                    let Some(log) = end.and_then(|end| self.at(broker, tp, end)) else { continue };
                    let key = batch.records.first().and_then(|record| record.key.as_deref());
                    let (letter, hue) = hue::of_key(key);
                    go(tp, TravellerKind::Produce, letter, hue, log, false);
                }
            }
            Payload::Response(Response::Produce(response)) => {
                for part in &response.partitions {
                    let Some(log) = self.at(broker, &part.tp, part.base_offset) else { continue };
                    let (kind, letter) = match part.error {
                        ErrorCode::None => (TravellerKind::Acknowledged, "✓"),
                        _ => (TravellerKind::Refused, "✗"),
                    };
                    go(&part.tp, kind, letter.to_owned(), hue::NO_KEY, log, true);
                }
            }
            Payload::Request(_) | Payload::Response(_) => {}
        }
    }
}

/// A little out of the straight line, so that what goes and what comes do not meet.
fn bow(start: Point, end: Point) -> [Point; 4] {
    let side = if end.y > start.y { 9.0 } else { -9.0 };
    [start, point(start.x + side, start.y), point(end.x + side, end.y), end]
}

fn first_record(stored: &StoredBatch) -> Option<(String, u8)> {
    let (_, record) = stored.records_from(stored.base_offset).next()?;
    Some(hue::of_key(record.key.as_deref()))
}
