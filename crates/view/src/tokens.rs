//! Messages on their way. The background hum (heartbeats, fetches that find nothing, metadata) is left out.

use crate::cast::Cast;
use crate::hue;
use crate::layout::{UNIT, point, sideways};
use crate::places::Places;
use crate::scene::{Point, Token, TokenKind};
use millrace_model::{Batch, GroupId, Request, Response, Time, TopicPartition};
use millrace_sim::world::{Flight, Payload};

/// Most tokens at a time; further messages travel unseen.
pub const TOKENS: usize = 96;

/// The tokens.
pub fn tokens(cast: &Cast<'_>, places: &Places) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (arrive, flight) in cast.world.flights() {
        if tokens.len() >= TOKENS {
            break;
        }
        Flying { cast, places, flight, arrive }.tokens(&mut tokens);
    }
    tokens.truncate(TOKENS);
    tokens
}

struct Flying<'a, 'b> {
    cast: &'b Cast<'a>,
    places: &'b Places,
    flight: &'b Flight,
    arrive: Time,
}

impl Flying<'_, '_> {
    fn tokens(&self, out: &mut Vec<Token>) {
        match &self.flight.payload {
            Payload::Request(request) => self.request(request, out),
            Payload::Response(response) => self.response(response, out),
        }
    }

    fn request(&self, request: &Request, out: &mut Vec<Token>) {
        match request {
            Request::Produce(produce) => {
                out.extend(produce.data.iter().filter_map(|(tp, batch)| self.produced(tp, batch)));
            }
            Request::OffsetCommit(commit) => {
                let lanes = commit.offsets.iter().filter_map(|(tp, _)| self.places.lanes.get(tp));
                let Some(lane) = lanes.into_iter().next() else { return };
                let to = point(lane.rect.right(), lane.rect.y);
                out.extend(self.leaving(to).map(|curve| self.small(TokenKind::Commit, &commit.group, curve)));
            }
            Request::JoinGroup(join) => out.extend(self.group_talk(&join.group, true)),
            Request::SyncGroup(sync) => out.extend(self.group_talk(&sync.group, true)),
            Request::LeaveGroup(leave) => out.extend(self.group_talk(&leave.group, true)),
            Request::ConsumerGroupHeartbeat(beat) if !beat.is_plain() => {
                out.extend(self.group_talk(&beat.group, true));
            }
            Request::Metadata(_)
            | Request::ConsumerGroupHeartbeat(_)
            | Request::Fetch(_)
            | Request::ListOffsets(_)
            | Request::FindCoordinator(_)
            | Request::Heartbeat(_)
            | Request::OffsetFetch(_)
            | Request::CreateTopics(_)
            | Request::CreatePartitions(_)
            | Request::DeleteTopics(_)
            | Request::DescribeGroups(_)
            | Request::Controller(_)
            | Request::FollowerFetch(_)
            | Request::Admin(_)
            | Request::Txn(_) => {}
        }
    }

    fn response(&self, response: &Response, out: &mut Vec<Token>) {
        match response {
            Response::Fetch(fetch) => {
                for part in &fetch.partitions {
                    let records = part.batches.iter().map(|stored| stored.batch.len()).sum();
                    let first = part.batches.first().map(|stored| &*stored.batch);
                    out.extend(first.and_then(|batch| self.fetched(&part.tp, batch, records)));
                }
            }
            Response::Produce(produce) => {
                let lanes = produce.partitions.iter().filter_map(|part| self.places.lanes.get(&part.tp));
                let Some(lane) = lanes.into_iter().next() else { return };
                let Some(card) = self.places.producers.get(&self.flight.node) else { return };
                let curve = sideways(lane.label, point(card.right(), card.center().y));
                out.push(self.token("ack", TokenKind::Ack, curve, (String::new(), 0), 0));
            }
            Response::JoinGroup(_) | Response::SyncGroup(_) => {
                let group = self.group_of_client();
                out.extend(group.and_then(|group| self.group_talk(&group, false)));
            }
            Response::ConsumerGroupHeartbeat(answer) if answer.assignment.is_some() => {
                let group = self.group_of_client();
                out.extend(group.and_then(|group| self.group_talk(&group, false)));
            }
            Response::Metadata(_)
            | Response::ConsumerGroupHeartbeat(_)
            | Response::ListOffsets(_)
            | Response::FindCoordinator(_)
            | Response::Heartbeat(_)
            | Response::LeaveGroup(_)
            | Response::OffsetCommit(_)
            | Response::OffsetFetch(_)
            | Response::CreateTopics(_)
            | Response::CreatePartitions(_)
            | Response::DeleteTopics(_)
            | Response::DescribeGroups(_)
            | Response::Controller(_)
            | Response::Disconnected(_)
            | Response::FollowerFetch(_)
            | Response::Admin(_)
            | Response::Txn(_) => {}
        }
    }

    fn produced(&self, tp: &TopicPartition, batch: &Batch) -> Option<Token> {
        let letter = letter(batch);
        if let Some(card) = self.places.producers.get(&self.flight.node) {
            let lane = self.places.lanes.get(tp)?;
            let curve = sideways(point(card.right(), card.center().y), lane.next);
            return Some(self.token(&tp.to_string(), TokenKind::Produce, curve, letter, batch.len()));
        }
        // What failed leaves the consumer for a retry topic, in an arc over the right border.
        let card = self.places.members.get(&self.flight.node)?;
        let station = self.places.stations.get(&tp.topic)?;
        let from = point(card.center().x, card.bottom());
        let to = point(station.center().x, station.y + UNIT * 4.0);
        let middle = (from.y + to.y) / 2.0;
        let curve = [from, point(from.x, middle), point(to.x, middle), to];
        Some(self.token(&tp.to_string(), TokenKind::Produce, curve, letter, batch.len()))
    }

    fn fetched(&self, tp: &TopicPartition, batch: &Batch, records: usize) -> Option<Token> {
        let card = self.places.members.get(&self.flight.node)?;
        let curve = match self.places.lanes.get(tp) {
            Some(lane) => {
                sideways(point(lane.rect.right(), lane.rect.center().y), point(card.x, card.center().y))
            }
            None => {
                let station = self.places.stations.get(&tp.topic)?;
                let (from, to) =
                    (point(station.center().x, station.y), point(card.center().x, card.bottom()));
                let middle = (from.y + to.y) / 2.0;
                [from, point(from.x, middle), point(to.x, middle), to]
            }
        };
        Some(self.token(&tp.to_string(), TokenKind::Fetch, curve, letter(batch), records))
    }

    fn group_talk(&self, group: &GroupId, to_group: bool) -> Option<Token> {
        let title = *self.places.groups.get(group)?;
        let card = self.places.members.get(&self.flight.node)?;
        let (a, b) = (point(card.x, card.center().y), title);
        let out = a.x - 20.0;
        let curve = [a, point(out, a.y), point(out, b.y), b];
        let curve = if to_group { curve } else { reversed(curve) };
        Some(self.small(TokenKind::Group, group, curve))
    }

    fn group_of_client(&self) -> Option<GroupId> {
        let is_it =
            |group: &&crate::cast::GroupCast<'_>| group.members.iter().any(|m| m.id == self.flight.node);
        self.cast.groups.iter().find(is_it).map(|group| group.id.clone())
    }

    fn leaving(&self, to: Point) -> Option<[Point; 4]> {
        let card = self.places.members.get(&self.flight.node)?;
        Some(sideways(point(card.x, card.y + UNIT), to))
    }

    fn small(&self, kind: TokenKind, group: &GroupId, curve: [Point; 4]) -> Token {
        let hue = self.cast.group(group.as_str()).map_or(0, |group| group.hue);
        self.token(group.as_str(), kind, curve, (String::new(), hue), 0)
    }

    fn token(
        &self,
        about: &str,
        kind: TokenKind,
        curve: [Point; 4],
        (letter, hue): (String, u8),
        records: usize,
    ) -> Token {
        let Flight { node, port, correlation, .. } = self.flight;
        Token {
            id: format!("{}/{}/{}/{kind:?}/{about}", node.0, port.0, correlation.0),
            sent: self.flight.cause,
            is_lost: self.flight.is_lost,
            kind,
            depart: self.flight.depart,
            arrive: self.arrive,
            curve,
            letter,
            hue,
            records: u32::try_from(records).unwrap_or(u32::MAX),
        }
    }
}

fn letter(batch: &Batch) -> (String, u8) {
    hue::of_key(batch.records.first().and_then(|record| record.key.as_deref()))
}

fn reversed([a, b, c, d]: [Point; 4]) -> [Point; 4] {
    [d, c, b, a]
}
