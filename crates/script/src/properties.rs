//! Settings under Kafka's keys and in Kafka's notation, as they stand in a properties file: durations are whole
//! milliseconds. The table behind it is the one that reads and prints options.

use crate::settings::{Kind, Setting, broker, consumer, producer, streams};
use millrace_client::listener::CommitMode;
use millrace_model::Profile;
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::StreamsConfig;
use millrace_sim::AppConfig;

/// Kafka's key with its value.
pub type Property = (&'static str, String);

/// What a consumer is told beyond the defaults of its version.
pub fn of_consumer(config: &ConsumerConfig, profile: Profile) -> Vec<Property> {
    differing(consumer::SETTINGS, config, &ConsumerConfig::defaults(profile))
}

/// What an application's consumers are told: with it when offsets are committed, and assignors by their classes.
pub fn of_listener(app: &AppConfig, profile: Profile) -> Vec<Property> {
    let mut told = vec![("enable.auto.commit", (app.commit == CommitMode::Auto).to_string())];
    told.extend(of_consumer(&app.consumer, profile).into_iter().map(assignors));
    told
}

/// Assignors by their classes.
fn assignors((key, value): Property) -> Property {
    if key != "partition.assignment.strategy" {
        return (key, value);
    }
    let name = |name: &str| {
        let class = match name {
            "range" => "RangeAssignor",
            "roundrobin" => "RoundRobinAssignor",
            "sticky" => "StickyAssignor",
            _ => "CooperativeStickyAssignor",
        };
        format!("org.apache.kafka.clients.consumer.{class}")
    };
    (key, value.split(',').map(name).collect::<Vec<_>>().join(","))
}

/// What a producer is told beyond the defaults of its version.
pub fn of_producer(config: &ProducerConfig, profile: Profile) -> Vec<Property> {
    differing(producer::SETTINGS, config, &ProducerConfig::defaults(profile))
}

/// What the brokers are told beyond the defaults of their version.
pub fn of_broker(config: &BrokerConfig, profile: Profile) -> Vec<Property> {
    differing(broker::SETTINGS, config, &BrokerConfig::defaults(profile))
}

/// What a streams application is told beyond the defaults.
pub fn of_streams(config: &StreamsConfig) -> Vec<Property> {
    differing(streams::SETTINGS, config, &config.defaults_beside())
}

fn differing<C>(settings: &[Setting<C>], config: &C, defaults: &C) -> Vec<Property> {
    let all =
        settings.iter().map(|setting| (setting.key, kafkas(setting, config), kafkas(setting, defaults)));
    all.filter(|(_, value, default)| value != default).map(|(key, value, _)| (key, value)).collect()
}

fn kafkas<C>(setting: &Setting<C>, config: &C) -> String {
    match &setting.kind {
        Kind::Span(get, _) => get(config).as_millis().to_string(),
        Kind::SpanOrOff(get, _) => {
            get(config).map_or_else(|| "-1".to_owned(), |span| span.as_millis().to_string())
        }
        _ => setting.show(config),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Span;

    #[test]
    fn only_what_differs_is_told_and_times_are_milliseconds() {
        let profile = Profile::default();
        let mut config = ConsumerConfig::defaults(profile);
        assert_eq!(of_consumer(&config, profile), []);
        config.session_timeout = Span::from_secs(10);
        config.max_poll_records = 7;
        let told = [("session.timeout.ms", "10000".to_owned()), ("max.poll.records", "7".to_owned())];
        assert_eq!(of_consumer(&config, profile), told);
        let idle = StreamsConfig { max_task_idle: None, ..StreamsConfig::default() };
        assert_eq!(of_streams(&idle), [("max.task.idle.ms", "-1".to_owned())]);
    }
}
