//! The desk of an application whose records can fail: the ledger, the dead letters, one record's life, the services. It
//! is built when it is first opened, and computed only while it is open. An alarm that fires is seen on it even closed.

mod alarms;
mod dangers;
mod ledger;
mod letter;
mod letters;
mod life;
mod services;

use crate::desk::frame::{self, Look, Tab};
use crate::frame::{FrameState, Sheet};
use crate::lean::maybe;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::ui::{Icon, icon};
use leptos::prelude::*;
use millrace_view::failure::Line;
use millrace_view::{Target, words};
use millrace_words::failure as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

const LEDGER: Tab = Tab { name: "Ledger", shown: say::ledger, panel: ledger::panel };
const LETTERS: Tab = Tab { name: "Dead letters", shown: say::letters, panel: letters::panel };
const LIFE: Tab = Tab { name: "A record's life", shown: say::a_records_life, panel: life::panel };
const SERVICES: Tab = Tab { name: "Services", shown: say::services, panel: services::panel };

/// The desk of one application.
pub fn desk(session: Session, name: &Arc<str>) -> AnyView {
    let label = say::what_became_of_the_records(&name);
    let summary = say::what_became_of_each_record(&name);
    let of = name.clone();
    let alarm = maybe(move || alarm(session, &of));
    view! {
        {alarm}
        {frame::desk(session, name, label, Signal::derive(move || summary.clone()), inside)}
    }
    .into_any()
}

/// The desk of all services, as long as there are some.
pub fn services_desk(session: Session) -> AnyView {
    let is_there = Memo::new(move |_| session.roster.with(|roster| !roster.services.is_empty()));
    let summary = Signal::derive(|| say::services_calls_and_faults().to_owned());
    maybe(move || {
        is_there.get().then(|| {
            let label = say::services().to_owned();
            frame::desk(session, &Arc::from("services"), label, summary, services::all)
        })
    })
}

/// Alarms of this application that fire.
fn alarm(session: Session, group: &str) -> Option<AnyView> {
    let firing = session.roster.with(|roster| {
        let of = roster.alarms.iter().filter(|alarm| *alarm.group == *group);
        of.map(|alarm| say::alarm_since(&alarm.name, &words::time(alarm.since), &alarm.says))
            .collect::<Vec<_>>()
    });
    (!firing.is_empty()).then(|| {
        view! { <p class="alarm-banner" role="status">{icon(Icon::Warning)} <span><b>{say::alarm()}</b> " " {firing.join(" · ")}</span></p> }.into_any()
    })
}

fn inside(look: Look) -> AnyView {
    frame::tabs(look, || vec![LEDGER, LETTERS, LIFE, SERVICES])
}

/// Something on the desk was chosen: the inspector shows it; on a phone it is another sheet.
fn look_at(session: Session, frame: Option<FrameState>, target: Target) {
    session.selected.set(Some(target));
    if let Some(frame) = frame
        && frame.is_phone.get_untracked()
    {
        frame.sheet.set(Sheet::Inspector);
    }
}

/// A part of the desk that is painted: asked again whenever what it reads has changed.
fn painted(class: &'static str, draw: impl Fn() -> Node + 'static) -> AnyView {
    frame::html_picture(move || Some(node("div").is("class", class).child(draw())))
}

/// The value of an attribute of what was hit, or of what that is part of.
fn hit(target: Option<web_sys::EventTarget>, attribute: &str) -> Option<String> {
    let element = target?.dyn_into::<web_sys::Element>().ok()?;
    element.closest(&["[", attribute, "]"].concat()).ok()??.get_attribute(attribute)
}

/// A piece of text.
fn span(class: &'static str, text: String) -> Node {
    node("span").is("class", class).text(text)
}

/// A record's tile, key, place, value, and what there is to say: the inside of a line.
fn line(line: &Line) -> Vec<Node> {
    let hue = ["fate-tile hue-", &line.hue.to_string()].concat();
    vec![
        node("span").set("class", hue).is("aria-hidden", "true").text(line.letter.clone()),
        node("span")
            .is("class", "fate-who")
            .child(node("b").text(line.key.clone()))
            .child(span("number dim", line.place.clone())),
        span("fate-value mono", line.value.clone()),
        span("fate-says", line.says.clone()),
    ]
}
