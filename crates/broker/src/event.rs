//! What happened at a broker: enough to apply it, and enough to tell it to a learner.

use crate::assignor::TopicId;
use crate::replica::ReplicaEvent;
use crate::{GroupChange, Lifecycle, LogChange, RequestId, TxnEvent};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{ConfigChanges, ConfigResource, IsolationLevel, MetadataDelta};
use millrace_model::{
    BrokerId, ErrorCode, GroupId, LeaderEpoch, MemberId, Offset, StoredBatch, Time, TopicName, TopicPartition,
};
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A topic came to be, by CreateTopics, by a Metadata request or by the first use of a group.
    TopicCreated {
        /// Its name.
        topic: TopicName,
        /// Its id, drawn by the controller.
        id: TopicId,
        /// How many partitions it has.
        partitions: i32,
        /// Its settings.
        config: TopicConfig,
        /// Kafka's own?
        internal: bool,
        /// Who leads its partitions.
        leader: BrokerId,
    },
    /// A topic got more partitions. What its keys map to has changed with that.
    PartitionsAdded {
        /// The topic.
        topic: TopicName,
        /// How many it had.
        from: i32,
        /// How many it has.
        to: i32,
        /// Who leads the new ones.
        leader: BrokerId,
    },
    /// A topic is gone, with all its records.
    TopicDeleted {
        /// The topic.
        topic: TopicName,
        /// When.
        at: Time,
    },
    /// The leader wrote a batch at the end of a log.
    BatchAppended {
        /// Where.
        tp: TopicPartition,
        /// The batch with its place.
        stored: StoredBatch,
    },
    /// A produced batch was not written.
    ProduceRejected(RejectedBatch),
    /// A fetch found less than it wants and waits.
    FetchHeld {
        /// Which request.
        request: RequestId,
        /// Until when at most (`fetch.max.wait.ms`).
        until: Time,
        /// How much it wants (`fetch.min.bytes`).
        min_bytes: usize,
        /// The whole budget of the answer (`fetch.max.bytes`).
        max_bytes: usize,
        /// Its positions.
        partitions: Arc<[HeldPartition]>,
    },
    /// A fetch was answered.
    FetchAnswered {
        /// Which request.
        request: RequestId,
        /// Had it been held?
        was_held: bool,
        /// Records in the answer.
        records: usize,
        /// Bytes in the answer.
        bytes: usize,
    },
    /// Something happened to a group.
    Group {
        /// Which group.
        group: GroupId,
        /// When.
        at: Time,
        /// What.
        change: GroupChange,
    },
    /// The coordinator has looked for offsets that have expired.
    RetentionChecked {
        /// When.
        at: Time,
        /// When it looks again; `None` while there is no group.
        next: Option<Time>,
    },
    /// Settings were changed.
    ConfigsAltered {
        /// Whose.
        resource: ConfigResource,
        /// The names with their new values.
        changes: ConfigChanges,
    },
    /// An administrator let a log begin later.
    RecordsDeleted {
        /// Which log.
        tp: TopicPartition,
        /// Where it begins now.
        log_start_offset: Offset,
    },
    /// An empty log has taken over the offsets of another cluster's.
    LogImported {
        /// Which log.
        tp: TopicPartition,
        /// Where it begins.
        log_start_offset: Offset,
        /// Where it ends.
        log_end_offset: Offset,
    },
    /// A request was turned down; nothing has changed.
    Rejected(Rejection),
    /// Something happened to a log's segments.
    LogChanged {
        /// Which log.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// What.
        change: LogChange,
    },
    /// The broker has looked after its logs, or something has changed that may be due there earlier.
    LogsChecked {
        /// When: it looks again when the next one is due after that.
        at: Time,
    },
    /// Its life as a member of a cluster goes on.
    Lifecycle(Box<Lifecycle>),
    /// It has read a stretch of the controller's log.
    MetadataRead {
        /// When.
        at: Time,
        /// What.
        delta: MetadataDelta,
    },
    /// Something happened around producers with an id.
    Txn(Box<TxnEvent>),
    /// Something happened to replicas, in a cluster.
    Replica(Box<ReplicaEvent>),
}

/// A batch that was not written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RejectedBatch {
    /// Where it should have gone.
    pub tp: TopicPartition,
    /// Why not.
    pub error: ErrorCode,
    /// How many records it held.
    pub records: usize,
    /// The broker's sentence, if it says more than the error: which sequence number it missed.
    pub why: Option<Box<str>>,
}

/// A request that was turned down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rejection {
    /// Kafka's name of the API.
    pub api: &'static str,
    /// What it was about: a topic, a partition, a group.
    pub subject: Arc<str>,
    /// Who asked, if it was a member.
    pub member: Option<MemberId>,
    /// The error in the answer.
    pub error: ErrorCode,
    /// Why, in words.
    pub why: Arc<str>,
}

/// One position of a held fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// From where on.
    pub fetch_offset: Offset,
    /// The leader epoch that the client believes in.
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// `max.partition.fetch.bytes`.
    pub partition_max_bytes: usize,
    /// `isolation.level` of the request.
    pub isolation_level: IsolationLevel,
    /// Bytes that were there when it was held.
    pub readable: usize,
}

impl Event {
    pub(crate) fn rejected(api: &'static str, subject: &str, error: ErrorCode, words: Option<&str>) -> Event {
        Event::Rejected(Rejection {
            api,
            subject: subject.into(),
            member: None,
            error,
            why: words.unwrap_or(error.message()).into(),
        })
    }
}
