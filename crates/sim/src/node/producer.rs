//! A producer's process: the client, and the workload that feeds it.

use super::{NodeInput, Requests};
use crate::trace::{Fact, Timer};
use crate::workload::{Maker, Workload};
use millrace_client::listener::Port;
use millrace_client::producer::{Lifecycle, Producer, ProducerInput, ProducerRecord, TransactionCall};
use millrace_model::{BrokerId, Dice, Origin, Span, Time, TopicName};
use std::sync::Arc;

/// The shortest time between two wakeups of a workload: above 1,000 records a second several leave in one step.
const TICK: Span = Span::from_millis(1);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerNode {
    /// The topic that it writes to unless told otherwise.
    pub topic: TopicName,
    /// The client.
    pub client: Producer,
    /// What it sends by itself.
    pub workload: Option<Running>,
    stream: Arc<str>,
    made: u64,
    is_closing: bool,
}

/// A workload on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Running {
    /// What is sent.
    pub workload: Workload,
    /// Since when.
    pub since: Time,
    /// How many records it has sent.
    pub sent: u64,
    maker: Maker,
    next_tick: Time,
}

/// What the learner does to a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerCommand {
    /// Sends these.
    Send(Vec<ProducerRecord>),
    /// Sends by itself from now on, or stops doing so.
    SetWorkload(Option<Workload>),
    /// Closes.
    Close,
    /// Calls a transactional method.
    Transaction(TransactionCall),
    /// An answer has said that a quota is violated.
    Throttled {
        /// The broker.
        broker: BrokerId,
        /// Until when nothing may leave for it.
        until: Time,
    },
}

impl ProducerNode {
    /// A producer; `name` keys its dice.
    pub fn new(name: &str, topic: TopicName, client: Producer) -> ProducerNode {
        let stream = format!("workload/{name}").into();
        ProducerNode { topic, client, workload: None, stream, made: 0, is_closing: false }
    }

    pub(super) fn is_closed(&self) -> bool {
        let is_settled = match self.client.transactional_id() {
            Some(_) => self.client.lifecycle() == Lifecycle::Closed,
            None => self.client.incomplete_records() == 0,
        };
        self.is_closing && is_settled
    }

    pub(super) fn next_timer(&self) -> Option<(Time, Timer)> {
        let workload = self.workload.as_ref().map(|running| (running.next_tick, Timer::Workload));
        let client = self.client.next_timer().map(|(due, timer)| (due, Timer::Producer(timer)));
        match (workload, client) {
            (Some(w), Some(c)) => Some(if w.0 < c.0 { w } else { c }),
            (w, c) => w.or(c),
        }
    }

    pub(super) fn handle(
        &mut self,
        now: Time,
        input: NodeInput,
        origin: Origin,
        dice: &dyn Dice,
        record: &mut impl FnMut(Fact),
    ) -> Requests {
        let input = match input {
            NodeInput::Reply { reply, .. } => ProducerInput::Reply(reply),
            NodeInput::Timer(Timer::Producer(timer)) => ProducerInput::Timer(timer),
            NodeInput::Timer(Timer::Workload) => {
                ProducerInput::Send { records: self.make_records(now, origin, dice) }
            }
            NodeInput::Producer(ProducerCommand::Send(mut records)) => {
                records.iter_mut().for_each(|record| record.origin = origin);
                ProducerInput::Send { records }
            }
            NodeInput::Producer(ProducerCommand::SetWorkload(workload)) => {
                self.workload = workload.map(|workload| {
                    let maker = Maker::new(&workload);
                    Running { workload, since: now, sent: 0, maker, next_tick: now }
                });
                return Vec::new();
            }
            NodeInput::Producer(ProducerCommand::Close) => {
                self.workload = None;
                self.is_closing = true;
                ProducerInput::Close
            }
            NodeInput::Producer(ProducerCommand::Transaction(call)) => ProducerInput::Transaction(call),
            NodeInput::Producer(ProducerCommand::Throttled { broker, until }) => {
                ProducerInput::Throttled { broker, until }
            }
            NodeInput::Timer(_) | NodeInput::Instance(_) | NodeInput::Streams(_) => return Vec::new(),
        };
        let outcome = self.client.decide(now, &input, dice);
        for event in outcome.events {
            self.client.apply(&event);
            record(Fact::Producer(event));
        }
        outcome.requests.into_iter().map(|outgoing| (Port(0), outgoing)).collect()
    }

    /// The records of the workload that are due by now, and the time of the next ones.
    fn make_records(&mut self, now: Time, origin: Origin, dice: &dyn Dice) -> Vec<ProducerRecord> {
        let Some(running) = &mut self.workload else { return Vec::new() };
        let mut records = Vec::new();
        while running.workload.due(running.since, running.sent) <= now {
            let made = running.maker.record(dice, &self.stream, self.made, now);
            let topic = running.workload.topic.clone().unwrap_or_else(|| self.topic.clone());
            records.push(ProducerRecord {
                topic,
                partition: None,
                timestamp: Some(made.timestamp),
                key: made.key,
                value: made.value,
                headers: made.headers,
                origin,
            });
            running.sent += 1;
            self.made += 1;
        }
        running.next_tick = running.workload.due(running.since, running.sent).max(now + TICK);
        records
    }
}
