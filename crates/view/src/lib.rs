//! The picture as data.

pub mod scene;
pub use scene::*;
