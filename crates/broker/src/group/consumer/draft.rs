//! A decision about a consumer group in the making.

use super::{ConsumerGroup, ConsumerGroupChange, ConsumerGroupState, records};
use crate::group::{Group, GroupChange, offsets_log, snapshot};
use crate::timer::Timers;
use crate::{Broker, Event};
use millrace_model::{ErrorCode, GroupId, Time};

/// A copy of a group that takes in each change as it is decided.
pub(super) struct Draft<'a> {
    pub(super) broker: &'a Broker,
    pub(super) now: Time,
    pub(super) group: ConsumerGroup,
    timers: Timers,
    before: ConsumerGroupState,
    changes: Vec<ConsumerGroupChange>,
}

impl<'a> Draft<'a> {
    /// A draft of a group that is there.
    pub(super) fn of(broker: &'a Broker, now: Time, group: &ConsumerGroup) -> Draft<'a> {
        let before = group.state();
        Draft { broker, now, group: group.clone(), timers: Timers::default(), before, changes: Vec::new() }
    }

    /// A draft of a group that comes to be now.
    pub(super) fn create(broker: &'a Broker, now: Time, group: &GroupId) -> Draft<'a> {
        let mut draft = Draft::of(broker, now, &ConsumerGroup::new(group.clone()));
        draft.push(ConsumerGroupChange::Created);
        draft
    }

    /// Records a change and takes it in.
    pub(super) fn push(&mut self, change: ConsumerGroupChange) {
        self.group.apply(self.now, &change, &mut self.timers);
        self.changes.push(change);
    }

    /// The events: the changes, and their records in `__consumer_offsets`. If the log does not take them, nothing
    /// happens at all, and the error is what the asker is told.
    pub(super) fn finish(mut self) -> Result<Vec<Event>, ErrorCode> {
        let appended = self.append()?;
        Ok(self.events(appended))
    }

    /// The same where nobody asked: a log that is full costs the copy in the log, not the change.
    pub(super) fn finish_anyway(mut self) -> Vec<Event> {
        let appended = self.append().unwrap_or_default();
        self.events(appended)
    }

    fn append(&mut self) -> Result<Option<Event>, ErrorCode> {
        let to = self.group.state();
        if to != self.before {
            self.changes.push(ConsumerGroupChange::StateChanged { from: self.before, to });
        }
        let mut records: Vec<_> =
            self.changes.iter().flat_map(|change| records::of(&self.group, change, self.now)).collect();
        if records.is_empty() {
            return Ok(None);
        }
        offsets_log::carry(self.broker, &mut records, || snapshot::encode_consumer(&self.group));
        offsets_log::append(self.broker, self.now, &self.group.id, records).map(Some)
    }

    fn events(self, appended: Option<Event>) -> Vec<Event> {
        let (group, at) = (self.group.id, self.now);
        let changes = self.changes.into_iter().map(|change| Event::Group {
            group: group.clone(),
            at,
            change: GroupChange::Consumer(change),
        });
        changes.chain(appended).collect()
    }
}

impl Group {
    /// True while it has members, under either protocol: its offsets may not be reset then, nor may it be deleted.
    pub fn is_active(&self) -> bool {
        match &self.consumer {
            Some(consumer) => !consumer.is_empty(),
            None => self.members().len() > 0,
        }
    }

    /// Its half under the consumer protocol; `None` for a classic group.
    pub fn consumer(&self) -> Option<&ConsumerGroup> {
        self.consumer.as_deref()
    }
}
