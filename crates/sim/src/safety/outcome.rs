//! What producers were told of their transactions, held against the logs at the end of a run: what `commitTransaction` has
//! returned for is committed in every partition, what `abortTransaction` has returned for in none.

use super::finding::Kind;
use super::txn::{Fate, fates};
use crate::trace::NodeId;
use millrace_broker::PartitionLog;
use millrace_client::producer::{TransactionCall, TransactionEvent};
use millrace_model::{Map, Offset, TopicPartition};

/// The transactions of all producers, as far as their applications know.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    /// What was acknowledged in the open transaction of each producer.
    open: Map<NodeId, Vec<(TopicPartition, Offset)>>,
    /// What was told: the first offset of each batch, and whether it was committed.
    told: Map<TopicPartition, Vec<(Offset, bool)>>,
}

impl Outcomes {
    /// A producer was told that a batch of its transaction is written.
    pub fn acknowledged(&mut self, node: NodeId, tp: &TopicPartition, base: Offset) {
        self.open.entry(node).or_default().push((tp.clone(), base));
    }

    /// Something happened to a producer's transaction. Says whether one was committed, or aborted.
    pub fn happened(&mut self, node: NodeId, event: &TransactionEvent) -> Option<bool> {
        let TransactionEvent::CallReturned { call, failure: None, timed_out: false, .. } = event else {
            return None;
        };
        let committed = match call {
            TransactionCall::CommitTransaction => true,
            TransactionCall::AbortTransaction => false,
            TransactionCall::InitTransactions | TransactionCall::BeginTransaction => {
                self.open.remove(&node);
                return None;
            }
            TransactionCall::SendOffsetsToTransaction { .. } => return None,
        };
        for (tp, base) in self.open.remove(&node).into_iter().flatten() {
            self.told.entry(tp).or_default().push((base, committed));
        }
        Some(committed)
    }

    /// What is otherwise in a partition's log than its producers were told.
    pub fn broken(&self, tp: &TopicPartition, log: &PartitionLog) -> Vec<Kind> {
        let Some(told) = self.told.get(tp) else { return Vec::new() };
        let fates = fates(log);
        let start = log.log_start_offset();
        let is_wrong = |(base, committed): &&(Offset, bool)| match fates.get(base) {
            Some(Fate::Committed) => !committed,
            Some(Fate::Aborted(_)) => *committed,
            // What is not there at all is told as a loss.
            None => false,
            Some(Fate::Open) => true,
        };
        let of_it = told.iter().filter(|(base, _)| *base >= start).filter(is_wrong);
        of_it
            .map(|(offset, committed)| Kind::OutcomeBroken { offset: *offset, committed: *committed })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::txn::tests::log;
    use millrace_model::Time;

    fn returned(call: TransactionCall) -> TransactionEvent {
        TransactionEvent::CallReturned { at: Time::ZERO, call, failure: None, timed_out: false }
    }

    /// 0 is aborted, 1 committed, 4 open.
    #[test]
    fn what_was_told_is_what_came_about() {
        let tp = TopicPartition::new("t", 0);
        let (one, other) = (NodeId(1), NodeId(2));
        let mut outcomes = Outcomes::default();
        outcomes.acknowledged(one, &tp, Offset(0));
        outcomes.acknowledged(other, &tp, Offset(1));
        assert_eq!(outcomes.happened(one, &returned(TransactionCall::AbortTransaction)), Some(false));
        assert_eq!(outcomes.happened(other, &returned(TransactionCall::CommitTransaction)), Some(true));
        assert_eq!(outcomes.broken(&tp, &log()), []);
        outcomes.acknowledged(one, &tp, Offset(4));
        outcomes.acknowledged(other, &tp, Offset(0));
        assert_eq!(outcomes.happened(one, &returned(TransactionCall::CommitTransaction)), Some(true));
        assert_eq!(outcomes.happened(other, &returned(TransactionCall::CommitTransaction)), Some(true));
        let broken = |offset| Kind::OutcomeBroken { offset: Offset(offset), committed: true };
        assert_eq!(outcomes.broken(&tp, &log()), [broken(4), broken(0)]);
    }
}
