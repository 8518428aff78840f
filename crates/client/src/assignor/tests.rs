//! The assignors' rules, each in one picture.

use super::{Assignor, AssignorMemory, RebalanceProtocol};
use millrace_model::protocol::{Assignment, JoinedMember, Subscription};
use millrace_model::{
    BrokerId, BrokerInfo, ClusterMetadata, Generation, LeaderEpoch, PartitionInfo, TopicInfo, TopicPartition,
};

/// Topics with one list of replicas for each partition; broker n stands in rack `r<n>`.
fn cluster(topics: &[(&str, &[&[i32]])]) -> ClusterMetadata {
    let broker = |id: i32| BrokerInfo {
        id: BrokerId(id),
        host: "localhost".into(),
        port: 9092,
        rack: Some(format!("r{id}")),
    };
    let partition = |replicas: &&[i32]| PartitionInfo {
        leader: replicas.first().map(|id| BrokerId(*id)),
        leader_epoch: LeaderEpoch(0),
        replicas: replicas.iter().map(|id| BrokerId(*id)).collect(),
        isr: Vec::new(),
        ..PartitionInfo::default()
    };
    let info = |partitions: &[&[i32]]| TopicInfo {
        partitions: partitions.iter().map(partition).collect(),
        internal: false,
    };
    ClusterMetadata {
        brokers: (0..3).map(broker).collect(),
        topics: topics.iter().map(|(name, partitions)| ((*name).into(), info(partitions))).collect(),
    }
}

/// `id topics` with an optional `instance` and `rack`.
fn member(id: &str, topics: &[&str], instance: Option<&str>, rack: Option<&str>) -> JoinedMember {
    let topics = topics.iter().map(|topic| (*topic).into()).collect();
    JoinedMember {
        member: id.into(),
        group_instance_id: instance.map(Into::into),
        subscription: Subscription { topics, rack: rack.map(Into::into), ..Subscription::default() },
    }
}

fn shown(cluster: &ClusterMetadata, members: &[JoinedMember]) -> String {
    shown_by(Assignor::Range, cluster, members)
}

fn shown_by(assignor: Assignor, cluster: &ClusterMetadata, members: &[JoinedMember]) -> String {
    let line = |(member, assignment): (_, Assignment)| format!("{member}={:?}", assignment.partitions);
    assignor.assign(cluster, members).into_iter().map(line).collect::<Vec<_>>().join(" ")
}

/// The member after it was given partitions (`topic` and number) in a generation.
fn owning(member: JoinedMember, assignor: Assignor, owned: &[(&str, i32)], generation: i32) -> JoinedMember {
    let partitions: Vec<TopicPartition> =
        owned.iter().map(|(topic, n)| TopicPartition::new(*topic, *n)).collect();
    let mut memory = AssignorMemory::default();
    memory.on_assignment(
        &Assignment { partitions: partitions.clone(), user_data: None },
        Generation(generation),
    );
    let subscription = Subscription {
        user_data: assignor.subscription_user_data(&memory),
        owned_partitions: if assignor.protocol() == RebalanceProtocol::Cooperative {
            partitions
        } else {
            vec![]
        },
        generation: Generation(generation),
        ..member.subscription
    };
    JoinedMember { subscription, ..member }
}

#[test]
fn the_first_members_get_one_more_in_every_topic() {
    let five: &[&[i32]] = &[&[0], &[0], &[0], &[0], &[0]];
    let cluster = cluster(&[("a", five), ("b", five)]);
    let members = [member("y", &["a", "b"], None, None), member("x", &["a", "b"], None, None)];
    assert_eq!(shown(&cluster, &members), "y=[a-3, a-4, b-3, b-4] x=[a-0, a-1, a-2, b-0, b-1, b-2]");
}

#[test]
fn static_members_come_first_by_instance_id() {
    let cluster = cluster(&[("a", &[&[0], &[0], &[0]])]);
    let a = &["a"];
    let members =
        [member("1", a, None, None), member("2", a, Some("z"), None), member("3", a, Some("y"), None)];
    assert_eq!(shown(&cluster, &members), "1=[a-2] 2=[a-1] 3=[a-0]");
}

#[test]
fn unknown_topics_and_surplus_members_get_nothing() {
    let cluster = cluster(&[("a", &[&[0]])]);
    let members = [
        member("1", &["a"], None, None),
        member("2", &["a", "missing"], None, None),
        member("3", &[], None, None),
    ];
    assert_eq!(shown(&cluster, &members), "1=[a-0] 2=[] 3=[]");
    assert_eq!(Assignor::Range.assign(&cluster, &[]), []);
}

#[test]
fn partitions_go_to_readers_in_their_racks() {
    let cluster = cluster(&[("a", &[&[1], &[0], &[1], &[0]])]);
    let members = [member("1", &["a"], None, Some("r0")), member("2", &["a"], None, Some("r1"))];
    assert_eq!(shown(&cluster, &members), "1=[a-1, a-3] 2=[a-0, a-2]");
    let elsewhere = [member("1", &["a"], None, Some("r9")), member("2", &["a"], None, None)];
    assert_eq!(shown(&cluster, &elsewhere), "1=[a-0, a-1] 2=[a-2, a-3]");
}

#[test]
fn co_partitioned_topics_stay_side_by_side() {
    let cluster = cluster(&[("a", &[&[1], &[0]]), ("b", &[&[1], &[0]]), ("c", &[&[0], &[1], &[1]])]);
    let all = &["a", "b", "c"];
    let members = [member("1", all, None, Some("r0")), member("2", all, None, Some("r1"))];
    assert_eq!(shown(&cluster, &members), "1=[a-1, b-1, c-0] 2=[a-0, b-0, c-1, c-2]");
}

#[test]
fn names_and_assignors_belong_together() {
    for assignor in Assignor::ALL {
        assert_eq!(Assignor::from_name(assignor.name()), Some(assignor));
    }
    assert_eq!(Assignor::from_name("rangee"), None);
}

#[test]
fn roundrobin_deals_in_turn_and_passes_over_who_does_not_read() {
    let three: &[&[i32]] = &[&[0], &[0], &[0]];
    let cluster = cluster(&[("a", three), ("b", three)]);
    let members = [member("1", &["a"], None, None), member("2", &["b", "a"], None, None)];
    let expected = "1=[a-0, a-2] 2=[a-1, b-0, b-1, b-2]";
    assert_eq!(shown_by(Assignor::RoundRobin, &cluster, &members), expected);
    assert_eq!(Assignor::RoundRobin.assign(&cluster, &[]), []);
}

#[test]
fn sticky_members_keep_what_they_had() {
    let cluster = cluster(&[("a", &[&[0], &[0], &[0], &[0], &[0], &[0]])]);
    let new = |id| member(id, &["a"], None, None);
    let sticky = |id, owned: &[_]| owning(new(id), Assignor::Sticky, owned, 1);
    let two = [sticky("1", &[("a", 1), ("a", 3), ("a", 5)]), sticky("2", &[("a", 0), ("a", 2), ("a", 4)])];
    assert_eq!(shown_by(Assignor::Sticky, &cluster, &two), "1=[a-1, a-3, a-5] 2=[a-0, a-2, a-4]");
    let [one, other] = two;
    let three = [one, other, new("3")];
    assert_eq!(shown_by(Assignor::Sticky, &cluster, &three), "1=[a-1, a-3] 2=[a-0, a-2] 3=[a-4, a-5]");
}

#[test]
fn cooperative_sticky_gives_what_moves_to_nobody_at_first() {
    let cluster = cluster(&[("a", &[&[0], &[0], &[0], &[0]])]);
    let new = |id| member(id, &["a"], None, None);
    let owner = owning(new("1"), Assignor::CooperativeSticky, &[("a", 0), ("a", 1), ("a", 2), ("a", 3)], 1);
    let members = [owner, owning(new("2"), Assignor::CooperativeSticky, &[], -1)];
    assert_eq!(shown_by(Assignor::CooperativeSticky, &cluster, &members), "1=[a-0, a-1] 2=[]");
    let owner = owning(new("1"), Assignor::CooperativeSticky, &[("a", 0), ("a", 1)], 2);
    let members = [owner, owning(new("2"), Assignor::CooperativeSticky, &[], 2)];
    assert_eq!(shown_by(Assignor::CooperativeSticky, &cluster, &members), "1=[a-0, a-1] 2=[a-2, a-3]");
}

#[test]
fn of_two_claims_the_newer_generation_counts() {
    let cluster = cluster(&[("a", &[&[0], &[0]])]);
    let claim = |id, generation| {
        owning(member(id, &["a"], None, None), Assignor::CooperativeSticky, &[("a", 1)], generation)
    };
    let shown = |members: [JoinedMember; 2]| shown_by(Assignor::CooperativeSticky, &cluster, &members);
    assert_eq!(shown([claim("1", 4), claim("2", 5)]), "1=[a-0] 2=[a-1]");
    assert_eq!(shown([claim("1", 5), claim("2", 4)]), "1=[a-1] 2=[a-0]");
    assert_eq!(shown([claim("1", 5), claim("2", 5)]), "1=[a-0] 2=[]", "both rightly or none: a-1 waits");
}

#[test]
fn claims_of_what_does_not_exist_lead_to_an_answer_where_kafka_has_none() {
    let cluster = cluster(&[("a", &[&[0], &[0]])]);
    let ghosts = [("a", 0), ("a", 7), ("a", 8)];
    for assignor in [Assignor::Sticky, Assignor::CooperativeSticky] {
        let members = [owning(member("1", &["a"], None, None), assignor, &ghosts, 1)];
        assert_eq!(shown_by(assignor, &cluster, &members), "1=[a-0, a-1]");
    }
}
