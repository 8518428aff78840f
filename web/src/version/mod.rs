//! Which version of Kafka answers: what differs between those that there are, and another one for this history.
//!
//! A dialog of its own beside the page, made when it is first opened.

use crate::session::Session;
use crate::ui::{Button, Dialog};
use leptos::prelude::*;
use millrace_model::Profile;
use millrace_view::versions::{COLUMNS, Row, about, rows};
use millrace_words::versions as say;
use std::cell::Cell;

thread_local! {
    static OPEN: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// Opens the dialog.
pub fn open(session: Session) {
    if OPEN.get().is_none() {
        mount_to_body(move || place(session));
    }
    if let Some(open) = OPEN.get() {
        open.set(true);
    }
}

fn place(session: Session) -> AnyView {
    let open = RwSignal::new(false);
    OPEN.set(Some(open));
    view! { <Dialog title=say::title() open=open>{inside(session, open)}</Dialog> }.into_any()
}

/// As it is when the dialog is opened: while it is open, nothing else can be pressed.
fn inside(session: Session, open: RwSignal<bool>) -> AnyView {
    let chosen = session.setup().profile;
    let is_lent = session.is_lent.get_untracked();
    let choose = move |of: Profile| {
        if of == chosen {
            return Some(view! { <strong class="version-in-use">{say::in_use()}</strong> }.into_any());
        }
        let begin = move |()| {
            open.set(false);
            session.begin_as(of);
        };
        (!is_lent).then(|| view! { <Button label=say::begin_as(&of) on_press=begin/> }.into_any())
    };
    let head = |of: Profile| {
        view! {
            <th role="columnheader" scope="col" class=class(of, chosen)>
                <span class="version-name">{of.name()}</span>
                <span class="version-about">{about(of)}</span>
                {choose(of)}
            </th>
        }
        .into_any()
    };
    let what_follows = if is_lent { say::of_lesson() } else { say::begins() };
    view! {
        <p class="version-intro">{say::intro(&chosen)} " " {what_follows}</p>
        <table class="versions" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col" class="version-what">{say::setting()}</th>
                    {COLUMNS.map(head).into_iter().collect::<Vec<_>>()}
                    <th role="columnheader" scope="col" class="version-source">{say::source()}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows().into_iter().map(|row| line(row, chosen)).collect::<Vec<_>>()}</tbody>
        </table>
    }
    .into_any()
}

/// A row; a value that is not the chosen version's stands out.
fn line(row: Row, chosen: Profile) -> AnyView {
    let here = COLUMNS.iter().position(|of| *of == chosen).and_then(|at| row.values.get(at)).cloned();
    let cell = |(of, value): (Profile, String)| {
        let class =
            [class(of, chosen), if here.as_ref() == Some(&value) { "" } else { " is-other" }].concat();
        view! { <td role="cell" class=class>{value}</td> }.into_any()
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="version-what">{row.what.clone()}</th>
            {COLUMNS.into_iter().zip(row.values.clone()).map(cell).collect::<Vec<_>>()}
            <td role="cell" class="version-source">{row.source}</td>
        </tr>
    }
    .into_any()
}

fn class(of: Profile, chosen: Profile) -> &'static str {
    if of == chosen { "version is-chosen" } else { "version" }
}
