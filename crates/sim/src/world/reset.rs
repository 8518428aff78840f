//! `kafka-consumer-groups --reset-offsets`: what the tool asks of the cluster, one request after the other
//! (`ConsumerGroupCommand.resetOffsets`, `OffsetsUtils`).
//!
//! Find the coordinator → describe the group: it must be inactive → fetch what it has committed → list the ends of the partitions → commit.

use super::World;
use super::admin::Then;
use crate::command::{ResetScope, ResetTarget};
use crate::trace::{EntryId, Recorder};
use millrace_model::protocol::{
    CommittedOffset, DescribeGroupsRequest, FindCoordinatorRequest, IsolationLevel, ListOffsetsRequest,
    OffsetCommitRequest, OffsetFetchRequest, OffsetSpec,
};
use millrace_model::{
    ErrorCode, Generation, GroupId, Map, MemberId, Offset, Partition, Request, Response, TopicPartition,
};
use std::sync::Arc;

/// A reset under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reset {
    group: GroupId,
    scope: ResetScope,
    to: ResetTarget,
    execute: bool,
    committed: Map<TopicPartition, Offset>,
    /// What is still to be asked of the partitions' leaders.
    unlisted: Vec<(TopicPartition, OffsetSpec)>,
    /// What they have said, in the order of asking.
    listed: Vec<(TopicPartition, Offset)>,
    /// What it will be, once that is known.
    plan: Vec<(TopicPartition, Offset)>,
}

fn ask(reset: Reset, request: Request) -> Next {
    Next::Ask(Box::new((reset, request)))
}

/// What the tool says at the end, or what it asks next.
enum Next {
    Ask(Box<(Reset, Request)>),
    Say(String, Option<Arc<str>>),
}

impl World {
    pub(super) fn reset_offsets(
        &mut self,
        group: &GroupId,
        (scope, to, execute): (ResetScope, ResetTarget, bool),
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        // The tool's own clock, when it starts.
        let to = match to {
            ResetTarget::Duration(span) => ResetTarget::Datetime(millrace_model::Timestamp(
                self.now.timestamp().0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
            )),
            other => other,
        };
        let (committed, unlisted, listed, plan) = (Map::new(), Vec::new(), Vec::new(), Vec::new());
        let reset = Reset { group: group.clone(), scope, to, execute, committed, unlisted, listed, plan };
        let request = Request::FindCoordinator(FindCoordinatorRequest { group: group.clone() });
        self.ask_for_reset(reset, request, cause, recorder);
    }

    fn ask_for_reset(&mut self, reset: Reset, request: Request, cause: EntryId, recorder: &mut Recorder) {
        let what = format!("ResetOffsets {}", reset.group);
        self.administer(what, request, Then::ResetOffsets(Box::new(reset)), cause, recorder);
    }

    /// Goes on with a reset. At its end: what was done, and Kafka's sentence if it was refused.
    pub(super) fn reset_answered(
        &mut self,
        reset: &Reset,
        response: &Response,
        cause: EntryId,
        recorder: &mut Recorder,
    ) -> Option<(Arc<str>, Option<Arc<str>>)> {
        match self.next_of_reset(reset.clone(), response) {
            Next::Ask(next) => {
                let (reset, request) = *next;
                self.ask_for_reset(reset, request, cause, recorder);
                None
            }
            Next::Say(what, refused) => Some((what.into(), refused)),
        }
    }

    fn next_of_reset(&self, mut reset: Reset, response: &Response) -> Next {
        let what = format!("ResetOffsets {}", reset.group);
        match response {
            // Asking for it made the offsets topic, if nobody had done so before.
            Response::FindCoordinator(_) => {
                let group = reset.group.clone();
                ask(reset, Request::DescribeGroups(DescribeGroupsRequest { group }))
            }
            Response::DescribeGroups(described) => match &*described.state {
                "Empty" | "Dead" => {
                    let group = reset.group.clone();
                    let (member, partitions) = (None, None);
                    let request = OffsetFetchRequest { group, member, partitions, require_stable: false };
                    ask(reset, Request::OffsetFetch(request))
                }
                state => {
                    let refused = format!(
                        "Assignments can only be reset if the group '{}' is inactive, but the current state is {state}.",
                        reset.group
                    );
                    Next::Say(what, Some(refused.into()))
                }
            },
            Response::OffsetFetch(fetched) => {
                let known = fetched.partitions.iter();
                reset.committed =
                    known.filter_map(|(tp, c)| Some((tp.clone(), c.as_ref()?.offset))).collect();
                match self.specs(&reset) {
                    Ok(specs) => {
                        reset.unlisted = specs;
                        self.list_for(reset)
                    }
                    Err(words) => Next::Say(what, Some(words.into())),
                }
            }
            Response::ListOffsets(listed) => {
                reset.listed.extend(listed.partitions.iter().map(|l| (l.tp.clone(), l.offset)));
                if !reset.unlisted.is_empty() {
                    return self.list_for(reset);
                }
                reset.plan = plan(&reset);
                if !reset.execute || reset.plan.is_empty() {
                    let would = if reset.execute { "" } else { " would be" };
                    return Next::Say(format!("{what}{would} {}", shown(&reset.plan)), None);
                }
                let committed =
                    |offset: Offset| CommittedOffset { offset, leader_epoch: None, metadata: "".into() };
                let request = OffsetCommitRequest {
                    group: reset.group.clone(),
                    generation: Generation::NONE,
                    member: MemberId::unknown(),
                    group_instance_id: None,
                    offsets: reset.plan.iter().map(|(tp, at)| (tp.clone(), committed(*at))).collect(),
                };
                ask(reset, Request::OffsetCommit(request))
            }
            Response::OffsetCommit(answer) => {
                let error = answer.partitions.iter().map(|(_, e)| *e).find(|e| *e != ErrorCode::None);
                Next::Say(format!("{what} {}", shown(&reset.plan)), error.map(|e| e.message().into()))
            }
            _ => Next::Say(what, Some(ErrorCode::InvalidRequest.message().into())),
        }
    }

    /// Asks the next leader for what it knows.
    fn list_for(&self, mut reset: Reset) -> Next {
        let mut parts = self.by_leader(std::mem::take(&mut reset.unlisted), |(tp, _)| tp).into_iter();
        let partitions = parts.next().unwrap_or_default();
        reset.unlisted = parts.flatten().collect();
        let isolation_level = IsolationLevel::ReadUncommitted;
        ask(reset, Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions }))
    }

    /// The partitions to reset, each with all that has to be known of it: its start, its end, and the offset of the time.
    fn specs(&self, reset: &Reset) -> Result<Vec<(TopicPartition, OffsetSpec)>, String> {
        let mut partitions: Vec<TopicPartition> = Vec::new();
        match &reset.scope {
            ResetScope::AllTopics => partitions.extend(reset.committed.keys().cloned()),
            ResetScope::Topics(topics) => {
                for (topic, only) in topics {
                    let Some(count) = self.partitions_of(topic.as_str()) else {
                        return Err(ErrorCode::UnknownTopicOrPartition.message().to_owned());
                    };
                    let all = (0..count).map(Partition);
                    let wanted = all.filter(|p| only.is_empty() || only.contains(p));
                    partitions
                        .extend(wanted.map(|partition| TopicPartition { topic: topic.clone(), partition }));
                }
            }
        }
        if let ResetTarget::ShiftBy(_) = reset.to
            && let Some(tp) = partitions.iter().find(|tp| !reset.committed.contains_key(*tp))
        {
            return Err(format!(
                "Cannot shift offset for partition {tp} since there is no current committed offset"
            ));
        }
        let time = match reset.to {
            ResetTarget::Datetime(timestamp) => Some(OffsetSpec::Timestamp(timestamp)),
            _ => None,
        };
        let specs = [Some(OffsetSpec::Earliest), Some(OffsetSpec::Latest), time];
        let specs: Vec<OffsetSpec> = specs.into_iter().flatten().collect();
        Ok(partitions.iter().flat_map(|tp| specs.iter().map(|spec| (tp.clone(), *spec))).collect())
    }
}

/// Where each partition goes; never outside of what its log holds (`checkOffsetsRange`).
fn plan(reset: &Reset) -> Vec<(TopicPartition, Offset)> {
    let each = if matches!(reset.to, ResetTarget::Datetime(_)) { 3 } else { 2 };
    let known = reset.listed.chunks_exact(each).filter_map(|known| {
        let ((tp, earliest), (_, latest)) = (known.first()?, known.get(1)?);
        let committed = reset.committed.get(tp);
        let wanted = match reset.to {
            ResetTarget::Earliest => *earliest,
            ResetTarget::Latest => *latest,
            ResetTarget::Current => committed.copied().unwrap_or(*latest),
            ResetTarget::Offset(offset) => Offset(offset),
            ResetTarget::ShiftBy(by) => Offset(committed?.0.saturating_add(by)),
            // Nothing that late: the end.
            ResetTarget::Datetime(_) | ResetTarget::Duration(_) => {
                known.get(2).map(|(_, offset)| *offset).filter(|offset| offset.0 >= 0).unwrap_or(*latest)
            }
        };
        (latest.0 >= 0).then(|| (tp.clone(), wanted.min(*latest).max(*earliest)))
    });
    known.collect()
}

fn shown(plan: &[(TopicPartition, Offset)]) -> String {
    let places: Vec<String> = plan.iter().map(|(tp, offset)| format!("{tp} @{offset}")).collect();
    if places.is_empty() { "nothing".to_owned() } else { places.join(", ") }
}
