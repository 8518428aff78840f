//! What becomes of a client's attempts to reach the addresses that it is given (`NetworkClient`), and the line that sets a
//! broker's listeners. Only clients that were told `bootstrap.servers` have any of this.

use millrace_model::config::bootstrap::{Address, Addresses};
use millrace_model::{BrokerId, Profile};
use std::fmt;
use std::sync::Arc;

/// `broker listeners`: with what a broker's process is started, and where. What is left out stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetListeners {
    /// Which broker.
    pub id: BrokerId,
    /// The container network that it is in; `host` is the machine itself.
    pub network: Option<Arc<str>>,
    /// Its name in that network.
    pub hostname: Option<Arc<str>>,
    /// Ports of the host, each with the container's port that it leads to.
    pub publish: Option<Vec<(u16, u16)>>,
    /// `listeners`.
    pub listeners: Option<Arc<str>>,
    /// `advertised.listeners`; empty: none.
    pub advertised: Option<Arc<str>>,
    /// `listener.security.protocol.map`; empty: none.
    pub protocol_map: Option<Arc<str>>,
    /// `inter.broker.listener.name`; empty: none.
    pub inter_broker: Option<Arc<str>>,
}

impl SetListeners {
    /// A line that changes nothing yet.
    pub fn of(id: BrokerId) -> SetListeners {
        SetListeners {
            id,
            network: None,
            hostname: None,
            publish: None,
            listeners: None,
            advertised: None,
            protocol_map: None,
            inter_broker: None,
        }
    }
}

/// Why an address cannot be reached from where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreachable {
    /// The name means nothing there (`UnknownHostException`).
    UnknownHost,
    /// Nobody listens at that port of that machine.
    Refused,
    /// Somebody does, but speaks TLS or SASL.
    NotPlaintext,
}

/// What happened to a client's connections. A node is a broker by its number, or the n-th of `bootstrap.servers` as -n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionEvent {
    /// An answer has named the brokers' addresses, other ones than before.
    Told {
        /// The listener that was asked: the addresses are those of its name.
        listener: Arc<str>,
        /// Each broker's.
        addresses: Addresses,
    },
    /// There is a connection.
    Established {
        /// The node.
        node: BrokerId,
        /// Its address.
        address: Address,
        /// The broker that was reached.
        broker: BrokerId,
        /// Its listener.
        listener: Arc<str>,
    },
    /// There is none.
    Failed {
        /// The node.
        node: BrokerId,
        /// Its address.
        address: Address,
        /// What its name means there.
        ip: Arc<str>,
        /// Why not.
        why: Unreachable,
    },
    /// There is none any more: the broker was started with other listeners.
    Broken {
        /// The node.
        node: BrokerId,
    },
    /// None of the known brokers can be tried now: the client begins anew (KIP-899).
    Rebootstrapped {
        /// `bootstrap.servers`.
        servers: Vec<Address>,
    },
}

/// `Node.toString`.
fn shown(address: &Address, id: i32, profile: Profile) -> String {
    let fenced = if profile == Profile::V39 { "" } else { " isFenced: false" };
    format!("{address} (id: {id} rack: null{fenced})")
}

impl ConnectionEvent {
    /// The line of the client's log; none where Kafka's logs nothing above DEBUG.
    pub fn log(&self, profile: Profile) -> Option<String> {
        Some(match self {
            ConnectionEvent::Told { .. } | ConnectionEvent::Established { .. } => return None,
            ConnectionEvent::Failed { node, address, why: Unreachable::UnknownHost, .. } => format!(
                "Error connecting to node {} java.net.UnknownHostException: {}",
                shown(address, node.0, profile),
                address.host
            ),
            ConnectionEvent::Failed { node, address, ip, why: Unreachable::Refused } => format!(
                "Connection to node {} ({}/{ip}:{}) could not be established. Node may not be available.",
                node.0, address.host, address.port
            ),
            ConnectionEvent::Failed { node, address, why: Unreachable::NotPlaintext, .. } if node.0 < 0 => {
                format!("Bootstrap broker {} disconnected", shown(address, node.0, profile))
            }
            ConnectionEvent::Failed { node, why: Unreachable::NotPlaintext, .. }
            | ConnectionEvent::Broken { node } => format!("Node {} disconnected.", node.0),
            ConnectionEvent::Rebootstrapped { servers } => {
                let nodes = (1..).zip(servers).map(|(n, address)| shown(address, -n, profile));
                let nodes = nodes.collect::<Vec<_>>().join(", ");
                format!(
                    "Rebootstrapping with Cluster(id = null, nodes = [{nodes}], partitions = [], controller = null)"
                )
            }
        })
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreachable::UnknownHost => "java.net.UnknownHostException",
            Unreachable::Refused => "java.net.ConnectException: Connection refused",
            Unreachable::NotPlaintext => "java.io.EOFException",
        })
    }
}
