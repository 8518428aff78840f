//! Where a client is, which addresses it was given, and whether they lead anywhere from there. Nothing of it is on stage where
//! nobody was told an address.

use crate::inspect::Inspector;
use crate::sentence::{Names, Sentence, SentenceKind};
use millrace_model::config::bootstrap::Address;
use millrace_sim::{BrokerHost, ConnectionEvent, NodeId, Reach, Unreachable, World};
use millrace_words::networks as say;

/// A line for the client's card: where it is, and the first address that leads nowhere, else the first of all. None for a
/// client that was told none.
pub fn line(world: &World, id: NodeId) -> Option<String> {
    if !world.has_networks() {
        return None;
    }
    told(world, id)
}

#[inline(never)]
fn told(world: &World, id: NodeId) -> Option<String> {
    let whence = world.whence(id)?;
    let place = place(whence.network.as_deref());
    let reaches = world.reaches(id);
    let Some(reach) = worst(&reaches) else { return Some(say::asks(&place, &servers(&whence.servers))) };
    let address = &reach.address;
    Some(match reach.outcome {
        None => say::was_given(&place, address),
        Some(Ok(())) => say::reaches(&place, address),
        Some(Err(_)) => say::does_not_reach(&place, address),
    })
}

/// Whether one of its addresses leads nowhere.
pub fn is_shut_out(world: &World, id: NodeId) -> bool {
    world.has_networks() && world.reaches(id).iter().any(|reach| matches!(reach.outcome, Some(Err(_))))
}

fn worst(reaches: &[Reach]) -> Option<&Reach> {
    reaches.iter().find(|reach| matches!(reach.outcome, Some(Err(_)))).or_else(|| reaches.first())
}

fn place(network: Option<&str>) -> String {
    network.map_or_else(|| say::the_host().to_owned(), str::to_owned)
}

fn servers(servers: &[Address]) -> String {
    servers.iter().map(Address::to_string).collect::<Vec<_>>().join(",")
}

/// The same for the inspector, in full.
pub fn facts(inspector: &mut Inspector, world: &World, id: NodeId) {
    let Some(whence) = world.whence(id) else { return };
    let place = place(whence.network.as_deref());
    inspector.fact(say::runs_in(), place.clone());
    inspector.fact("bootstrap.servers", servers(&whence.servers));
    for reach in world.reaches(id) {
        let (id, address) = (&reach.broker, &reach.address);
        let state = match reach.outcome {
            None => say::not_tried(address),
            Some(Ok(())) => say::connected(address),
            Some(Err(Unreachable::UnknownHost)) => say::unknown_host(address, &address.host, &place),
            Some(Err(Unreachable::Refused)) if address.is_loopback() && whence.network.is_some() => {
                say::is_itself(address, &address.host)
            }
            Some(Err(Unreachable::Refused)) => say::refused(address),
            Some(Err(Unreachable::NotPlaintext)) => say::speaks_otherwise(address),
        };
        inspector.fact(say::broker_is_at(id), state);
    }
}

/// What was said of a broker's machine and its listeners.
pub fn host_facts(inspector: &mut Inspector, host: &BrokerHost) {
    inspector.fact(say::runs_in(), place(host.network.as_deref()));
    inspector.fact("hostname", host.hostname.to_string());
    if !host.published.is_empty() {
        let ports = host.published.iter().map(|(outside, inside)| format!("{outside}:{inside}"));
        inspector.fact(say::published(), ports.collect::<Vec<_>>().join(", "));
    }
    inspector.fact("listeners", host.config.listeners.to_string());
    let given = [
        ("advertised.listeners", &host.config.advertised),
        ("listener.security.protocol.map", &host.config.protocol_map),
        ("inter.broker.listener.name", &host.config.inter_broker),
    ];
    for (key, value) in given {
        if let Some(value) = value {
            inspector.fact(key, value.to_string());
        }
    }
}

/// That a client begins anew it does as often as it is refused.
pub fn is_notable(event: &ConnectionEvent) -> bool {
    !matches!(event, ConnectionEvent::Rebootstrapped { .. })
}

/// What the client's log says, or what it does not say.
pub fn sentence(event: &ConnectionEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    match event {
        ConnectionEvent::Told { addresses, .. } => {
            let all: Vec<String> = addresses.iter().map(|(id, address)| say::is_at(id, address)).collect();
            Sentence::new(SentenceKind::Process, say::is_told(&who, &all.join(", ")))
        }
        ConnectionEvent::Established { address, broker, listener, .. } => {
            Sentence::new(SentenceKind::Process, say::has_reached(&who, broker, address, listener))
        }
        ConnectionEvent::Failed { .. }
        | ConnectionEvent::Broken { .. }
        | ConnectionEvent::Rebootstrapped { .. } => {
            let log = event.log(names.world().profile())?;
            Sentence::new(SentenceKind::Problem, format!("{who}: {log}"))
        }
    }
}
