//! What is left of a broker that has stopped: its logs, and how far the high watermarks were when they were last written
//! down. All else was in its memory; the controller's log tells it anew.

use super::ReplicaManager;
use crate::{Broker, PartitionLog};
use millrace_model::{Map, Offset, Time, TopicPartition};
use std::sync::Arc;

/// How a broker has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stopped {
    /// As it should: everything is on disk, high watermarks too.
    Cleanly,
    /// Its process was killed: what it has written is there.
    Killed,
    /// Its machine lost its power: what was not flushed is gone.
    PowerLost,
    /// Its disk is gone: it begins with nothing.
    DiskLost,
}

/// Leaves in `left` what was on the disk of `before`, which has stopped `now`.
pub(crate) fn reload(before: &Broker, left: &mut Broker, how: Stopped, now: Time) {
    let Some(old) = before.replicas() else { return };
    let mut checkpoints = if how == Stopped::DiskLost { Map::new() } else { old.checkpoints.clone() };
    let calendar = now.timestamp();
    let mut of_log = |tp: &TopicPartition, log: &mut PartitionLog| {
        if how == Stopped::Cleanly {
            log.flush();
            checkpoints.insert(tp.clone(), log.high_watermark());
        }
        let high_watermark = checkpoints.get(tp).copied().unwrap_or(Offset(0));
        match how {
            Stopped::Cleanly | Stopped::Killed => log.reload(high_watermark),
            Stopped::PowerLost => log.reload_flushed(high_watermark, calendar),
            Stopped::DiskLost => *log = PartitionLog::new(*log.settings(), calendar),
        }
    };
    for topic in left.topics.values_mut() {
        Arc::make_mut(topic).reload(&mut of_log);
    }
    let fetches_sent = old.fetches_sent;
    let fresh = ReplicaManager::new(old.config.clone());
    left.replicas = Some(Arc::new(ReplicaManager { checkpoints, fetches_sent, ..fresh }));
}

impl Broker {
    /// High watermarks as they are on disk.
    pub fn checkpointed_high_watermark(&self, tp: &TopicPartition) -> Option<Offset> {
        self.replicas()?.checkpoints.get(tp).copied()
    }
}
