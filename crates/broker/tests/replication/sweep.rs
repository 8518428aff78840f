//! Faults by seed, and what must hold whatever comes.

use crate::net::{Life, Net};
use millrace_broker::{RequestId, Stopped};
use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, Span, TopicPartition};

const MS: fn(u64) -> Span = Span::from_millis;

/// What a run came to.
#[derive(Default)]
struct Found {
    acked: usize,
    lost: usize,
    contradictions: usize,
    truncated: usize,
    elections: usize,
    steps: usize,
}

/// One run: three brokers, produces, and a fault now and then. At the end everything is healed.
fn run(seed: u64, (acks, min_isr, unclean): (Acks, i32, bool), stopped: Stopped) -> Found {
    let mut net = Net::new(3, seed, unclean);
    net.session_timeout = MS(2_000);
    net.controller.create("a", &[1, 2, 3], min_isr);
    net.run(MS(1_100));
    let tp = TopicPartition::new("a", 0);
    let mut sent: Vec<(RequestId, String)> = Vec::new();
    for round in 0..40 {
        let leader = net.controller.partitions[&tp].leader;
        for n in 0..net.rng.next(4) {
            let value = format!("{round}.{n}");
            // Mostly to the leader; sometimes to one that was.
            let to =
                if net.rng.next(8) == 0 { 1 + net.rng.next(3) as i32 } else { leader.map_or(1, |id| id.0) };
            let with = if net.rng.next(4) == 0 { Acks::One } else { acks };
            let id = net.produce(to, "a", with, &value);
            if with == acks {
                sent.push((id, value));
            }
        }
        let id = 1 + net.rng.next(3) as i32;
        let life = net.nodes[&BrokerId(id)].life;
        match net.rng.next(10) {
            0 | 1 if life != Life::Down => net.kill(id),
            2..=4 if life == Life::Down => net.restart(id, stopped),
            5 if life == Life::Up => net.hang(id),
            6 | 7 if life == Life::Hung => net.go_on(id),
            8 => net.cut.push((BrokerId(id), BrokerId([1, 2, 3, 100][net.rng.next(4) as usize]))),
            9 => net.cut.clear(),
            _ => {}
        }
        let span = MS(1 + net.rng.next(900));
        net.run(span);
        net.check_logs_agree_while(stopped);
    }
    net.cut.clear();
    for id in 1..=3 {
        match net.nodes[&BrokerId(id)].life {
            Life::Hung => net.go_on(id),
            Life::Down => net.restart(id, stopped),
            Life::Up => {}
        }
    }
    net.run(MS(45_000));
    let state = net.state("a");
    assert!(!state.contains("none") && state.matches(',').count() == 2, "seed {seed}: {state}");
    net.check_logs_agree();
    let leader = net.controller.partitions[&tp].leader.unwrap().0;
    let read = net.read(leader, "a");
    assert_eq!(net.ends(leader, "a").0, net.ends(leader, "a").1, "seed {seed}");
    let mut found = Found { contradictions: net.contradictions.len(), steps: net.steps, ..Found::default() };
    for (id, value) in &sent {
        if let Some(Ok(offset)) = net.answered(*id) {
            found.acked += 1;
            found.lost += usize::from(read.get(usize::try_from(offset).unwrap()) != Some(value));
        }
    }
    found.truncated = net.lines.iter().filter(|line| line.contains("truncated")).count();
    found.elections = net.lines.iter().filter(|line| line.contains("leads")).count();
    found
}

impl Net {
    /// Where disks are lost, logs may differ until they are copied again.
    fn check_logs_agree_while(&self, stopped: Stopped) {
        if matches!(stopped, Stopped::Killed | Stopped::Cleanly) && !self.controller.unclean {
            self.check_logs_agree();
        }
    }
}

/// No record that was acknowledged with acks=all and two in sync is lost, and what a reader was shown stays, whatever is
/// killed, hung or cut off.
#[test]
fn nothing_acknowledged_by_two_is_lost_and_nothing_shown_changes() {
    let mut all = Found::default();
    for seed in 0..300 {
        let found = run(seed, (Acks::All, 2, false), Stopped::Killed);
        assert_eq!((found.lost, found.contradictions), (0, 0), "seed {seed}");
        all.acked += found.acked;
        all.truncated += found.truncated;
        all.elections += found.elections;
        all.steps += found.steps;
    }
    // The runs have been through something.
    assert!(
        all.acked > 3_000 && all.truncated > 50 && all.elections > 300,
        "{} {} {}",
        all.acked,
        all.truncated,
        all.elections
    );
}

/// The opposites: what the settings do not promise is lost, soon.
#[test]
fn what_is_not_promised_is_lost_within_a_few_seeds() {
    let lost = |how, stopped| (0..100).find(|seed| run(*seed, how, stopped).lost > 0);
    assert!(lost((Acks::One, 2, false), Stopped::Killed).is_some(), "acks=1");
    assert!(lost((Acks::All, 1, true), Stopped::Killed).is_some(), "unclean election");
    assert!(lost((Acks::All, 1, false), Stopped::DiskLost).is_some(), "one in sync, and its disk is lost");
}
