//! A client's process: which machine runs in it, and whether it runs at all.

pub mod per_record;
pub mod producer;
pub mod streams;

use crate::trace::{Fact, Lifecycle, Timer};
use crate::world::Flight;
use millrace_client::listener::{Instance, InstanceEvent, InstanceInput, Port};
use millrace_client::{Outgoing, Reply};
use millrace_model::{Dice, GroupId, Origin, Time};
use producer::ProducerNode;
use std::sync::Arc;
use streams::StreamsNode;

/// A process with its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Its name, as the learner writes it: `checkout`, `c1`, `analytics`.
    pub name: Arc<str>,
    /// What runs in it.
    pub kind: Kind,
    lifecycle: Lifecycle,
    held: Vec<Flight>,
}

/// What runs in a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The administrator's tools.
    Admin,
    /// A producer, by hand or with a workload.
    Producer(Box<ProducerNode>),
    /// One instance of an application.
    Instance {
        /// Its group.
        group: GroupId,
        /// The machine.
        instance: Box<Instance>,
    },
    /// A streams application.
    Streams(Box<StreamsNode>),
}

/// Whether a process takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// It does.
    Running,
    /// It stands still; what arrives waits.
    Frozen,
    /// It has ended; what arrives is lost.
    Gone,
}

/// What a process is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeInput {
    /// A broker's answer.
    Reply {
        /// The connection.
        port: Port,
        /// The answer.
        reply: Reply,
    },
    /// A timer has run out.
    Timer(Timer),
    /// Something for its producer.
    Producer(producer::ProducerCommand),
    /// Something for its instance.
    Instance(Box<InstanceInput>),
    /// Something for its streams application.
    Streams(streams::StreamsInput),
}

/// Requests that leave a process, each with its connection.
pub type Requests = Vec<(Port, Outgoing)>;

impl Node {
    /// The administrator's tools: always there, number 0.
    pub fn admin() -> Node {
        Node::new("admin".into(), Kind::Admin)
    }

    /// A process that is about to start.
    pub fn new(name: Arc<str>, kind: Kind) -> Node {
        Node { name, kind, lifecycle: Lifecycle::Started, held: Vec::new() }
    }

    /// Where it is in its life.
    pub fn lifecycle(&self) -> Lifecycle {
        self.lifecycle
    }

    /// Whether it takes part.
    pub fn activity(&self) -> Activity {
        match self.lifecycle {
            Lifecycle::Started | Lifecycle::Closing | Lifecycle::Thawed => Activity::Running,
            Lifecycle::Frozen => Activity::Frozen,
            Lifecycle::Stopped | Lifecycle::Crashed => Activity::Gone,
        }
    }

    /// Its application's group, if it is an instance.
    pub fn group(&self) -> Option<&GroupId> {
        match &self.kind {
            Kind::Instance { group, .. } => Some(group),
            Kind::Admin | Kind::Producer(_) | Kind::Streams(_) => None,
        }
    }

    pub(crate) fn set_lifecycle(&mut self, lifecycle: Lifecycle) {
        self.lifecycle = lifecycle;
    }

    /// Keeps a message until the process goes on.
    pub(crate) fn hold(&mut self, flight: Flight) {
        self.held.push(flight);
    }

    /// The messages that waited.
    pub(crate) fn take_held(&mut self) -> Vec<Flight> {
        std::mem::take(&mut self.held)
    }

    /// True once a closing machine has nothing more to say.
    pub(crate) fn has_finished(&self) -> bool {
        self.lifecycle == Lifecycle::Closing
            && match &self.kind {
                Kind::Admin => false,
                Kind::Producer(producer) => producer.is_closed(),
                Kind::Instance { instance, .. } => instance.is_closed(),
                Kind::Streams(streams) => streams.is_closed(),
            }
    }

    pub(crate) fn next_timer(&self) -> Option<(Time, Timer)> {
        match &self.kind {
            Kind::Admin => None,
            Kind::Producer(producer) => producer.next_timer(),
            Kind::Instance { instance, .. } => {
                instance.next_timer().map(|(due, timer)| (due, Timer::Instance(timer)))
            }
            Kind::Streams(streams) => streams.next_timer().map(|(due, timer)| (due, Timer::Streams(timer))),
        }
    }

    /// Decides and applies; every event goes to `record`, every request comes back. Records that begin their life here
    /// carry `origin`.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        input: NodeInput,
        origin: Origin,
        dice: &dyn Dice,
        mut record: impl FnMut(Fact),
    ) -> Requests {
        match &mut self.kind {
            Kind::Admin => Vec::new(),
            Kind::Producer(producer) => producer.handle(now, input, origin, dice, &mut record),
            Kind::Instance { instance, .. } => handle_instance(instance, now, input, dice, &mut record),
            Kind::Streams(streams) => streams.handle(now, input, dice, &mut record),
        }
    }
}

/// What an input is for an instance; nothing if it is for another kind of client.
pub(crate) fn instance_input(input: NodeInput) -> Option<InstanceInput> {
    Some(match input {
        NodeInput::Reply { port, reply } => InstanceInput::Reply { port, reply },
        NodeInput::Timer(Timer::Instance(timer)) => InstanceInput::Timer(timer),
        NodeInput::Instance(input) => *input,
        NodeInput::Timer(_) | NodeInput::Producer(_) | NodeInput::Streams(_) => return None,
    })
}

fn handle_instance(
    instance: &mut Instance,
    now: Time,
    input: NodeInput,
    dice: &dyn Dice,
    record: &mut impl FnMut(Fact),
) -> Requests {
    let Some(input) = instance_input(input) else { return Vec::new() };
    let outcome = instance.decide(now, &input, dice);
    for event in outcome.events {
        let event: InstanceEvent = event;
        instance.apply(&event);
        record(Fact::Instance(event));
    }
    outcome.requests.into_iter().map(|request| (request.port, request.outgoing)).collect()
}
