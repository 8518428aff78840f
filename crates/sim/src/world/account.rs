//! The account of an application: what became of every record that it was to handle.
//!
//! It is computed from what is there (the logs, the committed offsets, the ledger of side effects), not kept: nothing can
//! be forgotten. A copy in a retry topic, in the dead letters or sent again from there counts as the record that it is a
//! copy of, by Spring's `kafka_original-*` headers.

use super::World;
use super::desk::{self, Closed};
use millrace_broker::log::segments::AbortedTxn;
use millrace_broker::{Broker, Group, PartitionLog};
use millrace_client::listener::guard::dedupe::id_of;
use millrace_client::listener::{Guard, Ledger, Seen, headers};
use millrace_model::protocol::IsolationLevel;
use millrace_model::{Map, Offset, Partition, Record, StoredBatch, Timestamp, TopicName, TopicPartition};
use std::sync::Arc;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The dead letters that were sent again and have arrived in the main topics.
    pub redriven: Vec<Place>,
}

/// What became of one record: exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// [`Account::once`].
    Once,
    /// [`Account::twice`].
    Twice,
    /// [`Account::waiting`].
    Waiting,
    /// [`Account::open`].
    Open,
    /// [`Account::dead`].
    Dead,
    /// [`Account::skipped`].
    Skipped,
    /// [`Account::lost`].
    Lost,
}

impl Fortune {
    /// The one of the account's kinds that it counts as.
    pub fn outcome(&self) -> Outcome {
        match self {
            Fortune { times: 1, .. } => Outcome::Once,
            Fortune { times: 2.., .. } => Outcome::Twice,
            Fortune { is_waiting: true, .. } => Outcome::Waiting,
            Fortune { is_open: true, .. } => Outcome::Open,
            Fortune { is_dead: true, .. } => Outcome::Dead,
            Fortune { is_skipped: true, .. } => Outcome::Skipped,
            _ => Outcome::Lost,
        }
    }
}

impl Account {
    fn add(&mut self, fortune: &Fortune) {
        self.expected += 1;
        *match fortune.outcome() {
            Outcome::Once => &mut self.once,
            Outcome::Twice => &mut self.twice,
            Outcome::Waiting => &mut self.waiting,
            Outcome::Open => &mut self.open,
            Outcome::Dead => &mut self.dead,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Lost => &mut self.lost,
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

    /// The same record by record of its main topics; records that are one side effect ([`Guard::once_per`]) by the first.
    pub fn fortunes(&self, group: &str) -> Option<Map<Place, Fortune>> {
        let app = self.apps.get(group)?;
        let ledger = self.ledger(group)?;
        let broker = self.asked_broker()?;
        let isolation = app.config.consumer.isolation_level;
        let main = |topic: &TopicName| match &app.config.pattern {
            Some(pattern) => pattern.matches(topic.as_str()),
            None => app.config.topics.contains(topic),
        };
        let mut books = Books { guard: app.config.guard.as_deref(), ..Books::default_for(ledger) };
        books.inbox = self.outside.seen.get(group).map(|seen| &**seen);
        books.is_headless = app.config.retry.connect().is_some_and(|errors| !errors.context_headers);
        let committed = self.group(group);
        for (topic, count) in topics(broker).filter(|(topic, _)| main(topic)) {
            for (tp, log) in logs(self, topic, count) {
                books.main_log((&tp, log), isolation, committed);
            }
        }
        for letter in self.letters(group) {
            if let Some(fortune) = headers::original(letter.record).and_then(|place| books.fortune(&place)) {
                match letter.closed {
                    None | Some(Closed::Handled) => fortune.is_dead = true,
                    Some(Closed::Discarded) => fortune.is_skipped = true,
                    Some(Closed::Redriven) => {
                        fortune.is_waiting |= !fortune.redriven.contains(&(letter.tp, letter.offset))
                    }
                }
            }
        }
        for (topic, count) in topics(broker).filter(|(topic, _)| !main(topic)) {
            // `orders-retry-0` is read by `billing-retry-0`.
            let suffix = app.config.topics.iter().find_map(|main| topic.as_str().strip_prefix(main.as_str()));
            let Some(suffix) = suffix.filter(|suffix| suffix.contains("-retry")) else { continue };
            let reader = self.group(&[group, suffix].concat());
            for (tp, log) in logs(self, topic, count) {
                let done = reader.and_then(|reader| reader.committed(&tp));
                let done = done.map_or(Offset(0), |committed| committed.offset);
                for (offset, _, record) in records(log, isolation) {
                    if offset >= done
                        && is_of(record, group)
                        && let Some(fortune) =
                            headers::original(record).and_then(|place| books.fortune(&place))
                    {
                        fortune.is_waiting = true;
                    }
                }
            }
        }
        Some(books.fortunes)
    }
}

/// What has been found so far.
struct Books<'a> {
    guard: Option<&'a Guard>,
    ledger: &'a Ledger,
    inbox: Option<&'a Seen>,
    /// Letters do not say where they came from.
    is_headless: bool,
    fortunes: Map<Place, Fortune>,
    /// The first record of each id.
    ids: Map<Arc<str>, Place>,
    /// Records that are booked with another.
    aliases: Map<Place, Place>,
}

impl<'a> Books<'a> {
    fn default_for(ledger: &'a Ledger) -> Books<'a> {
        let (fortunes, ids, aliases) = (Map::new(), Map::new(), Map::new());
        Books { guard: None, ledger, inbox: None, is_headless: false, fortunes, ids, aliases }
    }

    fn fortune(&mut self, place: &Place) -> Option<&mut Fortune> {
        let place = self.aliases.get(place).unwrap_or(place);
        self.fortunes.get_mut(place)
    }

    fn main_log(
        &mut self,
        (tp, log): (&TopicPartition, &PartitionLog),
        isolation: IsolationLevel,
        group: Option<&Group>,
    ) {
        let committed = group.and_then(|group| group.committed(tp)).map(|committed| committed.offset);
        let dedupe = self.guard.and_then(|guard| guard.dedupe.as_ref());
        let once_per =
            self.guard.and_then(|guard| guard.once_per.as_ref()).or(dedupe.map(|dedupe| &dedupe.id));
        for (offset, timestamp, record) in records(log, isolation) {
            let own = (tp.clone(), offset);
            let mut place = headers::original(record).unwrap_or_else(|| own.clone());
            if let Some(Ok(id)) = once_per.map(|id| id_of(id, (tp, offset), timestamp, record)) {
                place = self.ids.entry(id).or_insert(place).clone();
            }
            let row = dedupe.map(|dedupe| dedupe.id_of((tp, offset), timestamp, record));
            let mut fortune = self.fortunes.get(&place).cloned().unwrap_or_default();
            fortune.times += self.ledger.times(tp, offset);
            fortune.is_skipped |= self.ledger.is_skipped(tp, offset);
            fortune.is_dead |= self.is_headless && self.ledger.is_buried(tp, offset);
            fortune.is_open |= committed.is_none_or(|committed| offset >= committed);
            if let (Some(Ok(id)), Some(seen)) = (row, self.inbox) {
                fortune.is_waiting |= seen.inbox().any(|row| *row == id);
            }
            if let Some(from) = record.header(desk::REDRIVEN_FROM).and_then(|from| letter_of(from)) {
                fortune.redriven.push(from);
            }
            if own != place {
                self.aliases.insert(own, place.clone());
            }
            self.fortunes.insert(place, fortune);
        }
    }
}

/// `orders-dlt-0@5`.
fn letter_of(from: &[u8]) -> Option<Place> {
    let (tp, offset) = std::str::from_utf8(from).ok()?.rsplit_once('@')?;
    let (topic, partition) = tp.rsplit_once('-')?;
    Some((TopicPartition::new(topic, partition.parse().ok()?), Offset(offset.parse().ok()?)))
}

/// True if the record failed in this group, by its header.
fn is_of(record: &Record, group: &str) -> bool {
    record.header(headers::ORIGINAL_CONSUMER_GROUP).is_some_and(|name| **name == *group.as_bytes())
}

fn topics(broker: &Broker) -> impl Iterator<Item = (&TopicName, i32)> {
    broker.topics().map(|topic| (topic.name(), topic.partition_count()))
}

fn logs<'a>(
    world: &'a World,
    topic: &TopicName,
    count: i32,
) -> impl Iterator<Item = (TopicPartition, &'a PartitionLog)> {
    let partition = |n| TopicPartition { topic: topic.clone(), partition: Partition(n) };
    (0..count).map(partition).filter_map(|tp| world.log(&tp).map(|log| (tp, log)))
}

/// The records that a reader can see, with their offsets: no markers, and with `read_committed` nothing that is open or was
/// aborted.
pub fn records(
    log: &PartitionLog,
    isolation: IsolationLevel,
) -> impl Iterator<Item = (Offset, Timestamp, &Record)> {
    let (end, aborted): (_, Vec<&AbortedTxn>) = match isolation {
        IsolationLevel::ReadUncommitted => (log.high_watermark(), Vec::new()),
        IsolationLevel::ReadCommitted => {
            let aborted = log.segments().iter().flat_map(|segment| segment.aborted_transactions());
            (log.last_stable_offset(), aborted.collect())
        }
    };
    let is_aborted = move |batch: &StoredBatch| {
        let producer = batch.batch.producer.as_ref().filter(|producer| producer.is_transactional);
        producer.is_some_and(|producer| {
            aborted.iter().any(|txn| {
                let within = txn.first_offset <= batch.base_offset && batch.base_offset < txn.last_offset;
                txn.producer_id == producer.id && within
            })
        })
    };
    let batches = log.batches_from(log.log_start_offset());
    batches
        .filter(move |batch| batch.batch.marker().is_none() && !is_aborted(batch))
        .flat_map(|batch| {
            batch.records_from(batch.base_offset).map(|(at, record)| (at, batch.timestamp(record), record))
        })
        .take_while(move |(offset, ..)| *offset < end)
}
