//! What happens to controllers in those runs that have several: their draws are beside the others, so that a run with one
//! controller stays as it is.

use crate::plan::Deed;
use millrace_broker::CONTROLLER;
use millrace_model::{BrokerId, Dice, Span};
use millrace_sim::{ClusterCommand, Command, ControllerAction, SeededDice};

/// One run of so many has several controllers.
const ONE_OF: u64 = 8;
/// So many then.
const SEVERAL: u32 = 3;

/// See the module.
pub struct Controllers {
    dice: SeededDice,
    draws: u64,
    are_several: bool,
}

impl Controllers {
    /// Those of a seed.
    pub fn of(seed: u64) -> Controllers {
        let dice = SeededDice { seed };
        Controllers { dice, draws: 0, are_several: dice.below("controllers", 0, ONE_OF) == 0 }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        if self.are_several { SEVERAL } else { 1 }
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.draws += 1;
        self.dice.below("controllers", self.draws, sides)
    }

    /// One more thing that happens to one of them; what makes no sense then is left out.
    pub fn next(&mut self) -> Option<Deed> {
        if !self.are_several {
            return None;
        }
        let (fault, action) = match self.below(8) {
            0 => ("controller crash", ControllerAction::Crash),
            1 => ("controller stop", ControllerAction::Stop),
            2 => ("controller pause", ControllerAction::Pause),
            3 => ("controller resume", ControllerAction::Resume),
            4 | 5 => ("controller restart", ControllerAction::Restart),
            _ => return None,
        };
        let n = i32::try_from(self.below(u64::from(SEVERAL))).unwrap_or(0);
        let id = BrokerId(CONTROLLER.0.saturating_add(n));
        let wait = Span::from_millis(self.below(1_500));
        let command = Command::Cluster(Box::new(ClusterCommand::Controller { id, action }));
        Some(Deed { wait, command, fault: Some(fault) })
    }
}

/// What brings every controller of a cluster back.
pub fn mended(quorum: &millrace_broker::quorum::Quorum) -> Vec<Command> {
    let of =
        |id: &BrokerId, action| Command::Cluster(Box::new(ClusterCommand::Controller { id: *id, action }));
    let back = |(id, voter): (&BrokerId, &millrace_broker::quorum::Voter)| match voter.state.is_up() {
        false => Some(of(id, ControllerAction::Restart)),
        true if !quorum.is_running(*id) => Some(of(id, ControllerAction::Resume)),
        true => None,
    };
    quorum.voters().iter().filter_map(back).collect()
}
