//! `view="lesson"`: a lesson's desk beside the stage, and its events. All of it is of the module's second half; where the
//! lessons lie and whether anything may be kept is the frame's to say.

use super::wish::Wish;
use super::{Tell, object};
use crate::lesson::{Guest, Line, Told, lie_in, never};
use crate::session::Session;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// The lesson that a widget asks for, if that is what it asks for.
pub fn guest(session: Session, wish: &Wish, tell: &Tell, is_ready: RwSignal<bool>) -> Option<Guest> {
    let asked = wish.lesson.clone()?;
    if !asked.lies_in.is_empty() {
        lie_in(asked.lies_in.clone());
    }
    if !asked.keeps {
        never();
    }
    let seed = asked.has_seed.then_some(wish.setup.seed);
    let guest = Guest::new(session, &asked.id, seed, asked.task.clone(), &asked.kept);
    let (tell, problems) = (tell.clone(), wish.problems.clone());
    guest.hear(move |lesson, told| match told {
        Told::Ready(trouble) => {
            if !problems.is_empty() {
                session.refuse(problems.join("\n"));
                tell.error("attribute", &problems.join("\n"));
            }
            if let Some(why) = trouble {
                tell.error("lesson", &why);
            }
            is_ready.set(true);
            super::board::ready(session, &tell);
        }
        told => event(&tell, lesson, &told),
    });
    Some(guest)
}

fn event(tell: &Tell, lesson: &str, told: &Told) {
    let of = ("lesson", lesson.into());
    match told {
        Told::Ready(_) => {}
        Told::Predict { answer, correct } => {
            let answer = JsValue::from(u32::try_from(*answer).unwrap_or_default());
            tell.event("predict", &[of, ("answer", answer), ("correct", (*correct).into())]);
        }
        Told::Check { task, pass, evidence } => {
            let evidence = list(evidence.iter().map(line));
            tell.event(
                "check",
                &[of, ("task", task.into()), ("pass", (*pass).into()), ("evidence", evidence)],
            );
        }
        Told::Complete { stars } => {
            let stars = JsValue::from(u32::try_from(*stars).unwrap_or_default());
            tell.event("complete", &[of, ("stars", stars)]);
        }
    }
}

fn line(line: &Line) -> JsValue {
    let at = list(line.at.iter().map(|name| name.into()));
    let says = line.says.as_deref().unwrap_or_default().into();
    object(&[
        ("check", (&line.check).into()),
        ("met", line.says.is_none().into()),
        ("says", says),
        ("at", at),
    ])
}

/// Its tasks, for print: what each is called, and whether it is solved.
pub fn tasks(guest: Guest) -> JsValue {
    list(
        guest
            .tasks()
            .iter()
            .map(|(title, done)| object(&[("title", title.into()), ("done", (*done).into())])),
    )
}

fn list(items: impl Iterator<Item = JsValue>) -> JsValue {
    items.collect::<js_sys::Array>().into()
}
