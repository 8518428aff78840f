//! Names, bytes, times, records, workloads.

use millrace_client::listener::{Errand, Subscribed};
use millrace_model::config::bootstrap::{Address, Bootstrap, HOST, Whence};
use millrace_model::config::topic::TopicConfig;
use millrace_model::{
    Bytes, GroupId, Header, Partition, Pattern, Span, Time, Timestamp, TimestampType, TopicName,
};
use millrace_sim::{Name, NewRecord, ResetScope, ResetTarget, Skew, Workload};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Anything that a learner might call something.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z][a-z0-9._-]{0,8}",
        1 => "\\PC{1,6}",
        1 => any::<String>().prop_filter("a name", |name| !name.is_empty()),
        1 => select(vec!["--topic", "+", "off", "never", "when", "it's", "#", "a b", "$x", "until"]).prop_map(str::to_owned),
    ]
}

pub fn topic() -> impl Strategy<Value = TopicName> {
    name().prop_map(TopicName::from)
}

pub fn group() -> impl Strategy<Value = GroupId> {
    name().prop_map(GroupId::from)
}

pub fn short_name() -> impl Strategy<Value = Name> {
    name().prop_filter("no slash", |name| !name.contains('/')).prop_map(Name::from)
}

pub fn span() -> impl Strategy<Value = Span> {
    prop_oneof![(0..100_u64).prop_map(Span::from_secs), (0..10_000_000_000_u64).prop_map(Span)]
}

pub fn bytes() -> impl Strategy<Value = Option<Bytes>> {
    let text = prop_oneof![name(), Just(String::new()), Just("{\"amount\": 12}".to_owned())];
    of(prop_oneof![text.prop_map(|t| t.into_bytes().into()), vec(any::<u8>(), 0..5).prop_map(Bytes::from)])
}

pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (-90_000_000..90_000_000_i64).prop_map(|ms| Timestamp(Time::EPOCH.0 + ms)),
        any::<i64>().prop_map(Timestamp)
    ]
}

prop_compose! {
    pub fn record()(
        topic in of(topic()),
        key in bytes(),
        value in bytes(),
        timestamp in of(timestamp()),
        partition in of((0..i32::MAX).prop_map(Partition)),
        headers in vec((any::<String>(), bytes()), 0..3),
    ) -> NewRecord {
        let headers = headers.into_iter().map(|(key, value)| Header { key: key.into(), value }).collect();
        NewRecord { topic, key, value, timestamp, partition, headers }
    }
}

prop_compose! {
    pub fn workload()(
        rate in 1..1_000_000_u32,
        keys in vec(any::<String>().prop_map(Into::into), 0..4),
        skew in select(Skew::ALL.map(|(_, skew)| skew).to_vec()),
        value in any::<String>().prop_map(Into::into),
        late_percent in 0..=100_u8,
        late_by in span(),
        topic in of(topic()),
        is_per_record in any::<bool>(),
    ) -> Workload {
        Workload { rate, keys, skew, value, late_percent, late_by, topic, is_per_record }
    }
}

prop_compose! {
    pub fn topic_config()(
        max_message_bytes in 0..i32::MAX as usize,
        log_append in any::<bool>(),
        min_insync_replicas in 1..9_usize,
        overrides in vec(
            select(vec![("retention.ms", "60000"), ("cleanup.policy", "compact,delete"), ("min.insync.replicas", "1")]),
            0..3,
        ),
    ) -> TopicConfig {
        let message_timestamp_type =
            if log_append { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
        let mut config =
            TopicConfig { max_message_bytes, message_timestamp_type, min_insync_replicas, ..TopicConfig::default() };
        for (key, value) in overrides {
            config.set(key, Some(value));
        }
        config
    }
}

pub fn reads() -> impl Strategy<Value = Subscribed> {
    let patterns = vec!["t[ab]", "orders-.*", r"a\.(b|c)+", "it's"];
    prop_oneof![
        2 => vec(topic(), 1..4).prop_map(Subscribed::Topics),
        1 => select(patterns).prop_map(|p| Subscribed::Pattern(Pattern::new(p).unwrap().into())),
    ]
}

pub fn scope() -> impl Strategy<Value = ResetScope> {
    let topic = select(vec!["orders", "a.b", "--x", "it's"]).prop_map(TopicName::from);
    let partitions = vec((0..i32::MAX).prop_map(Partition), 0..3);
    prop_oneof![Just(ResetScope::AllTopics), vec((topic, partitions), 1..3).prop_map(ResetScope::Topics),]
}

pub fn target() -> impl Strategy<Value = ResetTarget> {
    prop_oneof![
        Just(ResetTarget::Earliest),
        Just(ResetTarget::Latest),
        Just(ResetTarget::Current),
        any::<i64>().prop_map(ResetTarget::Offset),
        any::<i64>().prop_map(ResetTarget::ShiftBy),
        (0..253_000_000_000_000_i64).prop_map(|ms| ResetTarget::Datetime(Timestamp(ms))),
        (0..1_000_000_000_000_u64).prop_map(|ms| ResetTarget::Duration(Span::from_millis(ms))),
    ]
}

pub fn errand() -> impl Strategy<Value = Errand> {
    prop_oneof![
        reads().prop_map(Errand::Subscribe),
        Just(Errand::Unsubscribe),
        Just(Errand::Commit),
        span().prop_map(Errand::Block),
    ]
}

/// Where a client runs and begins; a network alone is written, too, and the world refuses it.
pub fn bootstrap() -> impl Strategy<Value = Bootstrap> {
    let address = (select(vec!["localhost", "kafka-1.example", "::1"]), 1..u16::MAX)
        .prop_map(|(host, port)| Address { host: host.into(), port });
    let network = of(name().prop_filter("not the host", |name| name != HOST));
    (vec(address, 0..3), network).prop_map(|(servers, network)| {
        let whence = Whence { servers, network: network.map(Into::into) };
        Bootstrap((whence != Whence::default()).then(|| whence.into()))
    })
}
