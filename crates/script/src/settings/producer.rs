//! Producer settings as options.

use super::{FALSE_TRUE, INT, Kind, Setting, size};
use millrace_client::producer::is_rule;
use millrace_model::CompressionType;
use millrace_model::config::producer::{Acks, Partitioner, ProducerConfig};

const ACKS: [Acks; 3] = [Acks::Zero, Acks::One, Acks::All];
const PARTITIONERS: [Partitioner; 3] =
    [Partitioner::BuiltIn, Partitioner::RoundRobin, Partitioner::ConsistentRandom];

/// Every setting.
pub const SETTINGS: &[Setting<ProducerConfig>] = &[
    Setting {
        name: "acks",
        key: "acks",
        kind: Kind::Choice(
            &["0", "1", "all"],
            |c| ACKS.iter().position(|acks| *acks == c.acks).unwrap_or(0),
            |c, at| c.acks = ACKS.get(at).copied().unwrap_or_default(),
        ),
    },
    Setting { name: "linger", key: "linger.ms", kind: Kind::Span(|c| c.linger, |c, v| c.linger = v) },
    Setting {
        name: "batch-size",
        key: "batch.size",
        kind: Kind::Number(0, INT, |c| c.batch_size as u64, |c, v| c.batch_size = size(v)),
    },
    Setting {
        name: "compression",
        key: "compression.type",
        kind: Kind::Choice(
            &["none", "gzip", "snappy", "lz4", "zstd"],
            |c| usize::from(c.compression.id()),
            |c, at| c.compression = CompressionType::ALL.get(at).copied().unwrap_or_default(),
        ),
    },
    Setting {
        name: "buffer-memory",
        key: "buffer.memory",
        kind: Kind::Number(0, u64::MAX, |c| c.buffer_memory as u64, |c, v| c.buffer_memory = size(v)),
    },
    Setting {
        name: "max-block",
        key: "max.block.ms",
        kind: Kind::Span(|c| c.max_block, |c, v| c.max_block = v),
    },
    Setting {
        name: "max-request-size",
        key: "max.request.size",
        kind: Kind::Number(0, INT, |c| c.max_request_size as u64, |c, v| c.max_request_size = size(v)),
    },
    Setting {
        name: "max-in-flight",
        key: "max.in.flight.requests.per.connection",
        kind: Kind::Number(1, INT, |c| c.max_in_flight as u64, |c, v| c.max_in_flight = size(v)),
    },
    Setting {
        name: "idempotence",
        key: "enable.idempotence",
        kind: Kind::Choice(
            FALSE_TRUE,
            // Nobody has said so: no word, so that it is not written.
            |c| c.enable_idempotence.map_or(usize::MAX, usize::from),
            |c, at| c.enable_idempotence = Some(at == 1),
        ),
    },
    Setting {
        name: "transactional-id",
        key: "transactional.id",
        kind: Kind::Form(
            "a name that stays the same across restarts, such as checkout-1",
            |c| c.transactional_id.as_deref().unwrap_or_default().to_owned(),
            |c, text| {
                c.transactional_id = (!text.is_empty()).then(|| text.into());
                c.transactional_id.is_some()
            },
        ),
    },
    Setting {
        name: "transaction-timeout",
        key: "transaction.timeout.ms",
        kind: Kind::Span(|c| c.transaction_timeout, |c, v| c.transaction_timeout = v),
    },
    Setting {
        name: "delivery-timeout",
        key: "delivery.timeout.ms",
        kind: Kind::Span(|c| c.delivery_timeout, |c, v| c.delivery_timeout = v),
    },
    Setting {
        name: "request-timeout",
        key: "request.timeout.ms",
        kind: Kind::Span(|c| c.request_timeout, |c, v| c.request_timeout = v),
    },
    Setting {
        name: "retries",
        key: "retries",
        kind: Kind::Number(
            0,
            INT,
            |c| u64::from(c.retries),
            |c, v| c.retries = u32::try_from(v).unwrap_or(u32::MAX),
        ),
    },
    Setting {
        name: "retry-backoff",
        key: "retry.backoff.ms",
        kind: Kind::Span(|c| c.retry_backoff, |c, v| c.retry_backoff = v),
    },
    Setting {
        name: "retry-backoff-max",
        key: "retry.backoff.max.ms",
        kind: Kind::Span(|c| c.retry_backoff_max, |c, v| c.retry_backoff_max = v),
    },
    Setting {
        name: "metadata-max-age",
        key: "metadata.max.age.ms",
        kind: Kind::Span(|c| c.metadata_max_age, |c, v| c.metadata_max_age = v),
    },
    Setting {
        name: "partitioner",
        key: "partitioner.class",
        kind: Kind::Choice(
            &["built-in", "round-robin", "consistent-random"],
            |c| PARTITIONERS.iter().position(|p| *p == c.partitioner).unwrap_or(0),
            |c, at| c.partitioner = PARTITIONERS.get(at).copied().unwrap_or_default(),
        ),
    },
    Setting {
        name: "partitioner-rule",
        key: "partitioner.class",
        kind: Kind::Form(
            "an expression over key and value, such as 'key + text(value.n % 6)'",
            |c| c.partitioner_rule.as_deref().unwrap_or_default().to_owned(),
            |c, text| {
                c.partitioner_rule = is_rule(text).then(|| text.into());
                c.partitioner_rule.is_some()
            },
        ),
    },
    Setting {
        name: "partitioner-ignore-keys",
        key: "partitioner.ignore.keys",
        kind: Kind::Choice(
            FALSE_TRUE,
            |c| usize::from(c.partitioner_ignore_keys),
            |c, at| c.partitioner_ignore_keys = at == 1,
        ),
    },
    Setting {
        name: "partitioner-adaptive",
        key: "partitioner.adaptive.partitioning.enable",
        kind: Kind::Choice(
            FALSE_TRUE,
            |c| usize::from(c.partitioner_adaptive),
            |c, at| c.partitioner_adaptive = at == 1,
        ),
    },
];
