//! Clients in two networks: what their cards, their lines, the inspector and the log say of addresses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_view::{LinkState, Target, Viewport, inspect, scene};

const WIDE: Viewport = Viewport { width: 900.0, is_touch: false };

/// Lesson 2's puzzle: the host is served, the container is not.
fn puzzle() -> Timeline {
    told(
        "broker listeners broker-1 --network docker --name kafka --publish 9092:9092 --listeners PLAINTEXT://:9092 --advertised-listeners PLAINTEXT://localhost:9092
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders --bootstrap-server localhost:9092
producer start till --topic orders --bootstrap-server kafka:9092 --network docker
app start billing --topic orders --bootstrap-server kafka:9092 --network docker
producer rate shop 1
producer rate till 1
wait 5s
",
    )
}

/// The producers' cards and lines, and the member's card.
fn board(timeline: &Timeline) -> Vec<String> {
    let drawn = scene(timeline.world(), WIDE);
    let line = |name: &str| {
        let link = drawn.links.iter().find(|link| link.id == format!("write/{name}/orders-0"));
        link.map_or("", |link| if link.state == LinkState::Cut { " | cut" } else { "" })
    };
    let producers = drawn.producers.iter();
    let mut cards: Vec<String> =
        producers.map(|card| format!("{} | {}{}", card.name, card.settings, line(&card.name))).collect();
    let members = drawn.groups.iter().flat_map(|group| &group.members);
    cards.extend(members.map(|card| format!("{} | {}", card.name, card.status)));
    cards
}

fn facts(timeline: &Timeline, target: &Target, names: &[&str]) -> Vec<String> {
    let found = inspect(timeline, target).facts;
    let wanted = found.iter().filter(|fact| names.contains(&fact.name.as_str()));
    wanted.map(|fact| format!("{}: {}", fact.name, fact.value)).collect()
}

#[test]
fn cards_say_where_a_client_is_and_whether_its_address_leads_anywhere() {
    let mut timeline = puzzle();
    assert_eq!(
        board(&timeline),
        [
            "shop | host: localhost:9092 ✓",
            "till | docker: localhost:9092 ✗ | cut",
            "c1 | docker: localhost:9092 ✗"
        ]
    );
    tell(
        &mut timeline,
        "broker listeners broker-1 --publish 9092:29092 --listeners INSIDE://:9092,HOST://:29092 --advertised-listeners INSIDE://kafka:9092,HOST://localhost:9092 --listener-security-protocol-map INSIDE:PLAINTEXT,HOST:PLAINTEXT --inter-broker-listener-name INSIDE
wait 20s",
    );
    assert_eq!(
        board(&timeline),
        ["shop | host: localhost:9092 ✓", "till | docker: kafka:9092 ✓", "c1 | polling"]
    );
}

#[test]
fn the_inspector_says_why() {
    let timeline = puzzle();
    let till = scene(timeline.world(), WIDE).producers[1].target.clone();
    assert_eq!(
        facts(&timeline, &till, &["runs in", "bootstrap.servers", "broker 1 is at"]),
        [
            "runs in: docker",
            "bootstrap.servers: kafka:9092",
            "broker 1 is at: localhost:9092, not reachable: in a container localhost is the container itself",
        ]
    );
    let topic = facts(&timeline, &Target::Topic("orders".into()), &["listeners", "advertised.listeners"]);
    assert_eq!(topic, ["listeners: PLAINTEXT://:9092", "advertised.listeners: PLAINTEXT://localhost:9092"]);
}

#[test]
fn who_was_told_no_address_has_the_card_that_it_had() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
wait 1s
",
    );
    assert_eq!(board(&timeline), ["shop | acks=all · linger 5 ms"]);
}
