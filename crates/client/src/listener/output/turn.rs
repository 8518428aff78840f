//! Where a container's thread is with what it writes: from poll to commit.

use crate::listener::container::{Container, Phase};
use crate::listener::event::Fate;
use crate::producer::{AppCall, Failure, ProducerEvent, TransactionCall, TransactionEvent, TransactionState};
use millrace_model::{Map, Offset, TopicPartition};

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `initTransactions` has not been called.
    New,
    /// Nothing is open.
    #[default]
    Idle,
    /// A transaction is open: records are handled, and their results sent.
    Open,
    /// The thread is blocked in this call.
    Calling(Box<TransactionCall>),
    /// The call has lasted `max.block.ms`: it is made again.
    TimedOut(Box<TransactionCall>),
    /// The offsets are part of the transaction: `commitTransaction` is next.
    OffsetsSent,
    /// Something has failed: the transaction is aborted, and all of it read again.
    Broken,
    /// The thread waits in `flush`.
    Flushing,
    /// The producer cannot go on: the loop ends with this exception.
    Fenced(&'static str),
    /// It has ended.
    Over,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Turn {
    pub(super) is_transactional: bool,
    pub(super) stage: Stage,
    /// Where each partition of the last poll began.
    pub(super) from: Vec<(TopicPartition, Offset)>,
    /// What the transaction takes along: the next offset of each partition.
    pub(super) offsets: Map<TopicPartition, Offset>,
    /// A record of the last poll did not get through.
    pub(super) is_lost: bool,
}

/// A step of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::listener) enum OutputStep {
    Init,
    Begin,
    SendOffsets,
    Commit,
    Abort,
    Again,
    Flush,
    Rewind,
    End,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::listener) enum Next {
    /// This.
    Step(OutputStep),
    /// Nothing: the thread is blocked.
    Wait,
    /// What the container does without it.
    Usual,
}

impl Turn {
    pub(in crate::listener) fn new(is_transactional: bool) -> Turn {
        let stage = if is_transactional { Stage::New } else { Stage::Idle };
        Turn { is_transactional, stage, ..Turn::default() }
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// True if it writes in transactions: they commit its offsets, nobody else.
    pub fn is_transactional(&self) -> bool {
        self.is_transactional
    }

    /// Whether what is handled now may be sent.
    pub(in crate::listener) fn takes_records(&self) -> bool {
        !self.is_transactional || self.stage == Stage::Open
    }

    /// What the thread does next. `unsent`: the producer has records that nobody has acknowledged.
    pub(in crate::listener) fn next(&self, phase: &Phase, unsent: bool) -> Next {
        let is_calling = matches!(phase, Phase::Handling { current: Some(_), .. });
        match &self.stage {
            Stage::Calling(_) | Stage::Flushing => Next::Wait,
            Stage::Over => Next::Usual,
            // Whatever it is in is finished first.
            _ if is_calling => Next::Usual,
            Stage::Fenced(_) => Next::Step(OutputStep::End),
            Stage::TimedOut(_) => Next::Step(OutputStep::Again),
            Stage::New if matches!(phase, Phase::Starting) => Next::Step(OutputStep::Init),
            Stage::New => Next::Usual,
            Stage::Broken if self.is_transactional => Next::Step(OutputStep::Abort),
            Stage::Broken => Next::Step(OutputStep::Rewind),
            Stage::OffsetsSent => Next::Step(OutputStep::Commit),
            Stage::Idle if self.is_transactional => match phase {
                Phase::Handling { .. } => Next::Step(OutputStep::Begin),
                _ => Next::Usual,
            },
            Stage::Idle | Stage::Open if !self.is_transactional => match phase {
                Phase::Ready if unsent => Next::Step(OutputStep::Flush),
                _ => Next::Usual,
            },
            Stage::Idle | Stage::Open => match phase {
                Phase::Ready => Next::Step(OutputStep::SendOffsets),
                Phase::Failing { failure, .. } if matches!(failure.fate, Fate::Redeliver { .. }) => {
                    Next::Step(OutputStep::Abort)
                }
                _ => Next::Usual,
            },
        }
    }

    fn returned(
        &mut self,
        call: &TransactionCall,
        failure: Option<&Failure>,
        timed_out: bool,
        state: Option<TransactionState>,
    ) {
        let Some(failure) = failure else {
            self.stage = match call {
                TransactionCall::InitTransactions
                | TransactionCall::CommitTransaction
                | TransactionCall::AbortTransaction => Stage::Idle,
                TransactionCall::BeginTransaction => Stage::Open,
                TransactionCall::SendOffsetsToTransaction { .. } => Stage::OffsetsSent,
            };
            return;
        };
        let may_abort = state != Some(TransactionState::FatalError)
            && !matches!(call, TransactionCall::InitTransactions | TransactionCall::AbortTransaction);
        self.stage = match (timed_out, may_abort) {
            (true, _) => Stage::TimedOut(Box::new(call.clone())),
            (false, true) => Stage::Broken,
            (false, false) => Stage::Fenced(failure.class.rsplit('.').next().unwrap_or(failure.class)),
        };
    }
}

impl Container {
    /// What its thread does with what it writes, if it writes anything.
    pub fn turn(&self) -> Option<&Turn> {
        self.turn.as_deref()
    }

    /// A poll has returned: what is handled now can be read again from here.
    pub(in crate::listener) fn turn_begins(&mut self) {
        let from = self.phase.hand().map(crate::listener::Hand::positions).unwrap_or_default();
        if let Some(turn) = self.turn.as_deref_mut().filter(|turn| turn.stage == Stage::Idle) {
            (turn.from, turn.offsets, turn.is_lost) = (from, Map::new(), false);
        }
    }

    /// Where all of a transaction is read again from.
    pub(in crate::listener) fn turn_starts(&self) -> Option<Vec<(TopicPartition, Offset)>> {
        self.turn.as_deref().filter(|turn| turn.is_transactional).map(|turn| turn.from.clone())
    }

    /// The container stops: nothing is written any more.
    pub(in crate::listener) fn turn_ends(&mut self) {
        if let Some(turn) = self.turn.as_deref_mut() {
            turn.stage = Stage::Over;
        }
    }

    /// Offsets that go along with what is written.
    pub(in crate::listener) fn turn_acknowledges(&mut self, tp: &TopicPartition, next: Offset) {
        if let Some(turn) = self.turn.as_deref_mut().filter(|turn| turn.is_transactional) {
            let known = turn.offsets.entry(tp.clone()).or_insert(next);
            *known = next.max(*known);
        }
    }

    /// Partitions that belong to somebody else must not be committed.
    pub(in crate::listener) fn turn_loses(&mut self, partitions: &[TopicPartition]) {
        if let Some(turn) = self.turn.as_deref_mut()
            && matches!(turn.stage, Stage::Open | Stage::OffsetsSent)
            && turn.from.iter().any(|(tp, _)| partitions.contains(tp))
        {
            turn.stage = Stage::Broken;
        }
    }

    /// What has happened in the producer; `state` is that of its transactions afterwards.
    pub(in crate::listener) fn producer_event(
        &mut self,
        event: &ProducerEvent,
        state: Option<TransactionState>,
    ) {
        let Some(turn) = self.turn.as_deref_mut() else { return };
        match event {
            ProducerEvent::RecordsFailed { .. } => turn.is_lost = true,
            ProducerEvent::FlushStarted { .. } => turn.stage = Stage::Flushing,
            ProducerEvent::FlushCompleted { .. } if turn.stage == Stage::Flushing => {
                turn.stage = if turn.is_lost { Stage::Broken } else { Stage::Idle };
            }
            ProducerEvent::Transaction(event) => match &**event {
                TransactionEvent::CallWaits { call: AppCall::Transaction(call), .. }
                | TransactionEvent::CallBegan { call, .. } => {
                    turn.stage = Stage::Calling(Box::new(call.clone()));
                }
                TransactionEvent::CallReturned { call, failure, timed_out, .. } => {
                    turn.returned(call, failure.as_ref(), *timed_out, state);
                    let is_idle = turn.stage == Stage::Idle;
                    match call {
                        TransactionCall::CommitTransaction if is_idle => self.acks.clear(),
                        TransactionCall::AbortTransaction if is_idle => self.rewind(),
                        _ => {}
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// All of the last poll is read again. A failure still has its own say about when.
    pub(in crate::listener) fn rewind(&mut self) {
        let Some(turn) = self.turn.as_deref_mut() else { return };
        (turn.stage, turn.is_lost, turn.offsets) = (Stage::Idle, false, Map::new());
        let (from, is_transactional) = (turn.from.clone(), turn.is_transactional);
        self.acks.clear();
        if !is_transactional || !matches!(self.phase, Phase::Failing { .. }) {
            self.take_hand();
            self.seek(from, None, false);
        }
    }
}
