//! The scripted broker: it answers by fixed rules, and with an error where a test asks for one.

use crate::consumer::{Consumer, ConsumerEvent, ConsumerInput, MembershipEvent, Purpose};
use crate::{Correlation, Outgoing, Reply};
use millrace_model::Map;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::dice::FixedDice;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::VecDeque;
use std::sync::Arc;

pub const ME: &str = "c-1";
pub const DICE: FixedDice = FixedDice(0);

pub struct Script {
    pub consumer: Consumer,
    pub now: Time,
    pub log: Vec<String>,
    pub events: Vec<ConsumerEvent>,
    pub waiting: VecDeque<Outgoing>,
    /// The next answers to an API that are errors.
    pub errors: Map<&'static str, VecDeque<ErrorCode>>,
    /// APIs that get no answer for now.
    pub silent: Vec<&'static str>,
    pub partitions: i32,
    /// How many brokers there are, each with a copy of everything; the first leads.
    pub brokers: i32,
    /// Who the next fetch is sent to instead.
    pub named: Option<BrokerId>,
    pub generation: i32,
    /// Records in each partition, by offset from `log_start`.
    pub log_start: i64,
    pub log_end: i64,
    /// What a lookup by timestamp finds; -1 for nothing.
    pub by_time: i64,
    pub committed: Map<TopicPartition, Offset>,
    pub requests: Vec<Request>,
    /// The next epochs and assignments of the consumer protocol; without any, everything stays.
    pub beats: VecDeque<(i32, Option<Vec<TopicPartition>>)>,
    left_at: Map<Correlation, Time>,
}

pub fn tp(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

pub fn config() -> ConsumerConfig {
    ConsumerConfig {
        auto_offset_reset: millrace_model::config::consumer::AutoOffsetReset::Earliest,
        enable_auto_commit: false,
        ..ConsumerConfig::defaults(Profile::V4)
    }
}

pub fn batch(base: i64, count: usize) -> StoredBatch {
    let record = |i: usize| Record::new(Timestamp(0), None, Some(&[i as u8]));
    StoredBatch {
        base_offset: Offset(base),
        leader_epoch: LeaderEpoch(0),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::new(Batch::new((0..count).map(record).collect())),
    }
}

impl Script {
    pub fn new(config: ConsumerConfig) -> Script {
        let consumer = Consumer::new("c".into(), "/127.0.0.1".into(), "g".into(), config, vec![BrokerId(1)]);
        Script {
            consumer,
            now: Time::ZERO,
            log: Vec::new(),
            events: Vec::new(),
            waiting: VecDeque::new(),
            errors: Map::new(),
            silent: Vec::new(),
            partitions: 2,
            brokers: 1,
            named: None,
            generation: 0,
            log_start: 0,
            log_end: 0,
            by_time: -1,
            committed: Map::new(),
            requests: Vec::new(),
            beats: VecDeque::new(),
            left_at: Map::new(),
        }
    }

    /// Subscribed, joined, with its positions known and a fetch waiting at the broker.
    pub fn stable(config: ConsumerConfig) -> Script {
        let mut script = Script::new(config);
        script.subscribe_and_poll();
        script.run();
        script.take();
        script
    }

    pub fn subscribe_and_poll(&mut self) {
        self.input(&ConsumerInput::Subscribe(vec!["orders".into()]));
        self.input(&ConsumerInput::Poll);
    }

    pub fn input(&mut self, input: &ConsumerInput) {
        let outcome = self.consumer.decide(self.now, input, &DICE);
        for event in &outcome.events {
            self.consumer.apply(event);
            self.log.extend(line(event));
            self.events.push(event.clone());
        }
        self.requests.extend(outcome.requests.iter().map(|out| out.request.clone()));
        self.left_at.extend(outcome.requests.iter().map(|out| (out.correlation, self.now)));
        self.waiting.extend(outcome.requests);
    }

    /// Runs due timers and answers until nothing moves at this moment.
    pub fn run(&mut self) {
        for _ in 0..10_000 {
            if let Some((at, timer)) = self.consumer.next_timer()
                && at <= self.now
            {
                self.input(&ConsumerInput::Timer(timer));
            } else if !self.answer_one() {
                return;
            }
        }
        panic!("the consumer does not come to rest: {:?}", &self.log[self.log.len() - 20..]);
    }

    /// Lets time pass, timer by timer.
    pub fn wait(&mut self, span: Span) {
        let end = self.now + span;
        self.run();
        while let Some(at) = self.next_moment().filter(|at| *at <= end) {
            self.now = at;
            self.run();
        }
        self.now = end;
        self.run();
    }

    /// When the consumer or a waiting fetch is due.
    fn next_moment(&self) -> Option<Time> {
        let timer = self.consumer.next_timer().map(|(at, _)| at);
        let fetches = self.waiting.iter().filter(|_| !self.silent.contains(&"Fetch")).filter_map(|out| {
            let Request::Fetch(fetch) = &out.request else { return None };
            Some(*self.left_at.get(&out.correlation)? + fetch.max_wait)
        });
        fetches.chain(timer).min()
    }

    /// What was logged since the last time.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    pub fn fail(&mut self, api: &'static str, error: ErrorCode) {
        self.errors.entry(api).or_default().push_back(error);
    }

    fn answer_one(&mut self) -> bool {
        for index in 0..self.waiting.len() {
            if let Some(response) = self.response(index) {
                let out = self.waiting.remove(index).unwrap();
                let reply = Reply { correlation: out.correlation, from: out.to, response };
                self.input(&ConsumerInput::Reply(reply));
                return true;
            }
        }
        false
    }

    fn response(&mut self, index: usize) -> Option<Response> {
        let request = self.waiting[index].request.clone();
        let api = request.api();
        if self.silent.contains(&api) {
            return None;
        }
        if let Request::Fetch(fetch) = &request {
            let left_at = *self.left_at.get(&self.waiting[index].correlation).unwrap();
            return self.fetch(fetch, left_at).map(Response::Fetch);
        }
        let error = self.errors.get_mut(api).and_then(VecDeque::pop_front).unwrap_or_default();
        Some(match request {
            Request::Metadata(_) => Response::Metadata(self.metadata()),
            Request::FindCoordinator(_) => Response::FindCoordinator(FindCoordinatorResponse {
                error,
                coordinator: (error == ErrorCode::None).then_some(BrokerId(1)),
                offsets_partition: Partition(0),
            }),
            Request::JoinGroup(join) => Response::JoinGroup(self.join(&join, error)),
            Request::SyncGroup(sync) => {
                let own = sync.assignments.into_iter().find(|(member, _)| member.as_str() == ME);
                let assignment = own.map(|(_, assignment)| assignment).unwrap_or_default();
                Response::SyncGroup(SyncGroupResponse { error, protocol: "range".into(), assignment })
            }
            Request::Heartbeat(_) => Response::Heartbeat(HeartbeatResponse { error }),
            Request::ConsumerGroupHeartbeat(beat) => {
                let usual = match beat.member_epoch {
                    GroupEpoch::JOIN => (1, Some(vec![tp(0), tp(1)])),
                    epoch => (epoch.0, None),
                };
                let fails = error != ErrorCode::None || beat.member_epoch.0 < 0;
                let (epoch, assignment) =
                    if fails { (beat.member_epoch.0, None) } else { self.beats.pop_front().unwrap_or(usual) };
                Response::ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse {
                    error,
                    error_message: None,
                    member: ME.into(),
                    member_epoch: GroupEpoch(epoch),
                    heartbeat_interval: Span::from_secs(5),
                    assignment,
                })
            }
            Request::LeaveGroup(_) => Response::LeaveGroup(LeaveGroupResponse { error }),
            Request::OffsetCommit(commit) => {
                if error == ErrorCode::None {
                    self.committed.extend(commit.offsets.iter().map(|(tp, c)| (tp.clone(), c.offset)));
                }
                let partitions = commit.offsets.into_iter().map(|(tp, _)| (tp, error)).collect();
                Response::OffsetCommit(OffsetCommitResponse { partitions })
            }
            Request::OffsetFetch(fetch) => {
                let committed = |tp: &TopicPartition| {
                    let offset = *self.committed.get(tp)?;
                    Some(CommittedOffset { offset, leader_epoch: None, metadata: "".into() })
                };
                let asked = fetch.partitions.unwrap_or_default();
                let partitions = asked.into_iter().map(|tp| (tp.clone(), committed(&tp))).collect();
                Response::OffsetFetch(OffsetFetchResponse { error, partitions })
            }
            Request::ListOffsets(list) => {
                let partitions = list.partitions.into_iter().map(|(tp, spec)| ListedOffset {
                    tp,
                    error,
                    timestamp: Timestamp::NONE,
                    offset: Offset(match spec {
                        OffsetSpec::Earliest => self.log_start,
                        OffsetSpec::Timestamp(_) => self.by_time,
                        OffsetSpec::Latest | OffsetSpec::MaxTimestamp => self.log_end,
                    }),
                    leader_epoch: LeaderEpoch(0),
                });
                Response::ListOffsets(ListOffsetsResponse { partitions: partitions.collect() })
            }
            other => panic!("a consumer does not send {}", other.api()),
        })
    }

    pub fn metadata(&self) -> MetadataResponse {
        let partition = PartitionInfo {
            leader: Some(BrokerId(1)),
            leader_epoch: LeaderEpoch(0),
            replicas: (1..=self.brokers).map(BrokerId).collect(),
            isr: (1..=self.brokers).map(BrokerId).collect(),
            ..PartitionInfo::default()
        };
        let broker = |id| BrokerInfo { id: BrokerId(id), host: "localhost".into(), port: 9092, rack: None };
        let brokers = (1..=self.brokers).map(broker).collect();
        let partitions = vec![partition; self.partitions as usize];
        let topics = Map::from([("orders".into(), TopicInfo { partitions, internal: false })]);
        MetadataResponse { cluster: ClusterMetadata { brokers, topics }, errors: Vec::new() }
    }

    fn join(&mut self, join: &JoinGroupRequest, error: ErrorCode) -> JoinGroupResponse {
        let named = join.member.as_str() == ME;
        let error = match error {
            ErrorCode::None if !named => ErrorCode::MemberIdRequired,
            error => error,
        };
        self.generation += i32::from(error == ErrorCode::None);
        let subscription = join.protocols[0].1.clone();
        JoinGroupResponse {
            error,
            generation: Generation(self.generation),
            protocol: "range".into(),
            leader: ME.into(),
            member: ME.into(),
            members: vec![JoinedMember { member: ME.into(), group_instance_id: None, subscription }],
            skip_assignment: false,
        }
    }

    /// Answers as soon as one partition has something, as with `fetch.min.bytes=1`, or after `fetch.max.wait.ms`.
    fn fetch(&mut self, fetch: &FetchRequest, left_at: Time) -> Option<FetchResponse> {
        let error = self.errors.get_mut("Fetch").and_then(VecDeque::pop_front).unwrap_or_default();
        let (start, end) = (self.log_start, self.log_end);
        let named = self.named.take();
        let outside = |offset: i64| offset < start || offset > end;
        let partitions: Vec<FetchedPartition> = fetch
            .partitions
            .iter()
            .map(|asked| {
                let offset = asked.fetch_offset.0;
                let out = if outside(offset) { ErrorCode::OffsetOutOfRange } else { error };
                let some = out == ErrorCode::None && offset < end && named.is_none();
                FetchedPartition {
                    tp: asked.tp.clone(),
                    error: out,
                    high_watermark: Offset(end),
                    last_stable_offset: Offset(end),
                    log_start_offset: Offset(start),
                    batches: if some { vec![batch(offset, (end - offset) as usize)] } else { Vec::new() },
                    aborted_transactions: Vec::new(),
                    preferred_read_replica: named,
                }
            })
            .collect();
        let is_worth_it = |p: &FetchedPartition| {
            p.error != ErrorCode::None || !p.batches.is_empty() || p.preferred_read_replica.is_some()
        };
        let worth = partitions.iter().any(is_worth_it);
        (worth || self.now >= left_at + fetch.max_wait).then_some(FetchResponse { partitions })
    }
}

/// One event as one line; replies are shown by what follows from them.
pub fn line(event: &ConsumerEvent) -> Option<String> {
    let offsets = |offsets: &[(TopicPartition, Offset)]| {
        offsets.iter().map(|(tp, offset)| format!("{tp}@{offset}")).collect::<Vec<_>>().join(" ")
    };
    Some(match event {
        ConsumerEvent::Answered { .. } => return None,
        ConsumerEvent::UserDataSet { data } => format!("UserDataSet {}", String::from_utf8_lossy(data)),
        ConsumerEvent::ReadReplicaChanged { tp, replica, .. } => {
            let who = replica.map_or("its leader".to_owned(), |id| id.to_string());
            format!("ReadReplicaChanged {tp} to {who}")
        }
        ConsumerEvent::Requested { purpose: Purpose::Fetch { positions }, to: BrokerId(2), .. } => {
            format!("> Fetch {} from 2", offsets(positions))
        }
        ConsumerEvent::Requested { purpose, .. } => match purpose {
            Purpose::Metadata { .. } => "> Metadata".into(),
            Purpose::FindCoordinator => "> FindCoordinator".into(),
            Purpose::JoinGroup => "> JoinGroup".into(),
            Purpose::SyncGroup => "> SyncGroup".into(),
            Purpose::Heartbeat => "> Heartbeat".into(),
            Purpose::ConsumerGroupHeartbeat { leaves: false } => "> ConsumerGroupHeartbeat".into(),
            Purpose::ConsumerGroupHeartbeat { leaves: true } => "> ConsumerGroupHeartbeat, the last".into(),
            Purpose::LeaveGroup { reason } => format!("> LeaveGroup: {reason}"),
            Purpose::OffsetCommit { .. } => "> OffsetCommit".into(),
            Purpose::OffsetFetch { .. } => "> OffsetFetch".into(),
            Purpose::ListOffsets { .. } => "> ListOffsets".into(),
            Purpose::Fetch { positions } => format!("> Fetch {}", offsets(positions)),
        },
        ConsumerEvent::Membership(event) => match event {
            MembershipEvent::Transitioned { from, to, .. } => format!("{from} -> {to}"),
            MembershipEvent::EpochReceived { epoch, .. } => format!("EpochReceived {epoch}"),
            MembershipEvent::TargetReceived { partitions } => format!("TargetReceived {partitions:?}"),
            MembershipEvent::ReconciliationStarted { partitions } => {
                format!("ReconciliationStarted {partitions:?}")
            }
            MembershipEvent::ReconciliationFinished => "ReconciliationFinished".into(),
            MembershipEvent::AssignmentCleared => "AssignmentCleared".into(),
            MembershipEvent::HeartbeatFailed { error, .. } => format!("HeartbeatFailed {error}"),
        },
        ConsumerEvent::NoOffsetForTime { tp, .. } => format!("NoOffsetForTime {tp}"),
        ConsumerEvent::CommitOvertaken { kind, offsets: later } => {
            format!("CommitOvertaken {kind:?} by {}", offsets(later))
        }
        ConsumerEvent::PollStarted { .. } => "PollStarted".into(),
        ConsumerEvent::MetadataUpdated { .. } => "MetadataUpdated".into(),
        ConsumerEvent::MetadataWanted { .. } => "MetadataWanted".into(),
        ConsumerEvent::CoordinatorFound { broker, .. } => format!("CoordinatorFound {broker}"),
        ConsumerEvent::CoordinatorMarkedUnknown { cause, .. } => format!("CoordinatorMarkedUnknown: {cause}"),
        ConsumerEvent::RejoinRequested { reason } => format!("RejoinRequested: {reason}"),
        ConsumerEvent::MemberIdAssigned { member } => format!("MemberIdAssigned {member}"),
        ConsumerEvent::GroupJoined { generation, members, .. } => {
            format!("GroupJoined {generation}{}", if members.is_some() { " leader" } else { "" })
        }
        ConsumerEvent::AssignmentComputed { assignments, .. } => {
            let all = assignments.iter().map(|(m, a)| format!("{m}={:?}", a.partitions));
            format!("AssignmentComputed {}", all.collect::<Vec<_>>().join(" "))
        }
        ConsumerEvent::JoinFailed { api, error, .. } => format!("JoinFailed {api} {error}"),
        ConsumerEvent::GenerationReset { reason, .. } => format!("GenerationReset: {reason}"),
        ConsumerEvent::HeartbeatAcknowledged { .. } => "HeartbeatAcknowledged".into(),
        ConsumerEvent::HeartbeatFailed { error, .. } => format!("HeartbeatFailed {error}"),
        ConsumerEvent::PollTimeoutExpired { at } => format!("PollTimeoutExpired {at}"),
        ConsumerEvent::PartitionsRevoked { partitions, .. } => format!("PartitionsRevoked {partitions:?}"),
        ConsumerEvent::PartitionsLost { partitions, .. } => format!("PartitionsLost {partitions:?}"),
        ConsumerEvent::PartitionsAssigned { generation, partitions, .. } => {
            format!("PartitionsAssigned {generation} {partitions:?}")
        }
        ConsumerEvent::CommittedOffsetsFetched { .. } => "CommittedOffsetsFetched".into(),
        ConsumerEvent::PositionResetNeeded { tp, why } => format!("PositionResetNeeded {tp} {why:?}"),
        ConsumerEvent::PositionReset { tp, offset, why } => format!("PositionReset {tp}@{offset} {why:?}"),
        ConsumerEvent::Fetched { batches, .. } if batches.is_empty() => return None,
        ConsumerEvent::Fetched { tp, from, batches, .. } => {
            let end = batches.last().map_or(*from, StoredBatch::next_offset);
            format!("Fetched {tp}@{from}..{end}")
        }
        ConsumerEvent::FetchDiscarded { tp, from } => format!("FetchDiscarded {tp}@{from}"),
        ConsumerEvent::PollReturned { polled, .. } => {
            let parts = polled.records.iter().map(|p| format!(" {}@{}..{}", p.tp, p.from, p.to));
            format!("PollReturned {}{}", polled.count, parts.collect::<String>())
        }
        ConsumerEvent::PollFailed { exception, message, .. } => format!("PollFailed {exception}: {message}"),
        ConsumerEvent::ErrorRaised { exception, .. } => format!("ErrorRaised {exception}"),
        ConsumerEvent::AutoCommitScheduled { at } => format!("AutoCommitScheduled {at}"),
        ConsumerEvent::CommitStarted { kind, .. } => format!("CommitStarted {kind:?}"),
        ConsumerEvent::CommitQueued { kind, .. } => format!("CommitQueued {kind:?}"),
        ConsumerEvent::CommitSent { kind, offsets: o } => format!("CommitSent {kind:?} {}", offsets(o)),
        ConsumerEvent::CommitRetryScheduled { kind, error, .. } => {
            format!("CommitRetryScheduled {kind:?} {error}")
        }
        ConsumerEvent::OffsetsCommitted { kind, offsets: o } => {
            format!("OffsetsCommitted {kind:?} {}", offsets(o)).trim_end().into()
        }
        ConsumerEvent::CommitFailed { kind, exception, message, .. } => {
            let start: String = message.chars().take(60).collect();
            format!("CommitFailed {kind:?} {exception}: {start}")
        }
        ConsumerEvent::Disconnected { api, .. } => format!("Disconnected {api}"),
        ConsumerEvent::Subscribed { .. }
        | ConsumerEvent::PatternSubscribed { .. }
        | ConsumerEvent::PatternMatched { .. }
        | ConsumerEvent::JoinAnswerHeld { .. }
        | ConsumerEvent::AssignmentHeld { .. }
        | ConsumerEvent::AssignmentMismatched { .. }
        | ConsumerEvent::CoordinatorNotFound { .. }
        | ConsumerEvent::JoinPrepareStarted
        | ConsumerEvent::JoinPrepareFinished
        | ConsumerEvent::OffsetFetchFailed { .. }
        | ConsumerEvent::PartitionRetryScheduled { .. }
        | ConsumerEvent::Paused { .. }
        | ConsumerEvent::Resumed { .. }
        | ConsumerEvent::CloseStarted { .. }
        | ConsumerEvent::CloseLeft
        | ConsumerEvent::Closed => {
            let text = format!("{event:?}");
            text.split([' ', '{']).next().unwrap_or_default().to_owned()
        }
    })
}
