//! All groups of up to four members and two topics of up to six partitions, with all subscriptions: what each assignor
//! promises holds, when the group is new, when it meets again, and when one member joins or leaves.

use super::{Assignor, AssignorMemory, RebalanceProtocol};
use millrace_model::protocol::{Assignment, JoinedMember, Subscription};
use millrace_model::{
    ClusterMetadata, Generation, LeaderEpoch, PartitionInfo, TopicInfo, TopicName, TopicPartition,
};

/// A set of partitions, a bit for each: those of topic `a` below, those of `b` from bit 8 on.
type Share = u16;

const TOPICS: [(&str, Share); 2] = [("a", 0x00ff), ("b", 0xff00)];
const SUBSCRIPTIONS: [&[&str]; 4] = [&["a", "b"], &["a"], &["b"], &[]];

fn share(partitions: &[TopicPartition]) -> Share {
    let bit = |p: &TopicPartition| 1 << (p.partition.0 + if p.topic.as_str() == "a" { 0 } else { 8 });
    let share = partitions.iter().map(bit).fold(0, |share, bit: Share| share | bit);
    assert_eq!(share.count_ones() as usize, partitions.len(), "none twice in {partitions:?}");
    share
}

fn partitions(share: Share) -> Vec<TopicPartition> {
    let bits = (0..16).filter(|bit| share & (1 << bit) != 0);
    bits.map(|bit| TopicPartition::new(if bit < 8 { "a" } else { "b" }, bit % 8)).collect()
}

fn cluster(a: usize, b: usize) -> ClusterMetadata {
    let partition = PartitionInfo {
        leader: None,
        leader_epoch: LeaderEpoch(0),
        replicas: vec![],
        isr: vec![],
        ..PartitionInfo::default()
    };
    let topic = |count| TopicInfo { partitions: vec![partition.clone(); count], internal: false };
    let topics = [("a".into(), topic(a)), ("b".into(), topic(b))];
    ClusterMetadata { brokers: vec![], topics: topics.into_iter().collect() }
}

/// Every group of `size` members: each one's subscription is a digit of a number to the base of four.
fn groups(size: u32) -> Vec<Vec<JoinedMember>> {
    let member = |code: usize, n: u32| {
        let topics =
            SUBSCRIPTIONS[code / 4_usize.pow(n) % 4].iter().map(|topic| TopicName::from(*topic)).collect();
        // Names whose order is neither that of the list nor that of their hashes.
        let member = ["m", "k", "x", "c"][n as usize].into();
        let subscription = Subscription { topics, generation: Generation::NONE, ..Subscription::default() };
        JoinedMember { member, group_instance_id: None, subscription }
    };
    (0..4_usize.pow(size)).map(|code| (0..size).map(|n| member(code, n)).collect()).collect()
}

/// Of four members' topics `a` is the larger one: names only break ties, and the other half would take as long again.
fn every_group(mut check: impl FnMut(&Group)) {
    for (a, b) in (0..=6_usize).flat_map(|a| (0..=6).map(move |b| (a, b))) {
        let cluster = cluster(a, b);
        let all = ((1 << a) - 1) | (((1 << b) - 1) << 8);
        for members in (1..=if a < b { 3 } else { 4 }).flat_map(groups) {
            check(&Group { cluster: &cluster, all, members });
        }
    }
}

struct Group<'a> {
    cluster: &'a ClusterMetadata,
    /// All partitions.
    all: Share,
    members: Vec<JoinedMember>,
}

impl Group<'_> {
    /// Shares in the order of the members.
    fn assign(&self, assignor: Assignor, members: &[JoinedMember]) -> Vec<Share> {
        let answers = assignor.assign(self.cluster, members);
        assert!(answers.iter().map(|(id, _)| id).eq(members.iter().map(|m| &m.member)), "one each, in order");
        answers.iter().map(|(_, assignment)| share(&assignment.partitions)).collect()
    }

    /// What each member may get.
    fn readable(&self, members: &[JoinedMember]) -> Vec<Share> {
        let reads = |m: &JoinedMember| {
            let topics =
                TOPICS.iter().filter(|(name, _)| m.subscription.topics.iter().any(|t| t.as_str() == *name));
            topics.fold(0, |reads, (_, mask)| reads | mask & self.all)
        };
        members.iter().map(reads).collect()
    }

    /// The same for the sticky assignors, which compare subscriptions with the first one that is not empty: in Kafka
    /// members without topics that are listed before it take part as if they read the same.
    fn readable_sticky(&self, members: &[JoinedMember]) -> Vec<Share> {
        let mut readable = self.readable(members);
        let topics = |m: &JoinedMember| m.subscription.topics.clone();
        let first = members.iter().position(|m| !topics(m).is_empty()).unwrap_or(0);
        if members[first..].windows(2).all(|pair| topics(&pair[0]) == topics(&pair[1])) {
            let alike = readable[first];
            readable[..first].fill(alike);
        }
        readable
    }

    /// The last member, and those before it.
    fn without_last(&self) -> Option<(&JoinedMember, &[JoinedMember])> {
        self.members.split_last().filter(|(_, stay)| !stay.is_empty())
    }
}

/// What the members say when they join again, after they were given `shares` in that generation.
fn rejoin(
    assignor: Assignor,
    members: &[JoinedMember],
    shares: &[Share],
    generation: i32,
) -> Vec<JoinedMember> {
    let told = |(member, share): (&JoinedMember, &Share)| {
        let mut memory = AssignorMemory::default();
        let assignment = Assignment { partitions: partitions(*share), user_data: None };
        memory.on_assignment(&assignment, Generation(generation));
        let mut member = member.clone();
        member.subscription.generation = Generation(generation);
        member.subscription.user_data = assignor.subscription_user_data(&memory);
        if assignor.protocol() == RebalanceProtocol::Cooperative {
            member.subscription.owned_partitions = assignment.partitions;
        }
        member
    };
    members.iter().zip(shares).map(told).collect()
}

/// Nothing lost, nothing given twice, nothing to anybody who may not have it; what is `waiting` is nobody's.
#[track_caller]
fn check_whole(readable: &[Share], shares: &[Share], waiting: Share) {
    let wanted = readable.iter().fold(0, |all, share| all | share);
    let given = shares.iter().fold(0, |all, share| all | share);
    assert_eq!(given, wanted & !waiting, "lost: {shares:x?} of {readable:x?}");
    assert_eq!(shares.iter().map(|s| s.count_ones()).sum::<u32>(), given.count_ones(), "twice: {shares:x?}");
    assert!(
        shares.iter().zip(readable).all(|(share, may)| share & !may == 0),
        "{shares:x?} of {readable:x?}"
    );
}

/// No partition could go to a reader that has two or more less than its owner.
#[track_caller]
fn check_balance(readable: &[Share], shares: &[Share]) {
    for share in shares {
        for (other, may) in shares.iter().zip(readable) {
            let even = share.count_ones() <= other.count_ones() + 1;
            assert!(even || share & may == 0, "{shares:x?} of {readable:x?}");
        }
    }
}

fn spread(counts: impl Iterator<Item = u32> + Clone) -> u32 {
    counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0)
}

fn alike(readable: &[Share]) -> bool {
    readable.windows(2).all(|pair| pair[0] == pair[1])
}

/// What each member has that somebody else had before.
fn moved<'a>(before: &'a [Share], after: &'a [Share]) -> impl Iterator<Item = Share> {
    let others = |n: usize| {
        before.iter().enumerate().filter(move |(other, _)| *other != n).fold(0, |all, (_, s)| all | s)
    };
    after.iter().enumerate().map(move |(n, share)| share & others(n))
}

#[test]
fn range_gives_each_reader_of_a_topic_as_many_or_one_more() {
    every_group(|group| {
        let (readable, shares) =
            (group.readable(&group.members), group.assign(Assignor::Range, &group.members));
        check_whole(&readable, &shares, 0);
        for (_, topic) in TOPICS {
            let readers = shares.iter().zip(&readable).filter(|(_, may)| *may & topic != 0);
            assert!(spread(readers.map(|(share, _)| (share & topic).count_ones())) <= 1, "{shares:x?}");
        }
    });
}

#[test]
fn roundrobin_gives_equal_members_as_many_or_one_more() {
    every_group(|group| {
        let (readable, shares) =
            (group.readable(&group.members), group.assign(Assignor::RoundRobin, &group.members));
        check_whole(&readable, &shares, 0);
        assert!(!alike(&readable) || spread(shares.iter().map(|s| s.count_ones())) <= 1, "{shares:x?}");
    });
}

#[test]
fn sticky_is_even_and_moves_only_to_a_newcomer() {
    let assignor = Assignor::Sticky;
    every_group(|group| {
        let whole = |members: &[JoinedMember]| {
            let (readable, shares) = (group.readable_sticky(members), group.assign(assignor, members));
            check_whole(&readable, &shares, 0);
            check_balance(&readable, &shares);
            shares
        };
        let first = whole(&group.members);
        assert_eq!(whole(&rejoin(assignor, &group.members, &first, 1)), first, "nothing has changed");
        // The last member leaves, and comes back as a new one.
        let Some((newcomer, stay)) = group.without_last() else { return };
        let left = whole(&rejoin(assignor, stay, &first, 1));
        let mut back = rejoin(assignor, stay, &left, 2);
        back.push(newcomer.clone());
        let joined = whole(&back);
        if alike(&group.readable(&group.members)) {
            assert!(
                left.iter().zip(&first).all(|(after, before)| before & !after == 0),
                "{first:x?} {left:x?}"
            );
            assert!(moved(&left, &joined).take(stay.len()).all(|got| got == 0), "{left:x?} {joined:x?}");
        }
    });
}

#[test]
fn cooperative_sticky_takes_away_first_and_gives_in_the_next_round() {
    let assignor = Assignor::CooperativeSticky;
    every_group(|group| {
        let first = group.assign(assignor, &group.members);
        assert_eq!(
            first,
            group.assign(Assignor::Sticky, &group.members),
            "a new group has nothing to give up"
        );
        let Some((newcomer, stay)) = group.without_last() else { return };
        let before = group.assign(assignor, stay);
        let mut all = rejoin(assignor, stay, &before, 1);
        all.push(newcomer.clone());
        let readable = group.readable_sticky(&all);
        let round = group.assign(assignor, &all);
        assert!(moved(&before, &round).all(|got| got == 0), "another still reads it: {before:x?} {round:x?}");
        let given = round.iter().fold(0, |all, share| all | share);
        check_whole(&readable, &round, before.iter().fold(0, |all, share| all | share) & !given);
        let second = group.assign(assignor, &rejoin(assignor, &all, &round, 2));
        check_whole(&readable, &second, 0);
        check_balance(&readable, &second);
        assert!(
            round.iter().zip(&second).all(|(had, has)| had & !has == 0),
            "taken again: {round:x?} {second:x?}"
        );
    });
}
