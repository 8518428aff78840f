//! Kafka's producer as a state machine: what happens between `send` and the acknowledgement.
//!
//! `send` finds a partition and a batch for each record (`accumulator`, `sending`); a batch leaves when it is full,
//! has lingered, or goes along with another one to the same broker (`sender`); answers acknowledge, retry, split or
//! fail it (`replies`); what it knows of the cluster is asked for when it is needed (`metadata`). `apply` changes the
//! state, `timers` says when to wake it, `view` what the picture may read.
//!
//! A `send` that has to wait (for metadata, for memory) does not stop the application here: it stands in a queue,
//! and the sends of one topic go on in order. `max.block.ms` counts from each call, as if each came from a thread of
//! its own.
//!
//! **Order.** With `enable.idempotence=true`, the default (`identity`), every batch carries the producer's id and a
//! sequence number, which the broker checks: a batch that comes twice is recognised, one that comes too early refused,
//! and what comes again goes in order. Without (because it was said, or because `acks`, `retries` or the requests in
//! flight do not allow it) a batch that comes back is put before all others and leaves when it may; with more than one
//! request in flight it can change places with later ones, and one whose answer was lost is appended twice.
//! With `max.in.flight.requests.per.connection=1` a partition has one batch on its way at most, and order is kept
//! whatever happens.
//!
//! **Transactions** (`transactional.id`) have a manager of their own (`transaction`).
//!
//! **Compression**: what a batch comes to is estimated while it is open (`ratio`), and counted when it leaves (`packing`).
//!
//! **Also missing:** interceptors, `metadata.max.idle.ms`,
//! `partitioner.availability.timeout.ms` (Kafka's default, 0, is off), `close` with a time limit.
//!
//! Source: `KafkaProducer`, `RecordAccumulator`, `BuiltInPartitioner`, `Sender`, `ProducerMetadata`, `NetworkClient`.

mod accumulator;
mod apply;
mod config;
mod event;
mod failure;
mod identity;
mod input;
mod metadata;
mod packing;
mod ratio;
mod replies;
mod rule;
mod sender;
mod sending;
mod size;
mod state;
mod timers;
mod transaction;
mod view;

#[cfg(test)]
mod tests;

pub use config::{ConfigError, check, check_idempotence};
pub use event::{
    Appended, AppendedRun, BlockReason, CloseReason, FailedPlace, PartitionReason, ProducerEvent,
    ProducerIdEvent, RefreshReason, RequestEnd, SendError, SentBatch,
};
pub use failure::Failure;
pub use input::{ProducerInput, ProducerRecord};
pub use rule::is_rule;
pub use state::{BatchNumber, InFlight, Lifecycle, QueuedBatch, Retry, Totals, WaitNumber};
pub use timers::ProducerTimer;
pub use transaction::{
    AppCall, ConsumerGroupMetadata, Lookup, TransactionCall, TransactionEvent, TransactionRequest,
    TransactionState, TransactionStep,
};
pub use view::{BatchView, WaitingView};

use crate::{Correlation, Outcome};
use identity::Identity;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{BrokerId, ClientId, ClusterMetadata, Dice, Map, Time, TopicName, TopicPartition};
use ratio::Ratios;
use state::{Digested, MetadataState, Throttled, TopicQueues, WaitingSend};
use std::collections::VecDeque;
use std::sync::Arc;
use transaction::Transactions;

/// One producer. Cloning it shares its records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Producer {
    client_id: ClientId,
    config: Arc<ProducerConfig>,
    bootstrap: Arc<[BrokerId]>,
    /// The name of its dice.
    stream: Arc<str>,
    /// The moment of the last event: "now" for what is due at once.
    clock: Time,
    lifecycle: Lifecycle,
    metadata: MetadataState,
    topics: Map<TopicName, TopicQueues>,
    waiting: VecDeque<WaitingSend>,
    in_flight: Map<Correlation, InFlight>,
    /// Where a broker's next request begins, if the last one was too small for all.
    resume_at: Map<BrokerId, TopicPartition>,
    /// Until when nothing may leave for a broker whose quota was violated.
    throttled: Throttled,
    buffer_used: usize,
    flush_up_to: Option<BatchNumber>,
    next_correlation: u64,
    next_batch: u64,
    next_wait: u64,
    /// How many dice it has rolled.
    rolls: u64,
    totals: Totals,
    /// How well its topics' batches have packed (`compression.type`).
    ratios: Ratios,
    /// Only if it is idempotent.
    identity: Option<Box<Identity>>,
    /// Only with `transactional.id`.
    transactions: Option<Box<Transactions>>,
}

impl Producer {
    /// Another client in place of this one (`StreamsProducer.resetProducer`): nothing is left of it but the numbers of its
    /// requests, so that late answers are not taken for its own.
    pub fn anew(&self) -> Producer {
        let new = Producer::new(self.client_id.clone(), (*self.config).clone(), self.bootstrap.to_vec());
        Producer { next_correlation: self.next_correlation, clock: self.clock, ..new }
    }

    /// The client that a process makes for its record of that number, where it makes one for each: as [`Producer::anew`].
    /// Its batch and its dice have the record's number, so that no two of them are alike.
    pub fn for_record(&self, number: u64) -> Producer {
        Producer { next_batch: number, rolls: number << 16, ..self.anew() }
    }

    /// A producer that knows only the brokers to ask first (`bootstrap.servers`). [`check`] the settings before.
    pub fn new(client_id: ClientId, config: ProducerConfig, bootstrap: Vec<BrokerId>) -> Self {
        Self {
            identity: config.is_idempotent().then(Box::default),
            transactions: config.transactional_id.is_some().then(Box::default),
            stream: format!("producer/{client_id}").into(),
            client_id,
            config: Arc::new(config),
            bootstrap: bootstrap.into(),
            clock: Time::ZERO,
            lifecycle: Lifecycle::Open,
            metadata: MetadataState {
                cluster: Digested::new(Arc::new(ClusterMetadata::default())),
                errors: Map::new(),
                updated_at: None,
                refresh: None,
                pending: None,
                attempts: 0,
                not_before: Time::ZERO,
                request_failed: false,
                requests: 0,
            },
            topics: Map::new(),
            waiting: VecDeque::new(),
            in_flight: Map::new(),
            resume_at: Map::new(),
            throttled: Throttled::default(),
            buffer_used: 0,
            flush_up_to: None,
            next_correlation: 0,
            next_batch: 0,
            next_wait: 0,
            rolls: 0,
            totals: Totals::default(),
            ratios: Ratios::default(),
        }
    }

    /// What follows from an input now. A timer that is not due (any more) and an answer that nobody waits for come
    /// to nothing.
    pub fn decide(&self, now: Time, input: &ProducerInput, dice: &dyn Dice) -> Outcome<ProducerEvent> {
        if let Some(waits) = self.queued_call(now, input) {
            return Outcome { events: vec![waits], requests: Vec::new() };
        }
        let mut events = match input {
            ProducerInput::Send { records } => self.decide_send(now, records, dice),
            ProducerInput::Reply(reply) => self.decide_reply(now, reply, dice),
            ProducerInput::Disconnected(broker) => {
                let mut rolls = self.rolls;
                self.disconnect(now, *broker, false, dice, &mut rolls)
            }
            ProducerInput::Throttled { broker, until } => {
                vec![ProducerEvent::Throttled { at: now, broker: *broker, until: *until }]
            }
            ProducerInput::Flush => self.decide_flush(now),
            ProducerInput::Close => self.decide_close(now),
            ProducerInput::Transaction(call) => self.decide_call(now, call),
            ProducerInput::Timer(timer) => match timer {
                ProducerTimer::SendReady(_) | ProducerTimer::Linger(_) | ProducerTimer::RetryBackoff(_) => {
                    return self.decide_drain(now);
                }
                ProducerTimer::MetadataRefresh => return self.decide_metadata(now),
                ProducerTimer::ProducerId => return self.decide_identity(now),
                ProducerTimer::Transaction => return self.decide_transaction(now, dice),
                ProducerTimer::DeliveryTimeout(_) => self.decide_expiry(now),
                ProducerTimer::RequestTimeout(_) => self.decide_request_timeouts(now, dice),
                ProducerTimer::MaxBlock(_) => self.decide_max_block(now),
                ProducerTimer::SendUnblocked(number) => self.decide_unblock(now, *number, dice),
                ProducerTimer::FlushDone | ProducerTimer::CloseDone => self.decide_settled(now),
            },
        };
        if self.transactions.is_some() {
            Producer::state_changes_once(&mut events);
        }
        Outcome { events, requests: Vec::new() }
    }
}
