//! What the coordinators know: each transactional id with its producer's id and epoch, where its transaction stands, for how long
//! it has been open, and what the clients that bear the id are doing.

use super::{Who, deeds};
use crate::{Action, words};
use millrace_broker::{TxnMetadata, TxnState};
use millrace_model::{BrokerId, Map, Span, Time, TopicPartition};
use millrace_sim::World;
use millrace_sim::node::producer::ProducerNode;
use millrace_sim::node::{Activity, Kind};
use millrace_words::transactions as say;
use std::sync::Arc;

/// How far a transaction is, whatever its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// None has begun.
    Empty,
    /// It is open.
    Ongoing,
    /// Its end is decided and written: `PrepareCommit` or `PrepareAbort`.
    Prepare,
    /// Every partition has its marker: `CompleteCommit` or `CompleteAbort`.
    Complete,
}

impl Phase {
    /// All, in their order.
    pub const ALL: [Phase; 4] = [Phase::Empty, Phase::Ongoing, Phase::Prepare, Phase::Complete];

    fn of(state: TxnState) -> Phase {
        match state {
            TxnState::Empty => Phase::Empty,
            TxnState::Ongoing => Phase::Ongoing,
            TxnState::PrepareCommit | TxnState::PrepareAbort => Phase::Prepare,
            TxnState::CompleteCommit | TxnState::CompleteAbort => Phase::Complete,
        }
    }
}

/// A transactional id.
#[derive(Clone, Debug, PartialEq)]
pub struct Txn {
    /// `transactional.id`.
    pub id: Arc<str>,
    /// Its producer's colour.
    pub hue: u8,
    /// The broker that coordinates it.
    pub coordinator: BrokerId,
    /// Coordinator, producer id and epoch, in words.
    pub producer: String,
    /// Kafka's name of its state.
    pub state: String,
    /// The same, whatever the end.
    pub phase: Phase,
    /// Whether the end that is decided is a commit; none while none is.
    pub commits: Option<bool>,
    /// For how long it has been open, and for how long it may.
    pub age: Option<String>,
    /// How much of `transaction.timeout.ms` is over, in thousandths; 0 while none is open.
    pub spent: u32,
    /// The partitions that will get a marker.
    pub partitions: Vec<TopicPartition>,
    /// Who bears the id.
    pub clients: Vec<TxnClient>,
    /// What there is to say where nobody does any more, or an error stands.
    pub note: Option<String>,
    /// All of it in words.
    pub says: String,
}

/// A producer with that transactional id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnClient {
    /// Its name.
    pub name: String,
    /// Its own state, and the call that blocks it.
    pub word: String,
    /// Whether something failed.
    pub is_in_error: bool,
    /// What can be done, as lines of the language.
    pub deeds: Vec<Action>,
}

/// What all coordinators that are there know, the newest of each id.
pub(super) struct Known<'a>(Map<&'a Arc<str>, (BrokerId, &'a TxnMetadata)>);

impl<'a> Known<'a> {
    pub fn of(world: &'a World) -> Known<'a> {
        let mut known: Map<&'a Arc<str>, (BrokerId, &'a TxnMetadata)> = Map::new();
        for broker in world.brokers().filter(|broker| !world.is_broker_down(broker.id())) {
            for (id, metadata) in broker.txn_coordinator().transactions() {
                let is_newer =
                    known.get(&id).is_none_or(|(_, before)| before.updated_at < metadata.updated_at);
                if is_newer {
                    known.insert(id, (broker.id(), metadata));
                }
            }
        }
        Known(known)
    }

    /// Id, coordinator, and what it knows.
    pub fn all(&self) -> impl Iterator<Item = (&'a Arc<str>, BrokerId, &'a TxnMetadata)> {
        self.0.iter().map(|(id, (broker, metadata))| (*id, *broker, *metadata))
    }
}

pub(super) fn transactions(world: &World, known: &Known<'_>, who: &Who) -> Vec<Txn> {
    known.all().map(|(id, broker, metadata)| transaction(world, (id, broker, metadata), who)).collect()
}

fn transaction(
    world: &World,
    (id, coordinator, metadata): (&Arc<str>, BrokerId, &TxnMetadata),
    who: &Who,
) -> Txn {
    let now = world.now();
    let phase = Phase::of(metadata.state);
    let commits = match metadata.state {
        TxnState::PrepareCommit | TxnState::CompleteCommit => Some(true),
        TxnState::PrepareAbort | TxnState::CompleteAbort => Some(false),
        TxnState::Empty | TxnState::Ongoing => None,
    };
    let since = metadata.started_at.filter(|_| matches!(phase, Phase::Ongoing | Phase::Prepare));
    let open = since.map(|since| whole_tenths(now, since));
    let clients: Vec<TxnClient> = world
        .nodes()
        .filter(|(_, node)| node.activity() != Activity::Gone)
        .filter_map(|(_, node)| match &node.kind {
            Kind::Producer(producer) if producer.client.transactional_id() == Some(id) => {
                Some(client(&node.name, producer))
            }
            _ => None,
        })
        .collect();
    let until = since.filter(|_| phase == Phase::Ongoing).map(|since| since + metadata.timeout);
    let note = until.filter(|_| clients.is_empty()).map(|until| say::nobody_ends_it(&words::time(until)));
    let producer = say::producer_of(&coordinator, &metadata.producer_id, &metadata.producer_epoch);
    let age = open.map(|open| say::open_for(&words::span(open), &words::span(metadata.timeout)));
    let state = metadata.state.to_string();
    let says = [&**id, ": ", &state, ", ", &producer].concat();
    let says = age.iter().fold(says, |says, age| [&*says, ", ", age].concat());
    Txn {
        id: id.clone(),
        hue: who.hue(metadata.producer_id),
        coordinator,
        producer,
        state,
        phase,
        commits,
        age,
        spent: open.map_or(0, |open| share(open, metadata.timeout)),
        partitions: metadata.partitions.iter().cloned().collect(),
        clients,
        note,
        says,
    }
}

/// A length of time as a reader wants it: tenths of a second, no more.
pub(super) fn whole_tenths(now: Time, since: Time) -> Span {
    const TENTH: u64 = 100_000;
    Span(now.0.saturating_sub(since.0) / TENTH * TENTH)
}

fn share(open: Span, timeout: Span) -> u32 {
    let thousandths = (u128::from(open.0) * 1_000).checked_div(u128::from(timeout.0)).unwrap_or(1_000);
    u32::try_from(thousandths.min(1_000)).unwrap_or(1_000)
}

fn client(name: &str, producer: &ProducerNode) -> TxnClient {
    let client = &producer.client;
    let state = client.transaction_state();
    let mut word = state.map_or_else(String::new, |state| state.to_string());
    if let Some(call) = client.blocking_call() {
        word = [&*word, " · ", &say::blocks_in(&call)].concat();
    }
    if let Some(error) = client.transaction_error() {
        word = [&*word, " · ", error.class.rsplit('.').next().unwrap_or_default()].concat();
    }
    TxnClient {
        name: name.to_owned(),
        word,
        is_in_error: client.transaction_error().is_some(),
        deeds: deeds::of_client(name, state),
    }
}
