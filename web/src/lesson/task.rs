//! A task: what is to be done, its world on stage, its check as it is met, hints one after the other, and what is said once
//! it is solved.

use super::check;
use super::course::Course;
use super::desk::{Desk, OnStage};
use super::prose::prose;
use super::run::Errand;
use crate::console::Console;
use crate::frame::{FrameState, Sheet};
use crate::lean::{maybe, part};
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_lessons::{Block, StepState, Task};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn task(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let (Some(step), Some(task)) = (course.step(n), course.task(n)) else { return ().into_any() };
    let after = course.prose(step, task.hints.len() + 1);
    let solved = move || desk.state(n) == StepState::Done;
    let told = move || {
        let after = after.clone();
        solved().then(|| {
            view! { <div class="task-after"><p class="task-solved">{say::solved()}</p> {prose(after)}</div> }
                .into_any()
        })
    };
    view! {
        {prose(course.prose(step, 0))}
        {world(desk, course, n)}
        {check::check(desk, course, n)}
        {hints(course, n)}
        {ways(desk, course, n)}
        {maybe(told)}
    }
    .into_any()
}

/// What comes on stage, and the buttons that bring it there.
fn world(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(task) = course.task(n) else { return ().into_any() };
    let caption = course.lesson.preset_of(task).caption();
    let id = task.id.clone();
    let with = Ways { console: use_context(), frame: use_context() };
    let buttons = part(move || {
        let label = if desk.has_try(n) { say::go_on_task(&id) } else { say::start_task(&id) };
        match desk.stage.with(|stage| *stage == OnStage::Task(n)) {
            true => passing(desk, with, n),
            false => view! { <Button label=label icon=Icon::Play kind=ButtonKind::Primary hint=say::start_hint() on_press=move |()| desk.start(n)/> }.into_any(),
        }
    });
    view! {
        <p class="task-world dim">{caption}</p>
        <div class="row task-do">{buttons}</div>
    }
    .into_any()
}

/// Where something can be done.
#[derive(Clone, Copy)]
struct Ways {
    console: Option<Console>,
    frame: Option<FrameState>,
}

impl Ways {
    fn controls(self, desk: Desk) {
        desk.shows_controls.set(true);
        if let Some(frame) = self.frame {
            frame.sheet.set(Sheet::Controls);
        }
    }
}

/// With what the task is done. Time stands still while a learner reads; here it is let go on.
fn passing(desk: Desk, with: Ways, n: usize) -> AnyView {
    let session = desk.session;
    let wait = move |line: &'static str, label: &'static str| {
        view! { <Button label=label hint=line on_press=move |()| { session.run_line(line); }/> }
    };
    view! {
        <span class="dim task-with">{say::do_it_with()}</span>
        {with.frame.map(|_| view! { <Button label=say::tab_controls() hint=say::controls_hint() on_press=move |()| with.controls(desk)/> })}
        {with.console.map(|console| view! { <Button label=say::the_console() icon=Icon::Console on_press=move |()| console.0.set(true)/> })}
        <span class="dim task-with">{say::let_time_pass()}</span>
        {wait("wait 1s", say::one_second())}
        {wait("wait 10s", say::ten_seconds())}
        {wait("wait 1m", say::one_minute())}
        <Button label=say::start_over() icon=Icon::Restart kind=ButtonKind::Quiet hint=say::start_over_hint() on_press=move |()| desk.start_over(n)/>
    }
    .into_any()
}

/// One hint after the other, each when it is wanted.
fn hints(course: &Arc<Course>, n: usize) -> AnyView {
    let (Some(step), Some(task)) = (course.step(n), course.task(n)) else { return ().into_any() };
    let count = task.hints.len();
    let texts: Vec<String> = (0..count).map(|k| course.prose(step, k + 1)).collect();
    let shown = RwSignal::new(0_usize);
    let list = part(move || {
        let shown = shown.get();
        let hint = |(k, html): (usize, &String)| {
            view! { <li class="hint"><span class="hint-number dim">{say::hint(&(k + 1))}</span> {prose(html.clone())}</li> }
        };
        texts.iter().take(shown).enumerate().map(hint).collect::<Vec<_>>().into_any()
    });
    let label = Signal::derive(move || match shown.get() {
        0 if count == 1 => say::a_hint().to_owned(),
        0 => say::a_hint_of(&count),
        some => say::one_more_hint(&(some + 1), &count),
    });
    let more = maybe(move || {
        (shown.get() < count).then(|| {
            view! { <Button label=label kind=ButtonKind::Quiet icon=Icon::Info on_press=move |()| shown.update(|n| *n += 1)/> }.into_any()
        })
    });
    view! { <ol class="hints" aria-live="polite">{list}</ol> {more} }.into_any()
}

/// A solution and the usual mistakes: their lines, and what they do, on stage.
fn ways(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(task) = course.task(n) else { return ().into_any() };
    let id = task.id.clone();
    let open = RwSignal::new(false);
    let look = move |()| {
        open.set(true);
        desk.note(|record| record.show(&id));
    };
    let course = course.clone();
    let shown = part(move || match open.get() {
        false => {
            let look = look.clone();
            view! { <Button label=say::show_solution() kind=ButtonKind::Quiet hint=say::show_solution_hint() on_press=look/> }.into_any()
        }
        true => {
            let Some(task) = course.task(n) else { return ().into_any() };
            let mut all = vec![way(desk, &course, n, say::a_solution().to_owned(), &task.solution, task)];
            let mistakes = task.wrongs.iter().map(|wrong| {
                let name = say::a_mistake(&wrong.name.replace('-', " "));
                way(desk, &course, n, name, &wrong.block, task)
            });
            all.extend(mistakes);
            view! { <div class="ways">{all}</div> }.into_any()
        }
    });
    view! { {shown} }.into_any()
}

fn way(desk: Desk, course: &Arc<Course>, n: usize, name: String, block: &Block, task: &Task) -> AnyView {
    let lines: Vec<&str> = block.text.lines().filter(|line| !line.starts_with('#')).collect();
    let (lines, caption) = (lines.join("\n"), block.caption());
    let preset = course.lesson.preset_of(task).clone();
    let (block, lesson, what) = (block.clone(), course.clone(), name.to_lowercase());
    let show = move |()| {
        let errand = Errand::new(what.clone(), &lesson.lesson, &[&preset], &[&block]);
        desk.show(n, what.clone(), errand, |_| {});
    };
    view! {
        <section class="way">
            <h4>{name}</h4>
            <p class="dim">{caption}</p>
            <pre class="lesson-lines" tabindex="0">{lines.trim().to_owned()}</pre>
            <Button label=say::show_me() icon=Icon::Play on_press=show/>
        </section>
    }
    .into_any()
}
