//! A consumer without a group, as far as restoring and global tables need one: partitions that are named by hand, read
//! from their start (or from where their state stands) on (`StoreChangelogReader`, `GlobalStreamThread`).

use super::leaders::Leaders;
use millrace_client::consumer::usable;
use millrace_client::{Correlation, Outgoing, Reply};
use millrace_model::protocol::{
    FetchPartition, FetchRequest, FetchResponse, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse,
    OffsetSpec,
};
use millrace_model::{
    BrokerId, ErrorCode, Map, Offset, Request, Response, Span, StoredBatch, Time, TopicPartition,
};
use std::sync::Arc;

/// `retry.backoff.ms`.
const RETRY_BACKOFF: Span = Span::from_millis(100);

/// A partition that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reading {
    position: Option<Offset>,
    /// True once its start and its end were asked for and told.
    is_bounded: bool,
}

/// A question on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    correlation: Correlation,
    to: BrokerId,
    /// The partitions that a leader was asked for; none: the leaders themselves were asked for.
    partitions: Option<Vec<TopicPartition>>,
}

/// See the module. Every leader has at most one question to answer at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    pub(super) leaders: Leaders,
    partitions: Map<TopicPartition, Reading>,
    pending: Vec<Asked>,
    next_correlation: u64,
    not_before: Time,
    isolation_level: IsolationLevel,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Where a partition's log starts and ends.
    Bounds {
        /// The partition.
        tp: TopicPartition,
        /// The first offset.
        start: Offset,
        /// The high watermark.
        end: Offset,
    },
    /// Records: every one of the batches from `from` on.
    Records {
        /// The partition.
        tp: TopicPartition,
        /// The batches.
        batches: Arc<[StoredBatch]>,
        /// The first offset wanted.
        from: Offset,
        /// The next offset to read.
        to: Offset,
    },
}

impl Reader {
    /// A reader of nothing.
    pub fn new(isolation_level: IsolationLevel, bootstrap: Vec<BrokerId>) -> Reader {
        Reader {
            leaders: Leaders::new(bootstrap),
            partitions: Map::new(),
            pending: Vec::new(),
            next_correlation: 0,
            not_before: Time::ZERO,
            isolation_level,
        }
    }

    /// Reads a partition, from an offset or from its start.
    pub fn add(&mut self, tp: TopicPartition, from: Option<Offset>) {
        self.partitions.insert(tp, Reading { position: from, is_bounded: false });
    }

    /// Reads it no more.
    pub fn remove(&mut self, tp: &TopicPartition) {
        self.partitions.remove(tp);
    }

    /// When it sends its next request.
    pub fn due(&self) -> Option<Time> {
        let is_free = |tp: &TopicPartition| {
            let leader = self.leaders.of(tp);
            !self.pending.iter().any(|asked| match leader {
                Some(leader) => asked.to == leader && asked.partitions.is_some(),
                None => asked.partitions.is_none(),
            })
        };
        self.partitions.keys().any(is_free).then_some(self.not_before)
    }

    /// The next requests: for leaders that are not known; of the others for bounds that are not known, else for records.
    pub fn ask(&mut self, now: Time) -> Vec<Outgoing> {
        if self.due().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let (led, unknown) = self.leaders.sort(self.partitions.keys());
        let mut questions = Vec::new();
        for (leader, partitions) in led {
            if !self.pending.iter().any(|asked| asked.to == leader && asked.partitions.is_some()) {
                let (asked, request) = self.question(partitions);
                questions.push((leader, Some(asked), request));
            }
        }
        if !unknown.is_empty() && self.pending.iter().all(|asked| asked.partitions.is_some()) {
            questions.extend(self.leaders.question(&unknown).map(|(to, request)| (to, None, request)));
        }
        let questions = questions.into_iter().map(|(to, partitions, request)| {
            let correlation = Correlation(self.next_correlation);
            self.next_correlation = self.next_correlation.saturating_add(1);
            self.pending.push(Asked { correlation, to, partitions });
            Outgoing { correlation, to, request }
        });
        questions.collect()
    }

    /// What a leader is asked for next, and for which of its partitions.
    fn question(&self, partitions: Vec<TopicPartition>) -> (Vec<TopicPartition>, Request) {
        let reading = |tp: &TopicPartition| self.partitions.get(tp);
        let is_unbounded = |tp: &&TopicPartition| reading(tp).is_some_and(|reading| !reading.is_bounded);
        let unbounded: Vec<TopicPartition> = partitions.iter().filter(is_unbounded).cloned().collect();
        if unbounded.is_empty() {
            let fetch = |tp: &TopicPartition| FetchPartition {
                tp: tp.clone(),
                fetch_offset: reading(tp).and_then(|reading| reading.position).unwrap_or_default(),
                current_leader_epoch: None,
                partition_max_bytes: 1024 * 1024,
            };
            let request = FetchRequest {
                max_wait: Span::from_millis(500),
                min_bytes: 1,
                max_bytes: 50 * 1024 * 1024,
                isolation_level: self.isolation_level,
                rack_id: None,
                partitions: partitions.iter().map(fetch).collect(),
            };
            return (partitions, Request::Fetch(request));
        }
        let both =
            |tp: &TopicPartition| [(tp.clone(), OffsetSpec::Earliest), (tp.clone(), OffsetSpec::Latest)];
        let wanted = unbounded.iter().flat_map(both).collect();
        // The end of the log, open transactions included: until they have ended nothing is whole (KAFKA-10167).
        let isolation_level = IsolationLevel::ReadUncommitted;
        (unbounded, Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions: wanted }))
    }

    /// What an answer tells.
    pub fn answered(&mut self, now: Time, reply: &Reply) -> Vec<Read> {
        let Some(at) = self.pending.iter().position(|asked| asked.correlation == reply.correlation) else {
            return Vec::new();
        };
        let Asked { to, partitions, .. } = self.pending.remove(at);
        self.not_before = now;
        match &reply.response {
            Response::Metadata(answer) => {
                self.leaders.learn(answer);
                if self.partitions.keys().any(|tp| self.leaders.of(tp).is_none()) {
                    self.not_before = now + RETRY_BACKOFF;
                }
                Vec::new()
            }
            Response::ListOffsets(answer) => self.bounded(now, &partitions.unwrap_or_default(), answer),
            Response::Fetch(answer) => self.fetched(now, answer),
            _ => {
                self.leaders.failed(to);
                self.not_before = now + RETRY_BACKOFF;
                Vec::new()
            }
        }
    }

    fn bounded(&mut self, now: Time, asked: &[TopicPartition], answer: &ListOffsetsResponse) -> Vec<Read> {
        let mut read = Vec::new();
        for tp in asked {
            let of_it = || answer.partitions.iter().filter(|listed| listed.tp == *tp);
            let mut good = of_it().filter(|listed| listed.error == ErrorCode::None && listed.offset.0 >= 0);
            let (Some(start), Some(end), Some(reading)) =
                (good.next(), good.next(), self.partitions.get_mut(tp))
            else {
                of_it().for_each(|listed| self.leaders.refused(tp, listed.error));
                self.not_before = now + RETRY_BACKOFF;
                continue;
            };
            reading.is_bounded = true;
            let from = reading.position.unwrap_or(start.offset).max(start.offset).min(end.offset);
            reading.position = Some(from);
            read.push(Read::Bounds { tp: tp.clone(), start: from, end: end.offset });
        }
        read
    }

    fn fetched(&mut self, now: Time, answer: &FetchResponse) -> Vec<Read> {
        let mut read = Vec::new();
        for fetched in &answer.partitions {
            let Some(reading) = self.partitions.get_mut(&fetched.tp) else { continue };
            let Some(from) = reading.position else { continue };
            if fetched.error != ErrorCode::None {
                reading.is_bounded = false;
                self.leaders.refused(&fetched.tp, fetched.error);
                self.not_before = now + RETRY_BACKOFF;
                continue;
            }
            let batches = usable(&fetched.batches, from, &fetched.aborted_transactions);
            let next = batches.iter().map(StoredBatch::next_offset).max();
            if let Some(to) = next.filter(|next| *next > from) {
                reading.position = Some(to);
                read.push(Read::Records { tp: fetched.tp.clone(), batches, from, to });
            }
        }
        read
    }
}
