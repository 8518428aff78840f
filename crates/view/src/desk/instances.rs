//! The instances of an application: what runs on each, how far the state of each task has come back from its changelogs, and
//! what standby tasks have of it.

use super::{app, history};
use crate::cast::{self, Cast};
use crate::words;
use millrace_model::{Map, Offset, Time, TopicPartition};
use millrace_sim::node::streams::{Phase, StreamsEvent, StreamsNode};
use millrace_sim::{InstanceAction, Lifecycle, NodeId, Timeline};
use millrace_streams::TaskId;
use millrace_words::flows as say;

/// Newest stories of what came back.
const STORIES: usize = 4;

/// An instance.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceView {
    /// Its name.
    pub name: String,
    /// `running`, `frozen`, `crashed` …
    pub state: &'static str,
    /// True if its process is there.
    pub is_there: bool,
    /// What can be done to it now: the button's word, and the deed.
    pub actions: &'static [(&'static str, InstanceAction)],
    /// Its tasks, active ones first.
    pub tasks: Vec<TaskView>,
}

/// A task on an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    /// `0_1`.
    pub id: String,
    /// `restoring`, `running`, `suspended`, `standby`, `on disk`.
    pub phase: &'static str,
    /// Its changelogs; none for a task without state.
    pub logs: Vec<LogView>,
}

/// How much of a changelog a task has.
#[derive(Clone, Debug, PartialEq)]
pub struct LogView {
    /// The store.
    pub store: String,
    /// `counts-…-changelog-1`.
    pub changelog: String,
    /// Up to where the store has it.
    pub position: u64,
    /// Its end.
    pub end: u64,
    /// How much that is, in thousandths.
    pub share: u16,
    /// "2 of 4 records", "4 behind".
    pub says: String,
}

const RUNNING: &[(&str, InstanceAction)] =
    &[("Freeze", InstanceAction::Freeze), ("Stop", InstanceAction::Stop), ("Crash", InstanceAction::Crash)];
const FROZEN: &[(&str, InstanceAction)] = &[("Thaw", InstanceAction::Thaw), ("Crash", InstanceAction::Crash)];
const CLOSING: &[(&str, InstanceAction)] = &[("Crash", InstanceAction::Crash)];
const GONE: &[(&str, InstanceAction)] = &[("Start", InstanceAction::Restart)];

/// The instances of an application, in the order of their start.
pub fn instances(timeline: &Timeline, name: &str) -> Vec<InstanceView> {
    let world = timeline.world();
    let all = world.streams_instances(name).map(|(_, node, streams)| {
        let (state, actions) = match node.lifecycle() {
            Lifecycle::Started | Lifecycle::Thawed => ("running", RUNNING),
            Lifecycle::Frozen => ("frozen", FROZEN),
            Lifecycle::Closing => ("closing", CLOSING),
            Lifecycle::Stopped => ("stopped", GONE),
            Lifecycle::Crashed => ("crashed", GONE),
        };
        let is_there = !matches!(node.lifecycle(), Lifecycle::Stopped | Lifecycle::Crashed);
        InstanceView {
            name: node.name.to_string(),
            state,
            is_there,
            actions,
            tasks: if is_there { tasks(world, streams) } else { orphans(world, name, &node.name) },
        }
    });
    all.collect()
}

fn tasks(world: &millrace_sim::World, streams: &StreamsNode) -> Vec<TaskView> {
    let view = |(id, run): (&TaskId, &millrace_sim::node::streams::TaskRun)| {
        let logs = run.changelogs.iter().map(|(tp, changelog)| {
            let end = match run.phase {
                Phase::Restoring => changelog.end,
                _ => cast::log(world, tp).map(|log| log.high_watermark()),
            };
            let offset = |offset: Offset| u64::try_from(offset.0).unwrap_or(0);
            let (position, end) = (offset(changelog.position), end.map_or(0, offset));
            let behind = end.saturating_sub(position);
            let share = (position.min(end) * 1_000).checked_div(end).unwrap_or(1_000);
            let says = match (run.phase, changelog.end, behind) {
                (Phase::Restoring, None, _) => say::asks_where_its_changelog_ends().to_owned(),
                (Phase::Restoring, Some(_), _) => say::of_records(&position, end),
                _ if end == 0 => say::empty().to_owned(),
                (Phase::Standby | Phase::Dormant, _, 0) => say::whole().to_owned(),
                (Phase::Standby | Phase::Dormant, ..) => say::records_behind(behind),
                (Phase::Running | Phase::Suspended, ..) => say::whole().to_owned(),
            };
            let store = streams.topology().store(changelog.store);
            LogView {
                store: store.map(|store| store.name.to_string()).unwrap_or_default(),
                changelog: tp.to_string(),
                position,
                end,
                share: match run.phase {
                    _ if end == 0 => 0,
                    Phase::Running | Phase::Suspended => 1_000,
                    Phase::Restoring if changelog.end.is_none() => 0,
                    _ => u16::try_from(share).unwrap_or(1_000),
                },
                says,
            }
        });
        let (rank, phase) = match run.phase {
            Phase::Restoring => (0, "restoring"),
            Phase::Running => (0, "running"),
            Phase::Suspended => (0, "suspended"),
            Phase::Standby => (1, "standby"),
            Phase::Dormant => (2, "on disk"),
        };
        (rank, TaskView { id: id.to_string(), phase, logs: logs.collect() })
    };
    let mut tasks: Vec<(i32, TaskView)> = streams.runs().iter().map(view).collect();
    millrace_model::collections::sort::sort_by_key(&mut tasks, |(rank, task)| (*rank, task.id.clone()));
    tasks.into_iter().map(|(_, task)| task).collect()
}

/// The tasks that the group still believes to be on an instance that has gone.
fn orphans(world: &millrace_sim::World, name: &str, gone: &str) -> Vec<TaskView> {
    let mut live = world.live_streams_instances(name);
    let hosts = live.next().map(|(.., streams)| streams.hosts());
    let tasks = hosts.and_then(|hosts| hosts.active_by_process.get(gone)).into_iter().flatten();
    tasks.map(|id| TaskView { id: id.to_string(), phase: "nobody runs it", logs: Vec::new() }).collect()
}

/// What came back after crashes and moves, and from where; the newest first.
pub fn restores(timeline: &Timeline, name: &str) -> Vec<String> {
    let cast = Cast::of(timeline.world());
    let Some((_, processes)) = app(&cast, name) else { return Vec::new() };
    let Some((_, streams)) = processes.first() else { return Vec::new() };
    let host = |id: NodeId| cast.world.node(id).map_or_else(String::new, |node| node.name.to_string());
    let mut since: Map<(NodeId, &TopicPartition), (Time, u64)> = Map::new();
    let mut told = Vec::new();
    for (entry, id, event) in history(timeline, streams) {
        match event {
            StreamsEvent::RestoreStarted { changelog, from, to, .. } => {
                since.insert((id, changelog), (entry.at, to.since(*from)));
            }
            StreamsEvent::RestoreCompleted { task, changelog, restored } => {
                let Some((from, _)) = since.remove(&(id, changelog)) else { continue };
                told.push(say::task_on_records_came_back(
                    &task,
                    &host(id),
                    *restored,
                    &changelog,
                    &words::span(entry.at.since(from)),
                ));
            }
            StreamsEvent::StandbyPromoted { task } => {
                told.push(say::task_on_its_standby_took(&task, &host(id), &words::time(entry.at)))
            }
            _ => {}
        }
    }
    told.into_iter().rev().take(STORIES).collect()
}
