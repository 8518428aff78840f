//! Whether an opened history shows what its writer saw.

use super::{ENGINE, SaveFile};
use millrace_sim::{Moment, World};
use std::fmt;

/// What a file says of its writer's world, to be held against the world that follows from its commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The version that wrote the file, if it is another than [`ENGINE`].
    pub engine: Option<String>,
    /// Whether the world at the playhead has the hash that the file names; `None` if it names none, or if the playhead
    /// could not be reached.
    pub agrees: Option<bool>,
}

impl SaveFile {
    /// Holds the file against the world at its playhead.
    pub fn verdict(&self, at: Moment, world: &World) -> Verdict {
        let engine = self.engine.clone().filter(|engine| engine != ENGINE);
        let agrees = self.hash.filter(|_| at == self.playhead).map(|hash| hash == world.state_hash());
        Verdict { engine, agrees }
    }
}

impl Verdict {
    /// True if there is nothing to say: this engine wrote it, and nothing speaks against it.
    pub fn is_silent(&self) -> bool {
        self.engine.is_none() && self.agrees != Some(false)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.engine, self.agrees) {
            (None, Some(false)) => f.write_str(
                "the state here is not the one that was saved: the text was changed, or this is a defect worth a report",
            ),
            (None, _) => f.write_str("the state here is the one that was saved"),
            (Some(engine), agrees) => {
                write!(f, "made with Millrace {engine}, replayed with {ENGINE}: ")?;
                f.write_str(match agrees {
                    Some(true) => "the state here is the same",
                    Some(false) => "the state here is another than it was there",
                    None => "whether the state here is the same cannot be told",
                })
            }
        }
    }
}
