//! The desk of the dead letters: which letters wait for somebody, and what is done to them.
//!
//! A tool does not change a log: sending a letter again is another record, and the letter stays where it is. The desk only
//! remembers which it has dealt with.

use super::World;
use super::account::records;
use super::outside::{Due, Job};
use crate::letter::{AlertRule, DeskAction, DeskWork, ERROR_WINDOW, Gauge};
use crate::node::producer::{ProducerCommand, ProducerNode};
use crate::node::{Kind, Node, NodeInput};
use crate::trace::{Actor, Alarm, EntryId, Fact, Recorder};
use millrace_broker::Broker;
use millrace_client::listener::guard::dedupe::test;
use millrace_client::listener::{Seen, headers};
use millrace_client::producer::{Producer, ProducerRecord};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::protocol::IsolationLevel;
use millrace_model::{
    Bytes, ClientId, Header, Map, Offset, Origin, Partition, Record, Span, Time, Timestamp, TopicName,
    TopicPartition,
};
use std::sync::Arc;

/// How often alarms are looked at.
const EVALUATION_INTERVAL: Span = Span::from_secs(1);
/// The header by which a record that was sent again names its letter.
pub const REDRIVEN_FROM: &str = "redriven-from";

/// What became of a letter at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closed {
    /// It was, or is about to be, sent again.
    Redriven,
    /// It was thrown away.
    Discarded,
    /// The handler of the dead letters has dealt with it, or has sent it to the end of its topic (`@DltHandler`).
    Handled,
}

/// An alarm with its state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alert {
    /// The rule.
    pub rule: AlertRule,
    /// Since when the gauge has been above the threshold.
    pub pending_since: Option<Time>,
    /// Since when it fires.
    pub firing_since: Option<Time>,
    /// How often it has fired.
    pub fired: u32,
    /// Deliveries that threw, and all, at the last looks; only for [`Gauge::ErrorRate`].
    deliveries: Vec<(u64, u64)>,
}

/// A dead letter.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// Where it lies.
    pub tp: TopicPartition,
    /// Its offset there.
    pub offset: Offset,
    /// Its timestamp there.
    pub timestamp: Timestamp,
    /// The record.
    pub record: &'a Record,
    /// What became of it; `None` while it waits for somebody.
    pub closed: Option<Closed>,
}

impl World {
    /// The dead letters of a group, of all its dead letter topics, partition by partition.
    pub fn letters<'a>(&'a self, group: &'a str) -> impl Iterator<Item = Letter<'a>> {
        let desk = self.outside.desks.get(group);
        let app = self.apps.get(group);
        let retry = app.and_then(|app| app.config.retry.retry_topics());
        // Of a sink task of Kafka Connect, or of a streams application of that name.
        let connect = app.and_then(|app| app.config.retry.connect()?.dead_letters.as_ref());
        let streams = self.streams.get(group);
        let streams = streams.and_then(|app| app.config.errors_dead_letter_queue_topic_name.as_ref());
        let own = connect.or(streams);
        let suffix = retry.map_or("-dlt", |retry| &retry.dlt_suffix);
        let broker = self.asked_broker();
        let is_handled = retry.is_some_and(|retry| retry.dlt_handler.is_some());
        let handler = is_handled.then(|| self.group(&[group, suffix].concat())).flatten();
        // What the handler has only logged waits all the same.
        let ledger = self.ledger(group);
        let is_logged = move |record: &Record| {
            let place = headers::original(record);
            place.zip(ledger).is_some_and(|((tp, offset), ledger)| ledger.is_skipped(&tp, offset))
        };
        let topics = broker.into_iter().flat_map(Broker::topics);
        let topics = topics.filter(move |topic| match own {
            Some(own) => topic.name() == own,
            None => topic.name().as_str().ends_with(suffix),
        });
        topics.flat_map(move |topic| {
            let partitions = (0..topic.partition_count()).map(Partition);
            partitions.flat_map(move |partition| {
                let tp = TopicPartition { topic: topic.name().clone(), partition };
                let records =
                    self.log(&tp).into_iter().flat_map(|log| records(log, IsolationLevel::default()));
                let of_group = records.filter(move |(.., record)| {
                    let of = record.header(headers::ORIGINAL_CONSUMER_GROUP);
                    own.is_some() || of.is_some_and(|of| **of == *group.as_bytes())
                });
                of_group.map(move |(offset, timestamp, record)| {
                    let closed = desk.and_then(|desk| desk.get(&(tp.clone(), offset))).copied();
                    let read = || handler.and_then(|handler| handler.committed(&tp)).map(|c| c.offset);
                    let is_done = || read().is_some_and(|next| offset < next) && !is_logged(record);
                    let closed = closed.or_else(|| is_done().then_some(Closed::Handled));
                    Letter { tp: tp.clone(), offset, timestamp, record, closed }
                })
            })
        })
    }

    /// The ids in an application's database.
    pub fn seen(&self, group: &str) -> Option<&Seen> {
        self.outside.seen.get(group).map(|seen| &**seen)
    }

    /// The alarms.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.outside.alerts.iter()
    }

    /// Does desk work: at once, or letter by letter at its rate.
    pub(super) fn desk_work(&mut self, work: &DeskWork, cause: EntryId, recorder: &mut Recorder) {
        let group = work.group.as_str();
        let is_meant = |letter: &Letter<'_>| {
            let place = (&letter.tp, letter.offset);
            let holds = |filter| test(filter, place, letter.timestamp, letter.record);
            letter.closed.is_none() && work.filter.as_ref().is_none_or(holds)
        };
        let chosen: Vec<(TopicPartition, Offset)> =
            self.letters(group).filter(is_meant).map(|letter| (letter.tp, letter.offset)).collect();
        let closed = match work.action {
            DeskAction::Redrive { .. } => Closed::Redriven,
            DeskAction::Discard => Closed::Discarded,
        };
        let desk = self.outside.desks.entry(work.group.clone()).or_default();
        for place in &chosen {
            desk.insert(place.clone(), closed);
        }
        let DeskAction::Redrive { rate, value, to } = &work.action else { return };
        for (n, place) in (0..).zip(chosen) {
            let again = Again { place, value: value.clone(), to: to.clone() };
            match rate {
                Some(rate) => {
                    let at = self.now + Span(n * 1_000_000 / u64::from((*rate).max(1)));
                    self.schedule(Due { at, cause, job: Job::Redrive(work.group.clone(), Box::new(again)) });
                }
                None => self.send_again(&again, cause, recorder),
            }
        }
    }

    /// Produces a dead letter again.
    pub(super) fn send_again(&mut self, again: &Again, cause: EntryId, recorder: &mut Recorder) {
        let (tp, offset) = &again.place;
        let found = self.brokers().find_map(|broker| {
            let log = broker.log(tp)?;
            let batch = log.batches_from(*offset).next()?;
            batch
                .records_from(*offset)
                .next()
                .filter(|(at, _)| at == offset)
                .map(|(_, record)| record.clone())
        });
        let Some(record) = found else { return };
        let Some(topic) = again.to.clone().or_else(|| headers::original(&record).map(|(tp, _)| tp.topic))
        else {
            return;
        };
        let again = ProducerRecord {
            topic,
            partition: None,
            timestamp: Some(self.now.timestamp()),
            key: record.key.clone(),
            value: again.value.clone().or_else(|| record.value.clone()),
            headers: headers_again(&record, tp, *offset),
            origin: Origin::default(),
        };
        let id = match self.producer(DESK) {
            Some((id, _)) => id,
            None => {
                let config = ProducerConfig::defaults(self.profile);
                let client = Producer::new(ClientId::new(DESK), config, self.bootstrap());
                let node = ProducerNode::new(&Arc::from(DESK), again.topic.clone(), client);
                self.add_node(Node::new(DESK.into(), Kind::Producer(Box::new(node))), cause, recorder)
            }
        };
        let input = NodeInput::Producer(ProducerCommand::Send(vec![again]));
        self.node_decides(id, input, cause, recorder);
    }

    /// Sets an alarm, or replaces the one of that name.
    pub(super) fn set_alert(&mut self, rule: &AlertRule, cause: EntryId) {
        let is_first = self.outside.alerts.is_empty();
        self.outside.alerts.retain(|alert| alert.rule.name != rule.name);
        let deliveries = match rule.gauge {
            Gauge::ErrorRate => vec![self.deliveries(rule)],
            Gauge::Letters | Gauge::LetterAge | Gauge::Lag => Vec::new(),
        };
        let (rule, none) = (rule.clone(), None);
        self.outside.alerts.push(Alert {
            rule,
            pending_since: none,
            firing_since: none,
            fired: 0,
            deliveries,
        });
        if is_first {
            self.schedule(Due { at: self.now + EVALUATION_INTERVAL, cause, job: Job::Alerts });
        }
    }

    /// Looks at all alarms.
    pub(super) fn evaluate_alerts(&mut self, cause: EntryId, recorder: &mut Recorder) {
        let now = self.now;
        let values: Vec<u64> = self.outside.alerts.iter().map(|alert| self.gauge(&alert.rule)).collect();
        let deliveries: Vec<(u64, u64)> =
            self.outside.alerts.iter().map(|alert| self.deliveries(&alert.rule)).collect();
        for ((alert, value), deliveries) in self.outside.alerts.iter_mut().zip(values).zip(deliveries) {
            let value = match alert.rule.gauge {
                Gauge::ErrorRate => alert.error_rate(deliveries),
                Gauge::Letters | Gauge::LetterAge | Gauge::Lag => value,
            };
            let was_firing = alert.firing_since.is_some();
            if value <= alert.rule.above {
                (alert.pending_since, alert.firing_since) = (None, None);
            } else {
                let since = *alert.pending_since.get_or_insert(now);
                if !was_firing && since + alert.rule.lasting <= now {
                    alert.firing_since = Some(now);
                    alert.fired += 1;
                }
            }
            let is_firing = alert.firing_since.is_some();
            if is_firing != was_firing {
                let rule = Arc::new(alert.rule.clone());
                recorder.record(Actor::Learner, Some(cause), Fact::Alarmed(Alarm { rule, value, is_firing }));
            }
        }
        self.schedule(Due { at: now + EVALUATION_INTERVAL, cause, job: Job::Alerts });
    }

    fn gauge(&self, rule: &AlertRule) -> u64 {
        let group = rule.group.as_str();
        let open = || self.letters(group).filter(|letter| letter.closed.is_none());
        match rule.gauge {
            Gauge::Letters => open().count() as u64,
            Gauge::LetterAge => self.oldest_letter(group).map_or(0, |age| age.as_millis() / 1_000),
            Gauge::Lag => self.lag(group),
            Gauge::ErrorRate => 0,
        }
    }

    /// Deliveries that threw, and all of them, so far.
    fn deliveries(&self, rule: &AlertRule) -> (u64, u64) {
        let totals = self.ledger(rule.group.as_str()).map(|ledger| ledger.totals()).unwrap_or_default();
        (totals.failed, totals.failed + totals.done)
    }

    /// Records of an application's topics behind what its group has committed; what was never committed counts from the
    /// log's start.
    pub fn lag(&self, group: &str) -> u64 {
        let Some(app) = self.apps.get(group) else { return 0 };
        let is_read = |topic: &TopicName| match &app.config.pattern {
            Some(pattern) => pattern.matches(topic.as_str()),
            None => app.config.topics.contains(topic),
        };
        let topics = self.asked_broker().into_iter().flat_map(Broker::topics);
        let topics = topics.filter(|topic| is_read(topic.name()));
        let partitions = topics.flat_map(|topic| {
            let partition = |n| TopicPartition { topic: topic.name().clone(), partition: Partition(n) };
            (0..topic.partition_count()).map(partition)
        });
        let known = self.group(group);
        let lag = |tp: TopicPartition| {
            let log = self.log(&tp)?;
            let committed = known.and_then(|known| known.committed(&tp)).map(|committed| committed.offset);
            Some(log.high_watermark().since(committed.unwrap_or_else(|| log.log_start_offset())))
        };
        partitions.filter_map(lag).sum()
    }

    /// The age of the oldest letter that waits for somebody.
    pub fn oldest_letter(&self, group: &str) -> Option<Span> {
        let open = self.letters(group).filter(|letter| letter.closed.is_none());
        let oldest = open.map(|letter| letter.timestamp).min()?;
        let age = self.now.timestamp().0.saturating_sub(oldest.0);
        Some(Span::from_millis(u64::try_from(age).unwrap_or(0)))
    }
}

impl Alert {
    /// In percent, over the window that ends with a look at which so many deliveries had thrown, of so many.
    fn error_rate(&mut self, now: (u64, u64)) -> u64 {
        let looks = ERROR_WINDOW.0 / EVALUATION_INTERVAL.0;
        let before = self.deliveries.first().copied().unwrap_or_default();
        self.deliveries.push(now);
        if self.deliveries.len() as u64 > looks {
            self.deliveries.remove(0);
        }
        let (failed, all) = (now.0.saturating_sub(before.0), now.1.saturating_sub(before.1));
        (failed * 100).checked_div(all).unwrap_or(0)
    }
}

/// The desk's producer.
const DESK: &str = "redrive";

/// A dead letter on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Again {
    pub place: (TopicPartition, Offset),
    pub value: Option<Bytes>,
    pub to: Option<TopicName>,
}

/// What is dealt with.
pub(super) type Desk = Map<(TopicPartition, Offset), Closed>;

/// Where it came from stays, what it failed with and how often it was tried goes.
fn headers_again(record: &Record, tp: &TopicPartition, offset: Offset) -> Arc<[Header]> {
    let stays = |header: &&Header| {
        !header.key.starts_with("kafka_exception-")
            && !header.key.starts_with("retry_topic-")
            && !header.key.starts_with("__connect.errors.")
            && !header.key.starts_with("__streams.errors.")
            && *header.key != *REDRIVEN_FROM
    };
    let from = format!("{tp}@{offset}");
    let mark = Header { key: REDRIVEN_FROM.into(), value: Some(from.into_bytes().into()) };
    record.headers.iter().filter(stays).cloned().chain([mark]).collect()
}
