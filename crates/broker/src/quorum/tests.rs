#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use millrace_model::Dice;
use millrace_model::dice::FixedDice;

const ONE: BrokerId = BrokerId(100);
const TWO: BrokerId = BrokerId(101);
const THREE: BrokerId = BrokerId(102);
const MS: fn(u64) -> Span = Span::from_millis;

/// A quorum with its clock; every event in a word.
struct Run {
    quorum: Quorum,
    now: Time,
    end: Offset,
    dice: FixedDice,
}

impl Run {
    fn of(voters: i32) -> Run {
        let quorum = Quorum::new((0..voters).map(|n| BrokerId(100 + n)));
        Run { quorum, now: Time::ZERO, end: Offset(7), dice: FixedDice(0) }
    }

    fn input(&mut self, input: QuorumInput) -> Vec<String> {
        let dice: &dyn Dice = &self.dice;
        let events = self.quorum.decide(self.now, &input, dice);
        for event in &events {
            self.quorum.apply(event);
        }
        events.iter().map(shown).collect()
    }

    fn change(&mut self, voter: BrokerId, state: VoterState) -> Vec<String> {
        self.input(QuorumInput::Changed { voter, state, log_end: self.end })
    }

    /// Lets the timers up to that moment run out.
    fn until(&mut self, ms: u64) -> Vec<String> {
        let until = Time::ZERO + MS(ms);
        let mut all = Vec::new();
        while let Some(due) = self.quorum.next_timer().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            let at = self.now.since(Time::ZERO).as_millis();
            let events = self.input(QuorumInput::Timer { log_end: self.end });
            assert!(!events.is_empty(), "a timer that does nothing at {at}");
            all.extend(events.into_iter().map(|event| format!("{at} {event}")));
        }
        self.now = until;
        all
    }
}

fn ms(at: &Time) -> u64 {
    at.since(Time::ZERO).as_millis()
}

fn shown(event: &QuorumEvent) -> String {
    match event {
        QuorumEvent::VoterChanged { voter, state, .. } => format!("{voter} {state:?}"),
        QuorumEvent::CampaignPlanned { voter, at } => format!("{voter} campaigns at {}", ms(at)),
        QuorumEvent::LeaderElected { leader, epoch, votes, .. } => {
            let votes: Vec<String> = votes.iter().map(ToString::to_string).collect();
            format!("{leader} leads {epoch} by {}", votes.join(","))
        }
        QuorumEvent::CampaignLost { voter, votes, majority, again_at } => {
            format!("{voter} lost {votes}/{majority} again {}", ms(again_at))
        }
        QuorumEvent::MajorityChecked { resigns_at } => format!("resigns {:?}", resigns_at.as_ref().map(ms)),
        QuorumEvent::LeaderResigned { leader, epoch, is_stopping } => {
            format!("{leader} resigned {epoch} {is_stopping}")
        }
        QuorumEvent::LeaderFenced { voter, epoch, by } => format!("{voter} fenced {epoch} by {by}"),
    }
}

#[test]
fn the_first_leads_and_nothing_is_waited_for() {
    let run = Run::of(3);
    assert_eq!((run.quorum.active(), run.quorum.epoch(), run.quorum.majority()), (Some(ONE), 1, 2));
    assert!(run.quorum.can_commit());
    assert_eq!(run.quorum.next_timer(), None);
}

#[test]
fn after_a_crash_another_is_elected_once_a_majority_has_missed_the_leader() {
    let mut run = Run::of(3);
    assert_eq!(
        run.change(ONE, VoterState::Crashed),
        ["100 Crashed", "101 campaigns at 2000", "102 campaigns at 2000"]
    );
    assert_eq!((run.quorum.leader(), run.quorum.epoch()), (None, 1));
    // The first of them asks one that still takes the old leader for alive.
    assert_eq!(run.until(2_000), ["2000 101 lost 1/2 again 3000", "2000 102 leads 2 by 101,102"]);
    assert_eq!((run.quorum.active(), run.quorum.epoch()), (Some(THREE), 2));
    assert_eq!(run.until(60_000), Vec::<String>::new());
    // It comes back as a follower.
    assert_eq!(run.change(ONE, VoterState::Running), ["100 Running"]);
    assert_eq!(run.quorum.next_timer(), None);
}

#[test]
fn a_leader_that_stops_names_its_successor() {
    let mut run = Run::of(3);
    assert_eq!(
        run.change(ONE, VoterState::Stopped),
        ["100 resigned 1 true", "100 Stopped", "101 campaigns at 0", "102 campaigns at 20"]
    );
    assert_eq!(run.until(1_000), ["0 101 leads 2 by 101,102"]);
}

#[test]
fn without_a_majority_the_leader_resigns_and_nobody_is_elected_until_there_is_one() {
    let mut run = Run::of(3);
    assert_eq!(run.change(TWO, VoterState::Crashed), ["101 Crashed"]);
    assert!(run.quorum.can_commit());
    assert_eq!(run.change(THREE, VoterState::Stopped), ["102 Stopped", "resigns Some(3000)"]);
    assert!(!run.quorum.can_commit() && run.quorum.active() == Some(ONE));
    assert_eq!(
        run.until(5_000),
        [
            "3000 100 resigned 1 false",
            "3000 100 campaigns at 4000",
            "4000 100 lost 1/2 again 5000",
            "5000 100 lost 1/2 again 6000",
        ]
    );
    assert_eq!((run.quorum.leader(), run.quorum.epoch()), (None, 1));
    run.now = Time::ZERO + MS(5_500);
    assert_eq!(run.change(TWO, VoterState::Running), ["101 Running", "101 campaigns at 6500"]);
    assert_eq!(run.until(60_000), ["6000 100 leads 2 by 100,101"]);
}

#[test]
fn a_majority_that_comes_back_in_time_keeps_its_leader() {
    let mut run = Run::of(3);
    run.change(TWO, VoterState::Crashed);
    run.change(THREE, VoterState::Crashed);
    run.now = Time::ZERO + MS(2_999);
    assert_eq!(run.change(THREE, VoterState::Running), ["102 Running", "resigns None"]);
    assert_eq!(run.until(60_000), Vec::<String>::new());
    assert_eq!((run.quorum.active(), run.quorum.epoch()), (Some(ONE), 1));
}

#[test]
fn who_has_read_less_is_not_voted_for() {
    let mut run = Run::of(3);
    run.change(ONE, VoterState::Crashed);
    run.until(3_000);
    run.change(TWO, VoterState::Crashed);
    assert_eq!(run.quorum.active(), Some(THREE));
    // The third writes on with the first, without the second.
    run.change(ONE, VoterState::Running);
    run.end = Offset(9);
    run.change(ONE, VoterState::Crashed);
    run.change(THREE, VoterState::Crashed);
    run.change(TWO, VoterState::Running);
    run.until(3_500);
    run.change(ONE, VoterState::Running);
    assert_eq!(run.until(20_000), ["4000 101 lost 1/2 again 5000", "4500 100 leads 3 by 100,101"]);
}

#[test]
fn a_leader_that_stood_still_is_fenced_by_the_next_epoch() {
    let mut run = Run::of(3);
    run.change(ONE, VoterState::Paused);
    assert_eq!((run.quorum.leader(), run.quorum.active()), (Some(ONE), None));
    run.until(5_000);
    assert_eq!(run.quorum.active(), Some(THREE));
    assert_eq!(run.quorum.voters().get(&ONE).unwrap().leads, Some(1));
    assert_eq!(run.change(ONE, VoterState::Running), ["100 Running", "100 fenced 1 by 2"]);
    assert_eq!(run.quorum.voters().get(&ONE).unwrap().leads, None);
}

#[test]
fn a_leader_that_goes_on_before_another_is_elected_still_leads() {
    let mut run = Run::of(3);
    run.change(ONE, VoterState::Paused);
    run.until(1_500);
    assert_eq!(run.change(ONE, VoterState::Running), ["100 Running"]);
    assert_eq!(run.until(60_000), Vec::<String>::new());
    assert_eq!((run.quorum.active(), run.quorum.epoch()), (Some(ONE), 1));
}

#[test]
fn whatever_happens_there_is_one_leader_per_epoch_and_peace_when_all_run() {
    for seed in 0..300_u64 {
        let mut run = Run::of(3 + 2 * i32::try_from(seed % 2).unwrap());
        run.dice = FixedDice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut draws = seed;
        let mut draw = |sides: u64| {
            draws = draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (draws >> 33) % sides
        };
        let mut leaders: std::collections::BTreeMap<u32, BrokerId> = [(1, ONE)].into();
        let mut see = |run: &Run| {
            if let Some(leader) = run.quorum.active() {
                let known = *leaders.entry(run.quorum.epoch()).or_insert(leader);
                assert_eq!(known, leader, "seed {seed}: two leaders of epoch {}", run.quorum.epoch());
            }
        };
        let mut at = 0;
        for _ in 0..40 {
            let voter = BrokerId(100 + i32::try_from(draw(run.quorum.voters().len() as u64)).unwrap());
            let state = match (run.quorum.voters().get(&voter).unwrap().state, draw(3)) {
                (VoterState::Running, 0) => VoterState::Crashed,
                (VoterState::Running, 1) => VoterState::Stopped,
                (VoterState::Running, _) => VoterState::Paused,
                (VoterState::Paused, 0) => VoterState::Crashed,
                _ => VoterState::Running,
            };
            run.change(voter, state);
            see(&run);
            at += draw(4_000);
            run.until(at);
            see(&run);
        }
        for voter in run.quorum.voters().clone().keys() {
            if !run.quorum.is_running(*voter) {
                run.change(*voter, VoterState::Running);
            }
        }
        run.until(at + 10_000);
        assert!(run.quorum.can_commit(), "seed {seed}: {:?}", run.quorum);
        assert_eq!(run.quorum.next_timer(), None, "seed {seed}");
    }
}
