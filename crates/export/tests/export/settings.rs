//! What an expectation says of an export is what stands in its files.

use crate::common::{SCENES, ran};
use millrace_export::{Options, export};
use millrace_model::Profile;
use millrace_script::{Runner, Statement, parse_line};
use millrace_sim::{Setup, Timeline};

/// A class with many settings; `max.poll.records` librdkafka has no name for.
const MANY: &str = "kafka-topics --create --topic orders --partitions 3
producer start shop --topic orders --linger 20ms --acks 1 --batch-size 1000
app start notification --topic orders --session-timeout 10s --max-poll-records 50 --partition-assignment-strategy sticky
app start auto --topic orders --client java --commit auto --auto-offset-reset none
wait 1s
";

fn check(timeline: &Timeline, text: &str) -> Result<(), String> {
    match parse_line(&format!("expect {text}"), Profile::default()) {
        Ok(Some(Statement::Expect(expectation))) => expectation.check(timeline),
        other => panic!("{text}: {other:?}"),
    }
}

/// The settings in a class: `config.put("linger.ms", "20");`.
fn settings(text: &str) -> Vec<(&str, &str)> {
    let put =
        text.lines().filter_map(|line| line.strip_prefix("        config.put(\"")?.strip_suffix("\");"));
    put.filter_map(|pair| pair.split_once("\", \"")).collect()
}

#[test]
fn every_setting_of_an_exported_class_is_the_one_that_is_asked_for() {
    let mut runner = Runner::new(Setup::default());
    for line in MANY.lines() {
        if let Ok(Some(statement)) = parse_line(line, Profile::default()) {
            runner.run(&statement).unwrap();
        }
    }
    let files = export(runner.timeline().world(), &Options::default());
    let class = |name: &str| {
        let file = files.iter().find(|file| file.path.ends_with(&format!("/{name}.java"))).unwrap();
        settings(&file.text)
    };
    let of = |client: &str, class: Vec<(&str, &str)>, keys: &[&str]| {
        for (key, value) in &class {
            let value = if value.parse::<i64>().is_ok() { (*value).to_owned() } else { format!("'{value}'") };
            let asked = format!("exported({client}, {key}) == {value}");
            assert_eq!(check(runner.timeline(), &asked), Ok(()));
        }
        for key in keys {
            assert!(class.iter().any(|(known, _)| known == key), "{client}: {key}");
        }
        // A key that no file has.
        let asked = format!("exported({client}, metadata.max.age.ms) == none");
        assert_eq!(check(runner.timeline(), &asked), Ok(()));
    };
    of("shop", class("ShopProducer"), &["linger.ms", "acks", "batch.size"]);
    let asked =
        ["enable.auto.commit", "session.timeout.ms", "max.poll.records", "partition.assignment.strategy"];
    of("notification", class("NotificationConsumer"), &asked);
    of("auto", class("AutoConsumer"), &["enable.auto.commit", "auto.offset.reset"]);
}

/// In Python the same keys have the same values, but for what librdkafka calls otherwise.
#[test]
fn python_says_the_same_as_java() {
    for (name, script) in SCENES {
        let files = export(&ran(script), &Options::default());
        for java in files.iter().filter(|file| file.path.ends_with("Consumer.java")) {
            let python = files.iter().filter(|file| file.path.starts_with("python/consumer_"));
            let group = settings(&java.text);
            let is_same = |text: &str| {
                group.iter().all(|(key, value)| {
                    !text.contains(&format!("    \"{key}\": "))
                        || text.contains(&format!("    \"{key}\": \"{value}\","))
                        || *key == "partition.assignment.strategy"
                })
            };
            assert!(python.clone().any(|file| is_same(&file.text)), "{name}: {}", java.path);
        }
    }
}

/// The solution of lesson 2's puzzle.
const TWO_NETWORKS: &str = "broker listeners broker-1 --network docker --name kafka --publish 9092:29092 --listeners INSIDE://:9092,HOST://:29092 --advertised-listeners INSIDE://kafka:9092,HOST://localhost:9092 --listener-security-protocol-map INSIDE:PLAINTEXT,HOST:PLAINTEXT --inter-broker-listener-name INSIDE
kafka-topics --create --topic orders --partitions 1
producer start till --topic orders --bootstrap-server kafka:9092 --network docker
wait 1s
";

#[test]
fn a_scenes_own_listeners_stand_in_the_compose_file() {
    let files = export(&ran(TWO_NETWORKS), &Options::default());
    let file =
        |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str()).unwrap();
    let compose = file("docker-compose.yml");
    for line in [
        "    hostname: kafka\n    networks:\n      default:\n        aliases:\n          - \"kafka\"\n",
        "    ports:\n      - \"127.0.0.1:9092:29092\"\n",
        "      KAFKA_LISTENERS: \"INSIDE://:9092,HOST://:29092,CONTROLLER://:29093\"\n",
        "      KAFKA_ADVERTISED_LISTENERS: \"INSIDE://kafka:9092,HOST://localhost:9092\"\n",
        "      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: \"INSIDE:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT\"\n",
        "      KAFKA_INTER_BROKER_LISTENER_NAME: \"INSIDE\"\n",
        "kafka-broker-api-versions.sh --bootstrap-server kafka:9092 ",
    ] {
        assert!(compose.contains(line), "{line}\n{compose}");
    }
    assert!(file("setup.sh").contains("kafka-topics.sh --bootstrap-server kafka:9092 "));
    assert!(file("README.md").contains("find the cluster at `localhost:9092`."));
}
