//! A process's tasks among its threads (`StreamsPartitionAssignor.assignTasksToThreads`): even shares, each thread
//! keeping what it had.

use super::GroupInput;
use super::client::Client;
use crate::task::TaskId;
use millrace_model::collections::sort;
use millrace_model::{Map, Set};
use std::collections::VecDeque;
use std::sync::Arc;

type Shares = Map<Arc<str>, Vec<TaskId>>;

/// Each consumer with its active and its standby tasks.
pub(super) fn share(client: &Client, input: &GroupInput) -> Vec<(Arc<str>, Vec<TaskId>, Vec<TaskId>)> {
    let is_stateful = |task: &&TaskId| input.end_offset_sums.contains_key(*task);
    let stateful = client.active.iter().filter(is_stateful).copied().collect();
    let stateless = client.active.iter().filter(|task| !is_stateful(task)).copied().collect();
    let mut load: Map<Arc<str>, usize> = Map::new();
    let mut active = shares(stateful, true, client, &mut load);
    let standby = shares(client.standby.clone(), true, client, &mut load);
    for (consumer, tasks) in shares(stateless, false, client, &mut load).into_iter() {
        active.entry(consumer).or_default().extend(tasks);
    }
    let of = |consumer: &Arc<str>, shares: &Shares| shares.get(consumer).cloned().unwrap_or_default();
    client.consumers.iter().map(|c| (c.clone(), of(c, &active), of(c, &standby))).collect()
}

fn shares(
    mut unassigned: Set<TaskId>,
    is_stateful: bool,
    client: &Client,
    load: &mut Map<Arc<str>, usize>,
) -> Shares {
    let consumers = &client.consumers;
    let mut shares: Shares = consumers.iter().map(|consumer| (consumer.clone(), Vec::new())).collect();
    let total = load.values().sum::<usize>() + unassigned.len();
    let least = total.checked_div(consumers.len()).unwrap_or(0);
    let mut to_fill: VecDeque<Arc<str>> = VecDeque::new();
    let mut skipped: Map<TaskId, Arc<str>> = Map::new();
    if !unassigned.is_empty() {
        // What each had before, as far as an even share goes.
        for consumer in consumers.iter() {
            let target = least.saturating_sub(load.get(consumer).copied().unwrap_or(0));
            let share = shares.entry(consumer.clone()).or_default();
            if is_stateful {
                for task in previous_by_lag(client, consumer) {
                    if !unassigned.contains(&task) {
                        continue;
                    }
                    if share.len() < target {
                        share.push(task);
                        unassigned.remove(&task);
                    } else {
                        skipped.insert(task, consumer.clone());
                    }
                }
            }
            if share.len() < target {
                to_fill.push_back(consumer.clone());
            }
        }
        // The others in turn, up to the even share.
        while let Some(consumer) = to_fill.pop_front() {
            let Some(task) = unassigned.pop_first() else { break };
            let share = shares.entry(consumer.clone()).or_default();
            share.push(task);
            if share.len() + load.get(&consumer).copied().unwrap_or(0) < least {
                to_fill.push_back(consumer);
            }
        }
        // One more for some: who had the task before first.
        let at_least = |consumer: &&Arc<str>| {
            let share = shares.get(*consumer).map_or(0, Vec::len);
            share + load.get(*consumer).copied().unwrap_or(0) == least
        };
        to_fill = consumers.iter().filter(at_least).cloned().collect();
        for (task, consumer) in skipped.iter() {
            if unassigned.contains(task) && to_fill.contains(consumer) {
                shares.entry(consumer.clone()).or_default().push(*task);
                unassigned.remove(task);
                to_fill.retain(|other| other != consumer);
            }
        }
        for task in unassigned.iter() {
            let Some(consumer) = to_fill.pop_front() else { break };
            shares.entry(consumer).or_default().push(*task);
        }
    }
    for (consumer, tasks) in shares.iter() {
        *load.entry(consumer.clone()).or_default() += tasks.len();
    }
    shares
}

/// `ClientState.prevTasksByLag`: running ones first.
fn previous_by_lag(client: &Client, consumer: &Arc<str>) -> Vec<TaskId> {
    let mut tasks: Vec<TaskId> =
        client.previous.get(consumer).into_iter().flat_map(Set::iter).copied().collect();
    sort::sort_by_key(&mut tasks, |task| (client.lag(*task), *task));
    tasks
}
