//! What is done to a producer besides having it send: its transactions, and the end of its process.

use super::World;
use super::checks::Refusal;
use crate::command::{InstanceAction, Name, ProducerAction};
use crate::node::producer::ProducerCommand;
use crate::node::{Activity, Kind, NodeInput};
use crate::trace::{EntryId, Lifecycle, Recorder};
use millrace_client::producer::{ConsumerGroupMetadata, TransactionCall};
use millrace_model::Offset;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::protocol::CommittedOffset;

impl World {
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
            ProducerAction::SendOffsets { group, offsets } => {
                let offsets = offsets.iter().map(|(tp, offset, metadata)| {
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
        if config.transactional_id.is_none() {
            return Ok(());
        }
        millrace_client::producer::check(config)
            .map_err(|error| Refusal::Malformed { what: error.key, why: error.message })?;
        if self.brokers().any(|broker| broker.member().is_some()) {
            let why =
                "needs a world with one broker: in a cluster of several nobody coordinates transactions yet";
            return Err(Refusal::Not { name: "transactional.id".to_owned(), why });
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
