//! Which process runs which task (`HighAvailabilityTaskAssignor`).

use super::client::{Client, count, least_loaded};
use super::{GroupInput, movement, standby};
use crate::task::TaskId;
use millrace_model::Set;

/// Deals all tasks; true if a later rebalance has to look whether replicas are warm.
pub(super) fn assign(clients: &mut [Client], input: &GroupInput) -> bool {
    let stateful: Vec<TaskId> = input.end_offset_sums.keys().copied().collect();
    let all = clients.len();
    for (n, task) in stateful.iter().enumerate() {
        if let Some(client) = n.checked_rem(all).and_then(|at| clients.get_mut(at)) {
            client.active.insert(*task);
        }
    }
    balance(clients, |client| &mut client.active);
    if input.config.num_standby_replicas > 0 {
        standby::assign(clients, &stateful, input.config.num_standby_replicas);
        balance(clients, |client| &mut client.standby);
    }
    let probing = movement::assign(clients, &input.config);
    let stateless = input.tasks.keys().filter(|task| !input.end_offset_sums.contains_key(*task));
    for task in stateless {
        let least = least_loaded(clients, |client| count(client.active.len()), |_| true);
        if let Some(client) = least.and_then(|at| clients.get_mut(at)) {
            client.active.insert(*task);
        }
    }
    probing
}

/// Moves tasks as long as that makes the loads more even (`balanceTasksOverThreads`).
fn balance(clients: &mut [Client], tasks: fn(&mut Client) -> &mut Set<TaskId>) {
    let mut moved = true;
    while moved {
        moved = false;
        for from in 0..clients.len() {
            for to in (0..clients.len()).filter(|to| *to != from) {
                let Some(source) = clients.get_mut(from) else { continue };
                let candidates: Vec<TaskId> = tasks(source).iter().copied().collect();
                for task in candidates {
                    let (Some(source), Some(target)) = (clients.get(from), clients.get(to)) else { break };
                    if !should_move(source, target) {
                        break;
                    }
                    if target.has(task) {
                        continue;
                    }
                    if let Some(source) = clients.get_mut(from) {
                        tasks(source).remove(&task);
                    }
                    if let Some(target) = clients.get_mut(to) {
                        tasks(target).insert(task);
                    }
                    moved = true;
                }
            }
        }
    }
}

/// `shouldMoveATask`: true if the skew gets smaller and does not turn round. Loads are ratios; both sides are
/// multiplied by the two capacities.
fn should_move(source: &Client, target: &Client) -> bool {
    let (from, to) = (source.capacity(), target.capacity());
    let skew = source.assigned() * to - target.assigned() * from;
    let proposed = (source.assigned() - 1) * to - (target.assigned() + 1) * from;
    skew > 0 && proposed >= 0 && proposed < skew
}
