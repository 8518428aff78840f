//! Expected, done once, done twice, lost: big and plain. Each number opens the list of the records behind it.

use super::{LIFE, Look, hit, line, look_at, painted, span};
use crate::frame::FrameState;
use crate::lean::{attr, each, item, maybe, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use leptos::prelude::*;
use millrace_sim::world::Outcome;
use millrace_view::failure::{Books, Kind, books};
use millrace_words::failure as say;
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let (session, frame, tab) = (look.session, use_context::<FrameState>(), look.tab);
    let wanted = RwSignal::new(None::<Kind>);
    let seen = Memo::new(move |was: Option<&Option<Arc<Books>>>| {
        let wanted = wanted.get();
        if !look.is_due() {
            return was.cloned().flatten();
        }
        session.with(|timeline| books(timeline, &look.name, wanted)).map(Arc::new)
    });
    let says = text(move || seen.with(|books| books.as_ref().map(|b| b.says.clone()).unwrap_or_default()));
    let tiles =
        move || Kind::ALL.iter().map(|kind| item(class(*kind), move || tile(*kind, seen, wanted))).collect();
    let bar = painted("", move || bar(seen.get().as_deref()));
    let list = painted("fates", move || seen.with(|books| drawn(books.as_deref(), wanted.get())));
    let clicked = move |event: leptos::ev::MouseEvent| {
        let Some(key) = hit(event.target(), "data-record") else { return };
        let found = seen.with_untracked(|books| {
            books
                .as_ref()
                .and_then(|b| b.lines.iter().find(|line| line.place == key).map(|line| line.target.clone()))
        });
        let Some(target) = found else { return };
        if hit(event.target(), "data-life").is_some() {
            session.selected.set(Some(target));
            tab.set(LIFE.name);
        } else {
            look_at(session, frame, target);
        }
    };
    let more = maybe(move || {
        let n = seen.with(|books| books.as_ref().map_or(0, |b| b.more));
        (n > 0).then(|| view! { <p class="dim">{say::and_older_ones(&n)}</p> }.into_any())
    });
    view! {
        <p class="fate-headline" aria-live="polite">{says}</p>
        {bar}
        <div class="tallies" role="group" aria-label=say::how_many_records_there_are()>{each(tiles)}</div>
        <div on:click=clicked>{list}</div>
        {more}
    }
    .into_any()
}

/// What the style sheet calls it, whatever the page's language.
fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Expected => "expected",
        Kind::Of(Outcome::Once) => "done-once",
        Kind::Of(Outcome::Twice) => "done-twice",
        Kind::Of(Outcome::Lost) => "lost",
        Kind::Of(Outcome::Open) => "still-to-come",
        Kind::Of(Outcome::Waiting) => "waiting",
        Kind::Of(Outcome::Dead) => "dead-letters",
        Kind::Of(Outcome::Skipped) => "skipped",
    }
}

fn tile(kind: Kind, seen: Memo<Option<Arc<Books>>>, wanted: RwSignal<Option<Kind>>) -> AnyView {
    let count = Memo::new(move |_| seen.with(|books| books.as_ref().map_or(0, |b| kind.count(&b.account))));
    let pressed = attr(move || (wanted.get() == Some(kind)).to_string());
    let classes = attr(move || {
        [if count.get() == 0 { "tally is-none is-" } else { "tally is-" }, class(kind)].concat()
    });
    let press = move |_| wanted.update(|now| *now = if *now == Some(kind) { None } else { Some(kind) });
    view! {
        <button type="button" class=classes aria-pressed=pressed title=kind.says() data-tally=class(kind) on:click=press>
            <span class="tally-number">{text(move || count.get().to_string())}</span>
            <span class="tally-name">{kind.name()}</span>
        </button>
    }
    .into_any()
}

/// All records as one bar, each kind as wide as it is many.
fn bar(books: Option<&Books>) -> Node {
    let root = node("div").is("class", "fate-bar").is("aria-hidden", "true");
    let Some(books) = books else { return root };
    let part = |kind: &Kind| {
        let n = kind.count(&books.account);
        (*kind != Kind::Expected && n > 0).then(|| {
            node("span")
                .key(class(*kind).to_owned())
                .set("class", ["is-", class(*kind)].concat())
                .set("style", format!("flex-grow:{n}"))
        })
    };
    root.children(Kind::ALL.iter().filter_map(part).collect())
}

fn drawn(books: Option<&Books>, wanted: Option<Kind>) -> Node {
    let root = node("div");
    let (Some(books), Some(kind)) = (books, wanted) else {
        return root.child(node("p").is("class", "dim").text(say::choose_a_number_to_see().to_owned()));
    };
    let head = node("p").is("class", "dim").text(format!("{}: {}.", kind.name(), kind.says()));
    if books.lines.is_empty() {
        return root.child(head).child(node("p").text(say::none().to_owned()));
    }
    let row = |one: &millrace_view::failure::Line| {
        let why = node("button").is("type", "button").is("class", "fate").children(line(one));
        let life = node("button")
            .is("type", "button")
            .is("class", "button quiet fate-life")
            .is("data-life", "")
            .set("aria-label", say::its_life(&one.key, &one.place))
            .child(span("", say::its_life_here().to_owned()));
        node("li").key(one.place.clone()).set("data-record", one.place.clone()).child(why).child(life)
    };
    let list = node("ol").is("class", "fate-list").set("aria-label", say::records(&kind.name()));
    root.child(head).child(list.children(books.lines.iter().map(row).collect()))
}
