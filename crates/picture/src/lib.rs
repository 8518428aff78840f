//! The drawing as data: what `millrace_view` says stands where, as a tree of elements with classes and attributes. It
//! decides nothing and knows no browser: the page brings the tree into its document, a test compares it.
//!
//! A [`Node`] is an element, a [`Motion`] what of it follows the playhead; [`picture()`] is the whole stage, and a
//! [`Poster`] the same as a file that stands alone.

pub mod cell;
mod clock_face;
pub mod draw;
mod empty;
mod group;
pub mod key;
mod lane;
mod links;
pub mod member;
pub mod motion;
pub mod node;
pub mod plain;
pub mod poster;
mod producer;
mod retry;
pub mod sheet;
mod stage;
pub mod svg;
pub mod tokens;
mod topic;
mod windows;

pub use motion::{Motion, along, left, passed};
pub use node::{Node, node};
pub use poster::Poster;
pub use retry::station_says;
pub use sheet::Theme;
pub use stage::picture;
pub use windows::bar_state;
