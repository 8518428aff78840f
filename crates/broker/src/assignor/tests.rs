//! All groups of up to four members and two topics of up to six partitions, with all subscriptions: what each assignor
//! promises holds, when the group is new, when nothing has changed, and when one member leaves and joins.

use super::{GroupSpec, MemberSpec, ServerAssignor, TopicId, TopicSpec};
use millrace_model::TopicPartition;

/// A set of partitions, a bit for each: those of topic `a` below, those of `b` from bit 8 on.
type Share = u16;

const TOPICS: [(&str, Share); 2] = [("a", 0x00ff), ("b", 0xff00)];

fn share(partitions: &[TopicPartition]) -> Share {
    let bit = |p: &TopicPartition| 1 << (p.partition.0 + if p.topic.as_str() == "a" { 0 } else { 8 });
    let share = partitions.iter().map(bit).fold(0, |share, bit: Share| share | bit);
    assert_eq!(share.count_ones() as usize, partitions.len(), "none twice in {partitions:?}");
    share
}

/// Every group: each member's subscription is a digit of a number to the base of four, a bit for each topic.
fn every_group(mut check: impl FnMut(&mut GroupSpec)) {
    let topic = |name: &str, id, partitions| TopicSpec {
        id: TopicId { most: id, least: 0 },
        name: name.into(),
        partitions,
    };
    let member = |code: usize, n: u32| MemberSpec {
        // Names whose order is neither that of the list nor that of their hashes.
        member: ["m", "k", "x", "c"][n as usize].into(),
        instance: None,
        topics: (0..2)
            .filter(|t| code >> (2 * n + t) & 1 == 0)
            .map(|t| TOPICS[t as usize].0.into())
            .collect(),
        assigned: vec![],
    };
    for size in 1..=4_u32 {
        for code in 0..4_usize.pow(size) {
            for (a, b) in (0..=6).flat_map(|a| (0..=6).map(move |b| (a, b))) {
                let members = (0..size).map(|n| member(code, n)).collect();
                check(&mut GroupSpec { topics: vec![topic("a", 7, a), topic("b", -7, b)], members });
            }
        }
    }
}

/// What each member may get.
fn readable(spec: &GroupSpec) -> Vec<Share> {
    let all: Vec<Share> =
        spec.topics.iter().zip([0, 8]).map(|(t, shift)| ((1 << t.partitions) - 1) << shift).collect();
    let reads = |m: &MemberSpec| {
        let topics =
            TOPICS.iter().zip(&all).filter(|((name, _), _)| m.topics.iter().any(|t| t.as_str() == *name));
        topics.fold(0, |reads, (_, all)| reads | all)
    };
    spec.members.iter().map(reads).collect()
}

/// Assigns, and lets the members keep it. Nothing may be lost, given twice, or given to somebody who may not have it.
fn assign(assignor: ServerAssignor, spec: &mut GroupSpec) -> Vec<Share> {
    let answers = assignor.assign(spec);
    assert!(
        answers.iter().map(|(id, _)| id).eq(spec.members.iter().map(|m| &m.member)),
        "one each, in order"
    );
    let shares: Vec<Share> = answers.iter().map(|(_, partitions)| share(partitions)).collect();
    for (member, (_, partitions)) in spec.members.iter_mut().zip(answers) {
        member.assigned = partitions;
    }
    let readable = readable(spec);
    let given = shares.iter().fold(0, |all, share| all | share);
    assert_eq!(
        given,
        readable.iter().fold(0, |all, share| all | share),
        "lost: {shares:x?} of {readable:x?}"
    );
    assert_eq!(shares.iter().map(|s| s.count_ones()).sum::<u32>(), given.count_ones(), "twice: {shares:x?}");
    assert!(
        shares.iter().zip(&readable).all(|(share, may)| share & !may == 0),
        "{shares:x?} of {readable:x?}"
    );
    shares
}

/// No partition could go to a reader that has two or more less than its owner.
fn check_balance(spec: &GroupSpec, shares: &[Share]) {
    let readable = readable(spec);
    for share in shares {
        for (other, may) in shares.iter().zip(&readable) {
            let even = share.count_ones() <= other.count_ones() + 1;
            assert!(even || share & may == 0, "{shares:x?} of {readable:x?}");
        }
    }
}

#[test]
fn uniform_is_even_and_everybody_keeps_the_smaller_quota() {
    every_group(|spec| {
        let first = assign(ServerAssignor::Uniform, spec);
        check_balance(spec, &first);
        assert_eq!(assign(ServerAssignor::Uniform, spec), first, "nothing has changed");
        let mut before = first;
        // The last member leaves, and comes back as a new one.
        let Some(newcomer) = spec.members.pop().filter(|_| !spec.members.is_empty()) else { return };
        for newcomer in [None, Some(MemberSpec { assigned: vec![], ..newcomer })] {
            spec.members.extend(newcomer);
            let after = assign(ServerAssignor::Uniform, spec);
            check_balance(spec, &after);
            let readable = readable(spec);
            if readable.windows(2).all(|pair| pair[0] == pair[1]) {
                let quota = readable[0].count_ones() / u32::try_from(readable.len()).unwrap();
                for (had, has) in before.iter().zip(&after) {
                    assert!(
                        (had & has).count_ones() >= had.count_ones().min(quota),
                        "{before:x?} {after:x?}"
                    );
                }
            }
            before = after;
        }
    });
}

#[test]
fn range_gives_each_reader_a_contiguous_range() {
    every_group(|spec| {
        let shares = assign(ServerAssignor::Range, spec);
        let readable = readable(spec);
        for (_, topic) in TOPICS {
            let ranges =
                || shares.iter().zip(&readable).filter(|(_, may)| *may & topic != 0).map(|(s, _)| s & topic);
            let counts = || ranges().map(|range| range.count_ones());
            assert!(counts().max().unwrap_or(0) - counts().min().unwrap_or(0) <= 1, "{shares:x?}");
            let width =
                |range: Share| (Share::BITS - range.leading_zeros()).saturating_sub(range.trailing_zeros());
            assert!(ranges().all(|range| width(range) == range.count_ones()), "{shares:x?}");
        }
    });
}

fn shown(assignor: ServerAssignor, spec: &GroupSpec) -> String {
    let line = |(member, partitions)| format!("{member}={partitions:?}");
    assignor.assign(spec).into_iter().map(line).collect::<Vec<_>>().join(" ")
}

fn spec(partitions: usize, members: &[(&str, Option<&str>, &[i32])]) -> GroupSpec {
    let member = |(id, instance, assigned): &(&str, Option<&str>, &[i32])| MemberSpec {
        member: (*id).into(),
        instance: instance.map(Into::into),
        topics: vec!["t".into(), "missing".into()],
        assigned: assigned.iter().map(|n| TopicPartition::new("t", *n)).collect(),
    };
    let topics = vec![TopicSpec { id: TopicId::default(), name: "t".into(), partitions }];
    GroupSpec { topics, members: members.iter().map(member).collect() }
}

#[test]
fn static_members_come_first_in_ranges() {
    let spec = spec(5, &[("a", None, &[]), ("b", Some("2"), &[0]), ("c", Some("1"), &[])]);
    assert_eq!(shown(ServerAssignor::Range, &spec), "a=[t-4] b=[t-2, t-3] c=[t-0, t-1]");
}

#[test]
fn larger_shares_go_by_javas_order_even_if_that_moves_a_partition() {
    // "b" has bucket 2, "q" bucket 1: q is asked first.
    let spec = spec(3, &[("b", None, &[0, 1]), ("q", None, &[2])]);
    assert_eq!(shown(ServerAssignor::Uniform, &spec), "b=[t-0] q=[t-1, t-2]");
}

#[test]
fn what_does_not_exist_counts_for_nothing() {
    let spec = spec(2, &[("b", None, &[0, 7, -1]), ("q", None, &[])]);
    assert_eq!(shown(ServerAssignor::Uniform, &spec), "b=[t-0] q=[t-1]");
    assert_eq!(shown(ServerAssignor::Uniform, &GroupSpec::default()), "");
}

#[test]
fn names_and_assignors_belong_together() {
    for assignor in ServerAssignor::ALL {
        assert_eq!(ServerAssignor::from_name(assignor.name()), Some(assignor));
    }
    assert_eq!(ServerAssignor::from_name("sticky"), None);
}
