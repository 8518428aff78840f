//! A broker on virtual time: requests in, one line of text per event and reply out.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub mod member;

use millrace_broker::{
    Broker, ConsumerGroupChange, Event, GroupChange, Input, LogChange, Outcome, RebalanceWait, RequestId,
};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Dice whose numbers tell the draws apart: member ids end in their count.
pub struct CountingDice;

impl Dice for CountingDice {
    fn roll(&self, _stream: &str, n: u64) -> u64 {
        n
    }
}

pub struct World {
    pub broker: Broker,
    pub now: Time,
    pub lines: Vec<String>,
    pub replies: BTreeMap<RequestId, Response>,
    pub steps: usize,
    next: u64,
}

impl World {
    pub fn new() -> World {
        World::with(BrokerConfig::defaults(Profile::V4))
    }

    pub fn with(config: BrokerConfig) -> World {
        let info = BrokerInfo { id: BrokerId(1), host: "broker-1".into(), port: 9092, rack: None };
        World {
            broker: Broker::new(info, config, Profile::V4),
            now: Time::ZERO,
            lines: Vec::new(),
            replies: BTreeMap::new(),
            steps: 0,
            next: 0,
        }
    }

    /// A broker with topic `orders` and the coordinator's topic.
    pub fn ready(partitions: i32) -> World {
        let mut world = World::new();
        world.ask(create("orders", Some(partitions)));
        world.ask(Request::FindCoordinator(FindCoordinatorRequest { group: "g".into() }));
        world.lines.clear();
        world
    }

    pub fn send(&mut self, request: Request) -> RequestId {
        let from = RequestId(self.next);
        self.next += 1;
        let outcome = self.broker.decide(self.now, &Input::Request { from, request }, &CountingDice);
        self.take(outcome);
        self.due();
        from
    }

    /// Sends and expects the answer at once.
    pub fn ask(&mut self, request: Request) -> Response {
        let id = self.send(request);
        self.replies.get(&id).cloned().expect("an answer at once")
    }

    /// Does what is due up to now.
    fn due(&mut self) {
        while let Some((at, timer)) = self.broker.next_timer() {
            if at > self.now {
                break;
            }
            let outcome = self.broker.decide(self.now, &Input::Timer(timer.clone()), &CountingDice);
            assert!(!outcome.events.is_empty(), "{timer:?} came to nothing and would come again for ever");
            self.take(outcome);
        }
    }

    /// Lets time pass, one timer after the other.
    pub fn wait(&mut self, ms: u64) {
        let until = self.now + Span::from_millis(ms);
        while let Some((at, _)) = self.broker.next_timer().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.due();
        }
        self.now = until;
    }

    fn take(&mut self, outcome: Outcome) {
        self.steps += 1;
        for event in &outcome.events {
            self.lines.push(format!("{:>6} {}", self.now.0 / 1000, line(event)));
            self.broker.apply(event);
        }
        for (to, response) in outcome.replies {
            self.lines.push(format!("{:>6} -> {} {}", self.now.0 / 1000, to.0, short(&response)));
            let before = self.replies.insert(to, response);
            assert_eq!(before, None, "request {} was answered twice", to.0);
        }
    }

    /// The lines since the last call.
    pub fn text(&mut self) -> String {
        std::mem::take(&mut self.lines).join("\n")
    }

    pub fn check(&mut self, expected: &str) {
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let found = std::mem::take(&mut self.lines);
        let found: Vec<&str> = found.iter().map(|line| line.trim()).collect();
        assert_eq!(found, expected, "\n{}\n", found.join("\n"));
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::TopicCreated { topic, partitions, .. } => format!("TopicCreated {topic} x{partitions}"),
        Event::PartitionsAdded { topic, from, to, .. } => format!("PartitionsAdded {topic} {from} -> {to}"),
        Event::BatchAppended { tp, stored } => {
            format!("BatchAppended {tp} @{} x{}", stored.base_offset, stored.batch.len())
        }
        Event::ProduceRejected(rejected) => {
            let why = rejected.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("ProduceRejected {} {}{why}", rejected.tp, rejected.error)
        }
        Event::Txn(event) => format!("{event:?}"),
        Event::FetchHeld { request, until, .. } => {
            format!("FetchHeld {} until {}", request.0, until.0 / 1000)
        }
        Event::FetchAnswered { request, records, .. } => format!("FetchAnswered {} x{records}", request.0),
        Event::Rejected(r) => format!("Rejected {} {} {}: {}", r.api, r.subject, r.error, r.why),
        Event::RetentionChecked { .. } => "RetentionChecked".to_owned(),
        Event::LogsChecked { .. } => "LogsChecked".to_owned(),
        Event::Lifecycle(_) | Event::MetadataRead { .. } | Event::Replica(_) => format!("{event:?}"),
        Event::LogChanged { tp, change, .. } => match change {
            LogChange::SegmentRolled { base_offset, reason } => {
                format!("SegmentRolled {tp} @{base_offset} {reason:?}")
            }
            LogChange::SegmentsDeleted { log_start_offset, segments, .. } => {
                let gone = segments.iter().map(|gone| format!(" @{} {:?}", gone.base_offset, gone.reason));
                format!("SegmentsDeleted {tp} until {log_start_offset}:{}", gone.collect::<String>())
            }
            LogChange::ProducersExpired(ids) => format!("ProducersExpired {tp} {ids:?}"),
            LogChange::Cleaned(cleaned) => {
                let stats = cleaned.stats;
                let (read, written) = (stats.messages_read, stats.messages_written);
                format!("Cleaned {tp} until {}: {written} of {read}", cleaned.clean_until)
            }
        },
        Event::TopicDeleted { topic, .. } => format!("{topic} deleted"),
        Event::ConfigsAltered { resource, changes } => {
            let shown = changes.iter().map(|(key, value)| match value {
                Some(value) => format!(" {key}={value}"),
                None => format!(" -{key}"),
            });
            format!("ConfigsAltered {:?} {}{}", resource.kind, resource.name, shown.collect::<String>())
        }
        Event::LogImported { tp, log_start_offset, log_end_offset } => {
            format!("LogImported {tp} from {log_start_offset} to {log_end_offset}")
        }
        Event::RecordsDeleted { tp, log_start_offset } => {
            format!("RecordsDeleted {tp} until {log_start_offset}")
        }
        Event::Group { group, change, .. } => format!("{group} {}", change_line(change)),
    }
}

/// `c1-00…01` → `c1-1`: the last part of a uuid is the count that the dice gave.
pub fn tail(id: &MemberId) -> String {
    short_ids(id.as_str())
}

/// Shortens every uuid of a text to its last number.
pub fn short_ids(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(at) = out.find("-00000000-0000-4") {
        let uuid: String = out[at + 1..].chars().take(36).collect();
        let n = u64::from_str_radix(&uuid[24..], 16).unwrap();
        out.replace_range(at + 1..at + 37, &(n / 2 + 1).to_string());
    }
    out
}

fn change_line(change: &GroupChange) -> String {
    match change {
        GroupChange::MemberIdAssigned { member, pending_until } => {
            format!("MemberIdAssigned {} pending={}", tail(member), pending_until.is_some())
        }
        GroupChange::MemberJoined { member } => format!("MemberJoined {}", tail(&member.id)),
        GroupChange::MemberRejoined { member, .. } => format!("MemberRejoined {}", tail(member)),
        GroupChange::MemberRemoved { member, reason } => format!("MemberRemoved {} {reason:?}", tail(member)),
        GroupChange::PendingMemberRemoved { member, reason } => {
            format!("PendingMemberRemoved {} {reason:?}", tail(member))
        }
        GroupChange::HeartbeatReceived { member, session_deadline } => {
            format!("HeartbeatReceived {} until {}", tail(member), session_deadline.0 / 1000)
        }
        GroupChange::RebalanceStarted { reason, wait, .. } => {
            let wait = match wait {
                RebalanceWait::ForCompany { until, .. } => format!("company until {}", until.0 / 1000),
                RebalanceWait::ForMembers { until } => format!("members until {}", until.0 / 1000),
            };
            format!("RebalanceStarted ({}) {wait}", short_ids(reason))
        }
        GroupChange::InitialDelayExtended { until, remaining, .. } => {
            format!("InitialDelayExtended until {} left {remaining}", until.0 / 1000)
        }
        GroupChange::StateChanged { from, to } => format!("{from} -> {to}"),
        GroupChange::GenerationStarted { generation, protocol, leader, members, .. } => format!(
            "GenerationStarted {generation} {} leader={} members={:?}",
            protocol.as_deref().unwrap_or("null"),
            leader.as_ref().map_or("null".into(), tail),
            members.iter().map(tail).collect::<Vec<_>>()
        ),
        GroupChange::SyncReceived { member, .. } => format!("SyncReceived {}", tail(member)),
        GroupChange::AssignmentDistributed { assignments } => format!(
            "AssignmentDistributed {:?}",
            assignments.iter().map(|(m, a)| (tail(m), a.partitions.clone())).collect::<Vec<_>>()
        ),
        GroupChange::OffsetCommitted { offsets, .. } => format!(
            "OffsetCommitted {:?}",
            offsets.iter().map(|(tp, c)| format!("{tp}={}", c.offset)).collect::<Vec<_>>()
        ),
        GroupChange::Consumer(change) => consumer_line(change),
        other => short_ids(&format!("{other:?}")),
    }
}

fn consumer_line(change: &ConsumerGroupChange) -> String {
    match change {
        ConsumerGroupChange::MemberSubscribed { member, subscription } => {
            format!("MemberSubscribed {member} {:?}", subscription.subscribed_topic_names)
        }
        ConsumerGroupChange::MemberRemoved { member, reason } => format!("MemberRemoved {member} {reason:?}"),
        ConsumerGroupChange::SubscriptionMetadataUpdated { topics } => format!(
            "SubscriptionMetadataUpdated {:?}",
            topics.iter().map(|(name, topic)| format!("{name} x{}", topic.partitions)).collect::<Vec<_>>()
        ),
        ConsumerGroupChange::GroupEpochBumped { epoch, reason } => {
            format!("GroupEpochBumped {epoch} ({reason})")
        }
        ConsumerGroupChange::TargetAssigned { member, partitions } => {
            format!("TargetAssigned {member} {partitions:?}")
        }
        ConsumerGroupChange::TargetAssignmentComputed { epoch, assignor } => {
            format!("TargetAssignmentComputed {epoch} {assignor}")
        }
        ConsumerGroupChange::MemberReconciled { member, epoch, state, assigned, pending_revocation } => {
            let revoking = if pending_revocation.is_empty() {
                String::new()
            } else {
                format!(" revoking {pending_revocation:?}")
            };
            format!("MemberReconciled {member} epoch={epoch} {state} {assigned:?}{revoking}")
        }
        ConsumerGroupChange::HeartbeatReceived { member, session_deadline } => {
            format!("HeartbeatReceived {member} until {}", session_deadline.0 / 1000)
        }
        ConsumerGroupChange::StateChanged { from, to } => format!("{from} -> {to}"),
        ConsumerGroupChange::StaticMemberReplaced { group_instance_id, old, new } => {
            format!("StaticMemberReplaced {group_instance_id} {old} -> {new}")
        }
        other => format!("{other:?}"),
    }
}

fn short(response: &Response) -> String {
    match response {
        Response::JoinGroup(r) => {
            format!(
                "JoinGroup {} {} gen={} members={}",
                r.error,
                tail(&r.member),
                r.generation,
                r.members.len()
            )
        }
        Response::SyncGroup(r) => format!("SyncGroup {} {:?}", r.error, r.assignment.partitions),
        Response::Heartbeat(r) => format!("Heartbeat {}", r.error),
        Response::LeaveGroup(r) => format!("LeaveGroup {}", r.error),
        Response::OffsetCommit(r) => {
            format!("OffsetCommit {:?}", r.partitions.iter().map(|(_, e)| e.name()).collect::<Vec<_>>())
        }
        Response::Fetch(r) => {
            let part = |p: &FetchedPartition| {
                let records: usize = p.batches.iter().map(|stored| stored.batch.len()).sum();
                format!("{} {} x{records} hw={}", p.tp, p.error, p.high_watermark)
            };
            format!("Fetch {:?}", r.partitions.iter().map(part).collect::<Vec<_>>())
        }
        Response::Produce(r) => {
            let part = |p: &ProducedPartition| format!("{} {} @{}", p.tp, p.error, p.base_offset);
            format!("Produce {:?}", r.partitions.iter().map(part).collect::<Vec<_>>())
        }
        Response::ConsumerGroupHeartbeat(r) => format!(
            "ConsumerGroupHeartbeat {} {} epoch={} {}",
            r.error,
            r.member,
            r.member_epoch,
            match (&r.assignment, &r.error_message) {
                (_, Some(words)) => format!("({words})"),
                (Some(partitions), None) => format!("{partitions:?}"),
                (None, None) => "-".into(),
            }
        ),
        other => other.api().to_owned(),
    }
}

pub fn create(name: &str, partitions: Option<i32>) -> Request {
    let topic =
        NewTopic { name: name.into(), partitions, replication_factor: None, config: TopicConfig::default() };
    Request::CreateTopics(CreateTopicsRequest { topics: vec![topic] })
}

pub fn batch(values: &[&str]) -> Arc<Batch> {
    batch_at(&values.iter().map(|value| (*value, 0)).collect::<Vec<_>>())
}

pub fn batch_at(values: &[(&str, i64)]) -> Arc<Batch> {
    let record = |(value, ts): &(&str, i64)| Record::new(Timestamp(*ts), None, Some(value.as_bytes()));
    Arc::new(Batch::new(values.iter().map(record).collect()))
}

pub fn produce(partition: i32, values: &[&str]) -> Request {
    produce_with(Acks::All, TopicPartition::new("orders", partition), batch(values))
}

pub fn produce_with(acks: Acks, tp: TopicPartition, batch: Arc<Batch>) -> Request {
    Request::Produce(ProduceRequest {
        acks,
        timeout: Span::from_secs(30),
        data: vec![(tp, batch)],
        transaction: None,
    })
}

pub fn fetch(offset: i64, min_bytes: usize, max_wait_ms: u64) -> FetchRequest {
    FetchRequest {
        max_wait: Span::from_millis(max_wait_ms),
        min_bytes,
        max_bytes: 50 << 20,
        isolation_level: IsolationLevel::ReadUncommitted,
        rack_id: None,
        partitions: vec![FetchPartition {
            tp: TopicPartition::new("orders", 0),
            fetch_offset: Offset(offset),
            current_leader_epoch: None,
            partition_max_bytes: 1 << 20,
        }],
    }
}

pub fn join(client: &str, member: &MemberId) -> JoinGroupRequest {
    let subscription = Subscription { topics: vec!["orders".into()], ..Subscription::default() };
    JoinGroupRequest {
        group: "g".into(),
        member: member.clone(),
        group_instance_id: None,
        client_id: client.into(),
        client_host: "/10.0.0.1".into(),
        session_timeout: Span::from_secs(45),
        rebalance_timeout: Span::from_secs(300),
        protocols: vec![("range".into(), subscription.clone()), ("cooperative-sticky".into(), subscription)],
        reason: "".into(),
    }
}

pub fn sync(member: &MemberId, generation: i32, assignments: &[(&MemberId, i32)]) -> Request {
    let assignments = assignments
        .iter()
        .map(|(member, partition)| {
            let partitions = vec![TopicPartition::new("orders", *partition)];
            ((*member).clone(), Assignment { partitions, user_data: None })
        })
        .collect();
    Request::SyncGroup(SyncGroupRequest {
        group: "g".into(),
        generation: Generation(generation),
        member: member.clone(),
        group_instance_id: None,
        assignments,
    })
}

pub fn heartbeat(member: &MemberId, generation: i32) -> Request {
    Request::Heartbeat(HeartbeatRequest {
        group: "g".into(),
        generation: Generation(generation),
        member: member.clone(),
        group_instance_id: None,
    })
}

pub fn leave(member: &MemberId) -> Request {
    Request::LeaveGroup(LeaveGroupRequest {
        group: "g".into(),
        member: member.clone(),
        group_instance_id: None,
        reason: "the consumer is being closed".into(),
    })
}

pub fn commit(member: &MemberId, generation: i32, offset: i64) -> Request {
    let committed = CommittedOffset { offset: Offset(offset), leader_epoch: None, metadata: "".into() };
    Request::OffsetCommit(OffsetCommitRequest {
        group: "g".into(),
        generation: Generation(generation),
        member: member.clone(),
        group_instance_id: None,
        offsets: vec![(TopicPartition::new("orders", 0), committed)],
    })
}

/// First round of KIP-394: the id that the coordinator gives.
pub fn named(world: &mut World, client: &str) -> MemberId {
    match world.ask(Request::JoinGroup(join(client, &MemberId::unknown()))) {
        Response::JoinGroup(response) => response.member,
        other => panic!("{other:?}"),
    }
}

/// A stable group of these clients; the first leads, each has the partition of its place.
pub fn stable(world: &mut World, clients: &[&str]) -> Vec<MemberId> {
    let ids: Vec<MemberId> = clients.iter().map(|client| named(world, client)).collect();
    for (client, id) in clients.iter().zip(&ids) {
        world.send(Request::JoinGroup(join(client, id)));
    }
    world.wait(6_000);
    let assignments: Vec<(&MemberId, i32)> = ids.iter().zip(0..).collect();
    for id in ids.iter().rev() {
        let request = sync(id, 1, if *id == ids[0] { &assignments } else { &[] });
        world.send(request);
    }
    world.lines.clear();
    ids
}
