//! Who runs which task: `StreamsPartitionAssignor` with its default `HighAvailabilityTaskAssignor`.
//!
//! Stateful tasks are dealt to the processes and evened out (`tasks`), standby tasks put beside them (`standby`). A task
//! whose new home lacks too much of its state runs where more of it is, until the new home is warm (`movement`).
//! Within a process its threads share the tasks, each keeping what it had (`threads`). What another member still owns
//! is left out until it has given it up. Not here: racks, client tags.

mod client;
mod movement;
mod standby;
mod tasks;
#[cfg(test)]
mod tests;
mod threads;

use super::info::{AssignmentInfo, SubscriptionInfo};
use crate::task::TaskId;
use client::Client;
use millrace_model::{Map, Set, TopicPartition};
use std::sync::Arc;

/// The settings that matter (`AssignmentConfigs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AssignmentConfig {
    /// `acceptable.recovery.lag`, in records.
    pub acceptable_recovery_lag: u64,
    /// `max.warmup.replicas`.
    pub max_warmup_replicas: u32,
    /// `num.standby.replicas`.
    pub num_standby_replicas: u32,
    /// `probing.rebalance.interval.ms`.
    pub probing_rebalance_interval_ms: u64,
}

/// A member of the group: one thread's consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Its member id.
    pub id: Arc<str>,
    /// What it said of itself.
    pub info: SubscriptionInfo,
    /// The partitions that it still owns.
    pub owned: Vec<TopicPartition>,
}

/// What the leader knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInput {
    /// The members.
    pub members: Vec<GroupMember>,
    /// Every task with its partitions ([`Topology::tasks`](crate::Topology::tasks)).
    pub tasks: Map<TaskId, Vec<TopicPartition>>,
    /// The tasks that have stores, each with the end of its changelogs, summed.
    pub end_offset_sums: Map<TaskId, i64>,
    /// The settings.
    pub config: AssignmentConfig,
}

/// What a member gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAssignment {
    /// The member.
    pub member: Arc<str>,
    /// Its partitions, task by task.
    pub partitions: Vec<TopicPartition>,
    /// What goes with them.
    pub info: AssignmentInfo,
}

impl GroupInput {
    /// The assignment, in the order of processes and their members.
    pub fn assign(&self) -> Vec<MemberAssignment> {
        let mut clients = self.clients();
        let probing = tasks::assign(&mut clients, self);
        let owned: Set<&TopicPartition> = self.members.iter().flat_map(|member| &member.owned).collect();
        let named = |tasks: fn(&Client) -> &Set<TaskId>| -> Map<Arc<str>, Vec<TaskId>> {
            let of = |client: &Client| (client.process.clone(), tasks(client).iter().copied().collect());
            clients.iter().map(of).collect()
        };
        let (active_by_process, standby_by_process) = (named(|c| &c.active), named(|c| &c.standby));
        let mut assignments = Vec::new();
        // One member of one process asks for the next probe.
        let mut probe = probing.then_some(self.config.probing_rebalance_interval_ms);
        for client in &clients {
            for (consumer, active, standby) in threads::share(client, self) {
                let member = self.members.iter().find(|member| member.id == consumer);
                let mut partitions: Vec<TopicPartition> = Vec::new();
                let mut given: Vec<TaskId> = Vec::new();
                let mut waits = false;
                for task in active {
                    let of_task = self.tasks.get(&task).map(Vec::as_slice).unwrap_or_default();
                    let is_free = |tp: &TopicPartition| {
                        !owned.contains(tp) || member.is_some_and(|m| m.owned.contains(tp))
                    };
                    if of_task.iter().all(is_free) {
                        given.push(task);
                        partitions.extend(of_task.iter().cloned());
                    } else {
                        waits = true;
                    }
                }
                let next_rebalance_ms = if waits { Some(0) } else { probe.take() };
                let info = AssignmentInfo {
                    active: given,
                    standby,
                    next_rebalance_ms,
                    active_by_process: active_by_process.clone(),
                    standby_by_process: standby_by_process.clone(),
                };
                assignments.push(MemberAssignment { member: consumer, partitions, info });
            }
        }
        assignments
    }

    /// The processes with their members, by name.
    fn clients(&self) -> Vec<Client> {
        let mut clients: Map<Arc<str>, Client> = Map::new();
        for member in &self.members {
            let process = &member.info.process;
            let client = clients.entry(process.clone()).or_insert_with(|| Client::new(process.clone()));
            client.consumers.insert(member.id.clone());
            let previous = member.info.offset_sums.keys().copied();
            let previous = previous.filter(|task| self.end_offset_sums.contains_key(task));
            client.previous.insert(member.id.clone(), previous.collect());
            for (task, sum) in member.info.offset_sums.iter() {
                client.offset_sums.insert(*task, *sum);
            }
        }
        for client in clients.values_mut() {
            client.compute_lags(&self.end_offset_sums);
        }
        clients.into_values().collect()
    }
}
