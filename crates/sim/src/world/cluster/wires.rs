//! Links between the nodes of a cluster, and their disks: slow, cut, mended.
//!
//! What goes over a cut link is lost. Whoever waits for an answer that got lost so notices by its own timeout, or when the link
//! works again: its connection is found broken then.

use super::{PeerFlight, PeerPayload};
use crate::fault::Fault;
use crate::trace::{EntryId, Recorder};
use crate::world::checks::in_range;
use crate::world::{Link, Refusal, World};
use millrace_broker::{Broker, Call};
use millrace_model::{BrokerId, Request, Response, Span};

/// A link between two nodes that is not like the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Wire {
    link: Link,
    /// What got lost here and is still waited for: by whom, in which life, from whom.
    missed: Vec<(BrokerId, u64, BrokerId, Call)>,
}

fn ends(a: BrokerId, b: BrokerId) -> (BrokerId, BrokerId) {
    (a.min(b), a.max(b))
}

/// Whether a message holds something that its receiver writes down.
fn is_to_be_written(payload: &PeerPayload) -> bool {
    match payload {
        PeerPayload::Response { response: Some(Response::FollowerFetch(answer)), .. } => {
            answer.partitions.iter().any(|partition| !partition.batches.is_empty())
        }
        PeerPayload::Request { call: Call::WriteTxnMarkers(_), .. } => true,
        PeerPayload::Request { .. }
        | PeerPayload::Response { .. }
        | PeerPayload::Metadata(_)
        | PeerPayload::Leader { .. } => false,
    }
}

impl World {
    /// The links between nodes of the cluster that are not like the others; controllers have numbers from 100 on.
    pub fn peer_links(&self) -> impl Iterator<Item = (BrokerId, BrokerId, &Link)> {
        let wires = self.cluster.iter().flat_map(|cluster| cluster.wires.iter());
        wires.map(|((a, b), wire)| (*a, *b, &wire.link))
    }

    /// How much longer a broker takes to write something down.
    pub fn disk_delay(&self, id: BrokerId) -> Span {
        self.life(id).map_or(Span::ZERO, |life| life.disk)
    }

    /// How much longer a client's request takes that is to be written down.
    pub(in crate::world) fn disk_delay_for(&self, to: BrokerId, request: &Request) -> Span {
        match request {
            Request::Produce(_) if self.cluster.is_some() => self.disk_delay(to),
            _ => Span::ZERO,
        }
    }

    pub(super) fn is_cut_between(&self, a: BrokerId, b: BrokerId) -> bool {
        self.wire(a, b).is_some_and(|wire| wire.link.is_cut)
    }

    fn wire(&self, a: BrokerId, b: BrokerId) -> Option<&Wire> {
        self.cluster.as_ref()?.wires.get(&ends(a, b))
    }

    /// How long a message takes.
    pub(super) fn latency_between(&self, flight: &PeerFlight) -> Span {
        let latency = self.wire(flight.from, flight.to).and_then(|wire| wire.link.latency);
        let disk = if is_to_be_written(&flight.payload) { self.disk_delay(flight.to) } else { Span::ZERO };
        latency.unwrap_or(self.latency) + disk
    }

    /// A message got lost on a cut link: who waits for something is remembered.
    pub(super) fn lost_between(&mut self, flight: PeerFlight) {
        let PeerFlight { from, to, incarnation, payload, .. } = flight;
        let missed = match payload {
            PeerPayload::Request { call, .. } => (from, incarnation, to, call),
            PeerPayload::Response { call, .. } => (to, incarnation, from, call),
            PeerPayload::Metadata(delta) => {
                if let Some(life) = self.life_mut(to).filter(|life| life.incarnation == incarnation) {
                    life.sent = life.sent.min(delta.base_offset);
                }
                return;
            }
            // Who is active is told again when the link works.
            PeerPayload::Leader { .. } => return,
        };
        if let Some(wire) = self.cluster_mut().and_then(|cluster| cluster.wires.get_mut(&ends(from, to))) {
            wire.missed.push(missed);
        }
    }

    /// A stretch of the controller's log that does not go on where its reader is: the one before got lost, and both are sent
    /// again.
    pub(super) fn is_ahead(&self, flight: &PeerFlight) -> bool {
        let PeerPayload::Metadata(delta) = &flight.payload else { return false };
        let member = self.broker(flight.to).and_then(Broker::member);
        member.is_some_and(|member| delta.base_offset > member.metadata_end())
    }

    /// Does what a fault says to links between nodes and to disks.
    pub(in crate::world) fn peer_fault(&mut self, fault: &Fault, cause: EntryId, recorder: &mut Recorder) {
        match fault {
            Fault::SlowPeers(a, b, latency) => self.change_wire(*a, *b, |wire| wire.link.latency = *latency),
            Fault::CutPeers(a, b) => self.change_wire(*a, *b, |wire| wire.link.is_cut = true),
            Fault::HealPeers(a, b) => {
                let mut missed = Vec::new();
                self.change_wire(*a, *b, |wire| {
                    wire.link.is_cut = false;
                    missed = std::mem::take(&mut wire.missed);
                });
                for (waits, incarnation, from, call) in missed {
                    self.break_peer((waits, incarnation), from, call, Some(cause), recorder);
                }
                if self.is_controller(*a.max(b)) {
                    self.reconnected(*a.min(b), *a.max(b), cause, recorder);
                }
            }
            Fault::SlowDisk(id, delay) => {
                if let Some(life) = self.life_mut(*id) {
                    life.disk = delay.unwrap_or(Span::ZERO);
                }
            }
            _ => {}
        }
    }

    /// The link between a broker and a controller works again: it is told what it has missed.
    fn reconnected(
        &mut self,
        broker: BrokerId,
        controller: BrokerId,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        if self.is_broker_down(broker) || self.active_controller() != Some(controller) {
            return;
        }
        if self.quorum().is_some() {
            self.introduce(broker, Some(cause), recorder);
        } else {
            self.send_metadata(broker, Some(cause), recorder);
        }
    }

    fn change_wire(&mut self, a: BrokerId, b: BrokerId, change: impl FnOnce(&mut Wire)) {
        let Some(cluster) = self.cluster_mut() else { return };
        let wire = cluster.wires.entry(ends(a, b)).or_default();
        change(wire);
        if *wire == Wire::default() {
            cluster.wires.remove(&ends(a, b));
        }
    }

    /// Whether such a fault makes sense now.
    pub(in crate::world) fn check_peer_fault(&self, fault: &Fault) -> Result<(), Refusal> {
        if self.cluster.is_none() {
            let why = "has one broker only: begin with `cluster start --brokers 3`";
            return Err(Refusal::Not { name: "this cluster".to_owned(), why });
        }
        let known = |id: &BrokerId| match self.broker(*id) {
            Some(_) => Ok(()),
            None => Err(self.no_broker(*id)),
        };
        let node = |id: &BrokerId| if self.is_controller(*id) { Ok(()) } else { known(id) };
        let ms = |span: &Option<Span>| span.map_or(0, |span| span.as_millis());
        match fault {
            Fault::SlowPeers(a, b, _) | Fault::CutPeers(a, b) | Fault::HealPeers(a, b) => {
                node(a)?;
                node(b)?;
                if a == b {
                    let why = "has no link to itself: name two nodes";
                    return Err(Refusal::Not { name: format!("broker-{a}"), why });
                }
                if self.is_controller(*a) && self.is_controller(*b) {
                    let why = "shares one log with the other controllers here: crash or pause one instead of its links";
                    return Err(Refusal::Not { name: format!("controller-{a}"), why });
                }
            }
            Fault::SlowDisk(id, _) => known(id)?,
            _ => {}
        }
        match fault {
            Fault::SlowPeers(_, _, latency) => in_range("network latency in ms", ms(latency), 0, 60_000),
            Fault::SlowDisk(_, delay) => in_range("a write's delay in ms", ms(delay), 0, 60_000),
            _ => Ok(()),
        }
    }
}
