//! `setup.sh`: topics and settings in the lines of Kafka's own tools.
//!
//! Each tool is a function of its own name, so that every line below the functions is, as it stands, a line of the
//! playground's console.

use crate::comment;
use crate::plan::{Plan, Role, Topic};
use crate::quote::shell;

/// What every script begins with: where it runs, and a function for each tool that it uses.
pub(crate) fn head(plan: &Plan, about: &[&str], tools: &[&str]) -> String {
    let broker = plan.brokers.first().copied().unwrap_or(1);
    let inside = plan.places.first().map_or("localhost:9092", |place| &place.inside);
    let mut out = String::from("#!/usr/bin/env bash\n");
    for line in about {
        out.push_str("# ");
        out.push_str(line);
        out.push('\n');
    }
    out.push_str("set -euo pipefail\nexport LC_ALL=C.UTF-8\ncd \"$(dirname \"$0\")\"\n\n");
    for tool in tools {
        let call = format!(
            "{tool}() {{\n  docker compose exec -T broker-{broker} /opt/kafka/bin/{tool}.sh --bootstrap-server {inside} \"$@\"\n}}\n\n"
        );
        out.push_str(&call);
    }
    out.push_str("# ---- From here on each line is a line of the playground's console, too. ----\n");
    out
}

/// The whole script.
pub(crate) fn text(plan: &Plan) -> String {
    let mut tools = vec!["kafka-topics"];
    if !plan.configs.is_empty() {
        tools.push("kafka-configs");
    }
    let about = ["The topics and settings of the scenario, set up in a running cluster (docker compose up)."];
    let mut out = head(plan, &about, &tools);
    for topic in plan.made() {
        out.push('\n');
        if topic.role == Role::Results {
            out.push_str("# Its records result: an application writes them.\n");
        }
        out.push_str(&create(topic));
        out.push('\n');
    }
    for configured in &plan.configs {
        let mut line = format!("\nkafka-configs --alter --entity-type {}", configured.kind);
        match configured.name.as_str() {
            "" => line.push_str(" --entity-default"),
            name => line.extend([" --entity-name ", &shell(name)]),
        }
        let settings = configured.settings.iter().map(|(key, value)| setting(key, value));
        line.extend([" --add-config ", &shell(&settings.collect::<Vec<_>>().join(","))]);
        out.push_str(&line);
        out.push('\n');
    }
    if plan.made().next().is_none() {
        out.push_str("# There is none.\n");
    }
    let internal: Vec<&Topic> = plan.topics.iter().filter(|topic| topic.role == Role::Internal).collect();
    if !internal.is_empty() {
        out.push_str("\n# Kafka Streams makes these by itself:\n");
        for topic in internal {
            let line =
                format!("#   {}, partitions: {}\n", comment::line(topic.name.as_str()), topic.partitions);
            out.push_str(&line);
        }
    }
    out
}

/// `kafka-topics --create …`
fn create(topic: &Topic) -> String {
    let mut line = format!(
        "kafka-topics --create --topic {} --partitions {} --replication-factor {}",
        shell(topic.name.as_str()),
        topic.partitions,
        topic.replication_factor
    );
    for (key, value) in &topic.configs {
        line.extend([" --config ", &shell(&[key, "=", value].concat())]);
    }
    line
}

/// `key=value`, a list in brackets, as `kafka-configs` reads it.
fn setting(key: &str, value: &str) -> String {
    if value.contains(',') { format!("{key}=[{value}]") } else { format!("{key}={value}") }
}
