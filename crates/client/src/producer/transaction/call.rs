//! What the application calls.

use crate::producer::ProducerRecord;
use crate::producer::state::Digested;
use millrace_model::protocol::CommittedOffset;
use millrace_model::{Generation, GroupId, MemberId, TopicPartition};
use std::sync::Arc;

/// Who has read what the transaction makes something of (`ConsumerGroupMetadata`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupMetadata {
    /// `group.id`.
    pub group: GroupId,
    /// The member's generation or epoch; `NONE` if only the group's name is known.
    pub generation: Generation,
    /// The member; empty if only the group's name is known.
    pub member: MemberId,
    /// `group.instance.id`.
    pub group_instance_id: Option<Arc<str>>,
}

impl ConsumerGroupMetadata {
    /// `new ConsumerGroupMetadata(groupId)`: nothing is known but the name.
    pub fn of(group: GroupId) -> ConsumerGroupMetadata {
        let (generation, member) = (Generation::NONE, MemberId::unknown());
        ConsumerGroupMetadata { group, generation, member, group_instance_id: None }
    }
}

/// A call of `KafkaProducer`'s transactional methods.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TransactionCall {
    /// `initTransactions`: fences whoever had the name before, and ends what it left open.
    InitTransactions,
    /// `beginTransaction`.
    BeginTransaction,
    /// `sendOffsetsToTransaction`.
    SendOffsetsToTransaction {
        /// Whose offsets.
        group: ConsumerGroupMetadata,
        /// The next offsets to read.
        offsets: Vec<(TopicPartition, CommittedOffset)>,
    },
    /// `commitTransaction`.
    CommitTransaction,
    /// `abortTransaction`.
    AbortTransaction,
}

impl TransactionCall {
    /// Kafka's name of the method.
    pub fn name(&self) -> &'static str {
        match self {
            TransactionCall::InitTransactions => "initTransactions",
            TransactionCall::BeginTransaction => "beginTransaction",
            TransactionCall::SendOffsetsToTransaction { .. } => "sendOffsetsToTransaction",
            TransactionCall::CommitTransaction => "commitTransaction",
            TransactionCall::AbortTransaction => "abortTransaction",
        }
    }

    /// What Kafka calls the wait (`TransactionalRequestResult`).
    pub(super) fn operation(&self) -> &'static str {
        match self {
            TransactionCall::InitTransactions => "InitProducerId",
            TransactionCall::BeginTransaction => "beginTransaction",
            TransactionCall::SendOffsetsToTransaction { .. } => "AddOffsetsToTxn",
            TransactionCall::CommitTransaction => "EndTxn(true)",
            TransactionCall::AbortTransaction => "EndTxn(false)",
        }
    }
}

/// Anything that the application does with a producer while its thread may be blocked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppCall {
    /// A transactional method.
    Transaction(TransactionCall),
    /// `send`, once for each record.
    Send(SharedRecords),
    /// `flush`.
    Flush,
    /// `close`.
    Close,
}

/// Records that wait to be sent, shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharedRecords(Digested<[ProducerRecord]>);

impl SharedRecords {
    pub(super) fn new(records: &[ProducerRecord]) -> SharedRecords {
        SharedRecords(Digested::new(records.into()))
    }

    /// The records, in order.
    pub fn records(&self) -> &[ProducerRecord] {
        &self.0.value
    }
}
