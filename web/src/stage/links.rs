//! Lines: who writes where, who owns what, where failed records go.

use super::draw::{follow, keys, path};
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{Link, LinkKind};

/// All lines, below everything else.
pub fn links(session: Session) -> AnyView {
    let ids = keys(session, |scene| scene.links.iter().map(|link| link.id.clone()).collect());
    view! {
        <g class="links" aria-hidden="true">
            <For each=move || ids.get() key=Clone::clone let(id)>{link(session, id)}</For>
        </g>
    }
    .into_any()
}

fn link(session: Session, id: String) -> AnyView {
    let name = id.clone();
    let shown = follow(session, move |scene| scene.links.iter().find(|link| link.id == id).cloned());
    let line = move || {
        shown.get().map(|Link { kind, hue, curve, .. }| {
            let class = match kind {
                LinkKind::Writes => "link is-write",
                LinkKind::Owns => "link is-own",
                LinkKind::Fails => "link is-fail",
                LinkKind::Results => "link is-result",
            };
            view! { <path class=format!("{class} group-{hue}") d=path(curve) data-link=name.clone()></path> }
        })
    };
    line.into_any()
}
