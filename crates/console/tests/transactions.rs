//! `kafka-transactions` over several brokers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use millrace_console::{Printed, lines, run};
use millrace_model::TopicPartition;
use millrace_sim::{Setup, Timeline};
use millrace_tools::NoFiles;

fn all(timeline: &mut Timeline, text: &str) -> Vec<Printed> {
    let profile = timeline.setup().profile;
    let printed: Vec<Printed> = lines(text, profile).map(|line| run(timeline, &line, &NoFiles)).collect();
    printed.iter().for_each(|printed| assert_eq!(printed.exit, 0, "{}{}", printed.stdout, printed.stderr));
    printed
}

/// The rows of a table, without its heading, as words.
fn rows(timeline: &mut Timeline, command: &str) -> Vec<Vec<String>> {
    let line = format!("kafka-transactions --bootstrap-server broker-2:9092 {command}");
    let printed = all(timeline, &line).pop().unwrap();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    printed.stdout.lines().skip(1).map(words).collect()
}

#[test]
fn transactions_are_found_at_their_coordinator_and_ended_at_their_leader() {
    let mut timeline = Timeline::new(Setup::default());
    all(
        &mut timeline,
        "cluster start --brokers 3\nwait 1s\n\
         kafka-topics --create --topic orders --replica-assignment 3:1:2\nwait 1s\n\
         producer start shop --topic orders --transactional-id shop-1\nwait 2s\n\
         producer begin shop\nproduce orders alice 1 --producer shop\nwait 2s",
    );
    let world = timeline.world();
    let state = world.brokers().next().unwrap().txn_partition("shop-1");
    let coordinator = world.controller().unwrap().partition(&state).unwrap().leader.unwrap().to_string();
    let of_coordinator = world.brokers().find(|broker| broker.id().to_string() == coordinator).unwrap();
    let id = of_coordinator.txn_coordinator().transaction("shop-1").unwrap().producer_id.to_string();
    assert_eq!(rows(&mut timeline, "list"), [["shop-1", &coordinator, &id, "Ongoing"]]);
    let described = rows(&mut timeline, "describe --transactional-id shop-1");
    assert_eq!(described.len(), 1);
    assert_eq!(described[0][..5], [&coordinator, "shop-1", &id, "0", "Ongoing"]);
    assert_eq!(described[0].last().unwrap(), "orders-0");
    // The leader, and a follower that has the same records.
    for on in ["", " --broker-id 1"] {
        let producers = rows(&mut timeline, &format!("describe-producers --topic orders --partition 0{on}"));
        assert_eq!(producers.len(), 1, "{on}");
        assert_eq!((&*producers[0][0], &*producers[0][5]), (&*id, "0"), "{on}");
    }
    all(
        &mut timeline,
        "kafka-transactions --bootstrap-server broker-2:9092 abort --topic orders --partition 0 --start-offset 0\nwait 1s",
    );
    let log = timeline.world().log(&TopicPartition::new("orders", 0)).unwrap();
    assert_eq!((log.log_end_offset().0, log.last_stable_offset().0), (2, 2));
    let producers = rows(&mut timeline, "describe-producers --topic orders --partition 0");
    assert_eq!(producers[0][5], "None");
}
