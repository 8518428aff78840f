//! Several controllers: who is active, what waits while nobody is, what goes on all the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Run, hasty, record};
use millrace_broker::BrokerState;
use millrace_broker::controller::ControllerEvent;
use millrace_broker::quorum::QuorumEvent;
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::{BrokerId, Dice, ErrorCode, Map, Partition, Profile, Span, TopicPartition};
use millrace_sim::{
    Actor, BrokerAction, ClusterCommand, Command, ControllerAction, Entry, Fact, NewRecord, Safety,
    SeededDice, Setup, World,
};
use std::sync::Arc;

const ONE: BrokerId = BrokerId(1);
const TWO: BrokerId = BrokerId(2);
const THREE: BrokerId = BrokerId(3);
const C0: BrokerId = BrokerId(100);
const C1: BrokerId = BrokerId(101);
const C2: BrokerId = BrokerId(102);
const MS: fn(u64) -> Span = Span::from_millis;

fn start(controllers: u32) -> Command {
    let config = hasty();
    of_cluster(ClusterCommand::Start { brokers: 3, controllers, racks: Vec::new(), config })
}

fn of_cluster(command: ClusterCommand) -> Command {
    Command::Cluster(Box::new(command))
}

fn controller(id: BrokerId, action: ControllerAction) -> Command {
    of_cluster(ClusterCommand::Controller { id, action })
}

fn broker(id: BrokerId, action: BrokerAction) -> Command {
    of_cluster(ClusterCommand::Broker { id, action })
}

fn create(topic: &str) -> Command {
    let replicas = vec![vec![ONE, TWO, THREE]];
    of_cluster(ClusterCommand::CreateTopic { topic: topic.into(), config: Default::default(), replicas })
}

fn producer(acks: Acks) -> Command {
    let config = ProducerConfig {
        acks,
        enable_idempotence: Some(false),
        linger: Span::ZERO,
        ..ProducerConfig::defaults(Profile::default())
    };
    Command::StartProducer { name: "p".into(), topic: "a".into(), config: Box::new(config) }
}

/// Three brokers, three controllers, topic `a` with its first copy at broker 1.
fn cluster() -> Run {
    let mut run = Run::new();
    run.dispatch(start(3));
    run.wait(MS(1_000));
    run.dispatch(create("a"));
    run.wait(MS(100));
    run
}

fn tp() -> TopicPartition {
    TopicPartition::new("a", 0)
}

/// `active epoch, leader and ISR of `a` as the controllers have it`
fn seen(run: &Run) -> String {
    let world = run.timeline.world();
    let active = world.active_controller().map_or("none".to_owned(), |id| id.to_string());
    let of = world.controller().unwrap().partition(&tp()).unwrap();
    let isr: Vec<_> = of.isr.iter().map(ToString::to_string).collect();
    let leader = of.leader.map_or("none".to_owned(), |leader| leader.to_string());
    format!("{active}/{} {leader} {}", world.quorum().unwrap().epoch(), isr.join(","))
}

fn entries(run: &Run) -> Vec<&Entry> {
    let mut all: Vec<&Entry> = run.timeline.branch().entries_before(u64::MAX).collect();
    all.sort_by_key(|entry| entry.id);
    all
}

fn administered(run: &Run) -> Vec<(u64, Option<Arc<str>>)> {
    let told = |entry: &&Entry| match &entry.fact {
        Fact::Administered { refused, .. } => Some((entry.at.0 / 1_000_000, refused.clone())),
        _ => None,
    };
    entries(run).iter().filter_map(told).collect()
}

fn has_topic(run: &Run, topic: &str) -> bool {
    run.timeline.world().brokers().all(|broker| broker.topic(topic).is_some())
}

#[test]
fn one_controller_is_no_quorum() {
    let mut run = Run::new();
    run.dispatch(start(1));
    run.wait(MS(5_000));
    let world = run.timeline.world();
    assert!(world.quorum().is_none() && world.can_decide());
    assert_eq!(world.active_controller(), Some(C0));
    assert!(entries(&run).iter().all(|entry| !matches!(entry.fact, Fact::Quorum(_))));
    assert!(run.timeline.world().check(&controller(C0, ControllerAction::Crash)).is_err());
    assert!(run.timeline.world().check(&start(6)).is_err());
}

#[test]
fn another_controller_is_elected_and_goes_on() {
    let mut run = cluster();
    assert_eq!(seen(&run), "100/1 1 1,2,3");
    run.dispatch(controller(C0, ControllerAction::Crash));
    run.wait(MS(1_000));
    assert!(seen(&run).starts_with("none/1"));
    run.dispatch(create("b"));
    run.wait(MS(4_000));
    let now = seen(&run);
    assert!(now == "101/2 1 1,2,3" || now == "102/2 1 1,2,3", "{now}");
    // What was asked meanwhile is done.
    assert!(has_topic(&run, "b"), "{:?}", administered(&run));
    // Nobody was fenced for it, and a broker that crashes now is.
    run.dispatch(broker(ONE, BrokerAction::Crash));
    run.wait(MS(3_000));
    assert!(seen(&run).ends_with(" 2 2,3"), "{}", seen(&run));
    run.dispatch(controller(C0, ControllerAction::Restart));
    run.wait(MS(5_000));
    assert_eq!(run.timeline.world().quorum().unwrap().epoch(), 2);
}

#[test]
fn without_a_majority_nothing_changes_and_records_flow() {
    let mut run = cluster();
    run.dispatch(producer(Acks::One));
    run.wait(MS(100));
    for id in [C1, C2] {
        run.dispatch(controller(id, ControllerAction::Stop));
    }
    run.wait(MS(5_000));
    assert_eq!(seen(&run), "none/1 1 1,2,3");
    // A follower dies: the ISR stays as it is, and a record is written all the same.
    run.dispatch(broker(THREE, BrokerAction::Crash));
    run.produce("a", record("k", "v"));
    run.wait(MS(6_000));
    assert_eq!(seen(&run), "none/1 1 1,2,3");
    let log = run.timeline.world().broker(ONE).unwrap().log(&tp()).unwrap();
    assert_eq!(log.log_end_offset().0, 1);
    // It cannot register again.
    run.dispatch(broker(THREE, BrokerAction::Restart));
    run.wait(MS(6_000));
    let state = |run: &Run| run.timeline.world().broker(THREE).unwrap().member().unwrap().lifecycle().state;
    assert_eq!(state(&run), BrokerState::Starting);
    // The leader dies: nobody follows it.
    run.dispatch(broker(ONE, BrokerAction::Crash));
    run.dispatch(create("b"));
    run.wait(MS(20_000));
    assert_eq!(seen(&run), "none/1 1 1,2,3");
    assert!(!run.timeline.world().brokers().any(|broker| broker.topic("b").is_some()));
    // One comes back: all of it goes on.
    run.dispatch(controller(C2, ControllerAction::Restart));
    run.wait(MS(8_000));
    assert!(run.timeline.world().can_decide());
    assert_eq!(run.timeline.world().quorum().unwrap().epoch(), 2);
    assert_eq!(state(&run), BrokerState::Running);
    assert!(seen(&run).ends_with(" 2 2,3"), "{}", seen(&run));
    assert!(run.timeline.world().broker(TWO).unwrap().topic("b").is_some());
}

#[test]
fn a_tool_gives_up_after_a_minute_and_is_answered_later_all_the_same() {
    let mut run = cluster();
    for id in [C0, C1] {
        run.dispatch(controller(id, ControllerAction::Crash));
    }
    run.dispatch(create("b"));
    run.wait(MS(59_000));
    assert!(run.timeline.world().is_administering());
    run.wait(MS(2_000));
    let told = administered(&run);
    let words = "Timed out after 60 s: The request timed out.";
    assert_eq!(told.last().unwrap(), &(61, Some(words.into())), "{told:?}");
    // The second try still waits at a broker.
    assert!(!has_topic(&run, "b"));
    run.dispatch(controller(C0, ControllerAction::Restart));
    run.wait(MS(4_000));
    assert!(has_topic(&run, "b"));
}

#[test]
fn a_controller_that_stood_still_is_not_the_active_one_any_more() {
    let mut run = cluster();
    run.dispatch(controller(C0, ControllerAction::Pause));
    run.wait(MS(4_000));
    assert_eq!(run.timeline.world().quorum().unwrap().epoch(), 2);
    assert_ne!(run.timeline.world().active_controller(), Some(C0));
    run.dispatch(controller(C0, ControllerAction::Resume));
    run.wait(MS(100));
    let fenced = |entry: &&Entry| match &entry.fact {
        Fact::Quorum(event) => matches!(**event, QuorumEvent::LeaderFenced { voter: C0, epoch: 1, by: 2 }),
        _ => false,
    };
    let refused = |entry: &&Entry| match &entry.fact {
        Fact::Controller(event) if entry.actor == Actor::Broker(C0) => {
            matches!(**event, ControllerEvent::Rejected { error: ErrorCode::NotController, .. })
        }
        _ => false,
    };
    let all = entries(&run);
    let at = all.iter().position(fenced).unwrap();
    assert!(all[at..].iter().any(refused), "what came meanwhile is refused");
    // It has decided nothing under its old epoch.
    let decided = |entry: &&Entry| {
        entry.actor == Actor::Broker(C0)
            && matches!(&entry.fact, Fact::Controller(event) if matches!(**event, ControllerEvent::Appended(_)))
    };
    assert!(!all[at..].iter().any(decided));
}

#[test]
fn a_controller_that_stops_cleanly_is_followed_at_once() {
    let mut run = cluster();
    run.dispatch(controller(C0, ControllerAction::Stop));
    run.wait(MS(10));
    assert_eq!(seen(&run), "101/2 1 1,2,3");
}

/// What is done in a run of a seed, by dice of its own.
struct Deeds {
    dice: SeededDice,
    count: u64,
}

impl Deeds {
    fn below(&mut self, sides: u64) -> u64 {
        self.count += 1;
        self.dice.below("deeds", self.count, sides)
    }
}

struct Checked {
    world: World,
    safety: Safety,
    /// Who was active under which epoch.
    active: Map<u32, BrokerId>,
}

impl Checked {
    fn look(&mut self, seed: u64) {
        let Some(quorum) = self.world.quorum() else { return };
        if let Some(leader) = quorum.active() {
            let known = *self.active.entry(quorum.epoch()).or_insert(leader);
            assert_eq!(known, leader, "seed {seed}: two controllers of epoch {}", quorum.epoch());
        }
    }

    fn wait(&mut self, span: Span, seed: u64) {
        let until = self.world.now() + span;
        while self.world.next_time().is_some_and(|next| next <= until) {
            assert!(self.safety.step(&mut self.world), "seed {seed}: halted");
            self.look(seed);
        }
        self.world.advance_clock(until);
    }

    fn execute(&mut self, command: Command) -> bool {
        if self.world.check(&command).is_err() {
            return false;
        }
        let mut recorder = self.safety.recorder(self.world.now());
        self.world.execute(command.into(), &mut recorder);
        self.safety.look(&self.world, &recorder.finish());
        true
    }
}

/// Crashes, stops and pauses of controllers and brokers, at most one broker down at a time; returns how many records were
/// acknowledged and how many controllers were elected.
fn run_of(seed: u64) -> (u64, u32) {
    let mut deeds = Deeds { dice: SeededDice { seed }, count: 0 };
    let world = World::new(&Setup { seed, ..Setup::default() });
    let mut run = Checked { world, safety: Safety::new(), active: Map::new() };
    run.execute(start(if seed.is_multiple_of(3) { 5 } else { 3 }));
    run.execute(Command::SetNetwork { latency: MS(1 + deeds.below(10)) });
    run.wait(MS(1_500), seed);
    run.execute(create("a"));
    run.wait(MS(500), seed);
    run.execute(producer(Acks::All));
    let controllers: Vec<BrokerId> = run.world.quorum().unwrap().voters().keys().copied().collect();
    for n in 0..14_u32 {
        let records = (0..=deeds.below(2)).map(|k| NewRecord {
            partition: Some(Partition(0)),
            topic: None,
            ..record("k", &format!("{n}-{k}"))
        });
        run.execute(Command::Produce { producer: Some("p".into()), records: records.collect() });
        let of = controllers[deeds.below(controllers.len() as u64) as usize];
        let action = match deeds.below(6) {
            0 | 1 => ControllerAction::Crash,
            2 => ControllerAction::Stop,
            3 => ControllerAction::Pause,
            _ => ControllerAction::Restart,
        };
        if !run.execute(controller(of, action)) {
            let back = if deeds.below(2) == 0 { ControllerAction::Resume } else { ControllerAction::Restart };
            run.execute(controller(of, back));
        }
        let id = BrokerId(1 + deeds.below(3) as i32);
        let down = [ONE, TWO, THREE].into_iter().find(|id| run.world.is_broker_down(*id));
        match (deeds.below(4), down) {
            (0, None) => drop(run.execute(broker(id, BrokerAction::Crash))),
            (1, None) => drop(run.execute(broker(id, BrokerAction::Stop))),
            (0 | 1, Some(down)) => drop(run.execute(broker(down, BrokerAction::Restart))),
            _ => {}
        }
        run.wait(MS(deeds.below(3_500)), seed);
    }
    for id in controllers {
        run.execute(controller(id, ControllerAction::Restart));
        run.execute(controller(id, ControllerAction::Resume));
    }
    for _ in 0..40 {
        for id in [ONE, TWO, THREE] {
            run.execute(broker(id, BrokerAction::Restart));
        }
        run.wait(MS(1_000), seed);
        let of = run.world.controller().unwrap().partition(&tp());
        if run.world.can_decide() && of.is_some_and(|of| of.leader.is_some() && of.isr.len() == 3) {
            break;
        }
    }
    run.safety.settle(&run.world);
    let findings: Vec<String> = run.safety.findings().iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "seed {seed}: {}", findings.join("\n"));
    let of = run.world.controller().unwrap().partition(&tp()).unwrap();
    assert!(of.leader.is_some() && of.isr.len() == 3, "seed {seed}: {of:?} is no peace");
    (run.safety.seen().acknowledged, run.world.quorum().unwrap().epoch() - 1)
}

#[test]
fn whoever_fails_nothing_acknowledged_is_lost_in_200_seeds() {
    let (mut acknowledged, mut elected) = (0, 0);
    for seed in 0..200 {
        let (records, controllers) = run_of(seed);
        acknowledged += records;
        elected += controllers;
    }
    // They have been through something.
    assert!(acknowledged > 2_000 && elected > 300, "{acknowledged} records, {elected} controllers elected");
}

#[test]
fn a_seed_gives_the_same_run_again() {
    assert_eq!(run_of(7), run_of(7));
}
