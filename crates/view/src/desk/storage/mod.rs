//! What of a partition lies on its leader's disk: batches byte for byte ([`bytes`]), and the shelf of its segments' files
//! ([`shelf`]).

pub mod bytes;
mod choice;
mod cleaner;
mod fields;
mod halving;
mod lookup;
pub mod shelf;
mod stack;
mod tables;
pub mod text;

pub use choice::{has_logs, partitions};
pub use cleaner::{Cleaning, Kept, Mapped, Section};
pub use fields::{FieldView, Group};
pub use lookup::{Lookup, Part, Stack, Step, Verdict, Wanted};
pub use millrace_disk::name as file_name;
pub use stack::Line;
pub use tables::Table;
