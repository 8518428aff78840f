//! Members: what each instance is doing, what it owns, and what it runs toward.

use crate::cast::{self, Body, Cast, GroupCast, MemberCast};
use crate::layout::{UNIT, count, fitting, rect};
use crate::scene::{Chip, Condition, Drain, MemberCard, Rect, Target};
use crate::words;
use millrace_broker::MemberState;
use millrace_client::consumer::{Consumer, Membership};
use millrace_client::listener::{Instance, Phase, Port};
use millrace_model::collections::sort;
use millrace_model::{Span, Time, TopicPartition};
use millrace_sim::Lifecycle;
use millrace_words::stage as say;

/// Width of a character of a name, and of a chip.
const CHAR: f32 = 7.5;
const CHIP_CHAR: f32 = 7.0;

/// How high a card is, by how many share the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardSize {
    /// Two lines of text, and more lines of chips if they are needed.
    Roomy,
    /// The same in less room, one line of chips.
    Compact,
}

impl CardSize {
    /// The size for so many members on stage.
    pub fn of(members: usize) -> CardSize {
        if members <= 8 { CardSize::Roomy } else { CardSize::Compact }
    }

    fn height(self) -> f32 {
        match self {
            CardSize::Roomy => 56.0,
            CardSize::Compact => 48.0,
        }
    }

    /// From its upper side to the chips beside its name, and how high they are: the next line begins below them.
    fn chip_place(self) -> (f32, f32) {
        match self {
            CardSize::Roomy => (6.0, 20.0),
            CardSize::Compact => (4.0, 16.0),
        }
    }

    fn chip_rows(self) -> usize {
        match self {
            CardSize::Roomy => 2,
            CardSize::Compact => 1,
        }
    }
}

/// One card; `place` says where it begins and how wide it is.
pub fn card(
    cast: &Cast<'_>,
    group: &GroupCast<'_>,
    member: &MemberCast<'_>,
    place: Rect,
    size: CardSize,
) -> MemberCard {
    let known = session(group, member);
    let condition = condition(group, member);
    let name = member.node.name.clone();
    let texts = chip_texts(group, member);
    let (chips, extra) = chips(&texts, name.chars().count(), place, size);
    let target = match member.body {
        Body::Instance(_) => Target::Member(group.id.clone(), name.clone()),
        Body::Streams(_) => Target::Streams(group.name().into()),
    };
    MemberCard {
        target,
        rect: Rect { h: size.height() + extra, ..place },
        hue: group.hue,
        condition,
        status: reach(cast, member, condition).unwrap_or_else(|| status(group, member, condition)),
        chips,
        lag: lag(cast, group, member),
        drain: drain(group, known, condition),
        name,
    }
}

/// Where it is and what address it was given: of one that runs, and as long as it is shut out or looks for its group.
fn reach(cast: &Cast<'_>, member: &MemberCast<'_>, condition: Condition) -> Option<String> {
    let says = match condition {
        Condition::Joining => true,
        Condition::Active | Condition::Idle => crate::reach::is_shut_out(cast.world, member.id),
        Condition::Frozen | Condition::Crashed | Condition::Stopped => false,
    };
    if says { crate::reach::line(cast.world, member.id) } else { None }
}

/// How long the coordinator believes in a member without another heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When it is out.
    pub deadline: Time,
    /// How long before that its last heartbeat was.
    pub timeout: Span,
    /// The setting.
    pub key: &'static str,
}

/// The coordinator's view of a member; `None` of one that it does not know, or whose request waits there.
pub fn session(group: &GroupCast<'_>, member: &MemberCast<'_>) -> Option<Session> {
    let (known, id) = (group.group?, member.consumer()?.member_id());
    if let Some(consumer) = known.consumer() {
        let member = consumer.member(id.as_str())?;
        let (deadline, timeout) =
            (member.session_deadline, member.session_deadline.since(member.last_heartbeat));
        return Some(Session { deadline, timeout, key: "group.consumer.session.timeout.ms" });
    }
    let member = known.member(id)?;
    let (deadline, timeout) = (member.session_deadline?, member.session_timeout);
    Some(Session { deadline, timeout, key: "session.timeout.ms" })
}

/// Whether it takes part.
pub fn condition(group: &GroupCast<'_>, member: &MemberCast<'_>) -> Condition {
    let in_group = group.counts_in(member);
    match member.node.lifecycle() {
        Lifecycle::Frozen => Condition::Frozen,
        Lifecycle::Crashed if in_group => Condition::Crashed,
        Lifecycle::Crashed | Lifecycle::Stopped => Condition::Stopped,
        Lifecycle::Started | Lifecycle::Closing | Lifecycle::Thawed => {
            let consumer = member.consumer();
            match consumer.map(Consumer::membership) {
                Some(Membership::Stable) if consumer.is_some_and(|c| c.assignment().next().is_some()) => {
                    Condition::Active
                }
                Some(Membership::Stable) => Condition::Idle,
                _ => Condition::Joining,
            }
        }
    }
}

/// `polling`, `busy with orders-1 @13`, `crashed · out at 12:00:45`.
pub fn status(group: &GroupCast<'_>, member: &MemberCast<'_>, condition: Condition) -> String {
    let out_at = session(group, member)
        .map_or_else(String::new, |session| [" · ", &say::out_at(&words::time(session.deadline))].concat());
    match condition {
        Condition::Crashed => say::crashed_at(&out_at),
        Condition::Frozen => say::frozen_at(&out_at),
        Condition::Stopped if member.node.lifecycle() == Lifecycle::Crashed => say::crashed().to_owned(),
        Condition::Stopped => say::stopped().to_owned(),
        Condition::Joining if member.node.lifecycle() == Lifecycle::Closing => say::leaving().to_owned(),
        Condition::Joining => joining(member).to_owned(),
        Condition::Active | Condition::Idle => match member.body {
            Body::Instance(instance) => {
                doing(instance, condition) + &reconciling(group, member).unwrap_or_default()
            }
            Body::Streams(streams) => {
                let tasks = streams.tasks();
                match tasks.values().find_map(|task| task.failure()) {
                    Some(failure) => words::cut(&say::failed_failure(&failure)),
                    None => words::many(tasks.len(), "task"),
                }
            }
        },
    }
}

/// How far a member of the consumer protocol is from its target: ` · epoch 1, gives up P2`.
fn reconciling(group: &GroupCast<'_>, member: &MemberCast<'_>) -> Option<String> {
    let known = group.group?.consumer()?;
    let member = known.member(member.consumer()?.member_id().as_str())?;
    let names = |partitions: &mut dyn Iterator<Item = &TopicPartition>| {
        let name = |tp| if group.topics.len() <= 1 { words::partition(tp) } else { tp.to_string() };
        words::list(partitions.map(name), 4)
    };
    let todo = match member.state {
        MemberState::UnrevokedPartitions => say::gives_up(&names(&mut member.pending_revocation.iter())),
        MemberState::UnreleasedPartitions => {
            let target = known.target(member.id.as_str()).iter();
            say::waits_for_names(&names(&mut target.filter(|tp| !member.assigned.contains(tp))))
        }
        MemberState::Stable => return None,
    };
    Some(format!(" · epoch {}, {todo}", member.epoch))
}

fn joining(member: &MemberCast<'_>) -> &'static str {
    match member.consumer().map(Consumer::membership) {
        Some(Membership::Syncing) => say::awaits_its_assignment(),
        Some(Membership::Lost) => say::out_and_does_not_know(),
        Some(Membership::Unjoined) | None => say::looks_for_its_group(),
        Some(Membership::Joining | Membership::Stable) => say::joining(),
    }
}

fn doing(instance: &Instance, condition: Condition) -> String {
    if instance.is_paused() {
        return say::paused().to_owned();
    }
    let Some(container) = instance.container(Port::MAIN) else { return say::starting().to_owned() };
    if let Some((tp, offset, ..)) = container.handling() {
        return say::busy_with(&words::place(tp, offset));
    }
    if container.is_committing() {
        return say::commits().to_owned();
    }
    match container.phase() {
        Phase::Publishing { failure, .. } => match failure.fate.topic() {
            Some(topic) => say::publishes_to(&topic),
            None => say::publishes().to_owned(),
        },
        Phase::Failing { failure, .. } => say::failed_4(&failure.exception.simple_name()),
        Phase::Seeking { .. } => say::seeks_back().to_owned(),
        Phase::Sleeping { until, .. } => say::sleeps_until(&words::time(*until)),
        Phase::Blocked { until, .. } => say::out_of_poll_until(&words::time(*until)),
        Phase::Closing | Phase::Stopped => say::stopped().to_owned(),
        Phase::Created | Phase::Starting => say::starting().to_owned(),
        Phase::Ready | Phase::Polling | Phase::Handling { .. } => match condition {
            Condition::Idle => say::no_partition_for_it().to_owned(),
            _ => say::polling().to_owned(),
        },
    }
}

/// The partitions that it owns: `P0` if the group reads one topic, task ids for streams.
fn chip_texts(group: &GroupCast<'_>, member: &MemberCast<'_>) -> Vec<String> {
    if !group.counts_in(member) {
        return Vec::new();
    }
    match member.body {
        Body::Streams(streams) => streams.tasks().keys().map(ToString::to_string).collect(),
        Body::Instance(_) => {
            let mut owned: Vec<&TopicPartition> =
                member.consumer().into_iter().flat_map(Consumer::assignment).collect();
            sort::sort(&mut owned);
            let is_one_topic = group.topics.len() <= 1;
            owned
                .into_iter()
                .map(|tp| if is_one_topic { words::partition(tp) } else { tp.to_string() })
                .collect()
        }
    }
}

/// Chips right of the name as far as they fit, then in lines of their own below it; what does not fit is counted.
/// Returns how much higher the card gets.
fn chips(texts: &[String], name: usize, place: Rect, size: CardSize) -> (Vec<Chip>, f32) {
    let Some(widest) = texts.iter().map(|text| text.chars().count()).max() else { return (Vec::new(), 0.0) };
    let w = (count(widest.max(3)) * CHIP_CHAR + 5.0).ceil();
    let gap = 4.0;
    let (chip_y, chip_h) = size.chip_place();
    let beside = place.w - 24.0 - count(name) * CHAR - 8.0;
    let all = count(texts.len()) * (w + gap);
    let (left, room, rows, first_y) = if all <= beside {
        (place.right() - 8.0 - all + gap, beside, 1, place.y + chip_y)
    } else {
        (place.x + 12.0, place.w - 20.0, size.chip_rows(), place.y + 24.0 + chip_y)
    };
    let w = w.min(room);
    let in_row = fitting(room + gap, w + gap).max(1);
    let shown = if texts.len() <= in_row * rows { texts.len() } else { in_row * rows - 1 };
    let mut labels: Vec<String> = texts.iter().take(shown).cloned().collect();
    if shown < texts.len() {
        labels.push(format!("+{}", texts.len() - shown));
    }
    let used_rows = labels.len().div_ceil(in_row);
    let own_rows = first_y > place.y + chip_y;
    let chips = labels
        .into_iter()
        .enumerate()
        .map(|(n, text)| Chip {
            rect: rect(
                left + count(n % in_row) * (w + gap),
                first_y + count(n / in_row) * (chip_h + gap),
                w,
                chip_h,
            ),
            text,
        })
        .collect();
    // A line of text stands right below the last row: it needs air as the first one has it.
    (chips, if own_rows { count(used_rows) * (chip_h + gap) + UNIT } else { 0.0 })
}

/// Records behind, over all partitions that it owns.
pub fn lag(cast: &Cast<'_>, group: &GroupCast<'_>, member: &MemberCast<'_>) -> u64 {
    if !group.counts_in(member) {
        return 0;
    }
    let owned = member.consumer().into_iter().flat_map(Consumer::assignment);
    owned
        .filter_map(|tp| {
            let log = cast::log(cast.world, tp)?;
            let from = group.committed(tp).unwrap_or(log.log_start_offset());
            Some(log.high_watermark().since(from))
        })
        .sum()
}

/// What it runs toward: the end of a rebalance's wait while it joins, else the session timeout.
fn drain(group: &GroupCast<'_>, known: Option<Session>, condition: Condition) -> Option<Drain> {
    let broker = group.group?;
    match condition {
        Condition::Stopped => None,
        Condition::Joining => {
            if let Some(delay) = broker.initial_delay() {
                let from = delay.until - delay.delay;
                return Some(Drain { from, until: delay.until, what: "group.initial.rebalance.delay.ms" });
            }
            let until = broker.rebalance_deadline()?;
            Some(Drain { from: broker.state_since(), until, what: "max.poll.interval.ms" })
        }
        Condition::Active | Condition::Idle | Condition::Frozen | Condition::Crashed => {
            let Session { deadline: until, timeout, key: what } = known?;
            Some(Drain { from: until - timeout, until, what })
        }
    }
}
