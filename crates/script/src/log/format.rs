//! What a save file holds, and how it is written.

use super::VERSION;
use crate::commands::print;
use crate::language::time::print_time;
use millrace_model::{Profile, Time};
use millrace_sim::{Bookmark, BranchId, Logged, Moment, Setup};
use std::fmt::Write;
use std::sync::Arc;

/// A history without what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveFile {
    /// What the run began with.
    pub setup: Setup,
    /// The branches, each after its parent.
    pub branches: Vec<SavedBranch>,
    /// Where the learner was.
    pub playhead: Moment,
    /// The version of Millrace that wrote the file; the first ones did not say.
    pub engine: Option<String>,
    /// The hash of the world at the playhead, as the engine that wrote the file had it.
    pub hash: Option<u64>,
}

/// One branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedBranch {
    /// Its number.
    pub id: BranchId,
    /// The place in another branch where it began; `None` if it began at the beginning.
    pub from: Option<Moment>,
    /// What was done on it since, each with the line of the file in which it stands (0 when it was not read from one).
    pub log: Vec<(Logged, usize)>,
    /// How far it has run: steps and clock.
    pub end: (u64, Time),
    /// What the learner called it.
    pub name: Option<Arc<str>>,
    /// Its bookmarks.
    pub bookmarks: Vec<Bookmark>,
}

impl SaveFile {
    /// The text: the parser's inverse.
    pub fn print(&self) -> String {
        self.print_for(self.setup.profile)
    }

    /// The same lines in a file that says another version of Kafka: what they leave open is that version's default.
    pub(super) fn print_for(&self, version: Profile) -> String {
        let Setup { seed, profile } = self.setup;
        let mut out = format!("millrace {VERSION}\n");
        // Writing to a String does not fail.
        if let Some(engine) = &self.engine {
            let _ = writeln!(out, "engine {engine}");
        }
        let _ = writeln!(out, "seed {seed}\nprofile {version}");
        for branch in &self.branches {
            let _ = write!(out, "branch {}", branch.id.0);
            if let Some(from) = branch.from {
                let _ = write!(out, " from {} {}", from.branch.0, place(from.at, from.step));
            }
            out.push('\n');
            if let Some(name) = &branch.name {
                let _ = writeln!(out, "name {name}");
            }
            for (logged, _) in &branch.log {
                let _ =
                    writeln!(out, "{} {}", place(logged.at, logged.after), print(&logged.command, profile));
            }
            for Bookmark { name, moment } in &branch.bookmarks {
                let _ = writeln!(out, "bookmark {} {name}", place(moment.at, moment.step));
            }
            let (steps, at) = branch.end;
            let _ = writeln!(out, "end {}", place(at, steps));
        }
        let Moment { branch, step, at } = self.playhead;
        let _ = write!(out, "playhead {} {}", branch.0, place(at, step));
        if let Some(hash) = self.hash {
            let _ = write!(out, " hash {hash:016x}");
        }
        out.push('\n');
        out
    }
}

fn place(at: Time, steps: u64) -> String {
    format!("@{} #{steps}", print_time(at))
}
