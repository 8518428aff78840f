//! A client's connections by address, as `NetworkClient` and `ClusterConnectionStates` keep them.

use crate::connection::Unreachable;
use crate::limits;
use millrace_client::{Correlation, Outgoing};
use millrace_model::config::bootstrap::{Address, Addresses};
use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, Dice, Map, Request, Span, Time};
use std::sync::Arc;

/// `reconnect.backoff.ms`.
const RECONNECT_BACKOFF: u64 = 50;

/// `reconnect.backoff.max.ms`.
const RECONNECT_BACKOFF_MAX: u64 = 1_000;

/// The rank of an address that must not be tried now.
pub(super) const NOT_NOW: u8 = 3;

/// The connections of one client.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Wiring {
    /// What it was told of the brokers.
    pub addresses: Addresses,
    /// What it has tried.
    pub links: Map<Address, Link>,
    /// Requests on their way or being answered.
    pub open: Map<Correlation, Open>,
    /// Its own question for addresses is under way: until then it waits for the answer (`request.timeout.ms`).
    pub asking_until: Option<Time>,
    /// It has begun anew and was not told anything since.
    pub is_beginning_anew: bool,
}

/// A request that has left.
#[derive(Clone, Debug, Hash)]
pub(super) struct Open {
    /// Whom the client means.
    pub asked: BrokerId,
    /// Whom it has reached, and by which listener.
    pub reached: (BrokerId, Arc<str>),
    /// Kafka's name of the API.
    pub api: &'static str,
}

/// A connection to one address.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Link {
    pub state: State,
    /// Why the last attempt came to nothing, if it did.
    pub last: Option<Unreachable>,
    /// Attempts in a row that came to nothing.
    pub failures: u32,
    /// Attempts that came to nothing, in all.
    pub failed: u64,
    /// Until then nothing is tried.
    pub not_before: Time,
    /// What waits for it.
    pub waiting: Vec<Outgoing>,
}

/// Where a connection is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// There is none.
    #[default]
    Idle,
    /// It is tried.
    Connecting,
    /// There is one, to that broker's listener.
    Up(BrokerId, Arc<str>),
}

/// An address that a client was told, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whose.
    pub broker: BrokerId,
    /// The address.
    pub address: Address,
    /// Whether there is a connection: `None` if it was not tried yet.
    pub outcome: Option<Result<(), Unreachable>>,
}

impl Reach {
    /// One of several connections to the same address tells more.
    pub(super) fn worsen(&mut self, other: &Reach) {
        match (self.outcome, other.outcome) {
            (None, outcome) | (Some(Ok(())), outcome @ Some(Err(_))) => self.outcome = outcome,
            _ => {}
        }
    }
}

impl Wiring {
    pub fn reaches(&self) -> impl Iterator<Item = Reach> {
        self.addresses.iter().map(|(broker, address)| {
            let outcome = self.links.get(address).and_then(|link| match link.state {
                State::Up(..) => Some(Ok(())),
                State::Idle | State::Connecting => link.last.map(Err),
            });
            Reach { broker: *broker, address: address.clone(), outcome }
        })
    }

    /// How good an address is to ask now (`NetworkClient.leastLoadedNode`), [`NOT_NOW`] the worst: one with a connection, one
    /// that is being tried, one that may be tried, of these the one tried longest ago.
    pub fn rank(&self, address: &Address, now: Time) -> (u8, Time) {
        match self.links.get(address) {
            Some(Link { state: State::Up(..), .. }) => (0, Time::ZERO),
            Some(Link { state: State::Connecting, .. }) => (1, Time::ZERO),
            None => (2, Time::ZERO),
            Some(link) if link.is_held(now) => (NOT_NOW, link.not_before),
            Some(link) => (2, link.not_before),
        }
    }
}

impl Link {
    /// Whether nothing new may be tried now.
    pub fn is_held(&self, now: Time) -> bool {
        match self.state {
            State::Up(..) => false,
            State::Connecting => true,
            State::Idle => now < self.not_before || !self.waiting.is_empty(),
        }
    }

    /// An attempt came to nothing: `ExponentialBackoff`, doubled with each, 20 % jitter.
    pub fn fail(&mut self, why: Unreachable, now: Time, dice: &dyn Dice, stream: &str) {
        let doubled = RECONNECT_BACKOFF.saturating_mul(1_u64.checked_shl(self.failures.min(16)).unwrap_or(1));
        let per_mille = 800 + dice.below(stream, self.failed, 401);
        let jittered = doubled.min(RECONNECT_BACKOFF_MAX).saturating_mul(per_mille);
        self.not_before = now + Span(jittered.min(RECONNECT_BACKOFF_MAX * 1_000));
        self.failures = self.failures.saturating_add(1);
        self.failed = self.failed.saturating_add(1);
        (self.state, self.last) = (State::Idle, Some(why));
    }
}

impl Wiring {
    /// Connections to that broker are no more.
    pub fn lost(&mut self, broker: BrokerId) {
        for link in self.links.values_mut() {
            if matches!(&link.state, State::Up(to, _) if *to == broker) {
                link.state = State::Idle;
            }
        }
    }

    /// Whether there is a connection to that broker.
    pub fn is_connected_to(&self, broker: BrokerId) -> bool {
        self.links.values().any(|link| matches!(&link.state, State::Up(to, _) if *to == broker))
    }

    /// A request leaves; who it is for is known when its answer comes. Of what is never answered the oldest are forgotten.
    pub fn remember(&mut self, outgoing: &Outgoing, reached: &(BrokerId, Arc<str>)) {
        if matches!(&outgoing.request, Request::Produce(produce) if produce.acks == Acks::Zero) {
            return;
        }
        let open = Open { asked: outgoing.to, reached: reached.clone(), api: outgoing.request.api() };
        self.open.insert(outgoing.correlation, open);
        let oldest = self.open.keys().next().copied();
        if self.open.len() > limits::OPEN_REQUESTS
            && let Some(oldest) = oldest
        {
            self.open.remove(&oldest);
        }
    }

    /// The requests that are open at that broker, with their APIs.
    pub fn open_at(&self, broker: BrokerId) -> Vec<(Correlation, &'static str)> {
        let open = self.open.iter().filter(|(_, open)| open.reached.0 == broker);
        open.map(|(correlation, open)| (*correlation, open.api)).collect()
    }
}
