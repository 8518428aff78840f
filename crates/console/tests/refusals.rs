//! What Kafka's tools say of a setting, an address, a number or a file that is wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Printed, lines, run};
use millrace_sim::{Setup, Timeline};
use millrace_tools::{Files, NoFiles};

struct OneFile(&'static str, &'static str);

impl Files for OneFile {
    fn read(&self, path: &str) -> Option<String> {
        (path == self.0).then(|| self.1.to_owned())
    }
}

fn one(timeline: &mut Timeline, text: &str, files: &dyn Files) -> Printed {
    let profile = timeline.setup().profile;
    let mut printed: Vec<_> = lines(text, profile).map(|line| run(timeline, &line, files)).collect();
    assert_eq!(printed.len(), 1, "{text}: {printed:?}");
    printed.remove(0)
}

fn with_orders() -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let made = one(&mut timeline, "kafka-topics --create --topic orders --partitions 3", &NoFiles);
    assert_eq!(made.exit, 0, "{}", made.stderr);
    timeline
}

/// Each line ends with `exit`, having said the sentence on one of both ways.
fn say(exit: u8, cases: &[(&str, &str)]) {
    let mut timeline = with_orders();
    for (text, sentence) in cases {
        let printed = one(&mut timeline, text, &NoFiles);
        let said = format!("{}{}", printed.stdout, printed.stderr);
        assert!(said.contains(sentence), "{text}: {said}");
        assert_eq!(printed.exit, exit, "{text}: {said}");
    }
}

#[test]
fn settings_of_a_broker_are_checked_before_they_are_kept() {
    let alter = "kafka-configs --alter --entity-type brokers --entity-name 1 --add-config ";
    let all = "kafka-configs --alter --entity-type brokers --entity-default --add-config ";
    let mut timeline = with_orders();
    for (start, given, sentence) in [
        (alter, "broker.id=7", "Cannot update these configs dynamically: Set(broker.id)"),
        (alter, "num.io.threads=0", "num.io.threads"),
        (alter, "num.io.threads=x", "Invalid value x for configuration num.io.threads"),
        (alter, "num.io.threads=100", "Invalid dynamic configuration"),
        (
            all,
            "listeners=PLAINTEXT://:9093",
            "Cannot update these configs at default cluster level, broker id must be specified: Set(listeners)",
        ),
    ] {
        let printed = one(&mut timeline, &format!("{start}{given}"), &NoFiles);
        let said = format!("{}{}", printed.stdout, printed.stderr);
        assert!(said.contains(sentence), "{given}: {said}");
        assert_eq!(printed.exit, 1, "{given}");
    }
    let shown =
        one(&mut timeline, "kafka-configs --describe --entity-type brokers --entity-name 1", &NoFiles);
    assert_eq!(shown.stdout, "Dynamic configs for broker 1 are:\n");
    for given in ["num.io.threads=12", "log.cleaner.threads=2", "max.connections=10"] {
        let printed = one(&mut timeline, &format!("{alter}{given}"), &NoFiles);
        assert_eq!((printed.exit, printed.stderr.as_str()), (0, ""), "{given}");
    }
}

#[test]
fn quotas_and_passwords_have_bounds() {
    let ann = "kafka-configs --alter --entity-type users --entity-name ann --add-config ";
    let mut timeline = with_orders();
    for (given, sentence) in [
        ("consumer_byte_rate=0", "Quota consumer_byte_rate must be greater than 0"),
        ("producer_byte_rate=1.5", "producer_byte_rate cannot be a fractional value."),
        ("SCRAM-SHA-256=[iterations=16385,password=x]", "Too many iterations"),
        ("SCRAM-SHA-256=[password=]", "Password must not be empty"),
    ] {
        let printed = one(&mut timeline, &format!("{ann}{given}"), &NoFiles);
        let said = format!("{}{}", printed.stdout, printed.stderr);
        assert!(said.contains(sentence), "{given}: {said}");
        assert_eq!(printed.exit, 1, "{given}");
    }
    assert_eq!(one(&mut timeline, &format!("{ann}controller_mutation_rate=0.5"), &NoFiles).exit, 0);
}

#[test]
fn a_topic_that_is_not_there_or_asks_for_tiers_is_refused() {
    say(
        1,
        &[
            (
                "kafka-configs --describe --entity-type topics --entity-name nope",
                "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: \n",
            ),
            (
                "kafka-configs --alter --entity-type topics --entity-name orders --add-config remote.storage.enable=true",
                "Tiered Storage functionality is disabled in the broker.",
            ),
        ],
    );
}

#[test]
fn addresses_and_files_for_the_client_are_looked_at_first() {
    say(
        1,
        &[
            (
                "kafka-get-offsets --bootstrap-server localhost:70000 --topic orders",
                "Failed to create new KafkaAdminClient",
            ),
            ("kafka-topics --list --command-config nothing.properties", "nothing.properties"),
            (
                "kafka-configs --describe --entity-type topics --command-config nothing.properties",
                "nothing.properties",
            ),
            ("kafka-client-metrics --list --command-config nothing.properties", "nothing.properties"),
            ("kafka-get-offsets --topic orders --command-config nothing.properties", "nothing.properties"),
        ],
    );
}

#[test]
fn the_elections_json_is_refused_as_jackson_does() {
    for (json, sentence) in [
        ("{\"partitions\": 1}", "Expected JSON array, received 1"),
        ("{\"partitions\": [1]}", "Expected JSON object, received 1"),
        ("{\"partitions\": [{\"topic\": \"orders\"}]}", "No such field exists: `partition`"),
        (
            "{\"partitions\": [{\"topic\": \"orders\", \"partition\": \"0\"}]}",
            "Expected `Integer` value, received \"0\"",
        ),
    ] {
        let mut timeline = with_orders();
        let text = "kafka-leader-election --election-type preferred --path-to-json-file e.json";
        let printed = one(&mut timeline, text, &OneFile("e.json", json));
        let said = format!("{}{}", printed.stdout, printed.stderr);
        assert!(said.contains(&format!("JsonMappingException: {sentence}")), "{json}: {said}");
        assert_eq!(printed.exit, 1, "{json}");
    }
}

#[test]
fn the_streams_reset_reads_a_plan_of_offsets() {
    let reset =
        "kafka-streams-application-reset --application-id shop --input-topics orders --from-file plan.csv";
    let mut timeline = with_orders();
    let printed = one(&mut timeline, reset, &OneFile("plan.csv", "orders,0"));
    assert!(
        printed.stderr.contains("is not following the format `TOPIC,PARTITION,OFFSET`."),
        "{}",
        printed.stderr
    );
    assert!(printed.stderr.contains("ERROR: Resetting offsets failed."), "{}", printed.stderr);
    assert_eq!(printed.exit, 1);
    let printed = one(&mut timeline, reset, &OneFile("plan.csv", "orders,0,0\norders,1,0\norders,2,0\n"));
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    assert!(printed.stdout.contains("Topic: orders Partition: 1 Offset: 0"), "{}", printed.stdout);
}

#[test]
fn the_consumers_deserializers_are_the_clients_own() {
    let mut timeline = with_orders();
    let value = "123e4567-e89b-12d3-a456-426614174000";
    let line = format!("kafka-console-producer --topic orders <<< {value}");
    assert_eq!(one(&mut timeline, &line, &NoFiles).exit, 0);
    let read = "kafka-console-consumer --topic orders --from-beginning --timeout-ms 2000 --value-deserializer \
                org.apache.kafka.common.serialization.";
    for (class, expected) in [
        ("UUIDDeserializer", value),
        ("ByteBufferDeserializer", "java.nio.HeapByteBuffer[pos=0 lim=36 cap=36]"),
    ] {
        let printed = one(&mut timeline, &format!("{read}{class}"), &NoFiles);
        assert_eq!(printed.stdout, format!("{expected}\n"), "{}", printed.stderr);
    }
    let printed = one(&mut timeline, &format!("{read}VoidDeserializer"), &NoFiles);
    assert!(printed.stderr.contains("Data should be null for a VoidDeserializer."), "{}", printed.stderr);
    let printed = one(&mut timeline, "kafka-console-consumer --topic 'a b' --timeout-ms 2000", &NoFiles);
    assert!(printed.stderr.contains("InvalidTopicException: Invalid topics: [a b]"), "{}", printed.stderr);
    assert!(printed.stderr.contains("Processed a total of 0 messages"), "{}", printed.stderr);
}

#[test]
fn a_subscription_to_metrics_is_checked_word_by_word() {
    let alter = "kafka-client-metrics --alter --name watch ";
    say(
        1,
        &[
            (&format!("{alter}--interval 10"), "interval.ms"),
            (&format!("{alter}--match client_colour=red"), "Illegal client matching pattern"),
            (
                "kafka-client-metrics --describe --name ''",
                "Client metrics subscription name must not be empty",
            ),
        ],
    );
}

/// `ConsumerGroupCommand` prints what went wrong, and ends well.
#[test]
fn what_the_group_tool_cannot_do_is_said_and_no_failure() {
    say(
        0,
        &[
            ("kafka-consumer-groups --list --timeout x", "Cannot parse argument 'x' of option timeout"),
            (
                "kafka-consumer-groups --list --command-config nothing.properties",
                "NoSuchFileException: nothing.properties",
            ),
        ],
    );
}
