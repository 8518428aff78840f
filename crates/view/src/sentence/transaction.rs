//! What happens to a producer's transactions.

use super::{Sentence, SentenceKind};
use crate::words;
use millrace_client::producer::{AppCall, Failure, TransactionEvent, TransactionStep};
use millrace_words::sentences as say;

pub(super) fn sentence(event: &TransactionEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        TransactionEvent::CallWaits { call, .. } => {
            let call = match call {
                AppCall::Transaction(call) => call.name(),
                AppCall::Send(_) => "send",
                AppCall::Flush => "flush",
                AppCall::Close => "close",
            };
            say::txn_call_waits(&who, &call)
        }
        TransactionEvent::CallBegan { call, .. } => say::txn_call_blocks(&who, &call.name()),
        TransactionEvent::CallReturned { call, failure: Some(failure), .. } => {
            return problem(say::txn_call_threw(&who, &call.name(), &named(failure)));
        }
        TransactionEvent::CallReturned { call, .. } => say::txn_call_returned(&who, &call.name()),
        TransactionEvent::StateChanged { from, to, error: Some(error), .. } => {
            return problem(say::txn_state_error(&who, from, to, &named(error)));
        }
        TransactionEvent::StateChanged { from, to, .. } => say::txn_state(&who, from, to),
        TransactionEvent::PartitionsWanted { partitions, .. } => {
            say::txn_partitions(&who, &words::partitions(partitions))
        }
        TransactionEvent::EpochBumpWanted { .. } => say::txn_new_epoch(&who),
        TransactionEvent::Requested { to, request, .. } => say::txn_asks(&who, to, &request.api()),
        TransactionEvent::Settled { request, step: TransactionStep::Retried { error, .. }, .. } => {
            say::txn_asks_again(&who, &request.api(), &error.name())
        }
        TransactionEvent::EndedEmpty { .. } => say::txn_ended_empty(&who),
        TransactionEvent::AbortedByClose { .. } => say::txn_close_aborts(&who),
        TransactionEvent::CallTaken { .. }
        | TransactionEvent::Settled { .. }
        | TransactionEvent::VersionFound { .. } => return None,
    };
    Sentence::new(SentenceKind::Producer, text)
}

fn problem(text: String) -> Option<Sentence> {
    Sentence::new(SentenceKind::Problem, words::cut(&text))
}

/// `ProducerFencedException: There is a newer producer …`
fn named(failure: &Failure) -> String {
    format!("{}: {}", failure.class.rsplit('.').next().unwrap_or_default(), failure.message)
}
