//! DeleteGroups and OffsetDelete (`GroupCoordinatorShard.deleteGroups`, `OffsetMetadataManager.deleteOffsets`).

use super::draft::Draft;
use super::{Group, GroupChange, GroupState, OffsetRemoval, coordinates, offsets_log};
use crate::admin::Administered;
use crate::{Broker, Event};
use millrace_model::{ErrorCode, GroupId, Offset, Time, TopicPartition};

pub(crate) fn delete_group(broker: &Broker, now: Time, group: &GroupId) -> Administered {
    let found = match known(broker, group) {
        Ok(found) => found,
        Err(error) => return Administered::refused(error, None),
    };
    if has_members(found) {
        return Administered::refused(ErrorCode::NonEmptyGroup, None);
    }
    let partitions: Vec<TopicPartition> = found.offsets().keys().cloned().collect();
    let mut draft = Draft::of(broker, now, found);
    if let Err(error) = forget(&mut draft, partitions, now) {
        return Administered::refused(error, None);
    }
    if let Err(error) = write_end(&mut draft) {
        return Administered::refused(error, None);
    }
    draft.push(GroupChange::Deleted);
    Administered::done(draft.finish().events)
}

pub(crate) fn delete_offsets(
    broker: &Broker,
    now: Time,
    group: &GroupId,
    partitions: &[TopicPartition],
) -> Administered {
    let found = match known(broker, group) {
        Ok(found) => found,
        Err(error) => return Administered::refused(error, None),
    };
    let mut answers = Vec::with_capacity(partitions.len());
    let mut gone = Vec::new();
    for tp in partitions {
        let error = if broker.partition(tp).is_none() {
            ErrorCode::UnknownTopicOrPartition
        } else if found.is_subscribed_to(tp) {
            ErrorCode::GroupSubscribedToTopic
        } else {
            if found.committed(tp).is_some() {
                gone.push(tp.clone());
            }
            ErrorCode::None
        };
        answers.push((tp.clone(), error, Offset(-1)));
    }
    let mut draft = Draft::of(broker, now, found);
    if let Err(error) = forget(&mut draft, gone, now) {
        return Administered::refused(error, None);
    }
    let events: Vec<Event> = draft.finish().events;
    Administered { partitions: answers, ..Administered::done(events) }
}

fn known<'a>(broker: &'a Broker, group: &GroupId) -> Result<&'a Group, ErrorCode> {
    let found = broker.group(group.as_str()).ok_or(ErrorCode::GroupIdNotFound)?;
    coordinates(broker, group)?;
    Ok(found)
}

fn forget(draft: &mut Draft<'_>, partitions: Vec<TopicPartition>, now: Time) -> Result<(), ErrorCode> {
    if partitions.is_empty() {
        return Ok(());
    }
    let group = draft.group.id().clone();
    draft.write(partitions.iter().map(|tp| offsets_log::tombstone(&group, tp, now)).collect())?;
    draft.push(GroupChange::OffsetsRemoved { partitions, why: OffsetRemoval::Deleted });
    Ok(())
}

/// Who coordinates the group after this broker shall not find it again.
pub(super) fn write_end(draft: &mut Draft<'_>) -> Result<(), ErrorCode> {
    match offsets_log::group_tombstone(draft.broker(), draft.group.id(), draft.now) {
        Some(end) => draft.write(vec![end]),
        None => Ok(()),
    }
}

fn has_members(group: &Group) -> bool {
    match group.consumer() {
        Some(consumer) => !consumer.is_empty(),
        None => !group.is(GroupState::Empty),
    }
}

impl Group {
    /// `Group.isSubscribedToTopic`
    fn is_subscribed_to(&self, tp: &TopicPartition) -> bool {
        match self.consumer() {
            Some(consumer) => consumer
                .members()
                .any(|member| member.subscription.subscribed_topic_names.contains(&tp.topic)),
            None => self.members().any(|member| {
                member.protocols.iter().any(|(_, subscription)| subscription.topics.contains(&tp.topic))
            }),
        }
    }
}
