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
    /// `busy(BROKER, PART)`: how busy a part of a broker was in the last five whole seconds, in percent.
    Busy(Part),
}

impl OfLoad {
    pub(super) fn name(self) -> &'static str {
        match self {
            OfLoad::Requests => "requests",
            OfLoad::Throttled => "throttled",
            OfLoad::Busy(_) => "busy",
        }
    }

    pub(super) fn argument(self) -> Option<String> {
        match self {
            OfLoad::Busy(part) => Some(part.name().to_owned()),
            OfLoad::Requests | OfLoad::Throttled => None,
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
                    Some((_, producer)) => Ok(number(producer.client.totals().requests)),
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
            OfLoad::Busy(part) => {
                let id = |broker: &millrace_broker::Broker| format!("broker-{}", broker.id());
                match world.brokers().find(|broker| id(broker) == name) {
                    Some(broker) => match world.busy(broker.id(), part) {
                        Some(percent) => Ok(number(percent)),
                        None => Err("the machines are not modelled: begin with `machines`".to_owned()),
                    },
                    None => {
                        let known: Vec<String> = world.brokers().map(id).collect();
                        Err(missing("broker", name, known.iter().map(String::as_str)))
                    }
                }
            }
        }
    }
}
