//! What runs out: a pie that empties, a bar that drains. Both read the playhead.

use super::draw::{left, moved, px, share};
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{Drain, Point};

/// A clock on a tile that waits. Its hand is a stroke around a small circle, as long as what is left.
pub fn pie(session: Session, drain: Drain, x: f32, y: f32) -> AnyView {
    let gone = move || px(100.0 * (1.0 - left(&drain, session.playhead.get())));
    view! {
        <g class="clock" transform=moved(Point { x, y })>
            <circle class="face" r="8"></circle>
            <circle class="hand" r="3" pathLength="100" transform="rotate(-90)" stroke-dashoffset=gone></circle>
        </g>
    }
    .into_any()
}

/// A bar below a member: how far it is from its next timeout.
pub fn bar(session: Session, drain: Drain, x: f32, y: f32, w: f32) -> AnyView {
    let what = drain.what;
    let rest = move || {
        let part = left(&drain, session.playhead.get());
        format!("translate({} {}) scale({} 1)", px(x), px(y), share(part))
    };
    view! {
        <g class="drain">
            <title>{what}</title>
            <rect class="rail" x=px(x) y=px(y) width=px(w) height="3" rx="1.5"></rect>
            <rect class="rest" width=px(w) height="3" rx="1.5" transform=rest></rect>
        </g>
    }
    .into_any()
}
