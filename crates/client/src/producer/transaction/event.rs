//! What happens to a producer's transactions.

use super::{AppCall, TransactionCall, TransactionState};
use crate::Correlation;
use crate::producer::{Failure, SendError};
use millrace_model::{BrokerId, GroupId, Time, TopicPartition, TransactionVersion};

/// Whose coordinator is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// The transactional id's.
    Transaction,
    /// A group's.
    Group(GroupId),
}

/// A request of the transaction manager, in short.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TransactionRequest {
    /// FindCoordinator.
    FindCoordinator(Lookup),
    /// InitProducerId.
    InitProducerId,
    /// AddPartitionsToTxn.
    AddPartitions(Vec<TopicPartition>),
    /// AddOffsetsToTxn.
    AddOffsets(GroupId),
    /// TxnOffsetCommit.
    CommitOffsets(GroupId),
    /// EndTxn.
    End {
        /// True to commit.
        committed: bool,
    },
}

impl TransactionRequest {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            TransactionRequest::FindCoordinator(_) => "FindCoordinator",
            TransactionRequest::InitProducerId => "InitProducerId",
            TransactionRequest::AddPartitions(_) => "AddPartitionsToTxn",
            TransactionRequest::AddOffsets(_) => "AddOffsetsToTxn",
            TransactionRequest::CommitOffsets(_) => "TxnOffsetCommit",
            TransactionRequest::End { .. } => "EndTxn",
        }
    }
}

/// What a request has come to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TransactionStep {
    /// It has done what it was for.
    Done,
    /// The coordinator is found.
    Found(BrokerId),
    /// It is sent again.
    Retried {
        /// Why.
        error: SendError,
        /// Whose coordinator has to be looked for first.
        lookup: Option<Lookup>,
        /// Not before.
        not_before: Time,
    },
    /// It will not be sent again.
    Failed(SendError),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionEvent {
    /// The application's thread is still in another call: this one comes after it.
    CallWaits {
        /// When.
        at: Time,
        /// Which.
        call: AppCall,
    },
    /// The first of the waiting calls is made.
    CallTaken {
        /// When.
        at: Time,
    },
    /// A call blocks the application.
    CallBegan {
        /// When.
        at: Time,
        /// Which.
        call: TransactionCall,
        /// It has been made before, and timed out: nothing new begins.
        is_resumed: bool,
    },
    /// A call has returned.
    CallReturned {
        /// When.
        at: Time,
        /// Which.
        call: TransactionCall,
        /// The exception, if it was one.
        failure: Option<Failure>,
        /// It was `max.block.ms`: what the call began goes on.
        timed_out: bool,
    },
    /// The state has changed.
    StateChanged {
        /// When.
        at: Time,
        /// From.
        from: TransactionState,
        /// To.
        to: TransactionState,
        /// Why, in an error state.
        error: Option<Failure>,
    },
    /// Records were sent to partitions that the coordinator does not know of yet.
    PartitionsWanted {
        /// When.
        at: Time,
        /// Which.
        partitions: Vec<TopicPartition>,
    },
    /// A batch was given up: after the abort, sequence numbers begin anew under another epoch (KIP-360).
    EpochBumpWanted {
        /// When.
        at: Time,
    },
    /// A request left.
    Requested {
        /// When.
        at: Time,
        /// Its number.
        correlation: Correlation,
        /// To which broker.
        to: BrokerId,
        /// What it asks.
        request: TransactionRequest,
    },
    /// A request is settled.
    Settled {
        /// When.
        at: Time,
        /// Its number.
        correlation: Correlation,
        /// What it asked.
        request: TransactionRequest,
        /// What it has come to.
        step: TransactionStep,
    },
    /// The transaction ends, and no partition has been added: nobody has to be told.
    EndedEmpty {
        /// When.
        at: Time,
        /// True for a commit.
        committed: bool,
    },
    /// `close` aborts what is open.
    AbortedByClose {
        /// When.
        at: Time,
    },
    /// A broker has said how transactions are written in its cluster.
    VersionFound {
        /// When.
        at: Time,
        /// `transaction.version`.
        version: TransactionVersion,
    },
}

impl TransactionEvent {
    pub(super) fn at(&self) -> Time {
        match self {
            TransactionEvent::CallWaits { at, .. }
            | TransactionEvent::CallTaken { at }
            | TransactionEvent::CallBegan { at, .. }
            | TransactionEvent::CallReturned { at, .. }
            | TransactionEvent::StateChanged { at, .. }
            | TransactionEvent::PartitionsWanted { at, .. }
            | TransactionEvent::EpochBumpWanted { at }
            | TransactionEvent::Requested { at, .. }
            | TransactionEvent::Settled { at, .. }
            | TransactionEvent::EndedEmpty { at, .. }
            | TransactionEvent::AbortedByClose { at }
            | TransactionEvent::VersionFound { at, .. } => *at,
        }
    }
}
