//! What happens in a streams application.

use super::{Names, Sentence, SentenceKind, consumer, producer};
use crate::boards;
use crate::cast;
use crate::words;
use millrace_model::TopicPartition;
use millrace_sim::node::streams::StreamsEvent;
use millrace_streams::{TaskEvent, TaskId};
use millrace_words::sentences as say;

pub(super) fn sentence(event: &StreamsEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    match event {
        StreamsEvent::Consumer(event) => consumer::sentence(event, who),
        // What its producer does in between is told by "results left" and by the broker's append; its troubles are not.
        StreamsEvent::Producer(event) => {
            producer::sentence(event, who).filter(|sentence| sentence.kind == SentenceKind::Problem)
        }
        StreamsEvent::Task { task: id, event } => task(*id, event, who, names),
        StreamsEvent::TaskStarted { task } => {
            Sentence::new(SentenceKind::Streams, say::task_begins(&who, &task))
        }
        StreamsEvent::TaskClosed { task } => {
            Sentence::new(SentenceKind::Streams, say::task_closes(&who, &task))
        }
        StreamsEvent::StandbyStarted { task } => {
            Sentence::new(SentenceKind::Streams, say::standby_of_task_begins_to(&who, &task))
        }
        StreamsEvent::StandbyClosed { task } => {
            Sentence::new(SentenceKind::Streams, say::standby_of_task_closes(&who, &task))
        }
        StreamsEvent::StandbyPromoted { task } => {
            let text = say::standby_of_task_becomes_the(&who, &task);
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::RestoreStarted { task, changelog, from, to } => {
            let many = words::many(to.since(*from), "record");
            let text = say::task_restores_its_state_of(&who, &task, &many, &changelog);
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::RestoreProgressed { task, restored, remaining, .. } => {
            let left = if *remaining == 0 { say::none_left() } else { &remaining.to_string() };
            let many = words::many(*restored, "record");
            Sentence::new(SentenceKind::Streams, say::task_restored_left(&who, &task, &many, &left))
        }
        StreamsEvent::RestoreCompleted { task, changelog, .. } => {
            let text = say::task_has_its_state_back(&who, &task, &changelog);
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::TaskIdled { task, waits_for, until } => {
            let until = words::time(*until);
            let text = say::task_has_records_but_is(&who, &task, &waits_for, &until);
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::GlobalTablesRead { records } => {
            let many = words::many(*records, "record");
            Sentence::new(SentenceKind::Streams, say::has_read_its_global_tables(&who, &many))
        }
        StreamsEvent::TaskMigrated { .. } => {
            Sentence::new(SentenceKind::Problem, say::is_too_late_for_its_transaction(&who))
        }
        StreamsEvent::Passed { .. } => None,
        StreamsEvent::Emitted { task, results, .. } => {
            let results = words::many(*results, "result");
            Sentence::new(SentenceKind::Streams, say::left_task(&who, &results, &task))
        }
    }
}

fn task(task: TaskId, event: &TaskEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    let text = match event {
        TaskEvent::StreamTimeAdvanced { to, .. } => {
            say::stream_time_of_task_is(&who, &task, &words::clock(*to))
        }
        TaskEvent::WindowUpdated { key, window, old, new, .. } => {
            let value = |value: &Option<millrace_streams::Value>| {
                value.as_ref().map_or_else(|| say::nothing().to_owned(), |value| words::cut(&value.to_text()))
            };
            let window = boards::window_text(window.start.0, window.end.0);
            let key = words::bytes(Some(key));
            match old {
                None => say::window_of_opens_with(&who, &window, &key, &value(new)),
                Some(_) => say::window_of_after(&who, &window, &key, &value(new), &value(old)),
            }
        }
        TaskEvent::TableUpdated { key, new, .. } => {
            let value =
                new.as_ref().map_or_else(|| say::deleted().to_owned(), |value| words::cut(&value.to_text()));
            say::is(&who, &key, &value)
        }
        TaskEvent::RecordDropped { topic, partition, offset, timestamp, reason, .. } => {
            let tp = TopicPartition { topic: topic.clone(), partition: *partition };
            let key = cast::record(names.world(), &tp, *offset).and_then(|record| record.key.as_ref());
            let text = boards::drop_words(&words::key(key), *timestamp, reason);
            return Sentence::new(SentenceKind::Problem, text);
        }
        TaskEvent::WindowClosed { window, .. } => {
            say::window_is_final_in_task(&who, &boards::window_text(window.start.0, window.end.0), &task)
        }
        TaskEvent::RecordPeeked { label, key, value, .. } => {
            let key = key.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
            let value = value.as_ref().map_or_else(|| "null".to_owned(), |v| words::cut(&v.to_text()));
            format!("{who}: {label}: {key} = {value}")
        }
        TaskEvent::ResultReleased { key, .. } => say::the_result_of_is_let(&who, &key),
        TaskEvent::ResultBuffered { result, .. } => say::the_result_of_is_held(&who, &result.key),
        TaskEvent::PartnerAwaited { key, .. } => {
            let side = if key.left { say::left_here() } else { say::right() };
            say::the_record_of_waits_for(&who, &side, &words::bytes(Some(&key.key)))
        }
        TaskEvent::PartnerSettled { key, .. } => {
            say::waits_no_longer_for_a(&who, &words::bytes(Some(&key.key)))
        }
        TaskEvent::RecordHeldBack { record, .. } => say::the_record_of_waits(&who, &record.key),
        TaskEvent::UpdateCached { key, .. } => say::the_update_of_waits_for(&who, &key),
        TaskEvent::TaskFailed { failure, .. } => {
            return Sentence::new(SentenceKind::Problem, say::task_failed(&who, &task, &failure));
        }
        TaskEvent::RecordConsumed { .. }
        | TaskEvent::FinalResultsEmitted { .. }
        | TaskEvent::StoreExpired { .. }
        | TaskEvent::JoinRecordKept { .. }
        | TaskEvent::FinalResultsSought { .. }
        | TaskEvent::JoinTimeTracked { .. }
        | TaskEvent::CacheFlushed { .. }
        | TaskEvent::RecordLetGo { .. }
        | TaskEvent::WallClockAdvanced { .. }
        | TaskEvent::PunctuationScheduled { .. }
        | TaskEvent::StoreRestored { .. } => return None,
    };
    Sentence::new(SentenceKind::Streams, text)
}
