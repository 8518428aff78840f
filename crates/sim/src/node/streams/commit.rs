//! Commits: caches let go, the producer is flushed, and then the offsets go to the group (`TaskManager.commit`).

use super::thread::Commit;
use super::{Phase, StreamsNode, Turn};
use millrace_client::consumer::{ConsumerInput, Offsets};
use millrace_client::producer::ProducerInput;
use millrace_model::{Offset, TopicPartition};
use millrace_streams::{Task, TaskId};

impl StreamsNode {
    /// `commit.interval.ms` is over.
    pub(super) fn commit(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let at = turn.now + self.config.commit_interval;
        if let Some(of) = self.thread_mut(thread) {
            of.commit_at = at;
        }
        self.each_task(thread, turn, |task, _| task.decide_commit());
        let offsets = self.uncommitted(thread);
        if self.is_exactly_once() {
            return self.commit_transaction(thread, offsets, turn);
        }
        let Some(of) = self.thread_mut(thread) else { return };
        if offsets.is_empty() || of.commit.is_some() {
            return;
        }
        of.commit = Some(Commit::Flushing(offsets));
        self.produce(thread, ProducerInput::Flush, turn);
    }

    /// What a thread's tasks have processed and not committed.
    pub(super) fn uncommitted(&self, thread: u8) -> Offsets {
        let mut offsets: Offsets = Vec::new();
        for (id, run) in self.runs.iter().filter(|(_, run)| run.thread == thread && run.takes_records()) {
            let new =
                |(tp, at): &(TopicPartition, Offset)| run.committed.get(tp).is_none_or(|known| known != at);
            offsets.extend(self.positions(*id).into_iter().filter(new));
        }
        offsets
    }

    /// The records are there; now the offsets may be.
    pub(super) fn flushed(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        if let Some(Commit::Flushing(offsets)) = of.commit.take() {
            of.commit = Some(Commit::Committing(offsets.clone()));
            self.consume(thread, ConsumerInput::CommitAsync(Some(offsets)), turn);
        }
    }

    /// The group has the offsets, or refused them: then the next commit tries again.
    pub(super) fn committed(&mut self, thread: u8, is_done: bool) {
        let Some(of) = self.thread_mut(thread) else { return };
        if let Some(Commit::Committing(offsets)) = of.commit.take()
            && is_done
        {
            self.remember(&offsets);
        }
    }

    pub(super) fn remember(&mut self, offsets: &Offsets) {
        for (tp, offset) in offsets {
            let id = self.topology.task_of(tp);
            if let Some(run) = id.and_then(|id| self.runs.get_mut(&id)) {
                run.committed.insert(tp.clone(), *offset);
            }
        }
    }

    /// Partitions go to somebody else: what was processed is committed before the group is joined again. The tasks
    /// take no more records.
    pub(super) fn revoked(&mut self, thread: u8, partitions: &[TopicPartition], turn: &mut Turn<'_>) {
        // What is being committed is all that there is: nobody has taken a record since.
        let commits = self.is_exactly_once() && self.is_committing(thread);
        if !commits {
            self.each_task(thread, turn, |task, _| task.decide_commit());
        }
        let offsets = self.uncommitted(thread);
        let revoked: Vec<TaskId> = partitions.iter().filter_map(|tp| self.topology.task_of(tp)).collect();
        for (id, run) in self.runs.iter_mut() {
            if run.thread == thread && revoked.contains(id) && run.takes_records() {
                run.phase = Phase::Suspended;
            }
        }
        if self.is_exactly_once() {
            return self.commit_transaction(thread, offsets, turn);
        }
        let is_closing = self.is_closing;
        let Some(of) = self.thread_mut(thread) else { return };
        // What was under way is part of this.
        of.commit = None;
        self.produce(thread, ProducerInput::Flush, turn);
        if !offsets.is_empty() && !is_closing {
            self.remember(&offsets);
            self.consume(thread, ConsumerInput::CommitSync(Some(offsets)), turn);
        }
    }

    /// Lets all caches go, commits and leaves.
    pub(super) fn close(&mut self, turn: &mut Turn<'_>) {
        for thread in self.numbers() {
            let commits = self.is_exactly_once() && self.is_committing(thread);
            if !commits {
                self.each_task(thread, turn, |task: &Task, _| task.decide_commit());
            }
            let offsets = self.uncommitted(thread);
            if self.is_exactly_once() {
                self.commit_transaction(thread, offsets, turn);
                continue;
            }
            self.produce(thread, ProducerInput::Flush, turn);
            if !offsets.is_empty() {
                self.consume(thread, ConsumerInput::CommitAsync(Some(offsets)), turn);
            }
        }
        self.is_closing = true;
        for thread in self.numbers() {
            // Else the end of the transaction closes it.
            if !self.is_exactly_once() || !self.is_committing(thread) {
                self.consume(thread, ConsumerInput::Close, turn);
            }
        }
    }

    pub(super) fn is_committing(&mut self, thread: u8) -> bool {
        self.thread_mut(thread).is_some_and(|of| of.commit.is_some())
    }
}
