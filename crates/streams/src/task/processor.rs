//! `process`: the processors of the Processor API, and their punctuations.

use super::TaskEvent;
use super::pass::{Flowing, Pass};
use super::pattern::Place;
use crate::data::{Key, Value};
use crate::store::Store;
use crate::topology::SharedHeaders;
use crate::topology::evaluate::{Context, text};
use crate::topology::processor::{Processor, PunctuationType};
use crate::topology::{NodeId, Operator, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Map, Offset, Origin, Partition, Timestamp, TopicName};

impl Pass<'_> {
    /// A record reaches a processor.
    pub(super) fn process_record(
        &mut self,
        node: NodeId,
        processor: &Processor,
        store: Option<StoreId>,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        match (processor, store) {
            (Processor::Context, _) => {
                let Context { topic, partition, offset, .. } = context;
                let (time, stream_time) = (record.timestamp, self.stream_time());
                let place = format!("topic={topic},partition={partition},offset={}", offset.0);
                let new = format!("ts={time},stream_time={stream_time},{place}");
                self.forward(node, Flowing { new: Some(Value::text(new)), ..record }, context);
            }
            (Processor::ShiftTimestamp { ms }, _) => {
                let timestamp = record.timestamp.saturating_add(*ms).max(0);
                self.forward(node, Flowing { timestamp, ..record }, context);
            }
            (Processor::Tick(_), _) => self.forward(node, record, context),
            (Processor::CountAndPunctuate { .. }, Some(store)) => {
                let Some(key) = record.key else { return Ok(()) };
                let old = self.stored_row(store, &key).map(|(value, _)| value);
                let count = match old {
                    Some(Value::Long(count)) => count,
                    _ => 0,
                };
                let new = Some(Value::Long(count.wrapping_add(1)));
                self.put(node, store, key, (old, new), record.timestamp, context);
            }
            (Processor::Deduplicate { ttl_ms }, Some(store)) => {
                let key = record.key.as_ref().map_or("null".into(), Key::text);
                let key = Key::plain(format!("{key}/{}", text(record.new.as_ref())).as_bytes());
                let old = self.stored_row(store, &key).map(|(value, _)| value);
                if let Some(Value::Long(seen)) = old
                    && record.timestamp.saturating_sub(seen) <= *ttl_ms
                {
                    return Ok(());
                }
                let new = Some(Value::Long(record.timestamp));
                self.put(node, store, key, (old, new), record.timestamp, context);
                self.forward(node, record, context);
            }
            (Processor::Detect(pattern), Some(store)) => {
                return self.detect(Place { node, store, context }, pattern, record);
            }
            (
                Processor::CountAndPunctuate { .. } | Processor::Deduplicate { .. } | Processor::Detect(_),
                None,
            ) => {}
        }
        Ok(())
    }

    /// The task's stream time, this record included.
    pub(super) fn stream_time(&self) -> i64 {
        let consumed = self.events().iter().filter_map(|event| match event {
            TaskEvent::RecordConsumed { timestamp, .. } => Some(timestamp.0),
            _ => None,
        });
        consumed.fold(self.task.stream_time.0, i64::max)
    }

    /// Punctuates the processors whose time has come (`PunctuationQueue.maybePunctuate`).
    pub(super) fn punctuate(&mut self, kind: PunctuationType, now: i64) {
        let task = self.task;
        let Some(sub) = task.subtopology() else { return };
        for node in &sub.nodes {
            let Some(Operator::Process { processor, store }) = task.topology.node(*node).map(|n| &n.operator)
            else {
                continue;
            };
            let Some(schedule) = processor.punctuation().filter(|p| p.time == kind) else { continue };
            let due = task.state_of(*node).map_or(0, |s| s.next);
            // Wall-clock time begins with the first time that the task is told; stream time at 0.
            let first = kind == PunctuationType::WallClockTime && task.wall_clock.is_none();
            if !first && now < due {
                continue;
            }
            let interval = schedule.interval_ms.max(1);
            let at = match first {
                true => now.saturating_add(interval),
                false => {
                    let missed = now.saturating_sub(due) / interval;
                    due.saturating_add(missed.saturating_add(1).saturating_mul(interval))
                }
            };
            if !first {
                self.punctuate_node(*node, processor, *store, now);
            }
            self.outcome.events.push(TaskEvent::PunctuationScheduled { node: *node, at: Timestamp(at) });
        }
    }

    fn punctuate_node(&mut self, node: NodeId, processor: &Processor, store: Option<StoreId>, now: i64) {
        // A punctuation has no record behind it.
        let context = Context {
            topic: TopicName::from(""),
            partition: Partition(-1),
            offset: Offset(-1),
            headers: SharedHeaders::default(),
            origin: Origin::default(),
        };
        let send = |pass: &mut Self, key: Key, new: Value| {
            let record = Flowing { key: Some(key), new: Some(new), old: None, timestamp: now };
            pass.forward(node, record, &context);
        };
        match (processor, store) {
            (Processor::Tick(_), _) => {
                send(self, Key::plain(b"tick"), Value::Long(now));
            }
            (Processor::CountAndPunctuate { reset, .. }, Some(store)) => {
                for (key, value) in self.stored_rows(store) {
                    send(self, key.clone(), value.clone());
                    if *reset {
                        self.put(node, store, key, (Some(value), None), now, &context);
                    }
                }
            }
            (Processor::Detect(pattern), Some(store)) => {
                self.detect_in_time(Place { node, store, context: &context }, pattern, now);
            }
            _ => {}
        }
    }

    /// Everything in a store without windows, by key, this record's events included.
    pub(super) fn stored_rows(&self, store: StoreId) -> Vec<(Key, Value)> {
        let mut rows: Map<Key, Option<Value>> = Map::new();
        if let Some(Store::KeyValue(table)) = self.task.store(store) {
            rows.extend(table.all().map(|(key, cell)| (key.clone(), Some(cell.value.clone()))));
        }
        for event in self.events() {
            if let TaskEvent::TableUpdated { store: at, key, new, .. } = event
                && *at == store
            {
                rows.insert(key.clone(), new.clone());
            }
        }
        rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
