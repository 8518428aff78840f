//! A streams application.

use super::{Inspector, find};
use crate::cast::{Body, Cast, GroupKind};
use crate::groups;
use crate::running::Running;
use crate::words;
use millrace_sim::{Actor, Command, Fact, Lifecycle, Timeline};
use millrace_words::inspect as say;
use std::sync::Arc;

pub(super) fn inspect(timeline: &Timeline, cast: &Cast<'_>, name: &Arc<str>) -> Option<Inspector> {
    let is_it = |kind: &GroupKind<'_>| matches!(kind, GroupKind::Streams(of) if of == name);
    let group = cast.groups.iter().find(|group| is_it(&group.kind))?;
    let member = group.members.first()?;
    let Body::Streams(streams) = member.body else { return None };
    let mut inspector = Inspector::new("streams application", &**name);
    inspector.fact("application.id", streams.application_id());
    if let Some(app) = cast.world.streams_apps().get(name) {
        inspector.fact("pipeline", &app.pipeline);
    }
    inspector.fact("group", groups::state(group));
    inspector.fact("processing.guarantee", "at_least_once");
    let running = Running::of(group)?;
    let shown = running.aggregated();
    for (id, task) in &running.tasks {
        let at = shown.map_or(task.stream_time(), |shown| task.node_stream_time(shown.node));
        let time = if at.0 >= 0 { words::clock(at) } else { say::not_begun().to_owned() };
        let dropped = task.dropped_total();
        inspector.fact(format!("task {id}"), say::stream_time_dropped(&time, &dropped));
    }
    for topic in crate::cast::results_of(group) {
        inspector.fact("results go to", topic);
    }
    let started = find::newest(timeline, |entry| {
        (entry.actor == Actor::Node(member.id) && entry.fact == Fact::Lifecycle(Lifecycle::Started))
            .then_some(())
    });
    if let Some((entry, ())) = started {
        inspector.why = find::chain(timeline, entry.id);
    }
    inspector.action(say::do_stop_it(), &Command::StopStreams { name: name.clone() });
    Some(inspector)
}
