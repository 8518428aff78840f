//! Tasks run where their state is (`TaskMovement`): one that was dealt to a process which lacks too much of it goes to
//! another that lacks less, and the process gets a standby task to warm up with, as far as `max.warmup.replicas` goes.

use super::AssignmentConfig;
use super::client::{Client, least_loaded};
use crate::task::TaskId;
use millrace_model::Set;
use millrace_model::collections::sort;

/// A task on its way from the process that it was dealt to.
struct Movement {
    task: TaskId,
    destination: usize,
    caught_up: usize,
}

/// Moves active tasks, then standby tasks; true if any had to move.
pub(super) fn assign(clients: &mut [Client], config: &AssignmentConfig) -> bool {
    let mut warmups = i64::from(config.max_warmup_replicas);
    // Standby tasks that are there to warm up are not moved again.
    let mut warming: Set<(usize, TaskId)> = Set::new();
    let active = movements(clients, config, |client| &client.active);
    let mut needed = active.len();
    for movement in active {
        move_active(clients, config, &movement, &mut warmups, &mut warming);
    }
    let standby = movements(clients, config, |client| &client.standby);
    for movement in standby.into_iter().filter(|m| !warming.contains(&(m.destination, m.task))) {
        if move_standby(clients, config, &movement, &mut warmups) {
            needed += 1;
        }
    }
    needed > 0
}

/// What should move: its process is not caught up, and another is more so. Those with the fewest places first.
fn movements(
    clients: &[Client],
    config: &AssignmentConfig,
    tasks: fn(&Client) -> &Set<TaskId>,
) -> Vec<Movement> {
    let acceptable = config.acceptable_recovery_lag;
    let mut found = Vec::new();
    for (destination, client) in clients.iter().enumerate() {
        let stateful = tasks(client).iter().copied().filter(|task| client.lags.contains_key(task));
        for task in stateful {
            let least = clients.iter().map(|other| other.lag(task)).min();
            if !client.is_caught_up(task, acceptable) && least.is_some_and(|least| least < client.lag(task)) {
                let caught_up = clients.iter().filter(|c| c.is_caught_up(task, acceptable)).count();
                found.push(Movement { task, destination, caught_up });
            }
        }
    }
    sort::sort_by_key(&mut found, |movement| (movement.caught_up, movement.task));
    found
}

/// To a caught-up process with a standby task, else to any caught-up one, else to the one that lacks least.
fn move_active(
    clients: &mut [Client],
    config: &AssignmentConfig,
    movement: &Movement,
    warmups: &mut i64,
    warming: &mut Set<(usize, TaskId)>,
) {
    let Movement { task, destination, .. } = *movement;
    let is_caught_up = |client: &Client| client.is_caught_up(task, config.acceptable_recovery_lag);
    let with_standby = |client: &Client| is_caught_up(client) && client.standby.contains(&task);
    let source = least_loaded(clients, Client::assigned, with_standby)
        .or_else(|| least_loaded(clients, Client::assigned, is_caught_up))
        .or_else(|| most_caught_up(clients, task, destination, |_| true));
    let Some(source) = source else { return };
    let Some(from) = clients.get_mut(source) else { return };
    // The two change places if the other has a replica already.
    let swaps = from.standby.remove(&task);
    from.active.insert(task);
    let Some(to) = clients.get_mut(destination) else { return };
    to.active.remove(&task);
    if swaps {
        to.standby.insert(task);
        return;
    }
    if *warmups > 0 {
        to.standby.insert(task);
        warming.insert((destination, task));
    }
    *warmups = warmups.saturating_sub(1);
}

fn move_standby(
    clients: &mut [Client],
    config: &AssignmentConfig,
    movement: &Movement,
    warmups: &mut i64,
) -> bool {
    let Movement { task, destination, .. } = *movement;
    let is_able =
        |client: &Client| client.is_caught_up(task, config.acceptable_recovery_lag) && !client.has(task);
    let source = least_loaded(clients, Client::assigned, is_able)
        .or_else(|| most_caught_up(clients, task, destination, |client| !client.has(task)));
    let Some(source) = source else { return false };
    if let Some(from) = clients.get_mut(source) {
        from.standby.insert(task);
    }
    if *warmups <= 0
        && let Some(to) = clients.get_mut(destination)
    {
        to.standby.remove(&task);
    }
    *warmups = warmups.saturating_sub(1);
    true
}

/// The process that lacks least of a task, by lag and name, if it comes before the destination.
fn most_caught_up(
    clients: &[Client],
    task: TaskId,
    destination: usize,
    may: impl Fn(&Client) -> bool,
) -> Option<usize> {
    let mut by_lag: Vec<usize> = (0..clients.len()).collect();
    sort::sort_by_key(&mut by_lag, |at| {
        clients.get(*at).map(|client| (client.lag(task), client.process.clone()))
    });
    let before = by_lag.into_iter().take_while(|at| *at != destination);
    before.into_iter().find(|at| clients.get(*at).is_some_and(&may))
}
