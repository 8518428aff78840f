//! The desk as it is seen: the lesson's head, and its steps, of which one is open at a time.

use super::author::{Author, author};
use super::course::Course;
use super::desk::{Desk, OnStage};
use super::prose::prose;
use super::{Lessons, address, task};
use crate::lean::{attr, attr_maybe, maybe, part, text};
use crate::memo::Memo;
use crate::session::next_frame;
use crate::ui::{Button, ButtonKind, Icon, icon};
use leptos::html;
use leptos::prelude::*;
use millrace_lessons::{Record, Section, Step, StepKind, StepState};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn panel(desk: Desk, lessons: Lessons, of: Author) -> AnyView {
    let course = desk.course;
    let body = part(move || match (course.get(), desk.trouble.get()) {
        (Some(course), _) => opened(desk, lessons, &course),
        (None, None) if lessons.open.with(|open| open.as_deref() == Some(address::NEW)) => author(desk, of),
        (None, Some(trouble)) => view! { <p class="lesson-trouble" role="alert">{trouble}</p> }.into_any(),
        (None, None) => {
            view! { <p class="dim lesson-trouble" role="status">{say::on_its_way()}</p> }.into_any()
        }
    });
    view! {
        <section class="lesson" aria-label=say::lesson()>
            {tabs(desk, lessons)}
            <div class="lesson-body" tabindex="-1">{body}</div>
            <p class="visually-hidden" role="status">{text(move || desk.says.get())}</p>
        </section>
    }
    .into_any()
}

/// The lesson or the controls, in one column.
fn tabs(desk: Desk, lessons: Lessons) -> AnyView {
    let tab = move |name: &'static str, is_controls: bool| {
        let pressed = attr(move || (desk.shows_controls.get() == is_controls).to_string());
        view! {
            <button type="button" class="lesson-tab" aria-pressed=pressed on:click=move |_| desk.shows_controls.set(is_controls)>
                {name}
            </button>
        }
    };
    view! {
        <div class="lesson-tabs">
            <div class="row" role="group" aria-label=say::column()>{tab(say::tab_lesson(), false)} {tab(say::tab_controls(), true)}</div>
            <Button label=say::shelf() hint=say::shelf_hint() kind=ButtonKind::Quiet on_press=move |()| lessons.shelf.set(true)/>
            <Button label=say::leave() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| lessons.leave()/>
        </div>
    }
    .into_any()
}

/// What lies on the desk.
pub fn opened(desk: Desk, lessons: Lessons, course: &Arc<Course>) -> AnyView {
    let front = &course.lesson.front;
    let steps: Vec<_> = (0..course.steps.len()).map(|n| step(desk, course, n)).collect();
    let back = maybe(move || {
        lessons.open.with(|open| open.as_deref() == Some(address::NEW)).then(|| {
            view! { <div class="lesson-stage row"><Button label=say::make_back() icon=Icon::ChevronLeft on_press=move |()| desk.put_away()/></div> }.into_any()
        })
    });
    view! {
        {back}
        <header class="lesson-head">
            <p class="dim lesson-number">{say::minutes(&front.id, u64::from(front.minutes))}</p>
            <h2>{front.title.clone()}</h2>
            <p class="lesson-aim">{front.aim.clone()}</p>
        </header>
        {on_stage(desk)}
        <ol class="lesson-steps">{steps}</ol>
        {the_end(desk, lessons)}
    }
    .into_any()
}

/// What is on stage, and the way back to the learner's own history.
fn on_stage(desk: Desk) -> AnyView {
    let says = move || {
        let task = |n: usize| {
            let course = desk.course.get_untracked();
            course.and_then(|course| course.task(n).map(|task| task.id.clone()))
        };
        match desk.stage.get() {
            OnStage::Own => None,
            OnStage::Task(n) => Some((say::on_stage_try(&task(n)?), None)),
            OnStage::Shown(n, what) => Some((say::on_stage(&what), task(n).map(|_| n))),
        }
    };
    let shown = move || {
        let (says, try_of) = says()?;
        let own = (!desk.is_guest).then(|| {
            view! { <Button label=say::own_history() hint=say::own_history_hint() on_press=move |()| desk.own()/> }
        });
        let back = try_of.map(|n| {
            view! { <Button label=say::back_to_try() icon=Icon::ChevronLeft on_press=move |()| desk.back_to_try(n)/> }
        });
        Some(
            view! {
                <div class="lesson-stage row">
                    <span>{says}</span>
                    {back}
                    {own}
                </div>
            }
            .into_any(),
        )
    };
    maybe(shown)
}

/// One step: its line, and what is in it while it is open.
fn step(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(step) = course.step(n) else { return ().into_any() };
    let (kind, title) = (step.kind, title(course, step));
    let is_open = Memo::new(move |_| desk.step.get() == Some(n));
    let state = Memo::new(move |_| {
        State::of(desk.state(n), kind, desk.stage.with(|stage| *stage == OnStage::Task(n)))
    });
    let toggle = move |_| desk.step.update(|open| *open = (*open != Some(n)).then_some(n));
    let body = {
        let course = course.clone();
        maybe(move || {
            is_open.get().then(|| view! { <div class="step-body">{body(desk, &course, n)}</div> }.into_any())
        })
    };
    let picture = part(move || match state.get() {
        State::Done => icon(Icon::Check),
        _ => ().into_any(),
    });
    let place = NodeRef::<html::Li>::new();
    // What is opened from elsewhere comes into sight; the page itself stays where it is.
    Effect::new(move |was: Option<bool>| {
        let now = is_open.get();
        if let (true, Some(false), Some(place)) = (now, was, place.get_untracked()) {
            next_frame(move || {
                if let Some(room) = place.offset_parent() {
                    room.set_scroll_top(place.offset_top());
                }
            });
        }
        now
    });
    view! {
        <li class="lesson-step" data-state=attr(move || state.get().class().to_owned()) data-open=attr_maybe(move || is_open.get().then_some("")) node_ref=place>
            <h3>
                <button type="button" class="step-line" aria-expanded=attr(move || is_open.get().to_string()) on:click=toggle>
                    <span class="step-sign" aria-hidden="true">{picture}</span>
                    <span class="step-title">{title}</span>
                    <span class="step-says">{text(move || state.get().says().to_owned())}</span>
                </button>
            </h3>
            {body}
        </li>
    }
    .into_any()
}

/// What stands in a step's line.
fn title(course: &Course, step: &Step) -> String {
    match course.lesson.section(step) {
        Some(Section::Task(task)) => say::task_title(&task.id, &task.title),
        _ => short(course, step),
    }
}

/// The same in few words.
fn short(course: &Course, step: &Step) -> String {
    match (step.kind, course.lesson.section(step)) {
        (StepKind::Intro, _) => say::about().to_owned(),
        (StepKind::Predict, _) => say::predict().to_owned(),
        (StepKind::Read, _) => say::read().to_owned(),
        (StepKind::Say, _) => say::say_it().to_owned(),
        (_, Some(Section::Task(task))) => say::task(&task.id),
        (StepKind::Task | StepKind::Prose, _) => step.title.clone(),
    }
}

/// A step's state as it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Read,
    Open,
    Begun,
    Done,
    Otherwise,
}

impl State {
    fn of(state: StepState, kind: StepKind, is_on_stage: bool) -> State {
        match state {
            StepState::Read => State::Read,
            StepState::Open if is_on_stage && kind == StepKind::Task => State::Begun,
            StepState::Open => State::Open,
            StepState::Begun => State::Begun,
            StepState::Done => State::Done,
            StepState::Otherwise => State::Otherwise,
        }
    }

    fn class(self) -> &'static str {
        match self {
            State::Read => "read",
            State::Open => "open",
            State::Begun => "begun",
            State::Done => "done",
            State::Otherwise => "otherwise",
        }
    }

    fn says(self) -> &'static str {
        match self {
            State::Read | State::Open => "",
            State::Begun => say::under_way(),
            State::Done => say::done(),
            State::Otherwise => say::otherwise(),
        }
    }
}

fn body(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(step) = course.step(n) else { return ().into_any() };
    let inside = match step.kind {
        StepKind::Intro | StepKind::Prose => prose(course.prose(step, 0)),
        StepKind::Task => task::task(desk, course, n),
        StepKind::Predict => super::predict::predict(desk, course, n),
        StepKind::Read => super::read::read(desk, course, n),
        StepKind::Say => super::say::say(desk, course, n),
    };
    let next = course.step(n + 1).map(|next| say::on_to(&short(course, next)));
    let is_over = move || matches!(desk.state(n), StepState::Read | StepState::Done | StepState::Otherwise);
    let on = next.map(move |label| {
        maybe(move || {
            let label = label.clone();
            is_over().then(|| view! { <div class="step-on"><Button label=label icon=Icon::ChevronRight on_press=move |()| go_on(desk, n + 1)/></div> }.into_any())
        })
    });
    view! { {inside} {on} }.into_any()
}

/// Opens a step and gives its line the focus: who came by keyboard goes on from there.
fn go_on(desk: Desk, n: usize) {
    desk.step.set(Some(n));
    next_frame(|| {
        use wasm_bindgen::JsCast;
        let line = document().query_selector(".lesson-step[data-open] .step-line").ok().flatten();
        if let Some(line) = line.and_then(|line| line.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = line.focus();
        }
    });
}

/// What was earned, and the lesson that comes next.
fn the_end(desk: Desk, lessons: Lessons) -> AnyView {
    let end = move || {
        let tasks =
            desk.course.with(|course| course.as_ref().map_or(0, |course| course.lesson.tasks().count()));
        let stars = desk.record().stars(tasks);
        let id = desk.id.get();
        let next = desk
            .catalogue
            .with(|catalogue| catalogue.as_ref().and_then(|catalogue| catalogue.next(&id).cloned()));
        let next = next.filter(|_| stars.done && !desk.is_guest).map(|next| {
            let label = say::next_lesson(&next.id, &next.title);
            view! { <Button label=label kind=ButtonKind::Primary on_press=move |()| lessons.go_to(&next.id)/> }
        });
        let forget = (desk.record() != Record::default()).then(|| {
            view! { <Button label=say::forget() kind=ButtonKind::Quiet hint=say::forget_hint() on_press=move |()| desk.forget()/> }
        });
        Some(
            view! {
                <footer class="lesson-end">
                    {super::shelf::stars(stars)}
                    <ul class="star-list">
                        {super::shelf::star_lines(stars)}
                    </ul>
                    {next}
                    {forget}
                </footer>
            }
            .into_any(),
        )
    };
    maybe(end)
}
