//! The desk of a streams application, below the stage: event time against processing time, the topology, a join, the
//! stores. It is built when it is first opened, and computed only while it is open.

mod event_time;
mod graph;
mod join;
mod plot;
mod state;

use crate::lean::{attr, each, item, part};
use crate::memo::Memo;
use crate::paint::{Canvas, Node, Space};
use crate::session::{Session, next_frame};
use crate::ui::Disclosure;
use leptos::prelude::*;
use leptos::{html, svg};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    EventTime,
    Topology,
    Join,
    State,
}

impl View {
    fn name(self) -> &'static str {
        match self {
            View::EventTime => "Event time",
            View::Topology => "Topology",
            View::Join => "Join",
            View::State => "State",
        }
    }
}

/// One for each streams application.
pub fn desks(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.streams.iter().map(|app| app.name.clone()).collect::<Vec<_>>())
    });
    let all =
        move || names.get().into_iter().map(|n| item(n.clone(), move || desk(session, n.clone()))).collect();
    view! { <div class="desks">{each(all)}</div> }.into_any()
}

/// A desk, for the pictures on it.
#[derive(Clone)]
struct Look {
    session: Session,
    /// The application.
    name: Arc<str>,
    /// Changes when the desk is opened.
    opened: RwSignal<u32>,
    place: NodeRef<html::Section>,
}

impl Look {
    /// Has the reader run again when the desk is opened, and with every step while it is open. False while it is closed:
    /// then nothing is computed.
    fn is_due(&self) -> bool {
        self.opened.track();
        self.session.scene.track();
        self.session.viewport.track();
        let section = self.place.get_untracked();
        section.is_some_and(|section| matches!(section.query_selector("details[open]"), Ok(Some(_))))
    }
}

fn desk(session: Session, name: Arc<str>) -> AnyView {
    let label = format!("desk of {name}");
    let summary = format!("{name} from within: event time, topology, state");
    let look = Look { session, name: name.clone(), opened: RwSignal::new(0), place: NodeRef::new() };
    let (opened, place) = (look.opened, look.place);
    // The line has been pressed, by mouse or keyboard: a frame later the desk is open or closed.
    let pressed = move |_| {
        next_frame(move || {
            let _ = opened.try_update(|n| *n += 1);
        });
    };
    view! {
        <section class="desk" aria-label=label data-desk=name.to_string() node_ref=place on:click=pressed>
            <Disclosure summary=summary>{inside(look)}</Disclosure>
        </section>
    }
    .into_any()
}

fn inside(look: Look) -> AnyView {
    let session = look.session;
    let has_join = {
        let name = look.name.clone();
        Memo::new(move |_| {
            session.roster.with(|r| r.stream(&name).is_some_and(|app| app.pipeline.contains("join stream")))
        })
    };
    let wanted = RwSignal::new(View::EventTime);
    let tabs = part(move || {
        let mut views = vec![View::EventTime, View::Topology];
        if has_join.get() {
            views.push(View::Join);
        }
        views.push(View::State);
        let tab = |view: View| {
            let is_it = move || wanted.get() == view;
            let pressed = attr(move || is_it().to_string());
            view! {
                <button type="button" class="chip-button" aria-pressed=pressed on:click=move |_| wanted.set(view)>
                    {view.name()}
                </button>
            }
            .into_any()
        };
        views.into_iter().map(tab).collect::<Vec<_>>().into_any()
    });
    let body = part(move || match wanted.get() {
        View::EventTime => event_time::panel(look.clone()),
        View::Topology => graph::panel(look.clone()),
        View::Join => join::panel(look.clone()),
        View::State => state::panel(look.clone()),
    });
    view! {
        <div class="chips" role="group" aria-label="what to look at">{tabs}</div>
        {body}
    }
    .into_any()
}

/// How wide a picture of a desk may be.
fn width(session: Session) -> f32 {
    let room =
        document().query_selector(".desks").ok().flatten().map_or(0.0, |desks| desks.client_width() as f32);
    let room = if room > 0.0 { room } else { session.viewport.get_untracked().width };
    (room - 56.0).max(300.0)
}

/// A sign of a picture and what it means.
fn sample(class: &'static str, means: &'static str) -> AnyView {
    view! { <span class="sign-of"><span class=format!("sample {class}")></span> " " {means} " "</span> }
        .into_any()
}

/// A picture. `draw` is asked again whenever what it reads has changed.
fn picture(
    name: &'static str,
    label: &'static str,
    draw: impl Fn() -> Option<Node> + 'static,
) -> (AnyView, NodeRef<svg::Svg>) {
    let place = NodeRef::<svg::Svg>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    let draw: Box<dyn Fn() -> Option<Node>> = Box::new(draw);
    Effect::new(move |_| {
        let Some(element) = place.get() else { return };
        let element: web_sys::Element = element.unchecked_into();
        let picture = draw().unwrap_or_else(|| crate::paint::node("svg").is("height", "0"));
        canvas.update_value(|canvas| {
            let canvas = canvas.get_or_insert_with(|| Canvas::new(document(), element, Space::Svg));
            canvas.show(picture);
        });
    });
    let view = view! {
        <div class="desk-scroll"><svg class="desk-picture" role="group" aria-label=label data-picture=name node_ref=place></svg></div>
    };
    (view.into_any(), place)
}
