//! What moves: asked of the controller, begun by it. A broker that is alone in its cluster moves nothing.

use super::Failure;
use super::plan::{Place, joined};
use crate::cluster::ongoing_reassignments;
use crate::shell::Shell;
use millrace_model::protocol::{
    AlterPartitionReassignmentsRequest, ControllerRequest, ControllerResponse, OngoingReassignment,
};
use millrace_model::{BrokerId, ErrorCode, Request, Response, TopicPartition};
use millrace_sim::{ClusterCommand, Command};

/// What is on its way.
pub(super) fn ongoing(shell: &Shell<'_>) -> Vec<OngoingReassignment> {
    ongoing_reassignments(shell.world())
}

/// Whether a partition's replicas are on their way.
pub(super) fn is_moving(shell: &Shell<'_>, tp: &TopicPartition) -> bool {
    ongoing(shell).iter().any(|moving| moving.tp == *tp)
}

/// `curReassignmentsToString`
pub(super) fn listed(shell: &Shell<'_>) -> String {
    let moving = ongoing(shell);
    if moving.is_empty() {
        return "No partition reassignments found.".to_owned();
    }
    let part = |name: &str, ids: &[BrokerId]| {
        if ids.is_empty() { String::new() } else { format!(" {name}: {}.", joined(ids, ",")) }
    };
    let mut text = "Current partition reassignments:".to_owned();
    for OngoingReassignment { tp, replicas, adding_replicas, removing_replicas } in &moving {
        let (adding, removing) = (part("adding", adding_replicas), part("removing", removing_replicas));
        text.push_str(&format!("\n{tp}: replicas: {}.{adding}{removing}", joined(replicas, ",")));
    }
    text
}

/// Has the controller move what it will; what it refuses is one exception.
pub(super) fn begin(shell: &mut Shell<'_>, plan: &[Place]) -> Result<(), Failure> {
    if shell.world().controller().is_none() {
        return Ok(());
    }
    let ids = |place: &Place| place.replicas.iter().copied().map(BrokerId).collect();
    let partitions = plan.iter().map(|place| (place.tp.clone(), Some(ids(place)))).collect();
    let refused = alter(shell, AlterPartitionReassignmentsRequest { partitions })?;
    if refused.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("Error reassigning partition(s):\n{}", refused.join("\n"))))
}

/// Calls those of a plan off that are under way (`cancelAssignment`): of all but those that only grow, whatever Kafka's reason
/// may be.
pub(super) fn cancel(shell: &mut Shell<'_>, plan: &[Place]) -> Result<(), Failure> {
    let is_named = |moving: &OngoingReassignment| plan.iter().any(|place| place.tp == moving.tp);
    let is_meant = |moving: &OngoingReassignment| {
        moving.adding_replicas.is_empty() || !moving.removing_replicas.is_empty()
    };
    let moving = ongoing(shell).into_iter().filter(|moving| is_named(moving) && is_meant(moving));
    let mut tps: Vec<TopicPartition> = moving.map(|moving| moving.tp).collect();
    tps.sort();
    if tps.is_empty() {
        shell.say("None of the specified partition reassignments are active.");
        return Ok(());
    }
    let partitions = tps.iter().map(|tp| (tp.clone(), None)).collect();
    let refused = alter(shell, AlterPartitionReassignmentsRequest { partitions })?;
    if !refused.is_empty() {
        let many = if refused.len() == 1 { "" } else { "s" };
        let words = refused.join("\n");
        return Err(Failure(format!("Error cancelling partition reassignment{many} for:\n{words}")));
    }
    let many = if tps.len() == 1 { "" } else { "s" };
    shell.say(format!("Successfully cancelled partition reassignment{many} for: {}", joined(&tps, ",")));
    Ok(())
}

/// Has it done, unless something of it is refused: that, in words.
fn alter(shell: &mut Shell<'_>, request: AlterPartitionReassignmentsRequest) -> Result<Vec<String>, Failure> {
    let asked = ControllerRequest::AlterPartitionReassignments(request.clone());
    let command = Command::Cluster(Box::new(ClusterCommand::Reassign(request.clone())));
    shell
        .await_controller("alterPartitionReassignments", Some(command))
        .map_err(|words| Failure(format!("org.apache.kafka.common.errors.TimeoutException: {words}")))?;
    let answers = match shell.ask(Request::Controller(Box::new(asked))) {
        Some(Response::Controller(answer)) => match *answer {
            ControllerResponse::AlterPartitionReassignments(answers) => answers,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let refused = answers.iter().filter(|(_, error, _)| *error != ErrorCode::None);
    let refused: Vec<String> = refused
        .map(|(tp, error, words)| format!("{tp}: {}", words.as_deref().unwrap_or(error.message())))
        .collect();
    if refused.is_empty() {
        shell.execute(Command::Cluster(Box::new(ClusterCommand::Reassign(request)))).map_err(Failure)?;
    }
    Ok(refused)
}
