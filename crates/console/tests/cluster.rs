//! Kafka's tools on several brokers: each asks the one that is right.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod typed;

use millrace_sim::{Setup, Timeline};
use typed::{all, one};

const GROUPS: [&str; 4] = ["billing", "shipping", "audit", "returns"];

/// Three brokers, six records in three partitions, four groups that have read all of them and are gone.
fn with_groups() -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let mut text = "cluster start --brokers 3 --override broker.session.timeout.ms=3s\nwait 1s\n\
                    kafka-topics --create --topic orders --partitions 3 --replication-factor 3\nwait 1s\n"
        .to_owned();
    for n in 0..6 {
        text += &format!("produce orders --value {n} --partition {}\n", n % 3);
    }
    for group in GROUPS {
        text += &format!("app start {group} --topic orders --auto-offset-reset earliest\n");
    }
    text += "wait 10s\n";
    for group in GROUPS {
        text += &format!("consumer stop {group}/c1\n");
    }
    text += "wait 5s\n";
    for printed in all(&mut timeline, &text) {
        assert_eq!(printed.exit, 0, "{}", printed.stderr);
    }
    timeline
}

fn coordinator(timeline: &Timeline, group: &str) -> i32 {
    timeline.world().coordinator(group).unwrap().id().0
}

/// `partition current-offset log-end-offset` of each row, in the order of the partitions.
fn offsets(timeline: &mut Timeline, group: &str) -> Vec<String> {
    let printed = one(timeline, &format!("kafka-consumer-groups --describe --group {group}"));
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    let rows = printed.stdout.lines().filter(|line| line.starts_with(group));
    let mut rows: Vec<String> =
        rows.map(|row| row.split_whitespace().skip(2).take(3).collect::<Vec<_>>().join(" ")).collect();
    rows.sort();
    rows
}

#[test]
fn groups_are_described_reset_and_deleted_by_their_coordinators() {
    let mut timeline = with_groups();
    let mut coordinators: Vec<i32> = GROUPS.iter().map(|group| coordinator(&timeline, group)).collect();
    let listed = one(&mut timeline, "kafka-consumer-groups --list").stdout;
    for (group, id) in GROUPS.iter().zip(&coordinators) {
        assert!(listed.lines().any(|line| line == *group), "{listed}");
        assert_eq!(offsets(&mut timeline, group), ["0 2 2", "1 2 2", "2 2 2"]);
        let state = one(&mut timeline, &format!("kafka-consumer-groups --describe --state --group {group}"));
        assert!(state.stdout.contains(&format!("broker-{id}:9092  ({id})")), "{}", state.stdout);
    }
    // Otherwise nobody would have been asked for another.
    coordinators.sort_unstable();
    coordinators.dedup();
    assert!(coordinators.len() > 1, "{coordinators:?}");
    for group in GROUPS {
        let reset = format!(
            "kafka-consumer-groups --reset-offsets --group {group} --to-offset 1 --all-topics --execute"
        );
        assert_eq!(one(&mut timeline, &reset).exit, 0);
        assert_eq!(offsets(&mut timeline, group), ["0 1 2", "1 1 2", "2 1 2"]);
        let gone = "kafka-consumer-groups --delete-offsets --topic orders:2 --group ";
        assert_eq!(one(&mut timeline, &format!("{gone}{group}")).exit, 0);
        assert_eq!(offsets(&mut timeline, group), ["0 1 2", "1 1 2"]);
        let delete = one(&mut timeline, &format!("kafka-consumer-groups --delete --group {group}"));
        assert_eq!(
            delete.stdout,
            format!("Deletion of requested consumer groups ('{group}') was successful.\n")
        );
    }
    assert_eq!(one(&mut timeline, "kafka-consumer-groups --list").stdout, "");
}

#[test]
fn the_group_is_found_again_at_its_next_coordinator() {
    let mut timeline = with_groups();
    let before = coordinator(&timeline, "billing");
    all(&mut timeline, &format!("broker crash broker-{before}"));
    let waited = one(&mut timeline, "kafka-consumer-groups --describe --group billing");
    assert!(
        waited.stdout.lines().filter(|line| line.starts_with("billing")).count() == 3,
        "{}",
        waited.stdout
    );
    assert_ne!(coordinator(&timeline, "billing"), before);
}

#[test]
fn without_a_coordinator_a_tool_gives_up() {
    let mut timeline = with_groups();
    all(
        &mut timeline,
        "broker crash broker-1\nwait 4s\nbroker crash broker-2\nwait 4s\nbroker crash broker-3\nwait 4s\nbroker restart broker-1\nwait 4s",
    );
    let orphan = GROUPS.iter().find(|group| timeline.world().coordinator(group).is_none()).unwrap();
    let printed = one(&mut timeline, &format!("kafka-consumer-groups --describe --group {orphan}"));
    let expected = "\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.TimeoutException: \
                    Call(callName=describeGroups(api=FIND_COORDINATOR), deadlineMs=";
    assert!(printed.stdout.starts_with(expected), "{}", printed.stdout);
}

#[test]
fn records_are_deleted_at_each_leader() {
    let mut timeline = with_groups();
    let plan = r#"{"partitions":[{"topic":"orders","partition":0,"offset":1},{"topic":"orders","partition":1,"offset":2},{"topic":"orders","partition":2,"offset":-1}],"version":1}"#;
    let printed = one(&mut timeline, &format!("kafka-delete-records --offset-json-file '{plan}'"));
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    let mut lines: Vec<&str> = printed.stdout.lines().filter(|line| line.starts_with("partition")).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "partition: orders-0\tlow_watermark: 1",
            "partition: orders-1\tlow_watermark: 2",
            "partition: orders-2\tlow_watermark: 2"
        ]
    );
    let start = one(&mut timeline, "kafka-get-offsets --topic orders --time earliest");
    assert_eq!(start.stdout, "orders:0:1\norders:1:2\norders:2:2\n");
}

fn moving(timeline: &mut Timeline) -> String {
    one(timeline, "kafka-reassign-partitions --list").stdout
}

const NOTHING_MOVES: &str = "No partition reassignments found.\n";

/// Two and a half megabytes, of which a follower's fetch takes one: without a throttle that is a matter of milliseconds.
fn with_much(more: &str) -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let value = "v".repeat(20_000);
    let mut text = "cluster start --brokers 3\nwait 1s\n\
                    kafka-topics --create --topic big --replica-assignment 1:2 --config min.insync.replicas=1\nwait 1s\n"
        .to_owned();
    for _ in 0..125 {
        text += &format!("produce big --value {value}\n");
    }
    for printed in all(&mut timeline, &format!("{text}wait 5s\n{more}")) {
        assert_eq!(printed.exit, 0, "{}", printed.stderr);
    }
    timeline
}

const PLAN: &str = r#"'{"partitions":[{"topic":"big","partition":0,"replicas":[1,3]}],"version":1}'"#;

#[test]
fn a_throttled_move_takes_as_long_as_its_bytes() {
    let execute = format!("kafka-reassign-partitions --execute --reassignment-json-file {PLAN}");
    let mut free = with_much(&execute);
    all(&mut free, "wait 1s");
    assert_eq!(moving(&mut free), NOTHING_MOVES);

    let mut timeline = with_much(&format!("{execute} --throttle 100000"));
    let under_way = "Current partition reassignments:\nbig-0: replicas: 1,3,2. adding: 3. removing: 2.\n";
    // One megabyte in the first moment, the next one when the rate has fallen again.
    for _ in 0..3 {
        all(&mut timeline, "wait 5s");
        assert_eq!(moving(&mut timeline), under_way);
    }
    let again = one(&mut timeline, &execute);
    assert_eq!(again.exit, 1);
    assert!(
        again.stdout.contains("Error: Cannot execute because there is an existing partition assignment."),
        "{}",
        again.stdout
    );
    let verify = format!("kafka-reassign-partitions --verify --reassignment-json-file {PLAN}");
    let still = one(&mut timeline, &verify).stdout;
    assert!(
        still.contains("Reassignment of partition big-0 is still in progress.")
            && !still.contains("Clearing"),
        "{still}"
    );
    all(&mut timeline, "wait 30s");
    assert_eq!(moving(&mut timeline), NOTHING_MOVES);
    let configs = "kafka-configs --describe --entity-type brokers --entity-name 1";
    assert!(one(&mut timeline, configs).stdout.contains("leader.replication.throttled.rate=100000"));
    let done = one(&mut timeline, &verify).stdout;
    assert!(
        done.contains("big-0 is completed.") && done.contains("Clearing topic-level throttles on topic big"),
        "{done}"
    );
    assert!(!one(&mut timeline, configs).stdout.contains("throttled"));
    let topic = one(&mut timeline, "kafka-topics --describe --topic big").stdout;
    assert!(topic.contains("Replicas: 1,3\tIsr: 1,3") && !topic.contains("throttled"), "{topic}");
}

#[test]
fn a_move_is_called_off() {
    let execute =
        format!("kafka-reassign-partitions --execute --reassignment-json-file {PLAN} --throttle 1000");
    let mut timeline = with_much(&execute);
    let cancel = format!("kafka-reassign-partitions --cancel --reassignment-json-file {PLAN}");
    let done = one(&mut timeline, &cancel).stdout;
    assert!(done.starts_with("Successfully cancelled partition reassignment for: big-0\n"), "{done}");
    assert_eq!(moving(&mut timeline), NOTHING_MOVES);
    let topic = one(&mut timeline, "kafka-topics --describe --topic big").stdout;
    assert!(topic.contains("Replicas: 1,2\tIsr: 1,2") && !topic.contains("throttled"), "{topic}");
    let again = one(&mut timeline, &cancel).stdout;
    assert!(again.starts_with("None of the specified partition reassignments are active.\n"), "{again}");
}

#[test]
fn a_broker_comes_takes_replicas_and_goes() {
    let mut timeline = with_much("");
    let moved = r#"'{"partitions":[{"topic":"big","partition":0,"replicas":[4,1]}],"version":1}'"#;
    let execute = format!("kafka-reassign-partitions --execute --reassignment-json-file {moved}");
    assert!(one(&mut timeline, &execute).stdout.contains("Error: Unknown broker id 4"));
    all(&mut timeline, "cluster add broker-4 --rack b\nwait 2s");
    let generate = one(
        &mut timeline,
        r#"kafka-reassign-partitions --generate --broker-list 2,4 --disable-rack-aware --topics-to-move-json-file '{"topics":[{"topic":"big"}]}'"#,
    );
    assert!(generate.stdout.contains(r#""replicas":[2,4]"#), "{}", generate.stdout);
    assert_eq!(one(&mut timeline, &execute).exit, 0);
    all(&mut timeline, "wait 5s");
    let describe = "kafka-topics --describe --topic big";
    let topic = one(&mut timeline, describe).stdout;
    assert!(topic.contains("Leader: 1\tReplicas: 4,1\tIsr: 1,4"), "{topic}");
    let status = one(&mut timeline, "kafka-metadata-quorum describe --status").stdout;
    assert!(status.contains("LeaderId:               100\n") && status.contains("{\"id\": 4, "), "{status}");
    // It runs on, and nobody knows it any more.
    let gone = one(&mut timeline, "kafka-cluster unregister --id 4");
    assert_eq!((gone.stdout.as_str(), gone.exit), ("Broker 4 is no longer registered.\n", 0));
    let topic = one(&mut timeline, describe).stdout;
    assert!(topic.contains("Leader: 1\tReplicas: 4,1\tIsr: 1\t"), "{topic}");
    let twice = one(&mut timeline, "kafka-cluster unregister --id 4");
    assert!(
        twice.stderr.contains("The given broker ID was not registered.") && twice.exit == 1,
        "{}",
        twice.stderr
    );
    all(
        &mut timeline,
        "broker stop broker-4\nwait 1s\nbroker crash broker-4\nwait 1s\nbroker restart broker-4\nwait 5s",
    );
    let topic = one(&mut timeline, describe).stdout;
    assert!(topic.contains("Isr: 1,4"), "{topic}");
}
