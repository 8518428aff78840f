//! The stage on a phone: the same scene as a list, one lane at a time.

mod lanes;
mod readers;
mod rest;
mod sent;

use crate::frame::{FrameState, Sheet};
use crate::memo::Memo;
use crate::paint::{Canvas, Node, Space, node};
use crate::session::Session;
use crate::stage::{clicked, key_at};
use leptos::html;
use leptos::prelude::*;
use millrace_view::{Scene, Target};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The whole list; `lane` is the partition that was chosen. While time stands, what is on its way can be chosen, too.
pub fn picture(scene: &Scene, lane: Option<&str>, is_still: bool) -> Node {
    node("div")
        .child(lanes::lanes(scene, lane))
        .children(scene.groups.iter().map(readers::group).collect())
        .children(scene.retries.iter().map(rest::chain).collect())
        .children(scene.boards.iter().map(rest::board).collect())
        .maybe(is_still.then(|| crate::faults::list(scene)).flatten())
}

/// Draws the scene as a list.
#[component]
pub fn Phone() -> AnyView {
    let session = expect_context::<Session>();
    let frame = use_context::<FrameState>();
    let list = NodeRef::<html::Div>::new();
    // The lane that was tapped, and what was looked at then.
    let lane = RwSignal::new(None::<(String, Option<Target>)>);
    let canvas = StoredValue::new_local(None::<Canvas>);
    Effect::new(move |_| {
        if let Some(list) = list.get() {
            canvas.set_value(Some(Canvas::new(document(), list.unchecked_into(), Space::Html)));
        }
    });
    // What is looked at is in sight when the list comes back, unless another lane was tapped since.
    let wanted = Memo::new(move |_| {
        let selected = session.selected.get();
        match (&selected, lane.get()) {
            (Some(Target::Record(tp, _)), tapped)
                if tapped.as_ref().is_none_or(|(_, then)| *then != selected) =>
            {
                Some(tp.to_string())
            }
            (_, tapped) => tapped.map(|(lane, _)| lane),
        }
    });
    sent::follow(session, frame, move |found| {
        if let Target::Record(tp, _) = found {
            lane.set(Some((tp.to_string(), session.selected.get_untracked())));
        }
    });
    let is_still = Memo::new(move |_| session.transport.with(|transport| !transport.is_playing));
    Effect::new(move |_| {
        list.track();
        let is_still = is_still.get();
        let picture =
            session.scene.with(|scene| wanted.with(|lane| picture(scene, lane.as_deref(), is_still)));
        canvas.update_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.show(picture);
                canvas.move_to(session.playhead.get_untracked());
            }
        });
    });
    Effect::new(move |_| {
        let now = session.playhead.get();
        canvas.with_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.move_to(now);
            }
        });
    });
    let tapped = move |event: leptos::ev::MouseEvent| {
        if let Some(chosen) = lane_tab(event.target()) {
            lane.set(Some((chosen, session.selected.get_untracked())));
        } else if key_at(event.target()).is_some() {
            clicked(session, &event);
            if let Some(frame) = frame {
                frame.sheet.set(Sheet::Inspector);
            }
        }
    };
    view! { <div class="phone" node_ref=list on:click=tapped></div> {crate::desk::desks(session)} }.into_any()
}

/// The lane whose tab was hit.
fn lane_tab(target: Option<web_sys::EventTarget>) -> Option<String> {
    let element = target?.dyn_into::<Element>().ok()?;
    element.closest("[data-lane-tab]").ok()??.get_attribute("data-lane-tab")
}

/// A part of the list.
fn part(key: String, label: String) -> Node {
    node("section").key(key).is("class", "part").set("aria-label", label)
}

/// A piece of text.
fn span(class: &'static str, text: String) -> Node {
    node("span").is("class", class).text(text)
}

/// A heading that can be tapped: a name, and what there is to know.
fn heading(class: String, target: String, name: String, says: String) -> Node {
    node("button")
        .is("type", "button")
        .set("class", class)
        .set("data-target", target)
        .child(node("b").text(name))
        .child(span("dim", says))
}

/// A line that is not a record.
fn remark(text: String) -> Node {
    node("p").is("class", "nothing").text(text)
}
