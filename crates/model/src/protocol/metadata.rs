//! Metadata (API 3).

use crate::{ClusterMetadata, ErrorCode, TopicName};

/// Asks for brokers, topics and leaders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataRequest {
    /// The topics; `None` asks for all (a pattern subscription does).
    pub topics: Option<Vec<TopicName>>,
    /// `allow.auto.create.topics`: create what is missing, if the broker allows it.
    pub allow_auto_topic_creation: bool,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataResponse {
    /// Brokers, and the topics that were found.
    pub cluster: ClusterMetadata,
    /// The topics that were asked for and not found (or not allowed), with the reason.
    pub errors: Vec<(TopicName, ErrorCode)>,
}
