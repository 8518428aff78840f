//! A rebalance's assignment alone: one member joins a group of 99 that shares 1,000 partitions of ten topics.
//!
//! The group meets once before, so that the sticky assignors have something to keep. The page has 16 ms for a frame.

use crate::runs::Line;
use millrace_broker::assignor::{GroupSpec, MemberSpec, ServerAssignor, TopicId, TopicSpec};
use millrace_client::assignor::{Assignor, AssignorMemory};
use millrace_model::protocol::{JoinedMember, Subscription};
use millrace_model::{ClusterMetadata, Generation, LeaderEpoch, PartitionInfo, TopicInfo, TopicName};

const MEMBERS: usize = 100;
const TOPICS: usize = 10;
const PARTITIONS: usize = 100;
const ROUNDS: u32 = 20;

/// Each of the client's assignors, for members that read the same, and the slowest of them for members that do not;
/// then the broker's uniform one.
pub fn all(clock: &dyn Fn() -> f64) -> Vec<Line> {
    let client = |name, assignor, alike| Line { name, value: client(clock, assignor, alike), unit: "ms" };
    vec![
        client("assign 1,000 partitions to 100, range", Assignor::Range, true),
        client("assign 1,000 partitions to 100, roundrobin", Assignor::RoundRobin, true),
        client("assign 1,000 partitions to 100, sticky", Assignor::Sticky, true),
        client("assign 1,000 partitions to 100, cooperative-sticky", Assignor::CooperativeSticky, true),
        client("the same, members reading different topics", Assignor::CooperativeSticky, false),
        Line { name: "assign 1,000 partitions to 100, uniform", value: uniform(clock), unit: "ms" },
    ]
}

/// The mean time of a run, in the clock's milliseconds.
fn mean(clock: &dyn Fn() -> f64, mut run: impl FnMut() -> usize) -> f64 {
    let before = clock();
    let members: usize = (0..ROUNDS).map(|_| run()).sum();
    let took = (clock() - before) / f64::from(ROUNDS);
    // A run that assigns nothing to anybody would measure nothing.
    if members == MEMBERS * ROUNDS as usize { took } else { f64::NAN }
}

fn topics() -> impl Iterator<Item = TopicName> {
    (0..TOPICS).map(|number| TopicName::from(format!("topic-{number}")))
}

/// Member `number` reads every topic, or two of three.
fn subscription(number: usize, alike: bool) -> Vec<TopicName> {
    let reads = |(topic, _): &(usize, TopicName)| alike || !(number + topic).is_multiple_of(3);
    topics().enumerate().filter(reads).map(|(_, name)| name).collect()
}

fn client(clock: &dyn Fn() -> f64, assignor: Assignor, alike: bool) -> f64 {
    let partition = PartitionInfo {
        leader: None,
        leader_epoch: LeaderEpoch(0),
        replicas: Vec::new(),
        isr: Vec::new(),
        ..PartitionInfo::default()
    };
    let info = TopicInfo { partitions: vec![partition; PARTITIONS], internal: false };
    let cluster =
        ClusterMetadata { brokers: Vec::new(), topics: topics().map(|name| (name, info.clone())).collect() };
    let member = |number: usize| JoinedMember {
        member: format!("consumer-billing-{number}").into(),
        group_instance_id: None,
        subscription: Subscription {
            topics: subscription(number, alike),
            generation: Generation::NONE,
            ..Subscription::default()
        },
    };
    let mut members: Vec<JoinedMember> = (1..MEMBERS).map(member).collect();
    let first = assignor.assign(&cluster, &members);
    for (member, (_, assignment)) in members.iter_mut().zip(first) {
        let mut memory = AssignorMemory::default();
        memory.on_assignment(&assignment, Generation(1));
        member.subscription.generation = Generation(1);
        member.subscription.user_data = assignor.subscription_user_data(&memory);
        member.subscription.owned_partitions = assignment.partitions;
    }
    members.push(member(0));
    mean(clock, || assignor.assign(&cluster, &members).len())
}

fn uniform(clock: &dyn Fn() -> f64) -> f64 {
    let topic = |(number, name)| TopicSpec {
        id: TopicId { most: number, least: -number },
        name,
        partitions: PARTITIONS,
    };
    let member = |number: usize| MemberSpec {
        member: format!("consumer-billing-{number}").into(),
        instance: None,
        topics: subscription(number, true),
        assigned: Vec::new(),
    };
    let mut spec = GroupSpec {
        topics: (1..).zip(topics()).map(topic).collect(),
        members: (1..MEMBERS).map(member).collect(),
    };
    let first = ServerAssignor::Uniform.assign(&spec);
    for (member, (_, partitions)) in spec.members.iter_mut().zip(first) {
        member.assigned = partitions;
    }
    spec.members.push(member(0));
    mean(clock, || ServerAssignor::Uniform.assign(&spec).len())
}
