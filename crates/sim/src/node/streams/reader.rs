//! A consumer without a group, as far as restoring and global tables need one: partitions that are named by hand, read
//! from their start (or from where their state stands) on (`StoreChangelogReader`, `GlobalStreamThread`).

use millrace_client::consumer::usable;
use millrace_client::{Correlation, Outgoing, Reply};
use millrace_model::protocol::{
    FetchPartition, FetchRequest, IsolationLevel, ListOffsetsRequest, OffsetSpec,
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

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    partitions: Map<TopicPartition, Reading>,
    /// The request on its way: what it asked for.
    pending: Option<(Correlation, Vec<TopicPartition>)>,
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
    pub fn new(isolation_level: IsolationLevel) -> Reader {
        Reader { isolation_level, ..Reader::default() }
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
        (self.pending.is_none() && !self.partitions.is_empty()).then_some(self.not_before)
    }

    /// The next request: for bounds that are not known, else for records.
    pub fn ask(&mut self, now: Time, to: BrokerId) -> Option<Outgoing> {
        self.due().filter(|due| *due <= now)?;
        let unbounded = self.partitions.iter().filter(|(_, reading)| !reading.is_bounded);
        let unbounded: Vec<TopicPartition> = unbounded.map(|(tp, _)| tp.clone()).collect();
        let (asked, request) = if unbounded.is_empty() {
            let partitions: Vec<FetchPartition> = self
                .partitions
                .iter()
                .map(|(tp, reading)| FetchPartition {
                    tp: tp.clone(),
                    fetch_offset: reading.position.unwrap_or_default(),
                    current_leader_epoch: None,
                    partition_max_bytes: 1024 * 1024,
                })
                .collect();
            let asked = partitions.iter().map(|partition| partition.tp.clone()).collect();
            let request = FetchRequest {
                max_wait: Span::from_millis(500),
                min_bytes: 1,
                max_bytes: 50 * 1024 * 1024,
                isolation_level: self.isolation_level,
                rack_id: None,
                partitions,
            };
            (asked, Request::Fetch(request))
        } else {
            let both =
                |tp: &TopicPartition| [(tp.clone(), OffsetSpec::Earliest), (tp.clone(), OffsetSpec::Latest)];
            let partitions = unbounded.iter().flat_map(both).collect();
            // The end of the log, open transactions included: until they have ended nothing is whole (KAFKA-10167).
            let isolation_level = IsolationLevel::ReadUncommitted;
            let request = ListOffsetsRequest { isolation_level, partitions };
            (unbounded, Request::ListOffsets(request))
        };
        let correlation = Correlation(self.next_correlation);
        self.next_correlation = self.next_correlation.saturating_add(1);
        self.pending = Some((correlation, asked));
        Some(Outgoing { correlation, to, request })
    }

    /// What an answer tells.
    pub fn answered(&mut self, now: Time, reply: &Reply) -> Vec<Read> {
        let Some((_, asked)) = self.pending.take_if(|(correlation, _)| *correlation == reply.correlation)
        else {
            return Vec::new();
        };
        self.not_before = now;
        let mut read = Vec::new();
        match &reply.response {
            Response::ListOffsets(answer) => {
                for tp in asked {
                    let mut found = answer.partitions.iter().filter(|listed| listed.tp == tp);
                    let bounds = found.next().zip(found.next());
                    let good = bounds.filter(|(a, b)| {
                        a.error == ErrorCode::None && b.error == ErrorCode::None && a.offset.0 >= 0
                    });
                    let (Some((start, end)), Some(reading)) = (good, self.partitions.get_mut(&tp)) else {
                        self.not_before = now + RETRY_BACKOFF;
                        continue;
                    };
                    reading.is_bounded = true;
                    let from = reading.position.unwrap_or(start.offset).max(start.offset).min(end.offset);
                    reading.position = Some(from);
                    read.push(Read::Bounds { tp, start: from, end: end.offset });
                }
            }
            Response::Fetch(answer) => {
                for fetched in &answer.partitions {
                    let Some(reading) = self.partitions.get_mut(&fetched.tp) else { continue };
                    let Some(from) = reading.position else { continue };
                    if fetched.error != ErrorCode::None {
                        reading.is_bounded = false;
                        self.not_before = now + RETRY_BACKOFF;
                        continue;
                    }
                    let batches = usable(&fetched.batches, from, &fetched.aborted_transactions);
                    let next = batches.iter().map(StoredBatch::next_offset).max();
                    if let Some(to) = next.filter(|next| *next > from) {
                        reading.position = Some(to);
                        let tp = fetched.tp.clone();
                        read.push(Read::Records { tp, batches, from, to });
                    }
                }
            }
            _ => self.not_before = now + RETRY_BACKOFF,
        }
        read
    }
}
