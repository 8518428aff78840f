//! The group: what a member tells, what its leader decides, and what becomes of the tasks (`StreamsPartitionAssignor`,
//! `TaskManager.handleAssignment`).

use super::{Phase, StreamsEvent, StreamsNode, TaskRun, Turn};
use millrace_client::consumer::ConsumerInput;
use millrace_model::protocol::{Assignment, ListedOffset};
use millrace_model::{Map, MemberId, TopicName, TopicPartition};
use millrace_streams::runtime::assignor::{AssignmentConfig, GroupInput, GroupMember};
use millrace_streams::runtime::{AssignmentInfo, PartitionGroup, SubscriptionInfo};
use millrace_streams::{Task, TaskId};
use std::sync::Arc;

impl StreamsNode {
    /// What this thread has goes into its next JoinGroup (`subscriptionUserData`). A task's state is told by one thread.
    pub(super) fn tell_group(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let told =
            self.runs.iter().filter(|(id, run)| run.thread == thread && self.topology.is_stateful(**id));
        let sum = |run: &TaskRun| match run.phase {
            Phase::Running | Phase::Suspended => SubscriptionInfo::LATEST_OFFSET,
            Phase::Restoring | Phase::Standby | Phase::Dormant => run.offset_sum(),
        };
        let offset_sums = told.map(|(id, run)| (*id, sum(run))).collect();
        let info = SubscriptionInfo { process: self.name.clone(), offset_sums };
        self.consume(thread, ConsumerInput::UserData(info.encode()), turn);
    }

    /// Every task, by what the thread's consumer knows of the cluster.
    pub(super) fn all_tasks(&mut self, thread: u8) -> Map<TaskId, Vec<TopicPartition>> {
        let topology = self.topology.clone();
        let Some(of) = self.thread_mut(thread) else { return Map::new() };
        let cluster = of.consumer.metadata();
        let count = |topic: &TopicName| u32::try_from(cluster.partition_count(topic.as_str())?).ok();
        let topics = topology.subscribed_topics();
        topology
            .tasks(&topics.into_iter().filter_map(|topic| Some((topic.clone(), count(&topic)?))).collect())
    }

    pub(super) fn assign(&mut self, thread: u8, ends: &[ListedOffset], turn: &mut Turn<'_>) {
        let tasks = self.all_tasks(thread);
        let end_of = |tp: &TopicPartition| {
            let listed = ends.iter().find(|listed| listed.tp == *tp);
            listed.map_or(0, |listed| listed.offset.0.max(0))
        };
        let sum_of = |id: &TaskId| self.topology.changelogs(*id).map(|(_, tp)| end_of(&tp)).sum::<i64>();
        let stateful = tasks.keys().filter(|id| self.topology.is_stateful(**id));
        let end_offset_sums = stateful.map(|id| (*id, sum_of(id))).collect();
        let config = AssignmentConfig {
            acceptable_recovery_lag: self.config.acceptable_recovery_lag,
            max_warmup_replicas: self.config.max_warmup_replicas,
            num_standby_replicas: self.config.num_standby_replicas,
            probing_rebalance_interval_ms: self.config.probing_rebalance_interval.as_millis(),
        };
        let Some(of) = self.thread_mut(thread) else { return };
        let joined = of.consumer.joined_members().unwrap_or_default();
        let member = |joined: &millrace_model::protocol::JoinedMember| {
            let info = joined.subscription.user_data.as_deref().and_then(SubscriptionInfo::decode);
            GroupMember {
                id: joined.member.as_str().into(),
                info: info.unwrap_or_default(),
                owned: joined.subscription.owned_partitions.clone(),
            }
        };
        let members = joined.iter().map(member).collect();
        let given = GroupInput { members, tasks, end_offset_sums, config }.assign();
        let assignments = given.into_iter().map(|given| {
            let user_data = Some(given.info.encode());
            (MemberId::new(given.member), Assignment { partitions: given.partitions, user_data })
        });
        self.consume(thread, ConsumerInput::Assign(assignments.collect()), turn);
    }

    /// The thread has its assignment: tasks go, come, and change their roles.
    pub(super) fn assigned(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let Some(plan) = of.plan.take() else { return };
        of.probe_at = match plan.next_rebalance_ms {
            None | Some(0) => None,
            Some(ms) => Some(turn.now + millrace_model::Span::from_millis(ms)),
        };
        let own = |run: &TaskRun| run.thread == thread;
        let gone = self.runs.iter().filter(|(id, run)| own(run) && !plan.active.contains(id));
        let gone: Vec<TaskId> = gone.map(|(id, _)| *id).collect();
        for id in gone {
            self.retire(id, plan.standby.contains(&id), turn);
        }
        let all = self.all_tasks(thread);
        for id in &plan.active {
            self.activate(thread, *id, all.get(id).map(Vec::as_slice).unwrap_or_default(), turn);
        }
        if let Some(of) = self.thread_mut(thread) {
            of.standby.clone_from(&plan.standby);
        }
        self.stand_by_all(turn);
        let at_once = plan.next_rebalance_ms == Some(0);
        self.hosts = plan;
        if at_once {
            let reason = "triggered followup rebalance scheduled for immediately";
            self.consume(thread, ConsumerInput::EnforceRebalance(reason.into()), turn);
        }
    }

    /// A task is not active here (any more). Its state stays, for a standby task or on the disk.
    fn retire(&mut self, id: TaskId, stands_by: bool, turn: &mut Turn<'_>) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let phase = run.phase;
        match phase {
            Phase::Standby if stands_by => return,
            Phase::Dormant => return,
            Phase::Standby => turn.tell(StreamsEvent::StandbyClosed { task: id }),
            Phase::Restoring | Phase::Running | Phase::Suspended => {
                turn.tell(StreamsEvent::TaskClosed { task: id });
            }
        }
        run.phase = Phase::Dormant;
        run.queue = PartitionGroup::default();
        run.idle_until = None;
        if let Some(task) = self.tasks.remove(&id) {
            // What it wrote itself is in its stores, up to the end of the changelogs.
            self.replicas.insert(id, task);
        }
        self.unfollow(id);
        if !self.topology.is_stateful(id) {
            self.runs.remove(&id);
            self.replicas.remove(&id);
        }
    }

    /// A task becomes (or stays) active here.
    fn activate(&mut self, thread: u8, id: TaskId, partitions: &[TopicPartition], turn: &mut Turn<'_>) {
        let phase = self.runs.get(&id).map(|run| run.phase);
        if let Some(run) = self.runs.get_mut(&id)
            && self.tasks.contains_key(&id)
        {
            run.thread = thread;
            if run.phase == Phase::Suspended {
                run.phase = Phase::Running;
            }
            return;
        }
        let topology = self.topology.clone();
        let mut task = match self.replicas.remove(&id) {
            Some(replica) => Task::with_stores_of(topology, id, &replica),
            None => Task::new(topology, id),
        };
        if let Some(global) = &self.global {
            task.adopt_global(&global.task);
        }
        let told = match phase {
            Some(Phase::Standby) => StreamsEvent::StandbyPromoted { task: id },
            _ => StreamsEvent::TaskStarted { task: id },
        };
        turn.tell(told);
        self.tasks.insert(id, task);
        let changelogs = match self.runs.remove(&id) {
            Some(run) => run.changelogs,
            None => Self::changelogs_of(&self.topology, id),
        };
        let run = TaskRun {
            thread,
            phase: Phase::Restoring,
            queue: PartitionGroup::new(partitions.iter().cloned()),
            idle_until: None,
            changelogs,
            committed: Map::new(),
        };
        self.runs.insert(id, run);
        self.follow(thread, id);
        self.check_restored(id);
    }

    /// Begins what standby tasks can begin. While another thread still has a task, its state is locked
    /// (`StateDirectory.lock`): that one commits and closes first.
    pub(super) fn stand_by_all(&mut self, turn: &mut Turn<'_>) {
        for thread in self.numbers() {
            let wanted = self.thread_mut(thread).map(|of| of.standby.clone()).unwrap_or_default();
            for id in wanted {
                let phase = self.runs.get(&id).map(|run| run.phase);
                match phase {
                    None | Some(Phase::Dormant) => self.stand_by(thread, id, turn),
                    Some(Phase::Restoring | Phase::Running | Phase::Suspended | Phase::Standby) => {}
                }
            }
        }
    }

    /// A task is kept warm here.
    fn stand_by(&mut self, thread: u8, id: TaskId, turn: &mut Turn<'_>) {
        match self.runs.get_mut(&id) {
            Some(run) if run.phase == Phase::Standby && run.thread == thread => return,
            Some(run) => {
                run.phase = Phase::Standby;
                let task =
                    self.replicas.get(&id).map(|old| Task::with_stores_of(self.topology.clone(), id, old));
                self.replicas.extend(task.map(|task| (id, task)));
            }
            None => {
                let run = TaskRun {
                    thread,
                    phase: Phase::Standby,
                    queue: PartitionGroup::default(),
                    idle_until: None,
                    changelogs: Self::changelogs_of(&self.topology, id),
                    committed: Map::new(),
                };
                self.runs.insert(id, run);
                self.replicas.insert(id, Task::new(self.topology.clone(), id));
            }
        }
        turn.tell(StreamsEvent::StandbyStarted { task: id });
        self.follow(thread, id);
    }

    /// The member is out: what it has of these partitions' tasks is worth nothing.
    pub(super) fn lost(&mut self, thread: u8, partitions: &[TopicPartition], turn: &mut Turn<'_>) {
        if self.is_exactly_once() {
            return self.lose_all(thread, turn);
        }
        if let Some(of) = self.thread_mut(thread) {
            of.commit = None;
        }
        let mut lost: Vec<TaskId> = partitions.iter().filter_map(|tp| self.topology.task_of(tp)).collect();
        lost.dedup();
        lost.retain(|id| self.runs.get(id).is_some_and(|run| run.thread == thread));
        for id in lost {
            self.unfollow(id);
            if self.tasks.remove(&id).is_some() {
                turn.tell(StreamsEvent::TaskClosed { task: id });
            }
            self.runs.remove(&id);
        }
        self.stand_by_all(turn);
    }

    /// The instance that runs a task, as the leader told last.
    pub fn host_of(&self, id: TaskId) -> Option<&Arc<str>> {
        let info: &AssignmentInfo = &self.hosts;
        info.active_by_process.iter().find(|(_, tasks)| tasks.contains(&id)).map(|(process, _)| process)
    }
}
