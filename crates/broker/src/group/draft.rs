//! A decision about a group in the making.

use super::{Group, GroupChange, GroupState, RemovalReason, answers, offsets_log, snapshot};
use crate::timer::Timers;
use crate::{Broker, Event, Outcome, Rejection, RequestId};
use millrace_model::protocol::Assignment;
use millrace_model::{ErrorCode, GroupId, MemberId, Record, Response, Time};

/// A copy of a group that takes in each change as it is decided, with what came of it so far.
pub(super) struct Draft<'a> {
    broker: &'a Broker,
    pub(super) now: Time,
    pub(super) group: Group,
    timers: Timers,
    outcome: Outcome,
}

impl<'a> Draft<'a> {
    /// A draft of a group that is there.
    pub(super) fn of(broker: &'a Broker, now: Time, group: &Group) -> Draft<'a> {
        let (group, timers) = (group.clone(), Timers::default());
        Draft { broker, now, group, timers, outcome: Outcome::default() }
    }

    /// A draft of a group that comes to be now.
    pub(super) fn create(broker: &'a Broker, now: Time, group: &GroupId) -> Draft<'a> {
        let mut draft = Draft::of(broker, now, &Group::new(group.clone()));
        draft.push(GroupChange::Created);
        draft
    }

    pub(super) fn broker(&self) -> &'a Broker {
        self.broker
    }

    /// Records a change and takes it in.
    pub(super) fn push(&mut self, change: GroupChange) {
        self.group.apply(self.now, &change, &mut self.timers);
        let group = self.group.id().clone();
        self.outcome.events.push(Event::Group { group, at: self.now, change });
    }

    pub(super) fn go(&mut self, to: GroupState) {
        self.push(GroupChange::StateChanged { from: self.group.state(), to });
    }

    pub(super) fn reply(&mut self, to: RequestId, response: Response) {
        self.outcome.replies.push((to, response));
    }

    /// Tells the learner why a request was turned down.
    pub(super) fn reject(&mut self, api: &'static str, member: &MemberId, error: ErrorCode) {
        let group = self.group.id().clone();
        self.outcome.events.push(rejection(api, &group, member, error));
    }

    /// Takes a member out and answers what of it waits here: it may try again (`UNKNOWN_MEMBER_ID`).
    pub(super) fn remove(&mut self, id: &MemberId, reason: RemovalReason) {
        let Some(member) = self.group.member(id) else {
            return;
        };
        let (join, sync) = (member.awaiting_join, member.awaiting_sync);
        if let Some(request) = join {
            let response = answers::join_failed(MemberId::unknown(), ErrorCode::UnknownMemberId);
            self.reply(request, response);
        }
        if let Some(request) = sync {
            self.reply(request, answers::sync_failed(ErrorCode::UnknownMemberId));
        }
        self.push(GroupChange::MemberRemoved { member: id.clone(), reason });
    }

    /// Writes records to the group's partition of `__consumer_offsets`. The error is what the asker is told.
    pub(super) fn write(&mut self, records: Vec<Record>) -> Result<(), ErrorCode> {
        let event = offsets_log::append(self.broker, self.now, self.group.id(), records)?;
        self.outcome.events.push(event);
        Ok(())
    }

    /// Something that follows, and that the group takes no notice of.
    pub(super) fn happened(&mut self, event: Event) {
        self.outcome.events.push(event);
    }

    /// Writes the group as it is in the draft. A log at its limit costs the copy in the log, not the group.
    pub(super) fn write_metadata(&mut self, assignments: &[(MemberId, Assignment)]) {
        let mut records = vec![offsets_log::group_metadata(&self.group, assignments, self.now)];
        offsets_log::carry(self.broker, &mut records, || snapshot::encode(&self.group, assignments));
        if let Err(error) = self.write(records) {
            self.reject("GroupMetadata", &MemberId::unknown(), error);
        }
    }

    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }
}

/// The trace entry of a request to a group that was turned down.
pub(super) fn rejection(api: &'static str, group: &GroupId, member: &MemberId, error: ErrorCode) -> Event {
    Event::Rejected(Rejection {
        api,
        subject: group.as_str().into(),
        member: (!member.as_str().is_empty()).then(|| member.clone()),
        error,
        why: error.message().into(),
    })
}

/// A request to a group that was turned down.
pub(super) fn turned_down(
    (from, response): (RequestId, Response),
    group: &GroupId,
    member: &MemberId,
    error: ErrorCode,
) -> Outcome {
    let events = vec![rejection(response.api(), group, member, error)];
    Outcome { events, replies: vec![(from, response)], ..Outcome::default() }
}
