//! One run: the plan, then everything is mended and the cluster comes to rest.

use crate::clock::Clock;
use crate::plan::{Plan, Promise};
use millrace_broker::{Broker, CONTROLLER, TxnMetadata, TxnState};
use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, Map, Span, Time};
use millrace_sim::safety::{Finding, Kind, Seen};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Fault, World};

/// How long a cluster may take to come to rest when everything is mended: a fetch that got lost is given up after 30 s.
const REST: Span = Span::from_secs(60);

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was to be seen.
    pub seen: Seen,
    /// What the checkers have found.
    pub findings: Vec<Finding>,
    /// Why the cluster did not come to rest, if it did not.
    pub restless: Option<String>,
    /// Faults by kind, those that made sense.
    pub faults: Map<&'static str, u64>,
    /// What was done, and when.
    pub done: Vec<(Time, Command)>,
    /// Steps.
    pub steps: u64,
}

impl Outcome {
    /// What must not be: the first of it in a sentence.
    pub fn violation(&self, promise: Promise) -> Option<String> {
        let found = self.findings.iter().find(|finding| is_violation(&finding.kind, promise));
        found.map(Finding::to_string).or_else(|| self.restless.clone())
    }

    /// Whether something was lost that a producer was told is written.
    pub fn lost(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding.kind, Kind::AcknowledgedLost { .. }))
    }
}

fn is_violation(kind: &Kind, promise: Promise) -> bool {
    match (kind, promise) {
        (Kind::AcknowledgedLost { acks: Acks::One | Acks::Zero, .. }, _) => false,
        // What is passed by the high watermark stays also where producers do not wait for that.
        (_, Promise::Kept | Promise::AcksOne) => true,
        // A follower that is longer than a leader with an empty disk keeps what it has below the leader's end, as in Kafka.
        (Kind::LogsDiffer { .. }, Promise::OneInSync) => false,
        (kind, Promise::Unclean | Promise::OneInSync) => !kind.is_loss(),
    }
}

/// Carries a plan out.
pub fn run(plan: &Plan) -> Outcome {
    let mut clock = Clock::new(plan.seed);
    let mut outcome = Outcome::default();
    let mut halted = false;
    for deed in &plan.deeds {
        halted |= !clock.run_until(clock.world.now() + deed.wait);
        if clock.execute(&deed.command)
            && let Some(fault) = deed.fault
        {
            *outcome.faults.entry(fault).or_default() += 1;
        }
    }
    outcome.restless = if halted { Some("time stood still".to_owned()) } else { come_to_rest(&mut clock) };
    clock.safety.settle(&clock.world);
    outcome.seen = clock.safety.seen();
    outcome.findings = clock.safety.findings().to_vec();
    outcome.steps = clock.world.steps();
    outcome.done = clock.done;
    outcome
}

/// Mends everything and waits until all replicas are in sync; says what is wrong if that does not come about.
fn come_to_rest(clock: &mut Clock) -> Option<String> {
    // Who is on its way out goes first.
    if !clock.run_until(clock.world.now() + Span::from_millis(100)) {
        return Some("time stood still".to_owned());
    }
    let until = clock.world.now() + REST;
    let mut wrong = String::new();
    while clock.world.now() < until {
        mend(clock);
        if !clock.run_until(clock.world.now() + Span::from_millis(500)) {
            return Some("time stood still".to_owned());
        }
        match unrest(&clock.world) {
            None => return None,
            Some(why) => wrong = why,
        }
    }
    Some(format!("everything is mended for {} s, and still {wrong}", REST.as_millis() / 1_000))
}

fn mend(clock: &mut Clock) {
    let mut commands: Vec<Command> = clock.world.quorum().map(crate::controllers::mended).unwrap_or_default();
    for (a, b, link) in clock.world.peer_links() {
        if link.is_cut {
            commands.push(Command::Fault(Fault::HealPeers(a, b)));
        }
        if link.latency.is_some() {
            commands.push(Command::Fault(Fault::SlowPeers(a, b, None)));
        }
    }
    let ids: Vec<BrokerId> = clock.world.brokers().map(Broker::id).filter(|id| *id != CONTROLLER).collect();
    for id in ids {
        if clock.world.disk_delay(id) > Span::ZERO {
            commands.push(Command::Fault(Fault::SlowDisk(id, None)));
        }
        if clock.world.is_broker_paused(id) {
            commands.push(Command::Fault(Fault::ResumeBroker(id)));
        }
        if clock.world.is_broker_down(id) {
            let action = BrokerAction::Restart;
            commands.push(Command::Cluster(Box::new(ClusterCommand::Broker { id, action })));
        }
    }
    for command in commands {
        clock.execute(&command);
    }
}

/// What keeps a cluster from being at rest.
fn unrest(world: &World) -> Option<String> {
    if !world.can_decide() {
        return Some("no controller is active".to_owned());
    }
    let controller = world.controller()?;
    for (tp, state) in controller.partitions() {
        let Some(leader) = state.leader else { return Some(format!("{tp} has no leader")) };
        if !(state.adding_replicas.is_empty() && state.removing_replicas.is_empty()) {
            return Some(format!("{tp} is being reassigned"));
        }
        if state.isr.len() != state.replicas.len() {
            let isr: Vec<String> = state.isr.iter().map(BrokerId::to_string).collect();
            return Some(format!("of {tp} only {} are in sync", isr.join(",")));
        }
        let Some(log) = world.broker(leader).and_then(|broker| broker.log(&tp)) else {
            return Some(format!("{tp} has no log at its leader"));
        };
        if log.high_watermark() != log.log_end_offset() {
            return Some(format!("the high watermark of {tp} stays at {}", log.high_watermark()));
        }
    }
    for coordinator in world.brokers().map(Broker::txn_coordinator) {
        let is_ending =
            |known: &TxnMetadata| matches!(known.state, TxnState::PrepareCommit | TxnState::PrepareAbort);
        if let Some((id, known)) = coordinator.transactions().find(|(_, known)| is_ending(known)) {
            return Some(format!("the transaction of {id} stays {}", known.state));
        }
    }
    None
}
