//! Where a cluster's brokers are found, inside its network and from the host: as the scene says, else by two listeners, one for
//! each.

use crate::compose::{CONTROLLER_PORT, INSIDE_PORT, host_port};
use millrace_broker::config::listeners::{Endpoint, SecurityProtocol};
use millrace_model::config::bootstrap::{Address, is_loopback};
use millrace_sim::{BrokerHost, World};

/// One broker's container.
pub(crate) struct Place {
    /// `hostname`, and what others call it.
    pub name: String,
    /// Ports of the host, each with the container's.
    pub published: Vec<(u16, u16)>,
    /// What the image is told of listeners.
    pub environment: [(&'static str, String); 4],
    /// The address that tools in the container ask.
    pub inside: String,
    /// The address that clients on the host ask.
    pub outside: String,
}

/// The brokers' places, in their order.
pub(crate) fn of(world: &World) -> Vec<Place> {
    let brokers = (0..).zip(world.brokers().map(millrace_broker::Broker::id));
    let place = |(at, id)| match world.broker_host(id) {
        Some(host) => told(world, host, at),
        None => usual(id.0, at),
    };
    brokers.map(place).collect()
}

fn usual(id: i32, at: i32) -> Place {
    let port = host_port(at);
    let published = u16::try_from(port).map(|port| (port, port)).into_iter().collect();
    let environment = [
        (
            "KAFKA_LISTENERS",
            format!("INSIDE://:{INSIDE_PORT},HOST://:{port},CONTROLLER://:{CONTROLLER_PORT}"),
        ),
        ("KAFKA_ADVERTISED_LISTENERS", format!("INSIDE://broker-{id}:{INSIDE_PORT},HOST://localhost:{port}")),
        (
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            "INSIDE:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned(),
        ),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "INSIDE".to_owned()),
    ];
    Place {
        name: format!("broker-{id}"),
        published,
        environment,
        inside: format!("broker-{id}:{INSIDE_PORT}"),
        outside: format!("localhost:{port}"),
    }
}

fn told(world: &World, host: &BrokerHost, at: i32) -> Place {
    let listeners = &host.listeners;
    let uri = |endpoint: &Endpoint, address: String| format!("{}://{address}", endpoint.name);
    let bound = listeners.bound.iter().map(|endpoint| {
        let port = endpoint.port;
        let name = endpoint.host.as_ref().map(|host| Address { host: host.clone(), port }.to_string());
        uri(endpoint, name.unwrap_or_else(|| format!(":{port}")))
    });
    let advertised = listeners.advertised.iter();
    let advertised = advertised.map(|endpoint| uri(endpoint, endpoint.address(&host.hostname).to_string()));
    let protocols = listeners.bound.iter().map(|endpoint| {
        let protocol = match endpoint.protocol {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        };
        format!("{}:{protocol}", endpoint.name)
    });
    let controller = format!("CONTROLLER://:{CONTROLLER_PORT}");
    let environment = [
        ("KAFKA_LISTENERS", joined(bound.chain([controller]))),
        ("KAFKA_ADVERTISED_LISTENERS", joined(advertised)),
        (
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            joined(protocols.chain(["CONTROLLER:PLAINTEXT".to_owned()])),
        ),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", listeners.inter_broker.to_string()),
    ];
    // In its own container it is `localhost` as well, if it listens there.
    let is_bound = |address: &Address| listeners.bound.iter().any(|endpoint| endpoint.port == address.port);
    let is_own = |address: &Address| is_loopback(&address.host) || address.host == host.hostname;
    let told: Vec<Address> =
        listeners.advertised.iter().map(|endpoint| endpoint.address(&host.hostname)).collect();
    let inside = told.iter().find(|address| is_own(address) && is_bound(address)).or(told.first());
    let outside = told.iter().find(|address| world.resolve(None, address).is_ok());
    let published = match host.network {
        Some(_) => host.published.clone(),
        None => listeners.bound.iter().map(|endpoint| (endpoint.port, endpoint.port)).collect(),
    };
    Place {
        name: host.hostname.to_string(),
        published,
        environment,
        inside: inside.map_or_else(String::new, Address::to_string),
        outside: outside.map_or_else(|| format!("localhost:{}", host_port(at)), Address::to_string),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}
