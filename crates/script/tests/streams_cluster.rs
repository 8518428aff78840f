//! A streams application over several brokers: its stores come back from changelogs whose leaders are all over the cluster, and
//! brokers that crash take neither records nor counts with them.

#![allow(clippy::unwrap_used)]

mod hands;

use hands::{go_on, run};

const CLUSTER: &str = "cluster start --brokers 3 --override broker.session.timeout.ms=4000 --override default.replication.factor=3
wait 2s
kafka-topics --create --topic orders --partitions 6 --replication-factor 3 --config min.insync.replicas=2
streams start counts --instances 2 --session-timeout 10s 'stream orders | group by key | count | to order-counts'
wait 8s
produce orders alice 1
produce orders bob 1
produce orders carol 1
produce orders dave 1
produce orders alice 2
wait 40s
expect row(counts, alice) == 2
expect lag(counts) == 0";

#[test]
fn stores_come_back_from_changelogs_on_every_broker() {
    let mut runner = run(CLUSTER);
    go_on(
        &mut runner,
        "streams crash counts counts\nstreams crash counts counts-2\nwait 15s\nstreams add counts\nwait 20s",
    );
    go_on(
        &mut runner,
        "expect row(counts, alice) == 2\nexpect row(counts, bob) == 1\nexpect row(counts, carol) == 1\nexpect row(counts, dave) == 1",
    );
    go_on(
        &mut runner,
        "produce orders alice 3\nproduce orders dave 2\nwait 40s\nexpect row(counts, alice) == 3\nexpect row(counts, dave) == 2",
    );
}

#[test]
fn whoever_restores_asks_the_new_leader_after_a_broker_has_crashed() {
    for broker in 1..=3 {
        let mut runner = run(CLUSTER);
        go_on(
            &mut runner,
            &format!(
                "streams crash counts counts\nstreams crash counts counts-2\nbroker crash broker-{broker}\nstreams add counts\nwait 60s"
            ),
        );
        go_on(&mut runner, "expect row(counts, alice) == 2\nexpect row(counts, dave) == 1");
        go_on(
            &mut runner,
            &format!(
                "produce orders alice 3\nwait 40s\nexpect row(counts, alice) == 3\nbroker restart broker-{broker}\nwait 60s\nproduce orders alice 4\nwait 40s\nexpect row(counts, alice) == 4\nexpect lag(counts) == 0"
            ),
        );
    }
}
