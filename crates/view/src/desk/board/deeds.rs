//! What can be done about a transaction: lines of the language.

use super::Hanging;
use crate::Action;
use millrace_client::producer::TransactionState;
use millrace_words::transactions as say;

/// What a producer's application could call next.
pub(super) fn of_client(name: &str, state: Option<TransactionState>) -> Vec<Action> {
    let verbs: &[(&str, &str)] = match state {
        Some(TransactionState::Ready) => &[(say::begin(), "begin")],
        Some(TransactionState::InTransaction) => {
            &[(say::commit(), "commit"), (say::abort(), "abort"), (say::crash(), "crash")]
        }
        Some(TransactionState::AbortableError) => &[(say::abort(), "abort")],
        Some(
            TransactionState::Uninitialized
            | TransactionState::Initializing
            | TransactionState::CommittingTransaction
            | TransactionState::AbortingTransaction
            | TransactionState::FatalError,
        )
        | None => &[],
    };
    let action = |(label, verb): &(&str, &str)| Action {
        label: (*label).to_owned(),
        line: format!("producer {verb} {name}"),
    };
    verbs.iter().map(action).collect()
}

/// The end of a transaction that nobody else ends.
pub(super) fn of_hanging(hanging: &Hanging) -> Action {
    let Hanging { tp, producer_id, producer_epoch, coordinator_epoch, .. } = hanging;
    let (topic, partition, coordinator_epoch) = (&tp.topic, tp.partition, (*coordinator_epoch).max(0));
    Action {
        label: say::abort_it().to_owned(),
        line: format!(
            "kafka-transactions abort --topic {topic} --partition {partition} --producer-id {producer_id} \
             --producer-epoch {producer_epoch} --coordinator-epoch {coordinator_epoch}"
        ),
    }
}
