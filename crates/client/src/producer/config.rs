//! The bounds of a producer's settings (`ProducerConfig`, `KafkaProducer.configureDeliveryTimeout`).

use millrace_model::Profile;
use millrace_model::config::producer::{Acks, MAX_IN_FLIGHT_FOR_IDEMPOTENCE, ProducerConfig};
use std::fmt;

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
pub fn check(config: &ProducerConfig, profile: Profile) -> Result<(), ConfigError> {
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
    check_idempotence(config, profile)?;
    if config.delivery_timeout.0 < config.linger.0.saturating_add(config.request_timeout.0) {
        return Err(ConfigError {
            key: "delivery.timeout.ms",
            message: "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
                .to_owned(),
        });
    }
    Ok(())
}

/// What idempotence asks of other settings, and transactions of idempotence
/// (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`).
///
/// # Errors
/// A setting that stands against what was said. If nobody has said `enable.idempotence`, it is off then, without a word;
/// but for too many requests in flight, which are refused since 4.0 (KAFKA-17927).
pub fn check_idempotence(config: &ProducerConfig, profile: Profile) -> Result<(), ConfigError> {
    let in_flight = config.max_in_flight;
    let key = "max.in.flight.requests.per.connection";
    let said = config.enable_idempotence;
    if said == Some(true) && config.retries == 0 {
        let message = "Must set retries to non-zero when using the idempotent producer.".to_owned();
        return Err(ConfigError { key: "retries", message });
    }
    if said == Some(true) && config.acks != Acks::All {
        let message = "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee \
                       idempotence.";
        return Err(ConfigError { key: "acks", message: message.to_owned() });
    }
    if said != Some(false) && in_flight > MAX_IN_FLIGHT_FOR_IDEMPOTENCE {
        if profile.is_released_4() {
            let message = format!(
                "To use the idempotent producer, {key} must be set to at most 5. Current value is {in_flight}."
            );
            return Err(ConfigError { key, message });
        }
        if said.is_some() {
            let message = format!("Must set {key} to at most 5 to use the idempotent producer.");
            return Err(ConfigError { key, message });
        }
    }
    if config.transactional_id.is_some() && !config.is_idempotent() {
        let message = "Cannot set a transactional.id without also enabling idempotence.".to_owned();
        return Err(ConfigError { key: "transactional.id", message });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Span;

    const V4: Profile = Profile::V4;

    fn words(config: &ProducerConfig, profile: Profile) -> String {
        check(config, profile).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_of_every_version_are_allowed_and_idempotent() {
        for profile in Profile::ALL {
            let config = ProducerConfig::defaults(profile);
            assert_eq!(check(&config, profile), Ok(()));
            assert!(config.is_idempotent());
        }
    }

    #[test]
    fn idempotence_asks_for_other_settings() {
        let on = ProducerConfig { enable_idempotence: Some(true), ..ProducerConfig::defaults(V4) };
        assert_eq!(check(&on, V4), Ok(()));
        assert_eq!(
            words(&ProducerConfig { retries: 0, ..on.clone() }, V4),
            "Must set retries to non-zero when using the idempotent producer."
        );
        assert_eq!(
            words(&ProducerConfig { acks: Acks::One, ..on.clone() }, V4),
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence."
        );
        let six = ProducerConfig { max_in_flight: 6, ..on };
        assert_eq!(
            words(&six, Profile::V39),
            "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer."
        );
        assert_eq!(
            words(&six, V4),
            "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current \
             value is 6."
        );
        assert_eq!(check(&ProducerConfig { enable_idempotence: Some(false), ..six }, V4), Ok(()));
    }

    /// Who has not asked for it does not have it, and hears nothing of it.
    #[test]
    fn what_stands_against_idempotence_turns_it_off_where_nobody_has_asked_for_it() {
        for profile in Profile::ALL {
            let unsaid = ProducerConfig::defaults(profile);
            let hasty = ProducerConfig { acks: Acks::One, ..unsaid.clone() };
            let once = ProducerConfig { retries: 0, ..unsaid.clone() };
            for (config, setting) in [(hasty, "acks"), (once, "retries")] {
                assert_eq!(check(&config, profile), Ok(()), "{setting}");
                assert_eq!((config.is_idempotent(), config.against_idempotence()), (false, Some(setting)));
                let transactional = ProducerConfig { transactional_id: Some("t".into()), ..config };
                assert_eq!(
                    words(&transactional, profile),
                    "Cannot set a transactional.id without also enabling idempotence."
                );
            }
            let six = ProducerConfig { max_in_flight: 6, ..unsaid };
            assert_eq!(check(&six, profile).is_ok(), !profile.is_released_4());
            assert!(!six.is_idempotent());
        }
        let six = ProducerConfig { max_in_flight: 6, ..ProducerConfig::defaults(V4) };
        assert_eq!(check(&six, V4).unwrap_err().key, "max.in.flight.requests.per.connection");
    }

    #[test]
    fn what_kafka_refuses_is_refused_in_its_words() {
        let default = ProducerConfig::defaults(V4);
        let none = ProducerConfig { max_in_flight: 0, ..default.clone() };
        assert_eq!(
            check(&none, V4).unwrap_err().to_string(),
            "Invalid value 0 for configuration max.in.flight.requests.per.connection: Value must be at least 1"
        );
        let exact = ProducerConfig { delivery_timeout: Span::from_millis(30_005), ..default };
        assert_eq!(check(&exact, V4), Ok(()));
        let short = ProducerConfig { delivery_timeout: Span::from_millis(30_004), ..exact };
        assert_eq!(
            check(&short, V4).unwrap_err().to_string(),
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
        );
    }
}
