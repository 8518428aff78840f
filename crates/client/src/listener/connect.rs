//! Kafka Connect's way with errors (`RetryWithToleranceOperator`, `DeadLetterQueueReporter`): the listener method stands for the
//! converters and transformations of a sink task, the group for its connector.

use crate::listener::exception::Exception;
use crate::listener::headers::FailedAt;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{Dice, Header, Record, Span, TopicName};
use std::sync::Arc;

/// `RetryWithToleranceOperator.RETRIES_DELAY_MIN_MS`.
const DELAY_MIN: Span = Span::from_millis(300);

/// `errors.tolerance`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tolerance {
    /// `none`, the default: the task fails, and stays where it is until somebody starts it again.
    #[default]
    None,
    /// `all`: the record is skipped, and reported.
    All,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectErrors {
    /// `errors.tolerance`.
    pub tolerance: Tolerance,
    /// `errors.retry.timeout`, default 0: for how long a retriable exception is tried again. `None` is -1, without end.
    pub retry_timeout: Option<Span>,
    /// `errors.retry.delay.max.ms`, default 60 s.
    pub retry_delay_max: Span,
    /// `errors.deadletterqueue.topic.name`; none by default.
    pub dead_letters: Option<TopicName>,
    /// `errors.deadletterqueue.context.headers.enable`, default false: without them a letter does not say where it came from.
    pub context_headers: bool,
}

impl Default for ConnectErrors {
    fn default() -> Self {
        Self {
            tolerance: Tolerance::None,
            retry_timeout: Some(Span::ZERO),
            retry_delay_max: Span::from_secs(60),
            dead_letters: None,
            context_headers: false,
        }
    }
}

/// Makes the settings those of a worker's producers (`Worker.baseProducerConfigs`): without sequence numbers, so that old
/// brokers will do, one request at a time instead, and no giving up.
pub(super) fn adapt(producer: &mut ProducerConfig) {
    producer.enable_idempotence = Some(false);
    producer.max_in_flight = 1;
    producer.max_block = Span(u64::MAX);
    producer.delivery_timeout = Span::from_millis(i32::MAX as u64);
}

impl ConnectErrors {
    /// The pause before the next try, if the time for them is not over; `attempt` is the delivery that failed.
    pub fn pause(&self, attempt: u32, stream: &str, dice: &dyn Dice) -> Option<Span> {
        let delay = |n: u32| {
            let doubled = DELAY_MIN.0.checked_shl(n - 1).filter(|delay| delay >> (n - 1) == DELAY_MIN.0);
            match doubled {
                Some(delay) if delay <= self.retry_delay_max.0 => delay,
                _ => (dice.roll(stream, u64::from(n)) >> 16) % self.retry_delay_max.0.max(1),
            }
        };
        let Some(timeout) = self.retry_timeout else { return Some(Span(delay(attempt.max(1)))) };
        let passed = (1..attempt).map(delay).fold(0, u64::saturating_add);
        (passed < timeout.0).then(|| Span(delay(attempt.max(1)).min(timeout.0 - passed)))
    }

    /// The headers of a dead letter.
    pub fn headers(&self, record: &Record, failed: &FailedAt<'_>) -> Arc<[Header]> {
        if !self.context_headers {
            return record.headers.clone();
        }
        let Exception { class, message, deserialization, .. } = failed.exception;
        let stage = if *deserialization { "VALUE_CONVERTER" } else { "TRANSFORMATION" };
        let by = match deserialization {
            true => "org.apache.kafka.connect.json.JsonConverter",
            false => "com.example.Transformation",
        };
        let group = failed.group.as_str();
        let texts = [
            ("topic", failed.tp.topic.to_string()),
            ("partition", failed.tp.partition.0.to_string()),
            ("offset", failed.offset.0.to_string()),
            ("connector.name", group.strip_prefix("connect-").unwrap_or(group).to_owned()),
            ("task.id", "0".to_owned()),
            ("stage", stage.to_owned()),
            ("class.name", by.to_owned()),
            ("exception.class.name", class.to_string()),
            ("exception.message", message.to_string()),
            ("exception.stacktrace", [class, ": ", message, "\n"].concat()),
        ];
        let mut headers = record.headers.to_vec();
        for (name, text) in texts {
            let key: Arc<str> = ["__connect.errors.", name].concat().into();
            // "Header already contains the … key": the first one stays.
            if !headers.iter().any(|header| header.key == key) {
                headers.push(Header { key, value: Some(text.into_bytes().into()) });
            }
        }
        headers.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u64);
    impl Dice for Same {
        fn roll(&self, _: &str, _: u64) -> u64 {
            self.0
        }
    }

    #[test]
    fn pauses_double_from_300_ms_until_the_time_is_over() {
        let pauses = |timeout: Option<u64>, max: u64| -> Vec<Option<u64>> {
            let errors = ConnectErrors {
                retry_timeout: timeout.map(Span::from_millis),
                retry_delay_max: Span::from_millis(max),
                ..ConnectErrors::default()
            };
            (1..=5).map(|n| errors.pause(n, "", &Same(77 << 16)).map(Span::as_millis)).collect()
        };
        assert_eq!(pauses(Some(0), 60_000), [None; 5]);
        assert_eq!(pauses(Some(2_000), 60_000), [Some(300), Some(600), Some(1_100), None, None]);
        assert_eq!(pauses(None, 1_000), [Some(300), Some(600), Some(0), Some(0), Some(0)], "77 µs");
    }
}
