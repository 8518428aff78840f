//! A streams application as a whole: its topology, and the tasks of all its instances. Where a task runs is the desk's
//! concern; a board of windows and a sentence about silence speak of the application.

use crate::cast::{Body, GroupCast, MemberCast};
use crate::seen::{self, Aggregated};
use millrace_model::Map;
use millrace_sim::NodeId;
use millrace_sim::node::Activity;
use millrace_sim::node::streams::StreamsNode;
use millrace_streams::{Task, TaskId, Topology};

/// See the module.
pub struct Running<'a> {
    /// What it does.
    pub topology: &'a Topology,
    /// Its active tasks.
    pub tasks: Map<TaskId, &'a Task>,
    /// The newest process of each instance.
    pub processes: Vec<NodeId>,
}

impl<'a> Running<'a> {
    /// Of a group; none if it is no streams application.
    pub fn of(group: &GroupCast<'a>) -> Option<Running<'a>> {
        let streams = |member: &MemberCast<'a>| match member.body {
            Body::Streams(streams) => Some(streams),
            Body::Instance(_) => None,
        };
        let topology = streams(group.members.first()?)?.topology();
        let is_live = |member: &&MemberCast<'a>| member.node.activity() != Activity::Gone;
        let is_any_live = group.members.iter().any(|member| is_live(&member));
        let mut tasks = Map::new();
        let mut take = |streams: &'a StreamsNode| {
            for (id, task) in streams.tasks() {
                tasks.entry(*id).or_insert(task);
            }
        };
        // A frozen process believes that it has its tasks long after others run them: those that count come first.
        for counts in [true, false] {
            let members = group.members.iter().filter(|member| group.counts_in(member) == counts);
            // What has gone took its state along; of an application that has gone as a whole the picture stays.
            let members = members.filter(|member| is_live(member) || !is_any_live);
            members.filter_map(streams).for_each(&mut take);
        }
        Some(Running { topology, tasks, processes: group.members.iter().map(|member| member.id).collect() })
    }

    /// Its first windowed aggregation.
    pub fn aggregated(&self) -> Option<Aggregated<'a>> {
        seen::aggregated(self.topology)
    }
}
