//! Samples over time: what the charts draw.

use super::fold::{ClientMeters, Fold, GroupMeters};
use super::window::Meter;
use super::{INTERVAL, SAMPLES};
use millrace_model::{GroupId, Map, Span, Time};
use millrace_sim::NodeId;
use millrace_words::measures as say;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Records.
    Records,
    /// Thousandths of a record a second.
    PerSecond,
    /// Microseconds, told in milliseconds.
    Millis,
    /// Microseconds, told in seconds.
    Seconds,
    /// Thousandths of one in a hundred.
    Percent,
}

/// Whom a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An application and its instances.
    Group,
    /// All producers that only produce.
    Producers,
}

/// One thing that is measured over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// `kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec`, of the group's topics.
    MessagesIn,
    /// `records-consumed-rate`.
    Consumed,
    /// `kafka_consumergroup_lag`.
    Lag,
    /// `records-lag-max`.
    RecordsLagMax,
    /// `kafka_consumergroup_group_max_lag_seconds`.
    LagSeconds,
    /// The median of the end-to-end latency.
    P50,
    /// Its 95th percentile.
    P95,
    /// Its 99th.
    P99,
    /// Deliveries that threw, of all.
    Errors,
    /// Records that are to be tried again.
    Retried,
    /// Records that became dead letters.
    Died,
    /// `record-send-rate`.
    Sent,
    /// `record-retry-rate`.
    Resent,
    /// `record-error-rate`.
    SendErrors,
    /// `request-latency-avg`.
    RequestAvg,
    /// `request-latency-max`.
    RequestMax,
    /// `commit-latency-avg`.
    CommitAvg,
    /// Dead letters that wait.
    Letters,
    /// How long the oldest has waited.
    LetterAge,
}

/// All lines, each once.
const LINES: [Line; 19] = [
    Line::MessagesIn,
    Line::Consumed,
    Line::Lag,
    Line::RecordsLagMax,
    Line::LagSeconds,
    Line::P50,
    Line::P95,
    Line::P99,
    Line::Errors,
    Line::Retried,
    Line::Died,
    Line::Sent,
    Line::Resent,
    Line::SendErrors,
    Line::RequestAvg,
    Line::RequestMax,
    Line::CommitAvg,
    Line::Letters,
    Line::LetterAge,
];

impl Line {
    /// Whom it is about.
    pub fn subject(self) -> Subject {
        match self {
            Line::Sent | Line::Resent | Line::SendErrors | Line::RequestAvg | Line::RequestMax => {
                Subject::Producers
            }
            _ => Subject::Group,
        }
    }

    /// Its name: Kafka's or an exporter's where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Line::MessagesIn => "MessagesInPerSec",
            Line::Consumed => "records-consumed-rate",
            Line::Lag => "kafka_consumergroup_lag",
            Line::RecordsLagMax => "records-lag-max",
            Line::LagSeconds => "kafka_consumergroup_group_max_lag_seconds",
            Line::P50 => "p50",
            Line::P95 => "p95",
            Line::P99 => "p99",
            Line::Errors => say::threw(),
            Line::Retried => say::tried_again(),
            Line::Died => say::dead(),
            Line::Sent => "record-send-rate",
            Line::Resent => "record-retry-rate",
            Line::SendErrors => "record-error-rate",
            Line::RequestAvg => "request-latency-avg",
            Line::RequestMax => "request-latency-max",
            Line::CommitAvg => "commit-latency-avg",
            Line::Letters => say::waiting(),
            Line::LetterAge => say::oldest(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Column {
    /// The number of its first sample.
    from: usize,
    values: Vec<Option<u64>>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    interval: Span,
    times: Vec<Time>,
    columns: Map<(Option<GroupId>, Line), Column>,
}

impl Series {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// When the samples were taken.
    pub fn times(&self) -> &[Time] {
        &self.times
    }

    /// The sample of that number.
    pub fn sample(&self, subject: Option<&GroupId>, line: Line, number: usize) -> Option<u64> {
        let column = self.columns.get(&(subject.cloned(), line))?;
        column.values.get(number.checked_sub(column.from)?).copied().flatten()
    }

    /// The newest sample's value that is not later than `at`.
    pub fn value(&self, subject: Option<&GroupId>, line: Line, at: Time) -> Option<u64> {
        let number = self.times.partition_point(|time| *time <= at).checked_sub(1)?;
        self.sample(subject, line, number)
    }

    /// Takes the samples that are due until then: what happens at that very moment is not in them yet.
    pub fn sample_until(&mut self, until: Time, fold: &mut Fold) {
        if self.interval == Span::ZERO {
            self.interval = INTERVAL;
        }
        while let Some(at) = self.next().filter(|at| *at <= until) {
            fold.forget(at);
            self.take(at, fold);
            self.times.push(at);
            if self.times.len() >= SAMPLES {
                self.thin();
            }
        }
    }

    fn next(&self) -> Option<Time> {
        Some(self.times.last().map_or(Time::ZERO, |last| *last) + self.interval)
    }

    /// Every second sample goes; what stays is the larger of the two, so that a peak cannot hide between them.
    fn thin(&mut self) {
        let times = self.times.iter().skip(1).step_by(2).copied();
        self.times = times.collect();
        for column in self.columns.values_mut() {
            let missing = column.from % 2;
            let padded: Vec<Option<u64>> =
                std::iter::repeat_n(None, missing).chain(column.values.iter().copied()).collect();
            column.values = padded.chunks(2).map(|pair| pair.iter().copied().flatten().max()).collect();
            column.from /= 2;
        }
        self.interval = self.interval.times(2);
    }

    fn take(&mut self, at: Time, fold: &Fold) {
        let number = self.times.len();
        let mut put = |subject: Option<&GroupId>, line: Line, value: Option<u64>| {
            let column = self.columns.entry((subject.cloned(), line));
            let column = column.or_insert_with(|| Column { from: number, values: Vec::new() });
            column.values.push(value);
        };
        for (id, group) in fold.groups.iter().filter(|(_, group)| group.is_app) {
            for line in LINES.into_iter().filter(|line| line.subject() == Subject::Group) {
                put(Some(id), line, group_value(fold, (id, group), line, at));
            }
        }
        if fold.who.iter().any(|who| who.is_producer) {
            for line in LINES.into_iter().filter(|line| line.subject() == Subject::Producers) {
                put(None, line, producers_value(fold, line, at));
            }
        }
    }
}

fn group_value(fold: &Fold, (id, group): (&GroupId, &GroupMeters), line: Line, at: Time) -> Option<u64> {
    let clients = || {
        let is_of =
            |node: &NodeId| fold.who.get(node.0 as usize).is_some_and(|who| who.group.as_ref() == Some(id));
        fold.clients.iter().filter(move |(node, _)| is_of(node)).map(|(_, client)| client)
    };
    match line {
        Line::MessagesIn => {
            let mut topics: Vec<_> = fold.read_by(group).into_iter().map(|tp| tp.topic).collect();
            topics.dedup();
            Some(topics.iter().filter_map(|topic| fold.topics.get(topic)).map(|meter| meter.rate(at)).sum())
        }
        Line::Consumed => Some(clients().map(|client| client.consumed.rate(at)).sum()),
        Line::Lag => Some(fold.lags(group).into_iter().map(|(_, lag)| lag).sum()),
        Line::RecordsLagMax => clients().filter_map(ClientMeters::records_lag_max).max(),
        Line::LagSeconds => Some(fold.lag_time(group, at).0),
        Line::P50 => group.done.percentiles(at).map(|p| p.p50),
        Line::P95 => group.done.percentiles(at).map(|p| p.p95),
        Line::P99 => group.done.percentiles(at).map(|p| p.p99),
        Line::Errors => {
            let (failed, done) = (group.failed.recent(at), group.done.recent(at));
            (failed * 100_000).checked_div(failed + done)
        }
        Line::Retried => Some(group.retried.rate(at)),
        Line::Died => Some(group.dead.rate(at)),
        Line::CommitAvg => mean(clients().map(|client| &client.commit), at),
        Line::Letters => Some(fold.letters.depth(id)),
        Line::LetterAge => Some(fold.letters.age(id, at).map_or(0, |age| age.0)),
        Line::Sent | Line::Resent | Line::SendErrors | Line::RequestAvg | Line::RequestMax => None,
    }
}

fn producers_value(fold: &Fold, line: Line, at: Time) -> Option<u64> {
    let clients = || {
        let is_producer = |node: &NodeId| fold.who.get(node.0 as usize).is_some_and(|who| who.is_producer);
        fold.clients.iter().filter(move |(node, _)| is_producer(node)).map(|(_, client)| client)
    };
    match line {
        Line::Sent => Some(clients().map(|client| client.sent.rate(at)).sum()),
        Line::Resent => Some(clients().map(|client| client.resent.rate(at)).sum()),
        Line::SendErrors => Some(clients().map(|client| client.errors.rate(at)).sum()),
        Line::RequestAvg => mean(clients().map(|client| &client.request), at),
        Line::RequestMax => clients().filter_map(|client| client.request.largest(at)).max(),
        _ => None,
    }
}

/// The mean over several meters; each weighs as much as it has counted.
fn mean<'a>(meters: impl Iterator<Item = &'a Meter>, at: Time) -> Option<u64> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for meter in meters {
        let times = meter.recent(at);
        sum = sum.saturating_add(meter.mean(at).unwrap_or(0).saturating_mul(times));
        count += times;
    }
    sum.checked_div(count)
}
