//! One record.

use super::{Inspector, headers, life};
use crate::cast::{self, Cast};
use crate::cells::{Progress, failed, state_word};
use crate::words;
use millrace_client::listener::{DestinationKind, headers as spring};
use millrace_model::{CompressionType, Offset, Partition, Record, TopicPartition};
use millrace_sim::{Command, NewRecord, Timeline};
use millrace_words::inspect as say;

pub(super) fn inspect(
    timeline: &Timeline,
    cast: &Cast<'_>,
    tp: &TopicPartition,
    offset: Offset,
) -> Option<Inspector> {
    let stored = cast::stored(cast.world, tp, offset)?;
    let record = stored.record(offset)?;
    let mut inspector = Inspector::new("record", say::p_offset(&tp.topic, &tp.partition, &offset));
    inspector.fact("key", words::bytes(record.key.as_ref()));
    inspector.fact("value", words::bytes(record.value.as_ref()));
    inspector.fact("timestamp", words::clock(stored.timestamp(record)));
    let batch = &stored.batch;
    inspector.fact("batch", say::records_bytes(batch.len() as u64, &batch.size_in_bytes));
    if batch.compression != CompressionType::None {
        inspector.fact("compression.type", batch.compression.name());
    }
    inspector.fact("appended", words::time(stored.appended_at));
    for group in cast.readers(&tp.topic) {
        let progress = Progress::of(group, group.owner(tp), tp);
        let failed = failed(cast.world, group).contains(&(tp.clone(), offset));
        inspector.fact(group.name(), state_word(progress.state(offset, failed)));
    }
    if spring::original(record).is_some() {
        // The header counts the coming delivery, in the dead letters too, where none comes.
        let coming = spring::attempts(record);
        let is_dead = is_dead_letter(cast, tp);
        let so_far = coming.saturating_sub(1);
        inspector
            .fact("attempts", if is_dead { so_far.to_string() } else { say::number_comes(&so_far, &coming) });
    }
    for header in record.headers.iter() {
        inspector.fact(say::header(&header.key), headers::value(header));
    }
    let main = spring::original(record).unwrap_or_else(|| (tp.clone(), offset));
    let original = cast::record(cast.world, &main.0, main.1).unwrap_or(record);
    inspector.why = life::life(timeline, original, &main);
    actions(&mut inspector, record, tp, &main.0);
    Some(inspector)
}

fn is_dead_letter(cast: &Cast<'_>, tp: &TopicPartition) -> bool {
    let mut chains = cast.groups.iter().flat_map(|group| group.retry_chain());
    chains.any(|retry| retry.topic == tp.topic && retry.kind == DestinationKind::DeadLetter)
}

fn actions(inspector: &mut Inspector, record: &Record, tp: &TopicPartition, main: &TopicPartition) {
    let again = |partition: Option<Partition>| Command::Produce {
        producer: None,
        records: vec![NewRecord {
            topic: Some(main.topic.clone()),
            key: record.key.clone(),
            value: record.value.clone(),
            timestamp: None,
            partition,
            headers: Default::default(),
        }],
    };
    if tp == main {
        inspector.action(say::do_produce_the_same_again(), &again(None));
    } else {
        inspector.action(say::send_it_to_again(&main.topic), &again(None));
    }
}
