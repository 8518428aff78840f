//! A group as its coordinator sees it, in numbers: states, members with their clocks, lag, the place of its offsets.
//!
//! What the group panel shows beside the inspector's facts. One moment; a rebalance as a story is [`crate::rebalance`].

use crate::cast::{self, Cast, GroupCast, MemberCast};
use crate::members;
use crate::scene::{Condition, Drain};
use crate::words;
use millrace_broker::{ConsumerGroupState, CoordinatorChoice, GroupState};
use millrace_client::consumer::Consumer;
use millrace_model::collections::sort;
use millrace_model::{GroupId, Map, Offset, Span, Time, TopicPartition};
use millrace_sim::World;
use millrace_words::stage as say;
use std::sync::Arc;

/// Members and partitions that are listed.
const LISTED: usize = 24;
/// Records of `__consumer_offsets` that are looked at, and those that are shown.
const LOOKED_AT: u64 = 400;
const SHOWN: usize = 12;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPanel {
    /// `group.id`.
    pub group: GroupId,
    /// Its colour.
    pub hue: u8,
    /// True under the consumer protocol (KIP-848).
    pub is_modern: bool,
    /// The states of its protocol.
    pub states: [&'static str; 5],
    /// The state that it is in, as a place in `states`.
    pub state: usize,
    /// Since when, in the classic protocol.
    pub since: Option<Time>,
    /// Its members.
    pub members: Vec<MemberLine>,
    /// What it reads.
    pub partitions: Vec<PartitionLine>,
    /// Where its offsets live, and why there.
    pub coordinator: CoordinatorChoice,
    /// When a committed offset last moved on, as far as the newest records of its log tell.
    pub progress: Option<Time>,
    /// The newest records of its partition of `__consumer_offsets`, the newest first.
    pub commits: Vec<Commit>,
}

/// One member.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberLine {
    /// The instance's name.
    pub name: Arc<str>,
    /// Whether it takes part.
    pub condition: Condition,
    /// What it does.
    pub status: String,
    /// `client.id`, host, `group.instance.id`: name and value.
    pub identity: Vec<(&'static str, String)>,
    /// What it owns, as text.
    pub assignment: String,
    /// What it runs toward: the session timeout and the poll interval.
    pub clocks: Vec<Clock>,
    /// Records behind.
    pub lag: u64,
}

/// One clock of liveness.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// `last heartbeat`, `last poll`.
    pub name: &'static str,
    /// When that was.
    pub last: Option<Time>,
    /// What runs out; none while nothing does.
    pub drain: Option<Drain>,
    /// How long it is in all.
    pub timeout: Span,
}

/// One partition that the group reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionLine {
    /// Which.
    pub tp: TopicPartition,
    /// Who reads it.
    pub owner: Option<Arc<str>>,
    /// What is committed.
    pub committed: Option<Offset>,
    /// The high watermark.
    pub high_watermark: Offset,
    /// The high watermark less what is committed.
    pub lag: u64,
    /// What that number does not tell now, if it misleads.
    pub blind: Option<String>,
}

/// A record of `__consumer_offsets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its offset there.
    pub offset: Offset,
    /// When it was written.
    pub at: Time,
    /// Its key.
    pub key: String,
    /// Its value; none for a tombstone.
    pub value: Option<String>,
}

/// The panel of a group; `None` if there is no such group on stage.
pub fn group_panel(world: &World, id: &GroupId) -> Option<GroupPanel> {
    let cast = Cast::of(world);
    let group = cast.group(id.as_str())?;
    let known = group.group;
    let consumer = known.and_then(|known| known.consumer());
    let is_modern = consumer.is_some();
    let (states, state) = match consumer {
        Some(consumer) => modern_state(consumer.state()),
        None => classic_state(known.map_or(GroupState::Empty, |known| known.state())),
    };
    let coordinator = world.asked_broker()?.coordinator_choice(id);
    let records = records(world, &coordinator.partition);
    Some(GroupPanel {
        group: id.clone(),
        hue: group.hue,
        is_modern,
        states,
        state,
        since: known.filter(|_| !is_modern).map(|known| known.state_since()),
        members: group.members.iter().take(LISTED).map(|member| line(&cast, group, member)).collect(),
        partitions: partitions(world, group),
        progress: progress(&records, id),
        commits: records.into_iter().rev().take(SHOWN).collect(),
        coordinator,
    })
}

fn classic_state(state: GroupState) -> ([&'static str; 5], usize) {
    let states = ["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"];
    let at = match state {
        GroupState::Empty => 0,
        GroupState::PreparingRebalance => 1,
        GroupState::CompletingRebalance => 2,
        GroupState::Stable => 3,
        GroupState::Dead => 4,
    };
    (states, at)
}

fn modern_state(state: ConsumerGroupState) -> ([&'static str; 5], usize) {
    let states = ["Empty", "Assigning", "Reconciling", "Stable", "Dead"];
    let at = match state {
        ConsumerGroupState::Empty => 0,
        ConsumerGroupState::Assigning => 1,
        ConsumerGroupState::Reconciling => 2,
        ConsumerGroupState::Stable => 3,
        ConsumerGroupState::Dead => 4,
    };
    (states, at)
}

fn line(cast: &Cast<'_>, group: &GroupCast<'_>, member: &MemberCast<'_>) -> MemberLine {
    let condition = members::condition(group, member);
    let consumer = member.consumer();
    let mut owned: Vec<&TopicPartition> = consumer.into_iter().flat_map(Consumer::assignment).collect();
    sort::sort(&mut owned);
    let assignment = match owned.is_empty() || !group.counts_in(member) {
        true => say::no_partition().to_owned(),
        false => words::partitions(owned),
    };
    MemberLine {
        name: member.node.name.clone(),
        condition,
        status: members::status(group, member, condition),
        identity: identity(group, member),
        assignment,
        clocks: consumer.map_or_else(Vec::new, |consumer| clocks(group, member, consumer)),
        lag: members::lag(cast, group, member),
    }
}

fn identity(group: &GroupCast<'_>, member: &MemberCast<'_>) -> Vec<(&'static str, String)> {
    let Some((known, consumer)) = group.group.zip(member.consumer()) else { return Vec::new() };
    let mut identity = vec![("client.id", consumer.client_id().to_string())];
    let id = consumer.member_id();
    let (host, instance) = match known.consumer() {
        Some(modern) => match modern.member(id.as_str()) {
            Some(member) => {
                identity.push((say::member_epoch(), format!("{} · {}", member.epoch, member.state)));
                (Some(&member.subscription.client_host), member.subscription.group_instance_id.as_ref())
            }
            None => (None, None),
        },
        None => {
            let member = known.member(id);
            (member.map(|m| &m.client_host), member.and_then(|m| m.group_instance_id.as_ref()))
        }
    };
    identity.extend(host.map(|host| ("host", host.to_string())));
    identity.extend(instance.map(|instance| ("group.instance.id", instance.to_string())));
    identity
}

/// The coordinator waits for heartbeats, the client for its own application.
fn clocks(group: &GroupCast<'_>, member: &MemberCast<'_>, consumer: &Consumer) -> Vec<Clock> {
    let config = consumer.config();
    let session = members::session(group, member);
    let beat = Clock {
        name: "last heartbeat",
        last: session.map(|session| session.deadline - session.timeout).or(consumer.last_heartbeat()),
        drain: session.map(|session| Drain {
            from: session.deadline - session.timeout,
            until: session.deadline,
            what: session.key,
        }),
        timeout: session.map_or(config.session_timeout, |session| session.timeout),
    };
    let poll = Clock {
        name: "last poll",
        last: consumer.last_poll(),
        drain: consumer.poll_deadline().map(|until| Drain {
            from: until - config.max_poll_interval,
            until,
            what: "max.poll.interval.ms",
        }),
        timeout: config.max_poll_interval,
    };
    vec![beat, poll]
}

fn partitions(world: &World, group: &GroupCast<'_>) -> Vec<PartitionLine> {
    let topics = group.topics.iter().filter_map(|name| cast::topic(world, name.as_str()));
    let line = |(tp, log): (TopicPartition, &millrace_broker::PartitionLog)| {
        let committed = group.committed(&tp);
        PartitionLine {
            owner: group.owner(&tp).map(|member| member.node.name.clone()),
            committed,
            high_watermark: log.high_watermark(),
            lag: log.high_watermark().since(committed.unwrap_or(log.log_start_offset())),
            blind: blind(group, &tp, log, committed),
            tp,
        }
    };
    topics.flat_map(cast::logs).take(LISTED).map(line).collect()
}

/// The blind spots of lag: it is a difference of two numbers, and knows nothing of who reads, or whether anybody does.
fn blind(
    group: &GroupCast<'_>,
    tp: &TopicPartition,
    log: &millrace_broker::PartitionLog,
    committed: Option<Offset>,
) -> Option<String> {
    let Some(committed) = committed else {
        if log.high_watermark() == log.log_start_offset() {
            return None;
        }
        return Some(say::nothing_committed_kafkas_tool_shows().to_owned());
    };
    if committed < log.log_start_offset() {
        return Some(say::committed_but_the_log_begins(&committed, &log.log_start_offset()));
    }
    let lag = log.high_watermark().since(committed);
    let Some(owner) = group.owner(tp) else {
        return (lag == 0).then(|| say::lag_0_and_yet_nobody().to_owned());
    };
    let name = &owner.node.name;
    match members::condition(group, owner) {
        Condition::Frozen | Condition::Crashed | Condition::Stopped => {
            return Some(say::is_counted_as_its_reader(&name));
        }
        Condition::Joining | Condition::Active | Condition::Idle => {}
    }
    let read = owner.consumer()?.position(tp)?.since(committed);
    match lag.saturating_sub(read) {
        _ if read == 0 => None,
        0 => Some(say::has_been_given_all_of(&name)),
        left => Some(say::has_been_given_of_them(&name, &read, &left)),
    }
}

/// The newest records of a partition, the oldest first.
fn records(world: &World, tp: &TopicPartition) -> Vec<Commit> {
    let Some(log) = cast::log(world, tp) else { return Vec::new() };
    let end = log.log_end_offset();
    let from = Offset(end.0.saturating_sub(i64::try_from(LOOKED_AT).unwrap_or(i64::MAX)));
    let from = from.max(log.log_start_offset());
    log.batches_from(from)
        .flat_map(|batch| batch.records_from(from).map(move |(offset, record)| (offset, record, batch)))
        .map(|(offset, record, batch)| Commit {
            offset,
            at: batch.timestamp(record).time(),
            key: words::bytes(record.key.as_ref()),
            value: record.value.as_ref().map(|value| words::without_uuids(&words::bytes(Some(value)))),
        })
        .collect()
}

/// When a committed offset of the group last grew.
fn progress(records: &[Commit], id: &GroupId) -> Option<Time> {
    let of_group = format!("[{id},");
    let mut at: Map<&str, &str> = Map::new();
    let mut newest = None;
    for record in records.iter().filter(|record| record.key.starts_with(&of_group)) {
        let offset =
            record.value.as_deref().and_then(|value| value.split_once("offset=")?.1.split(',').next());
        let Some(offset) = offset else { continue };
        if at.insert(&record.key, offset) != Some(offset) {
            newest = Some(record.at);
        }
    }
    newest
}
