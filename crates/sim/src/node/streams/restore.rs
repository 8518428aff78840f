//! Stores come back from their changelogs (`StoreChangelogReader`); standby tasks follow them; global tables are read.

use super::reader::Read;
use super::run::Changelog;
use super::thread::Role;
use super::{GLOBAL, Phase, StreamsEvent, StreamsNode, Turn};
use millrace_client::Reply;
use millrace_model::{Map, Offset, StoredBatch, TopicPartition};
use millrace_streams::{Input, Task, TaskId, TaskOutcome, Topology};

impl StreamsNode {
    /// The changelogs of a task, from their start or from where its state stands.
    pub(super) fn changelogs_of(topology: &Topology, id: TaskId) -> Map<TopicPartition, Changelog> {
        let logs = topology.changelogs(id);
        logs.map(|(store, tp)| (tp, Changelog { store, position: Offset(0), end: None, restored: 0 }))
            .collect()
    }

    /// Lets a thread read a task's changelogs.
    pub(super) fn follow(&mut self, thread: u8, id: TaskId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.thread = thread;
        let mut wanted = Vec::new();
        for (tp, changelog) in run.changelogs.iter_mut() {
            (changelog.end, changelog.restored) = (None, 0);
            wanted.push((tp.clone(), changelog.position));
        }
        for number in self.numbers() {
            let Some(of) = self.thread_mut(number) else { continue };
            for (tp, from) in &wanted {
                match number == thread {
                    true => of.restore.add(tp.clone(), Some(*from)),
                    false => of.restore.remove(tp),
                }
            }
        }
    }

    /// Reads a task's changelogs no more.
    pub(super) fn unfollow(&mut self, id: TaskId) {
        let logs = self.runs.get(&id).map(|run| run.changelogs.keys().cloned().collect::<Vec<_>>());
        for number in self.numbers() {
            if let Some(of) = self.thread_mut(number) {
                logs.iter().flatten().for_each(|tp| of.restore.remove(tp));
            }
        }
    }

    pub(super) fn ask_for_changes(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let asked = of.restore.ask(turn.now).into_iter();
        turn.requests.extend(asked.map(|outgoing| (Role::Restore.port(thread), outgoing)));
    }

    pub(super) fn changes_came(&mut self, thread: u8, reply: &Reply, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        for read in of.restore.answered(turn.now, reply) {
            let (Read::Bounds { tp, .. } | Read::Records { tp, .. }) = &read;
            let reads = |(_, run): &(&TaskId, &super::TaskRun)| run.changelogs.contains_key(tp);
            let id = self.runs.iter().find(reads).map(|(id, _)| *id);
            if let Some(id) = id {
                self.restore(id, read, turn);
                self.check_restored(id);
            }
        }
    }

    fn restore(&mut self, id: TaskId, read: Read, turn: &mut Turn<'_>) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let is_active = run.phase == Phase::Restoring;
        match read {
            Read::Bounds { tp, start, end } => {
                let Some(changelog) = run.changelogs.get_mut(&tp) else { return };
                changelog.position = start;
                changelog.end = Some(end);
                if is_active && start < end {
                    turn.tell(StreamsEvent::RestoreStarted { task: id, changelog: tp, from: start, to: end });
                }
            }
            Read::Records { tp, batches, from, to } => {
                let tasks = if is_active { &mut self.tasks } else { &mut self.replicas };
                let (Some(task), Some(changelog)) = (tasks.get_mut(&id), run.changelogs.get_mut(&tp)) else {
                    return;
                };
                let restored = restore_into(task, changelog, &batches, from);
                changelog.position = to;
                changelog.restored = changelog.restored.saturating_add(restored);
                let (Some(end), restored) = (changelog.end, changelog.restored) else { return };
                if is_active {
                    let remaining = end.since(to);
                    let changelog = tp.clone();
                    turn.tell(StreamsEvent::RestoreProgressed { task: id, changelog, restored, remaining });
                    if remaining == 0 {
                        turn.tell(StreamsEvent::RestoreCompleted { task: id, changelog: tp, restored });
                    }
                }
            }
        }
    }

    /// What a task wrote into its changelog is in its store.
    pub(super) fn written(&mut self, tp: &TopicPartition, end: Offset) {
        for run in self.runs.values_mut() {
            if matches!(run.phase, Phase::Running | Phase::Suspended | Phase::Dormant)
                && let Some(changelog) = run.changelogs.get_mut(tp)
            {
                changelog.position = changelog.position.max(end);
            }
        }
    }

    /// An active task whose stores are whole takes records; its changelogs are its own to write from now on.
    pub(super) fn check_restored(&mut self, id: TaskId) {
        let is_whole = self.runs.get(&id).is_some_and(|r| r.phase == Phase::Restoring && r.is_restored());
        if is_whole {
            self.unfollow(id);
            if let Some(run) = self.runs.get_mut(&id) {
                run.phase = Phase::Running;
            }
        }
    }

    pub(super) fn ask_for_globals(&mut self, turn: &mut Turn<'_>) {
        let Some(global) = &mut self.global else { return };
        let asked = global.reader.ask(turn.now).into_iter();
        turn.requests.extend(asked.map(|outgoing| (Role::Consumer.port(GLOBAL), outgoing)));
    }

    /// Records of global tables go into the instance's copy and into every task's.
    pub(super) fn globals_came(&mut self, reply: &Reply, turn: &mut Turn<'_>) {
        let Some(global) = &mut self.global else { return };
        for read in global.reader.answered(turn.now, reply) {
            match read {
                Read::Bounds { tp, start, end } => {
                    global.positions.insert(tp.clone(), start);
                    global.ends.insert(tp, end);
                }
                Read::Records { tp, batches, from, to } => {
                    for task in std::iter::once(&mut global.task).chain(self.tasks.values_mut()) {
                        copy_into(task, &tp, &batches, from);
                    }
                    global.records = global.records.saturating_add(to.since(from));
                    global.positions.insert(tp, to);
                }
            }
        }
        let is_read = |(tp, end): (&TopicPartition, &Offset)| {
            global.positions.get(tp).is_some_and(|position| position >= end)
        };
        let known = u32::try_from(global.ends.len()).unwrap_or(u32::MAX);
        if !global.is_ready && known == global.wanted && global.ends.iter().all(is_read) {
            global.is_ready = true;
            turn.tell(StreamsEvent::GlobalTablesRead { records: global.records });
            self.start(turn);
        }
    }
}

/// Applies a changelog's records from `from` on; how many they are.
fn restore_into(task: &mut Task, changelog: &Changelog, batches: &[StoredBatch], from: Offset) -> u64 {
    let mut restored = 0;
    for batch in batches {
        for (_, record) in batch.records_from(from) {
            if let Some(event) = task.decide_restore(changelog.store, record, batch.timestamp(record)) {
                task.apply(&event);
            }
            restored += 1;
        }
    }
    restored
}

fn copy_into(task: &mut Task, tp: &TopicPartition, batches: &[StoredBatch], from: Offset) {
    for batch in batches {
        for (offset, record) in batch.records_from(from) {
            let input = Input {
                topic: &tp.topic,
                partition: tp.partition,
                offset,
                timestamp: batch.timestamp(record),
                record,
            };
            task.process([input], &mut TaskOutcome::default());
        }
    }
}
