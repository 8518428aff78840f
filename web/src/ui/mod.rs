//! The small parts that all panels are made of. They know nothing about Kafka or the session (the toast apart, which
//! shows its notices). Names of classes are the interface to `static/style/base.css`.

mod button;
mod dialog;
mod disclosure;
mod field;
mod icon;
mod menu;
mod toast;

pub use button::{Button, ButtonKind};
pub use dialog::Dialog;
pub use disclosure::Disclosure;
pub use field::{Area, Check, Choice, Field, Slider};
pub use icon::{Icon, icon};
pub use menu::{Menu, MenuItem};
pub use toast::Toast;

use std::sync::atomic::{AtomicU32, Ordering};

/// A fresh id that ties a label to its field.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("u{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
