//! `docker-compose.yml`: the official image in KRaft mode, each broker its own controller's vote.

use crate::places::Place;
use crate::plan::Plan;
use crate::quote::compose;
use std::fmt::Write;

/// The address that is told to clients on the host, from the first broker's on.
pub(crate) const HOST_PORT: i32 = 9092;
/// Between two brokers' addresses on the host.
const PORTS_APART: i32 = 10;
/// Where brokers and whatever else runs inside meet.
pub(crate) const INSIDE_PORT: i32 = 19_092;
/// Where controllers meet.
pub(crate) const CONTROLLER_PORT: i32 = 29_093;
/// 16 bytes as Kafka writes an id: `millrace-cluster`.
pub(crate) const CLUSTER_ID: &str = "bWlsbHJhY2UtY2x1c3Rlcg";
/// Where the image keeps its logs.
const DATA: &str = "/var/lib/kafka/data";

/// The whole file.
pub(crate) fn text(plan: &Plan) -> String {
    let mut out = String::from(
        "# Kafka in KRaft mode, with the settings of the scenario.\n\
         # Start it: docker compose up --detach --wait\n\nservices:\n",
    );
    let voters: Vec<String> =
        plan.brokers.iter().map(|id| format!("{id}@broker-{id}:{CONTROLLER_PORT}")).collect();
    for (place, id) in plan.places.iter().zip(&plan.brokers) {
        broker(&mut out, plan, (place, *id), &voters.join(","));
    }
    out.push_str("\nvolumes:\n");
    for id in &plan.brokers {
        let _ = writeln!(out, "  broker-{id}-data:");
    }
    out
}

/// Where broker number `at` (from 0) is found from the host.
pub(crate) fn host_port(at: i32) -> i32 {
    HOST_PORT + at * PORTS_APART
}

fn broker(out: &mut String, plan: &Plan, (place, id): (&Place, i32), voters: &str) {
    let image = plan.image();
    let (name, inside) = (&place.name, &place.inside);
    let _ = write!(out, "  broker-{id}:\n    image: {}\n    hostname: {}\n", compose(&image), scalar(name));
    if *name != format!("broker-{id}") {
        let _ =
            write!(out, "    networks:\n      default:\n        aliases:\n          - {}\n", compose(name));
    }
    if !place.published.is_empty() {
        out.push_str("    ports:\n");
    }
    for (outside, port) in &place.published {
        let _ = writeln!(out, "      - \"127.0.0.1:{outside}:{port}\"");
    }
    out.push_str("    environment:\n");
    for (key, value) in environment(plan, (id, place), voters) {
        let _ = writeln!(out, "      {key}: {}", compose(&value));
    }
    let _ = write!(
        out,
        "    volumes:\n      - broker-{id}-data:{DATA}\n    healthcheck:\n      test: [\"CMD-SHELL\", \"/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server {inside} > /dev/null\"]\n      interval: 10s\n      timeout: 10s\n      retries: 12\n      start_period: 20s\n"
    );
}

/// A name as it is where nothing in it means anything to YAML.
fn scalar(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain { name.to_owned() } else { compose(name) }
}

fn environment(plan: &Plan, (id, place): (i32, &Place), voters: &str) -> Vec<(String, String)> {
    let replicas = plan.brokers.len().min(3);
    let in_sync = replicas.saturating_sub(1).max(1);
    let fixed = [
        ("CLUSTER_ID", CLUSTER_ID.to_owned()),
        ("KAFKA_NODE_ID", id.to_string()),
        ("KAFKA_PROCESS_ROLES", "broker,controller".to_owned()),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", voters.to_owned()),
    ];
    let told = place.environment.iter().cloned();
    let rest = [
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER".to_owned()),
        ("KAFKA_LOG_DIRS", DATA.to_owned()),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", replicas.to_string()),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", replicas.to_string()),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", in_sync.to_string()),
    ];
    let fixed = fixed.into_iter().chain(told).chain(rest).map(|(key, value)| (key.to_owned(), value));
    let own = plan.broker_settings.iter().map(|(key, value)| (variable(key), value.clone()));
    fixed.chain(own).collect()
}

/// How the image is told a setting: `num.partitions` is `KAFKA_NUM_PARTITIONS`, `_` is `__` and `-` is `___`.
fn variable(key: &str) -> String {
    let key = key.replace('_', "__").replace('-', "___").replace('.', "_");
    ["KAFKA_", &key.to_ascii_uppercase()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_variable_of_the_image() {
        assert_eq!(variable("offsets.retention.minutes"), "KAFKA_OFFSETS_RETENTION_MINUTES");
        assert_eq!(variable("a_b-c"), "KAFKA_A__B___C");
    }
}
