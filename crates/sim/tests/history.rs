//! Time travel: seek equals play, fork equals replay, both futures stay, undo and redo lose nothing.

mod common;

use common::{Run, app, instance, record};
use millrace_model::{Span, Time};
use millrace_sim::{Branch, Command, InstanceAction, Logged, Rebuild, Refusal, Setup, Timeline};

fn busy_run() -> Run {
    let mut run = Run::new();
    run.topic("orders", 3);
    run.start(app("billing", "orders"), 2);
    run.wait(Span::from_secs(5));
    for n in 0..20 {
        run.produce("orders", record(if n % 3 == 0 { "alice" } else { "bob" }, "{\"amount\": 1}"));
        run.wait(Span::from_millis(700));
    }
    run.dispatch(instance("billing", "c1", InstanceAction::Crash));
    run.wait(Span::from_secs(60));
    run
}

/// The hash after every step, made by stepping from the start.
fn hashes(timeline: &mut Timeline) -> Vec<u64> {
    timeline.seek_step(0);
    let mut hashes = vec![timeline.world().state_hash()];
    while timeline.moment().step < timeline.branch().step_count() && timeline.step() {
        hashes.push(timeline.world().state_hash());
    }
    hashes
}

#[test]
fn seeking_gives_the_same_world_as_playing_at_every_step() {
    let mut run = busy_run();
    let end = run.timeline.world().state_hash();
    let played = hashes(&mut run.timeline);
    assert_eq!(played.last(), Some(&end));
    assert!(played.len() > 500, "{}", played.len());
    for step in (0..played.len()).rev() {
        run.timeline.seek_step(step as u64);
        assert_eq!(run.timeline.world().state_hash(), played[step], "after step {step}");
    }
}

#[test]
fn a_log_replayed_from_nothing_gives_the_same_hashes() {
    let mut run = busy_run();
    let mut copy = Timeline::new(Setup::default());
    for logged in run.timeline.branch().log().to_vec() {
        copy.replay(logged).unwrap();
    }
    copy.run_until(run.timeline.branch().frontier(), usize::MAX);
    assert_eq!(hashes(&mut copy), hashes(&mut run.timeline));
}

#[test]
fn a_command_in_the_past_forks_and_both_futures_stay() {
    let mut run = busy_run();
    let first = run.timeline.moment();
    let first_hash = run.timeline.world().state_hash();
    run.timeline.seek(Time::ZERO + Span::from_secs(10));
    run.dispatch(instance("billing", "c2", InstanceAction::Crash));
    run.wait(Span::from_secs(60));
    assert_eq!(run.timeline.branches().len(), 2);
    let second = run.timeline.moment();
    let second_hash = run.timeline.world().state_hash();
    assert_ne!(first_hash, second_hash);
    assert_eq!(run.assignment("billing"), ["c1: orders-0 orders-1 orders-2"]);

    assert!(run.timeline.go_to(first));
    assert_eq!(run.timeline.world().state_hash(), first_hash);
    assert_eq!(run.assignment("billing"), ["c2: orders-0 orders-1 orders-2"]);
    assert!(run.timeline.go_to(second));
    assert_eq!(run.timeline.world().state_hash(), second_hash);
}

#[test]
fn a_fork_equals_a_replay_of_its_log() {
    let mut run = busy_run();
    run.timeline.seek(Time::ZERO + Span::from_millis(9_999));
    run.produce("orders", record("dave", "{}"));
    run.wait(Span::from_secs(20));
    let mut copy = Timeline::new(Setup::default());
    for logged in run.timeline.branch().log().to_vec() {
        copy.replay(logged).unwrap();
    }
    copy.run_until(run.timeline.branch().frontier(), usize::MAX);
    assert_eq!(copy.world().state_hash(), run.timeline.world().state_hash());
    assert_eq!(copy.branch().step_count(), run.timeline.branch().step_count());
}

#[test]
fn undo_goes_back_to_before_the_command_and_redo_returns() {
    let mut run = busy_run();
    let commands = run.timeline.branch().log().len();
    let end = run.timeline.moment();
    let end_hash = run.timeline.world().state_hash();
    assert!(matches!(run.timeline.undoable(), Some(Command::Instance { .. })));
    assert!(run.timeline.undo());
    assert_eq!(run.timeline.branch().log().len(), commands - 1);
    // Playing on does not crash c1 again.
    run.wait(Span::from_secs(60));
    assert_eq!(run.assignment("billing"), ["c1: orders-0 orders-1", "c2: orders-2"]);
    assert!(run.timeline.redo());
    assert_eq!(run.timeline.moment(), end);
    assert_eq!(run.timeline.world().state_hash(), end_hash);
    assert!(!run.timeline.can_redo());
    while run.timeline.undo() {}
    assert_eq!(run.timeline.moment().step, 0);
}

#[test]
fn every_entry_but_a_command_has_a_cause_that_is_older() {
    let run = busy_run();
    let branch = run.timeline.branch();
    let entries: Vec<_> = branch.entries_before(u64::MAX).collect();
    assert!(entries.len() > 1_000);
    for entry in entries {
        match entry.cause {
            Some(cause) => assert!(cause < entry.id, "{entry:?}"),
            None => assert!(matches!(entry.fact, millrace_sim::Fact::Commanded(_)), "{entry:?}"),
        }
        assert_eq!(branch.entry(entry.id), Some(entry));
        let root = run.timeline.causes(entry.id)[0];
        assert!(matches!(root.fact, millrace_sim::Fact::Commanded(_)), "{entry:?} ends at {root:?}");
    }
}

fn forked_run() -> Run {
    let mut run = busy_run();
    run.timeline.seek(Time::ZERO + Span::from_secs(10));
    run.produce("orders", record("dave", "{}"));
    run.wait(Span::from_secs(20));
    run.timeline.seek(Time::ZERO + Span::from_millis(12_345));
    run
}

#[test]
fn what_was_saved_is_rebuilt_with_all_branches_and_the_playhead() {
    let run = forked_run();
    let saved: Vec<_> = run.timeline.branches().into_iter().map(Branch::to_saved).collect();
    let mut rebuild = Rebuild::new(Setup::default(), saved.clone(), run.timeline.moment());
    let mut slices = 0;
    while !rebuild.advance(100) {
        slices += 1;
    }
    assert!(slices > 5, "{slices}");
    assert_eq!(rebuild.percent(), 100);
    let (copy, misfits) = rebuild.finish();
    assert_eq!(misfits, []);
    assert_eq!(copy.moment(), run.timeline.moment());
    assert_eq!(copy.world().state_hash(), run.timeline.world().state_hash());
    assert_eq!(copy.branches().into_iter().map(Branch::to_saved).collect::<Vec<_>>(), saved);
    let steps =
        |timeline: &Timeline| timeline.branches().into_iter().map(Branch::step_count).collect::<Vec<_>>();
    assert_eq!(steps(&copy), steps(&run.timeline));
}

#[test]
fn what_was_rebuilt_can_be_undone() {
    let run = forked_run();
    let saved: Vec<_> = run.timeline.branches().into_iter().map(Branch::to_saved).collect();
    let end = run.timeline.moment();
    let (mut copy, _) = Rebuild::new(Setup::default(), saved, end).finish();
    let done = copy.undoable().cloned();
    assert!(matches!(done, Some(Command::Produce { .. })), "{done:?}");
    assert!(copy.undo());
    assert_ne!(copy.undoable(), done.as_ref());
    assert!(copy.redo());
    assert_eq!(copy.world().state_hash(), run.timeline.world().state_hash());
    while copy.undo() {}
    assert_eq!(copy.moment().step, 0);
}

#[test]
fn a_command_that_makes_no_sense_any_more_is_named_and_the_rest_is_kept() {
    let run = forked_run();
    let mut saved: Vec<_> = run.timeline.branches().into_iter().map(Branch::to_saved).collect();
    let nonsense = Command::AddInstance { group: "biling".into(), name: None, own: None };
    let place = saved[0].log[3].clone();
    saved[0].log.insert(3, Logged { command: nonsense.into(), ..place });
    let (copy, misfits) = Rebuild::new(Setup::default(), saved.clone(), run.timeline.moment()).finish();
    assert_eq!(misfits.len(), 1);
    assert_eq!((misfits[0].branch, misfits[0].index), (saved[0].id, 3));
    assert!(matches!(&misfits[0].refusal, Refusal::Unknown { nearest: Some(near), .. } if near == "billing"));
    assert_eq!(copy.branches().len(), 2);
}

/// A long run keeps its moments near: whatever is sought, few steps are replayed, and few worlds are held.
#[test]
fn a_long_run_is_sought_by_replaying_few_steps() {
    let mut run = busy_run();
    run.wait(Span::from_secs(12_000));
    let steps = run.timeline.branch().step_count();
    assert!(steps > 100_000, "{steps}");
    let end = run.timeline.world().state_hash();
    run.timeline.seek_step(1);
    let mut farthest = 0;
    for n in 0..200 {
        let step = 4_096 + n * 7_919 % (steps - 4_096);
        farthest = farthest.max(run.timeline.branch().replayed_for(step));
        run.timeline.seek_step(step);
        assert_eq!(run.timeline.moment().step, step);
    }
    assert!(farthest <= 512, "{farthest} steps are replayed");
    assert!(run.timeline.branch().checkpoint_count() <= 260);
    run.timeline.seek_step(steps);
    run.timeline.seek(run.timeline.branch().frontier());
    assert_eq!(run.timeline.world().state_hash(), end);
}
