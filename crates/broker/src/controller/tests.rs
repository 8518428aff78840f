//! The controller by itself: registrations, fencing, elections, reassignments.

use super::change::{ChangeBuilder, Election};
use super::*;
use millrace_model::config::topic::TopicConfig;
use millrace_model::dice::FixedDice;
use millrace_model::protocol::*;
use millrace_model::{LeaderEpoch, PartitionEpoch, Span};

struct World {
    controller: Controller,
    now: Time,
    epochs: Map<BrokerId, BrokerEpoch>,
}

fn ids(numbers: &[i32]) -> Vec<BrokerId> {
    numbers.iter().map(|n| BrokerId(*n)).collect()
}

impl World {
    /// Brokers 1 to `brokers`, all of them running.
    fn new(brokers: i32, config: ClusterConfig) -> World {
        let controller = Controller::new(Arc::new(config), 1);
        let mut world = World { controller, now: Time::ZERO, epochs: Map::new() };
        for n in 1..=brokers {
            world.start(n, u64::try_from(n).unwrap());
        }
        world
    }

    fn decide(&mut self, input: &ControllerInput<'_>) -> ControllerOutcome {
        let outcome = self.controller.decide(self.now, input, &FixedDice(0));
        for event in &outcome.events {
            self.controller.apply(event);
        }
        outcome
    }

    fn ask(&mut self, request: ControllerRequest) -> ControllerResponse {
        let input = ControllerInput::Request { from: RequestId(0), request: &request };
        self.decide(&input).replies.remove(0).1
    }

    fn register(&mut self, n: i32, incarnation: u64) -> Result<BrokerEpoch, ErrorCode> {
        let rack = None;
        let broker = BrokerInfo { id: BrokerId(n), host: format!("broker-{n}"), port: 9092, rack };
        let previous_broker_epoch = BrokerEpoch::NONE;
        let request = BrokerRegistrationRequest { broker, incarnation, previous_broker_epoch };
        let ControllerResponse::BrokerRegistration(answer) =
            self.ask(ControllerRequest::BrokerRegistration(request))
        else {
            panic!("an answer of another kind");
        };
        if let Ok(epoch) = answer {
            self.epochs.insert(BrokerId(n), epoch);
        }
        answer
    }

    fn beat(&mut self, n: i32, want_shut_down: bool) -> Result<BrokerHeartbeatResponse, ErrorCode> {
        let current_metadata_offset = Offset(self.controller.end().0 - 1);
        let broker_epoch = *self.epochs.get(&BrokerId(n)).unwrap();
        let broker = BrokerId(n);
        let request = BrokerHeartbeatRequest {
            broker,
            broker_epoch,
            current_metadata_offset,
            want_fence: false,
            want_shut_down,
        };
        let ControllerResponse::BrokerHeartbeat(answer) =
            self.ask(ControllerRequest::BrokerHeartbeat(request))
        else {
            panic!("an answer of another kind");
        };
        answer
    }

    fn start(&mut self, n: i32, incarnation: u64) {
        self.register(n, incarnation).unwrap();
        assert!(!self.beat(n, false).unwrap().is_fenced);
    }

    /// Only these brokers say that they are alive, until the others are fenced.
    fn silence_all_but(&mut self, alive: &[i32]) {
        self.now += Span::from_secs(8);
        for n in alive {
            self.beat(*n, false).unwrap();
        }
        self.now += Span::from_secs(2);
        while self.controller.next_timer().is_some_and(|due| due <= self.now) {
            self.decide(&ControllerInput::Timer);
        }
    }

    fn create(&mut self, name: &str, replicas: &[&[i32]], settings: &[(&str, &str)]) {
        let mut config = TopicConfig::default();
        for (key, value) in settings {
            config.set(key, Some(value));
        }
        let topic = NewTopic { name: name.into(), partitions: None, replication_factor: None, config };
        let assigned = Map::from([(name.into(), replicas.iter().map(|replicas| ids(replicas)).collect())]);
        let request = CreateTopicsRequest { topics: vec![topic] };
        let ControllerResponse::CreateTopics(answer) =
            self.ask(ControllerRequest::CreateTopics(request, assigned))
        else {
            panic!("an answer of another kind");
        };
        assert_eq!(answer.topics[0].1, ErrorCode::None);
    }

    /// `leader=1 isr=1,2,3 epoch=0/0`: leader epoch and partition epoch.
    fn state(&self, topic: &str, partition: i32) -> String {
        let state = self.controller.partition(&TopicPartition::new(topic, partition)).unwrap();
        let list = |ids: &[BrokerId]| ids.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(",");
        let leader = state.leader.map_or("none".to_owned(), |leader| leader.to_string());
        let mut line = format!(
            "leader={leader} isr={} epoch={}/{}",
            list(&state.isr),
            state.leader_epoch,
            state.partition_epoch
        );
        for (name, of) in [
            ("adding", &state.adding_replicas),
            ("removing", &state.removing_replicas),
            ("elr", &state.elr),
            ("last_known_elr", &state.last_known_elr),
        ] {
            if !of.is_empty() {
                line += &format!(" {name}={}", list(of));
            }
        }
        line
    }

    fn elect(&mut self, election_type: ElectionType, topic: &str) -> ErrorCode {
        let partitions = Some(vec![TopicPartition::new(topic, 0)]);
        let request = ElectLeadersRequest { election_type, partitions };
        match self.ask(ControllerRequest::ElectLeaders(request)) {
            ControllerResponse::ElectLeaders(answers) => answers[0].1,
            other => panic!("{other:?}"),
        }
    }

    fn alter(&mut self, leader: i32, epochs: (i32, i32), isr: &[i32]) -> Result<(), ErrorCode> {
        let proposal = AlteredPartition {
            tp: TopicPartition::new("a", 0),
            leader_epoch: LeaderEpoch(epochs.0),
            partition_epoch: PartitionEpoch(epochs.1),
            new_isr: isr.iter().map(|n| (BrokerId(*n), BrokerEpoch::NONE)).collect(),
            leader_recovery_state: LeaderRecoveryState::Recovered,
        };
        let broker = BrokerId(leader);
        let broker_epoch = *self.epochs.get(&broker).unwrap();
        let request = AlterPartitionRequest { broker, broker_epoch, partitions: vec![proposal] };
        match self.ask(ControllerRequest::AlterPartition(request)) {
            ControllerResponse::AlterPartition(answer) => answer.partitions[0].1.clone().map(drop),
            other => panic!("{other:?}"),
        }
    }
}

fn no_rebalance() -> ClusterConfig {
    ClusterConfig { auto_leader_rebalance: false, ..ClusterConfig::default() }
}

/// The steps of `cluster_failover/leader_kill9`, as far as the controller goes.
#[test]
fn a_leader_that_falls_silent_is_followed_by_the_next_in_sync() {
    let mut world = World::new(3, no_rebalance());
    world.create("a", &[&[1, 2, 3]], &[]);
    assert_eq!(world.state("a", 0), "leader=1 isr=1,2,3 epoch=0/0");
    world.silence_all_but(&[2, 3]);
    assert_eq!(world.state("a", 0), "leader=2 isr=2,3 epoch=1/1");
    assert!(world.controller.registration(BrokerId(1)).unwrap().fenced);
    world.start(1, 11);
    assert_eq!(world.alter(2, (1, 1), &[2, 3, 1]), Ok(()));
    assert_eq!(world.state("a", 0), "leader=2 isr=2,3,1 epoch=1/2");
    assert_eq!(world.elect(ElectionType::Preferred, "a"), ErrorCode::None);
    assert_eq!(world.state("a", 0), "leader=1 isr=2,3,1 epoch=2/3");
    assert_eq!(world.elect(ElectionType::Preferred, "a"), ErrorCode::ElectionNotNeeded);
    assert_eq!(world.elect(ElectionType::Unclean, "a"), ErrorCode::ElectionNotNeeded);
}

#[test]
fn a_broker_that_stops_cleanly_is_let_go_once_it_leads_nothing() {
    let mut world = World::new(3, no_rebalance());
    world.create("a", &[&[1, 2, 3]], &[]);
    let first = world.beat(1, true).unwrap();
    assert!(!first.should_shut_down);
    assert_eq!(world.state("a", 0), "leader=2 isr=2,3 epoch=1/1");
    assert!(world.controller.registration(BrokerId(1)).unwrap().in_controlled_shutdown);
    // The others have not read of it yet: their last heartbeats are older.
    assert!(!world.beat(1, true).unwrap().should_shut_down);
    world.beat(2, false).unwrap();
    world.beat(3, false).unwrap();
    assert!(world.beat(1, true).unwrap().should_shut_down);
    assert!(world.controller.registration(BrokerId(1)).unwrap().fenced);
}

#[test]
fn a_broker_registers_anew_only_after_its_session() {
    let mut world = World::new(1, no_rebalance());
    let old = *world.epochs.get(&BrokerId(1)).unwrap();
    assert_eq!(world.register(1, 2), Err(ErrorCode::DuplicateBrokerRegistration));
    world.silence_all_but(&[]);
    let new = world.register(1, 2).unwrap();
    assert!(new > old);
    world.epochs.insert(BrokerId(1), old);
    assert_eq!(world.beat(1, false), Err(ErrorCode::StaleBrokerEpoch));
}

/// The steps of `cluster_unclean`.
#[test]
fn the_last_in_sync_is_waited_for_unless_unclean_elections_are_allowed() {
    for (unclean, state) in [("false", "leader=none isr=1 epoch=1/2"), ("true", "leader=2 isr=2 epoch=2/3")] {
        let mut world = World::new(3, no_rebalance());
        world.create("a", &[&[1, 2]], &[("unclean.leader.election.enable", unclean)]);
        world.silence_all_but(&[1, 3]);
        assert_eq!(world.state("a", 0), "leader=1 isr=1 epoch=0/1");
        world.silence_all_but(&[3]);
        assert_eq!(world.state("a", 0), "leader=none isr=1 epoch=1/2");
        world.start(2, 12);
        assert_eq!(world.state("a", 0), state);
        if unclean == "false" {
            assert_eq!(world.elect(ElectionType::Preferred, "a"), ErrorCode::PreferredLeaderNotAvailable);
            assert_eq!(world.elect(ElectionType::Unclean, "a"), ErrorCode::None);
            assert_eq!(world.state("a", 0), "leader=2 isr=2 epoch=2/3");
        }
        let partition = world.controller.partition(&TopicPartition::new("a", 0)).unwrap();
        assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovering);
    }
}

/// Every set of in-sync replicas, every set of brokers that are alive, every leader, with and without unclean elections.
#[test]
fn the_first_replica_in_sync_and_alive_leads() {
    let replicas = [1, 2, 3];
    let subset = |bits: i32| replicas.into_iter().filter(move |n| bits & (1 << n) != 0).collect::<Vec<i32>>();
    let mut checked = 0;
    for isr in (2..16).step_by(2).map(subset) {
        for alive in (0..16).step_by(2).map(subset) {
            for leader in [None, Some(1), Some(2), Some(3)] {
                for election in [Election::Online, Election::Unclean, Election::Preferred] {
                    let partition = PartitionRegistration {
                        replicas: ids(&replicas),
                        isr: ids(&isr),
                        leader: leader.map(BrokerId),
                        ..PartitionRegistration::default()
                    };
                    let is_acceptable = |id: BrokerId| alive.contains(&id.0);
                    let mut builder =
                        ChangeBuilder::new(&partition, TopicPartition::new("a", 0), &is_acceptable, 1);
                    builder.election = election;
                    let after = builder.build().map_or(partition.clone(), |change| partition.merge(&change));
                    let may = |n: &i32| isr.contains(n) && alive.contains(n);
                    let stays = leader.filter(may);
                    let preferred = Some(1).filter(may);
                    let first = if election == Election::Preferred { preferred.or(stays) } else { stays };
                    let clean = first.or(replicas.into_iter().find(may));
                    let unclean = alive.first().copied().filter(|_| election == Election::Unclean);
                    assert_eq!(
                        after.leader.map(|id| id.0),
                        clean.or(unclean),
                        "{partition:?} {alive:?} {election:?}"
                    );
                    let lost = clean.is_none() && unclean.is_some() && unclean != leader;
                    let expected = if lost { vec![unclean.unwrap()] } else { isr.clone() };
                    assert_eq!(after.isr, ids(&expected));
                    assert_eq!(after.leader_epoch.0, i32::from(after.leader != partition.leader));
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 7 * 8 * 4 * 3);
}

#[test]
fn only_the_newest_leader_alters_and_only_from_the_newest_state() {
    let mut world = World::new(3, no_rebalance());
    world.create("a", &[&[1, 2, 3]], &[]);
    assert_eq!(world.alter(1, (1, 0), &[1]), Err(ErrorCode::NotController));
    assert_eq!(world.alter(1, (0, 1), &[1]), Err(ErrorCode::NotController));
    assert_eq!(world.alter(2, (0, 0), &[2]), Err(ErrorCode::InvalidRequest));
    assert_eq!(world.alter(1, (0, 0), &[2, 3]), Err(ErrorCode::InvalidRequest));
    assert_eq!(world.alter(1, (0, 0), &[1, 1]), Err(ErrorCode::InvalidRequest));
    assert_eq!(world.alter(1, (0, 0), &[1, 2]), Ok(()));
    assert_eq!(world.state("a", 0), "leader=1 isr=1,2 epoch=0/1");
    assert_eq!(world.alter(1, (0, 0), &[1]), Err(ErrorCode::InvalidUpdateVersion));
    world.silence_all_but(&[1, 2]);
    assert_eq!(world.alter(1, (0, 1), &[1, 2, 3]), Err(ErrorCode::IneligibleReplica));
    world.silence_all_but(&[2]);
    assert_eq!(world.alter(1, (0, 1), &[1]), Err(ErrorCode::FencedLeaderEpoch));
}

#[test]
fn eligible_replicas_lead_when_nobody_is_in_sync() {
    let config = ClusterConfig { eligible_leader_replicas: true, ..no_rebalance() };
    let mut world = World::new(3, config);
    world.create("a", &[&[1, 2, 3]], &[("min.insync.replicas", "2")]);
    world.silence_all_but(&[1, 2]);
    assert_eq!(world.state("a", 0), "leader=1 isr=1,2 epoch=0/1");
    world.silence_all_but(&[1]);
    assert_eq!(world.state("a", 0), "leader=1 isr=1 epoch=0/2 elr=2");
    world.silence_all_but(&[]);
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=1/3 elr=1,2 last_known_elr=1");
    // Broker 2 was killed: what it had is not certain any more.
    world.start(2, 12);
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=1/4 elr=1 last_known_elr=1");
    // So was broker 1, but it is still the same process that comes back here.
    world.beat(1, false).unwrap();
    assert_eq!(world.state("a", 0), "leader=1 isr=1 epoch=2/5");
}

/// Nobody is left who is known to have everything: the last leader leads again, uncleanly, as soon as it is unfenced
/// (`useLastKnownLeaderInBalancedRecovery`; not while it is fenced: KAFKA-19522).
#[test]
fn the_last_known_leader_leads_when_nobody_is_eligible() {
    let config = ClusterConfig { eligible_leader_replicas: true, ..no_rebalance() };
    let mut world = World::new(3, config);
    world.create("a", &[&[1, 2, 3]], &[]);
    world.silence_all_but(&[1]);
    assert_eq!(world.state("a", 0), "leader=1 isr=1 epoch=0/2");
    world.silence_all_but(&[]);
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=1/3 elr=1 last_known_elr=1");
    world.start(2, 12);
    world.beat(2, false).unwrap();
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=1/3 elr=1 last_known_elr=1");
    world.register(1, 11).unwrap();
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=1/4 last_known_elr=1");
    world.beat(1, false).unwrap();
    assert_eq!(world.state("a", 0), "leader=1 isr=1 epoch=2/5");
}

/// A preferred election comes while the last known leader is fenced, and it dies once more before it is unfenced: it is still
/// remembered (seed 117572 of the sweep, with what the recorded snapshot of Kafka does).
#[test]
fn the_last_known_leader_is_remembered_until_it_leads() {
    let config = ClusterConfig { eligible_leader_replicas: true, ..no_rebalance() };
    let mut world = World::new(3, config);
    world.create("a", &[&[3, 1, 2]], &[]);
    world.silence_all_but(&[1, 2]);
    world.silence_all_but(&[2]);
    world.silence_all_but(&[]);
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=3/3 elr=2 last_known_elr=2");
    world.register(2, 12).unwrap();
    world.start(1, 11);
    let request = ElectLeadersRequest { election_type: ElectionType::Preferred, partitions: None };
    world.ask(ControllerRequest::ElectLeaders(request));
    world.register(2, 22).unwrap();
    assert_eq!(world.state("a", 0), "leader=none isr= epoch=3/4 last_known_elr=2");
    world.beat(2, false).unwrap();
    assert_eq!(world.state("a", 0), "leader=2 isr=2 epoch=4/5");
}

#[test]
fn replicas_move_by_growing_first() {
    let mut world = World::new(4, no_rebalance());
    world.create("a", &[&[1, 2]], &[]);
    let tp = TopicPartition::new("a", 0);
    let reassign = |world: &mut World, target: Option<&[i32]>| {
        let partitions = vec![(TopicPartition::new("a", 0), target.map(ids))];
        let request = AlterPartitionReassignmentsRequest { partitions };
        match world.ask(ControllerRequest::AlterPartitionReassignments(request)) {
            ControllerResponse::AlterPartitionReassignments(answers) => answers[0].1,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reassign(&mut world, None), ErrorCode::NoReassignmentInProgress);
    assert_eq!(reassign(&mut world, Some(&[9])), ErrorCode::InvalidReplicaAssignment);
    assert_eq!(reassign(&mut world, Some(&[3, 4])), ErrorCode::None);
    assert_eq!(world.controller.partition(&tp).unwrap().replicas, ids(&[3, 4, 1, 2]));
    assert_eq!(world.state("a", 0), "leader=1 isr=1,2 epoch=0/1 adding=3,4 removing=1,2");
    assert_eq!(reassign(&mut world, None), ErrorCode::None);
    // Who was to come and did not is no replica: the leadership counts anew.
    assert_eq!(world.state("a", 0), "leader=1 isr=1,2 epoch=1/2");
    assert_eq!(reassign(&mut world, Some(&[3, 4])), ErrorCode::None);
    assert_eq!(world.alter(1, (1, 3), &[1, 2, 3]), Ok(()));
    assert_eq!(world.alter(1, (1, 4), &[1, 2, 3, 4]), Err(ErrorCode::NewLeaderElected));
    assert_eq!(world.state("a", 0), "leader=3 isr=3,4 epoch=2/5");
    assert_eq!(world.controller.partition(&tp).unwrap().replicas, ids(&[3, 4]));
}

#[test]
fn a_broker_is_forgotten_and_may_come_again() {
    let mut world = World::new(3, no_rebalance());
    world.create("a", &[&[1, 2, 3]], &[]);
    let unregister = |world: &mut World, n| match world.ask(ControllerRequest::UnregisterBroker(BrokerId(n)))
    {
        ControllerResponse::UnregisterBroker(error, words) => (error, words.map(|words| words.to_string())),
        other => panic!("{other:?}"),
    };
    assert_eq!(unregister(&mut world, 1), (ErrorCode::None, None));
    assert_eq!(world.state("a", 0), "leader=2 isr=2,3 epoch=1/1");
    assert!(world.controller.registration(BrokerId(1)).is_none());
    assert_eq!(world.beat(1, false), Err(ErrorCode::StaleBrokerEpoch));
    let unknown = "Broker ID 1 is not currently registered".to_owned();
    assert_eq!(unregister(&mut world, 1), (ErrorCode::BrokerIdNotRegistered, Some(unknown)));
    assert_eq!(world.alter(2, (1, 1), &[2, 3, 1]), Err(ErrorCode::IneligibleReplica));
    world.start(1, 11);
    assert_eq!(world.alter(2, (1, 1), &[2, 3, 1]), Ok(()));
}

#[test]
fn leaders_go_home_after_a_while() {
    let mut world = World::new(3, ClusterConfig::default());
    world.create("a", &[&[1, 2, 3]], &[]);
    world.silence_all_but(&[2, 3]);
    world.start(1, 11);
    assert_eq!(world.alter(2, (1, 1), &[2, 3, 1]), Ok(()));
    for _ in 0..40 {
        world.silence_all_but(&[1, 2, 3]);
    }
    assert_eq!(world.state("a", 0), "leader=1 isr=2,3,1 epoch=2/3");
}

/// Without chance: racks in turn, brokers in turn, fenced ones last and never first.
#[test]
fn replicas_are_laid_out_in_stripes() {
    let mut world = World::new(4, no_rebalance());
    world.silence_all_but(&[1, 2, 4]);
    let placed = world.controller.place(4, 3, 0, &FixedDice(0)).unwrap();
    assert_eq!(placed[..3], [ids(&[1, 2, 4]), ids(&[2, 4, 1]), ids(&[4, 1, 2])]);
    let four = world.controller.place(1, 4, 0, &FixedDice(0)).unwrap();
    assert_eq!(four, [ids(&[1, 2, 4, 3])]);
    let (error, words) = world.controller.place(1, 5, 0, &FixedDice(0)).unwrap_err();
    assert_eq!(error, ErrorCode::InvalidReplicationFactor);
    assert_eq!(
        words.as_deref(),
        Some(
            "Unable to replicate the partition 5 time(s): The target replication factor of 5 cannot be reached because only \
             4 broker(s) are registered."
        )
    );
}
