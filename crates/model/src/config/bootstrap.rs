//! `bootstrap.servers`: where a client begins, and the network that it begins from. Most scenes name neither: there
//! everything reaches everything.

use crate::Map;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A name and a port, as they stand in `bootstrap.servers` and in `advertised.listeners`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// A host's name.
    pub host: Arc<str>,
    /// Its port.
    pub port: u16,
}

/// The addresses of brokers as a client was told them.
pub type Addresses = Map<crate::BrokerId, Address>;

/// Where a client runs, and whom it asks first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Whence {
    /// `bootstrap.servers`.
    pub servers: Vec<Address>,
    /// The container network that it runs in; none: the host.
    pub network: Option<Arc<str>>,
}

/// What a client's settings have of it. Worlds without it hash as if there were no such setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootstrap(pub Option<Arc<Whence>>);

impl Hash for Bootstrap {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(whence) = &self.0 {
            whence.hash(state);
        }
    }
}

impl Bootstrap {
    /// Where the client runs and begins, if that was said.
    pub fn whence(&self) -> Option<&Arc<Whence>> {
        self.0.as_ref()
    }

    /// `bootstrap.servers` as it is written.
    pub fn shown(&self) -> String {
        let servers = self.0.iter().flat_map(|whence| &whence.servers);
        servers.map(Address::to_string).collect::<Vec<_>>().join(",")
    }

    /// The network as it is written; nothing for the host.
    pub fn network(&self) -> &str {
        self.0.as_ref().and_then(|whence| whence.network.as_deref()).unwrap_or_default()
    }

    /// Sets `bootstrap.servers`: false if it cannot be read.
    pub fn set_servers(&mut self, text: &str) -> bool {
        let Some(servers) = text.split(',').map(Address::parse).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.change(|whence| whence.servers = servers);
        true
    }

    /// Sets the network; [`HOST`] is none.
    pub fn set_network(&mut self, name: &str) {
        let network = (name != HOST).then(|| name.into());
        self.change(|whence| whence.network = network);
    }

    fn change(&mut self, change: impl FnOnce(&mut Whence)) {
        let mut whence = self.0.as_deref().cloned().unwrap_or_default();
        change(&mut whence);
        self.0 = (whence != Whence::default()).then(|| Arc::new(whence));
    }
}

/// The name of the machine itself, where a network is asked for.
pub const HOST: &str = "host";

impl Address {
    /// `HOST:PORT`, a listener's name before it or not (`Utils.getHost`, `Utils.getPort`).
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, port) = text.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
        let fits = !bare.is_empty() && bare.chars().all(is_name) && port.chars().all(|c| c.is_ascii_digit());
        Some(Address { host: bare.into(), port: port.parse().ok().filter(|_| fits)? })
    }

    /// Whether it means the machine on which it is read.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether a host's name means the machine on which it is read.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "::1" || host == "0.0.0.0" || host.starts_with("127.")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StableHasher;

    #[test]
    fn an_address_is_read_as_kafka_reads_it() {
        for (text, shown) in [
            ("kafka:9092", Some("kafka:9092")),
            (" PLAINTEXT://kafka-1.example:19092", Some("kafka-1.example:19092")),
            ("[::1]:9092", Some("[::1]:9092")),
            ("kafka", None),
            ("kafka:", None),
            (":9092", None),
            ("kafka:70000", None),
            ("ka fka:9092", None),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn who_names_no_server_hashes_as_before() {
        let hash = |bootstrap: &Bootstrap| {
            let mut hasher = StableHasher::default();
            (7, bootstrap).hash(&mut hasher);
            hasher.finish()
        };
        let mut bare = StableHasher::default();
        7.hash(&mut bare);
        assert_eq!(hash(&Bootstrap::default()), bare.finish());
        let mut given = Bootstrap::default();
        assert!(given.set_servers("kafka:9092,localhost:29092") && !given.set_servers("kafka"));
        given.set_network("docker");
        assert_eq!((given.shown().as_str(), given.network()), ("kafka:9092,localhost:29092", "docker"));
        assert_ne!(hash(&given), bare.finish());
        given.set_network(HOST);
        assert_eq!(given.network(), "");
    }
}
