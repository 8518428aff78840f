//! Where processes run, and which addresses lead to which broker from there: the host, and container networks in which a
//! broker is found under its own name.
//!
//! A world in which nobody was told `bootstrap.servers` has none of this: there everything reaches everything.

mod dial;
mod set;
mod wiring;

use super::World;
use crate::command::Name;
use crate::connection::Unreachable;
use crate::node::{Activity, Kind};
use crate::trace::NodeId;
use millrace_broker::config::listeners::{Endpoint, ListenerConfig, Listeners, SecurityProtocol};
use millrace_client::listener::Port;
use millrace_model::config::bootstrap::{Address, Whence};
use millrace_model::{BrokerId, BrokerInfo, Map};
use std::sync::Arc;

pub(super) use dial::Attempt;
pub use wiring::Reach;
use wiring::Wiring;

/// See the module.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Networks {
    hosts: Map<BrokerId, BrokerHost>,
    clients: Map<(NodeId, Port), Wiring>,
}

/// The machine that a broker runs on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerHost {
    /// The container network that it is in; none: it is no container.
    pub network: Option<Name>,
    /// Its name there.
    pub hostname: Name,
    /// Ports of the host, each with the container's port that it leads to.
    pub published: Vec<(u16, u16)>,
    /// What the broker was told.
    pub config: ListenerConfig,
    /// What that means.
    pub listeners: Listeners,
    /// Whether anybody has said so; else it is as in any other scene.
    pub is_told: bool,
}

/// What an address leads to: the broker, and its listener's name.
pub type Reached = (BrokerId, Arc<str>);

/// What a container calls the host.
const GATEWAY: &str = "host.docker.internal";

impl BrokerHost {
    /// A broker of which nothing was said: a machine whose name everybody knows.
    fn of(info: &BrokerInfo) -> BrokerHost {
        let endpoint = Endpoint {
            name: "PLAINTEXT".into(),
            protocol: SecurityProtocol::Plaintext,
            host: None,
            port: info.port,
        };
        let listeners = Listeners {
            bound: vec![endpoint.clone()],
            advertised: vec![endpoint],
            inter_broker: "PLAINTEXT".into(),
        };
        let (hostname, config) = (info.host.as_str().into(), ListenerConfig::default());
        BrokerHost { network: None, hostname, published: Vec::new(), config, listeners, is_told: false }
    }

    /// The address that clients of that listener are given.
    pub fn advertised(&self, listener: &str) -> Option<Address> {
        Some(self.listeners.advertised(listener)?.address(&self.hostname))
    }

    fn bound(&self, port: u16) -> Option<&Endpoint> {
        self.listeners.bound.iter().find(|endpoint| endpoint.port == port)
    }
}

impl Networks {
    /// Whom an address leads to from a network, or from the host.
    fn resolve(&self, network: Option<&str>, address: &Address) -> Result<Reached, Unreachable> {
        let (id, endpoint) = if address.is_loopback() {
            // In a container that is the container itself, where no broker is.
            let found = if network.is_none() { self.on_the_host(address.port, true) } else { None };
            found.ok_or(Unreachable::Refused)?
        } else if network.is_some() && *address.host == *GATEWAY {
            self.on_the_host(address.port, false).ok_or(Unreachable::Refused)?
        } else {
            let (id, host) = self.machine(network, &address.host).ok_or_else(|| {
                // An address in numbers needs nobody who knows it.
                let is_ip = address.host.parse::<std::net::IpAddr>().is_ok();
                if is_ip { Unreachable::Refused } else { Unreachable::UnknownHost }
            })?;
            let endpoint = host.bound(address.port).filter(|endpoint| !endpoint.is_local());
            (id, endpoint.ok_or(Unreachable::Refused)?)
        };
        match endpoint.protocol {
            SecurityProtocol::Plaintext => Ok((id, endpoint.name.clone())),
            _ => Err(Unreachable::NotPlaintext),
        }
    }

    /// The machine of that name, as far as it is known there.
    fn machine(&self, network: Option<&str>, name: &str) -> Option<(BrokerId, &BrokerHost)> {
        let is_known = |host: &BrokerHost| host.network.is_none() || host.network.as_deref() == network;
        let is_meant =
            |id: BrokerId, host: &BrokerHost| *host.hostname == *name || self.ip_of(id, host) == name;
        self.hosts
            .iter()
            .map(|(id, host)| (*id, host))
            .find(|(id, host)| is_known(host) && is_meant(*id, host))
    }

    /// Who listens at a port of the host: somebody on it, or behind a published port.
    fn on_the_host(&self, port: u16, is_itself: bool) -> Option<(BrokerId, &Endpoint)> {
        let found = |host: &BrokerHost| -> Option<u16> {
            match host.network {
                None => Some(port),
                Some(_) => {
                    host.published.iter().find(|(outside, _)| *outside == port).map(|(_, inside)| *inside)
                }
            }
        };
        self.hosts.iter().find_map(|(id, host)| {
            let endpoint = host.bound(found(host)?)?;
            let is_open = !endpoint.is_local() || (is_itself && host.network.is_none());
            is_open.then_some((*id, endpoint))
        })
    }

    /// What a name means there, in numbers; the networks are numbered as Docker does.
    fn ip(&self, network: Option<&str>, host: &str) -> String {
        if millrace_model::config::bootstrap::is_loopback(host) {
            return "127.0.0.1".to_owned();
        }
        match self.machine(network, host) {
            Some((id, machine)) => self.ip_of(id, machine),
            None => host.to_owned(),
        }
    }

    fn ip_of(&self, id: BrokerId, host: &BrokerHost) -> String {
        let Some(network) = &host.network else { return format!("192.168.1.{}", id.0.saturating_add(9)) };
        let before =
            self.hosts.values().filter_map(|host| host.network.as_ref()).filter(|name| *name < network);
        let mut before: Vec<&Name> = before.collect();
        before.sort();
        before.dedup();
        format!("172.{}.0.{}", before.len().saturating_add(18), id.0.saturating_add(1))
    }
}

impl World {
    /// Whether anybody was told addresses, or a broker its listeners.
    pub fn has_networks(&self) -> bool {
        self.networks.is_some()
    }

    /// Where a broker runs and on what it listens, if that was said.
    pub fn broker_host(&self, id: BrokerId) -> Option<&BrokerHost> {
        self.networks.as_ref()?.hosts.get(&id).filter(|host| host.is_told)
    }

    /// Where a client runs and whom it asks first, if that was said.
    pub fn whence(&self, id: NodeId) -> Option<&Arc<Whence>> {
        match &self.node(id)?.kind {
            Kind::Producer(producer) => producer.client.config().bootstrap.whence(),
            Kind::Instance { instance, .. } => instance.config().consumer.bootstrap.whence(),
            Kind::Admin | Kind::Streams(_) => None,
        }
    }

    /// Whom an address leads to from a container network, or (`None`) from the host.
    ///
    /// # Errors
    /// Why nobody.
    pub fn resolve(&self, network: Option<&str>, address: &Address) -> Result<Reached, Unreachable> {
        match &self.networks {
            Some(networks) => networks.resolve(network, address),
            None => self.default_networks().resolve(network, address),
        }
    }

    /// Whether a client there that begins at that address finds a broker by what it is told.
    pub fn serves(&self, network: Option<&str>, address: &Address) -> bool {
        let Ok((id, listener)) = self.resolve(network, address) else { return false };
        let told = match self.broker_host(id) {
            Some(host) => host.advertised(&listener),
            None => return true,
        };
        told.is_some_and(|told| self.resolve(network, &told).is_ok())
    }

    /// The addresses that a client was told, each with what became of it; of a client with several connections, of all.
    pub fn reaches(&self, id: NodeId) -> Vec<Reach> {
        let clients = self.networks.iter().flat_map(|networks| networks.clients.iter());
        let mut reaches: Vec<Reach> = Vec::new();
        for (_, wiring) in clients.filter(|((node, _), _)| *node == id) {
            for reach in wiring.reaches() {
                match reaches.iter_mut().find(|known| known.address == reach.address) {
                    Some(known) => known.worsen(&reach),
                    None => reaches.push(reach),
                }
            }
        }
        reaches
    }

    fn default_networks(&self) -> Networks {
        let mut networks = Networks::default();
        self.fill(&mut networks);
        networks
    }

    /// Each broker has a machine.
    fn fill(&self, networks: &mut Networks) {
        for (id, broker) in &self.brokers {
            if !networks.hosts.contains_key(id)
                && let Some(info) = broker.brokers().iter().find(|info| info.id == *id)
            {
                networks.hosts.insert(*id, BrokerHost::of(info));
            }
        }
    }

    fn networks_mut(&mut self) -> &mut Networks {
        let is_full = self.networks.as_ref().is_some_and(|all| all.hosts.len() == self.brokers.len());
        if !is_full {
            let mut networks = self.networks.as_deref().cloned().unwrap_or_default();
            self.fill(&mut networks);
            self.networks = Some(Arc::new(networks));
        }
        Arc::make_mut(self.networks.get_or_insert_default())
    }

    fn is_running(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.activity() == Activity::Running)
    }
}
