//! CreateTopics (19), CreatePartitions (37) and DeleteTopics (20).

use crate::config::topic::TopicConfig;
use crate::{ErrorCode, TopicName};
use std::sync::Arc;

/// One topic to create.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewTopic {
    /// Its name.
    pub name: TopicName,
    /// `--partitions`; `None` is the broker's `num.partitions`.
    pub partitions: Option<i32>,
    /// `--replication-factor`; `None` is the broker's default.
    pub replication_factor: Option<i16>,
    /// `--config`.
    pub config: TopicConfig,
}

/// Asks for new topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTopicsRequest {
    /// The topics.
    pub topics: Vec<NewTopic>,
}

/// One answer for each topic; the words are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTopicsResponse {
    /// In the order of the request.
    pub topics: Vec<(TopicName, ErrorCode, Option<Arc<str>>)>,
}

/// Asks for topics to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteTopicsRequest {
    /// The topics.
    pub topics: Vec<TopicName>,
}

/// One answer for each topic; the words are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteTopicsResponse {
    /// In the order of the request.
    pub topics: Vec<(TopicName, ErrorCode, Option<Arc<str>>)>,
}

/// Asks for more partitions of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatePartitionsRequest {
    /// Topics, each with the total count wanted.
    pub topics: Vec<(TopicName, i32)>,
}

/// One answer for each topic; the words are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatePartitionsResponse {
    /// In the order of the request.
    pub topics: Vec<(TopicName, ErrorCode, Option<Arc<str>>)>,
}
