//! What differs as a table: what it is, here and there. What is alike is there on demand.

use super::Shown;
use crate::lean::{part, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::Check;
use leptos::prelude::*;
use millrace_view::beside::{Row, Section};
use millrace_words::beside as say;

/// Most rows of one section that are shown; the rest is counted.
const ROWS: usize = 60;

/// See the module.
pub fn list(session: Session, shown: Memo<Shown>, titles: Memo<[String; 2]>) -> AnyView {
    let all = RwSignal::new(false);
    let sections = part(move || {
        let (all, is_playing) = (all.get(), session.transport.with(|transport| transport.is_playing));
        let compared = shown.with(|shown| shown.compared.clone());
        let sections = compared.sections.iter().filter_map(|one| section(one, all));
        let waits = is_playing.then(|| view! { <tbody><tr><td colspan="3" class="dim">{say::metrics_are_compared_when_time()}</td></tr></tbody> }.into_any());
        sections.chain(waits).collect::<Vec<_>>().into_any()
    });
    let name = move |which: usize| {
        text(move || titles.with(|titles| titles.get(which).cloned()).unwrap_or_default())
    };
    view! {
        <div class="beside-list" tabindex="0" role="group" aria-label=say::what_differs()>
            <table class="measures">
                <caption class="visually-hidden">{say::what_differs_between_the_two()}</caption>
                <thead><tr><td></td><th scope="col">{name(0)}</th><th scope="col">{name(1)}</th></tr></thead>
                {sections}
            </table>
            <Check label=say::also_what_is_alike() value=all/>
        </div>
    }
    .into_any()
}

fn section(section: &Section, all: bool) -> Option<AnyView> {
    let mut rows: Vec<&Row> = section.rows.iter().filter(|row| all || row.differs()).collect();
    if rows.is_empty() {
        return None;
    }
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let row = |row: &Row| {
        let class = if row.differs() { "is-different" } else { "" };
        view! {
            <tr class=class>
                <th scope="row">{row.what.clone()}</th>
                <td>{row.here.clone()}</td><td>{row.there.clone()}</td>
            </tr>
        }
    };
    let rest = (more > 0).then(|| {
        view! { <tr><td colspan="3" class="dim">{say::and_more(&more)}</td></tr> }
    });
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    Some(
        view! {
            <tbody>
                <tr class="beside-title"><th scope="rowgroup" colspan="3">{section.title}</th></tr>
                {rows}
                {rest}
            </tbody>
        }
        .into_any(),
    )
}
