//! Records go through their tasks: taken in from a poll, held back while a partition that must not be overtaken is
//! empty, processed one by one (`StreamThread.runOnce`).

use super::{Phase, StreamsEvent, StreamsNode, Turn};
use millrace_client::consumer::{ConsumerInput, Polled};
use millrace_model::{Offset, TopicPartition};
use millrace_streams::runtime::{Queued, Readiness};
use millrace_streams::{Input, TaskId, TaskOutcome};

/// `buffered.records.per.partition`.
const BUFFERED_RECORDS_PER_PARTITION: usize = 1_000;

impl StreamsNode {
    /// Records of a poll go into their tasks' queues. Those of a task that is not here any more are dropped: they are
    /// read again where it is.
    pub(super) fn take_in(&mut self, polled: Polled) {
        for part in &polled.records {
            let run = self.topology.task_of(&part.tp).and_then(|id| self.runs.get_mut(&id));
            let Some(run) = run.filter(|run| run.takes_records() || run.phase == Phase::Restoring) else {
                continue;
            };
            for (offset, record, batch) in part.records() {
                let timestamp = batch.timestamp(record);
                run.queue.push(&part.tp, Queued { offset, timestamp, record: record.clone() });
            }
        }
    }

    /// Everything that may be processed now is.
    pub(super) fn proceed(&mut self, turn: &mut Turn<'_>) {
        if self.is_closing {
            return;
        }
        for thread in self.numbers() {
            let own = |(_, run): &(&TaskId, &super::TaskRun)| run.thread == thread && self.processes(run);
            let ids: Vec<TaskId> = self.runs.iter().filter(own).map(|(id, _)| *id).collect();
            let mut records = Vec::new();
            for id in ids {
                let outcome = self.process(id, turn);
                self.leave(id, outcome, &mut records, turn);
            }
            self.send(thread, records, turn);
            self.pause_and_resume(thread, turn);
            self.look_at_commit(thread, turn);
        }
    }

    /// One task takes what it may.
    fn process(&mut self, id: TaskId, turn: &mut Turn<'_>) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        let (Some(run), Some(task)) = (self.runs.get_mut(&id), self.tasks.get_mut(&id)) else {
            return outcome;
        };
        let thread = match run.thread.checked_sub(1) {
            None => Some(&self.first),
            Some(other) => self.others.get(usize::from(other)),
        };
        let Some(thread) = thread else { return outcome };
        let mut is_told = false;
        while task.failure().is_none() {
            let lag = |tp: &TopicPartition| thread.lag(tp);
            match run.queue.readiness(turn.now, self.config.max_task_idle, lag) {
                Readiness::Ready => {}
                // The waiting for a partition begins even before there is anything else to take.
                Readiness::Idle(..) if run.queue.is_empty() => break,
                Readiness::Idle(waits_for, until) => {
                    if run.idle_until != Some(until) {
                        run.idle_until = Some(until);
                        turn.tell(StreamsEvent::TaskIdled { task: id, waits_for, until });
                    }
                    return outcome;
                }
                // The answer to the next fetch changes that.
                Readiness::Empty | Readiness::LagUnknown(_) | Readiness::Behind(_) => break,
            }
            let Some((tp, queued)) = run.queue.pop() else { break };
            if !is_told {
                is_told = true;
                let told = task.decide_wall_clock(turn.now.timestamp());
                told.events.iter().for_each(|event| task.apply(event));
                outcome.events.extend(told.events);
                outcome.outputs.extend(told.outputs);
                outcome.passed.extend(told.passed);
            }
            let input = Input {
                topic: &tp.topic,
                partition: tp.partition,
                offset: queued.offset,
                timestamp: queued.timestamp,
                record: &queued.record,
            };
            task.process([input], &mut outcome);
        }
        run.idle_until = None;
        outcome
    }

    /// Partitions whose task is not restored yet, or has records enough, are not fetched.
    fn pause_and_resume(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let mut wanted: Vec<TopicPartition> = Vec::new();
        for run in self.runs.values().filter(|run| run.thread == thread) {
            match run.phase {
                Phase::Restoring => wanted.extend(run.queue.partitions().cloned()),
                Phase::Running => {
                    let full = |tp: &&TopicPartition| run.queue.buffered(tp) > BUFFERED_RECORDS_PER_PARTITION;
                    wanted.extend(run.queue.partitions().filter(full).cloned());
                }
                Phase::Suspended | Phase::Standby | Phase::Dormant => {}
            }
        }
        let Some(of) = self.thread_mut(thread) else { return };
        let assigned = |tp: &TopicPartition| of.consumer.position_state(tp).is_some();
        let pause: Vec<TopicPartition> =
            wanted.iter().filter(|tp| assigned(tp) && !of.consumer.is_paused(tp)).cloned().collect();
        let resume = of.consumer.assignment().filter(|tp| of.consumer.is_paused(tp) && !wanted.contains(tp));
        let resume: Vec<TopicPartition> = resume.cloned().collect();
        if !pause.is_empty() {
            self.consume(thread, ConsumerInput::Pause(pause), turn);
        }
        if !resume.is_empty() {
            self.consume(thread, ConsumerInput::Resume(resume), turn);
        }
    }

    pub(super) fn punctuate(&mut self, turn: &mut Turn<'_>) {
        for thread in self.numbers() {
            if self.is_exactly_once() && self.is_committing(thread) {
                continue;
            }
            self.each_task(thread, turn, |task, now| {
                match task.next_punctuation().is_some_and(|due| due <= now) {
                    true => task.decide_wall_clock(now),
                    false => TaskOutcome::default(),
                }
            });
        }
    }

    /// Where a task is in its partitions: at the first record that waits, or where its consumer is, which passes markers of
    /// transactions over (`StreamTask.committableOffsetsAndMetadata`).
    pub(super) fn positions(&self, id: TaskId) -> Vec<(TopicPartition, Offset)> {
        let (Some(task), Some(run)) = (self.tasks.get(&id), self.runs.get(&id)) else { return Vec::new() };
        let thread = self.threads().nth(usize::from(run.thread));
        let next = |tp: &TopicPartition| run.queue.head(tp).or_else(|| thread?.consumer.position(tp));
        let tp = |topic: &millrace_model::TopicName| TopicPartition {
            topic: topic.clone(),
            partition: id.partition,
        };
        let committable = |(topic, processed): (&millrace_model::TopicName, Offset)| {
            let tp = tp(topic);
            let offset = next(&tp).unwrap_or(processed).max(processed);
            (tp, offset)
        };
        task.positions().map(committable).collect()
    }
}
