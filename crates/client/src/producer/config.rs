//! The bounds of a producer's settings (`ProducerConfig`, `KafkaProducer.configureDeliveryTimeout`).

use millrace_model::config::producer::{Acks, ProducerConfig};
use std::fmt;

/// As many batches as a broker remembers of a producer.
const MAX_IN_FLIGHT_FOR_IDEMPOTENCE: usize = 5;

/// A setting that Kafka refuses, in the words of `ConfigException`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting: `batch.size`.
    pub key: &'static str,
    /// The whole sentence.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Checks the settings against each other and against Kafka's bounds.
///
/// # Errors
/// The first setting that `new KafkaProducer(…)` would refuse, with its sentence.
pub fn check(config: &ProducerConfig) -> Result<(), ConfigError> {
    if config.max_in_flight < 1 {
        let key = "max.in.flight.requests.per.connection";
        return Err(ConfigError {
            key,
            message: format!(
                "Invalid value {} for configuration {key}: Value must be at least 1",
                config.max_in_flight
            ),
        });
    }
    if config.transactional_id.is_some() && config.enable_idempotence == Some(false) {
        return Err(ConfigError {
            key: "transactional.id",
            message: "Cannot set a transactional.id without also enabling idempotence.".to_owned(),
        });
    }
    if config.is_idempotent() {
        idempotent(config)?;
    }
    if config.delivery_timeout.0 < config.linger.0.saturating_add(config.request_timeout.0) {
        return Err(ConfigError {
            key: "delivery.timeout.ms",
            message: "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
                .to_owned(),
        });
    }
    Ok(())
}

/// What `enable.idempotence=true` asks of other settings (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`).
fn idempotent(config: &ProducerConfig) -> Result<(), ConfigError> {
    let (key, message) = if config.retries == 0 {
        ("retries", "Must set retries to non-zero when using the idempotent producer.")
    } else if config.acks != Acks::All {
        let message = "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.";
        ("acks", message)
    } else if config.max_in_flight > MAX_IN_FLIGHT_FOR_IDEMPOTENCE {
        let message =
            "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer.";
        ("max.in.flight.requests.per.connection", message)
    } else {
        return Ok(());
    };
    Err(ConfigError { key, message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::{Profile, Span};

    #[test]
    fn the_defaults_of_every_version_are_allowed() {
        for profile in Profile::ALL {
            assert_eq!(check(&ProducerConfig::defaults(profile)), Ok(()));
        }
    }

    #[test]
    fn idempotence_asks_for_other_settings() {
        let on = ProducerConfig { enable_idempotence: Some(true), ..ProducerConfig::defaults(Profile::V4) };
        assert_eq!(check(&on), Ok(()));
        let words = |config: &ProducerConfig| check(config).unwrap_err().to_string();
        assert_eq!(
            words(&ProducerConfig { retries: 0, ..on.clone() }),
            "Must set retries to non-zero when using the idempotent producer."
        );
        assert_eq!(
            words(&ProducerConfig { acks: Acks::One, ..on.clone() }),
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence."
        );
        let six = ProducerConfig { max_in_flight: 6, ..on };
        assert_eq!(
            words(&six),
            "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer."
        );
        assert_eq!(check(&ProducerConfig { enable_idempotence: Some(false), ..six }), Ok(()));
    }

    #[test]
    fn what_kafka_refuses_is_refused_in_its_words() {
        let default = ProducerConfig::defaults(Profile::V4);
        let none = ProducerConfig { max_in_flight: 0, ..default.clone() };
        assert_eq!(
            check(&none).unwrap_err().to_string(),
            "Invalid value 0 for configuration max.in.flight.requests.per.connection: Value must be at least 1"
        );
        let exact = ProducerConfig { delivery_timeout: Span::from_millis(30_005), ..default };
        assert_eq!(check(&exact), Ok(()));
        let short = ProducerConfig { delivery_timeout: Span::from_millis(30_004), ..exact };
        assert_eq!(
            check(&short).unwrap_err().to_string(),
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
        );
    }
}
