//! What the timestamps of a batch mean (`TimestampType`).

/// What the timestamps of a batch mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// Messages of magic 0 have no timestamps.
    NoTimestampType,
    /// When the producer made the record.
    #[default]
    CreateTime,
    /// When the broker appended the batch: then every record has the batch's `max_timestamp`.
    LogAppendTime,
}

impl TimestampType {
    /// Kafka's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoTimestampType => "NoTimestampType",
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}
