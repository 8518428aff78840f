//! Both stages: the same drawing as the one stage, each with what differs framed and signed.

use super::Shown;
use crate::lean::{attr, text};
use crate::memo::Memo;
use crate::paint::{Canvas, Node, Space, node};
use crate::session::Session;
use crate::stage::draw::{at, px};
use crate::stage::{key, picture};
use leptos::prelude::*;
use leptos::svg;
use millrace_view::{Rect, Scene, Target, Viewport};
use millrace_words::beside as say;
use wasm_bindgen::JsCast;

/// From this width of the page on they stand side by side.
const SIDE_BY_SIDE: f64 = 861.0;
/// A stage is drawn at least so wide, and shrunk to its room.
const LEAST: f32 = 640.0;
/// Room around the stages.
const MARGINS: f64 = 56.0;

/// How wide one stage is, followed as the window changes.
pub fn viewport() -> RwSignal<Viewport> {
    let measure = || {
        let width = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1_024.0);
        let room = if width < SIDE_BY_SIDE { width - 24.0 } else { (width - MARGINS) / 2.0 };
        Viewport { width: (room as f32).max(LEAST), is_touch: false }
    };
    let viewport = RwSignal::new(measure());
    let resized = window_event_listener(leptos::ev::resize, move |_| {
        let _ = viewport.try_set(measure());
    });
    on_cleanup(move || resized.remove());
    viewport
}

/// One of the two.
pub fn stage(session: Session, shown: Memo<Shown>, titles: Memo<[String; 2]>, which: usize) -> AnyView {
    let place = NodeRef::<svg::Svg>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        canvas.set_value(Some(Canvas::new(document(), place.unchecked_into(), Space::Svg)));
    });
    Effect::new(move |_| {
        let is_there = place.get().is_some();
        let drawn = shown.with(|shown| {
            let scene = shown.scenes.as_ref()?.get(which)?;
            let mut marks: Vec<Node> = Vec::new();
            let mut framed: Vec<Rect> = Vec::new();
            for target in shown.compared.targets() {
                let place = place_of(scene, &target).filter(|rect| !framed.contains(rect));
                if let Some(rect) = place {
                    framed.push(rect);
                    marks.push(mark(key::key(&target), rect));
                }
            }
            Some(picture(scene, None, true).mute().children(marks).is("class", "stage"))
        });
        let now = session.playhead.get_untracked();
        canvas.update_value(|canvas| {
            if let (Some(canvas), Some(drawn), true) = (canvas, drawn, is_there) {
                canvas.show(drawn);
                canvas.move_to(now);
            }
        });
    });
    Effect::new(move |_| {
        let (now, is_still) = (session.playhead.get(), is_still.get());
        canvas.update_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.keep_still(is_still);
                canvas.move_to(now);
            }
        });
    });
    let title = move || {
        let title = titles.with(|titles| titles.get(which).cloned()).unwrap_or_default();
        if which == 0 { say::played(&title) } else { title }
    };
    let clock = move || session.playhead.get().to_string();
    let says = move || say::the_stage_of_what_differs(&title());
    let hash = move || match which {
        0 => String::new(),
        _ => shown.with(|shown| shown.hash.clone().unwrap_or_default()),
    };
    view! {
        <figure class="beside-stage" data-hash=attr(hash)>
            <figcaption class="row"><b>{text(title)}</b> <span class="number dim">{text(clock)}</span></figcaption>
            <div class="beside-room">
                <svg class="stage" role="img" aria-label=attr(says) node_ref=place></svg>
            </div>
        </figure>
    }
    .into_any()
}

/// Where it is; a partition without a lane stands with its topic, as in a chain of retries.
fn place_of(scene: &Scene, target: &Target) -> Option<Rect> {
    key::place(scene, target).or_else(|| match target {
        Target::Partition(tp) => key::place(scene, &Target::Topic(tp.topic.clone())),
        _ => None,
    })
}

/// A frame around what differs, with a sign: not by colour alone.
fn mark(key: String, rect: Rect) -> Node {
    let out = 3.0;
    let (w, h) = (rect.w + 2.0 * out, rect.h + 2.0 * out);
    let sign = node("text").is("aria-hidden", "true").set("x", px(w)).is("y", "4").text("≠".to_owned());
    node("g")
        .key(format!("differs {key}"))
        .is("class", "differs-mark")
        .set("style", at(rect.x - out, rect.y - out))
        .child(node("rect").set("width", px(w)).set("height", px(h)).is("rx", "8"))
        .child(sign)
}
