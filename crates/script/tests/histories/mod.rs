//! Histories of a Streams application `counts` by a seed: its instances come, go, crash, freeze and wake up by the dice.

// Each test takes of it what it needs.
#![allow(missing_docs, dead_code, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use millrace_model::Profile;
use millrace_script::{Runner, parse_script};
use millrace_sim::node::Activity;
use millrace_sim::{Setup, World};

const KEYS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// A test's own dice (SplitMix64), so that a seed is a history.
pub struct Die(pub u64);

impl Die {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }

    pub fn one<'a, T: ?Sized + ToOwned>(&mut self, of: &'a [impl AsRef<T>]) -> &'a T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()].as_ref()
    }

    pub fn key(&mut self) -> &'static str {
        self.one(&KEYS)
    }
}

/// What the instances may do beside starting, coming back and waking up.
#[derive(Clone, Copy, Debug)]
pub struct Stir<'a> {
    /// Whether one is stopped, as long as another runs.
    pub stops: bool,
    /// On which of the die's eight sides one crashes: of 4 and 7.
    pub crashes: &'a [u64],
    pub freezes: bool,
}

/// A history that goes on line by line.
pub struct Run {
    pub seed: u64,
    pub runner: Runner,
    pub lines: Vec<String>,
}

impl Run {
    pub fn new(seed: u64) -> Run {
        Run { seed, runner: Runner::new(Setup { seed, profile: Profile::default() }), lines: Vec::new() }
    }

    /// Carries lines out, which must do.
    pub fn tell(&mut self, text: &str) {
        let (statements, problems) = parse_script(text, Profile::default());
        assert!(problems.is_empty(), "{}", problems[0].sentence());
        self.lines.extend(text.lines().map(str::to_owned));
        for (_, statement) in &statements {
            if let Err(failure) = self.runner.run(statement) {
                panic!("seed {}: {failure}\n{}", self.seed, self.lines.join("\n"));
            }
        }
    }

    pub fn world(&self) -> &World {
        self.runner.timeline().world()
    }

    pub fn instances(&self, wanted: Activity) -> Vec<String> {
        // Who has been told to stop, and waits for a broker that is down, is neither running nor gone.
        let of = self
            .world()
            .streams_instances("counts")
            .filter(|(_, node, _)| node.activity() == wanted)
            .filter(|(.., streams)| wanted != Activity::Running || !streams.is_closing());
        of.map(|(_, node, _)| node.name.to_string()).collect()
    }

    /// Something happens to an instance, or nothing.
    pub fn stir(&mut self, die: &mut Die, may: Stir<'_>) {
        let (running, frozen) = (self.instances(Activity::Running), self.instances(Activity::Frozen));
        let gone = self.instances(Activity::Gone);
        let (verb, whom) = match die.roll(8) {
            0 if self.world().streams_instances("counts").count() < 4 => {
                return self.tell("streams add counts");
            }
            1 if running.len() > 1 && may.stops => ("stop", running),
            2 | 3 if !gone.is_empty() => ("restart", gone),
            side @ (4 | 7) if !running.is_empty() && may.crashes.contains(&side) => ("crash", running),
            5 if may.freezes && running.len() > 1 => ("freeze", running),
            6 if !frozen.is_empty() => ("thaw", frozen),
            _ => return,
        };
        self.tell(&format!("streams {verb} counts {}", die.one::<str>(&whom)));
    }

    /// Who is frozen wakes up, and if nobody runs then, one is restarted.
    pub fn bring_back(&mut self) {
        for name in self.instances(Activity::Frozen) {
            self.tell(&format!("streams thaw counts {name}"));
        }
        if self.instances(Activity::Running).is_empty() {
            let gone = self.instances(Activity::Gone);
            self.tell(&format!("streams restart counts {}", gone[0]));
        }
    }
}
