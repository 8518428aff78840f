//! Brokers and their loggers, as the tool shows them.

use crate::{Invocation, NoFiles, Outcome};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::{Profile, Span};
use millrace_sim::{Command, Setup, Timeline};

fn timeline() -> Timeline {
    Timeline::new(Setup { profile: Profile::Snapshot40, seed: 1 })
}

fn configs(timeline: &mut Timeline, options: &str) -> Outcome {
    let line = format!("kafka-configs --bootstrap-server broker-1:9092 {options}");
    let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let outcome =
        crate::run(timeline.world(), &Invocation { argv: &argv, stdin: "", files: &NoFiles }).unwrap();
    for (at, command) in &outcome.commands {
        timeline.run_until(*at, usize::MAX);
        timeline.dispatch(command.clone()).unwrap();
    }
    timeline.run_until(outcome.until, usize::MAX);
    outcome
}

fn said(timeline: &mut Timeline, options: &str) -> Vec<String> {
    let outcome = configs(timeline, options);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (0, ""), "{options}");
    outcome.stdout.lines().map(str::to_owned).collect()
}

/// The lines of these settings, without what all lines begin with.
fn of<'a>(lines: &'a [String], names: &[&str]) -> Vec<&'a str> {
    let named = |name: &&str| {
        let start = format!("  {name}=");
        lines.iter().find(|line| line.starts_with(&start)).map_or("none", |line| line.trim_start())
    };
    names.iter().map(named).collect()
}

const ALL: &str = "--describe --all --entity-type brokers --entity-name 1";

/// Without `--all` there is nothing: nobody set anything while it ran.
#[test]
fn all_settings_of_a_broker_are_shown_in_the_order_of_their_names() {
    let mut timeline = timeline();
    let lines = said(&mut timeline, ALL);
    assert_eq!((lines.len(), lines[0].as_str()), (324, "All configs for broker 1 are:"));
    let names: Vec<&str> = lines[1..].iter().map(|line| line.split('=').next().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(
        of(&lines, &["advertised.listeners", "authorizer.class.name", "log.cleaner.io.max.bytes.per.second"]),
        [
            "advertised.listeners=null sensitive=false synonyms={}",
            "authorizer.class.name= sensitive=false synonyms={DEFAULT_CONFIG:authorizer.class.name=}",
            "log.cleaner.io.max.bytes.per.second=1.7976931348623157E308 sensitive=false \
             synonyms={DEFAULT_CONFIG:log.cleaner.io.max.bytes.per.second=1.7976931348623157E308}",
        ]
    );
    assert_eq!(
        of(&lines, &["sasl.jaas.config", "ssl.keystore.location", "unstable.api.versions.enable"]),
        [
            "sasl.jaas.config=null sensitive=true synonyms={}",
            "ssl.keystore.location=null sensitive=false synonyms={}",
            "none",
        ]
    );
    let dynamic = said(&mut timeline, "--describe --entity-type brokers --entity-name 1");
    assert_eq!(dynamic, ["Dynamic configs for broker 1 are:"]);
}

#[test]
fn what_a_node_must_be_told_is_static() {
    let lines = said(&mut timeline(), ALL);
    let told = ["broker.id", "controller.quorum.voters", "listeners", "log.dirs", "node.id", "process.roles"];
    assert_eq!(
        of(&lines, &told),
        [
            "broker.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.id=1, DEFAULT_CONFIG:broker.id=-1}",
            "controller.quorum.voters=1@broker-1:9093 sensitive=false \
             synonyms={STATIC_BROKER_CONFIG:controller.quorum.voters=1@broker-1:9093, \
             DEFAULT_CONFIG:controller.quorum.voters=}",
            "listeners=PLAINTEXT://broker-1:9092,CONTROLLER://broker-1:9093 sensitive=false \
             synonyms={STATIC_BROKER_CONFIG:listeners=PLAINTEXT://broker-1:9092,CONTROLLER://broker-1:9093, \
             DEFAULT_CONFIG:listeners=PLAINTEXT://:9092}",
            "log.dirs=/tmp/kraft-combined-logs sensitive=false \
             synonyms={STATIC_BROKER_CONFIG:log.dirs=/tmp/kraft-combined-logs}",
            "node.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:node.id=1, DEFAULT_CONFIG:node.id=-1}",
            "process.roles=broker,controller sensitive=false \
             synonyms={STATIC_BROKER_CONFIG:process.roles=broker,controller, DEFAULT_CONFIG:process.roles=}",
        ]
    );
    let is_static = |line: &&String| line.contains("STATIC_BROKER_CONFIG");
    assert_eq!(
        lines.iter().filter(is_static).count(),
        12,
        "and controller.listener.names, and single copies"
    );
}

#[test]
fn options_of_the_broker_are_static_in_kafkas_units() {
    let mut timeline = timeline();
    let mut config = BrokerConfig::defaults(Profile::Snapshot40);
    config.auto_create_topics = false;
    config.offsets_retention = Span::from_secs(120);
    timeline.dispatch(Command::StartBrokers { config: Box::new(config) }).unwrap();
    let lines = said(&mut timeline, ALL);
    assert_eq!(
        of(&lines, &["auto.create.topics.enable", "offsets.retention.minutes", "num.partitions"]),
        [
            "auto.create.topics.enable=false sensitive=false \
             synonyms={STATIC_BROKER_CONFIG:auto.create.topics.enable=false, \
             DEFAULT_CONFIG:auto.create.topics.enable=true}",
            "offsets.retention.minutes=2 sensitive=false synonyms={STATIC_BROKER_CONFIG:offsets.retention.minutes=2, \
             DEFAULT_CONFIG:offsets.retention.minutes=10080}",
            "num.partitions=1 sensitive=false synonyms={DEFAULT_CONFIG:num.partitions=1}",
        ]
    );
}

/// Set for the broker, set for all, told at the start, default; and other units after one's own.
#[test]
fn synonyms_come_strongest_first() {
    let mut timeline = timeline();
    let alter = "--alter --entity-type brokers";
    said(
        &mut timeline,
        &format!("{alter} --entity-default --add-config num.io.threads=4,log.retention.ms=5000"),
    );
    said(
        &mut timeline,
        &format!(
            "{alter} --entity-name 1 --add-config num.io.threads=6,nope=1,leader.replication.throttled.rate=9"
        ),
    );
    let lines = said(&mut timeline, "--describe --all --entity-type brokers");
    let named =
        ["num.io.threads", "log.retention.ms", "log.retention.minutes", "log.retention.hours", "log.roll.ms"];
    assert_eq!(
        of(&lines, &named),
        [
            "num.io.threads=6 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:num.io.threads=6, \
             DYNAMIC_DEFAULT_BROKER_CONFIG:num.io.threads=4, DEFAULT_CONFIG:num.io.threads=8}",
            "log.retention.ms=5000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=5000, \
             DEFAULT_CONFIG:log.retention.hours=168}",
            "log.retention.minutes=null sensitive=false synonyms={}",
            "log.retention.hours=168 sensitive=false synonyms={DEFAULT_CONFIG:log.retention.hours=168}",
            "log.roll.ms=null sensitive=false synonyms={}",
        ]
    );
    assert_eq!(
        of(&lines, &["nope", "leader.replication.throttled.rate"]),
        [
            "nope=null sensitive=true synonyms={DYNAMIC_BROKER_CONFIG:nope=null}",
            "leader.replication.throttled.rate=9 sensitive=false \
             synonyms={DYNAMIC_BROKER_CONFIG:leader.replication.throttled.rate=9}",
        ]
    );
    assert_eq!(lines[0], "All configs for broker 1 are:");
    assert_eq!(
        lines[lines.len() - 3..],
        [
            "Default configs for brokers in the cluster are:",
            "  log.retention.ms=5000 sensitive=false \
             synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=5000}",
            "  num.io.threads=4 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:num.io.threads=4}",
        ]
    );
}

#[test]
fn loggers_are_those_that_kafka_configures() {
    let mut timeline = timeline();
    let lines = said(&mut timeline, "--describe --entity-type broker-loggers --entity-name 1");
    assert_eq!((lines.len(), lines[0].as_str()), (12, "Dynamic configs for broker-logger 1 are:"));
    let names: Vec<&str> = lines[1..].iter().map(|line| line.split('=').next().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(
        of(&lines, &["kafka.controller", "root"]),
        ["kafka.controller=TRACE sensitive=false synonyms={}", "root=INFO sensitive=false synonyms={}"]
    );
    let alter = "--alter --entity-type broker-loggers --entity-name 1 --add-config";
    let unknown = configs(&mut timeline, &format!("{alter} a=INFO,root=INFO"));
    assert_eq!((unknown.exit, unknown.stderr.as_str()), (1, "Invalid broker logger(s): a\n"));
    let known = configs(&mut timeline, &format!("{alter} root=DEBUG"));
    assert_eq!(
        (known.exit, known.stderr.as_str()),
        (1, "Levels of loggers do not change here: nothing logs\n")
    );
    let nobody = configs(&mut timeline, "--describe --entity-type broker-loggers --entity-name 9");
    assert_eq!((nobody.exit, nobody.stdout.as_str()), (1, "Dynamic configs for broker-logger 9 are:\n"));
    assert!(nobody.stderr.ends_with("java.util.concurrent.TimeoutException\n"), "{}", nobody.stderr);
}
