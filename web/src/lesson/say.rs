//! The lines of the real tool. What is typed is read as the tool reads it: the order of options does not matter.

use super::course::Course;
use super::desk::Desk;
use super::prose::prose;
use crate::lean::maybe;
use crate::ui::{Button, ButtonKind, Field};
use leptos::prelude::*;
use millrace_lessons::{Said, Section};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
pub fn say(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let (Some(step), Some(Section::Say { sayings, .. })) = (course.step(n), course.section(n)) else {
        return ().into_any();
    };
    let of = course.lesson.lines_to_say();
    let mut number = 0;
    let mut all: Vec<AnyView> = Vec::new();
    for (k, saying) in sayings.iter().enumerate() {
        let mut forms: Vec<AnyView> = Vec::new();
        for (line, said) in &saying.said {
            forms.push(form(desk, (number, of), line, said));
            number += 1;
        }
        let html = course.prose(step, k);
        all.push(view! { <div class="correction">{prose(html)} {forms}</div> }.into_any());
    }
    view! { <div class="corrections">{all}</div> {prose(course.prose(step, sayings.len()))} }.into_any()
}

fn form(desk: Desk, (number, of): (usize, usize), line: &str, said: &Said) -> AnyView {
    let value = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let is_said = RwSignal::new(desk.record_untracked().said.contains(&number));
    let is_shown = RwSignal::new(false);
    let wanted = said.clone();
    let check = Callback::new(move |()| {
        let answer = value.get_untracked();
        match wanted.accepts(answer.trim()) {
            Ok(()) => {
                error.set(None);
                is_said.set(true);
                desk.note(|record| record.say(number, of));
                desk.says.set(say::that_is_it().to_owned());
            }
            Err(why) => {
                error.set(Some(why));
                is_said.set(false);
            }
        }
    });
    let right = maybe(move || {
        is_said
            .get()
            .then(|| view! { <p class="said-right" role="status">{say::that_is_the_line()}</p> }.into_any())
    });
    let text = line.to_owned();
    let answer = maybe(move || {
        let text = text.clone();
        is_shown.get().then(|| view! { <pre class="lesson-lines" tabindex="0">{text}</pre> }.into_any())
    });
    view! {
        <div class="say-form">
            <Field label=say::the_line() value=value error=error on_enter=check/>
            <div class="row">
                <Button label=say::check() on_press=check/>
                <Button label=say::show_line() kind=ButtonKind::Quiet on_press=move |()| is_shown.set(true)/>
            </div>
            {right}
            {answer}
        </div>
    }
    .into_any()
}
