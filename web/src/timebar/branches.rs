//! The futures on the time bar: a small graph above it, and a list for keyboard and finger. Nothing while there is one.

use super::scale::{left, part_of};
use crate::lean::{attr, each, item, maybe, part};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Menu, MenuItem};
use leptos::prelude::*;
use millrace_model::Time;
use millrace_view::{FutureLine, Futures, futures};
use millrace_words::timebar as say;

/// Rows that are drawn; the list holds all.
const ROWS: usize = 4;

/// Whether there is anything to draw. Asked with every picture, so that one future costs nothing.
fn several(session: Session) -> Memo<bool> {
    Memo::new(move |_| session.history.with(|h| h.branches.len() > 1))
}

/// The graph.
pub fn lines(session: Session, end: Memo<Time>) -> AnyView {
    let several = several(session);
    maybe(move || several.get().then(|| graph(session, end)))
}

fn graph(session: Session, end: Memo<Time>) -> AnyView {
    let few = Memo::new(move |_| {
        session.history.track();
        session.with(|timeline| futures(timeline).few(ROWS))
    });
    let items = move || {
        let few = few.get();
        let rows = (0..few.lines.len()).filter_map(|row| {
            let line = few.lines.get(row)?;
            let up = line.parent.as_ref().and_then(|(parent, _)| few.row(*parent));
            let up = up.map_or(0, |up| row.saturating_sub(up));
            let key = format!("{} {} {row} {up} {} {}", line.id.0, line.end.at.0, line.is_played, line.title);
            let line = line.clone();
            Some(item(key, move || row_of(session, end, &line, row, up)))
        });
        rows.collect()
    };
    view! { <div class="branches">{each(items)}</div> }.into_any()
}

fn row_of(session: Session, end: Memo<Time>, line: &FutureLine, row: usize, up: usize) -> AnyView {
    let from = line.from.unwrap_or(Time::ZERO);
    let (until, goal) = (line.end.at, line.end);
    let width = move || part_of(until.since(from).0, end.get().0);
    let place = attr(move || left(from, end.get()));
    let label = format!("{}: {}", line.title, line.says());
    let (row, up) = (row.to_string(), up.to_string());
    if line.is_played {
        return view! {
            <span class="branch-played" title=say::played_now_label(&label) style:left=place style:width=attr(width)
                style=("--row", row) style=("--up", up)></span>
        }
        .into_any();
    }
    view! {
        <button type="button" class="branch-line" aria-label=label.clone() title=label tabindex="-1"
            style:left=place style:width=attr(width) style=("--row", row) style=("--up", up)
            on:click=move |_| session.go_to(goal)></button>
    }
    .into_any()
}

/// The list.
pub fn menu(session: Session) -> AnyView {
    let several = several(session);
    let menu = move || several.get().then(|| list(session));
    view! { <div class="futures">{maybe(menu)}</div> }.into_any()
}

fn list(session: Session) -> AnyView {
    let all: Memo<Futures> = Memo::new(move |_| {
        session.history.track();
        session.with(futures)
    });
    let label = Signal::derive(move || say::futures(&all.with(|all| all.lines.len())));
    let items = move || {
        let item = |line: FutureLine| {
            let name =
                if line.is_played { [&*line.title, " ", say::here()].concat() } else { line.title.clone() };
            view! { <MenuItem label=name says=line.says() on_press=move |()| session.go_to(line.end)/> }
        };
        all.get().lines.into_iter().map(item).collect::<Vec<_>>().into_any()
    };
    view! { <Menu label=label class="up right quiet">{part(items)}</Menu> }.into_any()
}
