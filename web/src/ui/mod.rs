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

use crate::lean;
use leptos::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is built when it is first asked for: its place in the page, and the asking.
pub(crate) fn on_demand(children: Children) -> (AnyView, Callback<()>) {
    let waiting = StoredValue::new_local(Some(children));
    let is_wanted = RwSignal::new(false);
    let build = Callback::new(move |()| {
        if is_wanted.try_get_untracked() == Some(false) {
            is_wanted.set(true);
        }
    });
    let place = lean::maybe(move || {
        let wanted = is_wanted.get().then(|| waiting.try_update_value(Option::take).flatten()).flatten();
        wanted.map(|children| children())
    });
    (place, build)
}

/// A fresh id that ties a label to its field.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("u{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
