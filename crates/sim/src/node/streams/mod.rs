//! A streams application's instance: threads with their consumers and producers, and the tasks between them.
//!
//! No processing time: what a poll returns goes through its tasks in the same step, as far as they may take it. Offsets
//! are committed every `commit.interval.ms`, on revocation and on close, after the producer has been flushed
//! (at_least_once): what was processed since is processed again after a crash. Which tasks run here the group's leader
//! decides (`group`); their stores come back from changelog topics (`restore`).

mod commit;
mod ends;
mod event;
mod exactly_once;
mod group;
mod leaders;
mod output;
mod process;
mod query;
mod reader;
mod restore;
mod run;
mod thread;
mod view;

pub use event::{StreamsEvent, StreamsInput, StreamsTimer};
pub use query::{KeyHosts, StoreQuery};
pub use run::{Changelog, Phase, TaskRun};
pub use thread::StreamThread;

use super::{NodeInput, Requests};
use crate::trace::{Fact, Timer};
use exactly_once::Called;
use millrace_client::Reply;
use millrace_client::consumer::{CommitKind, ConsumerEvent, ConsumerInput, ConsumerTimer, Polled};
use millrace_client::listener::Port;
use millrace_client::producer::{ProducerEvent, ProducerInput, TransactionEvent};
use millrace_model::config::streams::StreamsConfig;
use millrace_model::{
    BrokerId, Dice, GroupId, Map, Offset, Profile, Response, Time, TopicName, TopicPartition,
};
use millrace_streams::runtime::AssignmentInfo;
use millrace_streams::{Task, TaskId, Topology};
use reader::Reader;
use std::sync::Arc;
use thread::Role;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsNode {
    name: Arc<str>,
    application_id: GroupId,
    topology: Arc<Topology>,
    config: Arc<StreamsConfig>,
    sinks: Map<TopicName, i32>,
    first: StreamThread,
    others: Vec<StreamThread>,
    global: Option<GlobalTables>,
    /// Active tasks.
    tasks: Map<TaskId, Task>,
    /// Standby tasks, and closed ones whose state still lies on the instance's disk.
    replicas: Map<TaskId, Task>,
    runs: Map<TaskId, TaskRun>,
    /// Who runs what, as the leader told last.
    hosts: AssignmentInfo,
    is_closing: bool,
}

/// The global tables of an instance: all partitions of their topics, read before anything else begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct GlobalTables {
    task: Task,
    reader: Reader,
    /// Where each partition ended when the instance started.
    ends: Map<TopicPartition, Offset>,
    positions: Map<TopicPartition, Offset>,
    wanted: u32,
    records: u64,
    is_ready: bool,
}

/// Where an instance belongs.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The instance's name.
    pub name: Arc<str>,
    /// What it runs.
    pub topology: Topology,
    /// Its settings.
    pub config: StreamsConfig,
    /// How many partitions each output topic has.
    pub sinks: Map<TopicName, i32>,
    /// The partitions of global tables' topics.
    pub globals: Vec<TopicPartition>,
}

/// What follows from a consumer's events once all of them are applied.
enum Effect {
    Assigned,
    Revoked(Vec<TopicPartition>),
    Lost(Vec<TopicPartition>),
    Polled(Polled),
    Committed,
    CommitFailed,
}

impl StreamsNode {
    /// An instance that has not started. Consumers and producers have Kafka Streams' own defaults (`StreamsConfig`).
    pub fn new(identity: Identity, profile: Profile, bootstrap: Vec<BrokerId>, now: Time) -> StreamsNode {
        let Identity { name, topology, config, sinks, globals } = identity;
        let application_id = GroupId::new(topology.application_id());
        let topology = Arc::new(topology);
        let thread =
            |number| StreamThread::new((&application_id, &name, number), &config, profile, &bootstrap, now);
        let global = topology.subtopologies().iter().zip(0..).find(|(sub, _)| sub.global);
        let global = global.map(|(_, subtopology)| {
            let mut reader = Reader::new(config.isolation_level(), bootstrap.clone());
            let wanted = u32::try_from(globals.len()).unwrap_or(u32::MAX);
            globals.into_iter().for_each(|tp| reader.add(tp, None));
            let id = TaskId { subtopology, partition: millrace_model::Partition(0) };
            let (ends, positions) = (Map::new(), Map::new());
            let task = Task::new(topology.clone(), id);
            GlobalTables { task, reader, ends, positions, wanted, records: 0, is_ready: wanted == 0 }
        });
        StreamsNode {
            first: thread(0),
            others: (1..config.num_stream_threads).map(thread).collect(),
            name,
            application_id: application_id.clone(),
            topology,
            config: Arc::new(config),
            sinks,
            global,
            tasks: Map::new(),
            replicas: Map::new(),
            runs: Map::new(),
            hosts: AssignmentInfo::default(),
            is_closing: false,
        }
    }

    fn thread_mut(&mut self, number: u8) -> Option<&mut StreamThread> {
        match number.checked_sub(1) {
            None => Some(&mut self.first),
            Some(other) => self.others.get_mut(usize::from(other)),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        0..=u8::try_from(self.others.len()).unwrap_or(u8::MAX)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closing
            && self.threads().all(|t| {
                t.consumer.is_closed() && (t.producer.incomplete_records() == 0 || self.is_exactly_once())
            })
    }

    pub(super) fn next_timer(&self) -> Option<(Time, StreamsTimer)> {
        let mut next: Option<(Time, StreamsTimer)> = None;
        let mut add = |at: Time, timer: StreamsTimer| {
            if next.as_ref().is_none_or(|(known, _)| at < *known) {
                next = Some((at, timer));
            }
        };
        for (thread, number) in self.threads().zip(0_u8..) {
            if let Some((at, timer)) = thread.producer.next_timer() {
                add(at, StreamsTimer::Producer(number, timer));
            }
            if let Some((at, timer)) = thread.consumer_timer() {
                add(at, StreamsTimer::Consumer(number, timer));
            }
            if self.is_closing {
                continue;
            }
            if let Some(at) = thread.restore.due() {
                add(at, StreamsTimer::Read(number));
            }
            let wants_commit = thread.wants_commit && self.runs.values().any(|run| run.thread == number);
            if wants_commit && thread.commit.is_none() {
                add(thread.commit_at, StreamsTimer::Commit(number));
            }
            if let Some(at) = thread.probe_at {
                add(at, StreamsTimer::Probe(number));
            }
        }
        if self.is_closing {
            return next;
        }
        if let Some(at) = self.global.as_ref().and_then(|global| global.reader.due()) {
            add(at, StreamsTimer::Read(GLOBAL));
        }
        for (id, run) in self.runs.iter().filter(|(_, run)| self.processes(run)) {
            if let Some(at) = run.idle_until {
                add(at, StreamsTimer::Idle);
            }
            if let Some(at) = self.tasks.get(id).and_then(Task::next_punctuation) {
                add(at.time(), StreamsTimer::Punctuate);
            }
        }
        next
    }

    pub(super) fn handle(
        &mut self,
        now: Time,
        input: NodeInput,
        dice: &dyn Dice,
        record: &mut dyn FnMut(Fact),
    ) -> Requests {
        let mut turn = Turn { now, dice, record, requests: Vec::new() };
        match input {
            NodeInput::Streams(StreamsInput::Start) => {
                self.init_transactions(&mut turn);
                self.start(&mut turn);
            }
            NodeInput::Streams(StreamsInput::Close) => self.close(&mut turn),
            NodeInput::Reply { port, reply } => self.answered(port, reply, &mut turn),
            NodeInput::Timer(Timer::Streams(timer)) => self.timer(timer, &mut turn),
            NodeInput::Timer(_) | NodeInput::Producer(_) | NodeInput::Instance(_) => {}
        }
        self.proceed(&mut turn);
        turn.requests
    }

    fn start(&mut self, turn: &mut Turn<'_>) {
        if self.global.as_ref().is_none_or(|global| global.is_ready) {
            for thread in self.numbers() {
                self.consume(thread, ConsumerInput::Subscribe(self.topology.subscribed_topics()), turn);
                self.consume(thread, ConsumerInput::Poll, turn);
            }
        }
    }

    fn timer(&mut self, timer: StreamsTimer, turn: &mut Turn<'_>) {
        match timer {
            StreamsTimer::Producer(thread, timer) => self.produce(thread, ProducerInput::Timer(timer), turn),
            StreamsTimer::Consumer(thread, timer) => {
                match timer {
                    ConsumerTimer::Join => self.tell_group(thread, turn),
                    ConsumerTimer::Sync if self.lead(thread, turn) => return,
                    _ => {}
                }
                self.consume(thread, ConsumerInput::Timer(timer), turn);
            }
            StreamsTimer::Read(GLOBAL) => self.ask_for_globals(turn),
            StreamsTimer::Read(thread) => self.ask_for_changes(thread, turn),
            StreamsTimer::Commit(thread) => self.commit(thread, turn),
            StreamsTimer::Punctuate => self.punctuate(turn),
            // What may go on does so at the end of every turn.
            StreamsTimer::Idle => {}
            StreamsTimer::Probe(thread) => {
                if let Some(of) = self.thread_mut(thread) {
                    of.probe_at = None;
                }
                let reason = "triggered followup rebalance scheduled to probe for caught-up replica tasks";
                self.consume(thread, ConsumerInput::EnforceRebalance(reason.into()), turn);
            }
        }
    }

    fn answered(&mut self, port: Port, reply: Reply, turn: &mut Turn<'_>) {
        let (thread, role) = Role::of(port);
        match role {
            _ if thread == GLOBAL => self.globals_came(&reply, turn),
            Role::Producer => self.produce(thread, ProducerInput::Reply(reply), turn),
            Role::Restore => self.changes_came(thread, &reply, turn),
            Role::Admin => self.ends_came(thread, &reply, turn),
            Role::Consumer => {
                if let Response::SyncGroup(answer) = &reply.response
                    && let Some(of) = self.thread_mut(thread)
                {
                    of.plan = answer.assignment.user_data.as_deref().and_then(AssignmentInfo::decode);
                }
                self.consume(thread, ConsumerInput::Reply(reply), turn);
            }
        }
    }

    fn produce(&mut self, thread: u8, input: ProducerInput, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let outcome = of.producer.decide(turn.now, &input, turn.dice);
        let (mut is_flushed, mut acknowledged, mut returned) = (false, Vec::new(), Vec::new());
        for event in outcome.events {
            of.producer.apply(&event);
            is_flushed |= matches!(event, ProducerEvent::FlushCompleted { .. });
            if let ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } = &event {
                acknowledged.push((tp.clone(), base_offset.plus(batch.len())));
            }
            if let ProducerEvent::Transaction(event) = &event
                && let TransactionEvent::CallReturned { call, failure, timed_out, .. } = &**event
            {
                let (call, has_failed, timed_out) = (call.clone(), failure.is_some(), *timed_out);
                returned.push(Called { call, has_failed, timed_out });
            }
            turn.tell(StreamsEvent::Producer(event));
        }
        let port = Role::Producer.port(thread);
        turn.requests.extend(outcome.requests.into_iter().map(|outgoing| (port, outgoing)));
        for (tp, end) in acknowledged {
            self.written(&tp, end);
        }
        if is_flushed {
            self.flushed(thread, turn);
        }
        if self.has_failed(thread) {
            return self.migrated(thread, turn);
        }
        for called in returned {
            self.call_returned(thread, called, turn);
        }
    }

    fn consume(&mut self, thread: u8, input: ConsumerInput, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let outcome = of.consumer.decide(turn.now, &input, turn.dice);
        let mut effects = Vec::new();
        for event in outcome.events {
            of.consumer.apply(&event);
            match &event {
                ConsumerEvent::PartitionsAssigned { .. } => effects.push(Effect::Assigned),
                ConsumerEvent::PartitionsRevoked { partitions, .. } => {
                    effects.push(Effect::Revoked(partitions.clone()));
                }
                ConsumerEvent::PartitionsLost { partitions, .. } => {
                    effects.push(Effect::Lost(partitions.clone()));
                }
                ConsumerEvent::PollReturned { polled, .. } => effects.push(Effect::Polled(polled.clone())),
                ConsumerEvent::OffsetsCommitted { kind: CommitKind::Async, .. } => {
                    effects.push(Effect::Committed);
                }
                ConsumerEvent::CommitFailed { kind: CommitKind::Async, .. } => {
                    effects.push(Effect::CommitFailed);
                }
                _ => {}
            }
            if !matches!(event, ConsumerEvent::UserDataSet { .. }) {
                turn.tell(StreamsEvent::Consumer(event));
            }
        }
        let port = Role::Consumer.port(thread);
        turn.requests.extend(outcome.requests.into_iter().map(|outgoing| (port, outgoing)));
        for effect in effects {
            match effect {
                Effect::Assigned => self.assigned(thread, turn),
                Effect::Revoked(partitions) => self.revoked(thread, &partitions, turn),
                Effect::Lost(partitions) => self.lost(thread, &partitions, turn),
                Effect::Polled(polled) => {
                    self.take_in(polled);
                    self.consume(thread, ConsumerInput::Poll, turn);
                }
                Effect::Committed => self.committed(thread, true),
                Effect::CommitFailed => self.committed(thread, false),
            }
        }
    }

    /// True if a task takes records now.
    fn processes(&self, run: &TaskRun) -> bool {
        let thread = self.threads().nth(usize::from(run.thread));
        run.phase == Phase::Running && thread.is_some_and(|thread| thread.commit.is_none())
    }
}

/// The number under which the reader of global tables has its port.
const GLOBAL: u8 = 60;

/// One input's surroundings: the time, the dice, where events go, and the requests collected.
struct Turn<'a> {
    now: Time,
    dice: &'a dyn Dice,
    record: &'a mut dyn FnMut(Fact),
    requests: Requests,
}

impl Turn<'_> {
    fn tell(&mut self, event: StreamsEvent) {
        (self.record)(Fact::Streams(event));
    }
}
