//! A process with what it has and what it shall run (`ClientState`).

use super::super::info::SubscriptionInfo;
use crate::task::TaskId;
use millrace_model::{Map, Set};
use std::cmp::Ordering;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub process: Arc<str>,
    /// Its threads' consumers by member id; as many as it has capacity.
    pub consumers: Set<Arc<str>>,
    /// The stateful tasks that each consumer had.
    pub previous: Map<Arc<str>, Set<TaskId>>,
    /// How far it has read each task's changelogs.
    pub offset_sums: Map<TaskId, i64>,
    /// How much it lacks of each stateful task; [`SubscriptionInfo::LATEST_OFFSET`] if it runs there.
    pub lags: Map<TaskId, i64>,
    pub active: Set<TaskId>,
    pub standby: Set<TaskId>,
}

impl Client {
    pub fn new(process: Arc<str>) -> Client {
        Client { process, ..Client::default() }
    }

    /// `computeTaskLags`: who has more than there is has something else.
    pub fn compute_lags(&mut self, end_offset_sums: &Map<TaskId, i64>) {
        for (task, end) in end_offset_sums.iter() {
            let sum = self.offset_sums.get(task).copied().unwrap_or(0);
            let lag = match sum {
                SubscriptionInfo::LATEST_OFFSET => SubscriptionInfo::LATEST_OFFSET,
                sum if *end < sum => *end,
                sum => end.saturating_sub(sum),
            };
            self.lags.insert(*task, lag);
        }
    }

    pub fn lag(&self, task: TaskId) -> i64 {
        self.lags.get(&task).copied().unwrap_or(0)
    }

    /// True if it runs the task, or lacks no more of it than `acceptable.recovery.lag`.
    pub fn is_caught_up(&self, task: TaskId, acceptable: u64) -> bool {
        let lag = self.lag(task);
        lag == SubscriptionInfo::LATEST_OFFSET || u64::try_from(lag).is_ok_and(|lag| lag <= acceptable)
    }

    /// How many threads it has.
    pub fn capacity(&self) -> i64 {
        count(self.consumers.len()).max(1)
    }

    /// Active and standby tasks.
    pub fn assigned(&self) -> i64 {
        count(self.active.len()).saturating_add(count(self.standby.len()))
    }

    pub fn has(&self, task: TaskId) -> bool {
        self.active.contains(&task) || self.standby.contains(&task)
    }

    /// By load, that is tasks for each thread, then by name. Ratios are compared without dividing.
    pub fn compare_load(&self, other: &Client, tasks: fn(&Client) -> i64) -> Ordering {
        let (mine, its) = (tasks(self) * other.capacity(), tasks(other) * self.capacity());
        mine.cmp(&its).then_with(|| self.process.cmp(&other.process))
    }
}

pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The place of the least loaded client that may take the task (`ConstrainedPrioritySet.poll`).
pub(super) fn least_loaded(
    clients: &[Client],
    tasks: fn(&Client) -> i64,
    may: impl Fn(&Client) -> bool,
) -> Option<usize> {
    let able = clients.iter().enumerate().filter(|(_, client)| may(client));
    able.min_by(|(_, a), (_, b)| a.compare_load(b, tasks)).map(|(at, _)| at)
}
