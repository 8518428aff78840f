//! Settings of Kafka's Java clients under librdkafka's names. What librdkafka does not have is said.

use crate::plan::{App, Plan, Producer};
use millrace_client::listener::ClientProfile;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::producer::Partitioner;
use millrace_script::properties;

/// Settings, and sentences about those that have no counterpart.
pub(crate) type Settings = (Vec<(&'static str, String)>, Vec<String>);

/// What a consumer is told, `bootstrap.servers` and `group.id` apart.
pub(crate) fn of_consumer(app: &App, plan: &Plan) -> Settings {
    let config = &app.config.consumer;
    let is_auto = app.config.commit == millrace_client::listener::CommitMode::Auto;
    let mut set = vec![("enable.auto.commit", is_auto.to_string())];
    let mut lacking = Vec::new();
    for (key, value) in properties::of_consumer(config, plan.profile) {
        match key {
            "auto.offset.reset" if value == "none" => set.push((key, "error".to_owned())),
            "auto.offset.reset" if value.starts_with("by_duration:") => {
                lacking.push(lack(key, &value, "read from the beginning instead"));
                set.push((key, "earliest".to_owned()));
            }
            "fetch.max.wait.ms" => set.push(("fetch.wait.max.ms", value)),
            "max.poll.records" => lacking.push(lack(key, &value, "the loop asks for so many")),
            "request.timeout.ms" => lacking.push(lack(key, &value, "socket.timeout.ms is near it")),
            "partition.assignment.strategy" => {}
            _ => set.push((key, value)),
        }
    }
    assignors(config, plan, &mut set, &mut lacking);
    (set, lacking)
}

/// librdkafka lets eager and cooperative assignors not stand side by side, and has no `sticky`.
fn assignors(
    config: &ConsumerConfig,
    plan: &Plan,
    set: &mut Vec<(&'static str, String)>,
    lacking: &mut Vec<String>,
) {
    const KEY: &str = "partition.assignment.strategy";
    let names: Vec<&str> = config.partition_assignment_strategy.iter().map(|name| &**name).collect();
    if config.group_protocol.name() == "consumer" {
        return;
    }
    let known: Vec<&str> = names.iter().copied().filter(|name| *name != "sticky").collect();
    let eager: Vec<&str> = known.iter().copied().filter(|name| *name != "cooperative-sticky").collect();
    let kept = if eager.is_empty() { &known } else { &eager };
    let value = if kept.is_empty() { "range".to_owned() } else { kept.join(",") };
    let is_default = config.partition_assignment_strategy
        == ConsumerConfig::defaults(plan.profile).partition_assignment_strategy;
    if kept.len() != names.len() && !is_default {
        lacking.push(lack(KEY, &names.join(","), "librdkafka has no such list"));
    }
    set.push((KEY, value));
}

/// What a producer is told, `bootstrap.servers` apart.
pub(crate) fn of_producer(producer: &Producer, plan: &Plan) -> Settings {
    let config = &producer.config;
    let partitioner = match config.partitioner {
        _ if config.partitioner_ignore_keys => "random",
        Partitioner::BuiltIn => "murmur2_random",
        Partitioner::RoundRobin => "random",
        Partitioner::ConsistentRandom => "consistent_random",
    };
    let mut set = vec![("partitioner", partitioner.to_owned())];
    // Java's default, and not librdkafka's.
    if config.is_idempotent() {
        set.push(("enable.idempotence", "true".to_owned()));
    }
    let mut lacking = Vec::new();
    for (key, value) in properties::of_producer(config, plan.profile) {
        match key {
            "buffer.memory" => {
                let kilobytes = value.parse::<u64>().unwrap_or(0).div_ceil(1024).clamp(1, 2_147_483_647);
                set.push(("queue.buffering.max.kbytes", kilobytes.to_string()));
            }
            "enable.idempotence" if config.is_idempotent() => {}
            "max.request.size" => set.push(("message.max.bytes", value)),
            "max.block.ms" => {
                lacking.push(lack(key, &value, "produce never waits, it says that its queue is full"))
            }
            "partitioner.class" if config.partitioner_rule.is_some() => {
                lacking.push(lack(key, &value, "murmur2 of the key"));
            }
            "partitioner.class" if config.partitioner == Partitioner::RoundRobin => {
                lacking.push(lack(key, "RoundRobinPartitioner", "any partition instead"));
            }
            "partitioner.class" | "partitioner.ignore.keys" => {}
            "partitioner.adaptive.partitioning.enable" => {
                lacking.push(lack(key, &value, "it never does that"))
            }
            _ => set.push((key, value)),
        }
    }
    (set, lacking)
}

/// Whether an application's producer of retry and dead letter records is idempotent in the scenario.
pub(crate) fn is_idempotent(app: &App) -> bool {
    app.config.client != ClientProfile::Librdkafka && app.config.retry.connect().is_none()
}

fn lack(key: &str, value: &str, instead: &str) -> String {
    format!("librdkafka has no {key}={value}: {instead}.")
}

/// How many records a call of the loop asks for.
pub(crate) fn at_once(app: &App) -> usize {
    match app.config.client {
        ClientProfile::Librdkafka => 1,
        ClientProfile::Spring | ClientProfile::Java => app.config.consumer.max_poll_records.min(1_000_000),
    }
}

/// What is subscribed to: topics, or (with `^` in front) a pattern.
pub(crate) fn topics(app: &App) -> Vec<String> {
    match &app.config.pattern {
        Some(pattern) => {
            let source = pattern.as_str();
            vec![if source.starts_with('^') { source.to_owned() } else { format!("^{source}") }]
        }
        None => crate::clients::topics(app),
    }
}
