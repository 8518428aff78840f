//! `processing.guarantee=exactly_once_v2`: each thread's producer writes in transactions (`StreamsProducer`), with the offsets
//! of what its tasks have read. A commit ends the transaction. Who is too late for that (`TaskMigratedException`) drops its
//! tasks with their state, and joins its group anew with a producer of a new epoch.

use super::thread::Commit;
use super::{Phase, StreamsEvent, StreamsNode, Turn};
use millrace_client::consumer::{ConsumerInput, Offsets};
use millrace_client::producer::{ProducerInput, TransactionCall, TransactionState};
use millrace_model::Span;
use millrace_model::config::streams::ProcessingGuarantee;
use millrace_model::protocol::CommittedOffset;
use millrace_streams::TaskId;

impl StreamsNode {
    pub(super) fn is_exactly_once(&self) -> bool {
        self.config.processing_guarantee == ProcessingGuarantee::ExactlyOnceV2
    }

    /// Who had the name before is fenced, and what it left open is aborted.
    pub(super) fn init_transactions(&mut self, turn: &mut Turn<'_>) {
        if self.is_exactly_once() {
            for thread in self.numbers() {
                self.call(thread, TransactionCall::InitTransactions, turn);
            }
        }
    }

    fn call(&mut self, thread: u8, call: TransactionCall, turn: &mut Turn<'_>) {
        self.produce(thread, ProducerInput::Transaction(call), turn);
    }

    /// `maybeBeginTransaction`
    pub(super) fn begin(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let is_exactly_once = self.is_exactly_once();
        let Some(of) = self.thread_mut(thread).filter(|of| is_exactly_once && !of.in_transaction) else {
            return;
        };
        of.in_transaction = true;
        self.call(thread, TransactionCall::BeginTransaction, turn);
    }

    /// `StreamsProducer.commitTransaction`. The thread takes no records before it is through.
    pub(super) fn commit_transaction(&mut self, thread: u8, offsets: Offsets, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        if of.commit.is_some() || (offsets.is_empty() && !of.in_transaction) {
            return;
        }
        let group = of.consumer.group_metadata();
        let committed = |offset| CommittedOffset { offset, leader_epoch: None, metadata: "".into() };
        let told = offsets.iter().map(|(tp, offset)| (tp.clone(), committed(*offset))).collect();
        of.commit = Some(Commit::Transaction(offsets));
        self.begin(thread, turn);
        self.call(thread, TransactionCall::SendOffsetsToTransaction { group, offsets: told }, turn);
        // A producer that has failed by now has been replaced, and has nothing to commit.
        if self.thread_mut(thread).is_some_and(|of| of.commit.is_some()) {
            self.call(thread, TransactionCall::CommitTransaction, turn);
        }
    }

    /// A call of the producer's has returned.
    pub(super) fn call_returned(&mut self, thread: u8, called: Called, turn: &mut Turn<'_>) {
        let is_closing = self.is_closing;
        match called {
            Called { call: TransactionCall::InitTransactions, timed_out: true, .. } if !is_closing => {
                self.call(thread, TransactionCall::InitTransactions, turn);
            }
            Called { has_failed: true, .. } => self.migrated(thread, turn),
            Called { call: TransactionCall::CommitTransaction, .. } => {
                let Some(of) = self.thread_mut(thread) else { return };
                of.in_transaction = false;
                if let Some(Commit::Transaction(offsets)) = of.commit.take() {
                    self.remember(&offsets);
                }
                if is_closing {
                    self.consume(thread, ConsumerInput::Close, turn);
                }
            }
            Called { .. } => {}
        }
    }

    /// True if a thread's producer cannot go on with its transaction.
    pub(super) fn has_failed(&mut self, thread: u8) -> bool {
        let state = self.thread_mut(thread).and_then(|of| of.producer.transaction_state());
        matches!(state, Some(TransactionState::AbortableError | TransactionState::FatalError))
    }

    /// `StreamThread.handleTaskMigrated`: somebody else has the tasks by now.
    pub(super) fn migrated(&mut self, thread: u8, turn: &mut Turn<'_>) {
        turn.tell(StreamsEvent::TaskMigrated { thread });
        self.lose_all(thread, turn);
        if self.is_closing {
            return self.consume(thread, ConsumerInput::Close, turn);
        }
        self.consume(thread, ConsumerInput::Subscribe(Vec::new()), turn);
        self.consume(thread, ConsumerInput::Subscribe(self.topology.subscribed_topics()), turn);
        self.consume(thread, ConsumerInput::Poll, turn);
    }

    /// `TaskManager.handleLostAll`: the tasks of a thread are closed dirty. Their state may be ahead of what is committed, and
    /// is wiped; the producer is replaced, which aborts what it left open.
    pub(super) fn lose_all(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let own = |run: &super::TaskRun| run.thread == thread && run.phase != Phase::Standby;
        let lost: Vec<TaskId> = self.runs.iter().filter(|(_, run)| own(run)).map(|(id, _)| *id).collect();
        for id in lost {
            self.unfollow(id);
            if self.tasks.remove(&id).is_some() {
                turn.tell(StreamsEvent::TaskClosed { task: id });
            }
            self.replicas.remove(&id);
            self.runs.remove(&id);
        }
        let is_closing = self.is_closing;
        let Some(of) = self.thread_mut(thread) else { return };
        (of.commit, of.in_transaction) = (None, false);
        if is_closing {
            return;
        }
        of.producer = of.producer.anew();
        self.call(thread, TransactionCall::InitTransactions, turn);
        self.stand_by_all(turn);
    }

    /// A thread that has nothing to commit needs no timer. When it has something again, its turn comes where it would have come
    /// all the time.
    pub(super) fn look_at_commit(&mut self, thread: u8, turn: &Turn<'_>) {
        if !self.is_exactly_once() {
            return;
        }
        let has_offsets = !self.uncommitted(thread).is_empty();
        let interval = self.config.commit_interval.0.max(1);
        let Some(of) = self.thread_mut(thread) else { return };
        let wants = has_offsets || of.in_transaction;
        if wants && !of.wants_commit && of.commit_at < turn.now {
            let missed = turn.now.0.saturating_sub(of.commit_at.0).div_ceil(interval);
            of.commit_at += Span(missed.saturating_mul(interval));
        }
        of.wants_commit = wants;
    }
}

/// How a call ended.
pub(super) struct Called {
    pub call: TransactionCall,
    pub has_failed: bool,
    pub timed_out: bool,
}
