//! The dead letters: found by cause and by search, chosen, sent again at a rate, or thrown away; the dangers before.

use super::letter::{detail, do_to};
use super::{Look, alarms, dangers, hit, line, painted, span};
use crate::lean::{attr_maybe, each, item, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::{Button, ButtonKind, Check, Field};
use leptos::prelude::*;
use millrace_sim::DeskAction;
use millrace_view::failure::{Danger, LetterLine, Letters, Place, Search, filter_of, letters};
use millrace_view::words;
use millrace_words::failure as say;
use std::sync::Arc;

/// Which letters an action is for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Meant {
    places: Vec<Place>,
    /// `None`: all that wait.
    filter: Option<String>,
    /// `all 3 letters`.
    words: String,
}

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let typed = RwSignal::new(String::new());
    let cause = RwSignal::new(None::<String>);
    let closed = RwSignal::new(false);
    let chosen = RwSignal::new(Vec::<Place>::new());
    let opened = RwSignal::new(None::<Place>);
    let rate = RwSignal::new(String::new());
    let name = look.name.clone();
    let of = look.clone();
    let seen = Memo::new(move |was: Option<&Arc<Letters>>| {
        let search = Search { text: typed.get(), cause: cause.get(), closed: closed.get() };
        match of.is_due() {
            true => Arc::new(session.with(|timeline| letters(timeline, &of.name, &search))),
            false => was.cloned().unwrap_or_default(),
        }
    });
    let per_second = move || rate.with(|text| text.trim().parse::<u32>().ok().filter(|n| *n > 0));
    let wrong = Signal::derive(move || {
        let is_wrong = rate.with(|text| !text.trim().is_empty()) && per_second().is_none();
        is_wrong.then(|| say::expected_a_whole_number_or().to_owned())
    });
    let meant = Memo::new(move |_| {
        let found = seen.get();
        chosen
            .with(|chosen| meant(&found, chosen, cause.get().as_deref(), typed.with(|t| t.trim().is_empty())))
    });
    let risks: Memo<Vec<Danger>> = {
        let name = name.clone();
        Memo::new(move |_| {
            session.scene.track();
            let places = meant.with(|meant| meant.places.clone());
            session.with(|timeline| millrace_view::failure::dangers(timeline, &name, &places, per_second()))
        })
    };
    let headline = text(move || seen.with(|found| headline(found)));
    let causes = painted("", move || seen.with(|found| cause.with(|cause| causes(found, cause.as_deref()))));
    let pick = move |event: leptos::ev::MouseEvent| {
        if let Some(class) = hit(event.target(), "data-cause") {
            cause.update(|now| *now = if now.as_deref() == Some(&*class) { None } else { Some(class) });
        }
    };
    let list = painted("fates", move || {
        seen.with(|found| chosen.with(|chosen| opened.with(|opened| listed(found, chosen, opened.as_ref()))))
    });
    let clicked = move |event: leptos::ev::MouseEvent| {
        let Some(key) = hit(event.target(), "data-record") else { return };
        let found = seen
            .with_untracked(|found| found.lines.iter().find(|l| l.line.place == key).map(|l| l.at.clone()));
        let Some(place) = found else { return };
        if hit(event.target(), "data-check").is_some() {
            chosen.update(|chosen| match chosen.iter().position(|of| *of == place) {
                Some(n) => drop(chosen.remove(n)),
                None => chosen.push(place),
            });
        } else {
            opened.update(|now| *now = if now.as_ref() == Some(&place) { None } else { Some(place) });
        }
    };
    let send = {
        let name = name.clone();
        move |()| {
            let filter = meant.with_untracked(|meant| meant.filter.clone());
            let action = DeskAction::Redrive { rate: untrack(per_second), value: None, to: None };
            if do_to(session, &name, filter.as_deref(), action) {
                chosen.set(Vec::new());
            }
        }
    };
    let throw = move |()| {
        let filter = meant.with_untracked(|meant| meant.filter.clone());
        if do_to(session, &name, filter.as_deref(), DeskAction::Discard) {
            chosen.set(Vec::new());
        }
    };
    let is_none = Memo::new(move |_| meant.with(|meant| meant.places.is_empty()));
    let cannot = Signal::derive(move || is_none.get() || wrong.with(Option::is_some));
    let verb = move |verb: &'static str| {
        Signal::derive(move || meant.with(|meant| [verb, " ", &meant.words].concat()))
    };
    let close = Callback::new(move |()| opened.set(None));
    let of = look.clone();
    let open = each(move || {
        let of = of.clone();
        let one =
            |place: Place| item(words::place(&place.0, place.1), move || detail(&of, place.clone(), close));
        opened.get().map(one).into_iter().collect()
    });
    let risk = painted("", move || risks.with(|risks| dangers::drawn(risks)));
    let (again, away) = (verb(say::send_again()), verb(say::throw_away()));
    // Hidden, not taken away: what was written into it stays.
    let hidden = attr_maybe(move || is_none.get().then_some(""));
    let actions = view! {
        <section class="redrive" aria-label=say::send_again_label() hidden=hidden>
            <h3>{say::before_you_send_them_again()}</h3>
            {risk}
            <div class="row redrive-row">
                <Field label=say::letters_a_second() value=rate placeholder=say::all_at_once() error=wrong keyboard="numeric"/>
                <Button label=again kind=ButtonKind::Primary disabled=cannot on_press=send/>
                <Button label=away kind=ButtonKind::Danger disabled=cannot on_press=throw/>
            </div>
        </section>
    };
    view! {
        <p class="fate-headline" aria-live="polite">{headline}</p>
        <div on:click=pick>{causes}</div>
        <div class="letter-search">
            <Field label=say::search() value=typed placeholder=say::key_value_cause_topic()/>
            <Check label=say::those_dealt_with_too() value=closed/>
        </div>
        <div on:click=clicked>{list}</div>
        {open}
        {actions}
        {alarms::panel(look)}
    }
    .into_any()
}

fn meant(found: &Letters, chosen: &[Place], cause: Option<&str>, is_all: bool) -> Meant {
    let open: Vec<&LetterLine> = found.lines.iter().filter(|line| line.closed.is_none()).collect();
    let many = |n: usize| say::many_letters(n as u64);
    let chosen: Vec<Place> =
        open.iter().filter(|line| chosen.contains(&line.at)).map(|line| line.at.clone()).collect();
    if !chosen.is_empty() {
        let words = say::the_chosen(&many(chosen.len()));
        return Meant { filter: Some(filter_of(&chosen)), places: chosen, words };
    }
    let places: Vec<Place> = open.iter().map(|line| line.at.clone()).collect();
    if !is_all {
        let words = say::the_found(&many(places.len()));
        return Meant { filter: Some(filter_of(&places)), places, words };
    }
    let of = cause.and_then(|class| found.causes.iter().find(|cause| cause.id == class));
    match of {
        Some(cause) => {
            let words = say::of(&many(usize::try_from(cause.open).unwrap_or(0)), &cause.name);
            Meant { filter: Some(cause.filter.clone()), places, words }
        }
        None if found.open == 1 => Meant { filter: None, places, words: say::the_one_letter().to_owned() },
        None => Meant { filter: None, places, words: say::all_letters(&found.open) },
    }
}

fn headline(found: &Letters) -> String {
    match (found.open, &found.oldest, found.closed) {
        (0, _, 0) => say::no_dead_letters().to_owned(),
        (0, _, n) => say::no_dead_letter_waits_dealt(&n),
        (1, Some(age), _) => say::a_1_dead_letter_waits_for_age(&age),
        (n, Some(age), _) => say::dead_letters_wait_for_somebody(&n, &age),
        (n, None, _) => say::dead_letters_wait_for(&n),
    }
}

fn causes(found: &Letters, chosen: Option<&str>) -> Node {
    let one = |cause: &millrace_view::failure::Cause| {
        let is_chosen = chosen == Some(&*cause.id);
        node("button")
            .is("type", "button")
            .key(cause.id.clone())
            .is("class", "cause-chip")
            .set("aria-pressed", is_chosen.to_string())
            .set("data-cause", cause.id.clone())
            .child(span("cause-count", cause.open.to_string()))
            .child(node("b").text(cause.name.clone()))
            .child(span("dim", say::oldest(&cause.message, &cause.oldest)))
    };
    node("div")
        .is("class", "cause-chips")
        .is("role", "group")
        .is("aria-label", say::by_cause())
        .children(found.causes.iter().map(one).collect())
}

fn listed(found: &Letters, chosen: &[Place], opened: Option<&Place>) -> Node {
    let root = node("div");
    if found.lines.is_empty() {
        let says = match found.open + found.closed {
            0 => say::a_record_comes_here_when(),
            _ => say::none_is_found(),
        };
        return root.child(node("p").is("class", "dim").text(says.to_owned()));
    }
    let row = |one: &LetterLine| {
        let place = one.line.place.clone();
        let is_open = opened == Some(&one.at);
        let state = one.closed.unwrap_or(&one.cause).to_owned();
        let check = match one.closed {
            Some(_) => node("span").is("class", "fate-check is-off"),
            None => node("button")
                .is("type", "button")
                .is("class", "fate-check")
                .is("role", "checkbox")
                .is("data-check", "")
                .set("aria-checked", chosen.contains(&one.at).to_string())
                .set("aria-label", say::choose(&one.line.key, &place)),
        };
        let open = node("button")
            .is("type", "button")
            .is("class", "fate")
            .set("aria-expanded", is_open.to_string())
            .children(line(&one.line));
        let class = if one.closed.is_some() { "is-closed" } else { "" };
        let tail = node("span")
            .is("class", "fate-state")
            .child(node("b").text(state))
            .child(span("dim", one.age.clone()));
        node("li")
            .key(place.clone())
            .is("class", class)
            .set("data-record", place)
            .child(check)
            .child(open.child(tail))
    };
    let list = node("ol").is("class", "fate-list is-letters").is("aria-label", say::dead_letters());
    let more =
        (found.more > 0).then(|| node("p").is("class", "dim").text(say::and_more_search_to_see(&found.more)));
    root.child(list.children(found.lines.iter().map(row).collect())).maybe(more)
}
