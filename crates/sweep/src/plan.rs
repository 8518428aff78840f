//! What a seed makes of a run: commands, and the pauses between them. A plan knows roughly who is down, cut off or slow, so that
//! most of its commands make sense; those that do not are refused by the world and left out.

use crate::controllers::Controllers;
use millrace_broker::CONTROLLER;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::config::topic::{MIN_INSYNC_REPLICAS, TopicConfig};
use millrace_model::protocol::IsolationLevel;
use millrace_model::protocol::{AlterPartitionReassignmentsRequest, ElectLeadersRequest, ElectionType};
use millrace_model::{BrokerId, Dice, Partition, Profile, Span, TopicPartition, TransactionVersion};
use millrace_sim::{
    AppConfig, BrokerAction, ClusterCommand, Command, Fault, NewRecord, ProducerAction, SeededDice,
};
use std::sync::Arc;

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

    fn start_producer(&mut self, name: &str, acks: Acks) {
        let config = ProducerConfig {
            acks,
            linger: MS(self.draws.below(2) * 5),
            enable_idempotence: is_idempotent(acks, self.draws.one_in(2)),
            request_timeout: MS(3_000),
            delivery_timeout: MS(20_000),
            ..ProducerConfig::defaults(Profile::default())
        };
        let config = Box::new(config);
        self.push(MS(50), Command::StartProducer { name: name.into(), topic: TOPIC.into(), config });
    }

    /// Another producer with the same `transactional.id`; the last one may still be there, a zombie from now on.
    fn succeed(&mut self) {
        let Some(count) = self.transactional else { return };
        let config = ProducerConfig {
            transactional_id: Some(TRANSACTIONAL_ID.into()),
            transaction_timeout: MS(self.draws.of(&[3_000, 8_000, 60_000]).unwrap_or(60_000)),
            max_block: MS(20_000),
            request_timeout: MS(3_000),
            delivery_timeout: MS(20_000),
            ..ProducerConfig::defaults(Profile::default())
        };
        let name = name_of(count + 1).into();
        let config = Box::new(config);
        self.push(MS(50), Command::StartProducer { name, topic: TOPIC.into(), config });
        (self.transactional, self.is_open) = (Some(count + 1), false);
    }

    fn tell(&mut self, count: u64, action: ProducerAction) {
        let wait = MS(self.draws.below(200));
        self.push(wait, producer(count, action));
    }

    /// Something with a transaction: it begins, records are part of it, it ends, or its producer does.
    fn transact(&mut self) {
        let Some(count) = self.transactional else { return };
        if !self.is_open {
            if self.draws.one_in(3) {
                // What has failed has to be aborted; where nothing has, it is refused.
                self.tell(count, ProducerAction::Abort);
            }
            self.tell(count, ProducerAction::Begin);
            self.is_open = true;
        }
        for _ in 0..1 + self.draws.below(3) {
            let records = self.some_records();
            let wait = MS(self.draws.below(40));
            self.push(wait, Command::Produce { producer: Some(name_of(count).into()), records });
        }
        if self.draws.one_in(4) {
            let tp = TopicPartition { topic: TOPIC.into(), partition: Partition(self.a_partition()) };
            let offset = i64::try_from(self.records).unwrap_or(0);
            let offsets = vec![(tp, offset)];
            self.tell(count, ProducerAction::SendOffsets { group: "g".into(), offsets, metadata: "".into() });
        }
        match self.draws.below(12) {
            0..=5 => self.end(count, ProducerAction::Commit),
            6..=7 => self.end(count, ProducerAction::Abort),
            8 => {
                self.push_fault("producer crash", producer(count, ProducerAction::Crash));
                self.succeed();
            }
            9 => {
                // Two of them: the older one goes on as if nothing had happened.
                self.succeed();
                let records = self.some_records();
                self.push(MS(10), Command::Produce { producer: Some(name_of(count).into()), records });
                self.push_fault("zombie producer", producer(count, ProducerAction::Commit));
            }
            _ => {}
        }
    }

    fn end(&mut self, count: u64, action: ProducerAction) {
        self.tell(count, action);
        self.is_open = false;
    }

    fn some_records(&mut self) -> Vec<NewRecord> {
        let mut records = Vec::new();
        for _ in 0..1 + self.draws.below(3) {
            let value = self.records.to_string();
            self.records += 1;
            let partition = Some(Partition(self.a_partition()));
            records.push(NewRecord {
                topic: None,
                key: None,
                value: Some(value.as_bytes().into()),
                timestamp: None,
                partition,
                headers: Arc::default(),
            });
        }
        records
    }

    fn produce(&mut self) {
        for _ in 0..1 + self.draws.below(3) {
            let other = self.promise == Promise::Kept && self.draws.one_in(4);
            let records = self.some_records();
            let producer = Some(if other { "q".into() } else { "p".into() });
            let wait = MS(self.draws.below(40));
            self.push(wait, Command::Produce { producer, records });
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

    /// One more thing goes wrong, or is mended.
    fn fail(&mut self) {
        match self.draws.below(16) {
            0..=3 => self.crash(),
            4..=6 => self.restart(),
            7 => self.stop(),
            8 | 9 => self.pause(),
            10 | 11 => self.cut(),
            12 => self.slow(),
            13 => self.slow_disk(),
            14 => self.elect(),
            _ => self.reassign(),
        }
    }

    fn crash(&mut self) {
        let id = self.a_broker();
        if self.down.contains(&id) || self.down.len() >= self.most_down {
            return self.restart();
        }
        let (name, action) = match self.promise {
            Promise::OneInSync if self.draws.one_in(2) => ("lost disk", BrokerAction::CrashDiskLost),
            Promise::OneInSync if self.draws.one_in(3) => ("lost pages", BrokerAction::CrashUnflushed),
            _ => ("crash", BrokerAction::Crash),
        };
        self.push_fault(name, act(id, action));
        self.down.push(id);
        self.paused.retain(|paused| *paused != id);
    }

    fn restart(&mut self) {
        if let Some(id) = self.draws.of(&self.down.clone()) {
            self.push_fault("restart", act(id, BrokerAction::Restart));
            self.down.retain(|down| *down != id);
        }
    }

    fn stop(&mut self) {
        let id = self.a_broker();
        if !self.down.contains(&id) && !self.paused.contains(&id) && self.down.len() < self.most_down {
            self.push_fault("clean stop", act(id, BrokerAction::Stop));
            // It takes its time, as long as the controller lets it.
            self.down.push(id);
        }
    }

    fn pause(&mut self) {
        if let Some(id) = self.draws.of(&self.paused.clone()) {
            self.push_fault("resume", Command::Fault(Fault::ResumeBroker(id)));
            self.paused.retain(|paused| *paused != id);
            return;
        }
        let id = self.a_broker();
        if !self.down.contains(&id) {
            self.push_fault("pause", Command::Fault(Fault::PauseBroker(id)));
            self.paused.push(id);
        }
    }

    /// A broker, and another node.
    fn two_nodes(&mut self) -> (BrokerId, BrokerId) {
        let one = self.a_broker();
        let mut other = if self.draws.one_in(3) { CONTROLLER } else { self.a_broker() };
        if other == one {
            other = CONTROLLER;
        }
        (one, other)
    }

    fn cut(&mut self) {
        if !self.cut.is_empty() && self.draws.one_in(2) {
            for (a, b) in std::mem::take(&mut self.cut) {
                self.push_fault("heal", Command::Fault(Fault::HealPeers(a, b)));
            }
            return;
        }
        let (one, other) = self.two_nodes();
        let mut all = vec![(one, other)];
        if self.draws.one_in(3) {
            // One against the rest.
            let others = (1..=self.brokers).map(BrokerId).chain([CONTROLLER]);
            all = others.filter(|other| *other != one).map(|other| (one, other)).collect();
        }
        for (a, b) in all {
            let command = Command::Fault(Fault::CutPeers(a, b));
            self.deeds.push(Deed { wait: MS(0), command, fault: Some("cut") });
            self.cut.push((a, b));
        }
    }

    fn slow(&mut self) {
        if let Some((a, b)) = self.slow.pop() {
            return self.push_fault("link fast again", Command::Fault(Fault::SlowPeers(a, b, None)));
        }
        let (a, b) = self.two_nodes();
        let latency = Some(MS(20 + self.draws.below(600)));
        self.push_fault("slow link", Command::Fault(Fault::SlowPeers(a, b, latency)));
        self.slow.push((a, b));
    }

    fn slow_disk(&mut self) {
        if let Some(id) = self.disks.pop() {
            return self.push_fault("disk fast again", Command::Fault(Fault::SlowDisk(id, None)));
        }
        let id = self.a_broker();
        let delay = Some(MS(20 + self.draws.below(2_000)));
        self.push_fault("slow disk", Command::Fault(Fault::SlowDisk(id, delay)));
        self.disks.push(id);
    }

    /// An administrator would wait for a controller that cannot be reached.
    fn has_administrator(&self) -> bool {
        self.paused.is_empty()
            && self.cut.is_empty()
            && self.down.len() < usize::try_from(self.brokers).unwrap_or(0)
    }

    fn elect(&mut self) {
        if !self.has_administrator() {
            return self.produce();
        }
        let is_unclean = self.promise == Promise::Unclean && self.draws.one_in(2);
        let (name, election_type) = match is_unclean {
            true => ("unclean election", ElectionType::Unclean),
            false => ("preferred election", ElectionType::Preferred),
        };
        let request = ElectLeadersRequest { election_type, partitions: None };
        self.push_fault(name, cluster(ClusterCommand::ElectLeaders(request)));
    }

    fn reassign(&mut self) {
        if !self.has_administrator() {
            return self.produce();
        }
        let partition = Partition(self.a_partition());
        let target = if self.draws.one_in(5) { None } else { Some(self.some_replicas(3)) };
        let tp = TopicPartition { topic: TOPIC.into(), partition };
        let request = AlterPartitionReassignmentsRequest { partitions: vec![(tp, target)] };
        self.push_fault("reassignment", cluster(ClusterCommand::Reassign(request)));
    }
}

fn name_of(count: u64) -> String {
    format!("x-{count}")
}

fn producer(count: u64, action: ProducerAction) -> Command {
    Command::Producer { name: name_of(count).into(), action }
}

fn cluster(command: ClusterCommand) -> Command {
    Command::Cluster(Box::new(command))
}

fn act(id: BrokerId, action: BrokerAction) -> Command {
    cluster(ClusterCommand::Broker { id, action })
}
