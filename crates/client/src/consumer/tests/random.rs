//! Random replies in random order: nothing panics, nothing spins, no record comes twice.

use super::script::{DICE, Script, batch, config, tp};
use crate::Reply;
use crate::consumer::{ConsumerEvent, ConsumerInput};
use millrace_model::config::consumer::GroupProtocol;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::BTreeMap;

struct Random(u64);

impl Random {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn error(&mut self) -> ErrorCode {
        let any = ErrorCode::ALL[self.below(ErrorCode::ALL.len() as u64) as usize];
        if self.below(4) == 0 { any } else { ErrorCode::None }
    }
}

/// An answer that may be wrong in any way, to the request or to another one.
fn response(random: &mut Random, script: &Script, request: &Request) -> Response {
    let error = random.error();
    match request {
        Request::FindCoordinator(_) => Response::FindCoordinator(FindCoordinatorResponse {
            error,
            coordinator: (random.below(5) > 0).then_some(BrokerId(1)),
            offsets_partition: Partition(0),
        }),
        Request::JoinGroup(join) => {
            let (member, leader): (MemberId, MemberId) = ("c-1".into(), "c-1".into());
            let subscription = join.protocols[0].1.clone();
            let joined = JoinedMember { member: member.clone(), group_instance_id: None, subscription };
            Response::JoinGroup(JoinGroupResponse {
                error,
                generation: Generation(random.below(9) as i32),
                protocol: "range".into(),
                leader: if random.below(3) > 0 { leader } else { "other".into() },
                member,
                members: vec![joined],
                skip_assignment: false,
            })
        }
        Request::SyncGroup(_) => {
            let partitions = (0..random.below(4) as i32).map(|_| tp(random.below(4) as i32)).collect();
            let assignment = Assignment { partitions, user_data: None };
            Response::SyncGroup(SyncGroupResponse { error, protocol: "range".into(), assignment })
        }
        Request::Heartbeat(_) => Response::Heartbeat(HeartbeatResponse { error }),
        Request::ConsumerGroupHeartbeat(beat) => {
            const ERRORS: [ErrorCode; 5] = [
                ErrorCode::FencedMemberEpoch,
                ErrorCode::UnknownMemberId,
                ErrorCode::NotCoordinator,
                ErrorCode::CoordinatorLoadInProgress,
                ErrorCode::UnsupportedAssignor,
            ];
            let fails = random.below(6) == 0;
            let last = if random.below(20) == 0 { 5 } else { 4 };
            let error = if fails { ERRORS[random.below(last) as usize] } else { ErrorCode::None };
            let partitions: Set<TopicPartition> =
                (0..random.below(4) as i32).map(|_| tp(random.below(4) as i32)).collect();
            let assignment = (beat.member_epoch.0 == 0 || random.below(2) == 0)
                .then(|| partitions.iter().cloned().collect());
            Response::ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse {
                error,
                error_message: None,
                member: "c-1".into(),
                member_epoch: GroupEpoch(beat.member_epoch.0.max(0) + 1),
                heartbeat_interval: Span::from_secs(1 + random.below(2)),
                assignment,
            })
        }
        Request::LeaveGroup(_) => Response::LeaveGroup(LeaveGroupResponse { error }),
        Request::OffsetCommit(commit) => {
            let partitions = commit.offsets.iter().map(|(tp, _)| (tp.clone(), error)).collect();
            Response::OffsetCommit(OffsetCommitResponse { partitions })
        }
        Request::OffsetFetch(fetch) => {
            let mut partitions = Vec::new();
            for tp in fetch.partitions.clone().unwrap_or_default() {
                let offset = Offset(random.below(20) as i64);
                let committed = CommittedOffset { offset, leader_epoch: None, metadata: "".into() };
                partitions.push((tp, (random.below(2) == 0).then_some(committed)));
            }
            Response::OffsetFetch(OffsetFetchResponse { error, partitions })
        }
        Request::ListOffsets(list) => {
            let mut partitions = Vec::new();
            for (tp, _) in &list.partitions {
                partitions.push(ListedOffset {
                    tp: tp.clone(),
                    error,
                    timestamp: Timestamp::NONE,
                    offset: Offset(random.below(20) as i64 - 1),
                    leader_epoch: LeaderEpoch(0),
                });
            }
            Response::ListOffsets(ListOffsetsResponse { partitions })
        }
        Request::Fetch(fetch) => {
            let mut partitions = Vec::new();
            for asked in &fetch.partitions {
                let mut batches = Vec::new();
                for _ in 0..random.below(3) {
                    let base = asked.fetch_offset.0 - 2 + random.below(5) as i64;
                    batches.push(batch(base, random.below(4) as usize));
                }
                partitions.push(FetchedPartition {
                    tp: if random.below(9) == 0 { tp(random.below(4) as i32) } else { asked.tp.clone() },
                    error: random.error(),
                    high_watermark: Offset(20),
                    last_stable_offset: Offset(20),
                    log_start_offset: Offset(0),
                    batches,
                    aborted_transactions: Vec::new(),
                    preferred_read_replica: None,
                });
            }
            Response::Fetch(FetchResponse { partitions })
        }
        _ => {
            let mut metadata = script.metadata();
            if random.below(4) == 0 {
                metadata.cluster.topics.clear();
            }
            Response::Metadata(metadata)
        }
    }
}

fn call(random: &mut Random) -> ConsumerInput {
    let partition = tp(random.below(4) as i32);
    match random.below(11) {
        9 => ConsumerInput::LeavePoll,
        10 => ConsumerInput::SubscribePattern(Pattern::new("ord.*").unwrap().into()),
        0 => ConsumerInput::CommitSync(None),
        1 => ConsumerInput::CommitAsync(None),
        2 => ConsumerInput::Pause(vec![partition]),
        3 => ConsumerInput::Resume(vec![partition]),
        4 => ConsumerInput::Seek(partition, Offset(random.below(20) as i64)),
        5 => ConsumerInput::Subscribe(vec!["orders".into()]),
        _ => ConsumerInput::Poll,
    }
}

/// Positions as an application would keep them from the events alone.
#[derive(Default)]
struct Witness {
    next: BTreeMap<TopicPartition, Offset>,
    records: usize,
}

impl Witness {
    fn see(&mut self, event: &ConsumerEvent) {
        match event {
            ConsumerEvent::PositionReset { tp, offset, .. } => {
                self.next.insert(tp.clone(), *offset);
            }
            ConsumerEvent::PartitionsAssigned { partitions, assignment, .. } => {
                self.next.retain(|tp, _| !partitions.contains(tp) && assignment.contains(tp));
            }
            ConsumerEvent::PartitionsRevoked { partitions, .. }
            | ConsumerEvent::PartitionsLost { partitions, .. } => {
                self.next.retain(|tp, _| !partitions.contains(tp));
            }
            ConsumerEvent::PollReturned { polled, .. } => {
                let mut count = 0;
                for part in &polled.records {
                    assert_eq!(self.next.get(&part.tp), Some(&part.from), "{} jumped", part.tp);
                    let mut expected = part.from;
                    for (offset, ..) in part.records() {
                        assert!(offset >= expected && offset < part.to, "{} at {offset}", part.tp);
                        expected = offset.plus(1);
                        count += 1;
                    }
                    assert!(part.to > part.from);
                    self.next.insert(part.tp.clone(), part.to);
                }
                assert_eq!(count, polled.count);
                assert!(count <= 3, "max.poll.records");
                self.records += count;
            }
            _ => {}
        }
    }
}

#[test]
fn random_replies_never_panic_nor_spin_nor_repeat_a_record() {
    let (mut records, mut modern_records) = (0, 0);
    for seed in 0..300 {
        let mut random = Random(seed);
        let mut settings = config();
        settings.enable_auto_commit = seed % 2 == 0;
        settings.max_poll_records = 3;
        let modern = seed % 3 == 0;
        if modern {
            settings.group_protocol = GroupProtocol::Consumer;
        }
        if seed % 5 == 1 {
            settings.partition_assignment_strategy = ["cooperative-sticky".into()].into();
        }
        let mut script = Script::new(settings);
        script.partitions = 4;
        script.subscribe_and_poll();
        let mut witness = Witness::default();
        let mut seen = 0;
        let mut at_once = 0;
        for _ in 0..600 {
            if let Some((at, timer)) = script.consumer.next_timer().filter(|(at, _)| *at <= script.now) {
                at_once += 1;
                assert!(at_once < 200, "seed {seed} spins at {at} with {timer:?}");
                script.input(&ConsumerInput::Timer(timer));
            } else {
                at_once = 0;
                match random.below(8) {
                    0 => script.now += Span::from_millis(random.below(2_000)),
                    1 => {
                        let next = script.consumer.next_timer().map(|(at, _)| at);
                        script.now = script.now.max(next.unwrap_or(script.now));
                    }
                    2 | 3 => {
                        let input = call(&mut random);
                        script.input(&input);
                    }
                    _ if script.waiting.is_empty() => script.input(&ConsumerInput::Poll),
                    _ => {
                        let index = random.below(script.waiting.len() as u64) as usize;
                        let out = script.waiting.remove(index).unwrap();
                        let response = match random.below(40) {
                            0 => continue,
                            1 => Response::Heartbeat(HeartbeatResponse { error: ErrorCode::None }),
                            _ => response(&mut random, &script, &out.request),
                        };
                        let reply = Reply { correlation: out.correlation, from: out.to, response };
                        script.input(&ConsumerInput::Reply(reply));
                    }
                }
            }
            for event in &script.events[seen..] {
                witness.see(event);
            }
            seen = script.events.len();
        }
        script.input(&ConsumerInput::Close);
        script.silent = vec!["Heartbeat"];

        script.wait(Span::from_secs(31));
        assert!(script.consumer.is_closed(), "seed {seed}");
        records += witness.records;
        modern_records += if modern { witness.records } else { 0 };
        assert_eq!(script.consumer.decide(script.now, &ConsumerInput::Poll, &DICE).events, []);
    }
    assert!(records > 1_000, "only {records} records were returned: the test looks at nothing");
    assert!(modern_records > 300, "only {modern_records} records were returned in the consumer protocol");
}
