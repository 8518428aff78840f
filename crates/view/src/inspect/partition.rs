//! Topics and partitions.

use super::{Inspector, find, links};
use crate::cast::{self, Cast};
use crate::words;
use millrace_broker::Event;
use millrace_model::{BrokerId, TopicName, TopicPartition};
use millrace_sim::{Command, Fact, Timeline};
use millrace_words::inspect as say;

pub(super) fn topic(timeline: &Timeline, cast: &Cast<'_>, name: &TopicName) -> Option<Inspector> {
    let topic = cast::topic(cast.world, name.as_str())?;
    let mut inspector = Inspector::new("topic", name.as_str());
    let records: usize = topic.partitions().map(|partition| partition.log.record_count()).sum();
    let bytes: u64 = topic.partitions().map(|partition| partition.log.size_in_bytes()).sum();
    inspector.fact("PartitionCount", topic.partition_count());
    let replicas = topic.partitions().next().map_or(0, |partition| partition.info.replicas.len());
    inspector.fact("ReplicationFactor", replicas);
    inspector.fact("records", records);
    inspector.fact("bytes", bytes);
    for group in cast.readers(name) {
        let lag: u64 = cast::logs(topic)
            .map(|(tp, log)| {
                log.high_watermark().since(group.committed(&tp).unwrap_or(log.log_start_offset()))
            })
            .sum();
        inspector.fact(say::lag_of(&group.name()), lag);
    }
    let made = find::newest(timeline, |entry| match &entry.fact {
        Fact::Broker(Event::TopicCreated { topic, .. } | Event::PartitionsAdded { topic, .. }) => {
            (topic == name).then_some(())
        }
        _ => None,
    });
    if let Some((entry, ())) = made {
        inspector.why = find::chain(timeline, entry.id);
    }
    // Kafka's own topics keep their count: where a group's offsets lie follows from it.
    if !topic.is_internal() {
        let total = topic.partition_count().saturating_add(1);
        inspector.action(say::do_add_a_partition(), &Command::AddPartitions { topic: name.clone(), total });
    }
    if let Some(id) = topic.partitions().find_map(|partition| partition.info.leader) {
        links::broker(&mut inspector, cast.world, id);
    }
    Some(inspector)
}

pub(super) fn inspect(timeline: &Timeline, cast: &Cast<'_>, tp: &TopicPartition) -> Option<Inspector> {
    let topic = cast::topic(cast.world, tp.topic.as_str())?;
    let partition = topic.partition(tp.partition)?;
    let log = &partition.log;
    let mut inspector = Inspector::new("partition", format!("{} · P{}", tp.topic, tp.partition));
    let ids = |ids: &[BrokerId]| words::list(ids.iter().map(ToString::to_string), 6);
    inspector
        .fact("Leader", partition.info.leader.map_or_else(|| say::none_m().to_owned(), |id| id.to_string()));
    inspector.fact("Replicas", ids(&partition.info.replicas));
    inspector.fact("Isr", ids(&partition.info.isr));
    inspector.fact("log start offset", log.log_start_offset());
    inspector.fact("high watermark", log.high_watermark());
    inspector.fact("log end offset", log.log_end_offset());
    inspector.fact("records", log.record_count());
    inspector.fact("bytes", log.size_in_bytes());
    if log.unknown_count() > 0 {
        inspector.fact("imported", say::offsets_contents_unknown(&log.unknown_count()));
    }
    for group in cast.readers(&tp.topic) {
        let committed = group.committed(tp);
        let owner = group.owner(tp);
        let position = owner.and_then(|member| member.consumer()?.position(tp));
        let offset =
            |o: Option<millrace_model::Offset>| o.map_or_else(|| say::none_m().to_owned(), |o| o.to_string());
        let lag = log.high_watermark().since(committed.unwrap_or(log.log_start_offset()));
        inspector.fact(
            group.name(),
            say::committed_position_lag_owner(
                &offset(committed),
                &offset(position),
                &lag,
                &owner.map_or(say::none_m(), |member| &member.node.name),
            ),
        );
    }
    let last = find::newest(timeline, |entry| match &entry.fact {
        Fact::Broker(Event::BatchAppended { tp: of, .. }) => (of == tp).then_some(()),
        _ => None,
    });
    if let Some((entry, ())) = last {
        inspector.why = find::chain(timeline, entry.id);
    }
    if let Some(id) = partition.info.leader {
        links::broker(&mut inspector, cast.world, id);
    }
    Some(inspector)
}
