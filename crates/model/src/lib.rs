//! The nouns that every part of Millrace shares: ids, time, records, requests, responses, configuration.
//!
//! There is no behaviour here beyond what a noun knows about itself (a record knows its size, a batch its
//! largest timestamp). State machines live in `broker`, `client` and `streams`; time and chance in `sim`.

pub mod cluster;
pub mod collections;
pub mod config;
pub mod dice;
pub mod error_code;
pub mod hash;
pub mod ids;
pub mod limits;
pub mod pattern;
pub mod produced;
pub mod protocol;
pub mod record;
pub mod time;
pub mod transaction_version;

pub use cluster::{BrokerInfo, ClusterMetadata, PartitionInfo, TopicInfo};
pub use collections::{Map, Set};
pub use config::profile::Profile;
pub use dice::Dice;
pub use error_code::ErrorCode;
pub use hash::StableHasher;
pub use ids::{
    BrokerEpoch, BrokerId, ClientId, Generation, GroupEpoch, GroupId, LeaderEpoch, MemberId, Offset,
    Partition, PartitionEpoch, ProducerEpoch, ProducerId, TopicId, TopicName, TopicPartition,
};
/// A codec (`compression.type`).
pub use millrace_records::CompressionType;
pub use pattern::Pattern;
pub use produced::{Cleaned, EndTxnMarker, ProducedBy};
pub use protocol::{Request, Response};
pub use record::{Batch, Header, Origin, Record, StoredBatch, TimestampType};
pub use time::{Span, Time, Timestamp};
pub use transaction_version::TransactionVersion;

/// Bytes that are shared, never copied: keys, values, header values.
pub type Bytes = std::sync::Arc<[u8]>;
