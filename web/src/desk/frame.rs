//! What every desk below the stage has: a line that opens it, tabs, and room for pictures. It knows nothing of what is
//! looked at.

use crate::lean::{attr, each, item, part};
use crate::paint::{Canvas, Node, Space};
use crate::session::{Session, next_frame};
use crate::ui::Disclosure;
use leptos::prelude::*;
use leptos::{html, svg};
use millrace_words::desk as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A desk, for the panels on it.
#[derive(Clone)]
pub struct Look {
    /// The session.
    pub session: Session,
    /// Whose desk it is: an application.
    pub name: Arc<str>,
    /// The name of the tab that is wanted; none of them: the first.
    pub tab: RwSignal<&'static str>,
    /// Changes when the desk is opened.
    opened: RwSignal<u32>,
    place: NodeRef<html::Section>,
}

impl Look {
    /// Has the reader run again when the desk is opened, and with every step while it is open. False while it is closed:
    /// then nothing is computed.
    pub fn is_due(&self) -> bool {
        self.opened.track();
        self.session.scene.track();
        self.session.viewport.track();
        let section = self.place.get_untracked();
        section.is_some_and(|section| matches!(section.query_selector(":scope > details[open]"), Ok(Some(_))))
    }
}

/// One thing that can be looked at.
#[derive(Clone, Copy)]
pub struct Tab {
    /// Its name in English, by which scenes open it.
    pub name: &'static str,
    /// What its button says.
    pub shown: millrace_words::Say,
    /// What is shown.
    pub panel: fn(Look) -> AnyView,
}

/// A desk: `summary` is the line that opens it, `inside` is built when that is first done.
pub fn desk(
    session: Session,
    name: &Arc<str>,
    label: String,
    summary: Signal<String>,
    inside: fn(Look) -> AnyView,
) -> AnyView {
    let (tab, opened) = (RwSignal::new(""), RwSignal::new(0));
    let look = Look { session, name: name.clone(), tab, opened, place: NodeRef::new() };
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

/// Opens the desk of that name, at that tab, as soon as it is on the page.
pub fn open(name: &str, tab: &'static str) {
    let name = name.to_owned();
    let press = |wanted: &dyn Fn(&web_sys::HtmlElement) -> bool, selector: &str| {
        let Ok(all) = document().query_selector_all(selector) else { return };
        let all = (0..all.length()).filter_map(|n| all.item(n)?.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(found) = all.into_iter().find(|element| wanted(element)) {
            found.click();
        }
    };
    next_frame(move || {
        press(&|_| true, &["[data-desk=\"", &name, "\"] > details:not([open]) > summary"].concat());
        next_frame(move || {
            let is_it =
                |element: &web_sys::HtmlElement| element.get_attribute("data-tab").as_deref() == Some(tab);
            press(&is_it, &["[data-desk=\"", &name, "\"] .chip-button"].concat());
        });
    });
}

/// The tabs of a desk, and the panel of the one that is wanted, which is the first at first.
pub fn tabs(look: Look, tabs: impl Fn() -> Vec<Tab> + Send + Sync + 'static) -> AnyView {
    let tabs: Arc<dyn Fn() -> Vec<Tab> + Send + Sync> = Arc::new(tabs);
    let first = untrack(|| tabs().first().map_or("", |tab| tab.name));
    let wanted = look.tab;
    if wanted.with_untracked(|name| name.is_empty()) {
        wanted.set(first);
    }
    let all = tabs.clone();
    let buttons = part(move || {
        let button = |tab: Tab| {
            let pressed = attr(move || (wanted.get() == tab.name).to_string());
            view! {
                <button type="button" class="chip-button" data-tab=tab.name aria-pressed=pressed on:click=move |_| wanted.set(tab.name)>
                    {(tab.shown)()}
                </button>
            }
            .into_any()
        };
        all().into_iter().map(button).collect::<Vec<_>>().into_any()
    });
    // By its name: a panel takes the place of another, it never grows out of what that one has painted.
    let body = each(move || {
        let wanted = wanted.get();
        let found = untrack(|| tabs().into_iter().find(|tab| tab.name == wanted));
        let look = look.clone();
        found.map(|tab| item(tab.name, move || (tab.panel)(look.clone()))).into_iter().collect()
    });
    view! {
        <div class="chips" role="group" aria-label=say::what_to_look_at()>{buttons}</div>
        {body}
    }
    .into_any()
}

/// How wide a picture of a desk may be.
pub fn width(session: Session) -> f32 {
    let desk = document().query_selector(".desks > .desk").ok().flatten();
    let room = desk.map_or(0.0, |desk| desk.client_width() as f32);
    let room = if room > 0.0 { room } else { session.viewport.get_untracked().width - 48.0 };
    room.max(300.0)
}

/// A sign of a picture and what it means.
pub fn sample(class: &'static str, means: &'static str) -> AnyView {
    view! { <span class="sign-of"><span class=format!("sample {class}")></span> " " {means} " "</span> }
        .into_any()
}

/// A picture. `draw` is asked again whenever what it reads has changed.
pub fn picture(
    name: &'static str,
    label: &'static str,
    draw: impl Fn() -> Option<Node> + 'static,
) -> (AnyView, NodeRef<svg::Svg>) {
    let (view, place, _) = canvas_picture(name, label, draw);
    (view, place)
}

/// A picture in which something follows the playhead.
pub fn moving_picture(
    session: Session,
    name: &'static str,
    label: &'static str,
    draw: impl Fn() -> Option<Node> + 'static,
) -> AnyView {
    let (view, _, canvas) = canvas_picture(name, label, draw);
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    Effect::new(move |_| {
        let (now, is_still) = (session.playhead.get(), is_still.get());
        session.scene.track();
        canvas.update_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.keep_still(is_still);
                canvas.move_to(now);
            }
        });
    });
    view
}

type Held = StoredValue<Option<Canvas>, LocalStorage>;

fn canvas_picture(
    name: &'static str,
    label: &'static str,
    draw: impl Fn() -> Option<Node> + 'static,
) -> (AnyView, NodeRef<svg::Svg>, Held) {
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
    (view.into_any(), place, canvas)
}

/// A picture made of text, tables and bars. `draw` is asked again whenever what it reads has changed.
pub fn html_picture(draw: impl Fn() -> Option<Node> + 'static) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    let draw: Box<dyn Fn() -> Option<Node>> = Box::new(draw);
    Effect::new(move |_| {
        let Some(element) = place.get() else { return };
        let picture = crate::paint::node("div").is("class", "painted").maybe(draw());
        canvas.update_value(|canvas| {
            let canvas =
                canvas.get_or_insert_with(|| Canvas::new(document(), element.unchecked_into(), Space::Html));
            canvas.show(picture);
        });
    });
    view! { <div class="painted" node_ref=place></div> }.into_any()
}
