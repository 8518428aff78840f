//! What moves: asked of the controller, begun by it. A broker that is alone in its cluster moves nothing.

use super::Failure;
use super::plan::{Place, joined};
use crate::shell::Shell;
use millrace_model::protocol::{
    AlterPartitionReassignmentsRequest, ControllerRequest, ControllerResponse, OngoingReassignment,
};
use millrace_model::{BrokerId, ErrorCode, Request, Response, TopicPartition};
use millrace_sim::{ClusterCommand, Command};

/// What is on its way.
fn ongoing(shell: &Shell<'_>) -> Vec<OngoingReassignment> {
    shell.world().controller().map(|controller| controller.reassignments(None)).unwrap_or_default()
}

/// Whether a partition's replicas are on their way.
pub(super) fn is_moving(shell: &Shell<'_>, tp: &TopicPartition) -> bool {
    ongoing(shell).iter().any(|moving| moving.tp == *tp)
}

/// The replicas of a partition that a move takes away.
pub(super) fn removed(shell: &Shell<'_>, tp: &TopicPartition) -> Vec<BrokerId> {
    let moving = ongoing(shell).into_iter().find(|moving| moving.tp == *tp);
    moving.map(|moving| moving.removing_replicas).unwrap_or_default()
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
    let request = AlterPartitionReassignmentsRequest { partitions };
    let asked = ControllerRequest::AlterPartitionReassignments(request.clone());
    let answers = match shell.ask(Request::Controller(Box::new(asked))) {
        Some(Response::Controller(answer)) => match *answer {
            ControllerResponse::AlterPartitionReassignments(answers) => answers,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let refused: Vec<String> = answers
        .iter()
        .filter(|(_, error, _)| *error != ErrorCode::None)
        .map(|(tp, error, words)| format!("{tp}: {}", words.as_deref().unwrap_or(error.message())))
        .collect();
    if !refused.is_empty() {
        return Err(Failure(format!("Error reassigning partition(s):\n{}", refused.join("\n"))));
    }
    shell.execute(Command::Cluster(Box::new(ClusterCommand::Reassign(request)))).map_err(Failure)
}

/// Partitions with their replicas.
type Places = Vec<(TopicPartition, Vec<i32>)>;

/// A plan for these brokers, one partition after the other further round (`AdminUtils.assignReplicasToBrokers` without racks).
/// Kafka begins with any of the brokers, this with the first.
pub(super) fn propose(current: &[(TopicPartition, Vec<i32>)], brokers: &[i32]) -> Result<Places, String> {
    let count = brokers.len();
    let mut proposed = Places::new();
    let mut of_topic = 0_usize;
    let mut last = None;
    let mut factor = 0;
    for (tp, replicas) in current {
        if last != Some(&tp.topic) {
            (last, of_topic, factor) = (Some(&tp.topic), 0, replicas.len());
        }
        if factor > count {
            let words = format!("Replication factor: {factor} larger than available brokers: {count}.");
            let class = crate::errors::class(ErrorCode::InvalidReplicationFactor);
            return Err(format!("{words}\n{class}: {words}\n"));
        }
        let shift = of_topic.checked_div(count).unwrap_or(0);
        let at = |n: usize| {
            let further = match n.checked_sub(1) {
                None => 0,
                Some(n) => 1 + (shift + n).checked_rem(count.saturating_sub(1)).unwrap_or(0),
            };
            brokers.get((of_topic + further).checked_rem(count).unwrap_or(0)).copied()
        };
        proposed.push((tp.clone(), (0..factor).filter_map(at).collect()));
        of_topic += 1;
    }
    Ok(proposed)
}
