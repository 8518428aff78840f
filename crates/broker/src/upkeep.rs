//! What a broker does to its logs by itself: deletes segments that are due (`LogManager.cleanupLogs`), compacts
//! (`LogCleaner`), and forgets producers that have long been silent (`UnifiedLog.removeExpiredProducers`). Each has a rhythm from the broker's start on; a beat at which nothing can be due is left out.

use crate::log::cleaner::CleanedLog;
use crate::log::segments::{DeletedSegment, RollReason};
use crate::timer::Timers;
use crate::topic::PartitionState;
use crate::{Broker, Event, Outcome, Timer, Topic};
use millrace_model::collections::sort::sort_by_key;
use millrace_model::protocol::ResourceKind;
use millrace_model::{Offset, Partition, ProducerId, Time, Timestamp, TopicPartition};
use std::sync::Arc;

/// Something that happened to a log's segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogChange {
    /// A new segment was begun.
    SegmentRolled {
        /// Where it begins.
        base_offset: Offset,
        /// Why the old one was left.
        reason: RollReason,
    },
    /// Retention took segments away.
    SegmentsDeleted {
        /// Where the log begins now.
        log_start_offset: Offset,
        /// The base offset of the first segment that stays; where the log ends if none does.
        first: Offset,
        /// Which, and why.
        segments: Arc<[DeletedSegment]>,
    },
    /// The cleaner has been through it.
    Cleaned(Arc<CleanedLog>),
    /// Producers that have not written for `producer.id.expiration.ms` are forgotten.
    ProducersExpired(Arc<[ProducerId]>),
}

/// `producer.id.expiration.ms`: a day.
pub(crate) const PRODUCER_ID_EXPIRATION_MS: i64 = 86_400_000;

/// One of the rhythms.
#[derive(Clone, Copy)]
enum Beat {
    Deletion,
    Cleaner,
    Producers,
}

impl Beat {
    /// When the first beat is, and how long until the next: `log.initial.task.delay.ms` and
    /// `log.retention.check.interval.ms`; `log.cleaner.backoff.ms`;
    /// `producer.id.expiration.check.interval.ms`. In microseconds.
    const fn rhythm(self) -> (u64, u64) {
        match self {
            Beat::Deletion => (30_000_000, 300_000_000),
            Beat::Cleaner => (0, 15_000_000),
            Beat::Producers => (600_000_000, 600_000_000),
        }
    }

    /// The first beat behind `after` at which the calendar shows at least `due`.
    fn at(self, due: Timestamp, after: Time) -> Time {
        let (first, every) = self.rhythm();
        let least = after.0.saturating_add(1).max(due.time().0).saturating_sub(first);
        Time(first.saturating_add(least.div_ceil(every).saturating_mul(every)))
    }
}

/// When a broker looks after its logs next; `None` while nothing can become due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LogChecks {
    deletion: Option<Time>,
    cleaner: Option<Time>,
    producers: Option<Time>,
}

impl LogChecks {
    pub fn is_idle(&self) -> bool {
        *self == LogChecks::default()
    }

    /// Looks earlier if a log asks for it.
    fn hear(&mut self, due: LogChecks, timers: &mut Timers) {
        let sooner = |old: Option<Time>, new: Option<Time>| old.into_iter().chain(new).min();
        let deletion = sooner(self.deletion, due.deletion);
        let cleaner = sooner(self.cleaner, due.cleaner);
        let producers = sooner(self.producers, due.producers);
        self.set(LogChecks { deletion, cleaner, producers }, timers);
    }

    fn set(&mut self, new: LogChecks, timers: &mut Timers) {
        timers.replace(self.deletion, new.deletion, || Timer::LogRetentionCheckDue);
        timers.replace(self.cleaner, new.cleaner, || Timer::LogCleanerDue);
        timers.replace(self.producers, new.producers, || Timer::ProducerIdExpirationDue);
        *self = new;
    }

    /// A log has changed.
    pub fn log_changed(&mut self, topic: &Topic, partition: Partition, at: Time, timers: &mut Timers) {
        if let Some(state) = topic.partition(partition) {
            self.hear(due(topic, state, at), timers);
        }
    }

    /// Settings have changed, or what was due is done.
    pub fn plan_anew<'a>(&mut self, topics: impl Iterator<Item = &'a Topic>, at: Time, timers: &mut Timers) {
        self.set(LogChecks::default(), timers);
        for topic in topics {
            for state in topic.partitions() {
                self.hear(due(topic, state, at), timers);
            }
        }
    }
}

/// When a log asks to be looked at, after `at`.
fn due(topic: &Topic, state: &PartitionState, at: Time) -> LogChecks {
    let config = topic.log_config();
    let now = at.timestamp();
    let deletion = state.log.deletion_due(&config.retention, now);
    let producers = state.log.producers().expires_at(PRODUCER_ID_EXPIRATION_MS);
    let producers = producers.map(|due| Beat::Producers.at(due, at));
    if !config.compact {
        let deletion = deletion.map(|due| Beat::Deletion.at(due, at));
        return LogChecks { deletion, cleaner: None, producers };
    }
    // Kafka's cleaner deletes as well, where it cleans.
    let cleaning = state.log.cleaning_due(&config.compaction, now);
    let cleaner = deletion.into_iter().chain(cleaning).min();
    LogChecks { deletion: None, cleaner: cleaner.map(|due| Beat::Cleaner.at(due, at)), producers }
}

/// Whether logs may be due earlier, or later, after an administrator's act.
pub(crate) fn is_touched(broker: &Broker, event: &Event) -> bool {
    match event {
        Event::ConfigsAltered { resource, .. } if resource.kind == ResourceKind::Topic => {
            broker.topic(&resource.name).is_some_and(|topic| topic.partitions().any(holds_any))
        }
        Event::ConfigsAltered { resource, .. } if resource.kind == ResourceKind::Broker => {
            broker.topics().flat_map(Topic::partitions).any(holds_any)
        }
        // Whole segments may lie below the start now.
        Event::RecordsDeleted { tp, .. } => broker.log(tp).is_some_and(|log| log.segments().len() > 1),
        _ => false,
    }
}

fn holds_any(state: &PartitionState) -> bool {
    state.log.size_in_bytes() > 0
}

/// Where something changes: partition, its topic, its state.
fn partitions(
    broker: &Broker,
    compact: bool,
) -> impl Iterator<Item = (TopicPartition, &Topic, &PartitionState)> {
    let topics = broker.topics().filter(move |topic| topic.log_config().compact == compact);
    topics.flat_map(|topic| {
        let states = (0_i32..).zip(topic.partitions());
        states.map(move |(n, state)| {
            let tp = TopicPartition { topic: topic.name().clone(), partition: Partition(n) };
            (tp, topic, state)
        })
    })
}

/// `log.retention.check.interval.ms` is over.
pub(crate) fn check_retention(broker: &Broker, now: Time) -> Outcome {
    let mut events = Vec::new();
    for (tp, topic, state) in partitions(broker, false) {
        events.extend(deletion(tp, topic, &state.log, now));
    }
    events.push(Event::LogsChecked { at: now });
    Outcome { events, replies: Vec::new(), ..Outcome::default() }
}

fn deletion(tp: TopicPartition, topic: &Topic, log: &crate::PartitionLog, now: Time) -> Option<Event> {
    let mut after = log.clone();
    let segments = after.delete_old_segments(&topic.log_config().retention, now.timestamp());
    let first = after.segments().first()?.base_offset();
    let log_start_offset = after.log_start_offset();
    (!segments.is_empty()).then(|| {
        let change = LogChange::SegmentsDeleted { log_start_offset, first, segments: segments.into() };
        Event::LogChanged { tp, at: now, change }
    })
}

/// `producer.id.expiration.check.interval.ms` is over.
pub(crate) fn expire_producers(broker: &Broker, now: Time) -> Outcome {
    let all = partitions(broker, false).chain(partitions(broker, true));
    let expired = |(tp, _, state): (TopicPartition, _, &PartitionState)| {
        let ids: Arc<[ProducerId]> =
            state.log.producers().expired(now.timestamp(), PRODUCER_ID_EXPIRATION_MS).collect();
        let change = LogChange::ProducersExpired(ids.clone());
        (!ids.is_empty()).then_some(Event::LogChanged { tp, at: now, change })
    };
    let mut events: Vec<Event> = all.filter_map(expired).collect();
    events.push(Event::LogsChecked { at: now });
    Outcome { events, ..Outcome::default() }
}

/// `log.cleaner.backoff.ms` is over: cleans all logs that are worth it, the dirtiest first.
pub(crate) fn clean(broker: &Broker, now: Time) -> Outcome {
    let mut plans: Vec<_> = partitions(broker, true)
        .filter_map(|(tp, topic, state)| {
            let settings = &topic.log_config().compaction;
            let plan = state.log.to_clean(state.log.last_clean(), settings, now.timestamp());
            plan.is_due(settings).then_some((plan, tp, topic, state))
        })
        .collect();
    sort_by_key(&mut plans, |(plan, ..)| std::cmp::Reverse(plan.cleanable_ppm()));
    let mut events = Vec::new();
    for (plan, tp, topic, state) in plans {
        let cleaned = state.log.clean(&plan, &topic.log_config().compaction, now.timestamp());
        events.push(Event::LogChanged { tp, at: now, change: LogChange::Cleaned(Arc::new(cleaned)) });
    }
    for (tp, topic, state) in partitions(broker, true) {
        let mut log = state.log.clone();
        let cleaned = events.iter().find_map(|event| match event {
            Event::LogChanged { tp: of, change: LogChange::Cleaned(cleaned), .. } if *of == tp => {
                Some(cleaned)
            }
            _ => None,
        });
        if let Some(cleaned) = cleaned {
            log.replace_segments(cleaned);
        }
        let deleted = deletion(tp, topic, &log, now);
        events.extend(deleted);
    }
    events.push(Event::LogsChecked { at: now });
    Outcome { events, replies: Vec::new(), ..Outcome::default() }
}
