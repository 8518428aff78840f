//! What is often written, and a run in which it is not so.

use super::course::Course;
use super::desk::Desk;
use super::prose::prose;
use super::run::Errand;
use crate::lean::part;
use crate::ui::{Button, Icon};
use leptos::prelude::*;
use millrace_lessons::{After, Block, Section};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn read(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let (Some(step), Some(Section::Read { corrections, .. })) = (course.step(n), course.section(n)) else {
        return ().into_any();
    };
    let all: Vec<_> = (0..corrections.len())
        .map(|k| view! { <div class="correction">{prose(course.prose(step, k))} {proof(desk, course, n, k)}</div> })
        .collect();
    view! { <div class="corrections">{all}</div> }.into_any()
}

fn proof(desk: Desk, course: &Arc<Course>, n: usize, k: usize) -> AnyView {
    let Some(Section::Read { corrections, .. }) = course.section(n) else { return ().into_any() };
    let Some(correction) = corrections.get(k) else { return ().into_any() };
    let is_proven = RwSignal::new(false);
    let lines: Vec<String> = correction.block.checks().map(|(_, check)| check.to_string()).collect();
    let script: Vec<&str> =
        correction.block.text.lines().filter(|line| !line.starts_with("expect ")).collect();
    let script = script.join("\n").trim().to_owned();
    let lesson = course.clone();
    let on = correction.on.clone();
    let block = correction.block.clone();
    let press = move |()| {
        let of = &lesson.lesson;
        let task = match &on {
            After::Task(id) => of.task(id),
            After::Preset | After::Nothing => None,
        };
        let mut first: Vec<&Block> = Vec::new();
        let mut then: Vec<&Block> = Vec::new();
        match (&on, task) {
            (After::Nothing, _) => {}
            (_, Some(task)) => {
                first.push(of.preset_of(task));
                then.push(&task.solution);
            }
            (_, None) => first.push(&of.preset),
        }
        then.push(&block);
        let errand = Errand::new(say::the_proof(), of, &first, &then);
        // An expectation that does not hold stops the run, and is said.
        desk.show(n, say::a_proof().to_owned(), errand, move |_| is_proven.set(true));
    };
    let shown = part(move || match is_proven.get() {
        false => ().into_any(),
        true => {
            let line = |line: &String| {
                view! {
                    <li class="check-line" data-check="met">
                        <span class="check-sign" aria-hidden="true">{crate::ui::icon(Icon::Check)}</span>
                        <code>{line.clone()}</code>
                    </li>
                }
            };
            let lines: Vec<_> = lines.iter().map(line).collect();
            let script = (!script.is_empty())
                .then(|| view! { <pre class="lesson-lines" tabindex="0">{script.clone()}</pre> });
            view! { {script} <ul class="checks" role="status" aria-label=say::run_has_shown()>{lines}</ul> }
                .into_any()
        }
    });
    view! { <Button label=say::prove_it() icon=Icon::Play on_press=press/> {shown} }.into_any()
}
