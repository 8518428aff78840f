use super::*;

/// The four settings, those that are empty left out.
fn config(listeners: &str, advertised: &str, map: &str, inter: &str) -> ListenerConfig {
    let given = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
    ListenerConfig {
        listeners: listeners.into(),
        advertised: given(advertised),
        protocol_map: given(map),
        inter_broker: given(inter),
    }
}

fn shown(endpoints: &[Endpoint]) -> Vec<String> {
    endpoints.iter().map(|endpoint| format!("{}={}", endpoint.name, endpoint.address("machine"))).collect()
}

const BOTH: &str = "INSIDE:PLAINTEXT,HOST:PLAINTEXT";

#[test]
fn what_is_bound_is_advertised_unless_said_otherwise() {
    let read = ListenerConfig::default().read().unwrap();
    assert_eq!(
        (shown(&read.bound), &*read.inter_broker),
        (vec!["PLAINTEXT=machine:9092".to_owned()], "PLAINTEXT")
    );
    assert_eq!(read.advertised, read.bound);

    let two =
        config("INSIDE://:19092,HOST://:9092", "INSIDE://kafka:19092,host://localhost:9092", BOTH, "inside");
    let read = two.read().unwrap();
    assert_eq!(shown(&read.advertised), ["INSIDE=kafka:19092", "HOST=localhost:9092"]);
    assert_eq!(read.advertised("HOST").map(|endpoint| endpoint.port), Some(9092));
    assert!(read.advertised("PLAINTEXT").is_none());
    assert_eq!(&*read.inter_broker, "INSIDE");
}

#[test]
fn clients_do_not_hear_of_the_controllers_listener() {
    let read = config("PLAINTEXT://:9092,CONTROLLER://:9093", "", "", "").read().unwrap();
    assert_eq!(shown(&read.bound), ["PLAINTEXT=machine:9092"]);
    let with_tls = config("SSL://:9092,CONTROLLER://:9093", "", "", "SSL").read();
    let words = "Error creating broker listeners from 'SSL://:9092,CONTROLLER://:9093': No security protocol defined for \
                 listener CONTROLLER";
    assert_eq!(with_tls, Err(words.to_owned()));
}

#[test]
fn only_its_own_machine_reaches_what_is_bound_to_localhost() {
    let local =
        |text: &str| config(text, "PLAINTEXT://kafka:9092", "", "").read().unwrap().bound[0].is_local();
    assert!(local("PLAINTEXT://localhost:9092") && local("PLAINTEXT://127.0.0.1:9092"));
    assert!(
        !local("PLAINTEXT://:9092") && !local("PLAINTEXT://0.0.0.0:9092") && !local("PLAINTEXT://kafka:9092")
    );
}

#[test]
fn two_may_share_a_port_by_ipv4_and_ipv6() {
    let shares = config("PLAINTEXT://127.0.0.1:9092,SSL://[::1]:9092", "", "", "").read();
    assert_eq!(shown(&shares.unwrap().bound), ["PLAINTEXT=127.0.0.1:9092", "SSL=[::1]:9092"]);
    // What is advertised may name a port twice: a load balancer's.
    let balanced = config("INSIDE://:1,HOST://:2", "INSIDE://lb:9092,HOST://lb:9092", BOTH, "INSIDE").read();
    assert_eq!(shown(&balanced.unwrap().advertised), ["INSIDE=lb:9092", "HOST=lb:9092"]);
}

#[test]
fn what_kafka_refuses_is_refused_in_its_words() {
    for (config, words) in [
        (
            config("INSIDE://:9092,HOST://:9092", "", BOTH, "INSIDE"),
            "Each listener must have a different port, listeners: INSIDE://:9092,HOST://:9092",
        ),
        (
            config("PLAINTEXT://:9092,plaintext://:9093", "", "", ""),
            "Each listener must have a different name, listeners: PLAINTEXT://:9092,plaintext://:9093",
        ),
        (
            config("PLAINTEXT://10.0.0.1:9092,SSL://10.0.0.2:9092", "", "", ""),
            "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: \
             PLAINTEXT://10.0.0.1:9092,SSL://10.0.0.2:9092, port: 9092",
        ),
        (
            config("HOST://:9092", "", "", "HOST"),
            "Error creating broker listeners from 'HOST://:9092': No security protocol defined for listener HOST",
        ),
        (
            config("PLAINTEXT://:9092", "localhost:9092", "", ""),
            "Error creating broker listeners from 'localhost:9092': Unable to parse localhost:9092 to a broker endpoint",
        ),
        (
            config("PLAINTEXT://:99092", "", "", ""),
            "Error creating broker listeners from 'PLAINTEXT://:99092': port out of range:99092",
        ),
        (
            config("PLAINTEXT://:9092", "PLAINTEXT://0.0.0.0:9092", "", ""),
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
        ),
        // Without advertised.listeners it is what is bound.
        (
            config("PLAINTEXT://0.0.0.0:9092", "", "", ""),
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
        ),
        (
            config("INSIDE://:19092,HOST://:9092", "", BOTH, ""),
            "inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options \
             based on currently configured listeners are INSIDE,HOST",
        ),
        (
            config("PLAINTEXT://:9092", "", "PLAINTEXT:PLAINTEXT", "INSIDE"),
            "Listener with name INSIDE defined in inter.broker.listener.name not found in \
             listener.security.protocol.map.",
        ),
        (
            config("PLAINTEXT://:9092", "PLAINTEXT://kafka:9092,SSL://kafka:9093", "", ""),
            "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found \
             PLAINTEXT,SSL. The valid options based on the current configuration are PLAINTEXT",
        ),
        (
            config("CONTROLLER://:9093", "", "", ""),
            "There must be at least one broker advertised listener. Perhaps all listeners appear in \
             controller.listener.names?",
        ),
        (
            config("HOST://:9092", "", "HOST:PLAIN", "HOST"),
            "Invalid security protocol `PLAIN` defined in listener.security.protocol.map",
        ),
    ] {
        assert_eq!(config.read(), Err(words.to_owned()), "{config:?}");
    }
}
