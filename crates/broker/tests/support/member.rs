//! A member of the consumer protocol, as tests play it.

use super::*;
use millrace_broker::ConsumerGroupState;
use millrace_model::protocol::*;
use millrace_model::*;

/// A member that keeps to the protocol: it remembers its epoch and what it owns.
#[derive(Clone)]
pub struct Member {
    pub id: MemberId,
    pub client: &'static str,
    pub instance: Option<&'static str>,
    pub epoch: GroupEpoch,
    pub owned: Vec<TopicPartition>,
    pub topics: Vec<TopicName>,
    pub assignor: Option<&'static str>,
}

impl Member {
    pub fn new(id: &'static str, topics: &[&str]) -> Member {
        Member {
            id: id.into(),
            client: id,
            instance: None,
            epoch: GroupEpoch::JOIN,
            owned: Vec::new(),
            topics: topics.iter().map(|topic| TopicName::from(*topic)).collect(),
            assignor: None,
        }
    }

    pub fn full(&self) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            rebalance_timeout: Some(Span::from_secs(300)),
            subscribed_topic_names: Some(self.topics.clone().into()),
            server_assignor: self.assignor.map(Into::into),
            topic_partitions: Some(self.owned.clone()),
            ..self.plain()
        }
    }

    pub fn plain(&self) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group: "g".into(),
            member: self.id.clone(),
            member_epoch: self.epoch,
            group_instance_id: self.instance.map(Into::into),
            rack: None,
            client_id: self.client.into(),
            client_host: "/10.0.0.1".into(),
            rebalance_timeout: None,
            subscribed_topic_names: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }

    pub fn send(&mut self, world: &mut World, request: ConsumerGroupHeartbeatRequest) -> ErrorCode {
        let Response::ConsumerGroupHeartbeat(answer) = world.ask(Request::ConsumerGroupHeartbeat(request))
        else {
            panic!("another API answered")
        };
        if answer.error == ErrorCode::None {
            self.id = answer.member;
            self.epoch = answer.member_epoch;
            self.owned = answer.assignment.unwrap_or(std::mem::take(&mut self.owned));
        }
        answer.error
    }

    /// Joins.
    pub fn join(&mut self, world: &mut World) {
        self.epoch = GroupEpoch::JOIN;
        self.owned.clear();
        let request = self.full();
        assert_eq!(self.send(world, request), ErrorCode::None);
    }

    /// A heartbeat with nothing new.
    pub fn beat(&mut self, world: &mut World) {
        let request = self.plain();
        assert_eq!(self.send(world, request), ErrorCode::None);
    }

    /// A heartbeat that says what it owns now: what it was told.
    pub fn acknowledge(&mut self, world: &mut World) {
        let request =
            ConsumerGroupHeartbeatRequest { topic_partitions: Some(self.owned.clone()), ..self.plain() };
        assert_eq!(self.send(world, request), ErrorCode::None);
    }

    pub fn leave(&mut self, world: &mut World) {
        self.epoch = if self.instance.is_some() { GroupEpoch::LEAVE_STATIC } else { GroupEpoch::LEAVE };
        let request = self.plain();
        assert_eq!(self.send(world, request), ErrorCode::None);
    }
}

pub fn state(world: &World) -> ConsumerGroupState {
    world.broker.group("g").unwrap().consumer().unwrap().state()
}

/// Two members of a stable group with one partition each.
pub fn pair(world: &mut World) -> (Member, Member) {
    let (mut a, mut b) = (Member::new("a", &["orders"]), Member::new("b", &["orders"]));
    a.join(world);
    b.join(world);
    a.beat(world);
    a.acknowledge(world);
    b.beat(world);
    assert_eq!(state(world), ConsumerGroupState::Stable);
    world.lines.clear();
    (a, b)
}
