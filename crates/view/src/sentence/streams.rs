//! What happens in a streams application.

use super::{Names, Sentence, SentenceKind, consumer, producer};
use crate::boards;
use crate::cast;
use crate::words;
use millrace_model::TopicPartition;
use millrace_sim::node::streams::StreamsEvent;
use millrace_streams::{TaskEvent, TaskId};

pub(super) fn sentence(event: &StreamsEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    match event {
        StreamsEvent::Consumer(event) => consumer::sentence(event, who),
        // What its producer does in between is told by "results left" and by the broker's append; its troubles are not.
        StreamsEvent::Producer(event) => {
            producer::sentence(event, who).filter(|sentence| sentence.kind == SentenceKind::Problem)
        }
        StreamsEvent::Task { task: id, event } => task(*id, event, who, names),
        StreamsEvent::TaskStarted { task } => {
            Sentence::new(SentenceKind::Streams, format!("{who}: task {task} begins"))
        }
        StreamsEvent::TaskClosed { task } => {
            Sentence::new(SentenceKind::Streams, format!("{who}: task {task} closes"))
        }
        StreamsEvent::StandbyStarted { task } => {
            Sentence::new(SentenceKind::Streams, format!("{who}: standby of task {task} begins to follow"))
        }
        StreamsEvent::StandbyClosed { task } => {
            Sentence::new(SentenceKind::Streams, format!("{who}: standby of task {task} closes"))
        }
        StreamsEvent::StandbyPromoted { task } => {
            let text = format!("{who}: standby of task {task} becomes the active task; its state is here");
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::RestoreStarted { task, changelog, from, to } => {
            let many = words::many(to.since(*from), "record");
            let text = format!("{who}: task {task} restores its state: {many} of {changelog}");
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::RestoreProgressed { task, restored, remaining, .. } => {
            let left = if *remaining == 0 { "none" } else { &remaining.to_string() };
            let many = words::many(*restored, "record");
            Sentence::new(SentenceKind::Streams, format!("{who}: task {task}: {many} restored, {left} left"))
        }
        StreamsEvent::RestoreCompleted { task, changelog, .. } => {
            let text = format!("{who}: task {task} has its state back from {changelog}");
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::TaskIdled { task, waits_for, until } => {
            let until = words::time(*until);
            let text = format!(
                "{who}: task {task} has records, but {waits_for} is empty: it waits until {until} (max.task.idle.ms)"
            );
            Sentence::new(SentenceKind::Streams, text)
        }
        StreamsEvent::GlobalTablesRead { records } => {
            let many = words::many(*records, "record");
            Sentence::new(SentenceKind::Streams, format!("{who} has read its global tables: {many}"))
        }
        StreamsEvent::Passed { .. } => None,
        StreamsEvent::Emitted { task, results, .. } => {
            let results = words::many(*results, "result");
            Sentence::new(SentenceKind::Streams, format!("{who}: {results} left task {task}"))
        }
    }
}

fn task(task: TaskId, event: &TaskEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    let text = match event {
        TaskEvent::StreamTimeAdvanced { to, .. } => {
            format!("{who}: stream time of task {task} is {}", words::clock(*to))
        }
        TaskEvent::WindowUpdated { key, window, old, new, .. } => {
            let value = |value: &Option<millrace_streams::Value>| {
                value.as_ref().map_or_else(|| "nothing".to_owned(), |value| words::cut(&value.to_text()))
            };
            let window = boards::window_text(window.start.0, window.end.0);
            let key = words::bytes(Some(key));
            match old {
                None => format!("{who}: window {window} of {key} opens with {}", value(new)),
                Some(_) => format!("{who}: window {window} of {key}: {} after {}", value(new), value(old)),
            }
        }
        TaskEvent::TableUpdated { key, new, .. } => {
            let value =
                new.as_ref().map_or_else(|| "deleted".to_owned(), |value| words::cut(&value.to_text()));
            format!("{who}: {key} is {value}")
        }
        TaskEvent::RecordDropped { topic, partition, offset, timestamp, reason, .. } => {
            let tp = TopicPartition { topic: topic.clone(), partition: *partition };
            let key = cast::record(names.world(), &tp, *offset).and_then(|record| record.key.as_ref());
            let text = boards::drop_words(&words::key(key), *timestamp, reason);
            return Sentence::new(SentenceKind::Problem, text);
        }
        TaskEvent::WindowClosed { window, .. } => format!(
            "{who}: window {} is final in task {task}: stream time reached its end and grace",
            boards::window_text(window.start.0, window.end.0)
        ),
        TaskEvent::RecordPeeked { label, key, value, .. } => {
            let key = key.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
            let value = value.as_ref().map_or_else(|| "null".to_owned(), |v| words::cut(&v.to_text()));
            format!("{who}: {label}: {key} = {value}")
        }
        TaskEvent::ResultReleased { key, .. } => format!("{who}: the result of {key} is let go"),
        TaskEvent::ResultBuffered { result, .. } => {
            format!("{who}: the result of {} is held back", result.key)
        }
        TaskEvent::PartnerAwaited { key, .. } => {
            let side = if key.left { "left" } else { "right" };
            format!("{who}: the {side} record of {} waits for a partner", words::bytes(Some(&key.key)))
        }
        TaskEvent::PartnerSettled { key, .. } => {
            format!("{who}: {} waits no longer for a partner", words::bytes(Some(&key.key)))
        }
        TaskEvent::RecordHeldBack { record, .. } => {
            format!("{who}: the record of {} waits for the table", record.key)
        }
        TaskEvent::UpdateCached { key, .. } => format!("{who}: the update of {key} waits for the commit"),
        TaskEvent::TaskFailed { failure, .. } => {
            return Sentence::new(SentenceKind::Problem, format!("{who}: task {task} failed: {failure}"));
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
