//! Clients in two networks: bootstrap, the advertised address of the listener that was asked, and what follows when it leads
//! nowhere.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::{Scene, go_on, run};
use millrace_model::config::bootstrap::Address;
use millrace_model::{BrokerId, Profile};
use millrace_script::Runner;
use millrace_script::expectation::{OfNetwork, Quantity, Value};
use millrace_sim::{Actor, ConnectionEvent, Fact, Unreachable};

/// A broker in a container whose only listener is advertised as `localhost:9092`, published to the host.
const LOCALHOST: &str = "
broker listeners broker-1 --network docker --name kafka --publish 9092:9092 --listeners PLAINTEXT://:9092 --advertised-listeners PLAINTEXT://localhost:9092
kafka-topics --create --topic orders --partitions 1
";

/// A producer on the host and one in the broker's network.
const CLIENTS: &str = "
producer start shop --topic orders --bootstrap-server localhost:9092
producer start till --topic orders --bootstrap-server kafka:9092 --network docker
";

/// Two listeners, one for each network.
const BOTH: &str = "
broker listeners broker-1 --publish 29092:29092 --listeners INSIDE://:9092,HOST://:29092 --advertised-listeners INSIDE://kafka:9092,HOST://localhost:29092 --listener-security-protocol-map INSIDE:PLAINTEXT,HOST:PLAINTEXT --inter-broker-listener-name INSIDE
";

/// What happened to a client's connections, with the milliseconds since the beginning.
fn connections(runner: &Runner, name: &str) -> Vec<String> {
    let timeline = runner.timeline();
    let (id, _) = timeline.world().nodes().filter(|(_, node)| *node.name == *name).last().unwrap();
    let entries = timeline.branch().entries_before(timeline.world().steps());
    let mut told: Vec<String> = entries
        .filter(|entry| entry.actor == Actor::Node(id))
        .filter_map(|entry| match &entry.fact {
            Fact::Connection(event) => Some(format!("{} {}", entry.at.0 / 1_000, said(event))),
            _ => None,
        })
        .collect();
    told.reverse();
    told
}

fn said(event: &ConnectionEvent) -> String {
    match event {
        ConnectionEvent::Told { listener, addresses } => {
            let addresses: Vec<String> = addresses.iter().map(|(id, at)| format!("{id} is {at}")).collect();
            format!("told by {listener}: {}", addresses.join(", "))
        }
        ConnectionEvent::Established { node, address, broker, listener } => {
            format!("node {node} at {address} is broker {broker} by {listener}")
        }
        other => other.log(Profile::V4).unwrap(),
    }
}

fn quantity(runner: &Runner, of: OfNetwork, name: &str) -> Value {
    Quantity::Network(of, name.into()).value(runner.timeline()).unwrap()
}

fn connected(runner: &Runner) -> (Value, Value) {
    (quantity(runner, OfNetwork::Connected, "shop"), quantity(runner, OfNetwork::Connected, "till"))
}

#[test]
fn who_was_told_no_address_reaches_everything_and_nothing_is_looked_up() {
    let runner = run("
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders a 1
wait 2s
expect n(orders) == 1
expect connected(shop) == none
expect network(shop) == none
expect listeners(broker-1) == 1");
    assert!(!runner.timeline().world().has_networks());
    assert_eq!(connections(&runner, "shop"), Vec::<String>::new());
}

#[test]
fn a_client_bootstraps_and_then_goes_to_the_advertised_address() {
    let mut runner = run(LOCALHOST);
    go_on(&mut runner, CLIENTS);
    go_on(&mut runner, "producer rate shop 1\nwait 1500ms");
    assert_eq!(
        connections(&runner, "shop"),
        ["2 node -1 at localhost:9092 is broker 1 by PLAINTEXT", "4 told by PLAINTEXT: 1 is localhost:9092",]
    );
    // The address is the same, and so is the connection.
    assert_eq!(connected(&runner), (Value::Number(1), Value::Number(0)));
}

#[test]
fn in_a_container_localhost_is_the_container_itself() {
    let mut runner = run(LOCALHOST);
    go_on(&mut runner, CLIENTS);
    go_on(&mut runner, "wait 1s\nproduce --producer till orders a 1\nwait 5s");
    let all = connections(&runner, "till");
    assert_eq!(
        all[..2],
        [
            "2 node -1 at kafka:9092 is broker 1 by PLAINTEXT".to_owned(),
            "4 told by PLAINTEXT: 1 is localhost:9092".to_owned(),
        ]
    );
    let refused = "Connection to node 1 (localhost/127.0.0.1:9092) could not be established. Node may not be available.";
    assert!(all[2].ends_with(refused), "{all:#?}");
    // From 4.0 on it begins anew with bootstrap.servers, learns the same address, and is refused again.
    let anew = "Rebootstrapping with Cluster(id = null, nodes = [kafka:9092 (id: -1 rack: null isFenced: false)], \
                partitions = [], controller = null)";
    assert!(all.iter().any(|line| line.ends_with(anew)), "{all:#?}");
    let refusals = all.iter().filter(|line| line.ends_with(refused)).count();
    // reconnect.backoff.ms doubles up to a second.
    assert!((5..=16).contains(&refusals), "{refusals}: {all:#?}");
    go_on(&mut runner, "wait 3m\nexpect n(orders) == 0\nexpect thrown(till, TimeoutException) == 1");
}

#[test]
fn two_listeners_serve_two_networks() {
    let mut runner = run(LOCALHOST);
    go_on(
        &mut runner,
        "producer start shop --topic orders --bootstrap-server localhost:29092,localhost:9092",
    );
    go_on(&mut runner, "producer start till --topic orders --bootstrap-server kafka:9092 --network docker");
    go_on(&mut runner, "app start billing --topic orders --bootstrap-server kafka:9092 --network docker");
    go_on(&mut runner, "producer rate shop 1\nproducer rate till 1\nwait 5s");
    assert_eq!(connected(&runner), (Value::Number(1), Value::Number(0)));
    assert_eq!(quantity(&runner, OfNetwork::Connected, "billing"), Value::Number(0));
    assert_eq!(quantity(&runner, OfNetwork::Network, "billing"), Value::Text("docker".into()));
    assert_eq!(quantity(&runner, OfNetwork::Network, "shop"), Value::Text("host".into()));
    go_on(&mut runner, BOTH);
    go_on(&mut runner, "wait 10s");
    assert_eq!(connected(&runner), (Value::Number(1), Value::Number(1)));
    assert_eq!(quantity(&runner, OfNetwork::Connected, "billing"), Value::Number(1));
    assert_eq!(quantity(&runner, OfNetwork::Listeners, "broker-1"), Value::Number(2));
    let world = runner.timeline().world();
    let told = |name: &str| {
        let (id, _) = world.producer(name).unwrap();
        world.reaches(id).iter().map(|reach| reach.address.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        (told("shop"), told("till")),
        (vec!["localhost:29092".to_owned()], vec!["kafka:9092".to_owned()])
    );
    go_on(&mut runner, "expect n(orders) > 10\nexpect effects(billing) > 5\nexpect lost(billing) == 0");
}

#[test]
fn an_advertised_name_that_nobody_knows_on_the_host_shuts_the_host_out() {
    let mut runner = run(LOCALHOST);
    go_on(&mut runner, CLIENTS);
    go_on(&mut runner, "producer rate shop 1\nproducer rate till 1\nwait 5s");
    go_on(&mut runner, "broker listeners broker-1 --advertised-listeners PLAINTEXT://kafka:9092\nwait 10s");
    assert_eq!(connected(&runner), (Value::Number(0), Value::Number(1)));
    let all = connections(&runner, "shop");
    let unknown = "Error connecting to node kafka:9092 (id: 1 rack: null isFenced: false) java.net.UnknownHostException: kafka";
    assert!(all.iter().any(|line| line.ends_with(unknown)), "{all:#?}");
    assert!(all.iter().any(|line| line.ends_with("Node 1 disconnected.")), "{all:#?}");
    let (id, _) = runner.timeline().world().producer("shop").unwrap();
    let reach = &runner.timeline().world().reaches(id)[0];
    assert_eq!((reach.broker, reach.outcome), (BrokerId(1), Some(Err(Unreachable::UnknownHost))));
}

#[test]
fn before_4_0_a_client_never_begins_anew() {
    let broken = "profile 3.9\n".to_owned() + LOCALHOST + CLIENTS;
    let mut runner = run(&(broken + "wait 1s\nproduce --producer till orders a 1\nwait 61s"));
    let all = connections(&runner, "till");
    assert!(!all.iter().any(|line| line.contains("Rebootstrapping")), "{all:#?}");
    // It asks for the topic at the address that leads nowhere, until max.block.ms is over.
    go_on(&mut runner, "expect thrown(till, TimeoutException) == 1");
    // And it does not hear of a better one.
    go_on(&mut runner, BOTH);
    go_on(&mut runner, "wait 30s");
    assert_eq!(quantity(&runner, OfNetwork::Connected, "till"), Value::Number(0));
}

#[test]
fn what_makes_no_sense_is_refused_in_kafkas_words() {
    let mut scene = Scene::of(1);
    scene.lines(&LOCALHOST.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
    for (line, words) in [
        (
            "producer start shop --topic orders --bootstrap-server kafka:9092",
            "ConfigException: No resolvable bootstrap urls given in bootstrap.servers (Couldn't resolve server kafka:9092 from \
             bootstrap.servers as DNS resolution failed for kafka)",
        ),
        (
            "app start billing --topic orders --network docker",
            "ConfigException: Missing required configuration \"bootstrap.servers\" which has no default value.",
        ),
        (
            "broker listeners broker-1 --advertised-listeners PLAINTEXT://0.0.0.0:9092",
            "the broker does not start: advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable \
             IP address.",
        ),
        (
            "broker listeners broker-1 --listeners INSIDE://:9092,HOST://:9092 --listener-security-protocol-map INSIDE:PLAINTEXT,HOST:PLAINTEXT --inter-broker-listener-name INSIDE",
            "the broker does not start: Each listener must have a different port, listeners: INSIDE://:9092,HOST://:9092",
        ),
        (
            "broker listeners broker-1 --listeners HOST://:9092",
            "the broker does not start: Error creating broker listeners from 'HOST://:9092': No security protocol defined for \
             listener HOST",
        ),
        (
            "broker listeners broker-1 --name 'a b'",
            "the broker does not start: Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
        ),
        (
            "broker listeners broker-7 --name kafka",
            "there is no broker \"broker-7\"; did you mean \"broker-1\"?",
        ),
    ] {
        assert_eq!(scene.try_line(line), Err(words.to_owned()), "{line}");
    }
    // One of several that is known is enough.
    scene.line("producer start shop --topic orders --bootstrap-server kafka:9092,localhost:9092");
}

#[test]
fn two_brokers_cannot_have_one_port_of_the_host() {
    let mut scene = Scene::of(1);
    scene.lines(&["cluster start --brokers 3", "wait 2s"]);
    let own = |n: i32| {
        format!(
            "broker listeners broker-{n} --network docker --name kafka-{n} --publish 9092:9092 --listeners PLAINTEXT://:9092 \
             --advertised-listeners PLAINTEXT://kafka-{n}:9092"
        )
    };
    scene.line(&own(1));
    let words = "the broker does not start: Bind for 0.0.0.0:9092 failed: port is already allocated";
    assert_eq!(scene.try_line(&own(2)), Err(words.to_owned()));
    scene.line(&own(2).replace("9092:9092", "19092:9092"));
    scene.line(&own(3).replace("9092:9092", "29092:9092"));
    scene.lines(&[
        "kafka-topics --create --topic orders --partitions 3 --replication-factor 1",
        "wait 1s",
        "producer start till --topic orders --bootstrap-server kafka-2:9092 --network docker --partitioner round-robin",
        "producer rate till 20",
        "wait 5s",
        "expect connected(till) == 3",
        "expect leo(orders-0) > 10",
        "expect leo(orders-1) > 10",
        "expect leo(orders-2) > 10",
    ]);
}

#[test]
fn what_is_bound_to_localhost_in_a_container_nobody_reaches() {
    let script = LOCALHOST.replace("--listeners PLAINTEXT://:9092", "--listeners PLAINTEXT://localhost:9092");
    let mut runner = run(&(script + CLIENTS));
    go_on(&mut runner, "wait 2s");
    let refused =
        "Connection to node -1 (kafka/172.18.0.2:9092) could not be established. Node may not be available.";
    assert!(connections(&runner, "till").iter().any(|line| line.ends_with(refused)));
    let refused = "Connection to node -1 (localhost/127.0.0.1:9092) could not be established. Node may not be available.";
    assert!(connections(&runner, "shop").iter().any(|line| line.ends_with(refused)));
    // A listener for TLS hangs up on who speaks plainly.
    let tls = "broker listeners broker-1 --listeners SSL://:9092 --advertised-listeners SSL://kafka:9092 --inter-broker-listener-name SSL\nwait 2s";
    go_on(&mut runner, tls);
    let hung_up = "Bootstrap broker kafka:9092 (id: -1 rack: null isFenced: false) disconnected";
    assert!(connections(&runner, "till").iter().any(|line| line.ends_with(hung_up)));
}

#[test]
fn an_address_serves_only_if_what_is_told_there_leads_somewhere() {
    let served = |runner: &Runner, network: Option<&str>, text: &str| {
        runner.timeline().world().serves(network, &Address::parse(text).unwrap())
    };
    let mut runner = run(LOCALHOST);
    assert!(served(&runner, None, "localhost:9092"));
    // It is reached, and then says `localhost`.
    assert!(!served(&runner, Some("docker"), "kafka:9092") && !served(&runner, Some("other"), "kafka:9092"));
    // A container finds the host by a name of its own, and is told `localhost` there as well.
    assert!(!served(&runner, Some("docker"), "host.docker.internal:9092"));
    go_on(&mut runner, BOTH);
    assert!(served(&runner, None, "localhost:29092") && !served(&runner, None, "localhost:9092"));
    assert!(served(&runner, Some("docker"), "kafka:9092") && !served(&runner, Some("docker"), "kafka:29092"));
    let plain = run("kafka-topics --create --topic orders");
    assert!(served(&plain, None, "localhost:9092") && served(&plain, Some("docker"), "broker-1:9092"));
}

#[test]
fn who_waits_for_no_answer_stays_connected_and_goes_on_elsewhere() {
    let mut runner = run(LOCALHOST);
    go_on(
        &mut runner,
        "producer start shop --topic orders --acks 0 --bootstrap-server localhost:9092,localhost:29092",
    );
    go_on(&mut runner, "producer rate shop 5\nwait 5s\nexpect connected(shop) == 1\nexpect n(orders) > 20");
    go_on(&mut runner, &BOTH.replace("--publish 29092:29092", "--publish 9092:29092,29092:29092"));
    go_on(&mut runner, "wait 5s\nexpect connected(shop) == 1\nexpect n(orders) > 40");
}

#[test]
fn the_same_lines_lead_to_the_same_world() {
    let script = LOCALHOST.to_owned()
        + CLIENTS
        + "producer rate shop 5\nproducer rate till 5\nwait 20s"
        + BOTH
        + "wait 20s";
    let (one, other) = (run(&script), run(&script));
    assert_eq!(one.timeline().world().state_hash(), other.timeline().world().state_hash());
}
