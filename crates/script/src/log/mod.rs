//! The file that a history is saved to: text that a reader can follow, a diff can show, a bug report can hold.
//!
//! ```text
//! millrace 1
//! engine 0.1.0+1
//! seed 1
//! profile 4.x
//! branch 0
//! @12:00:00.000 #0 kafka-topics --create --topic orders --partitions 3
//! @12:00:01.000 #8 produce orders alice '{"amount": 12}'
//! end @12:00:09.000 #57
//! branch 1 from 0 @12:00:00.500 #8
//! name without retries
//! bookmark @12:00:01.000 #9 the first failure
//! end @12:00:02.000 #9
//! playhead 0 @12:00:04.000 #31 hash 9f3c06de21b7a854
//! ```
//!
//! Each command stands at its exact place: what the clock showed, and how many steps had happened. A branch holds what
//! was done since it left its parent, its name and its bookmarks, if it has any. Trace and checkpoints are not saved: they follow. The hash is that of the world at
//! the playhead: whoever opens the file can tell whether it shows what its writer saw ([`Verdict`]).

mod format;
mod parse;
mod restore;
mod verdict;

pub use format::{SaveFile, SavedBranch};
pub use restore::{open, save, save_for};
pub use verdict::Verdict;

/// The version in the first line. A file of another version is refused, not guessed at.
pub const VERSION: u32 = 1;
/// The version of this engine: the release's, and how often since then the same commands have come to mean something else.
/// Another may come to other states from the same commands, and says so.
pub const ENGINE: &str = concat!(env!("CARGO_PKG_VERSION"), "+1");

/// Whether the engine that wrote a file had producers without sequence numbers unless they were told to have them
/// (`docs/decisions/0022`).
fn has_plain_producers(engine: Option<&str>) -> bool {
    matches!(engine, None | Some("0.1.0"))
}
/// Largest file, in bytes; a larger one is refused.
pub const FILE_BYTES: usize = 16 * 1024 * 1024;
