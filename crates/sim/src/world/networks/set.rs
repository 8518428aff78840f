//! A broker is started with other listeners, as a container is made anew: its logs and all that it knows stay, its
//! connections break.

use super::dial::Key;
use super::{BrokerHost, Networks};
use crate::connection::{ConnectionEvent, SetListeners, Unreachable};
use crate::trace::{Actor, EntryId, Fact, Recorder};
use crate::world::{Refusal, World};
use millrace_broker::RequestId;
use millrace_broker::config::listeners::ListenerConfig;
use millrace_model::config::bootstrap::{Bootstrap, HOST, Whence};
use millrace_model::{BrokerId, Response};
use std::sync::Arc;

/// What a line changes is set; an empty text takes a setting away.
fn set(setting: &mut Option<Arc<str>>, given: Option<&Arc<str>>) {
    if let Some(text) = given {
        *setting = (!text.is_empty()).then(|| text.clone());
    }
}

/// As Docker has it.
fn is_container_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || "_.-".contains(c))
}

impl SetListeners {
    /// The machine as it becomes.
    ///
    /// # Errors
    /// Kafka's sentence, or Docker's, if the broker would not start.
    fn applied(&self, to: &BrokerHost) -> Result<BrokerHost, String> {
        let mut host = to.clone();
        if let Some(network) = &self.network {
            host.network = (**network != *HOST).then(|| network.clone());
        }
        if let Some(name) = &self.hostname {
            if !is_container_name(name) {
                return Err(format!(
                    "Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
                ));
            }
            host.hostname = name.clone();
        }
        if let Some(publish) = &self.publish {
            host.published.clone_from(publish);
        }
        let ListenerConfig { listeners, advertised, protocol_map, inter_broker } = &mut host.config;
        if let Some(text) = &self.listeners {
            *listeners = text.clone();
        }
        set(advertised, self.advertised.as_ref());
        set(protocol_map, self.protocol_map.as_ref());
        set(inter_broker, self.inter_broker.as_ref());
        host.listeners = host.config.read()?;
        host.is_told = true;
        Ok(host)
    }
}

impl Networks {
    /// What the machine or Docker has against it: two cannot have the same port.
    fn clash(&self, id: BrokerId, new: &BrokerHost) -> Option<String> {
        let others = self.hosts.iter().filter(|(other, host)| **other != id && host.is_told);
        let taken: Vec<u16> = others.flat_map(|(_, host)| host.ports_of_the_host()).collect();
        let port = new.ports_of_the_host().find(|port| taken.contains(port))?;
        Some(match new.network {
            Some(_) => format!("Bind for 0.0.0.0:{port} failed: port is already allocated"),
            None => format!("Socket server failed to bind to 0.0.0.0:{port}: Address already in use."),
        })
    }
}

impl BrokerHost {
    fn ports_of_the_host(&self) -> impl Iterator<Item = u16> {
        let own =
            self.listeners.bound.iter().filter(|_| self.network.is_none()).map(|endpoint| endpoint.port);
        let published = self.published.iter().filter(|_| self.network.is_some()).map(|(port, _)| *port);
        own.chain(published)
    }
}

impl World {
    fn listeners_after(&self, change: &SetListeners) -> Result<BrokerHost, Refusal> {
        let refused = |why: String| Refusal::Malformed { what: "the broker does not start", why };
        let networks = self.networks.as_deref().cloned().unwrap_or_else(|| self.default_networks());
        let Some(host) = networks.hosts.get(&change.id).filter(|_| self.broker(change.id).is_some()) else {
            return Err(self.no_broker(change.id));
        };
        let new = change.applied(host).map_err(refused)?;
        match networks.clash(change.id, &new) {
            Some(why) => Err(refused(why)),
            None => Ok(new),
        }
    }

    pub(in crate::world) fn check_listeners(&self, change: &SetListeners) -> Result<(), Refusal> {
        self.listeners_after(change).map(drop)
    }

    /// A client cannot be built without an address that means something where it is.
    pub(in crate::world) fn check_bootstrap(&self, bootstrap: &Bootstrap) -> Result<(), Refusal> {
        let Some(whence) = bootstrap.whence() else { return Ok(()) };
        let refused = |why: String| Err(Refusal::Malformed { what: "ConfigException", why });
        let Whence { servers, network } = &**whence;
        let Some(first) = servers.first() else {
            return refused(
                "Missing required configuration \"bootstrap.servers\" which has no default value.".to_owned(),
            );
        };
        let is_unknown = |address| self.resolve(network.as_deref(), address) == Err(Unreachable::UnknownHost);
        if !servers.iter().all(is_unknown) {
            return Ok(());
        }
        refused(format!(
            "No resolvable bootstrap urls given in bootstrap.servers (Couldn't resolve server {first} from \
             bootstrap.servers as DNS resolution failed for {})",
            first.host
        ))
    }

    pub(in crate::world) fn set_listeners(
        &mut self,
        change: &SetListeners,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (id, Ok(host)) = (change.id, self.listeners_after(change)) else { return };
        let networks = self.networks_mut();
        networks.hosts.insert(id, host);
        let keys: Vec<Key> = networks.clients.keys().copied().collect();
        for key in keys {
            self.break_connections(key, id, cause, recorder);
        }
    }

    fn break_connections(&mut self, key: Key, id: BrokerId, cause: EntryId, recorder: &mut Recorder) {
        let Some(wiring) = self.networks_mut().clients.get_mut(&key) else { return };
        let open = wiring.open_at(id);
        let is_connected = wiring.is_connected_to(id);
        if !is_connected && open.is_empty() {
            return;
        }
        wiring.lost(id);
        let fact = Fact::Connection(Box::new(ConnectionEvent::Broken { node: id }));
        let broken = recorder.record(Actor::Node(key.0), Some(cause), fact);
        for (correlation, api) in open {
            let waits = |(_, back): &(&RequestId, &super::super::ReturnAddress)| {
                (back.node, back.port) == key && back.correlation == correlation
            };
            let asked = self.awaiting.iter().find(waits).map(|(request, _)| *request);
            if let Some(request) = asked {
                self.send_response(id, request, Response::Disconnected(api), Some(broken), recorder);
            }
        }
        self.ask_for_addresses(key, Some(broken), recorder);
    }
}
