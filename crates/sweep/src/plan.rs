//! What a seed makes of a run: commands, and the pauses between them. A plan knows roughly who is down, cut off or slow, so that
//! most of its commands make sense; those that do not are refused by the world and left out.

mod fail;
mod produce;

use crate::controllers::Controllers;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::{MIN_INSYNC_REPLICAS, TopicConfig};
use millrace_model::protocol::IsolationLevel;
use millrace_model::{BrokerId, Dice, Profile, Span, TransactionVersion};
use millrace_sim::{AppConfig, ClusterCommand, Command, SeededDice};

/// What a run is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// `acks=all`, no unclean election, a crash is a killed process: nothing that was acknowledged is lost, and nothing that was
    /// shown changes. Some producers have `acks=1`; what they lose is not promised.
    Kept,
    /// `acks=1`, and leaders are killed: what only the leader had is lost.
    AcksOne,
    /// `unclean.leader.election.enable`, or an administrator's unclean election: who was not in sync leads, and lacks something.
    Unclean,
    /// `acks=all` with `min.insync.replicas=1`: the ISR shrinks to the leader, whose disk is lost then.
    OneInSync,
}

impl Promise {
    /// All of them; the first is the one that is kept.
    pub const ALL: [Promise; 4] = [Promise::Kept, Promise::AcksOne, Promise::Unclean, Promise::OneInSync];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Promise::Kept => "acks=all, killed processes",
            Promise::AcksOne => "acks=1, the leader crashes",
            Promise::Unclean => "unclean election",
            Promise::OneInSync => "min.insync.replicas=1, one in sync, its disk is lost",
        }
    }
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// How long before.
    pub wait: Span,
    /// What.
    pub command: Command,
    /// Under which name it counts as a fault, if it is one.
    pub fault: Option<&'static str>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Keys the world's dice, too.
    pub seed: u64,
    /// What it is held against.
    pub promise: Promise,
    /// In order.
    pub deeds: Vec<Deed>,
}

const TOPIC: &str = "t";
/// The `transactional.id` of all producers with one, each the successor of the last.
const TRANSACTIONAL_ID: &str = "x";
const MS: fn(u64) -> Span = Span::from_millis;

/// Draws, one after the other.
struct Draws {
    dice: SeededDice,
    count: u64,
}

impl Draws {
    /// A number below `sides`.
    fn below(&mut self, sides: u64) -> u64 {
        self.count += 1;
        self.dice.below("sweep", self.count, sides)
    }

    /// True once in so many times.
    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from.get(at).copied()
    }
}

/// A plan in the making, with what it has done to the cluster so far.
struct Draft {
    draws: Draws,
    promise: Promise,
    deeds: Vec<Deed>,
    brokers: i32,
    partitions: i32,
    /// How many brokers may be down at once.
    most_down: usize,
    down: Vec<BrokerId>,
    paused: Vec<BrokerId>,
    cut: Vec<(BrokerId, BrokerId)>,
    slow: Vec<(BrokerId, BrokerId)>,
    disks: Vec<BrokerId>,
    records: u64,
    /// The last producer with a `transactional.id`, by its number; none in a run without transactions.
    transactional: Option<u64>,
    /// Whether it has a transaction open, as far as the plan knows.
    is_open: bool,
    controllers: Controllers,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, promise: Promise) -> Plan {
        let draws = Draws { dice: SeededDice { seed }, count: 0 };
        let mut draft = Draft {
            draws,
            promise,
            deeds: Vec::new(),
            brokers: 3,
            partitions: 1,
            most_down: 1,
            down: Vec::new(),
            paused: Vec::new(),
            cut: Vec::new(),
            slow: Vec::new(),
            disks: Vec::new(),
            records: 0,
            transactional: None,
            is_open: false,
            controllers: Controllers::of(seed),
        };
        draft.set_up();
        for _ in 0..8 + draft.draws.below(9) {
            draft.produce();
            draft.transact();
            draft.fail();
            draft.govern();
        }
        draft.produce();
        Plan { seed, promise, deeds: draft.deeds }
    }
}

fn is_idempotent(acks: Acks, wanted: bool) -> Option<bool> {
    (acks == Acks::All).then_some(wanted)
}

impl Draft {
    fn push(&mut self, wait: Span, command: Command) {
        self.deeds.push(Deed { wait, command, fault: None });
    }

    fn push_fault(&mut self, fault: &'static str, command: Command) {
        let wait = MS(self.draws.below(700));
        self.deeds.push(Deed { wait, command, fault: Some(fault) });
    }

    fn set_up(&mut self) {
        self.brokers = if self.draws.one_in(4) { 4 } else { 3 };
        self.partitions = if self.draws.one_in(3) { 2 } else { 1 };
        if self.promise != Promise::Kept || self.draws.one_in(3) {
            self.most_down = 3;
        }
        let min_isr = match self.promise {
            Promise::Kept => 1 + self.draws.below(3).min(1),
            Promise::AcksOne => 2,
            Promise::Unclean | Promise::OneInSync => 1,
        };
        let config = ClusterConfig {
            broker_session_timeout: MS(2_000),
            broker_heartbeat_interval: MS(500),
            replica_lag_time_max: MS(1_500),
            replica_fetch_wait_max: MS(if self.draws.one_in(2) { 500 } else { 100 }),
            unclean_leader_election: self.promise == Promise::Unclean && self.draws.one_in(2),
            auto_leader_rebalance: self.draws.one_in(2),
            leader_imbalance_check_interval: Span::from_secs(2),
            transaction_state_log_num_partitions: 2,
            transaction_state_log_min_isr: 1 + i32::from(self.draws.one_in(2)),
            transaction_version: self.transaction_version(),
            eligible_leader_replicas: self.promise == Promise::Kept && self.draws.one_in(4),
            ..ClusterConfig::default()
        };
        let brokers = u32::try_from(self.brokers).unwrap_or(3);
        let controllers = self.controllers.count();
        self.push(MS(0), cluster(ClusterCommand::Start { brokers, controllers, racks: Vec::new(), config }));
        let latency = MS(1 + self.draws.below(12));
        self.push(MS(0), Command::SetNetwork { latency });
        let replicas = (0..self.partitions).map(|_| self.some_replicas(3)).collect();
        let mut config = TopicConfig::default();
        config.set(MIN_INSYNC_REPLICAS, Some(&min_isr.to_string()));
        self.push(MS(1_500), cluster(ClusterCommand::CreateTopic { topic: TOPIC.into(), config, replicas }));
        let acks = if self.promise == Promise::AcksOne { Acks::One } else { Acks::All };
        self.start_producer("p", acks);
        if self.promise == Promise::Kept {
            self.start_producer("q", Acks::One);
        }
        let has_transactions = self.promise == Promise::Kept && self.draws.one_in(4);
        if has_transactions {
            self.transactional = Some(0);
            self.succeed();
        }
        if has_transactions || self.draws.one_in(4) {
            let mut app = AppConfig::new("r".into(), vec![TOPIC.into()], Profile::default());
            if has_transactions || self.draws.one_in(2) {
                app.consumer.isolation_level = IsolationLevel::ReadCommitted;
            }
            self.push(MS(0), Command::StartApp { app: Box::new(app), instances: 1 });
        }
    }

    /// How transactions are written; drawn beside the other draws.
    fn transaction_version(&self) -> TransactionVersion {
        match self.draws.dice.below("transaction.version", 0, 2) {
            0 => TransactionVersion::V0,
            _ => TransactionVersion::V2,
        }
    }

    fn a_partition(&mut self) -> i32 {
        i32::try_from(self.draws.below(u64::try_from(self.partitions).unwrap_or(1))).unwrap_or(0)
    }

    /// A broker, or with `also` the controller.
    fn a_broker(&mut self) -> BrokerId {
        BrokerId(1 + i32::try_from(self.draws.below(u64::try_from(self.brokers).unwrap_or(1))).unwrap_or(0))
    }

    fn some_replicas(&mut self, count: usize) -> Vec<BrokerId> {
        let mut left: Vec<BrokerId> = (1..=self.brokers).map(BrokerId).collect();
        let mut taken = Vec::new();
        while taken.len() < count && !left.is_empty() {
            let at = usize::try_from(self.draws.below(left.len() as u64)).unwrap_or(0);
            taken.push(left.remove(at));
        }
        taken
    }

    /// Something happens to a controller, where there are several.
    fn govern(&mut self) {
        if let Some(deed) = self.controllers.next() {
            self.deeds.push(deed);
        }
    }
}

fn cluster(command: ClusterCommand) -> Command {
    Command::Cluster(Box::new(command))
}
