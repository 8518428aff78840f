//! A queue that forgets: a message goes to one worker, and is gone when that one has acknowledged it. Not Kafka's: a model of
//! what message brokers have in common, to be put beside a log.
//!
//! Two kinds. By default as AMQP has it: the broker pushes up to `prefetch` messages to each worker, sees a connection break,
//! and takes back what was not acknowledged, to the place where it stood. With a visibility timeout as SQS has it: nobody sees
//! a worker die, a message that is not acknowledged in time is handed out again, whoever still works on it.
//!
//! Not here: exchanges, routing, durable storage, groups of messages, a limit of deliveries with a dead-letter queue.

use crate::command::Name;
use millrace_model::{Map, Span, Time};
use std::collections::VecDeque;

/// What is done to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueCommand {
    /// Which.
    pub name: Name,
    /// What.
    pub action: QueueAction,
}

/// What can be done to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum QueueAction {
    /// It is there from now on.
    Start(QueueConfig),
    /// So many messages are sent to it at once.
    Send(u32),
    /// So many a second are sent to it by themselves; 0 stops that.
    Rate(u32),
    /// A worker takes messages from it, each of which takes so long.
    Work(Name, Span),
    /// A worker dies.
    Crash(Name),
}

/// A queue's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueConfig {
    /// `basic.qos`: most messages that a worker has and has not acknowledged.
    pub prefetch: u32,
    /// After so long an unacknowledged message is handed out again; none: when the worker's connection breaks.
    pub visibility_timeout: Option<Span>,
}

/// What happened in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEvent {
    /// In which.
    pub queue: Name,
    /// To which message; the first has the number 1.
    pub message: u64,
    /// What.
    pub deed: QueueDeed,
}

/// What can happen to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueDeed {
    /// It was handed to a worker, for the how manieth time.
    Delivered(Name, u32),
    /// A worker has done what it asks for.
    Worked(Name),
    /// It is gone.
    Acknowledged,
    /// It was not acknowledged, and stands in the queue again.
    Returned,
}

/// A delivery's number.
pub(crate) type Tag = u64;

/// What a queue does at its time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum QueueAct {
    /// The next messages are due.
    Send,
    /// A delivery is with its worker.
    Arrive(Name, Tag),
    /// The worker is done with it.
    Finish(Name, Tag),
    /// A worker's acknowledgement has come in, for that message.
    Acknowledge(Name, Tag, u64),
    /// Its time is over.
    Expire(Tag),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Message {
    deliveries: u32,
    worked: bool,
    /// The delivery that is not acknowledged.
    held: Option<Tag>,
    /// The latest delivery: only that one can be acknowledged.
    latest: Tag,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Held {
    worker: Name,
    /// Which of the worker's lives.
    life: u32,
    message: u64,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    /// How long a message takes it.
    pub work: Span,
    /// How often it has begun to live.
    life: u32,
    /// Deliveries on their way to it, and acknowledgements on their way from it.
    coming: u32,
    /// Whether it lives.
    pub is_alive: bool,
    /// Deliveries that it has and has not begun, with the message of each.
    buffer: VecDeque<(Tag, u64)>,
    /// The one that it works on.
    current: Option<(Tag, u64)>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkQueue {
    /// Its settings.
    pub config: QueueConfig,
    /// Messages a second that are sent to it by themselves.
    pub rate: u32,
    pub(crate) since: Time,
    pub(crate) due: u64,
    messages: Map<u64, Message>,
    /// Deliveries that are not acknowledged.
    held: Map<Tag, Held>,
    workers: Map<Name, Worker>,
    /// The worker that was served last: the next one is the next.
    last: Option<Name>,
    next_tag: Tag,
    /// Messages sent to it so far.
    pub sent: u64,
    /// Messages acknowledged, and gone.
    pub acknowledged: u64,
    /// Deliveries of a message that had been delivered before.
    pub redelivered: u64,
    /// Times that a worker has done what a message asks for.
    pub worked: u64,
    /// Of these, the ones for a message that had been done before.
    pub repeated: u64,
    /// Of these, the ones for a message after one for a later message.
    pub overtaken: u64,
    /// The latest message that was done.
    latest: u64,
    /// Messages refused, because it was full.
    pub refused: u64,
}

/// What follows: when, and what.
pub(crate) type Plans = Vec<(Span, QueueAct)>;

impl WorkQueue {
    pub(crate) fn new(config: QueueConfig) -> WorkQueue {
        WorkQueue {
            config,
            rate: 0,
            since: Time::ZERO,
            due: 0,
            messages: Map::new(),
            held: Map::new(),
            workers: Map::new(),
            last: None,
            next_tag: 0,
            sent: 0,
            acknowledged: 0,
            redelivered: 0,
            worked: 0,
            repeated: 0,
            overtaken: 0,
            latest: 0,
            refused: 0,
        }
    }

    /// Messages that wait for a worker, the first one first.
    pub fn ready(&self) -> impl Iterator<Item = u64> {
        self.messages.iter().filter(|(_, message)| message.held.is_none()).map(|(id, _)| *id)
    }

    /// Messages that were delivered and not acknowledged, each with its worker.
    pub fn unacknowledged(&self) -> impl Iterator<Item = (&Name, u64)> {
        self.held.values().map(|held| (&held.worker, held.message))
    }

    /// How often a message was delivered so far; none if it is gone.
    pub fn deliveries(&self, message: u64) -> Option<u32> {
        self.messages.get(&message).map(|message| message.deliveries)
    }

    /// The workers by name.
    pub fn workers(&self) -> impl Iterator<Item = (&Name, &Worker)> {
        self.workers.iter()
    }

    /// One worker.
    pub fn worker(&self, name: &str) -> Option<&Worker> {
        self.workers.get(name)
    }

    /// Messages come in; beyond the limit they are refused.
    pub(crate) fn send(&mut self, count: u64, most: usize) {
        for _ in 0..count {
            if self.messages.len() >= most {
                self.refused += 1;
                continue;
            }
            self.sent += 1;
            self.messages.insert(self.sent, Message { deliveries: 0, worked: false, held: None, latest: 0 });
        }
    }

    /// How many messages are due by now, and when the next one is.
    pub(crate) fn send_due(&mut self, now: Time) -> (u64, Option<Time>) {
        let rate = u64::from(self.rate);
        let since = self.since;
        let at =
            |n: u64| (rate > 0).then(|| since + Span(n / rate * 1_000_000 + n % rate * 1_000_000 / rate));
        let before = self.due;
        while at(self.due).is_some_and(|at| at <= now) {
            self.due += 1;
        }
        (self.due - before, at(self.due))
    }

    /// A worker begins, or goes on with another pace.
    pub(crate) fn work(&mut self, name: &Name, work: Span) {
        let dead =
            || Worker { work, life: 0, coming: 0, is_alive: false, buffer: VecDeque::new(), current: None };
        let worker = self.workers.entry(name.clone()).or_insert_with(dead);
        worker.work = work;
        worker.life += u32::from(!worker.is_alive);
        worker.is_alive = true;
    }

    /// A worker dies, and all that it knows with it. That its connection is closed the broker sees behind the last
    /// acknowledgement that has left it.
    pub(crate) fn crash(&mut self, name: &str, travel: Span) -> Plans {
        if let Some(worker) = self.workers.get_mut(name) {
            worker.is_alive = false;
            worker.coming = 0;
            worker.buffer.clear();
            worker.current = None;
        }
        if self.config.visibility_timeout.is_some() {
            return Vec::new();
        }
        let lost = self.held.iter().filter(|(_, held)| *held.worker == *name);
        lost.map(|(tag, _)| (travel, QueueAct::Expire(*tag))).collect()
    }

    fn give_back(&mut self, tag: Tag, tell: &mut impl FnMut(u64, QueueDeed)) {
        let Some(Held { message: id, .. }) = self.held.remove(&tag) else { return };
        if let Some(message) = self.messages.get_mut(&id).filter(|message| message.held == Some(tag)) {
            message.held = None;
            tell(id, QueueDeed::Returned);
        }
    }

    /// Hands out what can be handed out, the workers in turn.
    pub(crate) fn deliver(&mut self, travel: Span, tell: &mut impl FnMut(u64, QueueDeed)) -> Plans {
        let mut plans = Vec::new();
        loop {
            let Some(id) = self.ready().next() else { return plans };
            let Some(name) = self.next_worker() else { return plans };
            self.next_tag += 1;
            let tag = self.next_tag;
            let Some(message) = self.messages.get_mut(&id) else { return plans };
            (message.held, message.latest) = (Some(tag), tag);
            message.deliveries += 1;
            self.redelivered += u64::from(message.deliveries > 1);
            tell(id, QueueDeed::Delivered(name.clone(), message.deliveries));
            let worker = self.workers.get_mut(&name);
            let life = worker.map_or(0, |worker| {
                worker.coming += 1;
                worker.life
            });
            self.held.insert(tag, Held { worker: name.clone(), life, message: id });
            self.last = Some(name.clone());
            plans.push((travel, QueueAct::Arrive(name, tag)));
            plans.extend(self.config.visibility_timeout.map(|timeout| (timeout, QueueAct::Expire(tag))));
        }
    }

    /// The next one behind the one served last that may have another message. With a visibility timeout a worker asks
    /// for messages itself, and only for as many as it has room for.
    fn next_worker(&self) -> Option<Name> {
        let has_room = |name: &&Name| {
            let Some(worker) = self.workers.get(*name).filter(|worker| worker.is_alive) else { return false };
            let count = match self.config.visibility_timeout {
                None => self.held.values().filter(|held| held.worker == **name).count(),
                Some(_) => {
                    worker.buffer.len() + usize::from(worker.current.is_some()) + worker.coming as usize
                }
            };
            count < self.config.prefetch as usize
        };
        let behind = self.workers.keys().filter(|name| self.last.as_ref().is_none_or(|last| *name > last));
        behind.chain(self.workers.keys()).find(has_room).cloned()
    }

    /// What an act leads to; the caller delivers afterwards.
    pub(crate) fn act(
        &mut self,
        act: &QueueAct,
        travel: Span,
        tell: &mut impl FnMut(u64, QueueDeed),
    ) -> Plans {
        match act {
            QueueAct::Send => Vec::new(),
            QueueAct::Arrive(name, tag) => {
                let Some(held) = self.held.get(tag) else { return Vec::new() };
                let worker = self.workers.get_mut(name);
                let is_it = |worker: &&mut Worker| worker.is_alive && worker.life == held.life;
                let Some(worker) = worker.filter(is_it) else { return Vec::new() };
                worker.coming = worker.coming.saturating_sub(1);
                worker.buffer.push_back((*tag, held.message));
                begin(worker, name)
            }
            QueueAct::Finish(name, tag) => {
                let worker = self.workers.get_mut(name);
                let is_it = |worker: &&mut Worker| worker.current.is_some_and(|(current, _)| current == *tag);
                let Some(worker) = worker.filter(is_it) else { return Vec::new() };
                let Some((_, id)) = worker.current.take() else { return Vec::new() };
                worker.coming += 1;
                let mut plans = begin(worker, name);
                self.worked += 1;
                tell(id, QueueDeed::Worked(name.clone()));
                match self.messages.get_mut(&id) {
                    Some(message) if !message.worked => message.worked = true,
                    _ => self.repeated += 1,
                }
                self.overtaken += u64::from(id < self.latest);
                self.latest = self.latest.max(id);
                plans.push((travel, QueueAct::Acknowledge(name.clone(), *tag, id)));
                plans
            }
            QueueAct::Acknowledge(name, tag, id) => {
                self.held.remove(tag);
                if let Some(worker) = self.workers.get_mut(name) {
                    worker.coming = worker.coming.saturating_sub(1);
                }
                // A message that was handed out again since stays.
                if self.messages.get(id).is_some_and(|message| message.latest == *tag) {
                    self.messages.remove(id);
                    self.acknowledged += 1;
                    tell(*id, QueueDeed::Acknowledged);
                }
                Vec::new()
            }
            QueueAct::Expire(tag) => {
                self.give_back(*tag, tell);
                Vec::new()
            }
        }
    }
}

fn begin(worker: &mut Worker, name: &Name) -> Plans {
    if worker.current.is_some() {
        return Vec::new();
    }
    worker.current = worker.buffer.pop_front();
    let work = worker.work;
    worker.current.map(|(tag, _)| (work, QueueAct::Finish(name.clone(), tag))).into_iter().collect()
}
