//! What is done to producers: they start, send, begin and end transactions, and end.

use super::World;
use super::checks::{Refusal, in_range};
use crate::command::{InstanceAction, Name, NewRecord, ProducerAction};
use crate::limits;
use crate::node::producer::{ProducerCommand, ProducerNode};
use crate::node::{Activity, Kind, Node, NodeInput};
use crate::trace::{EntryId, Lifecycle, NodeId, Recorder};
use crate::workload::Workload;
use millrace_client::listener::Port;
use millrace_client::producer::{ConsumerGroupMetadata, Producer, ProducerRecord, TransactionCall};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::protocol::CommittedOffset;
use millrace_model::{ClientId, Offset, Origin, TopicName};

/// Who sends what the learner types when nobody else does.
const CONSOLE: &str = "console-producer";

impl World {
    pub(super) fn start_producer(
        &mut self,
        name: &Name,
        topic: TopicName,
        config: ProducerConfig,
        cause: EntryId,
        recorder: &mut Recorder,
    ) -> NodeId {
        let is_transactional = config.transactional_id.is_some();
        let is_told = config.bootstrap.whence().is_some();
        let client = Producer::new(ClientId::new(name.clone()), config, self.bootstrap());
        let node = ProducerNode::new(name, topic, client);
        let id = self.add_node(Node::new(name.clone(), Kind::Producer(Box::new(node))), cause, recorder);
        if is_told {
            self.ask_for_addresses((id, Port(0)), Some(cause), recorder);
        }
        if is_transactional {
            let init = ProducerCommand::Transaction(TransactionCall::InitTransactions);
            self.node_decides(id, NodeInput::Producer(init), cause, recorder);
        }
        id
    }

    pub(super) fn produce(
        &mut self,
        producer: Option<&str>,
        records: &[NewRecord],
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let named = producer.and_then(|name| self.producer(name)).map(|(id, _)| id);
        let id = match named.or_else(|| self.first_producer()) {
            Some(id) => id,
            None => {
                let Some(topic) = records.iter().find_map(|record| record.topic.clone()) else { return };
                let config = ProducerConfig::defaults(self.profile);
                self.start_producer(&CONSOLE.into(), topic, config, cause, recorder)
            }
        };
        let Some(Kind::Producer(node)) = self.node(id).map(|node| &node.kind) else { return };
        let now = self.now.timestamp();
        let records = records.iter().map(|record| ProducerRecord {
            topic: record.topic.clone().unwrap_or_else(|| node.topic.clone()),
            partition: record.partition,
            timestamp: Some(record.timestamp.unwrap_or(now)),
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record.headers.clone(),
            origin: Origin::default(),
        });
        let input = NodeInput::Producer(ProducerCommand::Send(records.collect()));
        self.node_decides(id, input, cause, recorder);
    }

    pub(super) fn act_on_producer(
        &mut self,
        name: &Name,
        action: &ProducerAction,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some((id, _)) = self.producer(name) else { return };
        let call = match action {
            ProducerAction::Begin => TransactionCall::BeginTransaction,
            ProducerAction::Commit => TransactionCall::CommitTransaction,
            ProducerAction::Abort => TransactionCall::AbortTransaction,
            ProducerAction::SendOffsets { group, offsets, metadata } => {
                let offsets = offsets.iter().map(|(tp, offset)| {
                    let (offset, metadata) = (Offset(*offset), metadata.clone());
                    (tp.clone(), CommittedOffset { offset, leader_epoch: None, metadata })
                });
                TransactionCall::SendOffsetsToTransaction {
                    group: ConsumerGroupMetadata::of(group.clone()),
                    offsets: offsets.collect(),
                }
            }
            ProducerAction::Stop => return self.act_on_process(id, InstanceAction::Stop, cause, recorder),
            ProducerAction::Crash => return self.act_on_process(id, InstanceAction::Crash, cause, recorder),
        };
        let input = NodeInput::Producer(ProducerCommand::Transaction(call));
        self.node_decides(id, input, cause, recorder);
    }

    pub(super) fn check_new_producer(&self, config: &ProducerConfig) -> Result<(), Refusal> {
        self.check_bootstrap(&config.bootstrap)?;
        // Without transactions `delivery.timeout.ms` is taken as it is.
        let checked = match config.transactional_id {
            Some(_) => millrace_client::producer::check(config, self.profile),
            None => millrace_client::producer::check_idempotence(config, self.profile),
        };
        checked.map_err(|error| Refusal::Malformed { what: error.key, why: error.message })
    }

    pub(super) fn check_workload(&self, producer: &str, workload: &Workload) -> Result<(), Refusal> {
        in_range("rate", u64::from(workload.rate), 1, u64::from(limits::RATE))?;
        in_range("late percent", u64::from(workload.late_percent), 0, 100)?;
        let kind = self.producer(producer).map(|(_, node)| &node.kind);
        let is_transactional =
            matches!(kind, Some(Kind::Producer(node)) if node.client.transactional_id().is_some());
        if workload.is_per_record && is_transactional {
            let why = "a producer that was started with --transactional-id would be fenced by the next one";
            return Err(Refusal::Malformed { what: "producer per record", why: why.to_owned() });
        }
        Ok(())
    }

    pub(super) fn check_producer_action(&self, name: &str, action: &ProducerAction) -> Result<(), Refusal> {
        self.known_producer(name)?;
        let Some((_, node)) = self.producer(name) else { return Ok(()) };
        let not = |why| Err(Refusal::Not { name: name.to_owned(), why });
        if node.activity() == Activity::Gone {
            return not("does not run any more; start another producer");
        }
        let ends = matches!(action, ProducerAction::Stop | ProducerAction::Crash);
        if node.lifecycle() == Lifecycle::Closing && *action != ProducerAction::Crash {
            return not("is closing already");
        }
        let is_transactional =
            matches!(&node.kind, Kind::Producer(node) if node.client.transactional_id().is_some());
        if !ends && !is_transactional {
            return not("has no transactions; start one with --transactional-id");
        }
        Ok(())
    }
}
