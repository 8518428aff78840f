//! Where a follower's log parts from its leader's (`AbstractFetcherThread.getOffsetTruncationState`, KIP-101, KIP-279, KIP-595).

use crate::PartitionLog;
use millrace_model::{LeaderEpoch, Offset};

/// What a leader answers to a follower whose last records it does not have: the largest epoch that it knows up to the
/// follower's, and where that ends in its log.
pub type DivergingEpoch = (LeaderEpoch, Offset);

/// How far a follower's log reaches that has been answered `diverging`. If it does not know that epoch itself, it goes back
/// to the end of the one before, and asks again.
pub(super) fn truncation_offset(log: &PartitionLog, (epoch, end): DivergingEpoch) -> Offset {
    let own_end = log.log_end_offset();
    let own = log.leader_epochs().end_offset_for(epoch, own_end);
    match own {
        Some((known, own_epoch_end)) if known == epoch => own_epoch_end.min(end).min(own_end),
        Some((_, own_epoch_end)) => own_epoch_end.min(own_end),
        None => end.min(own_end),
    }
}

/// What a leader says to a follower that goes on at `fetch_offset` after a record of `last_fetched`: nothing if it has the
/// same up to there.
pub(super) fn diverging(
    log: &PartitionLog,
    last_fetched: LeaderEpoch,
    fetch_offset: Offset,
) -> Result<Option<DivergingEpoch>, Unknown> {
    let (epoch, end) =
        log.leader_epochs().end_offset_for(last_fetched, log.log_end_offset()).ok_or(Unknown)?;
    Ok((epoch < last_fetched || end < fetch_offset).then_some((epoch, end)))
}

/// The leader knows nothing of the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown;
