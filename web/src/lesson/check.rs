//! The check of a task, line by line, as it is met; what is not as it should be says what is so instead, and where to look.

use super::course::Course;
use super::desk::Desk;
use super::evidence;
use crate::lean::{attr, maybe, text};
use crate::memo::Memo;
use crate::ui::{Icon, icon};
use leptos::prelude::*;
use millrace_lessons::Seen;
use millrace_script::expectation::Evidence;
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn check(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(task) = course.task(n) else { return ().into_any() };
    let lines: Vec<String> = task.check.checks().map(|(_, check)| check.to_string()).collect();
    let caption = task.check.caption();
    let terms = super::terms::terms(&lines);
    let is_here = Memo::new(move |_| desk.is_on_stage(n));
    // The line whose evidence is pointed at: what was chosen, else the first that has any once time stands still.
    let chosen = RwSignal::new(None::<Option<usize>>);
    let pointed = Memo::new(move |_| {
        if !is_here.get() {
            return None;
        }
        match chosen.get() {
            Some(choice) => choice,
            None => desk.seen.with(|seen| first(seen)).filter(|_| {
                desk.has_acted() && desk.session.transport.with(|transport| !transport.is_playing)
            }),
        }
    });
    Effect::new(move |_| {
        let pointed = pointed.get();
        let evidence = desk.seen.with(|seen| Some(seen.get(pointed?)?.evidence.clone()));
        let evidence = evidence.filter(|evidence| *evidence != Evidence::default()).map(Arc::new);
        if desk.session.pointed.with_untracked(|known| *known != evidence) {
            desk.session.pointed.set(evidence);
        }
    });
    on_cleanup(move || {
        let _ = desk.session.pointed.try_set(None);
    });
    let items: Vec<_> = lines
        .into_iter()
        .enumerate()
        .map(|(k, line)| one(desk, is_here, (chosen, pointed), k, line))
        .collect();
    let count = move || {
        let met = desk.seen.with(|seen| seen.iter().filter(|seen| seen.is_met()).count());
        match is_here.get() {
            true => say::met_of(&met, &desk.seen.with(|seen| seen.len())),
            false => String::new(),
        }
    };
    view! {
        <section class="check-panel" aria-label=say::what_has_to_be_so()>
            <div class="row spread"><h4>{say::what_has_to_be_so()}</h4> <span class="dim number">{text(count)}</span></div>
            <p class="dim">{caption}</p>
            <ul class="checks">{items}</ul>
            {terms}
            {super::sweep::sweep(desk, course, n)}
        </section>
    }
    .into_any()
}

/// The first line that has more to show than names.
fn first(seen: &[Seen]) -> Option<usize> {
    seen.iter().position(|seen| !seen.evidence.records.is_empty() || !seen.evidence.entries.is_empty())
}

/// A state for a screen reader.
fn spoken(state: &str) -> &'static str {
    match state {
        "met" => say::met(),
        "unmet" => say::unmet(),
        _ => say::unknown(),
    }
}

/// What is so instead; the line above says what was expected.
pub fn says(seen: &Seen) -> Option<String> {
    let unmet = seen.unmet.as_ref()?;
    let expected = format!("expected {}, but ", seen.check);
    let unmet = unmet.strip_prefix(&expected).unwrap_or(unmet);
    // The clock is in sight.
    Some(unmet.rsplit_once(" at ").map_or(unmet, |(unmet, _)| unmet).to_owned())
}

type Pointing = (RwSignal<Option<Option<usize>>>, Memo<Option<usize>>);

fn one(desk: Desk, is_here: Memo<bool>, (chosen, pointed): Pointing, k: usize, line: String) -> AnyView {
    let seen = Memo::new(move |_| match is_here.get() {
        true => desk.seen.with(|seen| seen.get(k).cloned()),
        false => None,
    });
    let is_pointed = Memo::new(move |_| pointed.get() == Some(k));
    let state = move || match seen.with(|seen| seen.as_ref().map(Seen::is_met)) {
        None => "unknown",
        Some(true) => "met",
        Some(false) => "unmet",
    };
    let sign = move || match state() {
        "met" => Some(icon(Icon::Check)),
        _ => None,
    };
    let unmet = move || {
        let unmet = seen.with(|seen| seen.as_ref().and_then(says))?;
        let toggle = move |_| chosen.set(Some((!is_pointed.get_untracked()).then_some(k)));
        let has_any = desk.session.scene.with_untracked(|scene| {
            seen.with(|seen| seen.as_ref().is_some_and(|seen| evidence::is_to_be_seen(scene, &seen.evidence)))
        });
        let place = has_any.then(|| {
            view! {
                <button type="button" class="where" aria-pressed=attr(move || is_pointed.get().to_string()) on:click=toggle>
                    {say::where_()}
                </button>
            }
        });
        let listed = maybe(move || {
            let evidence = is_pointed
                .get()
                .then(|| seen.with(|seen| seen.as_ref().map(|seen| seen.evidence.clone())))??;
            Some(evidence::listed(desk.session, &evidence))
        });
        Some(view! { <p class="unmet">{unmet} " " {place}</p> {listed} }.into_any())
    };
    view! {
        <li class="check-line" data-check=attr(move || state().to_owned())>
            <span class="check-sign" aria-hidden="true">{maybe(sign)}</span>
            <div>
                <code>{line}</code>
                <span class="visually-hidden">{text(move || format!(": {}", spoken(state())))}</span>
                {maybe(unmet)}
            </div>
        </li>
    }
    .into_any()
}
