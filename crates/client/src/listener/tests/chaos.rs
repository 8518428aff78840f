//! Answers get lost, instances die, settings change: nothing panics, and no record is forgotten.

use super::{at, config, rule, start};
use crate::listener::{CommitMode, Deed, Instance, InstanceInput, RetryPolicy, RetryTopics};
use millrace_model::{BrokerId, Offset, Span, TopicPartition};

#[test]
fn every_record_ends_at_least_once_whatever_gets_lost() {
    for seed in 0..12_u64 {
        let retry = match seed % 3 {
            0 => RetryPolicy::default(),
            _ => RetryPolicy::RetryTopics(RetryTopics { partitions: 2, ..RetryTopics::default() }),
        };
        let mut settings = config(&["value.n % 4 == 0", "value.n % 3 == 0 and attempt == 1"], retry);
        settings.commit = if seed % 2 == 0 { CommitMode::Batch } else { CommitMode::Record };
        settings.work = Span::from_millis(seed % 4 * 10);
        // A lost JoinGroup is given up after this and 5 s.
        settings.consumer.max_poll_interval = Span::from_secs(20);
        let mut world = start(settings.clone(), 2);
        world.loses = Some((seed, 5));
        for n in 0..12_i32 {
            world.produce("orders", n % 2, &[&format!("{{\"n\": {n}}}")]);
            let now = world.now;
            match (seed + u64::from(n.unsigned_abs())) % 7 {
                1 => world.tell(InstanceInput::Pause),
                2 => world.tell(InstanceInput::Resume),
                3 => world.tell(InstanceInput::Reconfigure {
                    work: Span::from_millis(5),
                    failures: vec![rule("value.n == 3")],
                }),
                4 => {
                    let bootstrap = vec![BrokerId(1)];
                    let fresh = Instance::new("c2".into(), "/10.0.0.2".into(), settings.clone(), bootstrap);
                    world.crash_and_start(fresh);
                }
                _ => {}
            }
            world.run(now + Span::from_secs(seed % 5 * 7 + 1));
        }
        world.loses = None;
        world.tell(InstanceInput::Resume);
        let now = world.now;
        world.run(now + Span::from_secs(250));
        for n in 0..12_i32 {
            let tp = TopicPartition::new("orders", n % 2);
            let offset = Offset(i64::from(n / 2));
            let given_up = world
                .ledger
                .about(&tp, offset)
                .filter(|e| matches!(e.deed, Deed::Dead(..) | Deed::Skipped))
                .count();
            assert!(world.ledger.times(&tp, offset) > 0 || given_up > 0, "seed {seed}: {tp}@{offset}");
        }
        for partition in [0, 1] {
            assert_eq!(world.committed("billing", "orders", partition), Some(6), "seed {seed}");
        }
    }
}

/// `decide` thinks and `apply` alone changes: the events make the same state a second time.
#[test]
fn the_events_alone_rebuild_the_instance() {
    let retry = RetryPolicy::RetryTopics(RetryTopics::default());
    let settings = config(&["value.n % 2 == 0"], retry);
    let fresh = Instance::new("c1".into(), "/10.0.0.1".into(), settings.clone(), vec![BrokerId(1)]);
    let mut world = super::World::new(fresh.clone(), &[("orders", 1)]);
    world.tell(InstanceInput::Start);
    for n in 0..6 {
        world.produce("orders", 0, &[&format!("{{\"n\": {n}}}")]);
        let now = world.now;
        world.run(now + Span::from_secs(1));
    }
    world.run(at(12_000));
    let mut again = fresh;
    for event in &world.events {
        again.apply(event);
    }
    assert_eq!(again, world.instance);
    assert_eq!(millrace_model::StableHasher::of(&again), millrace_model::StableHasher::of(&world.instance));
    assert!(world.ledger.totals().dead == 3, "{:?}", world.ledger.totals());
}
