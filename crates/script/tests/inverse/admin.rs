//! What an administrator asks for.

use super::plain::*;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};
use millrace_model::{Offset, ProducerEpoch, ProducerId, TopicPartition};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn resource() -> impl Strategy<Value = ConfigResource> {
    let kinds =
        vec![ResourceKind::Topic, ResourceKind::Broker, ResourceKind::Group, ResourceKind::ClientMetrics];
    let names = || select(vec!["orders", "it's", "1", "--x", ""]);
    prop_oneof![
        (select(kinds), names()).prop_map(|(kind, name)| ConfigResource::new(kind, name)),
        (of(select(vec!["alice", "a/b%"])), of(select(vec!["app"])))
            .prop_map(|(user, client)| ConfigResource::quota([("users", user), ("clients", client)])),
        of(select(vec!["10.0.0.1"])).prop_map(|ip| ConfigResource::quota([("ips", ip)])),
    ]
}

pub fn admin_request() -> impl Strategy<Value = AdminRequest> {
    let changes = |keys: Vec<&'static str>| {
        let values = vec![Some("5"), Some("a,b"), Some("x=y"), Some(""), None];
        vec((select(keys), select(values)), 1..3).prop_map(|changes| {
            let mut all: ConfigChanges =
                changes.into_iter().map(|(key, value)| (key.into(), value.map(Into::into))).collect();
            // What is added comes first.
            all.sort_by_key(|(_, value)| value.is_none());
            all
        })
    };
    let tps = || vec((select(vec!["a.b", "orders"]), 0..9_i32), 1..4);
    let tp = |(topic, partition): (&str, i32)| TopicPartition::new(topic, partition);
    prop_oneof![
        (resource(), changes(vec!["retention.ms", "k"]))
            .prop_map(|(resource, changes)| AdminRequest::IncrementalAlterConfigs { resource, changes }),
        changes(vec!["SCRAM-SHA-256", "SCRAM-SHA-512"]).prop_map(|changes| {
            let resource = ConfigResource::new(ResourceKind::Scram, "bob");
            AdminRequest::IncrementalAlterConfigs { resource, changes }
        }),
        vec((select(vec!["a.b", "or\"d"]), 0..9_i32, -1..99_i64), 1..4).prop_map(|offsets| {
            let offset = |(topic, partition, offset)| (TopicPartition::new(topic, partition), Offset(offset));
            AdminRequest::DeleteRecords { offsets: offsets.into_iter().map(offset).collect() }
        }),
        (select(vec!["a.b", "it's"]), vec((0..999_i32, 0..99_i64, 0..i64::MAX - 99), 1..4)).prop_map(
            |(topic, offsets)| {
                let one = |(partition, start, count)| {
                    (TopicPartition::new(topic, partition), Offset(start), Offset(start + count))
                };
                AdminRequest::ImportLogs { offsets: offsets.into_iter().map(one).collect() }
            }
        ),
        group().prop_map(|group| AdminRequest::DeleteGroups { group }),
        (select(vec!["a.b", "it's"]), 0..9_i32, 0..i64::MAX, 0..i16::MAX, 0..i32::MAX).prop_map(
            |(topic, partition, id, epoch, coordinator_epoch)| AdminRequest::WriteTxnMarkers {
                tp: TopicPartition::new(topic, partition),
                producer_id: ProducerId(id),
                producer_epoch: ProducerEpoch(epoch),
                coordinator_epoch,
            }
        ),
        (group(), tps()).prop_map(move |(group, partitions)| AdminRequest::OffsetDelete {
            group,
            partitions: partitions.into_iter().map(tp).collect()
        }),
    ]
}
