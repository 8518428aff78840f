//! One record's way through the topology: the half of a task that thinks.
//!
//! A record may read what it has itself written (two words of one line fall into one count), but deciding cannot
//! write. So the stores as this record sees them are the task's stores and the events decided so far; a lookup asks
//! those events first, newest first. They are few.

use super::aggregate::Reached;
use super::{DropReason, Failure, Input, Output, OutputKind, Task, TaskEvent, TaskOutcome};
use crate::data::{Key, Value};
use crate::limits;
use crate::topology::SharedHeaders;
use crate::topology::builder::check_topic;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::function::KeyMapper;
use crate::topology::processor::PunctuationType;
use crate::topology::{EmitStrategy, NodeId, Operator, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Timestamp, TopicName};

/// A record between two nodes. On a stream `old` is null; on a table it is the value before (`Change`).
#[derive(Clone, Debug)]
pub(super) struct Flowing {
    pub key: Option<Key>,
    pub new: Option<Value>,
    pub old: Option<Value>,
    pub timestamp: i64,
}

/// The state of one decision.
pub(super) struct Pass<'a> {
    pub task: &'a Task,
    pub outcome: &'a mut TaskOutcome,
    /// The record that was read, if one was.
    pub input: Option<Input<'a>>,
    /// Where this record's events begin.
    pub first_event: usize,
    steps: usize,
    failed: bool,
    /// False behind a versioned table's change that is not its row's newest (`Change.isLatest`).
    pub latest: bool,
}

/// Decides about one record.
pub(super) fn run(task: &Task, input: &Input<'_>, outcome: &mut TaskOutcome) {
    let Some(source) = task.topology.source_of(input.topic) else { return };
    if task.copies(source) {
        return copy(task, source, input, outcome);
    }
    let Some(Operator::Source { serde, .. }) = task.topology.node(source).map(|n| &n.operator) else {
        return;
    };
    let mut pass = Pass { input: Some(*input), ..Pass::new(task, outcome) };
    if input.timestamp.0 < 0 {
        return pass.fail(source, Failure::InvalidTimestamp { timestamp: input.timestamp });
    }
    let new = match &input.record.value {
        None => None,
        Some(bytes) => match serde.read(bytes) {
            Some(value) => Some(value),
            None => {
                let handler = task.topology.config().deserialization_exception_handler;
                return pass.caught(source, Failure::Deserialization { serde: *serde }, handler);
            }
        },
    };
    pass.outcome.passed.push(source);
    pass.outcome.events.push(TaskEvent::RecordConsumed {
        source,
        topic: input.topic.clone(),
        partition: input.partition,
        offset: input.offset,
        timestamp: input.timestamp,
    });
    let key = input.record.key.clone().map(Key::Plain);
    pass.forward(source, Flowing { key, new, old: None, timestamp: input.timestamp.0 }, &context_of(input));
    if task.punctuates {
        let stream_time = task.stream_time.max(input.timestamp).0;
        pass.punctuate(PunctuationType::StreamTime, stream_time);
    }
}

fn context_of(input: &Input<'_>) -> Context {
    Context {
        topic: input.topic.clone(),
        partition: input.partition,
        offset: input.offset,
        headers: SharedHeaders::from(&input.record.headers),
        origin: input.record.origin,
    }
}

/// A record of a global table's topic in a task that only keeps a copy of the table: no progress of its own.
fn copy(task: &Task, source: NodeId, input: &Input<'_>, outcome: &mut TaskOutcome) {
    let key = input.record.key.clone().map(Key::Plain);
    let new = input.record.value.clone().map(Value::Bytes);
    let mut pass = Pass::new(task, outcome);
    pass.forward(source, Flowing { key, new, old: None, timestamp: input.timestamp.0 }, &context_of(input));
}

impl<'a> Pass<'a> {
    /// Nothing decided yet.
    pub fn new(task: &'a Task, outcome: &'a mut TaskOutcome) -> Pass<'a> {
        let first_event = outcome.events.len();
        Pass { task, outcome, input: None, first_event, steps: 0, failed: false, latest: true }
    }

    /// The events of this record so far.
    pub fn events(&self) -> &[TaskEvent] {
        self.outcome.events.get(self.first_event..).unwrap_or(&[])
    }

    /// Stops the task.
    pub fn fail(&mut self, node: NodeId, failure: Failure) {
        if !self.failed {
            self.failed = true;
            self.outcome.events.push(TaskEvent::TaskFailed { node, failure });
        }
    }

    /// Drops a record at a node.
    pub fn drop(&mut self, node: NodeId, timestamp: i64, context: &Context, reason: DropReason) {
        self.outcome.events.push(TaskEvent::RecordDropped {
            node,
            origin: context.origin,
            topic: context.topic.clone(),
            partition: context.partition,
            offset: context.offset,
            timestamp: Timestamp(timestamp),
            reason,
        });
    }

    /// Hands a record to every child of a node.
    pub fn forward(&mut self, from: NodeId, record: Flowing, context: &Context) {
        let task = self.task;
        let Some((last, others)) = task.topology.node(from).and_then(|n| n.children.split_last()) else {
            return;
        };
        for child in others {
            self.process(*child, record.clone(), context);
        }
        self.process(*last, record, context);
    }

    fn process(&mut self, id: NodeId, record: Flowing, context: &Context) {
        if self.failed {
            return;
        }
        self.steps += 1;
        if self.steps > limits::STEPS_PER_RECORD {
            return self.fail(id, Failure::TooMuchWork);
        }
        let task = self.task;
        let Some(node) = task.topology.node(id) else { return };
        self.outcome.passed.push(id);
        let done = match &node.operator {
            Operator::WindowAggregate { windows, aggregation, emit, store } => {
                let at = Reached { node: id, store: *store, aggregation, emit: *emit, context };
                self.aggregate_windows(at, *windows, record)
            }
            Operator::SlidingAggregate { windows, aggregation, emit, store } => {
                let at = Reached { node: id, store: *store, aggregation, emit: *emit, context };
                self.aggregate_sliding(at, *windows, record)
            }
            Operator::SessionAggregate { windows, aggregation, merger, emit, store } => {
                let at = Reached { node: id, store: *store, aggregation, emit: *emit, context };
                self.aggregate_sessions(at, *windows, merger, record)
            }
            Operator::CustomAggregate { windows, aggregation, merger, store } => {
                let emit = EmitStrategy::OnWindowUpdate;
                let at = Reached { node: id, store: *store, aggregation, emit, context };
                self.aggregate_custom(at, windows, merger, record)
            }
            Operator::Aggregate { aggregation, store } => {
                self.aggregate(id, aggregation, *store, record, context)
            }
            Operator::Suppress { until, max_records, when_full, store } => {
                self.suppress(id, *until, *max_records, *when_full, *store, record, context);
                Ok(())
            }
            Operator::Sink { topic } => {
                self.send(topic.clone(), record, context);
                Ok(())
            }
            Operator::DynamicSink(mapper) => self.send_by(id, mapper, record, context),
            Operator::Source { .. } | Operator::PassThrough => {
                self.forward(id, Flowing { old: None, ..record }, context);
                Ok(())
            }
            Operator::TableMerge => {
                self.forward(id, record, context);
                Ok(())
            }
            other => self.stateless(id, other, &node.children, record, context),
        };
        if let Err(error) = done {
            let handler = task.topology.config().processing_exception_handler;
            self.caught(id, Failure::Expression(error), handler);
        }
    }

    /// Tables, joins and processors.
    fn tables(
        &mut self,
        id: NodeId,
        operator: &Operator,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        match operator {
            Operator::TableSource { store, send_old } => {
                self.table_source(id, *store, *send_old, record, context);
            }
            Operator::GlobalTable { store } => self.global_table(id, *store, record, context),
            Operator::TableFilter { predicate, not, store, send_old, .. } => {
                return self.table_filter(id, predicate, *not, *store, *send_old, record, context);
            }
            Operator::TableMapValues { mapper, store, send_old, .. } => {
                return self.table_map_values(id, mapper, *store, *send_old, record, context);
            }
            Operator::TableGroupBy(mapper) => return self.table_group_by(id, mapper, record, context),
            Operator::TableAggregate { aggregation, serde, store } => {
                return self.table_aggregate(id, aggregation, *serde, *store, record, context);
            }
            Operator::JoinWindow { store } => self.keep_for_join(id, *store, record, context),
            Operator::StreamJoin(join) => self.join_streams(id, join, record, context),
            Operator::SelfJoin(join) => self.join_with_self(id, join, record, context),
            Operator::StreamTableJoin(join) => return self.join_table(id, join, record, context),
            Operator::TableJoin(join) => return self.join_tables(id, join, record, context),
            Operator::TableJoinMerge(merge) => self.merge_tables(id, merge, record, context),
            Operator::SubscriptionSend(send) => return self.subscribe(id, send, record, context),
            Operator::SubscriptionReceive { store } => self.receive_subscription(id, *store, record, context),
            Operator::SubscriptionJoin { table } => {
                return self.answer_subscription(id, *table, record, context);
            }
            Operator::ForeignTableJoin { store } => self.answer_subscribers(id, *store, record, context),
            Operator::ResponseJoin(join) => return self.resolve_response(id, join, record, context),
            Operator::Process { processor, store } => {
                return self.process_record(id, processor, *store, record, context);
            }
            // The others have their arm in `process` or in `stateless`.
            _ => {}
        }
        Ok(())
    }

    /// A record leaves for a topic.
    fn send(&mut self, topic: TopicName, record: Flowing, context: &Context) {
        self.outcome.outputs.push(Output {
            kind: OutputKind::Sink { topic },
            key: record.key,
            value: record.new,
            timestamp: Timestamp(record.timestamp),
            headers: context.headers.clone(),
            origin: context.origin,
        });
    }

    /// A record leaves for the topic that a function names.
    fn send_by(
        &mut self,
        id: NodeId,
        mapper: &KeyMapper,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let (key, value) = (record.key.as_ref(), record.new.as_ref());
        let topic = mapper.map(&Scene { key, value, timestamp: record.timestamp, context })?;
        match topic.map(|topic| TopicName::from(&*topic.text())).filter(|topic| check_topic(topic).is_ok()) {
            Some(topic) => self.send(topic, record, context),
            None => self.fail(id, Failure::SinkTopic),
        }
        Ok(())
    }

    fn stateless(
        &mut self,
        id: NodeId,
        operator: &Operator,
        children: &[NodeId],
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let scene = Scene {
            key: record.key.as_ref(),
            value: record.new.as_ref(),
            timestamp: record.timestamp,
            context,
        };
        match operator {
            Operator::Filter { predicate, not } => {
                if predicate.test(&scene)? != *not {
                    self.forward(id, record, context);
                }
            }
            Operator::MapValues(mapper) => {
                let new = mapper.map(&scene)?;
                self.forward(id, Flowing { new, ..record }, context);
            }
            Operator::SelectKey(mapper) => {
                let key = mapper.map(&scene)?;
                self.forward(id, Flowing { key, ..record }, context);
            }
            Operator::Map(mapper) => {
                let (key, new) = mapper.map(&scene)?;
                self.forward(id, Flowing { key, new, ..record }, context);
            }
            Operator::FlatMapValues(mapper) => {
                for new in mapper.values(&scene)? {
                    let key = record.key.clone();
                    self.forward(id, Flowing { key, new, old: None, timestamp: record.timestamp }, context);
                }
            }
            Operator::FlatMap(mapper) => {
                for (key, new) in mapper.pairs(&scene)? {
                    self.forward(id, Flowing { key, new, old: None, timestamp: record.timestamp }, context);
                }
            }
            Operator::Peek(label) => {
                self.outcome.events.push(TaskEvent::RecordPeeked {
                    node: id,
                    label: label.clone(),
                    key: record.key.clone(),
                    value: record.new.clone(),
                    timestamp: Timestamp(record.timestamp),
                    origin: context.origin,
                });
                self.forward(id, record, context);
            }
            Operator::Branch(branches) => {
                for (branch, child) in branches.iter().zip(children) {
                    let taken = match branch {
                        Some(predicate) => predicate.test(&scene)?,
                        None => true,
                    };
                    if taken {
                        self.process(*child, record, context);
                        break;
                    }
                }
            }
            other => return self.tables(id, other, record, context),
        }
        Ok(())
    }

    /// The stream time that a node has seen, this record's events included.
    pub fn node_time(&self, node: NodeId) -> i64 {
        let newest = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::StreamTimeAdvanced { node: at, to, .. } if *at == node => Some(to.0),
            _ => None,
        });
        newest.unwrap_or_else(|| self.task.state_of(node).map_or(-1, |s| s.stream_time))
    }

    /// Sees a timestamp at a node: its stream time before and now.
    pub fn advance(&mut self, node: NodeId, timestamp: i64) -> (i64, i64) {
        let from = self.node_time(node);
        if timestamp <= from {
            return (from, from);
        }
        let (from_ts, to) = (Timestamp(from), Timestamp(timestamp));
        self.outcome.events.push(TaskEvent::StreamTimeAdvanced { node, from: from_ts, to });
        (from, timestamp)
    }

    /// Writes a changelog record.
    pub fn log(
        &mut self,
        store: StoreId,
        key: Key,
        value: Option<Value>,
        timestamp: i64,
        context: &Context,
        headers: SharedHeaders,
    ) {
        if !self.task.topology.is_logged(store) {
            return;
        }
        self.outcome.outputs.push(Output {
            kind: OutputKind::Changelog { store },
            key: Some(key),
            value,
            timestamp: Timestamp(timestamp),
            headers,
            origin: context.origin,
        });
    }
}
