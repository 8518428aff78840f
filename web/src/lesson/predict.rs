//! The question that is answered before anything runs. The run itself says which answer holds; only the first one counts,
//! and a wrong one costs nothing.

use super::course::Course;
use super::desk::Desk;
use super::prose::prose;
use super::run::Errand;
use crate::lean::{attr, maybe, part, text};
use crate::memo::Memo;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_lessons::{Answer, Prediction, Section};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn predict(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let (Some(step), Some(Section::Predict(prediction))) = (course.step(n), course.section(n)) else {
        return ().into_any();
    };
    let shown = Memo::new(move |_| desk.revealed());
    let is_running = Memo::new(move |_| desk.is_running() && desk.is_on_stage(n));
    // What was answered when it counted, in this visit or an earlier one.
    let answered = Memo::new(move |_| desk.record().predicted.map(|answer| answer.choice));
    let chosen = desk.choice;
    let choices: Vec<_> = prediction
        .choices
        .iter()
        .enumerate()
        .map(|(k, choice)| option(desk, (shown, answered), k, choice.text.clone()))
        .collect();
    let texts: Arc<[String]> = prediction.choices.iter().map(|choice| choice.text.clone()).collect();
    let after = course.prose(step, 1);
    let told = maybe(move || {
        let (texts, after) = (texts.clone(), after.clone());
        verdict(&texts, shown.get(), answered.get(), is_running.get()).map(|says| {
            view! { <div class="task-after" role="status"><p class="run-says">{says}</p> {prose(after)}</div> }.into_any()
        })
    });
    let run = {
        let course = course.clone();
        move |()| run(desk, &course, n)
    };
    let label = Signal::derive(move || match (answered.get(), is_running.get()) {
        (_, true) => say::it_runs().to_owned(),
        (Some(_), _) => say::run_again().to_owned(),
        (None, _) => say::run_it().to_owned(),
    });
    let is_off = Signal::derive(move || chosen.get().or(answered.get()).is_none() || is_running.get());
    let hint = text(move || match chosen.get().or(answered.get()) {
        None => say::choose_first().to_owned(),
        Some(_) => String::new(),
    });
    let lines: Vec<&str> = prediction.block.text.lines().filter(|line| !line.starts_with('#')).collect();
    let lines = lines.join("\n").trim().to_owned();
    view! {
        {prose(course.prose(step, 0))}
        <fieldset class="choices" disabled=move || answered.get().is_some() || is_running.get()>
            <legend class="visually-hidden">{say::your_answer()}</legend>
            {choices}
        </fieldset>
        <div class="row task-do">
            <Button label=label icon=Icon::Play kind=ButtonKind::Primary disabled=is_off on_press=run/>
            <span class="dim">{hint}</span>
        </div>
        {told}
        {maybe(move || shown.get().map(|_| { let lines = lines.clone(); view! { <p class="dim task-world">{say::what_ran()}</p> <pre class="lesson-lines" tabindex="0">{lines}</pre> }.into_any() }))}
    }
    .into_any()
}

fn verdict(
    texts: &[String],
    shown: Option<usize>,
    answered: Option<usize>,
    is_running: bool,
) -> Option<String> {
    if is_running {
        return None;
    }
    let name = |k: usize| texts.get(k).cloned().unwrap_or_default();
    match (shown, answered?) {
        (Some(right), answer) if right == answer => Some(say::as_you_said(&name(right))),
        (Some(right), answer) => Some(say::you_said_but(&name(answer), &name(right))),
        (None, answer) => Some(say::you_said(&name(answer))),
    }
}

fn option(
    desk: Desk,
    (shown, answered): (Memo<Option<usize>>, Memo<Option<usize>>),
    k: usize,
    says: String,
) -> AnyView {
    let class = attr(move || if shown.get() == Some(k) { "choice is-shown" } else { "choice" }.to_owned());
    let note = part(move || {
        let note = match (shown.get() == Some(k), answered.get() == Some(k)) {
            (true, true) => say::run_and_you(),
            (true, false) => say::run_shows(),
            (false, true) => say::you_said_this(),
            (false, false) => return ().into_any(),
        };
        view! { <span class="choice-says">{note}</span> }.into_any()
    });
    view! {
        <label class=class>
            <input
                type="radio"
                name="prediction"
                prop:checked=move || answered.get().or(desk.choice.get()) == Some(k)
                on:change=move |_| desk.choice.set(Some(k))
            />
            <span>{says} {note}</span>
        </label>
    }
    .into_any()
}

fn run(desk: Desk, course: &Arc<Course>, n: usize) {
    let Some(Section::Predict(prediction)) = course.section(n) else { return };
    let Prediction { block, choices, .. } = prediction.clone();
    let errand = Errand::new(say::the_prediction(), &course.lesson, &[&course.lesson.preset], &[&block]);
    let choice =
        desk.record_untracked().predicted.map(|answer| answer.choice).or(desk.choice.get_untracked());
    let Some(choice) = choice else { return };
    desk.show(n, say::what_you_predicted().to_owned(), errand, move |timeline| {
        let right = choices.iter().position(|choice| choice.holds(timeline));
        desk.predicted(Answer { choice, is_right: right == Some(choice) }, right);
    });
}
