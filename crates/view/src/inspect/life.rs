//! The life of a record, from the call that sent it to its last commit, through every copy in retry topics.
//!
//! One walk over the trace, onward from the entry in which the record's life began.

use super::find;
use super::{SEARCHED, Why};
use crate::boards;
use crate::sentence::{Names, closed, failure};
use crate::words;
use millrace_broker as broker;
use millrace_broker::GroupChange;
use millrace_client::consumer::ConsumerEvent;
use millrace_client::listener::{Fate, Handled, InstanceEvent};
use millrace_client::partitioner::to_positive;
use millrace_client::producer::{Appended, BatchNumber, PartitionReason, ProducerEvent};
use millrace_model::{GroupId, Offset, Record, Set, TopicPartition};
use millrace_sim::node::Kind;
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Command, Entry, EntryId, Fact, Timeline, Timer};
use millrace_streams::TaskEvent;
use millrace_words::inspect as say;

/// Where a record lies.
type Place = (TopicPartition, Offset);

/// The life of `record`, which lies at `main` (for a copy in a retry topic: where the original lies).
pub fn life(timeline: &Timeline, record: &Record, main: &Place) -> Vec<Why> {
    let origin = EntryId(record.origin.0);
    let mut walk = Walk {
        timeline,
        names: Names::of(timeline.world()),
        record,
        places: vec![main.clone()],
        batch: None,
        is_placed: false,
        in_task: false,
        committed: Set::new(),
        why: Vec::new(),
    };
    walk.beginning(origin);
    let mut seen = 0;
    for entry in find::onward(timeline, origin) {
        seen += 1;
        walk.look_at(entry);
    }
    if seen >= SEARCHED
        && let Some(last) = walk.why.last().cloned()
    {
        let text = say::what_happened_later_than_trace(&SEARCHED);
        walk.why.push(Why { text, ..last });
    }
    walk.why
}

struct Walk<'a> {
    timeline: &'a Timeline,
    names: Names<'a>,
    record: &'a Record,
    /// Where the record and its copies lie.
    places: Vec<Place>,
    /// Its batch in the producer.
    batch: Option<BatchNumber>,
    is_placed: bool,
    /// True between the `RecordConsumed` of this record in a task and that of the next one.
    in_task: bool,
    committed: Set<(GroupId, Place)>,
    why: Vec<Why>,
}

impl Walk<'_> {
    fn say(&mut self, entry: &Entry, text: impl Into<String>) {
        self.why.push(find::why(self.timeline, entry, text));
    }

    fn main(&self) -> Option<&Place> {
        self.places.first()
    }

    fn is_at(&self, tp: &TopicPartition, offset: Offset) -> bool {
        self.places.iter().any(|(of, at)| of == tp && *at == offset)
    }

    /// The place of this record or a copy of it in `from..to` of `tp`.
    fn within(&self, tp: &TopicPartition, from: Offset, to: Offset) -> Option<Place> {
        self.places.iter().find(|(of, at)| of == tp && from <= *at && *at < to).cloned()
    }

    /// Who made it, and why at that moment.
    fn beginning(&mut self, origin: EntryId) {
        let Some(entry) = self.timeline.entry(origin) else { return };
        match &entry.fact {
            Fact::Commanded(command) => match &**command {
                Command::Produce { records, .. } if records.len() > 1 => {
                    self.say(entry, say::you_produced_records(records.len() as u64));
                }
                Command::Produce { .. } => self.say(entry, say::you_produced_it_by_hand()),
                _ => {}
            },
            Fact::Woke(Timer::Workload) => {
                let set = find::newest(self.timeline, |before| match &before.fact {
                    Fact::Commanded(command) if before.id < origin => match &**command {
                        Command::SetWorkload { producer, workload: Some(workload) }
                            if **producer == *self.names.actor(entry.actor) =>
                        {
                            Some(workload.rate)
                        }
                        _ => None,
                    },
                    _ => None,
                });
                let who = self.names.actor(entry.actor);
                if let Some((command, rate)) = set {
                    self.say(command, say::you_let_send_records_a(&who, &rate));
                }
                self.say(entry, say::made_it_its_turn_came(&who));
            }
            _ => {}
        }
    }

    fn look_at(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::Producer(event) => self.in_producer(entry, event),
            Fact::Broker(broker::Event::BatchAppended { tp, stored }) => {
                if let Some((_, offset)) = self.within(tp, stored.base_offset, stored.next_offset()) {
                    let end = stored.next_offset();
                    let text = match self.main() {
                        Some((main, _)) if main == tp => {
                            say::appended_at_offset_high_watermark(&offset, &end)
                        }
                        _ => say::appended_to_at_offset(&tp, &offset),
                    };
                    self.say(entry, text);
                }
            }
            Fact::Broker(broker::Event::Group {
                group,
                change: GroupChange::OffsetCommitted { member, offsets },
                ..
            }) => {
                for (tp, committed) in offsets {
                    let place =
                        self.places.iter().find(|(of, at)| of == tp && *at < committed.offset).cloned();
                    let Some(place) = place else { continue };
                    if self.committed.insert((group.clone(), place)) {
                        let who = member
                            .as_ref()
                            .map_or_else(|| say::somebody().to_owned(), |m| self.names.member(m));
                        let text = say::of_committed_it_is_not(&who, &group, &tp, &committed.offset);
                        self.say(entry, text);
                    }
                }
            }
            Fact::Instance(event) => self.in_instance(entry, event),
            Fact::Streams(StreamsEvent::Consumer(event)) => self.in_consumer(entry, event),
            Fact::Streams(StreamsEvent::Task { event, .. }) => self.in_task(entry, event),
            _ => {}
        }
    }

    fn in_producer(&mut self, entry: &Entry, event: &ProducerEvent) {
        let Some((main, offset)) = self.main().cloned() else { return };
        match event {
            ProducerEvent::RecordsAppended { runs, .. } if !self.is_placed => {
                let found = runs.iter().filter(|run| run.tp == main).find_map(|run| {
                    let is_it = |one: &&Appended| {
                        let r = &one.record;
                        (r.origin, &r.key, &r.value, r.timestamp)
                            == (
                                self.record.origin,
                                &self.record.key,
                                &self.record.value,
                                self.record.timestamp,
                            )
                    };
                    run.records.iter().find(is_it).map(|one| (run.batch, one.reason))
                });
                let Some((batch, reason)) = found else { return };
                self.is_placed = true;
                self.batch = Some(batch);
                let text = self.partition_reason(&main, reason);
                self.say(entry, text);
            }
            ProducerEvent::BatchClosed { tp, batch, reason, records, waited, .. }
                if *tp == main && Some(*batch) == self.batch =>
            {
                let why = closed(*reason, *waited);
                self.say(entry, say::left_in_a_batch_of(&records, &why));
            }
            ProducerEvent::BatchRetried { tp, number, error, backoff, .. }
                if *tp == main && Some(*number) == self.batch =>
            {
                let text = say::sending_failed_sent_again_after(&error.name(), &words::span(*backoff));
                self.say(entry, text);
            }
            ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. }
                if *tp == main && *base_offset <= offset && offset < base_offset.plus(batch.len()) =>
            {
                let who = self.names.actor(entry.actor);
                self.say(entry, say::acknowledged_to(&who));
            }
            _ => {}
        }
    }

    /// `Partition 2, because toPositive(murmur2("carol")) mod 3 = 2`.
    fn partition_reason(&self, tp: &TopicPartition, reason: PartitionReason) -> String {
        let partition = tp.partition.0;
        match reason {
            PartitionReason::Keyed { hash } => {
                let key = words::key(self.record.key.as_ref());
                let count = crate::cast::topic(self.timeline.world(), tp.topic.as_str())
                    .map(|topic| topic.partition_count())
                    .filter(|count| *count > 0 && to_positive(hash) % count == partition);
                match count {
                    Some(count) => {
                        say::partition_because_topositive_murmur2_mod(&partition, &key, &count, &hash)
                    }
                    None => say::partition_by_topositive_murmur2_modulo(&partition, &key, &hash),
                }
            }
            PartitionReason::Crc32 { hash } => say::partition_by_crc32_key_modulo(&partition, &hash),
            PartitionReason::Sticky => say::partition_without_a_key_it(&partition),
            PartitionReason::Explicit => say::partition_because_the_record_names(&partition),
            PartitionReason::RoundRobin { turn } => say::partition_because_it_was_its(&partition, &turn),
            PartitionReason::Ruled { hash } => say::partition_by_a_rule(&partition, &hash),
        }
    }

    fn in_consumer(&mut self, entry: &Entry, event: &ConsumerEvent) {
        let ConsumerEvent::Fetched { tp, from, batches, .. } = event else { return };
        let upto = batches.last().map_or(*from, |batch| batch.next_offset());
        if self.within(tp, *from, upto).is_some() {
            let text = say::fetched_by(&self.reader(entry.actor), &self.ownership(entry.actor, tp));
            self.say(entry, text);
        }
    }

    /// `c2 of billing`.
    fn reader(&self, actor: Actor) -> String {
        let Actor::Node(id) = actor else { return self.names.actor(actor) };
        match self.timeline.world().node(id).map(|node| (&node.kind, &node.name)) {
            Some((Kind::Instance { group, .. }, name)) => say::of(&name, &group),
            _ => self.names.actor(actor),
        }
    }

    fn ownership(&self, actor: Actor, tp: &TopicPartition) -> String {
        let Actor::Node(id) = actor else { return String::new() };
        let Some(Kind::Instance { instance, .. }) = self.timeline.world().node(id).map(|node| &node.kind)
        else {
            return String::new();
        };
        let consumers = instance.containers().map(|(_, container)| container.consumer());
        match consumers.into_iter().find(|consumer| consumer.position_state(tp).is_some()) {
            Some(consumer) => {
                let is_main = self.main().is_some_and(|(main, _)| main == tp);
                let owned = if is_main { words::partition(tp) } else { tp.to_string() };
                say::which_owns_generation(&owned, &consumer.generation())
            }
            None => say::which_owned_it_then().to_owned(),
        }
    }

    fn in_instance(&mut self, entry: &Entry, event: &InstanceEvent) {
        let who = self.reader(entry.actor);
        match event {
            InstanceEvent::Consumer { event, .. } => self.in_consumer(entry, event),
            InstanceEvent::HandlingStarted { tp, offset, at, until, .. }
                if until > at && self.is_at(tp, *offset) =>
            {
                let text = say::began_to_work_on_it(&who, &words::span(until.since(*at)));
                self.say(entry, text);
            }
            InstanceEvent::Handled(handled) => self.handled(entry, handled, &who),
            InstanceEvent::PartitionPausedForBackoff { tp, offset, until, .. } if self.is_at(tp, *offset) => {
                self.say(entry, say::not_due_before_pauses(&words::time(*until), &who, &tp));
            }
            InstanceEvent::Published { failure, to, .. }
                if self.is_at(&failure.record.tp, failure.record.offset) =>
            {
                let due = match &failure.fate {
                    Fate::Retry { delay, .. } => say::due(&words::time(failure.at + *delay)),
                    Fate::DeadLetter { .. } => say::a_dead_letter().to_owned(),
                    Fate::Skip | Fate::Redeliver { .. } => String::new(),
                };
                self.say(entry, say::published_to(&words::place(&to.0, to.1), &due));
                self.places.push(to.clone());
            }
            InstanceEvent::Skipped { failure, .. }
                if self.is_at(&failure.record.tp, failure.record.offset) =>
            {
                self.say(entry, say::given_up_an_error_in());
            }
            _ => {}
        }
    }

    fn handled(&mut self, entry: &Entry, handled: &Handled, who: &str) {
        if handled.ranges.iter().any(|range| self.within(&range.tp, range.from, range.to).is_some()) {
            self.say(entry, say::processed_by(&who));
        }
        if let Some(failed) = &handled.failure
            && self.is_at(&failed.record.tp, failed.record.offset)
        {
            self.say(entry, format!("{who} {}", failure(failed)));
        }
    }

    fn in_task(&mut self, entry: &Entry, event: &TaskEvent) {
        match event {
            TaskEvent::RecordConsumed { topic, partition, offset, .. } => {
                let tp = TopicPartition { topic: topic.clone(), partition: *partition };
                self.in_task = self.is_at(&tp, *offset);
            }
            TaskEvent::WindowUpdated { key, window, old, new, .. } if self.in_task => {
                let window = boards::window_text(window.start.0, window.end.0);
                let value = |v: &Option<millrace_streams::Value>| {
                    v.as_ref().map_or_else(|| say::nothing().to_owned(), |v| words::cut(&v.to_text()))
                };
                let text = say::counted_in_window_of_by(
                    &window,
                    &words::bytes(Some(key)),
                    &self.names.actor(entry.actor),
                    &value(new),
                    &value(old),
                );
                self.say(entry, text);
            }
            TaskEvent::RecordDropped { timestamp, reason, .. } if self.in_task => {
                let text = boards::drop_words(&words::key(self.record.key.as_ref()), *timestamp, reason);
                self.say(entry, text);
            }
            _ => {}
        }
    }
}
