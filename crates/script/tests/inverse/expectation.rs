//! Expectations.

use super::plain::*;
use millrace_model::{Offset, Partition, Time, Timestamp};
use millrace_script::expectation::{
    Comparison, Expectation, OfContents, OfLoad, OfLog, OfNetwork, OfOutside, OfReplicas, OfStreams, Operand,
    Quantity, Spread, Timeout, Told, Value, Written,
};
use millrace_sim::Part;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

pub fn expectation() -> impl Strategy<Value = Expectation> {
    let tp = || {
        (topic(), 0..i32::MAX).prop_map(|(topic, partition)| millrace_model::TopicPartition {
            topic,
            partition: Partition(partition),
        })
    };
    let told = || {
        prop_oneof![
            Just(Told::Rebalances),
            Just(Told::Restarts),
            Just(Told::Moved),
            Just(Told::Stopped),
            Just(Told::Gap),
            Just(Told::Downtime),
            Just(Told::Refused),
            Just(Told::Unhandled),
            Just(Told::Busiest),
            Just(Told::Idlest),
            select(Timeout::ALL.map(|(_, timeout)| timeout).to_vec()).prop_map(Told::Timeouts),
            name().prop_map(|name| Told::Errors(name.into())),
        ]
    };
    let quantity = || {
        prop_oneof![
            topic().prop_map(Quantity::Records),
            topic().prop_map(Quantity::Partitions),
            tp().prop_map(Quantity::LogEndOffset),
            tp().prop_map(Quantity::HighWatermark),
            group().prop_map(Quantity::Lag),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Committed(group, tp)),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Owner(group, tp)),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Position(group, tp)),
            group().prop_map(Quantity::State),
            group().prop_map(Quantity::Generation),
            group().prop_map(Quantity::Members),
            group().prop_map(Quantity::Idle),
            (told(), group(), of(span()))
                .prop_map(|(told, group, within)| Quantity::Told(told, group, within)),
            group().prop_map(Quantity::Effects),
            group().prop_map(Quantity::Repeated),
            group().prop_map(Quantity::Dead),
            (topic(), name()).prop_map(|(topic, key)| Quantity::Newest(topic, key.into())),
            (
                prop_oneof![
                    Just(OfStreams::Tasks),
                    Just(OfStreams::Dropped),
                    Just(OfStreams::Failed),
                    Just(OfStreams::Internal),
                    Just(OfStreams::Rows),
                    name().prop_map(|key| OfStreams::Row(key.into())),
                    Just(OfStreams::Standbys),
                    name().prop_map(|key| OfStreams::Host(key.into())),
                    (name(), name())
                        .prop_map(|(instance, key)| OfStreams::Answer(instance.into(), key.into())),
                    Just(OfStreams::Strays),
                    Just(OfStreams::Crashes),
                    Just(OfStreams::Restored),
                    Just(OfStreams::Restoring),
                ],
                name(),
            )
                .prop_map(|(of, name)| Quantity::Streams(of, name.into())),
            (select(OfOutside::ALL.map(|(_, of)| of).to_vec()), name())
                .prop_map(|(of, name)| Quantity::Outside(of, name.into())),
            (name(), name()).prop_map(|(name, key)| Quantity::Shows(name.into(), key.into())),
            name().prop_map(|name| Quantity::Differs(name.into())),
            (topic(), topic()).prop_map(|(one, other)| Quantity::Spread(Spread::Apart(other), one)),
            (select(Written::ALL.map(|(_, of)| of).to_vec()), topic())
                .prop_map(|(written, topic)| Quantity::Written(written, topic)),
            (name(), name()).prop_map(|(client, key)| Quantity::Exported(client.into(), key.into())),
            (
                prop_oneof![
                    Just(OfLog::Start),
                    Just(OfLog::Stable),
                    Just(OfLog::Segments),
                    Just(OfLog::Gaps),
                    Just(OfLog::Dirty),
                    Just(OfLog::Cleaned),
                    (0..i64::MAX).prop_map(|offset| OfLog::Base(Offset(offset))),
                    (0..i64::MAX).prop_map(|offset| OfLog::Indexed(Offset(offset))),
                    (0..i64::MAX).prop_map(|offset| OfLog::Scanned(Offset(offset))),
                    (0..i64::MAX).prop_map(|offset| OfLog::Record(Offset(offset))),
                    (-90_000_000..90_000_000_i64).prop_map(|ms| OfLog::Since(Timestamp(Time::EPOCH.0 + ms))),
                ],
                tp(),
            )
                .prop_map(|(of, tp)| Quantity::Log(of, tp)),
            (
                prop_oneof![
                    Just(OfContents::Keys),
                    name().prop_map(|key| OfContents::Copies(key.into())),
                    Just(OfContents::Tombstones),
                    Just(OfContents::Batches),
                    Just(OfContents::Bytes),
                    Just(OfContents::Pids),
                    Just(OfContents::Resent),
                ],
                topic(),
            )
                .prop_map(|(of, topic)| Quantity::Contents(of, topic)),
            (name(), of(name()))
                .prop_map(|(producer, error)| Quantity::Retried(producer.into(), error.map(Into::into))),
            (name(), name()).prop_map(|(producer, class)| Quantity::Thrown(producer.into(), class.into())),
            (select(OfReplicas::ALL.map(|(_, of)| of).to_vec()), tp())
                .prop_map(|(of, tp)| Quantity::Replicas(of, tp)),
            (
                name(),
                select(vec![
                    OfLoad::Requests,
                    OfLoad::Throttled,
                    OfLoad::Capacity,
                    OfLoad::Busy(Part::Disk),
                    OfLoad::Busy(Part::NetworkIn)
                ])
            )
                .prop_map(|(name, of)| Quantity::Load(of, name.into())),
            (select(OfNetwork::ALL.map(|(_, of)| of).to_vec()), name())
                .prop_map(|(of, name)| Quantity::Network(of, name.into())),
            (tp(), group()).prop_map(|(tp, group)| {
                Quantity::Beaten(Box::new((Quantity::HighWatermark(tp), Quantity::Lag(group))))
            }),
            (name(), 0..9)
                .prop_map(|(name, partition)| Quantity::StreamTime(name.into(), Partition(partition))),
        ]
    };
    let value = prop_oneof![
        any::<i64>().prop_map(Value::Number),
        any::<String>().prop_map(|text| Value::Text(text.into())),
        (-90_000_000..90_000_000_i64).prop_map(|ms| Value::Time(Timestamp(Time::EPOCH.0 + ms))),
        span().prop_map(Value::Span),
        Just(Value::None),
    ];
    let operand = prop_oneof![value.prop_map(Operand::Value), quantity().prop_map(Operand::Quantity)];
    let comparison = select(Comparison::ALL.map(|(_, comparison)| comparison).to_vec());
    (quantity(), comparison, operand).prop_map(|(quantity, comparison, operand)| Expectation {
        quantity,
        comparison,
        operand,
    })
}
