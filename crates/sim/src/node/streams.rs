//! A streams application's process: one consumer, one producer, and the tasks between them.
//!
//! One thread, no processing time: what a poll returns goes through its tasks in the same step. Positions are committed
//! every `commit.interval.ms`, on revocation and on close, after the producer has been flushed (at_least_once).

use super::{NodeInput, Requests};
use crate::trace::{Fact, Timer};
use millrace_client::Reply;
use millrace_client::consumer::{Consumer, ConsumerEvent, ConsumerInput, ConsumerTimer, Polled};
use millrace_client::listener::Port;
use millrace_client::partitioner::partition_for_key;
use millrace_client::producer::{Producer, ProducerEvent, ProducerInput, ProducerRecord, ProducerTimer};
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::StreamsConfig;
use millrace_model::{
    BrokerId, ClientId, Dice, GroupId, Map, Partition, Profile, Span, Time, Timestamp, TopicName,
    TopicPartition,
};
use millrace_streams::{Input, Key, Output, OutputKind, Task, TaskEvent, TaskId, TaskOutcome, Topology};
use std::sync::Arc;

/// The consumer's connection.
const CONSUMER: Port = Port(0);
/// The producer's connection.
const PRODUCER: Port = Port(1);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsNode {
    application_id: GroupId,
    topology: Arc<Topology>,
    config: StreamsConfig,
    consumer: Consumer,
    producer: Producer,
    tasks: Map<TaskId, Task>,
    sinks: Map<TopicName, i32>,
    commit_at: Time,
    is_closing: bool,
}

/// What the learner does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamsInput {
    /// Subscribes and begins to poll.
    Start,
    /// Flushes, commits, leaves the group.
    Close,
}

/// A timer of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamsTimer {
    /// Its consumer's.
    Consumer(ConsumerTimer),
    /// Its producer's.
    Producer(ProducerTimer),
    /// `commit.interval.ms` is over.
    Commit,
    /// A processor's punctuation by wall-clock time is due.
    Punctuate,
}

/// What happens in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamsEvent {
    /// Its consumer's own event.
    Consumer(ConsumerEvent),
    /// Its producer's own event.
    Producer(ProducerEvent),
    /// A task's own event.
    Task {
        /// The task.
        task: TaskId,
        /// What happened.
        event: TaskEvent,
    },
    /// A task began, with its partitions.
    TaskStarted {
        /// The task.
        task: TaskId,
    },
    /// A task went with its partition.
    TaskClosed {
        /// The task.
        task: TaskId,
    },
    /// Results left a task.
    Emitted {
        /// The task.
        task: TaskId,
        /// How many to output topics.
        results: usize,
        /// How many to changelog topics.
        changes: usize,
    },
}

impl StreamsNode {
    /// An application that has not started. Consumer and producer have Kafka Streams' own defaults (`StreamsConfig`);
    /// `sinks` says how many partitions each output topic has.
    pub fn new(
        topology: Topology,
        config: &StreamsConfig,
        sinks: Map<TopicName, i32>,
        profile: Profile,
        bootstrap: Vec<BrokerId>,
        now: Time,
    ) -> StreamsNode {
        let application_id = topology.application_id();
        let consumer = ConsumerConfig {
            auto_offset_reset: AutoOffsetReset::Earliest,
            enable_auto_commit: false,
            max_poll_records: 1_000,
            session_timeout: config.session_timeout,
            ..ConsumerConfig::defaults(profile)
        };
        let producer = ProducerConfig { linger: Span::from_millis(100), ..ProducerConfig::defaults(profile) };
        let client = |role: &str| ClientId::new(format!("{application_id}-StreamThread-1-{role}"));
        let group = GroupId::new(application_id);
        let host: Arc<str> = format!("/{application_id}").into();
        StreamsNode {
            application_id: group.clone(),
            consumer: Consumer::new(client("consumer"), host, group, consumer, bootstrap.clone())
                .started_at(now),
            producer: Producer::new(client("producer"), producer, bootstrap),
            topology: Arc::new(topology),
            config: config.clone(),
            tasks: Map::new(),
            sinks,
            commit_at: Time::ZERO,
            is_closing: false,
        }
    }

    /// `application.id`, also the group's name.
    pub fn application_id(&self) -> &GroupId {
        &self.application_id
    }

    /// What it does.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Its consumer.
    pub fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// Its producer.
    pub fn producer(&self) -> &Producer {
        &self.producer
    }

    /// Its tasks.
    pub fn tasks(&self) -> &Map<TaskId, Task> {
        &self.tasks
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closing && self.consumer.is_closed()
    }

    pub(super) fn next_timer(&self) -> Option<(Time, StreamsTimer)> {
        let consumer = self.consumer.next_timer().map(|(due, timer)| (due, StreamsTimer::Consumer(timer)));
        let producer = self.producer.next_timer().map(|(due, timer)| (due, StreamsTimer::Producer(timer)));
        let commit =
            (!self.tasks.is_empty() && !self.is_closing).then_some((self.commit_at, StreamsTimer::Commit));
        let next = self.tasks.values().filter(|_| !self.is_closing).filter_map(Task::next_punctuation).min();
        let punctuate = next.map(|at| (at.time(), StreamsTimer::Punctuate));
        [producer, consumer, commit, punctuate].into_iter().flatten().min_by_key(|(due, _)| *due)
    }

    pub(super) fn handle(
        &mut self,
        now: Time,
        input: NodeInput,
        dice: &dyn Dice,
        record: &mut impl FnMut(Fact),
    ) -> Requests {
        let mut turn = Turn { now, dice, record, requests: Vec::new() };
        match input {
            NodeInput::Streams(StreamsInput::Start) => self.start(&mut turn),
            NodeInput::Streams(StreamsInput::Close) => self.close(&mut turn),
            NodeInput::Reply { port, reply } => self.answered(port, reply, &mut turn),
            NodeInput::Timer(Timer::Streams(StreamsTimer::Consumer(timer))) => {
                self.consume(ConsumerInput::Timer(timer), &mut turn);
            }
            NodeInput::Timer(Timer::Streams(StreamsTimer::Producer(timer))) => {
                self.produce(ProducerInput::Timer(timer), &mut turn);
            }
            NodeInput::Timer(Timer::Streams(StreamsTimer::Commit)) => self.commit(&mut turn),
            NodeInput::Timer(Timer::Streams(StreamsTimer::Punctuate)) => {
                self.each_task(&mut turn, |task, now| task.decide_wall_clock(now));
            }
            NodeInput::Timer(_) | NodeInput::Producer(_) | NodeInput::Instance(_) => {}
        }
        turn.requests
    }

    fn start<R: FnMut(Fact)>(&mut self, turn: &mut Turn<'_, R>) {
        let topics: Vec<TopicName> =
            self.topology.subtopologies().iter().flat_map(|sub| sub.source_topics.iter().cloned()).collect();
        self.commit_at = turn.now + self.config.commit_interval;
        self.consume(ConsumerInput::Subscribe(topics), turn);
        self.consume(ConsumerInput::Poll, turn);
    }

    fn close<R: FnMut(Fact)>(&mut self, turn: &mut Turn<'_, R>) {
        self.is_closing = true;
        self.each_task(turn, |task, _| task.decide_commit());
        self.produce(ProducerInput::Flush, turn);
        self.consume(ConsumerInput::CommitAsync(None), turn);
        self.consume(ConsumerInput::Close, turn);
    }

    fn commit<R: FnMut(Fact)>(&mut self, turn: &mut Turn<'_, R>) {
        self.commit_at = turn.now + self.config.commit_interval;
        self.each_task(turn, |task, _| task.decide_commit());
        self.produce(ProducerInput::Flush, turn);
        self.consume(ConsumerInput::CommitAsync(None), turn);
    }

    fn answered<R: FnMut(Fact)>(&mut self, port: Port, reply: Reply, turn: &mut Turn<'_, R>) {
        if port == PRODUCER {
            self.produce(ProducerInput::Reply(reply), turn);
        } else {
            self.consume(ConsumerInput::Reply(reply), turn);
        }
    }

    fn produce<R: FnMut(Fact)>(&mut self, input: ProducerInput, turn: &mut Turn<'_, R>) {
        let outcome = self.producer.decide(turn.now, &input, turn.dice);
        for event in outcome.events {
            self.producer.apply(&event);
            turn.tell(StreamsEvent::Producer(event));
        }
        turn.requests.extend(outcome.requests.into_iter().map(|outgoing| (PRODUCER, outgoing)));
    }

    fn consume<R: FnMut(Fact)>(&mut self, input: ConsumerInput, turn: &mut Turn<'_, R>) {
        let outcome = self.consumer.decide(turn.now, &input, turn.dice);
        let mut polled = None;
        for event in outcome.events {
            self.consumer.apply(&event);
            match &event {
                ConsumerEvent::PartitionsAssigned { partitions, .. } => self.open_tasks(partitions, turn),
                ConsumerEvent::PartitionsRevoked { partitions, .. }
                | ConsumerEvent::PartitionsLost { partitions, .. } => {
                    self.close_tasks(partitions, turn);
                }
                ConsumerEvent::PollReturned { polled: records, .. } => polled = Some(records.clone()),
                _ => {}
            }
            turn.tell(StreamsEvent::Consumer(event));
        }
        turn.requests.extend(outcome.requests.into_iter().map(|outgoing| (CONSUMER, outgoing)));
        if let Some(polled) = polled {
            self.process(&polled, turn);
            self.consume(ConsumerInput::Poll, turn);
        }
    }

    fn task_of(&self, tp: &TopicPartition) -> Option<TaskId> {
        let subtopologies = self.topology.subtopologies();
        let at = subtopologies.iter().position(|sub| sub.source_topics.contains(&tp.topic))?;
        Some(TaskId { subtopology: u32::try_from(at).ok()?, partition: tp.partition })
    }

    fn open_tasks<R: FnMut(Fact)>(&mut self, partitions: &[TopicPartition], turn: &mut Turn<'_, R>) {
        let assigned: Vec<TaskId> = partitions.iter().filter_map(|tp| self.task_of(tp)).collect();
        for &id in &assigned {
            if !self.tasks.contains_key(&id) {
                self.tasks.insert(id, Task::new(self.topology.clone(), id));
                turn.tell(StreamsEvent::TaskStarted { task: id });
            }
        }
        // A task that was not assigned again has gone; with one instance that happens only when a topic shrinks.
        self.tasks.retain(|id, _| assigned.contains(id));
    }

    fn close_tasks<R: FnMut(Fact)>(&mut self, partitions: &[TopicPartition], turn: &mut Turn<'_, R>) {
        // An eager rebalance revokes everything and usually gives the same back: tasks are suspended, not closed
        // (KIP-429), so their stores stay until the assignment is known.
        if self.is_closing {
            let revoked: Vec<TaskId> = partitions.iter().filter_map(|tp| self.task_of(tp)).collect();
            for id in revoked {
                self.tasks.remove(&id);
                turn.tell(StreamsEvent::TaskClosed { task: id });
            }
        }
    }

    /// Sends what was polled through its tasks, and what comes out to the producer.
    fn process<R: FnMut(Fact)>(&mut self, polled: &Polled, turn: &mut Turn<'_, R>) {
        let mut records = Vec::new();
        for part in &polled.records {
            let Some(id) = self.task_of(&part.tp) else { continue };
            let Some(task) = self.tasks.get_mut(&id) else { continue };
            let mut outcome = task.decide_wall_clock(turn.now.timestamp());
            outcome.events.iter().for_each(|event| task.apply(event));
            let inputs = part.records().map(|(offset, record, batch)| Input {
                topic: &part.tp.topic,
                partition: part.tp.partition,
                offset,
                timestamp: batch.timestamp(record),
                record,
            });
            task.process(inputs, &mut outcome);
            self.leave(id, outcome, &mut records, turn);
        }
        self.send(records, turn);
    }

    /// Lets every task decide something that no record brings about.
    fn each_task<R: FnMut(Fact)>(
        &mut self,
        turn: &mut Turn<'_, R>,
        decide: impl Fn(&Task, Timestamp) -> TaskOutcome,
    ) {
        let (mut records, mut outcomes) = (Vec::new(), Vec::new());
        for (id, task) in self.tasks.iter_mut() {
            let outcome = decide(task, turn.now.timestamp());
            outcome.events.iter().for_each(|event| task.apply(event));
            outcomes.push((*id, outcome));
        }
        for (id, outcome) in outcomes {
            self.leave(id, outcome, &mut records, turn);
        }
        self.send(records, turn);
    }

    /// Tells what a task did, and makes records of what comes out of it.
    fn leave<R: FnMut(Fact)>(
        &self,
        task: TaskId,
        outcome: TaskOutcome,
        records: &mut Vec<ProducerRecord>,
        turn: &mut Turn<'_, R>,
    ) {
        for event in outcome.events {
            if !matches!(event, TaskEvent::WallClockAdvanced { .. }) {
                turn.tell(StreamsEvent::Task { task, event });
            }
        }
        let results = outcome.outputs.iter().filter(|o| matches!(o.kind, OutputKind::Sink { .. })).count();
        let changes = outcome.outputs.len() - results;
        if results + changes > 0 {
            turn.tell(StreamsEvent::Emitted { task, results, changes });
        }
        let (topology, sinks) = (&self.topology, &self.sinks);
        records.extend(outcome.outputs.iter().filter_map(|output| written(topology, sinks, task, output)));
    }

    fn send<R: FnMut(Fact)>(&mut self, records: Vec<ProducerRecord>, turn: &mut Turn<'_, R>) {
        if !records.is_empty() {
            self.produce(ProducerInput::Send { records }, turn);
        }
    }
}

/// An output as its producer sends it: changes go to the task's own partition of the changelog, windowed results to the
/// partition of the key without its window (`WindowedStreamPartitioner`), all others where the producer's partitioner says.
fn written(
    topology: &Topology,
    sinks: &Map<TopicName, i32>,
    task: TaskId,
    output: &Output,
) -> Option<ProducerRecord> {
    let topic = output.topic(topology)?;
    let partition = match (&output.kind, &output.key) {
        (OutputKind::Changelog { .. }, _) => Some(task.partition),
        (OutputKind::Sink { .. }, Some(Key::Windowed { key, .. })) => {
            sinks.get(&topic).map(|&count| Partition(partition_for_key(key, count)))
        }
        (OutputKind::Sink { .. }, _) => None,
    };
    let record = output.record(topology);
    Some(ProducerRecord {
        topic,
        partition,
        timestamp: Some(record.timestamp),
        key: record.key,
        value: record.value,
        headers: record.headers,
        origin: record.origin,
    })
}

/// One input's surroundings: the time, the dice, where events go, and the requests collected.
struct Turn<'a, R> {
    now: Time,
    dice: &'a dyn Dice,
    record: &'a mut R,
    requests: Requests,
}

impl<R: FnMut(Fact)> Turn<'_, R> {
    fn tell(&mut self, event: StreamsEvent) {
        (self.record)(Fact::Streams(event));
    }
}
