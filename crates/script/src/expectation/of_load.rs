//! What clients ask of the brokers, how long they are told to wait, and how busy the modelled machines are.

use super::Value;
use super::eval::{missing, number};
use millrace_sim::node::Kind;
use millrace_sim::{Part, World};

/// A quantity of a client or a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfLoad {
    /// `requests(PRODUCER)`: Produce requests that it has sent.
    Requests,
    /// `throttled(CLIENT)`: how long it was told to wait for its quota, in all.
    Throttled,
    /// `busy(BROKER, PART)`, `busy(CLIENT, PART)`: how busy a part of a broker's or a client's machine was in the last five whole
    /// seconds, in percent.
    Busy(Part),
    /// `capacity(BROKER)`: records a second that a broker would take if it went on like this until its busiest part never rested:
    /// what was appended to the partitions that it leads in the last five whole seconds, by how busy that part was.
    Capacity,
}

const NOT_MODELLED: &str = "the machines are not modelled: begin with `machines`";

impl OfLoad {
    pub(super) fn name(self) -> &'static str {
        match self {
            OfLoad::Requests => "requests",
            OfLoad::Throttled => "throttled",
            OfLoad::Busy(_) => "busy",
            OfLoad::Capacity => "capacity",
        }
    }

    pub(super) fn argument(self) -> Option<String> {
        match self {
            OfLoad::Busy(part) => Some(part.name().to_owned()),
            OfLoad::Requests | OfLoad::Throttled | OfLoad::Capacity => None,
        }
    }

    pub(super) fn value(self, world: &World, name: &str) -> Result<Value, String> {
        match self {
            OfLoad::Requests => {
                let producers = || {
                    world.nodes().filter_map(|(_, node)| match &node.kind {
                        Kind::Producer(producer) => Some((&*node.name, producer)),
                        _ => None,
                    })
                };
                match producers().find(|(known, _)| *known == name) {
                    Some((_, producer)) => Ok(number(producer.totals().requests)),
                    None => Err(missing("producer", name, producers().map(|(name, _)| name))),
                }
            }
            OfLoad::Throttled => {
                let known: Vec<_> = world.nodes().filter_map(|(id, _)| world.client_id(id)).collect();
                match known.iter().any(|client| **client == *name) {
                    true => Ok(Value::Span(world.throttled(name))),
                    false => Err(missing("client", name, known.iter().map(|name| &**name))),
                }
            }
            OfLoad::Capacity => {
                let id = |broker: &millrace_broker::Broker| format!("broker-{}", broker.id());
                let Some(broker) = world.brokers().find(|broker| id(broker) == name) else {
                    let known: Vec<_> = world.brokers().map(id).collect();
                    return Err(missing("broker", name, known.iter().map(String::as_str)));
                };
                if world.machines().is_none() {
                    return Err(NOT_MODELLED.to_owned());
                }
                Ok(world.capacity(broker.id()).map_or(Value::None, number))
            }
            OfLoad::Busy(part) => {
                let id = |broker: &millrace_broker::Broker| format!("broker-{}", broker.id());
                let client = world.nodes().find(|(id, node)| {
                    *node.name == *name || world.client_id(*id).is_some_and(|client| *client == *name)
                });
                let busy = match (world.brokers().find(|broker| id(broker) == name), client) {
                    (Some(broker), _) => world.busy(broker.id(), part),
                    (None, Some((id, _))) => world.busy_client(id, part),
                    (None, None) => {
                        let known = world.brokers().map(id);
                        let known: Vec<_> =
                            known.chain(world.nodes().map(|(_, node)| node.name.to_string())).collect();
                        return Err(missing("broker or client", name, known.iter().map(String::as_str)));
                    }
                };
                busy.map(number).ok_or_else(|| NOT_MODELLED.to_owned())
            }
        }
    }
}
