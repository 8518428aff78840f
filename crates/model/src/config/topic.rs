//! Topic settings (`TopicConfig`).

use crate::TimestampType;

/// What a topic is created with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicConfig {
    /// `max.message.bytes`, default 1048588.
    pub max_message_bytes: usize,
    /// `message.timestamp.type`, default CreateTime.
    pub message_timestamp_type: TimestampType,
    /// `min.insync.replicas`, default 1.
    pub min_insync_replicas: usize,
}

impl Default for TopicConfig {
    fn default() -> Self {
        TopicConfig {
            max_message_bytes: 1_048_588,
            message_timestamp_type: TimestampType::CreateTime,
            min_insync_replicas: 1,
        }
    }
}
