//! Any request at any time: nothing panics, every request is answered once, and the books stay in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::{Broker, GroupState, RequestId};
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::*;
use millrace_model::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::*;

/// A request before the ids that the coordinator gives are known: `who` picks among those that were seen.
#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Ask(Request),
    Join {
        who: usize,
        group: &'static str,
        protocols: u8,
        instance: Option<&'static str>,
        timeout_s: u64,
    },
    Sync {
        who: usize,
        group: &'static str,
        generation: Option<i32>,
    },
    Heartbeat {
        who: usize,
        group: &'static str,
        generation: Option<i32>,
    },
    Beat {
        who: usize,
        group: &'static str,
        epoch: Option<i32>,
        full: bool,
        instance: Option<&'static str>,
        owned: u8,
    },
    Leave {
        who: usize,
        group: &'static str,
        instance: Option<&'static str>,
    },
    Commit {
        who: usize,
        group: &'static str,
        generation: Option<i32>,
        offset: i64,
    },
}

fn topic() -> impl Strategy<Value = TopicName> {
    prop::sample::select(vec!["orders", "__consumer_offsets", "nowhere", "", "bad name", "a.b", "a_b"])
        .prop_map(TopicName::from)
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..6_i64,
        1 => prop::sample::select(vec![i64::MIN, -2, -1, 100, i64::MAX - 1, i64::MAX]),
    ]
}

fn tp() -> impl Strategy<Value = TopicPartition> {
    (topic(), number()).prop_map(|(topic, p)| TopicPartition::new(topic, p as i32))
}

fn group() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just("g"), 2 => Just("h"), 1 => Just("")]
}

fn bytes() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![0, 1, 150, 1 << 20, usize::MAX])
}

fn span() -> impl Strategy<Value = Span> {
    prop::sample::select(vec![0, 1, 500, 60_000, u64::MAX / 1_000]).prop_map(Span::from_millis)
}

fn a_fetch() -> impl Strategy<Value = Request> {
    let position = (tp(), number(), prop::option::of(-1..2), bytes()).prop_map(|(tp, offset, epoch, max)| {
        FetchPartition {
            tp,
            fetch_offset: Offset(offset),
            current_leader_epoch: epoch.map(LeaderEpoch),
            partition_max_bytes: max,
        }
    });
    (span(), bytes(), bytes(), prop::collection::vec(position, 0..3)).prop_map(
        |(max_wait, min_bytes, max_bytes, partitions)| {
            let isolation_level = IsolationLevel::ReadCommitted;
            let rack_id = None;
            Request::Fetch(FetchRequest {
                max_wait,
                min_bytes,
                max_bytes,
                isolation_level,
                rack_id,
                partitions,
            })
        },
    )
}

fn a_produce() -> impl Strategy<Value = Request> {
    let acks = prop::sample::select(vec![Acks::Zero, Acks::One, Acks::All]);
    let batch = prop::collection::vec((any::<i64>(), prop::option::of("[a-z]{0,9}")), 0..4).prop_map(|rs| {
        let record = |(ts, v): &(i64, Option<String>)| {
            Record::new(Timestamp(*ts), None, v.as_deref().map(str::as_bytes))
        };
        std::sync::Arc::new(Batch::new(rs.iter().map(record).collect()))
    });
    (acks, span(), prop::collection::vec((tp(), batch), 0..3)).prop_map(|(acks, timeout, data)| {
        Request::Produce(ProduceRequest { acks, timeout, data, transaction: None })
    })
}

fn a_question() -> impl Strategy<Value = Request> {
    let spec = prop_oneof![
        Just(OffsetSpec::Earliest),
        Just(OffsetSpec::Latest),
        Just(OffsetSpec::MaxTimestamp),
        any::<i64>().prop_map(|t| OffsetSpec::Timestamp(Timestamp(t))),
    ];
    let new = (topic(), prop::option::of(number()), prop::option::of(-2..4_i16)).prop_map(
        |(name, partitions, replication_factor)| NewTopic {
            name,
            partitions: partitions.map(|n| n as i32),
            replication_factor,
            config: TopicConfig::default(),
        },
    );
    prop_oneof![
        (prop::option::of(prop::collection::vec(topic(), 0..3)), any::<bool>()).prop_map(
            |(topics, allow)| {
                Request::Metadata(MetadataRequest { topics, allow_auto_topic_creation: allow })
            }
        ),
        prop::collection::vec((tp(), spec), 0..3).prop_map(|partitions| {
            let isolation_level = IsolationLevel::ReadUncommitted;
            Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions })
        }),
        group().prop_map(|g| Request::FindCoordinator(FindCoordinatorRequest { group: g.into() })),
        (group(), prop::option::of(prop::collection::vec(tp(), 0..3))).prop_map(|(g, partitions)| {
            Request::OffsetFetch(OffsetFetchRequest {
                group: g.into(),
                member: None,
                partitions,
                require_stable: true,
            })
        }),
        prop::collection::vec(new, 0..3)
            .prop_map(|topics| Request::CreateTopics(CreateTopicsRequest { topics })),
        prop::collection::vec((topic(), number().prop_map(|n| n as i32)), 0..3)
            .prop_map(|topics| Request::CreatePartitions(CreatePartitionsRequest { topics })),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let instance = || prop_oneof![9 => Just(None), 1 => Just(Some("i1")), 1 => Just(Some("i2"))];
    let generation =
        || prop_oneof![8 => Just(None), 1 => (1..4_i32).prop_map(Some), 1 => any::<i32>().prop_map(Some)];
    let who = || 0..4_usize;
    prop_oneof![
        2 => prop::sample::select(vec![0, 1, 499, 3_000, 3_000, 3_000, 10_000, 46_000, 400_000]).prop_map(Act::Wait),
        2 => a_fetch().prop_map(Act::Ask),
        2 => a_produce().prop_map(Act::Ask),
        2 => a_question().prop_map(Act::Ask),
        6 => (who(), group(), prop::sample::select(vec![0, 1, 2, 2, 2, 2, 2, 2_u8]), instance(), prop::sample::select(vec![0, 10, 45, 45, 300, 300, 9_999]))
            .prop_map(|(who, group, protocols, instance, timeout_s)| Act::Join {
                who, group, protocols, instance, timeout_s
            }),
        4 => (who(), group(), generation())
            .prop_map(|(who, group, generation)| Act::Sync { who, group, generation }),
        2 => (who(), group(), generation())
            .prop_map(|(who, group, generation)| Act::Heartbeat { who, group, generation }),
        4 => (who(), group(), prop_oneof![6 => Just(None), 3 => Just(Some(0)), 1 => (-3..4_i32).prop_map(Some)],
            any::<bool>(), instance(), 0..16_u8)
            .prop_map(|(who, group, epoch, full, instance, owned)| Act::Beat {
                who, group, epoch, full, instance, owned
            }),
        1 => (who(), group(), instance()).prop_map(|(who, group, instance)| Act::Leave { who, group, instance }),
        2 => (who(), group(), generation(), number())
            .prop_map(|(who, group, generation, offset)| Act::Commit { who, group, generation, offset }),
    ]
}

/// The request; a generation of `None` is the group's present one, so that most members are up to date.
fn request(act: Act, seen: &[MemberId], broker: &Broker) -> Request {
    let now = |group: &str, generation: Option<i32>| {
        generation.unwrap_or_else(|| broker.group(group).map_or(-1, |group| group.generation().0))
    };
    let pick = |who: usize| seen.get(who).cloned().unwrap_or_else(MemberId::unknown);
    match act {
        Act::Ask(request) => request,
        Act::Join { who, group, protocols, instance, timeout_s } => {
            let member = pick(who);
            let base = join("c", &member);
            let protocols = base.protocols[..usize::from(protocols.min(2))].to_vec();
            Request::JoinGroup(JoinGroupRequest {
                group: group.into(),
                group_instance_id: instance.map(Into::into),
                session_timeout: Span::from_secs(timeout_s.max(6)),
                rebalance_timeout: Span::from_secs(timeout_s),
                protocols,
                ..base
            })
        }
        Act::Sync { who, group, generation } => {
            let all: Vec<(&MemberId, i32)> = seen.iter().zip(0..).collect();
            match sync(&pick(who), now(group, generation), &all) {
                Request::SyncGroup(request) => {
                    Request::SyncGroup(SyncGroupRequest { group: group.into(), ..request })
                }
                other => other,
            }
        }
        Act::Heartbeat { who, group, generation } => Request::Heartbeat(HeartbeatRequest {
            group: group.into(),
            generation: Generation(now(group, generation)),
            member: pick(who),
            group_instance_id: None,
        }),
        Act::Beat { who, group, epoch, full, instance, owned } => {
            let member = pick(who);
            let known = broker.group(group).and_then(|group| group.consumer()?.member(member.as_str()));
            let epoch =
                epoch.map_or_else(|| known.map_or(GroupEpoch::JOIN, |member| member.epoch), GroupEpoch);
            let joins = epoch == GroupEpoch::JOIN;
            // What the member shall have, what it has no right to, or nothing.
            let owned = match owned {
                0..8 => known.map(|member| member.assigned.to_vec()).unwrap_or_default(),
                8..12 => vec![TopicPartition::new("orders", i32::from(owned) - 8)],
                _ => Vec::new(),
            };
            Request::ConsumerGroupHeartbeat(ConsumerGroupHeartbeatRequest {
                group: group.into(),
                member,
                member_epoch: epoch,
                group_instance_id: instance.map(Into::into),
                rack: None,
                client_id: "c".into(),
                client_host: "/h".into(),
                rebalance_timeout: (full || joins).then_some(Span::from_secs(30)),
                subscribed_topic_names: (full || joins).then(|| ["orders".into()].into()),
                server_assignor: full.then(|| "range".into()),
                topic_partitions: (full || joins).then(|| if joins { Vec::new() } else { owned }),
            })
        }
        Act::Leave { who, group, instance } => Request::LeaveGroup(LeaveGroupRequest {
            group: group.into(),
            member: pick(who),
            group_instance_id: instance.map(Into::into),
            reason: "".into(),
        }),
        Act::Commit { who, group, generation, offset } => {
            match commit(&pick(who), now(group, generation), offset) {
                Request::OffsetCommit(request) => {
                    Request::OffsetCommit(OffsetCommitRequest { group: group.into(), ..request })
                }
                other => other,
            }
        }
        Act::Wait(_) => unreachable!("waiting is no request"),
    }
}

/// What has to hold after every step.
fn check(broker: &Broker) {
    for topic in broker.topics() {
        for partition in topic.partitions() {
            let log = &partition.log;
            assert!(log.log_start_offset() <= log.high_watermark());
            assert!(log.high_watermark() <= log.log_end_offset());
            let mut next = log.log_start_offset();
            for stored in log.batches_from(next) {
                assert_eq!(stored.base_offset, next, "offsets have neither gaps nor overlaps");
                next = stored.next_offset();
            }
            assert_eq!(next, log.log_end_offset());
        }
    }
    for group in broker.groups() {
        if let Some(consumer) = group.consumer() {
            assert_eq!((group.state(), group.members().len()), (GroupState::Empty, 0));
            let mut held: Vec<&TopicPartition> =
                consumer.members().flat_map(|member| member.held()).collect();
            let count = held.len();
            held.sort();
            held.dedup();
            assert_eq!(held.len(), count, "a partition has two owners");
            assert!(consumer.assignment_epoch() <= consumer.group_epoch());
        }
        let awaiting_join = group.members().filter(|m| m.awaiting_join.is_some()).count();
        let awaiting_sync = group.members().filter(|m| m.awaiting_sync.is_some()).count();
        assert!(group.members().all(|m| m.awaiting_join.is_none() || m.awaiting_sync.is_none()));
        assert!(group.pending_members().all(|(id, _)| group.member(id).is_none()));
        assert!(group.leader().is_none_or(|leader| group.member(leader).is_some()));
        assert!(group.pending_sync().iter().all(|id| group.member(id).is_some()));
        match group.state() {
            GroupState::Empty => assert_eq!(group.members().len(), 0),
            GroupState::PreparingRebalance => assert_eq!(awaiting_sync, 0),
            GroupState::CompletingRebalance => {
                assert_eq!(awaiting_join, 0);
                assert!(group.members().len() > 0);
            }
            GroupState::Stable => assert_eq!((awaiting_join, awaiting_sync), (0, 0)),
            GroupState::Dead => panic!("nothing makes a group dead yet"),
        }
        for member in group.members().filter(|m| m.awaiting_join.is_none() && m.awaiting_sync.is_none()) {
            assert!(member.session_deadline.is_some(), "{} could never expire", member.id);
        }
    }
}

/// The requests that wait at the broker.
fn held(broker: &Broker) -> BTreeSet<RequestId> {
    let members = broker.groups().flat_map(|g| g.members().flat_map(|m| [m.awaiting_join, m.awaiting_sync]));
    broker.held_fetches().map(|(id, _)| id).chain(members.flatten()).collect()
}

/// The request of the same member that waits already.
fn waiting_of(broker: &Broker, request: &Request) -> Option<RequestId> {
    match request {
        Request::JoinGroup(r) => broker.group(r.group.as_str())?.member(&r.member)?.awaiting_join,
        Request::SyncGroup(r) => broker.group(r.group.as_str())?.member(&r.member)?.awaiting_sync,
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered_once_or_waits(acts in prop::collection::vec(act(), 1..120)) {
        let mut world = World::ready(3);
        let mut seen: Vec<MemberId> = Vec::new();
        for act in acts {
            if let Act::Wait(ms) = act {
                let waiting = held(&world.broker);
                world.wait(ms);
                check(&world.broker);
                let now_held = held(&world.broker);
                let known = |id: &RequestId| now_held.contains(id) || world.replies.contains_key(id);
                prop_assert!(waiting.iter().all(known), "a wait lost a request");
                continue;
            }
            let request = request(act, &seen, &world.broker);
            let silent = matches!(&request, Request::Produce(p) if p.acks == Acks::Zero);
            let waiting = held(&world.broker);
            let repeated = waiting_of(&world.broker, &request);
            let id = world.send(request);
            check(&world.broker);
            let now_held = held(&world.broker);
            let answered = world.replies.contains_key(&id);
            prop_assert_eq!(answered || now_held.contains(&id), !silent, "answered or held, unless acks=0");
            prop_assert!(!(answered && now_held.contains(&id)));
            // Nothing that waited is lost, except what its own client repeats: the newer request takes its place.
            for lost in waiting.iter().filter(|w| !now_held.contains(w) && !world.replies.contains_key(w)) {
                prop_assert_eq!(Some(lost), repeated.as_ref(), "neither answered nor repeated");
            }
            let named = match world.replies.get(&id) {
                Some(Response::JoinGroup(response)) => Some(&response.member),
                Some(Response::ConsumerGroupHeartbeat(response)) => Some(&response.member),
                _ => None,
            };
            if let Some(member) = named.filter(|member| !seen.contains(member)) {
                seen.push(member.clone());
            }
            prop_assert_eq!(StableHasher::of(&world.broker), StableHasher::of(&world.broker.clone()));
        }
        // In the end every wait has an end.
        world.wait(40_000_000);
        check(&world.broker);
        prop_assert!(world.broker.groups().all(|group| !group.is_active()));
    }
}
