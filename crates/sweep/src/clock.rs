//! A world that runs under the checkers.

use millrace_model::{Span, Time};
use millrace_sim::{Command, Safety, Setup, World};

/// How long a tool waits for the cluster, as in scripts.
const ADMINISTRATOR: Span = Span::from_secs(60);

/// See the module.
pub struct Clock {
    /// The world.
    pub world: World,
    /// What looks at it.
    pub safety: Safety,
    /// What was done to it, and when.
    pub done: Vec<(Time, Command)>,
}

impl Clock {
    /// An empty world.
    pub fn new(seed: u64) -> Clock {
        let world = World::new(&Setup { seed, ..Setup::default() });
        Clock { world, safety: Safety::new(), done: Vec::new() }
    }

    /// Lets time pass; false once the world has halted.
    pub fn run_until(&mut self, until: Time) -> bool {
        while self.world.next_time().is_some_and(|next| next <= until) {
            if !self.safety.step(&mut self.world) {
                return false;
            }
        }
        self.world.advance_clock(until);
        true
    }

    /// Does something, if it makes sense now. A tool of Kafka's waits for its answer, as in a script.
    pub fn execute(&mut self, command: &Command) -> bool {
        if self.world.check(command).is_err() {
            return false;
        }
        self.done.push((self.world.now(), command.clone()));
        let mut recorder = self.safety.recorder(self.world.now());
        self.world.execute(command.clone().into(), &mut recorder);
        self.safety.look(&self.world, &recorder.finish());
        let until = self.world.now() + ADMINISTRATOR;
        while self.world.is_administering() && self.world.next_time().is_some_and(|next| next <= until) {
            if !self.safety.step(&mut self.world) {
                break;
            }
        }
        true
    }
}
