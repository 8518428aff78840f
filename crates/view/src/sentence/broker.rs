//! What happens at a broker.

use super::{Names, Sentence, SentenceKind, group};
use crate::words;
use millrace_broker::{CONSUMER_OFFSETS, Event};

pub(super) fn sentence(event: &Event, names: &Names<'_>) -> Option<Sentence> {
    let text = match event {
        Event::TopicCreated { topic, partitions, .. } => {
            format!(
                "topic {topic} was created with {}",
                words::many(u64::try_from(*partitions).unwrap_or(0), "partition")
            )
        }
        Event::PartitionsAdded { topic, from, to, .. } => format!(
            "topic {topic} has {to} partitions now instead of {from}: keys map to other partitions from here on"
        ),
        Event::TopicDeleted { topic, .. } => format!("topic {topic} was deleted with all its records"),
        Event::ConfigsAltered { resource, changes } => {
            let change = |(key, value): &(std::sync::Arc<str>, Option<std::sync::Arc<str>>)| match value {
                Some(value) => [key, "=", value].concat(),
                None => [key, " as by default"].concat(),
            };
            let changes: Vec<String> = changes.iter().map(change).collect();
            [&resource.name, ": ", &*changes.join(", ")].concat()
        }
        Event::RecordsDeleted { tp, log_start_offset } => {
            format!("{tp}: the log begins at offset {log_start_offset} now, what lay before is deleted")
        }
        Event::LogImported { tp, log_start_offset, log_end_offset } => format!(
            "{tp}: imported from another cluster, offsets {log_start_offset} to {log_end_offset}; what lies between is unknown"
        ),
        Event::BatchAppended { tp, .. } if tp.topic.as_str() == CONSUMER_OFFSETS => return None,
        Event::BatchAppended { tp, stored } => {
            let end = stored.next_offset();
            match stored.batch.len() {
                1 => {
                    format!("{tp}: 1 record appended at offset {}, high watermark {end}", stored.base_offset)
                }
                n => format!(
                    "{tp}: {n} records appended at offsets {} to {}, high watermark {end}",
                    stored.base_offset,
                    end.0 - 1
                ),
            }
        }
        Event::FetchHeld { .. } | Event::FetchAnswered { .. } | Event::RetentionChecked { .. } => {
            return None;
        }
        Event::ProduceRejected(rejected) => {
            let records = words::many(rejected.records, "record");
            let text = format!("{}: {records} refused: {}", rejected.tp, rejected.error);
            return Sentence::new(SentenceKind::Problem, text);
        }
        Event::Rejected(rejection) => {
            let who =
                rejection.member.as_ref().map(|id| format!(" of {}", names.member(id))).unwrap_or_default();
            let text = format!(
                "{}: {}{who} refused: {}, {}",
                rejection.subject, rejection.api, rejection.error, rejection.why
            );
            return Sentence::new(SentenceKind::Problem, text);
        }
        Event::Group { group, change, .. } => return group::sentence(group, change, names),
    };
    Sentence::new(SentenceKind::Broker, text)
}
