//! Consumer groups under chance: members that keep to the protocol, a network that loses messages both ways, members
//! that die, topics that grow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::{Broker, ConsumerGroupState};
use millrace_model::protocol::*;
use millrace_model::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::*;

const TOPICS: [&str; 2] = ["orders", "other"];

/// A member as a client sees it.
#[derive(Clone, Debug)]
struct Client {
    id: MemberId,
    instance: Option<String>,
    topics: Vec<TopicName>,
    assignor: &'static str,
    epoch: GroupEpoch,
    /// What it reads.
    owned: Vec<TopicPartition>,
    /// True after a lost answer, and at first: everything is told again.
    tell_all: bool,
    acknowledge: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    None,
    Request,
    Answer,
}

#[derive(Clone, Debug)]
enum Act {
    Start { topics: u8, instance: bool, assignor: bool },
    Beat { who: usize, loss: Loss },
    Leave { who: usize },
    Die { who: usize },
    Resubscribe { who: usize, topics: u8 },
    Grow { topic: usize },
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let loss = prop_oneof![6 => Just(Loss::None), 1 => Just(Loss::Request), 1 => Just(Loss::Answer)];
    prop_oneof![
        3 => (1..4_u8, any::<bool>(), any::<bool>())
            .prop_map(|(topics, instance, assignor)| Act::Start { topics, instance, assignor }),
        20 => (0..6_usize, loss).prop_map(|(who, loss)| Act::Beat { who, loss }),
        1 => (0..6_usize).prop_map(|who| Act::Leave { who }),
        1 => (0..6_usize).prop_map(|who| Act::Die { who }),
        1 => (0..6_usize, 1..4_u8).prop_map(|(who, topics)| Act::Resubscribe { who, topics }),
        1 => (0..2_usize).prop_map(|topic| Act::Grow { topic }),
        3 => prop::sample::select(vec![0, 500, 5_000, 20_000, 46_000]).prop_map(Act::Wait),
    ]
}

fn topics(bits: u8) -> Vec<TopicName> {
    TOPICS.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, name)| (*name).into()).collect()
}

impl Client {
    fn request(&self) -> ConsumerGroupHeartbeatRequest {
        let all = self.tell_all || self.epoch == GroupEpoch::JOIN;
        ConsumerGroupHeartbeatRequest {
            group: "g".into(),
            member: self.id.clone(),
            member_epoch: self.epoch,
            group_instance_id: self.instance.as_deref().map(Into::into),
            rack: None,
            client_id: "c".into(),
            client_host: "/h".into(),
            rebalance_timeout: all.then_some(Span::from_secs(60)),
            subscribed_topic_names: all.then(|| self.topics.clone().into()),
            server_assignor: all.then_some(self.assignor.into()),
            topic_partitions: (all || self.acknowledge).then(|| self.owned.clone()),
        }
    }

    /// False if it has to end: another holds its name.
    fn answered(&mut self, answer: &ConsumerGroupHeartbeatResponse) -> bool {
        match answer.error {
            ErrorCode::None => {
                self.id = answer.member.clone();
                self.epoch = answer.member_epoch;
                self.tell_all = false;
                self.acknowledge = answer.assignment.is_some();
                if let Some(assignment) = &answer.assignment {
                    self.owned = assignment.clone();
                }
            }
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.owned.clear();
                self.epoch = GroupEpoch::JOIN;
            }
            _ => return false,
        }
        true
    }
}

fn beat(world: &mut World, clients: &mut Vec<Client>, who: usize, loss: Loss) {
    let request = clients[who].request();
    if loss == Loss::Request {
        clients[who].tell_all = true;
        return;
    }
    let Response::ConsumerGroupHeartbeat(answer) = world.ask(Request::ConsumerGroupHeartbeat(request)) else {
        panic!("another API answered")
    };
    if loss == Loss::Answer {
        clients[who].tell_all = true;
    } else if !clients[who].answered(&answer) {
        clients.remove(who);
    }
}

/// Nothing is held twice, and the book of holders says what the members say.
fn check(broker: &Broker) {
    let Some(group) = broker.group("g").and_then(|group| group.consumer()) else { return };
    let mut holders: BTreeMap<TopicPartition, MemberId> = BTreeMap::new();
    for member in group.members() {
        for tp in member.held() {
            assert_eq!(holders.insert(tp.clone(), member.id.clone()), None, "{tp} has two owners");
            assert_eq!(
                group.owner(tp).map(|(owner, epoch)| (owner.clone(), epoch)),
                Some((member.id.clone(), member.epoch))
            );
        }
        assert!(member.epoch <= group.assignment_epoch());
    }
    assert!(group.assignment_epoch() <= group.group_epoch());
    let mut targets: BTreeMap<TopicPartition, MemberId> = BTreeMap::new();
    for member in group.members() {
        for tp in group.target(member.id.as_str()) {
            assert_eq!(targets.insert(tp.clone(), member.id.clone()), None, "{tp} is meant for two");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_owner_at_each_step_and_peace_after_the_last_fault(acts in prop::collection::vec(act(), 1..150)) {
        let mut world = World::ready(3);
        world.ask(create("other", Some(2)));
        let mut clients: Vec<Client> = Vec::new();
        let mut started = 0;
        for act in acts {
            match act {
                Act::Start { topics: bits, instance, assignor } if clients.len() < 6 => {
                    started += 1;
                    clients.push(Client {
                        id: MemberId::unknown(),
                        instance: instance.then(|| format!("i{}", started % 3)),
                        topics: topics(bits),
                        assignor: if assignor { "range" } else { "uniform" },
                        epoch: GroupEpoch::JOIN,
                        owned: Vec::new(),
                        tell_all: true,
                        acknowledge: false,
                    });
                }
                Act::Beat { who, loss } if who < clients.len() => beat(&mut world, &mut clients, who, loss),
                Act::Leave { who } if who < clients.len() => {
                    let mut client = clients.remove(who);
                    client.epoch = if client.instance.is_some() { GroupEpoch::LEAVE_STATIC } else { GroupEpoch::LEAVE };
                    if client.id != MemberId::unknown() {
                        world.ask(Request::ConsumerGroupHeartbeat(client.request()));
                    }
                }
                Act::Die { who } if who < clients.len() => drop(clients.remove(who)),
                Act::Resubscribe { who, topics: bits } if who < clients.len() => {
                    clients[who].topics = topics(bits);
                    clients[who].tell_all = true;
                }
                Act::Grow { topic } => {
                    let now = world.broker.topic(TOPICS[topic]).unwrap().partition_count();
                    let topics = vec![(TOPICS[topic].into(), (now + 1).min(8))];
                    world.ask(Request::CreatePartitions(CreatePartitionsRequest { topics }));
                }
                Act::Wait(ms) => world.wait(ms),
                _ => {}
            }
            check(&world.broker);
        }
        // Who was lost is noticed, then everybody finds their place.
        for _ in 0..40 {
            world.wait(4_000);
            let mut who = 0;
            while who < clients.len() {
                let before = clients.len();
                beat(&mut world, &mut clients, who, Loss::None);
                who += usize::from(clients.len() == before);
            }
            check(&world.broker);
        }
        let Some(group) = world.broker.group("g").and_then(|group| group.consumer()) else { return Ok(()) };
        if clients.is_empty() {
            prop_assert_eq!(group.state(), ConsumerGroupState::Empty);
            return Ok(());
        }
        prop_assert_eq!(group.state(), ConsumerGroupState::Stable);
        let mut owned: Vec<TopicPartition> = clients.iter().flat_map(|client| client.owned.clone()).collect();
        owned.sort();
        let mut wanted: Vec<TopicName> = clients.iter().flat_map(|client| client.topics.clone()).collect();
        wanted.sort();
        wanted.dedup();
        let all: Vec<TopicPartition> = wanted
            .iter()
            .flat_map(|topic| {
                let count = world.broker.topic(topic.as_str()).unwrap().partition_count();
                (0..count).map(|n| TopicPartition::new(topic.clone(), n))
            })
            .collect();
        prop_assert_eq!(owned, all, "everything read by one, nothing by two");
    }
}
