//! A broker just good enough to answer one instance: logs, committed offsets, groups of one member each.

use crate::listener::{Instance, InstanceEvent, InstanceInput, InstanceOutcome, Ledger, Port};
use crate::{Correlation, Reply};
use millrace_model::dice::FixedDice;
use millrace_model::protocol::{
    CommittedOffset, FetchRequest, FetchResponse, FetchedPartition, FindCoordinatorResponse,
    HeartbeatResponse, InitProducerIdResponse, JoinGroupRequest, JoinGroupResponse, JoinedMember,
    LeaveGroupResponse, ListOffsetsResponse, ListedOffset, MetadataResponse, OffsetCommitResponse,
    OffsetFetchResponse, OffsetSpec, ProduceResponse, ProducedPartition, SyncGroupResponse, TxnRequest,
    TxnResponse,
};
use millrace_model::{
    Batch, BrokerId, BrokerInfo, ClusterMetadata, ErrorCode, Generation, GroupId, LeaderEpoch, MemberId,
    Offset, Partition, PartitionInfo, ProducerEpoch, ProducerId, Record, Request, Response, Span,
    StoredBatch, Time, Timestamp, TopicInfo, TopicName, TopicPartition,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const ME: BrokerId = BrokerId(1);
/// How long a request and its answer take together.
const ROUND_TRIP: Span = Span::from_millis(2);

/// A held fetch: who waits, with which number, until when.
type Held = (Port, Correlation, Time, FetchRequest);

pub struct World {
    pub now: Time,
    pub instance: Instance,
    pub ledger: Ledger,
    pub lines: Vec<String>,
    pub events: Vec<InstanceEvent>,
    pub topics: BTreeMap<TopicName, i32>,
    pub logs: BTreeMap<TopicPartition, Vec<StoredBatch>>,
    pub committed: BTreeMap<(GroupId, TopicPartition), Offset>,
    /// Topics whose produce requests are answered with an error that is not retriable.
    pub refuses: Option<TopicName>,
    /// Set: one answer in so many is lost, by these dice.
    pub loses: Option<(u64, u64)>,
    assignments: BTreeMap<GroupId, millrace_model::protocol::Assignment>,
    queue: BTreeMap<(Time, u64), (Port, Reply)>,
    held: Vec<Held>,
    seq: u64,
    pub steps: usize,
}

impl World {
    pub fn new(instance: Instance, topics: &[(&str, i32)]) -> World {
        let mut all: BTreeMap<TopicName, i32> =
            topics.iter().map(|(t, n)| (TopicName::from(*t), *n)).collect();
        all.extend(instance.config().required_topics());
        World {
            now: Time::ZERO,
            instance,
            ledger: Ledger::default(),
            lines: Vec::new(),
            events: Vec::new(),
            topics: all,
            logs: BTreeMap::new(),
            committed: BTreeMap::new(),
            refuses: None,
            loses: None,
            assignments: BTreeMap::new(),
            queue: BTreeMap::new(),
            held: Vec::new(),
            seq: 0,
            steps: 0,
        }
    }

    /// The application is gone without a word and another one starts at its place. The ledger stays.
    pub fn crash_and_start(&mut self, instance: Instance) {
        self.instance = instance;
        self.queue.clear();
        self.held.clear();
        self.tell(InstanceInput::Start);
    }

    pub fn append(&mut self, tp: TopicPartition, records: Vec<Record>) -> Offset {
        let log = self.logs.entry(tp).or_default();
        let base_offset = log.last().map_or(Offset(0), StoredBatch::next_offset);
        log.push(StoredBatch {
            base_offset,
            leader_epoch: LeaderEpoch(0),
            appended_at: self.now,
            log_append_time: None,
            batch: Arc::new(Batch::new(records)),
        });
        let held = std::mem::take(&mut self.held);
        for (port, correlation, until, fetch) in held {
            self.fetch(port, correlation, until, fetch);
        }
        base_offset
    }

    /// Records with these values on one partition, each with an origin of its own.
    pub fn produce(&mut self, topic: &str, partition: i32, values: &[&str]) {
        for value in values {
            let mut record = Record::new(self.now.timestamp(), Some(b"k"), Some(value.as_bytes()));
            self.seq += 1;
            record.origin.0 = u32::try_from(self.seq).unwrap();
            self.append(TopicPartition::new(topic, partition), vec![record]);
        }
    }

    pub fn end(&self, tp: &TopicPartition) -> Offset {
        self.logs.get(tp).and_then(|log| log.last()).map_or(Offset(0), StoredBatch::next_offset)
    }

    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let key = (GroupId::from(group), TopicPartition::new(topic, partition));
        self.committed.get(&key).map(|offset| offset.0)
    }

    pub fn tell(&mut self, input: InstanceInput) {
        let InstanceOutcome { events, requests } = self.instance.decide(self.now, &input, &FixedDice(0));
        for event in events {
            self.instance.apply(&event);
            self.ledger.apply(&"c1".into(), self.now, &event);
            self.lines.extend(super::line(self.now, &event));
            self.events.push(event);
        }
        for request in requests {
            self.answer(request.port, request.outgoing.correlation, request.outgoing.request);
        }
    }

    /// Lets time pass until `until`: timers, answers, and held fetches that come back empty, in this order.
    pub fn run(&mut self, until: Time) {
        loop {
            self.steps += 1;
            let timer = self.instance.next_timer();
            assert!(self.steps < 200_000, "time stands still at {}: {timer:?}", self.now);
            let never = Time(u64::MAX);
            let timer_at = timer.as_ref().map_or(never, |(at, _)| *at);
            let reply = self.queue.keys().next().copied();
            let reply_at = reply.map_or(never, |(at, _)| at);
            let held_at = self.held.iter().map(|(.., until, _)| *until).min().unwrap_or(never);
            let at = timer_at.min(reply_at).min(held_at);
            if at > until {
                break;
            }
            self.now = self.now.max(at);
            if timer_at == at {
                self.tell(InstanceInput::Timer(timer.unwrap().1));
            } else if reply_at == at {
                let (port, reply) = self.queue.remove(&reply.unwrap()).unwrap();
                self.tell(InstanceInput::Reply { port, reply });
            } else {
                let index = self.held.iter().position(|(.., until, _)| *until == at).unwrap();
                let (port, correlation, _, fetch) = self.held.remove(index);
                let partitions = fetch.partitions.iter().map(|p| self.nothing(&p.tp)).collect();
                self.reply(self.now, port, correlation, Response::Fetch(FetchResponse { partitions }));
            }
        }
        self.now = until;
    }

    fn reply(&mut self, at: Time, port: Port, correlation: Correlation, response: Response) {
        self.seq += 1;
        if let Some((state, one_in)) = &mut self.loses {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if (*state >> 33) % *one_in == 0 {
                return;
            }
        }
        self.queue.insert((at, self.seq), (port, Reply { correlation, from: ME, response }));
    }

    fn answer(&mut self, port: Port, correlation: Correlation, request: Request) {
        let at = self.now + ROUND_TRIP;
        let response = match request {
            Request::Metadata(_) => {
                Response::Metadata(MetadataResponse { cluster: self.cluster(), errors: vec![] })
            }
            Request::Produce(produce) => {
                let mut partitions = Vec::new();
                for (tp, batch) in produce.data {
                    let refused = self.refuses.as_ref() == Some(&tp.topic);
                    let base_offset =
                        if refused { Offset(-1) } else { self.append(tp.clone(), batch.records.clone()) };
                    let error = if refused { ErrorCode::InvalidRecord } else { ErrorCode::None };
                    let log_start_offset = Offset(0);
                    partitions.push(ProducedPartition {
                        tp,
                        error,
                        base_offset,
                        log_append_time: None,
                        log_start_offset,
                    });
                }
                Response::Produce(ProduceResponse { partitions })
            }
            Request::Fetch(fetch) => return self.fetch(port, correlation, self.now + fetch.max_wait, fetch),
            Request::ListOffsets(list) => {
                let listed = list.partitions.into_iter().map(|(tp, spec)| ListedOffset {
                    error: ErrorCode::None,
                    timestamp: Timestamp::NONE,
                    offset: if spec == OffsetSpec::Earliest { Offset(0) } else { self.end(&tp) },
                    leader_epoch: LeaderEpoch(0),
                    tp,
                });
                Response::ListOffsets(ListOffsetsResponse { partitions: listed.collect() })
            }
            Request::Txn(request) if matches!(*request, TxnRequest::InitProducerId(_)) => {
                let (producer_id, producer_epoch) = (ProducerId(0), ProducerEpoch(0));
                let answer = InitProducerIdResponse { error: ErrorCode::None, producer_id, producer_epoch };
                Response::Txn(Box::new(TxnResponse::InitProducerId(answer)))
            }
            Request::FindCoordinator(_) => Response::FindCoordinator(FindCoordinatorResponse {
                error: ErrorCode::None,
                coordinator: Some(ME),
                offsets_partition: Partition(0),
            }),
            Request::JoinGroup(join) => Response::JoinGroup(joined(join)),
            Request::SyncGroup(sync) => {
                if let Some((_, assignment)) = sync.assignments.into_iter().next() {
                    self.assignments.insert(sync.group.clone(), assignment);
                }
                let assignment = self.assignments.get(&sync.group).cloned().unwrap_or_default();
                Response::SyncGroup(SyncGroupResponse {
                    error: ErrorCode::None,
                    protocol: "range".into(),
                    assignment,
                })
            }
            Request::Heartbeat(_) => Response::Heartbeat(HeartbeatResponse { error: ErrorCode::None }),
            Request::LeaveGroup(_) => Response::LeaveGroup(LeaveGroupResponse { error: ErrorCode::None }),
            Request::OffsetCommit(commit) => {
                let mut partitions = Vec::new();
                for (tp, offset) in commit.offsets {
                    self.lines.push(format!(
                        "{} commit {} {tp} {}",
                        ms(self.now),
                        commit.group,
                        offset.offset
                    ));
                    self.committed.insert((commit.group.clone(), tp.clone()), offset.offset);
                    partitions.push((tp, ErrorCode::None));
                }
                Response::OffsetCommit(OffsetCommitResponse { partitions })
            }
            Request::OffsetFetch(fetch) => {
                let find = |tp: TopicPartition| {
                    let offset = self.committed.get(&(fetch.group.clone(), tp.clone())).copied();
                    let metadata: Arc<str> = "".into();
                    (tp, offset.map(|offset| CommittedOffset { offset, leader_epoch: None, metadata }))
                };
                let partitions = fetch.partitions.clone().unwrap_or_default().into_iter().map(find).collect();
                Response::OffsetFetch(OffsetFetchResponse { error: ErrorCode::None, partitions })
            }
            Request::CreateTopics(_)
            | Request::CreatePartitions(_)
            | Request::DeleteTopics(_)
            | Request::DescribeGroups(_)
            | Request::Controller(_)
            | Request::FollowerFetch(_)
            | Request::Admin(_)
            | Request::Txn(_)
            | Request::ConsumerGroupHeartbeat(_) => {
                unreachable!("no instance asks for it")
            }
        };
        self.reply(at, port, correlation, response);
    }

    fn fetch(&mut self, port: Port, correlation: Correlation, until: Time, fetch: FetchRequest) {
        let mut some = false;
        let mut partitions = Vec::new();
        for wanted in &fetch.partitions {
            let log = self.logs.get(&wanted.tp).map(Vec::as_slice).unwrap_or_default();
            let batches: Vec<StoredBatch> =
                log.iter().filter(|b| b.next_offset() > wanted.fetch_offset).cloned().collect();
            some = some || !batches.is_empty();
            partitions.push(FetchedPartition { batches, ..self.nothing(&wanted.tp) });
        }
        if some {
            let response = Response::Fetch(FetchResponse { partitions });
            self.reply(self.now + ROUND_TRIP, port, correlation, response);
        } else {
            self.held.push((port, correlation, until, fetch));
        }
    }

    fn nothing(&self, tp: &TopicPartition) -> FetchedPartition {
        let end = self.end(tp);
        FetchedPartition {
            tp: tp.clone(),
            error: ErrorCode::None,
            high_watermark: end,
            last_stable_offset: end,
            log_start_offset: Offset(0),
            batches: Vec::new(),
            aborted_transactions: Vec::new(),
            preferred_read_replica: None,
        }
    }

    fn cluster(&self) -> ClusterMetadata {
        let partition = PartitionInfo {
            leader: Some(ME),
            leader_epoch: LeaderEpoch(0),
            replicas: vec![ME],
            isr: vec![ME],
            ..PartitionInfo::default()
        };
        let topic = |n: i32| TopicInfo {
            partitions: vec![partition.clone(); usize::try_from(n).unwrap()],
            internal: false,
        };
        ClusterMetadata {
            brokers: vec![BrokerInfo { id: ME, host: "b1".into(), port: 9092, rack: None }],
            topics: self.topics.iter().map(|(name, n)| (name.clone(), topic(*n))).collect(),
        }
    }
}

fn joined(join: JoinGroupRequest) -> JoinGroupResponse {
    let known = !join.member.as_str().is_empty();
    let member = if known { join.member } else { MemberId::new(format!("{}-1", join.client_id)) };
    let (protocol, subscription) = join.protocols.into_iter().next().unwrap();
    JoinGroupResponse {
        error: if known { ErrorCode::None } else { ErrorCode::MemberIdRequired },
        generation: if known { Generation(1) } else { Generation::NONE },
        protocol,
        leader: member.clone(),
        member: member.clone(),
        members: vec![JoinedMember { member, group_instance_id: None, subscription }],
        skip_assignment: false,
    }
}

/// Milliseconds since the start.
pub fn ms(now: Time) -> u64 {
    now.0 / 1_000
}
