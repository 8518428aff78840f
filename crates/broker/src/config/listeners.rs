//! `listeners` and what belongs to them: what a broker is told, and what Kafka refuses of it (`SocketServerConfigs`,
//! `KafkaConfig.validateValues`, `CoreUtils.listenerListToEndPoints`), in Kafka's words.
//!
//! A listener called `CONTROLLER` is the controller's (`controller.listener.names`): clients do not hear of it.

use millrace_model::Map;
use millrace_model::config::bootstrap::{Address, is_loopback};
use std::sync::Arc;

/// `listeners` of a broker that was told nothing.
pub const DEFAULT_LISTENERS: &str = "PLAINTEXT://:9092";

/// `controller.listener.names`.
const CONTROLLER: &str = "CONTROLLER";
const MAP: &str = "listener.security.protocol.map";

/// `SecurityProtocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityProtocol {
    /// Neither encrypted nor authenticated: what clients here speak.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL without TLS.
    SaslPlaintext,
    /// SASL and TLS.
    SaslSsl,
}

impl SecurityProtocol {
    const ALL: [(&'static str, SecurityProtocol); 4] = [
        ("PLAINTEXT", SecurityProtocol::Plaintext),
        ("SSL", SecurityProtocol::Ssl),
        ("SASL_PLAINTEXT", SecurityProtocol::SaslPlaintext),
        ("SASL_SSL", SecurityProtocol::SaslSsl),
    ];

    fn of(name: &str) -> Option<SecurityProtocol> {
        let name = name.to_ascii_uppercase();
        SecurityProtocol::ALL.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol)
    }
}

/// The four settings as they were given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListenerConfig {
    /// `listeners`.
    pub listeners: Arc<str>,
    /// `advertised.listeners`; what is listened on if left out.
    pub advertised: Option<Arc<str>>,
    /// `listener.security.protocol.map`; the protocols' own names if left out.
    pub protocol_map: Option<Arc<str>>,
    /// `inter.broker.listener.name`; `PLAINTEXT` if left out.
    pub inter_broker: Option<Arc<str>>,
}

impl Default for ListenerConfig {
    fn default() -> Self {
        let listeners = DEFAULT_LISTENERS.into();
        ListenerConfig { listeners, advertised: None, protocol_map: None, inter_broker: None }
    }
}

/// One listener (`EndPoint`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Its name, in capitals.
    pub name: Arc<str>,
    /// What is spoken there.
    pub protocol: SecurityProtocol,
    /// The interface it is bound to, or the host it is found at; none: every interface, the machine's own name.
    pub host: Option<Arc<str>>,
    /// Its port.
    pub port: u16,
}

impl Endpoint {
    /// Whether only its own machine reaches it.
    pub fn is_local(&self) -> bool {
        self.host.as_deref().is_some_and(|host| host != "0.0.0.0" && is_loopback(host))
    }

    /// The address that clients are given; `machine` is the name of the broker's own.
    pub fn address(&self, machine: &str) -> Address {
        Address { host: self.host.clone().unwrap_or_else(|| machine.into()), port: self.port }
    }
}

/// The settings as the broker understands them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listeners {
    /// On what it listens, the controller's left out.
    pub bound: Vec<Endpoint>,
    /// What it tells clients and other brokers.
    pub advertised: Vec<Endpoint>,
    /// By which of them brokers meet.
    pub inter_broker: Arc<str>,
}

impl Listeners {
    /// The listener of that name as it is advertised.
    pub fn advertised(&self, name: &str) -> Option<&Endpoint> {
        self.advertised.iter().find(|endpoint| *endpoint.name == *name)
    }
}

type Protocols = Map<String, SecurityProtocol>;

impl ListenerConfig {
    /// Reads and checks all four.
    ///
    /// # Errors
    /// Kafka's sentence: the broker does not start.
    pub fn read(&self) -> Result<Listeners, String> {
        let protocols = self.protocols()?;
        let all = endpoints(&self.listeners, &protocols, true)?;
        let advertised = match self.advertised.as_deref() {
            Some(text) => endpoints(text, &protocols, false)?,
            None => all.clone(),
        };
        let without = |all: &[Endpoint]| -> Vec<Endpoint> {
            all.iter().filter(|endpoint| *endpoint.name != *CONTROLLER).cloned().collect()
        };
        let (bound, told) = (without(&all), without(&advertised));
        let inter_broker: Arc<str> = match self.inter_broker.as_deref().map(str::to_ascii_uppercase) {
            Some(name) if !protocols.contains_key(&name) => {
                return Err(format!(
                    "Listener with name {name} defined in inter.broker.listener.name not found in {MAP}."
                ));
            }
            Some(name) => name.into(),
            None => "PLAINTEXT".into(),
        };
        if told.is_empty() {
            return Err(
                "There must be at least one broker advertised listener. Perhaps all listeners appear in \
                        controller.listener.names?"
                    .to_owned(),
            );
        }
        if !told.iter().any(|endpoint| endpoint.name == inter_broker) {
            return Err(format!(
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options \
                 based on currently configured listeners are {}",
                names(&told)
            ));
        }
        if told.iter().any(|endpoint| !all.iter().any(|bound| bound.name == endpoint.name)) {
            return Err(format!(
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found \
                 {}. The valid options based on the current configuration are {}",
                names(&told),
                names(&all)
            ));
        }
        if advertised.iter().any(|endpoint| endpoint.host.as_deref() == Some("0.0.0.0")) {
            return Err(
                "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP \
                        address."
                    .to_owned(),
            );
        }
        Ok(Listeners { bound, advertised: told, inter_broker })
    }

    /// `effectiveListenerSecurityProtocolMap`.
    fn protocols(&self) -> Result<Protocols, String> {
        let Some(text) = self.protocol_map.as_deref() else {
            let known = SecurityProtocol::ALL.iter().map(|(name, protocol)| ((*name).to_owned(), *protocol));
            let mut protocols: Protocols = known.collect();
            // Nobody needs TLS, so the controller's listener goes without as well.
            let scheme = |entry: &str| entry.split(':').next().and_then(SecurityProtocol::of);
            let is_plain = |entry: &str| matches!(scheme(entry), None | Some(SecurityProtocol::Plaintext));
            if self.listeners.split(',').map(str::trim).all(is_plain) {
                protocols.insert(CONTROLLER.to_owned(), SecurityProtocol::Plaintext);
            }
            return Ok(protocols);
        };
        let mut protocols = Protocols::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let Some((name, protocol)) = entry.rsplit_once(':') else {
                return Err(format!("Error parsing configuration property '{MAP}': {entry} has no protocol"));
            };
            let Some(known) = SecurityProtocol::of(protocol.trim()) else {
                return Err(format!("Invalid security protocol `{}` defined in {MAP}", protocol.trim()));
            };
            protocols.insert(name.trim().to_ascii_uppercase(), known);
        }
        Ok(protocols)
    }
}

fn names(endpoints: &[Endpoint]) -> String {
    endpoints.iter().map(|endpoint| &*endpoint.name).collect::<Vec<_>>().join(",")
}

/// `CoreUtils.listenerListToEndPoints`.
fn endpoints(text: &str, protocols: &Protocols, distinct_ports: bool) -> Result<Vec<Endpoint>, String> {
    let wrong = |why: String| format!("Error creating broker listeners from '{text}': {why}");
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let mut read: Vec<Endpoint> = Vec::new();
    for entry in entries {
        let endpoint = endpoint(entry, protocols).map_err(wrong)?;
        if read.iter().any(|other| other.name == endpoint.name) {
            return Err(format!("Each listener must have a different name, listeners: {text}"));
        }
        // One of two on the same port may be bound by an IPv4 address and the other by one of IPv6.
        let is_v6 = |endpoint: &Endpoint| endpoint.host.as_deref().is_some_and(|host| host.contains(':'));
        let is_v4 = |endpoint: &Endpoint| {
            endpoint.host.as_deref().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok())
        };
        let clashes = |other: &&Endpoint| distinct_ports && other.port != 0 && other.port == endpoint.port;
        if let Some(other) = read.iter().find(clashes) {
            let are_ips = (is_v4(other) || is_v6(other)) && (is_v4(&endpoint) || is_v6(&endpoint));
            if !are_ips {
                return Err(format!("Each listener must have a different port, listeners: {text}"));
            }
            if is_v6(other) == is_v6(&endpoint) {
                return Err(format!(
                    "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, \
                     listeners: {text}, port: {}",
                    endpoint.port
                ));
            }
        }
        read.push(endpoint);
    }
    Ok(read)
}

/// `NAME://HOST:PORT`; the host may be left out.
fn endpoint(entry: &str, protocols: &Protocols) -> Result<Endpoint, String> {
    let unread = || format!("Unable to parse {entry} to a broker endpoint");
    let (name, rest) = entry.rsplit_once("://").ok_or_else(unread)?;
    let (host, port) = rest.rsplit_once(':').ok_or_else(unread)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_host = host.chars().all(|c| c.is_ascii_alphanumeric() || "-%._:".contains(c));
    let digits = port.strip_prefix('-').unwrap_or(port);
    if !is_host || digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(unread());
    }
    let port = port.parse::<u16>().map_err(|_| format!("port out of range:{port}"))?;
    let name = name.to_ascii_uppercase();
    let protocol = protocols.get(name.as_str()).copied();
    let protocol = protocol.ok_or_else(|| format!("No security protocol defined for listener {name}"))?;
    let host = (!host.is_empty()).then(|| host.into());
    Ok(Endpoint { name: name.into(), protocol, host, port })
}

#[cfg(test)]
mod tests;
