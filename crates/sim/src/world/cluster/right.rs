//! Which broker a request is for: the coordinator of a group, the leader of a partition, or any (the lookup strategies of
//! `AdminClient`). All of it as the broker knows that is asked first.

use super::World;
use millrace_broker::{Broker, Group};
use millrace_model::protocol::AdminRequest;
use millrace_model::{BrokerId, ErrorCode, Request, Response, TopicPartition};

impl World {
    /// The broker that leads a partition; none while nobody does, or while that one is down.
    pub fn leader(&self, tp: &TopicPartition) -> Option<&Broker> {
        let leader = self.asked_broker()?.partition(tp)?.info.leader?;
        self.broker(leader).filter(|_| !self.is_broker_down(leader))
    }

    /// The broker that coordinates a group: it leads the group's partition of `__consumer_offsets`.
    pub fn coordinator(&self, group: &str) -> Option<&Broker> {
        let asked = self.asked_broker()?;
        match self.cluster {
            None => Some(asked),
            Some(_) => self.leader(&asked.offsets_partition(&group.into())),
        }
    }

    /// A group as its coordinator knows it, or, while there is none, who still takes itself for it.
    pub fn group(&self, group: &str) -> Option<&Group> {
        let known = self.coordinator(group).and_then(|broker| broker.group(group));
        known.or_else(|| self.brokers().find_map(|broker| broker.group(group)))
    }

    /// The broker that a request goes to; any that is there where the right one is not.
    pub fn right_broker(&self, request: &Request) -> Option<BrokerId> {
        let right = match request {
            Request::DescribeGroups(request) => self.coordinator(request.group.as_str()),
            Request::OffsetFetch(request) => self.coordinator(request.group.as_str()),
            Request::OffsetCommit(request) => self.coordinator(request.group.as_str()),
            Request::ListOffsets(request) => request.partitions.first().and_then(|(tp, _)| self.leader(tp)),
            Request::Admin(request) => match request {
                AdminRequest::DeleteGroups { group } | AdminRequest::OffsetDelete { group, .. } => {
                    self.coordinator(group.as_str())
                }
                AdminRequest::DeleteRecords { offsets } => {
                    offsets.first().and_then(|(tp, _)| self.leader(tp))
                }
                AdminRequest::WriteTxnMarkers { tp, .. } => self.leader(tp),
                AdminRequest::IncrementalAlterConfigs { .. } | AdminRequest::ImportLogs { .. } => None,
            },
            _ => None,
        };
        right.map(Broker::id).or_else(|| self.any_broker())
    }

    /// What is asked of several leaders, in the order in which they are first named.
    pub(in crate::world) fn by_leader<T>(
        &self,
        all: Vec<T>,
        tp: impl Fn(&T) -> &TopicPartition,
    ) -> Vec<Vec<T>> {
        let mut parts: Vec<(Option<BrokerId>, Vec<T>)> = Vec::new();
        for one in all {
            let leader = self.leader(tp(&one)).map(Broker::id);
            match parts.iter_mut().find(|(of, _)| *of == leader) {
                Some((_, part)) => part.push(one),
                None => parts.push((leader, vec![one])),
            }
        }
        parts.into_iter().map(|(_, part)| part).collect()
    }

    /// The error of an answer after which `AdminClient` looks for the right broker again. A broker that is alone is the right
    /// one.
    pub(in crate::world) fn asked_the_wrong_one(&self, response: &Response) -> Option<ErrorCode> {
        use ErrorCode::{
            CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator, NotLeaderOrFollower,
        };
        self.cluster.as_ref()?;
        let is_wrong = |error: &ErrorCode| {
            matches!(
                error,
                CoordinatorLoadInProgress | CoordinatorNotAvailable | NotCoordinator | NotLeaderOrFollower
            )
        };
        let error = match response {
            Response::FindCoordinator(answer) => answer.error,
            Response::DescribeGroups(answer) => answer.error,
            Response::OffsetFetch(answer) => answer.error,
            Response::OffsetCommit(answer) => {
                *answer.partitions.iter().map(|(_, e)| e).find(|e| is_wrong(e))?
            }
            Response::ListOffsets(answer) => answer.partitions.iter().map(|l| l.error).find(is_wrong)?,
            Response::Admin(answer) => {
                let of_partitions = answer.partitions.iter().map(|(_, error, _)| *error);
                std::iter::once(answer.error).chain(of_partitions).find(is_wrong)?
            }
            _ => return None,
        };
        Some(error).filter(is_wrong)
    }
}
