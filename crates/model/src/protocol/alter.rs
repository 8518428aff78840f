//! What an administrator does to what is there: IncrementalAlterConfigs (44), DeleteRecords (21), DeleteGroups (42),
//! OffsetDelete (47), WriteTxnMarkers (27). AlterClientQuotas (49) and AlterUserScramCredentials (51) are settings of their own kinds here.

use crate::{ErrorCode, GroupId, Offset, ProducerEpoch, ProducerId, TopicPartition};
use std::sync::Arc;

/// The kinds of things that have settings (`ConfigResource.Type`, and two that Kafka keeps apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A topic.
    Topic,
    /// A broker by its number; all of them under the empty name.
    Broker,
    /// A group.
    Group,
    /// A subscription to client metrics.
    ClientMetrics,
    /// Quotas of users, clients or addresses: [`ConfigResource::quota`].
    Quota,
    /// A user's SCRAM credentials. Passwords are not kept.
    Scram,
}

/// Something that has settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name.
    pub name: Arc<str>,
}

/// How the default entity of a quota is written.
const DEFAULT: &str = "<default>";

impl ConfigResource {
    /// A resource by its name.
    pub fn new(kind: ResourceKind, name: &str) -> ConfigResource {
        ConfigResource { kind, name: name.into() }
    }

    /// The quotas of an entity: its types (`users`, `clients`, `ips`) with their names, `None` for the default.
    pub fn quota<'a>(entity: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> ConfigResource {
        let part = |(kind, name): (&str, Option<&str>)| {
            let name = name.map(|name| name.replace('%', "%25").replace('/', "%2F").replace('<', "%3C"));
            format!("{kind}/{}", name.as_deref().unwrap_or(DEFAULT))
        };
        let parts: Vec<String> = entity.into_iter().map(part).collect();
        ConfigResource { kind: ResourceKind::Quota, name: parts.join("/").into() }
    }

    /// The entity of a quota, as [`ConfigResource::quota`] took it.
    pub fn entity(&self) -> Vec<(String, Option<String>)> {
        let words: Vec<&str> = self.name.split('/').collect();
        let plain = |word: &str| word.replace("%3C", "<").replace("%2F", "/").replace("%25", "%");
        words
            .chunks(2)
            .filter_map(|pair| match pair {
                [kind, name] => Some(((*kind).to_owned(), (*name != DEFAULT).then(|| plain(name)))),
                _ => None,
            })
            .collect()
    }
}

/// Settings by name with their new values; `None` takes one back.
pub type ConfigChanges = Vec<(Arc<str>, Option<Arc<str>>)>;

/// Something that an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AdminRequest {
    /// Change settings.
    IncrementalAlterConfigs {
        /// Whose.
        resource: ConfigResource,
        /// Which.
        changes: ConfigChanges,
    },
    /// Let logs begin later.
    DeleteRecords {
        /// The first offset that stays, for each partition; -1 is the high watermark.
        offsets: Vec<(TopicPartition, Offset)>,
    },
    /// Let empty logs begin and end at offsets of another cluster; what lies between is not known here. No API of Kafka's.
    ImportLogs {
        /// The first offset of each partition, and the one that its next record gets.
        offsets: Vec<(TopicPartition, Offset, Offset)>,
    },
    /// Delete a group with what it has committed.
    DeleteGroups {
        /// The group.
        group: GroupId,
    },
    /// Delete what a group has committed.
    OffsetDelete {
        /// The group.
        group: GroupId,
        /// For which partitions.
        partitions: Vec<TopicPartition>,
    },
    /// Write an abort marker, whatever the coordinator knows: the end of a transaction that hangs (`abortTransaction`).
    WriteTxnMarkers {
        /// Where.
        tp: TopicPartition,
        /// Whose transaction.
        producer_id: ProducerId,
        /// Under which epoch.
        producer_epoch: ProducerEpoch,
        /// The epoch of the coordinator that is said to write it.
        coordinator_epoch: i32,
    },
}

impl AdminRequest {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            AdminRequest::IncrementalAlterConfigs { .. } => "IncrementalAlterConfigs",
            AdminRequest::DeleteRecords { .. } => "DeleteRecords",
            AdminRequest::ImportLogs { .. } => "ImportLogs",
            AdminRequest::DeleteGroups { .. } => "DeleteGroups",
            AdminRequest::OffsetDelete { .. } => "OffsetDelete",
            AdminRequest::WriteTxnMarkers { .. } => "WriteTxnMarkers",
        }
    }
}

/// The answer; the words are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdminResponse {
    /// The API that was asked.
    pub api: &'static str,
    /// The error of the whole.
    pub error: ErrorCode,
    /// Its sentence.
    pub words: Option<Arc<str>>,
    /// Of each partition that was asked for: its error, and where its log begins now (`low_watermark`; -1 if that was not
    /// asked).
    pub partitions: Vec<(TopicPartition, ErrorCode, Offset)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_read_as_it_was_written() {
        for name in ["alice", "a/b%2F", "<default>", ""] {
            let entity = [("users", Some(name)), ("clients", None)];
            let resource = ConfigResource::quota(entity);
            let read = resource.entity();
            assert_eq!(read, [("users".to_owned(), Some(name.to_owned())), ("clients".to_owned(), None)]);
        }
    }
}
