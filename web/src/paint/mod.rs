//! Drawing what changes often and has many parts: a picture is built as plain data and compared with the one before;
//! only what differs touches the document.
//!
//! Why not a view of the framework for each part: every closure and every type of view is compiled anew, and the stage
//! has a hundred of them. As data they cost nothing but themselves, and a picture can be tested without a browser.
//! Leptos holds the roots, their listeners and all panels.

mod canvas;

pub use canvas::{Canvas, Space};
pub use millrace_picture::{Motion, Node, node};
