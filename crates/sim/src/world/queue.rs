//! The one queue of everything that is still to happen, ordered by (time, sequence).

use super::cluster::PeerFlight;
use super::throttles::Connection;
use crate::trace::{Actor, EntryId, NodeId};
use millrace_client::Correlation;
use millrace_client::listener::Port;
use millrace_model::{BrokerId, Map, Request, Response, Span, Time};
use std::collections::BTreeMap;

/// Breaks ties: what was put into the queue first happens first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// Something that is still to happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pending {
    /// A message on its way.
    Flight(Flight),
    /// A message between nodes of the cluster on its way.
    Peer(Box<PeerFlight>),
    /// A machine wants to be woken.
    Wake {
        /// Which one.
        actor: Actor,
        /// What made it set the timer.
        cause: Option<EntryId>,
    },
}

/// A message between its departure and its arrival. Its place on screen is a fraction of virtual time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    /// When it left.
    pub depart: Time,
    /// Which client.
    pub node: NodeId,
    /// Which of the client's connections.
    pub port: Port,
    /// Which request of that connection.
    pub correlation: Correlation,
    /// Which broker.
    pub broker: BrokerId,
    /// What it carries.
    pub payload: Payload,
    /// The entry of its departure.
    pub cause: Option<EntryId>,
    /// It will not arrive.
    pub is_lost: bool,
}

impl Flight {
    /// The client's connection on which an API goes.
    pub(super) fn connection_of(&self, api: &str) -> Connection {
        Connection::of(self.node, self.port, self.broker, api)
    }

    /// One direction of one connection.
    fn connection(&self) -> (NodeId, Port, BrokerId, bool) {
        (self.node, self.port, self.broker, matches!(self.payload, Payload::Response(_)))
    }
}

/// A message's contents, and with them its direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// From the client to the broker.
    Request(Request),
    /// From the broker to the client.
    Response(Response),
}

/// See the module.
#[derive(Clone, Debug, Default, Hash)]
pub struct Queue {
    items: BTreeMap<(Time, Seq), Pending>,
    next: Seq,
    wakes: Map<Actor, (Time, Seq)>,
}

impl Queue {
    /// Adds a message that arrives at `arrive`, or behind what is still on its way on the same connection: TCP keeps the
    /// order.
    pub fn send(&mut self, arrive: Time, flight: Flight) {
        let arrive = self.last_arrival(&flight, arrive);
        let key = (arrive, self.take_seq());
        self.items.insert(key, Pending::Flight(flight));
    }

    /// Adds a message between nodes of the cluster; it overtakes none of the same way, as on one connection.
    pub fn send_peer(&mut self, arrive: Time, flight: PeerFlight) {
        let later = self.items.range((arrive, Seq(u64::MAX))..).rev();
        let is_same = |pending: &Pending| matches!(pending, Pending::Peer(f) if (f.from, f.to) == (flight.from, flight.to));
        let arrive =
            later.into_iter().find(|(_, pending)| is_same(pending)).map_or(arrive, |((at, _), _)| *at);
        let key = (arrive, self.take_seq());
        self.items.insert(key, Pending::Peer(Box::new(flight)));
    }

    /// Hands over at `at` what has waited for its receiver: it is ahead of all that is still on its way.
    pub fn hand_over(&mut self, at: Time, flight: Flight) {
        let key = (at, self.take_seq());
        self.items.insert(key, Pending::Flight(flight));
    }

    /// The same between nodes of the cluster.
    pub fn hand_over_peer(&mut self, at: Time, flight: PeerFlight) {
        let key = (at, self.take_seq());
        self.items.insert(key, Pending::Peer(Box::new(flight)));
    }

    /// Takes out the messages for a node of the cluster that arrive at `at`, in their order.
    pub fn take_peers(&mut self, at: Time, to: BrokerId) -> Vec<PeerFlight> {
        let now = self.items.range((at, Seq(0))..=(at, Seq(u64::MAX)));
        let is_meant = |pending: &Pending| matches!(pending, Pending::Peer(flight) if flight.to == to);
        let keys: Vec<(Time, Seq)> =
            now.filter(|(_, pending)| is_meant(pending)).map(|(key, _)| *key).collect();
        let taken = keys.iter().filter_map(|key| match self.items.remove(key)? {
            Pending::Peer(flight) => Some(*flight),
            Pending::Flight(_) | Pending::Wake { .. } => None,
        });
        taken.collect()
    }

    /// Makes `actor` wake at `at`, or never; a wakeup that is already set for that moment stays as it is.
    pub fn set_wake(&mut self, actor: Actor, at: Option<Time>, cause: Option<EntryId>) {
        let current = self.wakes.get(&actor).copied();
        if current.map(|(time, _)| time) == at {
            return;
        }
        if let Some(key) = current {
            self.items.remove(&key);
            self.wakes.remove(&actor);
        }
        if let Some(at) = at {
            let key = (at, self.take_seq());
            self.items.insert(key, Pending::Wake { actor, cause });
            self.wakes.insert(actor, key);
        }
    }

    /// The message that left with that entry will not arrive.
    pub fn lose(&mut self, sent: EntryId) {
        for pending in self.items.values_mut() {
            if let Pending::Flight(flight) = pending
                && flight.cause == Some(sent)
            {
                flight.is_lost = true;
            }
        }
    }

    /// The message that left with that entry arrives later, and with it what left behind it on the same connection.
    pub fn delay(&mut self, sent: EntryId, by: Span) {
        let found = self.items.iter().find_map(|(key, pending)| match pending {
            Pending::Flight(flight) if flight.cause == Some(sent) => Some((*key, flight.connection())),
            _ => None,
        });
        let Some(((at, seq), connection)) = found else { return };
        let until = at + by;
        let is_behind = |key: &(Time, Seq), flight: &Flight| {
            flight.connection() == connection && *key >= (at, seq) && key.0 <= until
        };
        let moved: Vec<(Time, Seq)> = self
            .items
            .iter()
            .filter(|(key, pending)| matches!(pending, Pending::Flight(flight) if is_behind(key, flight)))
            .map(|(key, _)| *key)
            .collect();
        for key in moved {
            if let Some(Pending::Flight(flight)) = self.items.remove(&key) {
                self.send(until, flight);
            }
        }
    }

    /// When the last message on a connection arrives: the next one cannot overtake it.
    fn last_arrival(&self, flight: &Flight, after: Time) -> Time {
        let later = self.items.range((after, Seq(u64::MAX))..).rev();
        let is_same = |pending: &Pending| matches!(pending, Pending::Flight(f) if f.connection() == flight.connection());
        later.into_iter().find(|(_, pending)| is_same(pending)).map_or(after, |((at, _), _)| *at)
    }

    /// When the next thing happens.
    pub fn next_time(&self) -> Option<Time> {
        self.items.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes out the next thing.
    pub fn pop(&mut self) -> Option<(Time, Pending)> {
        let ((time, _), pending) = self.items.pop_first()?;
        if let Pending::Wake { actor, .. } = &pending {
            self.wakes.remove(actor);
        }
        Some((time, pending))
    }

    /// All messages on their way, with their arrivals, in the order in which they arrive.
    pub fn flights(&self) -> impl Iterator<Item = (Time, &Flight)> {
        self.items.iter().filter_map(|((time, _), pending)| match pending {
            Pending::Flight(flight) => Some((*time, flight)),
            Pending::Wake { .. } | Pending::Peer(_) => None,
        })
    }

    /// The messages on their way between nodes of the cluster, with their arrivals, in the order in which they arrive.
    pub fn peer_flights(&self) -> impl Iterator<Item = (Time, &PeerFlight)> {
        self.items.iter().filter_map(|((time, _), pending)| match pending {
            Pending::Peer(flight) => Some((*time, &**flight)),
            Pending::Wake { .. } | Pending::Flight(_) => None,
        })
    }

    fn take_seq(&mut self) -> Seq {
        let seq = self.next;
        self.next = Seq(seq.0 + 1);
        seq
    }
}
