//! A group as bytes, for the next broker that coordinates it: what `GroupMetadataValue` and the `ConsumerGroup*` values of
//! Kafka hold. In a cluster the records of a group in `__consumer_offsets` carry it in a header, because their texts are for
//! readers; of a broker that is alone nobody takes over.
//!
//! Not in it: committed offsets (records of their own), requests that wait, deadlines.

use super::{ConsumerGroup, ConsumerGroupMember, Group, GroupState, Member, MemberState, MemberSubscription};
use crate::assignor::TopicId;
use crate::group::consumer::TopicMetadata;
use millrace_model::protocol::{Assignment, Subscription};
use millrace_model::{
    Bytes, ClientId, Generation, GroupEpoch, GroupId, Map, MemberId, Partition, Span, Time, TopicName,
    TopicPartition,
};
use std::sync::Arc;

/// The header's name.
pub(super) const HEADER: &str = "group";

/// The group as it shall be found again; `assignments` are about to be its members' own.
pub(super) fn encode(group: &Group, assignments: &[(MemberId, Assignment)]) -> Bytes {
    let mut out = Writer::default();
    out.text(group.id.as_str());
    out.number(0);
    out.number(i64::from(group.generation.0));
    out.option(group.protocol_type.as_deref());
    out.option(group.protocol.as_deref());
    out.option(group.leader.as_ref().map(MemberId::as_str));
    out.number(i64::try_from(group.state_since.0).unwrap_or(i64::MAX));
    out.count(group.members.len());
    for (id, member) in &group.members {
        out.text(id.as_str());
        out.option(member.group_instance_id.as_deref());
        out.text(member.client_id.as_str());
        out.text(&member.client_host);
        out.span(member.session_timeout);
        out.span(member.rebalance_timeout);
        let chosen = group.protocol.as_deref().and_then(|protocol| member.subscription(protocol));
        let Subscription { topics, user_data, owned_partitions, generation, rack } =
            chosen.cloned().unwrap_or_default();
        out.topics(&topics);
        out.bytes(user_data.as_ref());
        out.partitions(&owned_partitions);
        out.number(i64::from(generation.0));
        out.option(rack.as_deref());
        let given = assignments.iter().find(|(known, _)| known == id).map(|(_, assignment)| assignment);
        let assignment = given.unwrap_or(&member.assignment);
        out.partitions(&assignment.partitions);
        out.bytes(assignment.user_data.as_ref());
    }
    out.finish()
}

/// The same of a group under the consumer protocol.
pub(super) fn encode_consumer(group: &ConsumerGroup) -> Bytes {
    let mut out = Writer::default();
    out.text(group.id.as_str());
    out.number(1);
    out.number(i64::from(group.group_epoch().0));
    out.number(i64::from(group.assignment_epoch().0));
    out.option(group.assignor());
    out.count(group.subscription_metadata().len());
    for (topic, metadata) in group.subscription_metadata() {
        out.text(topic.as_str());
        out.number(metadata.id.most);
        out.number(metadata.id.least);
        out.number(i64::from(metadata.partitions));
    }
    out.count(group.members().len());
    for member in group.members() {
        let subscription = &member.subscription;
        out.text(member.id.as_str());
        out.option(subscription.group_instance_id.as_deref());
        out.option(subscription.rack.as_deref());
        out.text(subscription.client_id.as_str());
        out.text(&subscription.client_host);
        out.topics(&subscription.subscribed_topic_names);
        out.option(subscription.server_assignor.as_deref());
        out.span(subscription.rebalance_timeout);
        out.number(i64::from(member.epoch.0));
        out.number(i64::from(member.previous_epoch.0));
        out.number(match member.state {
            MemberState::Stable => 0,
            MemberState::UnrevokedPartitions => 1,
            MemberState::UnreleasedPartitions => 2,
        });
        out.partitions(&member.assigned);
        out.partitions(&member.pending_revocation);
        out.partitions(group.target(member.id.as_str()));
    }
    out.finish()
}

/// The group again, without its offsets; sessions begin `now` (`GroupMetadataManager.onLoaded`). `None` for other bytes.
pub(super) fn decode(bytes: &[u8], now: Time, session_timeout: Span) -> Option<Group> {
    let mut from = Reader(bytes);
    let id = GroupId::new(from.text()?);
    let group = match from.number()? {
        0 => classic(id, &mut from, now)?,
        1 => {
            let consumer = consumer(id.clone(), &mut from, now, session_timeout)?;
            let protocol_type = Some("consumer".into());
            Group { consumer: Some(Arc::new(consumer)), protocol_type, ..Group::new(id) }
        }
        _ => return None,
    };
    from.0.is_empty().then_some(group)
}

fn classic(id: GroupId, from: &mut Reader<'_>, now: Time) -> Option<Group> {
    let generation = Generation(from.int()?);
    let (protocol_type, protocol) = (from.option()?, from.option()?);
    let leader = from.option()?.map(MemberId::new);
    let state_since = Time(u64::try_from(from.number()?).ok()?);
    let mut group = Group { generation, protocol_type, protocol, leader, state_since, ..Group::new(id) };
    for _ in 0..from.count()? {
        let id = MemberId::new(from.text()?);
        let group_instance_id = from.option()?;
        let (client_id, client_host) = (ClientId::new(from.text()?), from.text()?);
        let (session_timeout, rebalance_timeout) = (from.span()?, from.span()?);
        let subscription = Subscription {
            topics: from.topics()?,
            user_data: from.bytes()?,
            owned_partitions: from.partitions()?,
            generation: Generation(from.int()?),
            rack: from.option()?,
        };
        let assignment = Assignment { partitions: from.partitions()?, user_data: from.bytes()? };
        if let Some(instance) = &group_instance_id {
            group.static_members.insert(Arc::clone(instance), id.clone());
        }
        let protocol = group.protocol.clone().unwrap_or_default();
        let member = Member {
            id: id.clone(),
            group_instance_id,
            client_id,
            client_host,
            session_timeout,
            rebalance_timeout,
            protocols: [(protocol, subscription)].into(),
            assignment,
            is_new: false,
            awaiting_join: None,
            awaiting_sync: None,
            last_heartbeat: now,
            session_deadline: Some(now + session_timeout),
        };
        group.members.insert(id, Arc::new(member));
    }
    if !group.members.is_empty() {
        group.state = GroupState::Stable;
    }
    Some(group)
}

fn consumer(id: GroupId, from: &mut Reader<'_>, now: Time, session_timeout: Span) -> Option<ConsumerGroup> {
    let (group_epoch, assignment_epoch) = (GroupEpoch(from.int()?), GroupEpoch(from.int()?));
    let assignor = from.option()?;
    let mut topics = Map::new();
    for _ in 0..from.count()? {
        let name = TopicName::from(&*from.text()?);
        let id = TopicId { most: from.number()?, least: from.number()? };
        topics.insert(name, TopicMetadata { id, partitions: from.int()? });
    }
    let mut members = Vec::new();
    for _ in 0..from.count()? {
        let id = MemberId::new(from.text()?);
        let subscription = MemberSubscription {
            group_instance_id: from.option()?,
            rack: from.option()?,
            client_id: ClientId::new(from.text()?),
            client_host: from.text()?,
            subscribed_topic_names: from.topics()?.into(),
            server_assignor: from.option()?,
            rebalance_timeout: from.span()?,
        };
        let (epoch, previous_epoch) = (GroupEpoch(from.int()?), GroupEpoch(from.int()?));
        let state = match from.number()? {
            0 => MemberState::Stable,
            1 => MemberState::UnrevokedPartitions,
            2 => MemberState::UnreleasedPartitions,
            _ => return None,
        };
        let rebalance_deadline =
            (state == MemberState::UnrevokedPartitions).then(|| now + subscription.rebalance_timeout);
        let member = ConsumerGroupMember {
            id,
            subscription: Arc::new(subscription),
            epoch,
            previous_epoch,
            state,
            assigned: from.partitions()?.into(),
            pending_revocation: from.partitions()?.into(),
            last_heartbeat: now,
            session_deadline: now + session_timeout,
            rebalance_deadline,
        };
        members.push((member, from.partitions()?.into()));
    }
    Some(ConsumerGroup::restored(id, (group_epoch, assignment_epoch), assignor, topics, members))
}

/// Numbers as eight bytes, texts and lists behind their lengths.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(i64::try_from(count).unwrap_or(i64::MAX));
    }

    fn span(&mut self, span: Span) {
        self.number(i64::try_from(span.0).unwrap_or(i64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn option(&mut self, text: Option<&str>) {
        self.bytes(text.map(|text| Bytes::from(text.as_bytes())).as_ref());
    }

    fn bytes(&mut self, bytes: Option<&Bytes>) {
        match bytes {
            Some(bytes) => {
                self.count(bytes.len());
                self.0.extend(bytes.iter());
            }
            None => self.number(-1),
        }
    }

    fn topics(&mut self, topics: &[TopicName]) {
        self.count(topics.len());
        topics.iter().for_each(|topic| self.text(topic.as_str()));
    }

    fn partitions(&mut self, partitions: &[TopicPartition]) {
        self.count(partitions.len());
        for tp in partitions {
            self.text(tp.topic.as_str());
            self.number(i64::from(tp.partition.0));
        }
    }

    fn finish(self) -> Bytes {
        Bytes::from(self.0)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_be_bytes)
    }

    fn int(&mut self) -> Option<i32> {
        i32::try_from(self.number()?).ok()
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn span(&mut self) -> Option<Span> {
        u64::try_from(self.number()?).ok().map(Span)
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let count = self.count()?;
        std::str::from_utf8(self.take(count)?).ok().map(Arc::from)
    }

    fn bytes(&mut self) -> Option<Option<Bytes>> {
        match self.number()? {
            -1 => Some(None),
            count => Some(Some(Bytes::from(self.take(usize::try_from(count).ok()?)?))),
        }
    }

    fn option(&mut self) -> Option<Option<Arc<str>>> {
        match self.bytes()? {
            None => Some(None),
            Some(bytes) => std::str::from_utf8(&bytes).ok().map(|text| Some(Arc::from(text))),
        }
    }

    fn topics(&mut self) -> Option<Vec<TopicName>> {
        let count = self.count()?;
        (0..count).map(|_| Some(TopicName::from(&*self.text()?))).collect()
    }

    fn partitions(&mut self) -> Option<Vec<TopicPartition>> {
        let count = self.count()?;
        let mut partition = || {
            let topic = TopicName::from(&*self.text()?);
            Some(TopicPartition { topic, partition: Partition(self.int()?) })
        };
        (0..count).map(|_| partition()).collect()
    }
}
