//! Producer settings (`ProducerConfig`).

use super::bootstrap::Bootstrap;
use crate::{CompressionType, Profile, Span};
use std::sync::Arc;

/// `acks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acks {
    /// `0`: the producer does not wait at all.
    Zero,
    /// `1`: the leader has it.
    One,
    /// `all` (`-1`): every in-sync replica has it.
    #[default]
    All,
}

/// `partitioner.class` and the settings around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partitioner {
    /// The default of Kafka's Java client: murmur2 of the key; without a key a sticky partition (KIP-794).
    #[default]
    BuiltIn,
    /// `RoundRobinPartitioner`: one partition after the other, whatever the key.
    RoundRobin,
    /// `consistent_random`, librdkafka's default: CRC-32 of the key; without a key (or with an empty one) anywhere.
    ConsistentRandom,
}

/// As many batches as a broker remembers of a producer.
pub const MAX_IN_FLIGHT_FOR_IDEMPOTENCE: usize = 5;

/// What a producer is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerConfig {
    /// `acks`, default `all`.
    pub acks: Acks,
    /// `batch.size` in bytes, default 16384; 0 sends each record alone.
    pub batch_size: usize,
    /// `linger.ms`: how long a batch waits for company. Default 5 ms (0 before 4.0).
    pub linger: Span,
    /// `buffer.memory` in bytes, default 32 MiB.
    pub buffer_memory: usize,
    /// `max.block.ms`: how long `send` waits for room or metadata. Default 60 s.
    pub max_block: Span,
    /// `max.request.size` in bytes, default 1 MiB.
    pub max_request_size: usize,
    /// `max.in.flight.requests.per.connection`, default 5.
    pub max_in_flight: usize,
    /// `delivery.timeout.ms`: from `send` to success or failure. Default 120 s.
    pub delivery_timeout: Span,
    /// `request.timeout.ms`, default 30 s.
    pub request_timeout: Span,
    /// `retries`, default `i32::MAX`: the delivery timeout decides.
    pub retries: u32,
    /// `retry.backoff.ms`, default 100 ms.
    pub retry_backoff: Span,
    /// `retry.backoff.max.ms`, default 1 s.
    pub retry_backoff_max: Span,
    /// `metadata.max.age.ms`, default 5 min.
    pub metadata_max_age: Span,
    /// `enable.idempotence`, default true. `None`: nobody has said so; then another setting can silently turn it off
    /// ([`ProducerConfig::against_idempotence`]), where one who has asked for it is refused.
    pub enable_idempotence: Option<bool>,
    /// `transactional.id`: the producer's name across restarts; whoever comes later under it fences the one before.
    pub transactional_id: Option<Arc<str>>,
    /// `transaction.timeout.ms`: how long a transaction may stay open before its coordinator aborts it. Default 60 s.
    pub transaction_timeout: Span,
    /// `compression.type`, default none: the codec of its batches, at its default level.
    pub compression: CompressionType,
    /// `partitioner.class`.
    pub partitioner: Partitioner,
    /// `partitioner.class` as a class of one's own, here one expression over key and value: what it comes to, as text, leads
    /// where a key of that text would.
    pub partitioner_rule: Option<Arc<str>>,
    /// `partitioner.ignore.keys`, default false.
    pub partitioner_ignore_keys: bool,
    /// `partitioner.adaptive.partitioning.enable`, default true.
    pub partitioner_adaptive: bool,
    /// `bootstrap.servers`, and where it runs. Default none: it reaches every broker.
    pub bootstrap: Bootstrap,
}

impl ProducerConfig {
    /// The defaults of a version.
    pub fn defaults(profile: Profile) -> ProducerConfig {
        ProducerConfig {
            acks: Acks::All,
            batch_size: 16_384,
            linger: Span::from_millis(profile.linger_ms()),
            buffer_memory: 32 * 1024 * 1024,
            max_block: Span::from_secs(60),
            max_request_size: 1024 * 1024,
            max_in_flight: 5,
            delivery_timeout: Span::from_secs(120),
            request_timeout: Span::from_secs(30),
            retries: i32::MAX as u32,
            retry_backoff: Span::from_millis(100),
            retry_backoff_max: Span::from_secs(1),
            metadata_max_age: Span::from_secs(300),
            enable_idempotence: None,
            transactional_id: None,
            transaction_timeout: Span::from_secs(60),
            compression: CompressionType::None,
            partitioner: Partitioner::BuiltIn,
            partitioner_rule: None,
            partitioner_ignore_keys: false,
            partitioner_adaptive: true,
            bootstrap: Bootstrap::default(),
        }
    }

    /// Whether its batches carry sequence numbers: as was said, or as the other settings allow
    /// (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`).
    pub fn is_idempotent(&self) -> bool {
        self.enable_idempotence.unwrap_or_else(|| self.against_idempotence().is_none())
    }

    /// The first setting with which no producer can be idempotent.
    pub fn against_idempotence(&self) -> Option<&'static str> {
        if self.retries == 0 {
            Some("retries")
        } else if self.acks != Acks::All {
            Some("acks")
        } else {
            (self.max_in_flight > MAX_IN_FLIGHT_FOR_IDEMPOTENCE)
                .then_some("max.in.flight.requests.per.connection")
        }
    }
}
