//! A producer's settings from its properties (`ProducerConfig`), as far as the engine has them.

use super::Properties;
use millrace_broker::config::{Check, ConfigKey, Kind};
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::{CompressionType, Profile, Span};

const fn key(name: &'static str, kind: Kind, check: Check) -> ConfigKey {
    ConfigKey { name, kind, check, default: "", synonym: None }
}

/// What is checked, in the order in which Kafka defines it.
const KEYS: &[ConfigKey] = &[
    key("buffer.memory", Kind::Long, Check::AtLeast(0)),
    key("retries", Kind::Int, Check::Between(0, i32::MAX as i64)),
    key("acks", Kind::String, Check::OneOf(&["all", "-1", "0", "1"])),
    key("compression.type", Kind::String, Check::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"])),
    key("batch.size", Kind::Int, Check::AtLeast(0)),
    key("linger.ms", Kind::Long, Check::AtLeast(0)),
    key("delivery.timeout.ms", Kind::Int, Check::AtLeast(0)),
    key("max.request.size", Kind::Int, Check::AtLeast(0)),
    key("retry.backoff.ms", Kind::Long, Check::AtLeast(0)),
    key("max.block.ms", Kind::Long, Check::AtLeast(0)),
    key("request.timeout.ms", Kind::Int, Check::AtLeast(0)),
    key("metadata.max.age.ms", Kind::Long, Check::AtLeast(0)),
    key("max.in.flight.requests.per.connection", Kind::Int, Check::AtLeast(1)),
    key("enable.idempotence", Kind::Boolean, Check::Any),
];

/// The settings.
///
/// # Errors
/// The sentence of Kafka's `ConfigException`.
pub(crate) fn producer(properties: &Properties, profile: Profile) -> Result<ProducerConfig, String> {
    for key in KEYS {
        if let Some(value) = properties.get(key.name) {
            key.parse(value).map_err(|problem| problem.words().to_string())?;
        }
    }
    let text = |name: &str| properties.get(name).map(|value| value.trim());
    let number = |name: &str| text(name).and_then(|value| value.parse::<u64>().ok());
    let size =
        |name: &str, default: usize| number(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
    let span = |name: &str, default: Span| number(name).map_or(default, Span::from_millis);
    let mut config = ProducerConfig::defaults(profile);
    config.acks = match text("acks") {
        Some("0") => Acks::Zero,
        Some("1") => Acks::One,
        Some(_) | None => Acks::All,
    };
    config.compression = text("compression.type").and_then(CompressionType::for_name).unwrap_or_default();
    config.batch_size = size("batch.size", config.batch_size);
    config.buffer_memory = size("buffer.memory", config.buffer_memory);
    config.max_request_size = size("max.request.size", config.max_request_size);
    config.max_in_flight = size("max.in.flight.requests.per.connection", config.max_in_flight);
    config.linger = span("linger.ms", config.linger);
    config.request_timeout = span("request.timeout.ms", config.request_timeout);
    config.retry_backoff = span("retry.backoff.ms", config.retry_backoff);
    config.metadata_max_age = span("metadata.max.age.ms", config.metadata_max_age);
    config.max_block = span("max.block.ms", config.max_block);
    config.retries = number("retries").and_then(|n| u32::try_from(n).ok()).unwrap_or(config.retries);
    let least = config.linger + config.request_timeout;
    match number("delivery.timeout.ms").map(Span::from_millis) {
        Some(timeout) if timeout < least => {
            return Err(
                "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
                    .to_owned(),
            );
        }
        Some(timeout) => config.delivery_timeout = timeout,
        None => config.delivery_timeout = config.delivery_timeout.max(least),
    }
    config.enable_idempotence = text("enable.idempotence").map(|value| value.eq_ignore_ascii_case("true"));
    millrace_client::producer::check_idempotence(&config, profile).map_err(|error| error.message)?;
    Ok(config)
}
