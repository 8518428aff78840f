//! Futures and bookmarks in full: the graph of branches with what can be done to each, and the moments that have names.

use super::more::{Panels, mark};
use super::scale::{left, part_of};
use crate::lean::{attr, each, item, maybe, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Dialog, Field, Icon};
use leptos::prelude::*;
use millrace_model::Time;
use millrace_script::Travel;
use millrace_sim::{BranchId, limits};
use millrace_view::{Flag, FutureLine, Futures, futures};
use millrace_words::timebar as say;
use wasm_bindgen::JsCast;

type Graph = Memo<Futures>;

/// See the module. It is built when it is first opened.
pub fn panel(session: Session, panels: Panels) -> AnyView {
    view! { <Dialog title=say::futures_and_bookmarks() open=panels.album>{inside(session, panels)}</Dialog> }
        .into_any()
}

fn inside(session: Session, panels: Panels) -> AnyView {
    let graph: Graph = Memo::new(move |_| {
        session.history.track();
        session.with(futures)
    });
    let lines = move || {
        let ids = graph.with(|graph| graph.lines.iter().map(|line| line.id).collect::<Vec<_>>());
        ids.into_iter().map(|id| item(id.0, move || line(session, panels, graph, id))).collect()
    };
    let count = text(move || {
        let count = graph.with(|graph| graph.lines.len());
        let most = limits::BRANCHES;
        say::of_at_most_beyond_them(&count, &most)
    });
    let name = RwSignal::new(String::new());
    let set = move |()| {
        let written = name.get_untracked();
        if written.trim().is_empty() {
            mark(session);
        } else if session.travel(Travel::Mark(written)) {
            name.set(String::new());
        }
    };
    let flags = move || {
        let flags = graph.with(|graph| graph.flags.clone());
        flags.into_iter().map(|flag| item(key_of(&flag), move || bookmark(session, panels, &flag))).collect()
    };
    let none = maybe(move || {
        let says = say::none_yet_a_bookmark_is();
        graph.with(|g| g.flags.is_empty()).then(|| view! { <p class="dim">{says}</p> }.into_any())
    });
    view! {
        <ol class="future-list" aria-label=say::the_futures()>{each(lines)}</ol>
        <p class="dim">{count}</p>
        <h3>{say::bookmarks()}</h3>
        <div class="until-row">
            <Field label=say::name_of_this_moment() value=name placeholder=say::before_the_crash() on_enter=Callback::new(set)/>
            <Button label=say::bookmark_this_moment() on_press=set/>
        </div>
        {none}
        <ol class="bookmark-list" aria-label=say::the_bookmarks()>{each(flags)}</ol>
    }
    .into_any()
}

fn key_of(flag: &Flag) -> String {
    format!("{} {} {} {}", flag.moment.branch.0, flag.moment.step, flag.is_here, flag.name)
}

/// One branch: its place in the graph, its name, what can be done to it.
fn line(session: Session, panels: Panels, graph: Graph, id: BranchId) -> AnyView {
    let of = move |read: &dyn Fn(&FutureLine) -> String| {
        graph.with(|graph| graph.lines.iter().find(|line| line.id == id).map(read)).unwrap_or_default()
    };
    let number = id.0.saturating_add(1).to_string();
    let renamed = number.clone();
    let rename = move |event: leptos::ev::Event| {
        if !session.travel(Travel::Rename(renamed.clone(), event_target_value(&event)))
            && let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok())
        {
            // What was refused does not stand there as if it were its name.
            input.set_value(&of(&|line| line.title.clone()));
        }
    };
    let is_played = Memo::new(move |_| {
        graph.with(|graph| graph.lines.iter().any(|line| line.id == id && line.is_played))
    });
    let played = Signal::derive(move || is_played.get());
    let switch = move |()| {
        let end = graph.with(|graph| graph.lines.iter().find(|line| line.id == id).map(|line| line.end));
        if let Some(end) = end {
            session.go_to(end);
            panels.album.set(false);
        }
    };
    let compare = move |()| {
        session.put_on_both_stages(Some(id));
        panels.album.set(false);
    };
    let delete = move |()| {
        if session.travel(Travel::Delete(number.clone())) {
            session.say(say::deleted_undo_brings_it_back());
        }
    };
    let says = text(move || {
        let says = of(&FutureLine::says);
        if is_played.get() { [say::played_now(), " · ", &says].concat() } else { says }
    });
    let class = move || if is_played.get() { "future is-played" } else { "future" };
    view! {
        <li class=attr(move || class().to_owned())>
            {track(graph, id)}
            <input type="text" class="future-name" aria-label=attr(move || say::name_of(&of(&|line| line.title.clone())))
                autocomplete="off" spellcheck="false" maxlength="60"
                prop:value=attr(move || of(&|line| line.title.clone())) on:change=rename/>
            <span class="row future-does">
                <Button label=say::switch() hint=say::goes_to_where_it_has() disabled=played on_press=switch/>
                <Button label=say::compare() hint=say::both_stages_at_the_same() disabled=played on_press=compare/>
                <Button label=say::delete() kind=ButtonKind::Quiet hint=say::undo_brings_it_back() disabled=played on_press=delete/>
            </span>
            <span class="says dim">{says}</span>
        </li>
    }
    .into_any()
}

/// Its stretch of time, and the way down from its parent.
fn track(graph: Graph, id: BranchId) -> AnyView {
    let place = Memo::new(move |_| {
        graph.with(|graph| {
            let end = graph.lines.iter().map(|line| line.end.at).max().unwrap_or(Time::ZERO);
            let row = graph.row(id)?;
            let line = graph.lines.get(row)?;
            let up = line.parent.as_ref().and_then(|(parent, _)| graph.row(*parent));
            let from = line.from.unwrap_or(Time::ZERO);
            let flags = graph.flags.iter().filter(|flag| graph.row_of(flag) == Some(row));
            let flags: Vec<String> = flags.map(|flag| left(flag.moment.at, end)).collect();
            let up = up.map_or(0, |up| row.saturating_sub(up));
            Some((left(from, end), part_of(line.end.at.since(from).0, end.0), up.to_string(), flags))
        })
    });
    let read = move |which: usize| {
        let (left, width, up, _) = place.with(|place| place.clone()).unwrap_or_default();
        [left, width, up].into_iter().nth(which).unwrap_or_default()
    };
    let flags = move || {
        let flags = place.with(|place| place.clone()).map(|(.., flags)| flags).unwrap_or_default();
        flags
            .into_iter()
            .map(|at| {
                item(at.clone(), move || view! { <i class="flag" style:left=at.clone()></i> }.into_any())
            })
            .collect()
    };
    view! {
        <span class="future-track" aria-hidden="true">
            <b style:left=attr(move || read(0)) style:width=attr(move || read(1)) style=("--up", attr(move || read(2)))></b>
            {each(flags)}
        </span>
    }
    .into_any()
}

fn bookmark(session: Session, panels: Panels, flag: &Flag) -> AnyView {
    let (moment, name) = (flag.moment, flag.name.clone());
    let go = move |_| {
        session.go_to(moment);
        panels.album.set(false);
    };
    let remove = move |()| {
        session.travel(Travel::Unmark(name.clone()));
    };
    let delete = say::delete_bookmark(&flag.name);
    view! {
        <li class="row">
            <button type="button" class="menu-item" on:click=go>
                <i class="flag"></i>
                <span>{flag.name.clone()} <span class="says">{flag.on.clone()}</span></span>
                <span class="number dim">{flag.moment.at.to_string()}</span>
            </button>
            <Button label=delete icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=remove/>
        </li>
    }
    .into_any()
}
