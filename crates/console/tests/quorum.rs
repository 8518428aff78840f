//! Kafka's tools and the controllers' quorum: what they print while it has a majority, and while it has none.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod typed;

use millrace_sim::{Setup, Timeline};
use typed::{all, one};

fn three() -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let text = "cluster start --brokers 3 --controllers 3\nwait 1s\n\
                kafka-topics --create --topic orders --partitions 1 --replication-factor 3\nwait 1s\n";
    for printed in all(&mut timeline, text) {
        assert_eq!(printed.exit, 0, "{}", printed.stderr);
    }
    timeline
}

/// The rows of `--status`, without what the directories of brokers are called.
fn status(timeline: &mut Timeline) -> Vec<String> {
    let printed = one(timeline, "kafka-metadata-quorum describe --status");
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    printed.stdout.lines().take(7).map(str::to_owned).collect()
}

/// Of each row of `--replication` the node, the lag, when it was caught up, and its status.
fn replication(timeline: &mut Timeline) -> Vec<String> {
    let printed = one(timeline, "kafka-metadata-quorum describe --replication --human-readable");
    assert_eq!(printed.exit, 0, "{}", printed.stderr);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        format!("{} {} {} {}", cells[0], cells[3], cells[5], cells[6])
    };
    printed.stdout.lines().skip(1).map(row).collect()
}

#[test]
fn the_quorum_is_described() {
    let mut timeline = three();
    let voters = "CurrentVoters:          [{\"id\": 100, \"directoryId\": null, \"endpoints\": [\"CONTROLLER://controller-100:9093\"]}, \
                  {\"id\": 101, \"directoryId\": null, \"endpoints\": [\"CONTROLLER://controller-101:9093\"]}, \
                  {\"id\": 102, \"directoryId\": null, \"endpoints\": [\"CONTROLLER://controller-102:9093\"]}]";
    let first = status(&mut timeline);
    assert_eq!(first[1], "LeaderId:               100");
    assert_eq!(first[2], "LeaderEpoch:            1");
    assert_eq!(first[4], "MaxFollowerLag:         0");
    assert_eq!(first[5], "MaxFollowerLagTimeMs:   0");
    assert_eq!(first[6], voters);
    assert_eq!(
        replication(&mut timeline),
        [
            "100 0 0 ms ago Leader",
            "101 0 0 ms ago Follower",
            "102 0 0 ms ago Follower",
            "1 0 0 ms ago Observer",
            "2 0 0 ms ago Observer",
            "3 0 0 ms ago Observer",
        ]
    );
    // Who is down falls behind by what an idle controller writes, twice a second.
    all(&mut timeline, "controller crash controller-102\nwait 5s");
    let behind = status(&mut timeline);
    assert_eq!(behind[4..6], ["MaxFollowerLag:         10", "MaxFollowerLagTimeMs:   5000"]);
    assert_eq!(replication(&mut timeline)[2], "102 10 5000 ms ago Follower");
    // A leader that has never heard of it says so.
    all(
        &mut timeline,
        "controller restart controller-102\nwait 1s\ncontroller crash controller-100\nwait 5s",
    );
    let other = status(&mut timeline);
    assert!(other[1].ends_with("101") || other[1].ends_with("102"), "{other:?}");
    assert_eq!(other[2], "LeaderEpoch:            2");
    assert_eq!(other[5], "MaxFollowerLagTimeMs:   -1");
    let row = replication(&mut timeline).into_iter().find(|row| row.starts_with("100 ")).unwrap();
    assert!(row.ends_with(" -1 Follower"), "{row}");
}

/// The sentence of an admin client whose call was held until its minute was over.
fn timed_out(timeline: &Timeline, call: &str) -> String {
    let ms = timeline.world().now().timestamp().0;
    format!(
        "Call(callName={call}, deadlineMs={ms}, tries=2, nextAllowedTryMs={}) timed out at {ms} after 2 attempt(s)",
        ms + 200
    )
}

#[test]
fn without_a_majority_tools_give_up_after_a_minute() {
    let mut timeline = three();
    all(&mut timeline, "controller stop controller-101\ncontroller stop controller-102\nwait 5s");
    let before = timeline.world().now();
    let create = one(&mut timeline, "kafka-topics --create --topic returns --partitions 1");
    assert_eq!(timeline.world().now().since(before).as_millis(), 60_000);
    let words = timed_out(&timeline, "createTopics");
    assert_eq!(create.stdout, format!("Error while executing topic command : {words}\n"));
    assert!(
        create.stderr.contains(&format!("ERROR org.apache.kafka.common.errors.TimeoutException: {words}")),
        "{}",
        create.stderr
    );
    assert_eq!(create.exit, 1);
    // What brokers know themselves, they tell.
    assert_eq!(one(&mut timeline, "kafka-topics --list").stdout, "orders\n");
    let describe = one(&mut timeline, "kafka-topics --describe --topic orders");
    let words = timed_out(&timeline, "listPartitionReassignments");
    assert_eq!(
        describe.stdout,
        format!(
            "Error while executing topic command : java.util.concurrent.ExecutionException: \
             org.apache.kafka.common.errors.TimeoutException: {words}\n"
        )
    );
    let config =
        "kafka-configs --alter --entity-type topics --entity-name orders --add-config retention.ms=1000";
    let altered = one(&mut timeline, config);
    let words = timed_out(&timeline, "incrementalAlterConfigs");
    assert!(
        (altered.stdout.clone() + &altered.stderr).contains(&format!("TimeoutException: {words}")),
        "{altered:?}"
    );
    let quorum = one(&mut timeline, "kafka-metadata-quorum describe --status");
    let words = timed_out(&timeline, "describeMetadataQuorum");
    assert_eq!(quorum.stderr, format!("org.apache.kafka.common.errors.TimeoutException: {words}\n"));
    let asked = "kafka-metadata-quorum --bootstrap-controller controller-100:9093 describe --status";
    assert_eq!(
        one(&mut timeline, asked).stderr,
        "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: \
         describeMetadataQuorum\n"
    );
    let election = "kafka-leader-election --election-type preferred --all-topic-partitions";
    let before = timeline.world().now();
    let elected = one(&mut timeline, election);
    assert_eq!(elected.stdout, "Timeout waiting for election results\n");
    assert_eq!((elected.exit, timeline.world().now().since(before).as_millis()), (1, 30_000));
}

#[test]
fn a_tool_waits_for_an_election() {
    let mut timeline = three();
    all(&mut timeline, "controller crash controller-100");
    let before = timeline.world().now();
    let create = one(&mut timeline, "kafka-topics --create --topic returns --partitions 1");
    assert_eq!(create.stdout, "Created topic returns.\n", "{}", create.stderr);
    let waited = timeline.world().now().since(before).as_millis();
    assert!((1_500..4_000).contains(&waited), "{waited}");
}
