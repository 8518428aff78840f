//! The account of an application: what became of every record that it was to handle.
//!
//! It is computed from what is there (the logs, the committed offsets, the ledger of side effects), not kept: nothing can
//! be forgotten. A copy in a retry topic, in the dead letters or sent again from there counts as the record that it is a
//! copy of, by Spring's `kafka_original-*` headers.

use super::World;
use millrace_broker::{Broker, Group, PartitionLog};
use millrace_client::listener::{Ledger, headers};
use millrace_model::{Map, Offset, Partition, Record, TopicName, TopicPartition};

/// How many records there are of each kind; every expected record is of exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Records that the application is to handle: those in its topics, copies not counted.
    pub expected: u64,
    /// Their side effect was done once.
    pub once: u64,
    /// More than once.
    pub twice: u64,
    /// Not done; on their way through the retry topics.
    pub waiting: u64,
    /// Not done; in the dead letters.
    pub dead: u64,
    /// Not done; given up knowingly, with a line in the log.
    pub skipped: u64,
    /// Not done; not committed either, so they will be read (again).
    pub open: u64,
    /// Not done, and nobody will ever come back to them.
    pub lost: u64,
}

/// Where a record is in the main topics.
pub type Place = (TopicPartition, Offset);

/// What is known of one record, over all its copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fortune {
    /// Side effects done.
    pub times: u32,
    /// A copy waits in a retry topic.
    pub is_waiting: bool,
    /// A copy lies in the dead letters.
    pub is_dead: bool,
    /// It was given up with a line in the log.
    pub is_skipped: bool,
    /// A copy in the main topics is not committed.
    pub is_open: bool,
}

impl Account {
    fn add(&mut self, fortune: &Fortune) {
        self.expected += 1;
        *match fortune {
            Fortune { times: 1, .. } => &mut self.once,
            Fortune { times: 2.., .. } => &mut self.twice,
            Fortune { is_waiting: true, .. } => &mut self.waiting,
            Fortune { is_open: true, .. } => &mut self.open,
            Fortune { is_dead: true, .. } => &mut self.dead,
            Fortune { is_skipped: true, .. } => &mut self.skipped,
            _ => &mut self.lost,
        } += 1;
    }
}

impl World {
    /// What became of the records of an application; `None` if there is none of that name.
    pub fn account(&self, group: &str) -> Option<Account> {
        let mut account = Account::default();
        for fortune in self.fortunes(group)?.values() {
            account.add(fortune);
        }
        Some(account)
    }

    /// The same record by record of its main topics.
    pub fn fortunes(&self, group: &str) -> Option<Map<Place, Fortune>> {
        let app = self.apps.get(group)?;
        let ledger = self.ledger(group)?;
        let broker = self.brokers().next()?;
        let main = |topic: &TopicName| match &app.config.pattern {
            Some(pattern) => pattern.matches(topic.as_str()),
            None => app.config.topics.contains(topic),
        };
        let mut fortunes: Map<Place, Fortune> = Map::new();
        let committed = broker.group(group);
        for (topic, count) in topics(broker).filter(|(topic, _)| main(topic)) {
            for (tp, log) in logs(broker, topic, count) {
                main_records(&mut fortunes, (&tp, log), committed, ledger);
            }
        }
        for (topic, count) in topics(broker).filter(|(topic, _)| !main(topic)) {
            // `orders-retry-0` is read by `billing-retry-0`, `orders-dlt` by nobody.
            let suffix = app.config.topics.iter().find_map(|main| topic.as_str().strip_prefix(main.as_str()));
            let reader =
                suffix.filter(|suffix| suffix.contains("-retry")).map(|suffix| format!("{group}{suffix}"));
            for (tp, log) in logs(broker, topic, count) {
                let done = reader.as_ref().and_then(|reader| broker.group(reader)?.committed(&tp));
                let done = done.map_or(Offset(0), |committed| committed.offset);
                for (offset, record) in records(log) {
                    if !is_of(record, group) {
                        continue;
                    }
                    let Some(fortune) = headers::original(record).and_then(|place| fortunes.get_mut(&place))
                    else {
                        continue;
                    };
                    match &reader {
                        Some(_) if offset >= done => fortune.is_waiting = true,
                        Some(_) => {}
                        None => fortune.is_dead = true,
                    }
                }
            }
        }
        Some(fortunes)
    }
}

fn main_records(
    fortunes: &mut Map<Place, Fortune>,
    (tp, log): (&TopicPartition, &PartitionLog),
    group: Option<&Group>,
    ledger: &Ledger,
) {
    let committed = group.and_then(|group| group.committed(tp)).map(|committed| committed.offset);
    for (offset, record) in records(log) {
        let place = headers::original(record).unwrap_or_else(|| (tp.clone(), offset));
        let mut fortune = fortunes.get(&place).copied().unwrap_or_default();
        fortune.times += ledger.times(tp, offset);
        fortune.is_skipped |= ledger.is_skipped(tp, offset);
        fortune.is_open |= committed.is_none_or(|committed| offset >= committed);
        fortunes.insert(place, fortune);
    }
}

/// True if the record failed in this group, by its header.
fn is_of(record: &Record, group: &str) -> bool {
    record.header(headers::ORIGINAL_CONSUMER_GROUP).is_some_and(|name| **name == *group.as_bytes())
}

fn topics(broker: &Broker) -> impl Iterator<Item = (&TopicName, i32)> {
    broker.topics().map(|topic| (topic.name(), topic.partition_count()))
}

fn logs<'a>(
    broker: &'a Broker,
    topic: &TopicName,
    count: i32,
) -> impl Iterator<Item = (TopicPartition, &'a PartitionLog)> {
    let partition = |n| TopicPartition { topic: topic.clone(), partition: Partition(n) };
    (0..count).map(partition).filter_map(|tp| broker.log(&tp).map(|log| (tp, log)))
}

/// The records that a reader can see, with their offsets.
fn records(log: &PartitionLog) -> impl Iterator<Item = (Offset, &Record)> {
    let end = log.high_watermark();
    let batches = log.batches_from(log.log_start_offset());
    batches
        .flat_map(|batch| batch.records_from(batch.base_offset))
        .take_while(move |(offset, _)| *offset < end)
}
