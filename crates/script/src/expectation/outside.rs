//! What can be looked at in what is not Kafka's: services that call each other, queues beside the log.

use super::Value;
use super::eval::{missing, number};
use millrace_model::Span;
use millrace_sim::{WorkQueue, World};

/// What.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfOutside {
    /// `answered(SERVICE)`: calls from outside that got an answer.
    Answered,
    /// `denied(SERVICE)`: calls from outside that got an error, or nothing in time.
    Denied,
    /// `exhausted(SERVICE)`: when a call first found all of its threads busy, or none.
    Exhausted,
    /// `ready(QUEUE)`: messages that wait for a worker.
    Ready,
    /// `unacked(QUEUE)`: messages delivered and not acknowledged.
    Unacked,
    /// `acked(QUEUE)`: messages acknowledged, and gone.
    Acked,
    /// `redelivered(QUEUE)`: deliveries of messages that had been delivered before.
    Redelivered,
    /// `worked(QUEUE)`: times that a worker has done what a message asks for.
    Worked,
    /// `again(QUEUE)`: of these, the ones for a message that had been done before.
    Again,
    /// `overtook(QUEUE)`: of these, the ones for a message after one for a later message.
    Overtook,
}

impl OfOutside {
    /// All of them by name, with their forms.
    pub const ALL: [(&'static str, OfOutside); 10] = [
        ("answered", OfOutside::Answered),
        ("denied", OfOutside::Denied),
        ("exhausted", OfOutside::Exhausted),
        ("ready", OfOutside::Ready),
        ("unacked", OfOutside::Unacked),
        ("acked", OfOutside::Acked),
        ("redelivered", OfOutside::Redelivered),
        ("worked", OfOutside::Worked),
        ("again", OfOutside::Again),
        ("overtook", OfOutside::Overtook),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        OfOutside::ALL.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }

    pub(super) fn value(self, world: &World, name: &str) -> Result<Value, String> {
        let of_queue = |read: fn(&WorkQueue) -> u64| match world.work_queue(name) {
            Some(queue) => Ok(number(read(queue))),
            None => Err(missing("queue", name, world.work_queues().map(|(name, _)| &**name))),
        };
        let is_there = || match world.service(name) {
            Some(_) => Ok(()),
            None => Err(missing("service", name, world.services().map(|(name, _)| name))),
        };
        let load = || world.traffic().and_then(|traffic| traffic.load(name));
        match self {
            OfOutside::Answered => is_there().map(|()| number(load().map_or(0, |load| load.answered))),
            OfOutside::Denied => is_there().map(|()| number(load().map_or(0, |load| load.denied))),
            OfOutside::Exhausted => {
                is_there()?;
                let at = world.traffic().and_then(|traffic| traffic.exhausted(name));
                Ok(at.map_or(Value::None, |at| Value::Time(at.timestamp())))
            }
            OfOutside::Ready => of_queue(|queue| queue.ready().count() as u64),
            OfOutside::Unacked => of_queue(|queue| queue.unacknowledged().count() as u64),
            OfOutside::Acked => of_queue(|queue| queue.acknowledged),
            OfOutside::Redelivered => of_queue(|queue| queue.redelivered),
            OfOutside::Worked => of_queue(|queue| queue.worked),
            OfOutside::Again => of_queue(|queue| queue.repeated),
            OfOutside::Overtook => of_queue(|queue| queue.overtaken),
        }
    }
}

/// How long so many percent of the calls from outside have waited at most, if `name` is a service and no application.
pub(super) fn latency(world: &World, name: &str, percent: u32) -> Option<Option<Span>> {
    if world.apps().contains_key(name) || world.service(name).is_none() {
        return None;
    }
    Some(world.traffic().and_then(|traffic| traffic.latency(name, percent, world.now())))
}
