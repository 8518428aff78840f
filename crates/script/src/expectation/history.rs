//! What the trace tells of a group: rebalances, time without a reader, errors, members that were put out, lost records.
//!
//! Each is one walk over the entries from the first to the newest. A history whose beginning has been forgotten
//! ([`millrace_sim::limits::TRACE_ENTRIES`]) answers only for a duration that it still remembers.

use super::eval::{group, ledger, number};
use super::{Timeout, Told, Value};
use millrace_broker::{ConsumerGroupChange, Event, GroupChange, MemberRemovedReason, RemovalReason};
use millrace_client::consumer::{ConsumerEvent, MembershipEvent, ResetReason};
use millrace_client::listener::intervals::Intervals;
use millrace_client::listener::{Deed, InstanceEvent, Port};
use millrace_model::{ErrorCode, Map, Offset, Set, Span, Time, TopicPartition};
use millrace_sim::{Actor, Entry, EntryId, Fact, Lifecycle, NodeId, Timeline};

/// What `told` is for a group; with `within`, in that time up to now.
///
/// # Errors
/// A half sentence, if the history does not reach back so far.
pub(super) fn value(
    timeline: &Timeline,
    told: &Told,
    name: &str,
    within: Option<Span>,
) -> Result<Value, String> {
    let world = timeline.world();
    let branch = timeline.branch();
    let since = within.map_or(Time::ZERO, |span| Time(world.now().0.saturating_sub(span.0)));
    let upto = usize::try_from(world.steps()).unwrap_or(usize::MAX).min(branch.steps().len());
    let steps = branch.steps().get(..upto).unwrap_or_default();
    let remembered = steps.iter().find(|step| !step.entries.is_empty()).map_or(Time::ZERO, |step| step.at);
    if branch.forgotten_entries() > 0 && (within.is_none() || remembered > since) {
        return Err(format!("this history is remembered from {remembered} on only"));
    }
    let story = Story { timeline, name, since };
    let entries = || steps.iter().flat_map(|step| step.entries.iter());
    let count = |is_one: &dyn Fn(&Entry) -> bool| {
        number(entries().filter(|entry| entry.at >= since && is_one(entry)).count() as u64)
    };
    Ok(match told {
        Told::Rebalances => count(&|entry| story.is_rebalance(entry)),
        Told::Refused => count(&|entry| story.is_refusal(entry)),
        Told::Timeouts(timeout) => count(&|entry| story.is_timeout(entry, *timeout)),
        Told::Errors(error) => count(&|entry| story.is_error(entry, error)),
        Told::Restarts => number(story.restarts(entries())),
        Told::Unhandled => number(story.unhandled(entries())?.len() as u64),
        Told::Moved => number(story.readers(entries()).moved),
        Told::Stopped => number(story.readers(entries()).stopped.len() as u64),
        Told::Gap => Value::Span(story.readers(entries()).longest),
        Told::Downtime => Value::Span(story.readers(entries()).sum),
        Told::Busiest | Told::Idlest => super::util::value(timeline, name, since, told, entries()),
    })
}

/// What tells of it: entries of the trace, partitions, records.
type Witnesses = (Vec<EntryId>, Vec<TopicPartition>, Vec<(TopicPartition, Offset)>);

/// Where it can be seen; nothing where the history does not reach back so far.
pub(super) fn evidence(timeline: &Timeline, told: &Told, name: &str, within: Option<Span>) -> Witnesses {
    let now = timeline.world().now();
    let since = within.map_or(Time::ZERO, |span| Time(now.0.saturating_sub(span.0)));
    let story = Story { timeline, name, since };
    let upto = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
    let steps = || timeline.branch().steps().iter().take(upto).flat_map(|step| step.entries.iter());
    let telling = |is_one: &dyn Fn(&Entry) -> bool| {
        let entries = steps().filter(|entry| entry.at >= since && is_one(entry));
        (entries.map(|entry| entry.id).collect(), Vec::new(), Vec::new())
    };
    match told {
        Told::Rebalances => telling(&|entry| story.is_rebalance(entry)),
        Told::Refused => telling(&|entry| story.is_refusal(entry)),
        Told::Timeouts(timeout) => telling(&|entry| story.is_timeout(entry, *timeout)),
        Told::Errors(error) => telling(&|entry| story.is_error(entry, error)),
        Told::Restarts => telling(&|entry| {
            entry.fact == Fact::Lifecycle(Lifecycle::Started) && story.instance(entry).is_some()
        }),
        Told::Unhandled => (Vec::new(), Vec::new(), story.unhandled(steps()).unwrap_or_default()),
        Told::Busiest | Told::Idlest => Witnesses::default(),
        Told::Moved | Told::Stopped | Told::Gap | Told::Downtime => {
            let stopped = story.readers(steps()).stopped.into_iter().cloned().collect();
            (Vec::new(), stopped, Vec::new())
        }
    }
}

struct Story<'a> {
    timeline: &'a Timeline,
    name: &'a str,
    since: Time,
}

/// Who reads a partition, and since when nobody does.
struct Reader<'a> {
    node: NodeId,
    name: &'a str,
    unread_since: Option<Time>,
}

/// What became of the partitions' readers.
#[derive(Default)]
struct Readers<'e> {
    moved: u64,
    stopped: Set<&'e TopicPartition>,
    longest: Span,
    sum: Span,
}

impl<'e> Readers<'e> {
    /// Nobody has read `tp` between these moments, of which only what lies behind `since` counts.
    fn gap(&mut self, tp: &'e TopicPartition, from: Time, to: Time, since: Time) {
        let span = Span(to.0.saturating_sub(from.max(since).0));
        if span > Span::ZERO {
            self.stopped.insert(tp);
            self.longest = self.longest.max(span);
            self.sum = Span(self.sum.0 + span.0);
        }
    }
}

impl<'a> Story<'a> {
    /// The group's own change, if the entry is one.
    fn change<'e>(&self, entry: &'e Entry) -> Option<&'e GroupChange> {
        match &entry.fact {
            Fact::Broker(Event::Group { group, change, .. }) if group.as_str() == self.name => Some(change),
            _ => None,
        }
    }

    /// The name of the group's instance that did it.
    fn instance(&self, entry: &Entry) -> Option<(NodeId, &'a str)> {
        let Actor::Node(id) = entry.actor else { return None };
        let node = self.timeline.world().node(id)?;
        let is_one = node.group().is_some_and(|group| group.as_str() == self.name);
        is_one.then_some((id, &*node.name))
    }

    /// What happened in the consumer of the main topics of one of the group's instances.
    fn consumer<'e>(&self, entry: &'e Entry) -> Option<(NodeId, &'a str, &'e ConsumerEvent)> {
        let Fact::Instance(InstanceEvent::Consumer { port: Port::MAIN, event }) = &entry.fact else {
            return None;
        };
        self.instance(entry).map(|(id, name)| (id, name, event))
    }

    fn is_rebalance(&self, entry: &Entry) -> bool {
        match self.change(entry) {
            Some(GroupChange::GenerationStarted { leader, .. }) => leader.is_some(),
            Some(GroupChange::Consumer(change)) => {
                matches!(change, ConsumerGroupChange::GroupEpochBumped { .. })
            }
            _ => false,
        }
    }

    fn is_refusal(&self, entry: &Entry) -> bool {
        let Fact::Administered { what, refused: Some(_) } = &entry.fact else { return false };
        what.strip_prefix("ResetOffsets ")
            .and_then(|rest| rest.strip_prefix(self.name))
            .is_some_and(str::is_empty)
    }

    fn is_timeout(&self, entry: &Entry, timeout: Timeout) -> bool {
        match timeout {
            Timeout::MaxPollInterval => {
                matches!(self.consumer(entry), Some((.., ConsumerEvent::PollTimeoutExpired { .. })))
            }
            Timeout::Session => match self.change(entry) {
                Some(GroupChange::MemberRemoved { reason, .. }) => *reason == RemovalReason::SessionTimeout,
                Some(GroupChange::Consumer(ConsumerGroupChange::MemberRemoved { reason, .. })) => {
                    *reason == MemberRemovedReason::SessionTimeout
                }
                _ => false,
            },
        }
    }

    fn is_error(&self, entry: &Entry, wanted: &str) -> bool {
        let Some((.., event)) = self.consumer(entry) else { return false };
        let is = |error: &ErrorCode| error.name() == wanted;
        match event {
            ConsumerEvent::CommitFailed { error, exception, .. }
            | ConsumerEvent::PollFailed { error, exception, .. } => is(error) || *exception == wanted,
            ConsumerEvent::PositionResetNeeded { why: ResetReason::OutOfRange(_), .. } => {
                is(&ErrorCode::OffsetOutOfRange)
            }
            ConsumerEvent::HeartbeatFailed { error, .. }
            | ConsumerEvent::JoinFailed { error, .. }
            | ConsumerEvent::OffsetFetchFailed { error, .. }
            | ConsumerEvent::PartitionRetryScheduled { error, .. }
            | ConsumerEvent::CommitRetryScheduled { error, .. }
            | ConsumerEvent::Membership(MembershipEvent::HeartbeatFailed { error, .. }) => is(error),
            _ => false,
        }
    }

    fn restarts<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> u64 {
        let mut known: Set<&str> = Set::new();
        let mut count = 0;
        for entry in entries.filter(|entry| entry.fact == Fact::Lifecycle(Lifecycle::Started)) {
            if let Some((_, name)) = self.instance(entry)
                && !known.insert(name)
                && entry.at >= self.since
            {
                count += 1;
            }
        }
        count
    }

    fn readers<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Readers<'e> {
        let mut readers = Readers::default();
        let mut of: Map<&'e TopicPartition, Reader<'a>> = Map::new();
        for entry in entries {
            if let Fact::Lifecycle(lifecycle) = entry.fact {
                let Some((id, _)) = self.instance(entry) else { continue };
                for (tp, reader) in of.iter_mut().filter(|(_, reader)| reader.node == id) {
                    match lifecycle {
                        Lifecycle::Crashed | Lifecycle::Frozen | Lifecycle::Stopped => {
                            reader.unread_since.get_or_insert(entry.at);
                        }
                        // Nobody else has come meanwhile: it reads on.
                        Lifecycle::Thawed => {
                            if let Some(from) = reader.unread_since.take() {
                                readers.gap(tp, from, entry.at, self.since);
                            }
                        }
                        Lifecycle::Started | Lifecycle::Closing => {}
                    }
                }
                continue;
            }
            let Some((node, name, event)) = self.consumer(entry) else { continue };
            match event {
                ConsumerEvent::PartitionsAssigned { partitions, .. } => {
                    for tp in partitions {
                        let before = of.insert(tp, Reader { node, name, unread_since: None });
                        let Some(before) = before else { continue };
                        if before.name != name && entry.at >= self.since {
                            readers.moved += 1;
                        }
                        if let Some(from) = before.unread_since {
                            readers.gap(tp, from, entry.at, self.since);
                        }
                    }
                }
                ConsumerEvent::PartitionsRevoked { partitions, .. }
                | ConsumerEvent::PartitionsLost { partitions, .. } => {
                    for tp in partitions {
                        if let Some(reader) = of.get_mut(&tp).filter(|reader| reader.node == node) {
                            reader.unread_since.get_or_insert(entry.at);
                        }
                    }
                }
                _ => {}
            }
        }
        let now = self.timeline.world().now();
        for (tp, reader) in &of {
            if let Some(from) = reader.unread_since {
                readers.gap(tp, from, now, self.since);
            }
        }
        readers
    }

    fn unhandled<'e>(
        &self,
        entries: impl Iterator<Item = &'e Entry>,
    ) -> Result<Vec<(TopicPartition, Offset)>, String> {
        let world = self.timeline.world();
        let ledger = ledger(world, self.name)?;
        let Some(group) = group(world, self.name)? else { return Ok(Vec::new()) };
        let mut given: Map<&TopicPartition, Intervals> = Map::new();
        for entry in entries.filter(|entry| entry.at >= self.since) {
            let Some((.., ConsumerEvent::PollReturned { polled, .. })) = self.consumer(entry) else {
                continue;
            };
            for part in &polled.records {
                let of = given.entry(&part.tp).or_default();
                part.runs().into_iter().for_each(|(from, to)| of.add(from, to));
            }
        }
        let mut aside: Set<(&TopicPartition, Offset)> = Set::new();
        for entry in ledger.entries() {
            match entry.deed {
                Deed::Retried(..) | Deed::Dead(..) | Deed::Skipped | Deed::Dropped => {
                    aside.insert((&entry.tp, entry.from));
                }
                Deed::Done | Deed::Failed(_) => {}
            }
        }
        let mut open = Vec::new();
        for (tp, given) in &given {
            let Some(committed) = group.committed(tp).map(|committed| committed.offset) else { continue };
            for run in given.runs() {
                let offsets = run.from.0..run.to.min(committed).0;
                let is_open =
                    |offset: &Offset| ledger.times(tp, *offset) == 0 && !aside.contains(&(*tp, *offset));
                open.extend(offsets.map(Offset).filter(is_open).map(|offset| ((*tp).clone(), offset)));
            }
        }
        Ok(open)
    }
}
