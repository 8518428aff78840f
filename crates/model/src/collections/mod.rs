//! Small ordered collections: a map and a set on one sorted vector each, with the names of `BTreeMap` and `BTreeSet`.
//!
//! The engine's maps are small (partitions, members, requests in flight), and there are about fifty kinds of them. Each
//! kind of `BTreeMap` weighs about 10 KB of WebAssembly, each of these about 1 KB. Lookup is a binary search; insertion
//! moves what lies behind. What grows with history (the queue, window stores) stays a `BTreeMap`.
//! See `docs/decisions/0005-small-maps.md` for the measurement.

mod map;
mod set;
pub mod sort;

pub use map::{Entry, Map};
pub use set::Set;
