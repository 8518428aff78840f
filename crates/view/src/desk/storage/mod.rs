//! What of a partition lies on its leader's disk: batches byte for byte ([`bytes`]), and the shelf of its segments' files
//! ([`shelf`]).

pub mod bytes;
mod choice;
mod cleaner;
mod fields;
mod lookup;
pub mod shelf;
pub mod text;

pub use choice::{has_logs, partitions};
pub use cleaner::{Cleaning, Kept};
pub use fields::{FieldView, Group};
pub use lookup::{Entry, Lookup, Met, Step};
