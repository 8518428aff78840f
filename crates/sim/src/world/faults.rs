//! Breaking and mending: messages, links, brokers; and what the surroundings do by themselves.

use super::admin::ADMIN;
use super::outside::{Due, Job, Link, Loss};
use super::queue::{Flight, Payload};
use super::trap::Trap;
use super::{Refusal, World};
use crate::fault::{Fault, Leg, Party};
use crate::node::{Activity, Kind};
use crate::trace::{Actor, EntryId, Fact, Message, NodeId, Recorder, Timer};
use crate::traffic::Traffic;
use millrace_client::Outgoing;
use millrace_client::listener::RecordRef;
use millrace_model::{BrokerId, GroupId, Span};
use std::sync::Arc;

/// How often a worker looks at its inbox when there was nobody to work.
const INBOX_POLL: Span = Span::from_secs(1);

impl World {
    /// Breaks or mends something.
    pub(super) fn fault(&mut self, fault: &Fault, cause: EntryId, recorder: &mut Recorder) {
        match fault {
            Fault::CrashAt { group, name, point, nth, restart } => {
                self.outside.traps.push(Trap {
                    group: group.clone(),
                    name: name.clone(),
                    point: *point,
                    left: (*nth).max(1),
                    restart: *restart,
                });
            }
            Fault::LoseNext { party, leg, api, count } => {
                let (party, api) = (party.clone(), api.clone());
                self.outside.losses.push(Loss { party, leg: *leg, api, left: *count });
            }
            Fault::LoseSent(sent) => self.queue.lose(*sent),
            Fault::DelaySent(sent, by) => self.queue.delay(*sent, *by),
            Fault::SlowLink(party, latency) => self.link(party, |link| link.latency = *latency),
            Fault::CutLink(party) => self.link(party, |link| link.is_cut = true),
            Fault::HealLink(party) => self.link(party, |link| link.is_cut = false),
            Fault::PauseBroker(id) => {
                self.outside.paused.insert(*id, Vec::new());
                self.queue.set_wake(Actor::Broker(*id), None, None);
            }
            Fault::ResumeBroker(id) => {
                let held = self.outside.paused.remove(id).unwrap_or_default();
                for flight in held {
                    self.queue.hand_over(self.now, flight);
                }
                if self.cluster.is_some() {
                    self.release_peers(*id);
                }
                self.arm_broker(*id, Some(cause));
            }
            Fault::SlowPeers(..) | Fault::CutPeers(..) | Fault::HealPeers(..) | Fault::SlowDisk(..) => {
                self.peer_fault(fault, cause, recorder);
            }
        }
    }

    fn link(&mut self, party: &Party, change: impl FnOnce(&mut Link)) {
        let mut link = self.outside.links.get(party).copied().unwrap_or_default();
        change(&mut link);
        if link == Link::default() {
            self.outside.links.remove(party);
        } else {
            self.outside.links.insert(party.clone(), link);
        }
    }

    /// Who a client is on its link; the administrator's link is never touched.
    pub fn party(&self, id: NodeId) -> Option<Party> {
        let node = self.node(id)?;
        match &node.kind {
            Kind::Producer(_) => Some(Party::Producer(node.name.clone())),
            Kind::Instance { group, .. } => Some(Party::Instance(group.clone(), node.name.clone())),
            Kind::Admin | Kind::Streams(_) => None,
        }
    }

    /// The links that are not like the others.
    pub fn links(&self) -> impl Iterator<Item = (&Party, &Link)> {
        self.outside.links.iter()
    }

    /// True while a broker stands still.
    pub fn is_broker_paused(&self, id: BrokerId) -> bool {
        self.outside.paused.contains_key(&id)
    }

    /// How long a message of that client takes.
    pub(super) fn latency_of(&self, id: NodeId) -> Span {
        if self.outside.links.is_empty() {
            return self.latency;
        }
        let link = self.party(id).and_then(|party| self.outside.links.get(&party));
        link.and_then(|link| link.latency).unwrap_or(self.latency)
    }

    /// Whether a message that sets out now will be lost.
    pub(super) fn will_be_lost(&mut self, id: NodeId, leg: Leg, message: &Message) -> bool {
        if self.outside.losses.is_empty() {
            return false;
        }
        let Some(party) = self.party(id) else { return false };
        let is_hum = matches!(message.api, "Fetch" | "Heartbeat" | "ConsumerGroupHeartbeat" | "Metadata");
        let is_meant = |loss: &&mut Loss| {
            loss.party == party
                && loss.leg == leg
                && loss.api.as_ref().map_or(!is_hum, |api| **api == *message.api)
        };
        let Some(loss) = self.outside.losses.iter_mut().find(is_meant) else { return false };
        loss.left = loss.left.saturating_sub(1);
        self.outside.losses.retain(|loss| loss.left > 0);
        true
    }

    /// Takes a message that does not arrive, or not yet, and gives back one that does.
    pub(super) fn obstruct(&mut self, flight: Flight, recorder: &mut Recorder) -> Option<Flight> {
        let is_cut = || {
            let party = self.party(flight.node)?;
            self.outside.links.get(&party).filter(|link| link.is_cut)
        };
        if flight.is_lost || (!self.outside.links.is_empty() && is_cut().is_some()) {
            let (node, broker) = (Actor::Node(flight.node), Actor::Broker(flight.broker));
            let (to, from, message) = match &flight.payload {
                Payload::Request(request) => (broker, node, Message::request(request)),
                Payload::Response(response) => (node, broker, Message::response(response)),
            };
            recorder.record(to, flight.cause, Fact::Lost { from, message });
            if flight.node == ADMIN {
                self.ask_again_later(&flight);
            }
            return None;
        }
        if let (Payload::Request(_), Some(held)) =
            (&flight.payload, self.outside.paused.get_mut(&flight.broker))
        {
            held.push(flight);
            return None;
        }
        Some(flight)
    }

    /// Puts a job on the agenda.
    pub(super) fn schedule(&mut self, due: Due) {
        self.outside.agenda.push(due);
        self.arm_outside();
    }

    pub(super) fn arm_outside(&mut self) {
        let next = self.outside.next_due();
        let due = next.map(|(at, _)| at);
        let call = self.traffic().and_then(Traffic::next_time);
        let at = [due, call].into_iter().flatten().min().map(|at| at.max(self.now));
        let job = next.filter(|(at, _)| call.is_none_or(|call| *at <= call)).map(|(_, cause)| cause);
        let cause = job.or_else(|| self.traffic()?.cause());
        self.queue.set_wake(Actor::Learner, at, cause);
    }

    /// Does the first job that is due.
    pub(super) fn wake_outside(&mut self, recorder: &mut Recorder) {
        if let Some(Due { cause, job, .. }) = self.outside.take_due(self.now) {
            let woke = recorder.record(Actor::Learner, Some(cause), Fact::Woke(Timer::Outside));
            match job {
                Job::Inbox(group, id, record) => self.work_inbox(&group, id, record, woke),
                Job::Redrive(_, again) => self.send_again(&again, woke, recorder),
                Job::Alerts => self.evaluate_alerts(woke, recorder),
                Job::Ask(correlation) => self.ask_again(correlation, woke, recorder),
                Job::Overdue(correlation) => self.overdue(correlation, woke, recorder),
                Job::Send(node, port, correlation, to, request) => {
                    let outgoing = Outgoing { correlation, to, request: *request };
                    self.send_kept((node, port, outgoing), woke, recorder);
                }
                Job::Dial(attempt) => self.act_on_attempt(*attempt, woke, recorder),
                Job::Restart(group, name) => {
                    let is_gone = self
                        .instance(group.as_str(), &name)
                        .is_some_and(|(_, node)| node.activity() == Activity::Gone);
                    if is_gone {
                        self.start_instances(&group, vec![name], woke, recorder);
                    }
                }
            }
        } else {
            self.act_in_traffic(recorder);
        }
        self.arm_outside();
    }

    /// The inbox's worker runs in every instance; without one the row waits.
    fn work_inbox(&mut self, group: &GroupId, id: Arc<str>, record: Box<RecordRef>, cause: EntryId) {
        let now = self.now;
        let worker = self
            .nodes()
            .find(|(_, node)| node.group() == Some(group) && node.activity() == Activity::Running);
        let Some(name) = worker.map(|(_, node)| node.name.clone()) else {
            let job = Job::Inbox(group.clone(), id, record);
            return self.schedule(Due { at: now + INBOX_POLL, cause, job });
        };
        let dedupe = self.apps.get(group).and_then(|app| app.config.guard.as_ref()?.dedupe.clone());
        if let Some(dedupe) = dedupe {
            Arc::make_mut(self.outside.seen.entry(group.clone()).or_default()).finish(&dedupe, &id, now);
        }
        if let Some(ledger) = self.ledgers.get_mut(group) {
            Arc::make_mut(ledger).done_apart(&name, now, &record);
        }
    }

    /// Whether a fault makes sense now.
    pub(super) fn check_fault(&self, fault: &Fault) -> Result<(), Refusal> {
        match fault {
            // The instance may still wait for its topics; the trap waits for it.
            Fault::CrashAt { group, nth, .. } => {
                self.known_app(group.as_str())?;
                super::checks::in_range("which time", *nth, 1, u64::from(u32::MAX))
            }
            Fault::LoseNext { party, count, .. } => {
                self.check_party(party)?;
                super::checks::in_range("messages to lose", u64::from(*count), 1, 10_000)
            }
            Fault::LoseSent(sent) => self.check_on_its_way(*sent),
            Fault::DelaySent(sent, by) => {
                self.check_on_its_way(*sent)?;
                super::checks::in_range("delay in ms", by.as_millis(), 1, 3_600_000)
            }
            Fault::SlowLink(party, latency) => {
                self.check_party(party)?;
                let ms = latency.map_or(0, |latency| latency.as_millis());
                super::checks::in_range("network latency in ms", ms, 0, 60_000)
            }
            Fault::CutLink(party) | Fault::HealLink(party) => self.check_party(party),
            Fault::PauseBroker(id) => match (self.broker(*id), self.is_broker_paused(*id)) {
                (None, _) => Err(self.no_broker(*id)),
                (Some(_), false) if self.is_broker_down(*id) => {
                    Err(Refusal::Not { name: format!("broker-{}", id.0), why: "is not running" })
                }
                (Some(_), true) => {
                    Err(Refusal::Not { name: format!("broker-{}", id.0), why: "is paused already" })
                }
                (Some(_), false) => Ok(()),
            },
            Fault::ResumeBroker(id) => match (self.broker(*id), self.is_broker_paused(*id)) {
                (None, _) => Err(self.no_broker(*id)),
                (Some(_), false) => {
                    Err(Refusal::Not { name: format!("broker-{}", id.0), why: "is not paused" })
                }
                (Some(_), true) => Ok(()),
            },
            Fault::SlowPeers(..) | Fault::CutPeers(..) | Fault::HealPeers(..) | Fault::SlowDisk(..) => {
                self.check_peer_fault(fault)
            }
        }
    }

    fn check_on_its_way(&self, sent: EntryId) -> Result<(), Refusal> {
        match self.queue.flights().any(|(_, flight)| flight.cause == Some(sent)) {
            true => Ok(()),
            false => {
                let name = format!("message #{}", sent.0);
                Err(Refusal::Not { name, why: "is not on its way now" })
            }
        }
    }

    pub(super) fn no_broker(&self, id: BrokerId) -> Refusal {
        Refusal::Unknown {
            kind: "broker",
            name: format!("broker-{}", id.0),
            nearest: Some("broker-1".to_owned()),
        }
    }

    fn check_party(&self, party: &Party) -> Result<(), Refusal> {
        match party {
            Party::Producer(name) => self.known_producer(name),
            Party::Instance(group, name) => self.known_instance(group.as_str(), name).map(drop),
        }
    }
}
