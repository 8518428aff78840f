//! Groups of the consumer protocol (KIP-848) over seeds: crashes, freezes, slow listeners, topics that grow. At each
//! step a partition has one owner in the broker's eyes, and every acknowledged commit can be read; after the last fault the group becomes Stable, with every
//! partition read by somebody.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod common;

use common::{Run, app, instance, record};
use millrace_broker::{Broker, ConsumerGroupState, Event, GroupChange};
use millrace_client::consumer::MembershipState;
use millrace_client::listener::{CommitMode, Port};
use millrace_model::config::consumer::GroupProtocol;
use millrace_model::{Offset, Profile, Span, TopicPartition};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{AppConfig, Command, Fact, InstanceAction, Lifecycle, Refusal, Setup, Timeline, World};
use std::collections::{BTreeMap, BTreeSet};

struct Random(u64);

impl Random {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn modern(group: &str, topic: &str) -> AppConfig {
    let mut app = app(group, topic);
    app.consumer.group_protocol = GroupProtocol::Consumer;
    app
}

fn broker(world: &World) -> &Broker {
    world.brokers().next().unwrap()
}

/// Who runs, and what each believes to own.
fn members(world: &World) -> BTreeMap<String, Vec<TopicPartition>> {
    let mut members = BTreeMap::new();
    for (_, node) in world.nodes() {
        let Kind::Instance { instance, .. } = &node.kind else { continue };
        if node.activity() == Activity::Running && node.lifecycle() != Lifecycle::Closing {
            let consumer = instance.container(Port::MAIN).unwrap().consumer();
            members.insert(node.name.to_string(), consumer.assignment().cloned().collect());
        }
    }
    members
}

/// What holds after every step.
fn check(world: &World) {
    let Some(group) = broker(world).group("billing") else { return };
    for (tp, committed) in group.offsets() {
        let end = broker(world).log(tp).unwrap().log_end_offset();
        assert!(committed.offset <= end, "{tp} is committed at {} of {end}", committed.offset);
    }
    let Some(group) = group.consumer() else { return };
    let mut owners = BTreeMap::new();
    for member in group.members() {
        for tp in member.held() {
            assert_eq!(owners.insert(tp.clone(), member.id.clone()), None, "{tp} has two owners");
        }
    }
    // Who is in the epoch that the broker knows reads nothing that the broker has not given to it.
    for (_, node) in world.nodes() {
        let Kind::Instance { instance, .. } = &node.kind else { continue };
        let consumer = instance.container(Port::MAIN).unwrap().consumer();
        let state = consumer.membership_state().unwrap();
        let Some(known) = group.member(consumer.member_id().as_str()) else { continue };
        let up_to_date = consumer.member_epoch() == Some(known.epoch)
            && matches!(state, MembershipState::Stable | MembershipState::Acknowledging);
        if up_to_date && node.activity() == Activity::Running {
            for tp in consumer.assignment() {
                assert_eq!(owners.get(tp), Some(consumer.member_id()), "{tp} is read by {}", node.name);
            }
        }
    }
}

/// What each partition's last acknowledged commit was.
type Committed = BTreeMap<TopicPartition, Offset>;

/// Notes the commits that the last step acknowledged; every one that none has replaced can be read.
fn check_commits(timeline: &Timeline, committed: &mut Committed) {
    for entry in timeline.branch().steps().last().unwrap().entries.iter() {
        if let Fact::Broker(Event::Group { change: GroupChange::OffsetCommitted { offsets, .. }, .. }) =
            &entry.fact
        {
            committed.extend(offsets.iter().map(|(tp, commit)| (tp.clone(), commit.offset)));
        }
    }
    for (tp, offset) in committed {
        let kept = broker(timeline.world()).committed("billing", tp).map(|kept| kept.offset);
        assert_eq!(kept, Some(*offset), "{tp} was committed");
    }
}

fn run_checked(timeline: &mut Timeline, span: Span, committed: &mut Committed) {
    let target = timeline.world().now() + span;
    while timeline.run_until(target, 1) == 1 {
        check(timeline.world());
        check_commits(timeline, committed);
    }
    assert_eq!(timeline.halt(), None);
}

fn fault(random: &mut Random, started: &mut u64) -> Command {
    let name = format!("c{}", 1 + random.below(*started));
    let act = |action| instance("billing", &name, action);
    match random.below(12) {
        0 if *started < 6 => {
            *started += 1;
            Command::AddInstance { group: "billing".into(), name: None, own: None }
        }
        0 | 1 => act(InstanceAction::Restart),
        2 => act(InstanceAction::Stop),
        3 => act(InstanceAction::Crash),
        4 => act(InstanceAction::Freeze),
        5 => act(InstanceAction::Thaw),
        10 => act(InstanceAction::Pause),
        11 => act(InstanceAction::Resume),
        6 => {
            let work = Span::from_millis([10, 2_000, 20_000, 90_000][random.below(4) as usize]);
            Command::SetWork { group: "billing".into(), instance: Some(name.into()), work }
        }
        7 => Command::AddPartitions { topic: "orders".into(), total: 3 + random.below(6) as i32 },
        _ => {
            let records = (0..3).map(|n| record(&format!("k{n}"), "{}")).collect();
            Command::Produce { producer: None, records }
        }
    }
}

#[test]
fn one_owner_at_each_step_and_peace_after_the_last_fault() {
    let (mut faults, mut modes) = (0, BTreeSet::new());
    for seed in 1_u64..=24 {
        // The first draws of neighbouring seeds are alike: spread them.
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut run = Run { timeline: Timeline::new(Setup { seed, profile: Profile::default() }) };
        run.topic("orders", 3);
        let mut app = modern("billing", "orders");
        app.commit = [
            CommitMode::Auto,
            CommitMode::Batch,
            CommitMode::Record,
            CommitMode::Count,
            CommitMode::Time,
            CommitMode::Async,
        ][random.below(6) as usize];
        modes.insert(app.commit);
        app.ack_count = 3;
        app.consumer.group_remote_assignor =
            [None, Some("range".into()), Some("uniform".into())][random.below(3) as usize].clone();
        app.consumer.max_poll_interval = Span::from_secs(60);
        app.work = Span::from_millis(10);
        let (mut started, mut committed) = (2, Committed::new());
        run.start(app, 2);
        run.produce("orders", record("a", "{}"));
        for _ in 0..30 {
            let command = fault(&mut random, &mut started);
            match run.timeline.dispatch(command) {
                Ok(_) => faults += 1,
                Err(Refusal::OutOfOrder { .. }) => panic!("a command in the wrong place"),
                Err(_) => {}
            }
            run_checked(&mut run.timeline, Span::from_millis(random.below(9_000)), &mut committed);
        }
        for n in 1..=started {
            let name = format!("c{n}");
            let _ = run.timeline.dispatch(instance("billing", &name, InstanceAction::Thaw));
            let _ = run.timeline.dispatch(instance("billing", &name, InstanceAction::Resume));
            let work = Span::from_millis(10);
            let _ = run.timeline.dispatch(Command::SetWork {
                group: "billing".into(),
                instance: Some(name.into()),
                work,
            });
        }
        if members(run.timeline.world()).is_empty() {
            run.dispatch(instance("billing", "c1", InstanceAction::Restart));
        }
        run_checked(&mut run.timeline, Span::from_secs(300), &mut committed);
        assert!(!committed.is_empty(), "seed {seed}: nothing was committed");
        let world = run.timeline.world();
        let group = broker(world).group("billing").unwrap().consumer().unwrap();
        assert_eq!(group.state(), ConsumerGroupState::Stable, "seed {seed}");
        let mut owned: Vec<TopicPartition> = members(world).into_values().flatten().collect();
        owned.sort();
        let count = broker(world).topic("orders").unwrap().partition_count();
        let all: Vec<TopicPartition> = (0..count).map(|n| TopicPartition::new("orders", n)).collect();
        assert_eq!(owned, all, "seed {seed}");
        for tp in &all {
            let end = broker(world).log(tp).unwrap().log_end_offset();
            let committed = run.committed("billing", tp);
            assert!(committed == Some(end) || end == Offset(0), "seed {seed}: {tp} {committed:?} of {end}");
            // Commits come after the work here: at least once.
            let ledger = world.ledger("billing").unwrap();
            for offset in (0..end.0).map(Offset) {
                assert!(ledger.times(tp, offset) > 0, "seed {seed}: {tp} @{offset} was handled by nobody");
            }
        }
    }
    assert!(faults > 400, "only {faults} faults happened");
    assert_eq!(modes.len(), 6, "commit modes that were tried: {modes:?}");
}

#[test]
fn a_slow_member_delays_only_what_it_holds() {
    let mut run = Run::new();
    run.topic("orders", 4);
    run.start(modern("billing", "orders"), 2);
    run.wait(Span::from_secs(20));
    let before = members(run.timeline.world());
    run.dispatch(Command::SetWork {
        group: "billing".into(),
        instance: Some("c1".into()),
        work: Span::from_secs(30),
    });
    for n in 0..40 {
        run.produce("orders", record(&format!("k{n}"), "{}"));
    }
    run.wait(Span::from_secs(1));
    run.dispatch(Command::AddInstance { group: "billing".into(), name: None, own: None });
    run.wait(Span::from_secs(20));
    // c2 has given up what it should, c1 is at work and still has everything: nobody waited for it.
    let now = members(run.timeline.world());
    assert_eq!(now["c1"], before["c1"]);
    assert!(now["c2"].len() + now["c3"].len() <= 2);
    let group = broker(run.timeline.world()).group("billing").unwrap().consumer().unwrap();
    assert_eq!(group.state(), ConsumerGroupState::Reconciling);
}

#[test]
fn settings_of_the_other_protocol_are_refused_in_kafkas_words() {
    let mut run = Run::new();
    run.topic("orders", 1);
    let mut app = modern("billing", "orders");
    app.consumer.session_timeout = Span::from_secs(10);
    let refused = run.timeline.dispatch(Command::StartApp { app: Box::new(app), instances: 1 }).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "settings: session.timeout.ms cannot be set when group.protocol=CONSUMER"
    );
    let mut app = common::app("billing", "orders");
    app.consumer.group_remote_assignor = Some("range".into());
    let refused = run.timeline.dispatch(Command::StartApp { app: Box::new(app), instances: 1 }).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "settings: group.remote.assignor cannot be set when group.protocol=CLASSIC"
    );
}
