//! The shelf: which lessons there are, part by part, how far the learner is, and what comes next.

use super::Lessons;
use super::desk::Desk;
use crate::lean::part;
use crate::session::next_frame;
use crate::ui::{Button, ButtonKind, Dialog, Icon};
use leptos::prelude::*;
use millrace_lessons::{Catalogue, Learnt, Part, Record, Shelved, Stars};
use millrace_words::Say;
use millrace_words::lesson as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// What each star is called, and what it is for.
const STARS: [(Say, Say); 3] = [
    (say::star_done, say::star_done_for),
    (say::star_alone, say::star_alone_for),
    (say::star_whole, say::star_whole_for),
];

/// See the module.
pub fn shelf(desk: Desk, lessons: Lessons) -> AnyView {
    Effect::new(move |_| {
        if lessons.shelf.get() {
            desk.fetch_shelf();
        }
    });
    view! { <Dialog title=say::lessons() open=lessons.shelf>{move || inside(desk, lessons)}</Dialog> }
        .into_any()
}

fn inside(desk: Desk, lessons: Lessons) -> AnyView {
    let is_there = StoredValue::new(false);
    let content = part(move || match (desk.catalogue.get(), desk.trouble.get()) {
        (Some(catalogue), _) => {
            if !is_there.get_value() {
                is_there.set_value(true);
                next_frame(focus_next);
            }
            desk.learnt.with(|learnt| parts(lessons, &catalogue, learnt))
        }
        (None, Some(trouble)) => view! { <p role="alert">{trouble}</p> }.into_any(),
        (None, None) => view! { <p class="dim" role="status">{say::lessons_on_their_way()}</p> }.into_any(),
    });
    view! {
        <div class="shelf">
            <p class="dim shelf-says">{say::shelf_says()}</p>
            {content}
            <ul class="star-list">{star_lines(Stars::default())}</ul>
            {super::files::files(desk)}
            <div class="row"><Button label=say::make_lesson() kind=ButtonKind::Quiet icon=Icon::Plus on_press=move |()| lessons.go_to(super::address::NEW)/></div>
        </div>
    }
    .into_any()
}

/// Enter opens the lesson that comes next.
fn focus_next() {
    let line = document().query_selector(".shelf-line[data-next]").ok().flatten();
    if let Some(line) = line.and_then(|line| line.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = line.focus();
    }
}

fn parts(lessons: Lessons, catalogue: &Arc<Catalogue>, learnt: &Learnt) -> AnyView {
    let next = learnt.next(catalogue).map(|lesson| lesson.id.clone());
    let mut groups: Vec<(Option<Part>, Vec<AnyView>)> = Vec::new();
    for lesson in catalogue.lessons() {
        let part = Part::of(&lesson.id);
        let line = line(lessons, lesson, &learnt.of(&lesson.id), next.as_ref() == Some(&lesson.id));
        match groups.last_mut() {
            Some((of, lines)) if *of == part => lines.push(line),
            _ => groups.push((part, vec![line])),
        }
    }
    let group = |(part, lines): (Option<Part>, Vec<AnyView>)| {
        let name = name(part);
        view! { <section class="shelf-part"><h3>{name}</h3><ol>{lines}</ol></section> }
    };
    groups.into_iter().map(group).collect::<Vec<_>>().into_any()
}

/// What a part is called.
fn name(part: Option<Part>) -> &'static str {
    match part.map_or("", |part| part.letter) {
        "A" => say::part_a(),
        "B" => say::part_b(),
        "C" => say::part_c(),
        "D" => say::part_d(),
        "E" => say::part_e(),
        "F" => say::part_f(),
        "G" => say::part_g(),
        _ => say::part_more(),
    }
}

fn line(lessons: Lessons, lesson: &Shelved, record: &Record, is_next: bool) -> AnyView {
    let stars_of = record.stars(lesson.tasks);
    let solved = record.solved.len().min(lesson.tasks);
    let begun = match (solved, *record == Record::default()) {
        (0, true) => say::tasks_and_minutes(lesson.tasks as u64, &lesson.minutes),
        _ => say::tasks_done(&solved, lesson.tasks as u64),
    };
    let next = is_next.then(|| {
        let word = if *record == Record::default() { say::next() } else { say::go_on_here() };
        view! { <span class="shelf-next">{word}</span> }
    });
    let id = lesson.id.clone();
    view! {
        <li>
            <button type="button" class="shelf-line" data-lesson=lesson.id.clone() data-next=is_next.then_some("") on:click=move |_| lessons.go_to(&id)>
                <span class="number dim">{lesson.id.clone()}</span>
                <span class="shelf-title"><b>{lesson.title.clone()}</b> {next} <span class="dim">{lesson.aim.clone()}</span></span>
                <span class="shelf-state dim">{begun} {stars(stars_of)}</span>
            </button>
        </li>
    }
    .into_any()
}

/// Three stars, as many of them full as were earned.
pub fn stars(stars: Stars) -> AnyView {
    let count = stars.count();
    let sign = |full: bool| view! { <span class=if full { "star is-full" } else { "star" }>{if full { "★" } else { "☆" }}</span> };
    let says = say::stars(&count);
    view! { <span class="stars" role="img" aria-label=says>{[stars.done, stars.alone, stars.whole].map(sign)}</span> }.into_any()
}

/// What they are for.
pub fn star_lines(stars: Stars) -> AnyView {
    let lines = [stars.done, stars.alone, stars.whole].into_iter().zip(STARS).map(|(full, (name, what))| {
        let sign = if full { "★" } else { "☆" };
        let has = if full { say::earned() } else { "" };
        view! {
            <li class=if full { "star-line is-full" } else { "star-line" }>
                <span class="star" aria-hidden="true">{sign}</span>
                <span><span class="visually-hidden">{has} " "</span><b>{name()}</b> " " <span class="dim">{what()}</span></span>
            </li>
        }
    });
    lines.collect::<Vec<_>>().into_any()
}
