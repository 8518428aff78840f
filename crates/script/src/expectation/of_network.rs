//! Where clients run, whom they reach at the addresses that they were given, and on what brokers listen.

use super::Value;
use super::eval::{missing, number};
use millrace_model::config::bootstrap::HOST;
use millrace_sim::node::{Activity, Kind, Node};
use millrace_sim::{NodeId, World};

/// A quantity of a client or a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfNetwork {
    /// `connected(CLIENT)`: to so many brokers a producer, or each instance of a group, has a connection at the address that it
    /// was given; none if it was told no `bootstrap.servers` and so has no addresses.
    Connected,
    /// `network(CLIENT)`: the container network that it runs in, or `'host'`; none if nothing was said of it.
    Network,
    /// `listeners(BROKER)`: how many listeners a broker has for clients and brokers, the controller's left out.
    Listeners,
}

impl OfNetwork {
    /// All, by name.
    pub const ALL: [(&'static str, OfNetwork); 3] = [
        ("connected", OfNetwork::Connected),
        ("network", OfNetwork::Network),
        ("listeners", OfNetwork::Listeners),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        OfNetwork::ALL.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }

    pub(super) fn value(self, world: &World, name: &str) -> Result<Value, String> {
        if self == OfNetwork::Listeners {
            let known = |broker: &millrace_broker::Broker| format!("broker-{}", broker.id());
            let Some(broker) = world.brokers().find(|broker| known(broker) == name) else {
                let names: Vec<String> = world.brokers().map(known).collect();
                return Err(missing("broker", name, names.iter().map(String::as_str)));
            };
            let host = world.broker_host(broker.id());
            return Ok(number(host.map_or(1, |host| host.listeners.bound.len() as u64)));
        }
        let clients = clients(world, name)?;
        let Some(whence) = clients.iter().find_map(|id| world.whence(*id)) else { return Ok(Value::None) };
        Ok(match self {
            OfNetwork::Network => Value::Text(whence.network.as_deref().unwrap_or(HOST).into()),
            OfNetwork::Connected | OfNetwork::Listeners => {
                let reached = |id: &NodeId| {
                    let reaches = world.reaches(*id);
                    reaches.iter().filter(|reach| reach.outcome == Some(Ok(()))).count() as u64
                };
                number(clients.iter().map(reached).min().unwrap_or(0))
            }
        })
    }
}

/// The processes that run under the name of a producer or a group.
fn clients(world: &World, name: &str) -> Result<Vec<NodeId>, String> {
    let is_producer = |node: &Node| matches!(node.kind, Kind::Producer(_));
    let is_meant = |node: &Node| match node.group() {
        Some(group) => group.as_str() == name,
        None => is_producer(node) && *node.name == *name,
    };
    let running = world.nodes().filter(|(_, node)| node.activity() != Activity::Gone);
    let found: Vec<NodeId> = running.filter(|(_, node)| is_meant(node)).map(|(id, _)| id).collect();
    if !found.is_empty() || world.apps().contains_key(name) || world.producer(name).is_some() {
        return Ok(found);
    }
    let groups = world.apps().keys().map(|group| group.as_str());
    let producers = world.nodes().filter(|(_, node)| is_producer(node)).map(|(_, node)| &*node.name);
    Err(missing("client", name, groups.chain(producers)))
}
