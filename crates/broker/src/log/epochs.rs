//! Where each leader epoch begins in a log (`LeaderEpochFileCache`): what replicas compare to find where they diverge.

use millrace_model::{LeaderEpoch, Offset};

/// Epochs with their first offsets, both rising.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderEpochs {
    entries: Vec<(LeaderEpoch, Offset)>,
}

impl LeaderEpochs {
    /// Its entries: an epoch, and its first offset.
    #[must_use]
    pub fn entries(&self) -> &[(LeaderEpoch, Offset)] {
        &self.entries
    }

    /// The last epoch.
    #[must_use]
    pub fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|(epoch, _)| *epoch)
    }

    /// A batch of an epoch begins at `start`. What an older leader has written from there on is overruled.
    pub fn assign(&mut self, epoch: LeaderEpoch, start: Offset) {
        if self.entries.last().is_some_and(|(latest, at)| *latest == epoch && start >= *at) {
            return;
        }
        self.entries.retain(|(known, at)| *known < epoch && *at < start);
        self.entries.push((epoch, start));
    }

    /// The largest epoch that is known up to `epoch`, and where it ends (`endOffsetFor`): where the next one begins, or at
    /// the log's end. Of an epoch before all that are known nothing is left: it ends where the first one begins. None if
    /// `epoch` is later than all that are known.
    #[must_use]
    pub fn end_offset_for(
        &self,
        epoch: LeaderEpoch,
        log_end_offset: Offset,
    ) -> Option<(LeaderEpoch, Offset)> {
        // Somebody who knows a later epoch than we do is told nothing.
        if self.latest().is_none_or(|latest| epoch > latest) {
            return None;
        }
        let behind = self.entries.partition_point(|(known, _)| *known <= epoch);
        let known =
            behind.checked_sub(1).and_then(|at| self.entries.get(at)).map_or(epoch, |(known, _)| *known);
        Some((known, self.entries.get(behind).map_or(log_end_offset, |(_, start)| *start)))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Forgets epochs that begin at `end` or later: the log was truncated there.
    pub fn truncate_from_end(&mut self, end: Offset) {
        self.entries.retain(|(_, start)| *start < end);
    }

    /// Forgets epochs that end before `start`; the one that holds it begins there now.
    pub fn truncate_from_start(&mut self, start: Offset) {
        let behind = self.entries.partition_point(|(_, at)| *at <= start);
        if let Some(first) = behind.checked_sub(1) {
            self.entries.drain(..first);
            if let Some((_, at)) = self.entries.first_mut() {
                *at = start;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for (epoch, start) in entries {
            epochs.assign(LeaderEpoch(*epoch), Offset(*start));
        }
        epochs
    }

    fn shown(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
        epochs.entries().iter().map(|(epoch, start)| (epoch.0, start.0)).collect()
    }

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let known = epochs(&[(1, 0), (1, 5), (3, 10), (4, 20)]);
        assert_eq!(shown(&known), [(1, 0), (3, 10), (4, 20)]);
        let end = |epoch| {
            let found = known.end_offset_for(LeaderEpoch(epoch), Offset(25));
            found.map(|(epoch, end)| (epoch.0, end.0))
        };
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(end),
            [Some((0, 0)), Some((1, 10)), Some((1, 10)), Some((3, 20)), Some((4, 25)), None]
        );
        assert_eq!(LeaderEpochs::default().end_offset_for(LeaderEpoch(0), Offset(1)), None);
    }

    #[test]
    fn truncation_forgets_at_both_ends() {
        let mut known = epochs(&[(1, 0), (3, 10), (4, 20)]);
        known.truncate_from_end(Offset(20));
        assert_eq!(shown(&known), [(1, 0), (3, 10)]);
        known.truncate_from_start(Offset(5));
        assert_eq!(shown(&known), [(1, 5), (3, 10)]);
        known.truncate_from_start(Offset(12));
        assert_eq!(shown(&known), [(3, 12)]);
        // A new leader overrules what an old one has written there.
        let mut diverged = epochs(&[(1, 0), (2, 10)]);
        diverged.assign(LeaderEpoch(5), Offset(8));
        assert_eq!(shown(&diverged), [(1, 0), (5, 8)]);
    }
}
