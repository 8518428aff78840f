//! What members of a streams application's group tell the leader and hear from it (`SubscriptionInfo`,
//! `AssignmentInfo`). Kafka writes bytes of a binary format; here it is text.

use crate::task::TaskId;
use millrace_model::{Bytes, Map, Partition};
use std::fmt::Write;
use std::sync::Arc;

/// From a member: whose it is, and what it has of each task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubscriptionInfo {
    /// Its process (`processId`).
    pub process: Arc<str>,
    /// How far each task's changelogs were read, summed over its stores; [`SubscriptionInfo::LATEST_OFFSET`] for a
    /// running active task.
    pub offset_sums: Map<TaskId, i64>,
}

/// To a member: what it shall run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AssignmentInfo {
    /// Active tasks.
    pub active: Vec<TaskId>,
    /// Standby tasks.
    pub standby: Vec<TaskId>,
    /// In how many milliseconds it asks for the next rebalance: 0 at once, `None` never.
    pub next_rebalance_ms: Option<u64>,
    /// Which process runs which tasks (`partitionsByHost`).
    pub active_by_process: Map<Arc<str>, Vec<TaskId>>,
    /// Which process holds which standby tasks (`standbyPartitionsByHost`).
    pub standby_by_process: Map<Arc<str>, Vec<TaskId>>,
}

impl SubscriptionInfo {
    /// `Task.LATEST_OFFSET`: the task runs here.
    pub const LATEST_OFFSET: i64 = -2;

    /// As it goes into `Subscription.user_data`.
    pub fn encode(&self) -> Bytes {
        let mut text = format!("{}\n", self.process);
        for (task, sum) in self.offset_sums.iter() {
            let _ = write!(text, "{task}={sum} ");
        }
        text.into_bytes().into()
    }

    /// The inverse; `None` if these are not its bytes.
    pub fn decode(bytes: &[u8]) -> Option<SubscriptionInfo> {
        let (process, sums) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        let sum = |word: &str| {
            let (task, sum) = word.split_once('=')?;
            Some((read_task(task)?, sum.parse().ok()?))
        };
        let offset_sums: Option<Map<TaskId, i64>> = sums.split_whitespace().map(sum).collect();
        Some(SubscriptionInfo { process: process.into(), offset_sums: offset_sums? })
    }
}

impl AssignmentInfo {
    /// As it goes into `Assignment.user_data`.
    pub fn encode(&self) -> Bytes {
        let mut text = String::new();
        let next = self.next_rebalance_ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string());
        let _ = writeln!(text, "{}\n{}\n{next}", listed(&self.active), listed(&self.standby));
        for (mark, hosts) in [('a', &self.active_by_process), ('s', &self.standby_by_process)] {
            for (process, tasks) in hosts.iter() {
                let _ = writeln!(text, "{mark}{process}\n{}", listed(tasks));
            }
        }
        text.into_bytes().into()
    }

    /// The inverse; `None` if these are not its bytes.
    pub fn decode(bytes: &[u8]) -> Option<AssignmentInfo> {
        let mut lines = std::str::from_utf8(bytes).ok()?.lines();
        let mut info = AssignmentInfo {
            active: read_tasks(lines.next()?)?,
            standby: read_tasks(lines.next()?)?,
            next_rebalance_ms: match lines.next()? {
                "-" => None,
                ms => Some(ms.parse().ok()?),
            },
            ..AssignmentInfo::default()
        };
        while let Some(host) = lines.next() {
            let tasks = read_tasks(lines.next()?)?;
            if let Some(process) = host.strip_prefix('a') {
                info.active_by_process.insert(process.into(), tasks);
            } else {
                info.standby_by_process.insert(host.strip_prefix('s')?.into(), tasks);
            }
        }
        Some(info)
    }
}

fn listed(tasks: &[TaskId]) -> String {
    let all: Vec<String> = tasks.iter().map(TaskId::to_string).collect();
    all.join(" ")
}

fn read_tasks(line: &str) -> Option<Vec<TaskId>> {
    line.split_whitespace().map(read_task).collect()
}

/// `0_2`.
fn read_task(text: &str) -> Option<TaskId> {
    let (subtopology, partition) = text.split_once('_')?;
    Some(TaskId { subtopology: subtopology.parse().ok()?, partition: Partition(partition.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(subtopology: u32, partition: i32) -> TaskId {
        TaskId { subtopology, partition: Partition(partition) }
    }

    #[test]
    fn what_is_told_is_heard() {
        let sums = [(task(0, 1), SubscriptionInfo::LATEST_OFFSET), (task(1, 0), 17)];
        let told = SubscriptionInfo { process: "app 2".into(), offset_sums: sums.into_iter().collect() };
        assert_eq!(SubscriptionInfo::decode(&told.encode()), Some(told));
        let told = AssignmentInfo {
            active: vec![task(0, 1), task(1, 0)],
            standby: Vec::new(),
            next_rebalance_ms: Some(0),
            active_by_process: Map::from([("app".into(), vec![task(0, 0)]), ("app 2".into(), Vec::new())]),
            standby_by_process: Map::from([("app".into(), vec![task(0, 1)])]),
        };
        assert_eq!(AssignmentInfo::decode(&told.encode()), Some(told));
        assert_eq!(AssignmentInfo::decode(&AssignmentInfo::default().encode()), Some(Default::default()));
        assert_eq!(AssignmentInfo::decode(b"0-1\n\n-"), None);
        assert_eq!(SubscriptionInfo::decode(b"no line"), None);
    }
}
