//! Dashboards: a page's copy of an output or changelog topic, made of a snapshot and of what a feed pushes behind it
//! (a WebSocket, in an application of one's own). Where the feed begins is the learner's choice, and his mistake.
//!
//! No client and no messages: what a dashboard shows follows from the log, the snapshot's offsets and the feed's. It
//! has no part in the cluster.

use super::World;
use crate::command::{FeedFrom, Name};
use millrace_model::collections::sort;
use millrace_model::{Map, Offset, Partition, TopicName, TopicPartition};
use millrace_streams::board::{Board, Delta, Deltas, Gap};
use millrace_streams::data::Serde;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dashboard {
    /// The topic.
    pub topic: TopicName,
    /// By partition, the offset behind the last record in the snapshot.
    pub snapshot: Vec<Offset>,
    /// By partition, the offset of the first record that the feed pushed, since it was opened.
    pub feed: Option<Vec<Offset>>,
}

impl World {
    /// The dashboards by name.
    pub fn dashboards(&self) -> &Map<Name, Dashboard> {
        &self.dashboards
    }

    /// A snapshot of a topic as it is now. One of that name begins anew.
    pub(super) fn open_dashboard(&mut self, name: &Name, topic: &TopicName) {
        let snapshot = self.ends(topic);
        self.dashboards.insert(name.clone(), Dashboard { topic: topic.clone(), snapshot, feed: None });
    }

    /// Everything from there on is pushed.
    pub(super) fn open_feed(&mut self, name: &str, from: FeedFrom) {
        let Some(dashboard) = self.dashboards.get(name) else { return };
        let feed = match from {
            FeedFrom::Snapshot => dashboard.snapshot.clone(),
            FeedFrom::Latest => self.ends(&dashboard.topic),
            FeedFrom::Earliest => dashboard.snapshot.iter().map(|_| Offset(0)).collect(),
        };
        if let Some(dashboard) = self.dashboards.get_mut(name) {
            dashboard.feed = Some(feed);
        }
    }

    /// What a dashboard shows now, and what its feed left out: it takes what comes and asks for nothing that is missing.
    pub fn dashboard(&self, name: &str) -> Option<(Board, Vec<Gap>)> {
        let dashboard = self.dashboards.get(name)?;
        let (mut board, mut gaps) = (Board::default(), Vec::new());
        for (partition, until) in (0..).zip(&dashboard.snapshot) {
            self.take_in(&mut board, dashboard, Partition(partition), (Offset(0), *until));
        }
        for (partition, from) in (0..).map(Partition).zip(dashboard.feed.iter().flatten()) {
            let end = self.end(&dashboard.topic, partition);
            if let Some(gap) = self.take_in(&mut board, dashboard, partition, (*from, end)) {
                gaps.push(gap);
                let rows: Vec<_> = board.rows().map(|(key, value)| (key.clone(), value.clone())).collect();
                let next = (0..).map(Partition).zip(&dashboard.snapshot);
                let next = next.map(|(of, _)| (of, if of == partition { *from } else { board.next(of) }));
                board = Board::snapshot(rows, next.collect::<Vec<_>>());
                self.take_in(&mut board, dashboard, partition, (*from, end));
            }
        }
        Some((board, gaps))
    }

    /// What a dashboard would show if it had missed nothing: the topic's newest value of each key.
    pub fn dashboard_truth(&self, name: &str) -> Option<Board> {
        let dashboard = self.dashboards.get(name)?;
        let mut whole = Board::default();
        for (partition, _) in (0..).zip(&dashboard.snapshot) {
            let end = self.end(&dashboard.topic, Partition(partition));
            self.take_in(&mut whole, dashboard, Partition(partition), (Offset(0), end));
        }
        Some(whole)
    }

    /// Keys whose row on the dashboard is not what the topic says now, by key.
    pub fn dashboard_differences(&self, name: &str) -> Vec<millrace_streams::Key> {
        let (Some((shown, _)), Some(whole)) = (self.dashboard(name), self.dashboard_truth(name)) else {
            return Vec::new();
        };
        let all = shown.rows().chain(whole.rows()).map(|(key, _)| key);
        let mut different: Vec<_> = all.filter(|key| shown.row(key) != whole.row(key)).cloned().collect();
        sort::sort(&mut different);
        different.dedup();
        different
    }

    /// The records of a partition from one offset to another, exclusively.
    fn take_in(
        &self,
        board: &mut Board,
        dashboard: &Dashboard,
        partition: Partition,
        (from, until): (Offset, Offset),
    ) -> Option<Gap> {
        let tp = TopicPartition { topic: dashboard.topic.clone(), partition };
        let log = self.log(&tp)?;
        let batches = log.batches_from(from.max(log.log_start_offset()));
        let records = batches.flat_map(|batch| batch.records_from(from));
        let read = |(offset, record): (Offset, &millrace_model::Record)| {
            Delta::read(offset, record.key.as_deref(), record.value.as_ref(), serde(record), None)
        };
        let records = records.take_while(|(offset, _)| *offset < until).filter_map(read).collect();
        board.apply(&Deltas { partition, from, until, records }).err()
    }

    fn ends(&self, topic: &TopicName) -> Vec<Offset> {
        let count = self.partitions_of(topic.as_str()).unwrap_or_default();
        (0..count).map(|partition| self.end(topic, Partition(partition))).collect()
    }

    fn end(&self, topic: &TopicName, partition: Partition) -> Offset {
        let tp = TopicPartition { topic: topic.clone(), partition };
        let log = self.log(&tp);
        log.map_or(Offset(0), |log| log.high_watermark())
    }
}

/// A count has eight bytes, of which the first is zero in all but absurd ones; no text begins so.
fn serde(record: &millrace_model::Record) -> Serde {
    match record.value.as_deref() {
        Some([0, rest @ ..]) if rest.len() == 7 => Serde::Long,
        _ => Serde::Bytes,
    }
}
