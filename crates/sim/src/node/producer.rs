//! A producer's process: the client, and the workload that feeds it.

use super::per_record::{Made, PerRecord};
use super::{NodeInput, Requests};
use crate::trace::{Fact, Timer};
use crate::workload::{Maker, Workload};
use millrace_client::listener::Port;
use millrace_client::producer::{
    Lifecycle, Producer, ProducerInput, ProducerRecord, Totals, TransactionCall,
};
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
    per_record: Made,
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
        ProducerNode {
            topic,
            client,
            workload: None,
            stream,
            made: 0,
            is_closing: false,
            per_record: Made::default(),
        }
    }

    /// The producers that it has made for single records, if it does so.
    pub fn per_record(&self) -> Option<&PerRecord> {
        self.per_record.0.as_deref()
    }

    /// What it has done, those that it has made for single records included.
    pub fn totals(&self) -> Totals {
        self.per_record().map_or(Totals::default(), PerRecord::totals).plus(self.client.totals())
    }

    /// Records that are neither acknowledged nor failed.
    pub fn incomplete_records(&self) -> usize {
        let of_others = self.per_record().into_iter().flat_map(PerRecord::clients);
        self.client.incomplete_records() + of_others.map(Producer::incomplete_records).sum::<usize>()
    }

    pub(super) fn is_closed(&self) -> bool {
        let is_settled = match self.client.transactional_id() {
            Some(_) => self.client.lifecycle() == Lifecycle::Closed,
            None => self.incomplete_records() == 0,
        };
        self.is_closing && is_settled
    }

    pub(super) fn next_timer(&self) -> Option<(Time, Timer)> {
        let workload = self.workload.as_ref().map(|running| (running.next_tick, Timer::Workload));
        let client = self.client.next_timer().map(|(due, timer)| (due, Timer::Producer(timer)));
        match &self.per_record.0 {
            None => sooner(client, workload),
            Some(made) => {
                let may_call = |running: &Running| !running.workload.is_per_record || made.has_room();
                let workload = workload.filter(|_| self.workload.as_ref().is_some_and(may_call));
                sooner(sooner(made.next_timer(), client), workload)
            }
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
            NodeInput::Reply { port, reply } if port.0 > 0 => {
                let Some(made) = &mut self.per_record.0 else { return Vec::new() };
                return made.decide(port, ProducerInput::Reply(reply), (now, dice), record);
            }
            NodeInput::Timer(Timer::PerRecord(port, timer)) => {
                let Some(made) = &mut self.per_record.0 else { return Vec::new() };
                return made.decide(port, ProducerInput::Timer(timer), (now, dice), record);
            }
            NodeInput::Timer(Timer::Workload) if self.is_per_record() => {
                return self.make_producers(now, origin, dice, record);
            }
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
        while running.due() <= now {
            records.push(running.make(dice, (&self.stream, self.made), now, (&self.topic, origin)));
            self.made += 1;
        }
        running.next_tick = running.due().max(now + TICK);
        records
    }

    fn is_per_record(&self) -> bool {
        self.workload.as_ref().is_some_and(|running| running.workload.is_per_record)
    }

    /// The same with a producer for each of them, as long as there is room; each record is as old as its call.
    fn make_producers(
        &mut self,
        now: Time,
        origin: Origin,
        dice: &dyn Dice,
        record: &mut impl FnMut(Fact),
    ) -> Requests {
        let Some(running) = &mut self.workload else { return Vec::new() };
        let made = self.per_record.0.get_or_insert_default();
        let mut requests = Vec::new();
        while running.due() <= now && made.has_room() {
            let call = running.due();
            let one = running.make(dice, (&self.stream, self.made), call, (&self.topic, origin));
            self.made += 1;
            requests.extend(made.call(&self.client, one, (now, dice), record));
        }
        running.next_tick = running.due().max(now + TICK);
        requests
    }
}

impl Running {
    /// When the next record is due.
    fn due(&self) -> Time {
        self.workload.due(self.since, self.sent)
    }

    fn make(
        &mut self,
        dice: &dyn Dice,
        (stream, number): (&str, u64),
        at: Time,
        (own, origin): (&TopicName, Origin),
    ) -> ProducerRecord {
        let made = self.maker.record(dice, stream, number, at);
        self.sent += 1;
        ProducerRecord {
            topic: self.workload.topic.clone().unwrap_or_else(|| own.clone()),
            partition: None,
            timestamp: Some(made.timestamp),
            key: made.key,
            value: made.value,
            headers: made.headers,
            origin,
        }
    }
}

/// The sooner of two; the first, if both are due at once.
fn sooner(a: Option<(Time, Timer)>, b: Option<(Time, Timer)>) -> Option<(Time, Timer)> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}
