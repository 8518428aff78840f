//! What can be done to a broker, and about a partition's leader: lines of the language.

use super::{RoomState, Shared};
use crate::Action;
use millrace_words::cluster as say;

/// What can be done to a broker now, the mildest first.
pub(super) fn of_broker(name: &str, state: RoomState) -> Vec<Action> {
    of_node("broker", name, state)
}

/// The same of a broker or a controller.
pub(super) fn of_node(kind: &str, name: &str, state: RoomState) -> Vec<Action> {
    let verbs: &[(&str, &str)] = match state {
        RoomState::Running | RoomState::Starting | RoomState::Fenced => {
            &[(say::pause(), "pause"), (say::stop(), "stop"), (say::crash(), "crash")]
        }
        RoomState::Stopping => &[(say::crash(), "crash")],
        RoomState::Paused => &[(say::resume(), "resume"), (say::crash(), "crash")],
        RoomState::Stopped | RoomState::Crashed => &[(say::restart(), "restart")],
    };
    let action = |(label, verb): &(&str, &str)| Action {
        label: (*label).to_owned(),
        line: format!("{kind} {verb} {name}"),
    };
    verbs.iter().map(action).collect()
}

/// A leader that could be elected: a replica that is not in sync where nobody leads, or the preferred one where another does.
pub(super) fn election(of: &Shared) -> Option<Action> {
    let (tp, state) = (&of.tp, &of.state);
    let line = |kind: &str| {
        let (topic, partition) = (&tp.topic, tp.partition);
        format!("kafka-leader-election --election-type {kind} --topic {topic} --partition {partition}")
    };
    let preferred = *state.replicas.first()?;
    match state.leader {
        None => Some(Action { label: say::elect_unclean(tp), line: line("unclean") }),
        Some(leader) if leader != preferred && state.isr.contains(&preferred) => {
            Some(Action { label: say::elect_preferred(tp), line: line("preferred") })
        }
        Some(_) => None,
    }
}
