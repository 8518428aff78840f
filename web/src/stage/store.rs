//! The state stores as tables, below the stage.

use super::draw::keys;
use crate::session::Session;
use crate::ui::Disclosure;
use leptos::prelude::*;
use std::sync::Arc;

/// One table for each streams application.
pub fn stores(session: Session) -> AnyView {
    let apps = keys(session, |scene| scene.boards.iter().map(|board| board.app.clone()).collect());
    view! { <For each=move || apps.get() key=Clone::clone let(app)>{store(session, app)}</For> }.into_any()
}

fn store(session: Session, app: Arc<str>) -> AnyView {
    let name = app.clone();
    let lines = Memo::new(move |_| {
        session
            .scene
            .with(|scene| scene.boards.iter().find(|board| board.app == app).map(|board| board.store.clone()))
    });
    let title = format!("state store of {name}");
    let summary = Signal::derive(move || match lines.with(|lines| lines.as_ref().map_or(0, Vec::len)) {
        1 => format!("{title}: 1 entry"),
        n => format!("{title}: {n} entries"),
    });
    let rows = move || {
        let line = |[key, window, value]: [String; 3]| {
            view! { <tr><th scope="row">{key}</th><td>{window}</td><td>{value}</td></tr> }
        };
        lines.get().unwrap_or_default().into_iter().map(line).collect::<Vec<_>>()
    };
    view! {
        <section class="store" data-store=name.to_string()>
            <Disclosure summary=summary>
                <table>
                    <thead><tr><th scope="col">"key"</th><th scope="col">"window"</th><th scope="col">"value"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </Disclosure>
        </section>
    }
    .into_any()
}
