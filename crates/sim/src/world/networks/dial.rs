//! A client reaches for an address: bootstrap, the addresses of the answer, and what follows when there is nobody
//! (`NetworkClient`, `DefaultMetadataUpdater`).

use super::wiring::{Link, NOT_NOW, Open, State, Wiring};
use crate::connection::{ConnectionEvent, Unreachable};
use crate::node::Activity;
use crate::trace::{Actor, EntryId, Fact, NodeId, Recorder};
use crate::world::outside::{Due, Job};
use crate::world::{Flight, Payload, World};
use millrace_client::listener::Port;
use millrace_client::{Correlation, Outgoing};
use millrace_model::config::bootstrap::{Address, Addresses, Whence};
use millrace_model::protocol::{MetadataRequest, TxnRequest, TxnResponse};
use millrace_model::{BrokerId, Profile, Request, Response, Span, Time};

/// The number of what `NetworkClient` asks by itself.
const OWN: Correlation = Correlation(u64::MAX);

/// `request.timeout.ms`.
const REQUEST_TIMEOUT: Span = Span::from_secs(30);

/// How long a process that stands still puts off what it was about to try.
const LATER: Span = Span::from_secs(1);

/// One of the clients in a process.
pub(super) type Key = (NodeId, Port);

/// An attempt: the client, the node as it calls it, its address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::world) struct Attempt {
    key: Key,
    node: BrokerId,
    address: Address,
    /// It has come to nothing.
    failed: Option<Unreachable>,
}

/// Whether any broker may answer.
fn is_for_any(request: &Request) -> bool {
    match request {
        Request::Metadata(_) | Request::FindCoordinator(_) => true,
        Request::Txn(request) => match &**request {
            TxnRequest::InitProducerId(init) => init.transactional_id.is_none(),
            TxnRequest::FindCoordinator(_) => true,
            _ => false,
        },
        _ => false,
    }
}

/// The coordinator that an answer names, with its address.
fn coordinator(response: &Response) -> Option<BrokerId> {
    match response {
        Response::FindCoordinator(answer) => answer.coordinator,
        Response::Txn(answer) => match &**answer {
            TxnResponse::FindCoordinator(answer) => answer.coordinator,
            _ => None,
        },
        _ => None,
    }
}

impl World {
    /// Sends a request by an address, if its client was told addresses: true if it is taken care of.
    pub(in crate::world) fn dial(
        &mut self,
        key: Key,
        outgoing: &Outgoing,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) -> bool {
        let Some(whence) = self.whence(key.0).cloned() else { return false };
        let now = self.now;
        let Some((node, address)) = self.choose(key, &whence, outgoing, cause, recorder) else {
            // A broker that the client was not told of (`LISTENER_NOT_FOUND`).
            let at = now + self.latency_of(key.0).times(2);
            self.give_back(key, outgoing, at, cause);
            return true;
        };
        let wiring = self.networks_mut().clients.entry(key).or_default();
        let link = wiring.links.entry(address.clone()).or_default();
        if link.is_held(now) {
            let is_first = link.waiting.is_empty() && link.state != State::Connecting;
            let at = link.not_before;
            link.waiting.push(outgoing.clone());
            if is_first {
                self.try_at(at, Attempt { key, node, address, failed: None }, cause);
            }
            return true;
        }
        self.attempt(key, (node, address), vec![outgoing.clone()], cause, recorder);
        true
    }

    /// Which node is asked, at which address; none if the client knows of no address for it.
    fn choose(
        &mut self,
        key: Key,
        whence: &Whence,
        outgoing: &Outgoing,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) -> Option<(BrokerId, Address)> {
        self.networks_mut();
        let (now, begins_anew) = (self.now, self.profile != Profile::V39);
        let networks = self.networks.as_ref()?;
        let none = Wiring::default();
        let wiring = networks.clients.get(&key).unwrap_or(&none);
        if !is_for_any(&outgoing.request) && !wiring.addresses.is_empty() {
            let address = wiring.addresses.get(&outgoing.to)?;
            return Some((outgoing.to, address.clone()));
        }
        let best = wiring.addresses.iter().min_by_key(|(_, address)| wiring.rank(address, now));
        if let Some((id, address)) = best
            && (!begins_anew || wiring.rank(address, now).0 < NOT_NOW)
        {
            return Some((*id, address.clone()));
        }
        let is_told = best.is_some() && !wiring.is_beginning_anew;
        // What cannot be resolved was left out when the client was built (`ClientUtils.parseAndValidateAddresses`).
        let is_known = |address: &Address| {
            networks.resolve(whence.network.as_deref(), address) != Err(Unreachable::UnknownHost)
        };
        let any = whence.servers.iter().any(is_known);
        let servers = (1..).zip(&whence.servers).filter(|(_, address)| !any || is_known(address));
        let chosen = servers.min_by_key(|(_, address)| wiring.rank(address, now));
        let chosen = chosen.map(|(n, address): (i32, _)| (BrokerId(-n), address.clone()));
        if is_told {
            let servers = whence.servers.clone();
            let fact = Fact::Connection(Box::new(ConnectionEvent::Rebootstrapped { servers }));
            recorder.record(Actor::Node(key.0), cause, fact);
            self.networks_mut().clients.entry(key).or_default().is_beginning_anew = true;
        }
        chosen
    }

    /// Tries an address: what waited for it leaves, or it is known in a moment that there is nobody.
    fn attempt(
        &mut self,
        key: Key,
        (node, address): (BrokerId, Address),
        waiting: Vec<Outgoing>,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let network = self.whence(key.0).and_then(|whence| whence.network.clone());
        let found = self.networks_mut().resolve(network.as_deref(), &address);
        let found = found.and_then(|(broker, listener)| match self.is_broker_down(broker) {
            true => Err(Unreachable::Refused),
            false => Ok((broker, listener)),
        });
        let now = self.now;
        let wiring = self.networks_mut().clients.entry(key).or_default();
        let link = wiring.links.entry(address.clone()).or_default();
        let reached = match found {
            Ok(reached) => reached,
            Err(why) => {
                (link.state, link.waiting) = (State::Connecting, waiting);
                // A name is looked up at home; who is refused hears of it after a way there and back.
                let way = self.latency_of(key.0).times(2);
                let at = if why == Unreachable::UnknownHost { now } else { now + way };
                return self.try_at(at, Attempt { key, node, address, failed: Some(why) }, cause);
            }
        };
        let up = State::Up(reached.0, reached.1.clone());
        let is_new = link.state != up;
        *link = Link { state: up, failed: link.failed, ..Link::default() };
        for outgoing in &waiting {
            wiring.remember(outgoing, &reached);
        }
        let mut cause = cause;
        if is_new {
            let (broker, listener) = reached.clone();
            let event = ConnectionEvent::Established { node, address, broker, listener };
            cause = Some(recorder.record(Actor::Node(key.0), cause, Fact::Connection(Box::new(event))));
        }
        for outgoing in waiting {
            self.launch(key, Outgoing { to: reached.0, ..outgoing }, cause, recorder);
        }
    }

    fn try_at(&mut self, at: Time, attempt: Attempt, cause: Option<EntryId>) {
        let job = Job::Dial(Box::new(attempt));
        self.schedule(Due { at, cause: cause.unwrap_or_default(), job });
    }

    /// The moment of an attempt has come, or it is over.
    pub(in crate::world) fn act_on_attempt(
        &mut self,
        attempt: Attempt,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let key = attempt.key;
        match self.node(key.0).map(crate::node::Node::activity) {
            Some(Activity::Running) => {}
            Some(Activity::Frozen) => return self.try_at(self.now + LATER, attempt, Some(cause)),
            Some(Activity::Gone) | None => {
                self.networks_mut().clients.remove(&key);
                return;
            }
        }
        let Attempt { node, address, failed, .. } = attempt;
        let (now, dice) = (self.now, self.dice);
        let network = self.whence(key.0).and_then(|whence| whence.network.clone());
        let ip = self.networks_mut().ip(network.as_deref(), &address.host);
        let Some(wiring) = self.networks_mut().clients.get_mut(&key) else { return };
        let Some(link) = wiring.links.get_mut(&address) else { return };
        let waiting = std::mem::take(&mut link.waiting);
        let Some(why) = failed else {
            return self.attempt(key, (node, address), waiting, Some(cause), recorder);
        };
        link.fail(why, now, &dice, &format!("{} {} reconnect.backoff.ms", key.0.0, key.1.0));
        if waiting.iter().any(|outgoing| outgoing.correlation == OWN) {
            wiring.asking_until = None;
        }
        let event = ConnectionEvent::Failed { node, address, ip: ip.into(), why };
        let failed = recorder.record(Actor::Node(key.0), Some(cause), Fact::Connection(Box::new(event)));
        for outgoing in waiting.iter().filter(|outgoing| outgoing.correlation != OWN) {
            self.give_back(key, outgoing, now, Some(failed));
        }
        self.ask_for_addresses(key, Some(failed), recorder);
    }

    /// A request comes back without an answer.
    fn give_back(&mut self, (node, port): Key, outgoing: &Outgoing, at: Time, cause: Option<EntryId>) {
        let flight = Flight {
            depart: self.now,
            node,
            port,
            correlation: outgoing.correlation,
            broker: outgoing.to,
            payload: Payload::Response(Response::Disconnected(outgoing.request.api())),
            cause,
            is_lost: false,
        };
        self.queue.hand_over(at, flight);
    }

    /// `NetworkClient` asks for the brokers by itself: when it begins, and whenever a connection is not what it was.
    pub(in crate::world) fn ask_for_addresses(
        &mut self,
        key: Key,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        if self.whence(key.0).is_none() || !self.is_running(key.0) {
            return;
        }
        let now = self.now;
        let wiring = self.networks_mut().clients.entry(key).or_default();
        if wiring.asking_until.is_some_and(|until| now < until) {
            return;
        }
        wiring.asking_until = Some(now + REQUEST_TIMEOUT);
        let Some(to) = self.brokers.keys().next().copied() else { return };
        let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
        let outgoing = Outgoing { correlation: OWN, to, request: Request::Metadata(request) };
        self.send_request(key.0, key.1, outgoing, cause, recorder);
    }

    /// A broker answers with the addresses of the listener that was asked, and with those brokers that have such a one.
    pub(in crate::world) fn advertise(&self, key: Key, correlation: Correlation, response: &mut Response) {
        let Response::Metadata(answer) = response else { return };
        let Some(networks) = &self.networks else { return };
        let open = networks.clients.get(&key).and_then(|wiring| wiring.open.get(&correlation));
        let Some(Open { reached: (_, listener), .. }) = open else { return };
        answer.cluster.brokers.retain_mut(|info| {
            let address = networks.hosts.get(&info.id).and_then(|host| host.advertised(listener));
            if let Some(address) = &address {
                (info.host, info.port) = (address.host.to_string(), address.port);
            }
            address.is_some()
        });
    }

    /// An answer has come in: what it says of addresses is kept. Whom the client has asked; none if it was no client of the
    /// engine's but its network's own question.
    pub(in crate::world) fn take_addresses(
        &mut self,
        flight: &Flight,
        cause: EntryId,
        recorder: &mut Recorder,
    ) -> Option<BrokerId> {
        let key = (flight.node, flight.port);
        let Payload::Response(response) = &flight.payload else { return Some(flight.broker) };
        let networks = self.networks_mut();
        let Some(wiring) = networks.clients.get_mut(&key) else { return Some(flight.broker) };
        let open = wiring.open.remove(&flight.correlation);
        let asked = open.as_ref().map_or(flight.broker, |open| open.asked);
        if flight.correlation == OWN {
            wiring.asking_until = None;
        }
        let mut told = None;
        if let Some(Open { reached: (broker, listener), .. }) = &open {
            match response {
                Response::Disconnected(_) => wiring.lost(*broker),
                Response::Metadata(answer) => {
                    let brokers = answer.cluster.brokers.iter();
                    let address = |host: &str, port| Address { host: host.into(), port };
                    let addresses: Addresses =
                        brokers.map(|info| (info.id, address(&info.host, info.port))).collect();
                    wiring.is_beginning_anew = false;
                    told = Some((listener.clone(), addresses));
                }
                other => {
                    let host = coordinator(other).and_then(|id| Some((id, networks.hosts.get(&id)?)));
                    let address = host.and_then(|(id, host)| Some((id, host.advertised(listener)?)));
                    if let Some((id, address)) = address {
                        let mut addresses = wiring.addresses.clone();
                        addresses.insert(id, address);
                        told = Some((listener.clone(), addresses));
                    }
                }
            }
        }
        if let Some((listener, addresses)) = told.filter(|(_, addresses)| *addresses != wiring.addresses) {
            wiring.addresses = addresses.clone();
            let event = ConnectionEvent::Told { listener, addresses };
            recorder.record(Actor::Node(key.0), Some(cause), Fact::Connection(Box::new(event)));
        }
        if open.is_some() && matches!(response, Response::Disconnected(_)) {
            // The metadata may be out of date (`handleServerDisconnect`).
            self.ask_for_addresses(key, Some(cause), recorder);
        }
        (flight.correlation != OWN).then_some(asked)
    }
}
