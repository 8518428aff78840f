//! The steps of a thread that writes.

use super::{OutputStep, Stage};
use crate::consumer::ConsumerInput;
use crate::listener::container::Container;
use crate::listener::event::{HandledRange, InstanceEvent, InstanceOutcome, Port};
use crate::listener::guard::GuardDeed;
use crate::listener::instance::Instance;
use crate::producer::{ProducerInput, ProducerRecord, TransactionCall};
use millrace_model::protocol::CommittedOffset;
use millrace_model::{Dice, Time};

impl Instance {
    /// True while the producer has records that nobody has acknowledged.
    pub(in crate::listener) fn has_unsent(&self) -> bool {
        self.config.output.is_some() && self.producer.incomplete_records() > 0
    }

    pub(in crate::listener) fn output_step(
        &self,
        now: Time,
        (port, container): (Port, &Container),
        step: OutputStep,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let Some(turn) = container.turn() else { return };
        let call = match step {
            OutputStep::Init => TransactionCall::InitTransactions,
            OutputStep::Begin => TransactionCall::BeginTransaction,
            OutputStep::SendOffsets => {
                let committed = |offset| CommittedOffset { offset, leader_epoch: None, metadata: "".into() };
                let offsets = turn.offsets.iter().map(|(tp, offset)| (tp.clone(), committed(*offset)));
                let (group, offsets) = (container.consumer.group_metadata(), offsets.collect());
                TransactionCall::SendOffsetsToTransaction { group, offsets }
            }
            OutputStep::Commit => TransactionCall::CommitTransaction,
            OutputStep::Abort => TransactionCall::AbortTransaction,
            OutputStep::Again => match &turn.stage {
                Stage::TimedOut(call) => (**call).clone(),
                _ => return,
            },
            OutputStep::Flush => return self.tell_producer(now, &ProducerInput::Flush, dice, out),
            OutputStep::Rewind => return out.events.push(InstanceEvent::OutputRewound { port }),
            OutputStep::End => {
                let Stage::Fenced(exception) = &turn.stage else { return };
                out.events.push(InstanceEvent::ContainerStopped { port, exception });
                out.events.push(InstanceEvent::ContainerClosing { port });
                return self.tell_consumer(now, port, &ConsumerInput::Close, dice, out);
            }
        };
        self.tell_producer(now, &ProducerInput::Transaction(call), dice, out);
    }

    /// Sends what follows from the records that this very step has handled. A record whose effect was done before is none
    /// the less part of the output: only its effect is left out.
    pub(in crate::listener) fn send_output(
        &self,
        now: Time,
        container: &Container,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let (Some(output), Some(turn)) = (&self.config.output, container.turn()) else { return };
        if !turn.takes_records() {
            return;
        }
        let Some(hand) = container.phase.hand() else { return };
        let mut ranges: Vec<HandledRange> = Vec::new();
        for event in &out.events {
            match event {
                InstanceEvent::Handled(handled) if handled.port == Port::MAIN => {
                    ranges.extend(handled.ranges.iter().cloned());
                }
                InstanceEvent::Guarded { port: Port::MAIN, guarded }
                    if guarded.deed == GuardDeed::Dropped =>
                {
                    let record = &guarded.record;
                    let (from, to) = (record.offset, record.offset.plus(1));
                    ranges.push(HandledRange { tp: record.tp.clone(), from, to });
                }
                _ => {}
            }
        }
        let mut records: Vec<ProducerRecord> = Vec::new();
        for range in &ranges {
            let parts = hand.rest().iter().filter(|part| part.tp == range.tp);
            for (offset, record, batch) in parts.flat_map(|part| part.records()) {
                if range.from <= offset && offset < range.to {
                    records.push(output.record((&range.tp, offset), batch.timestamp(record), record));
                }
            }
        }
        if !records.is_empty() {
            self.tell_producer(now, &ProducerInput::Send { records }, dice, out);
        }
    }
}
