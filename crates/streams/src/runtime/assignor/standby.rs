//! Replicas of stateful tasks on other processes (`DefaultStandbyTaskAssignor`).

use super::client::{Client, least_loaded};
use crate::task::TaskId;

/// Puts `replicas` standby tasks for each task on the least loaded processes that have none of it; fewer if there are
/// not that many.
pub(super) fn assign(clients: &mut [Client], stateful: &[TaskId], replicas: u32) {
    for task in stateful {
        for _ in 0..replicas {
            let least = least_loaded(clients, Client::assigned, |client| !client.has(*task));
            let Some(client) = least.and_then(|at| clients.get_mut(at)) else { break };
            client.standby.insert(*task);
        }
    }
}
