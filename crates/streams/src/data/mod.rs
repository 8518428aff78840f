//! What flows through a topology: keys (plain or windowed), values, and how both become bytes.

pub mod key;
pub mod value;

pub use key::{Key, Window, WindowKind};
pub use value::{Serde, Value};
