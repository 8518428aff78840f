//! The widget: a stage, a slim transport, and what an author asks for by attributes. It lives in a frame of its own in other
//! people's pages (`static/embed`), or, if they want it, in the page itself.
//!
//! It is a module of its own over the same crates (`src/bin/embed.rs`), much smaller than the page. What it does not know: the
//! host page, its address, its storage. It is given a text and attributes, tells events, and answers what the element's
//! methods ask.

mod answers;
mod bar;
mod board;
mod lesson;
mod preset;
mod wish;

pub use answers::ask;
pub use preset::{Preset, preset};
pub use wish::{Controls, View, Wish};

use crate::rest;
use crate::session::Session;
use leptos::mount::mount_to;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// A widget in its place.
struct Widget {
    number: u32,
    session: Session,
    guest: Option<crate::lesson::Guest>,
    wish: Wish,
    tell: Tell,
    /// Dropped, it takes the widget out of the page.
    _root: Box<dyn Any>,
}

/// A widget that waits for the second half of the module.
struct Waiting {
    number: u32,
    place: HtmlElement,
    wish: Wish,
    tell: Tell,
}

thread_local! {
    static WIDGETS: RefCell<Vec<Widget>> = const { RefCell::new(Vec::new()) };
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Whom a widget's events are told to.
#[derive(Clone)]
pub struct Tell(Rc<js_sys::Function>);

impl Tell {
    /// Tells an event of that name, without the `millrace-`.
    pub fn event(&self, name: &str, detail: &[(&str, JsValue)]) {
        // A host that throws has had its event.
        let _ = self.0.call2(&JsValue::NULL, &name.into(), &object(detail));
    }

    /// Tells that something went wrong: a short code, and a sentence.
    pub fn error(&self, code: &str, message: &str) {
        self.event("error", &[("code", code.into()), ("message", message.into())]);
    }
}

/// A plain object for the host.
fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in entries {
        // Only a frozen object refuses.
        let _ = js_sys::Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// Readies the module; nothing else may be done before.
pub fn prepare() {
    rest::prepare();
    crate::session::keep::never();
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // Whatever broke, the page around it must learn of it; nothing of ours can be trusted to find out which one it was.
        WIDGETS.with(|all| {
            let tell: Vec<Tell> =
                all.try_borrow().map(|all| all.iter().map(|w| w.tell.clone()).collect()).unwrap_or_default();
            tell.iter().for_each(|tell| tell.error("defect", &info.to_string()));
        });
    }));
}

/// Puts a widget into an element, now or once all that it needs is there. See `src/bin/embed.rs`.
pub fn mount(place: HtmlElement, wish: &JsValue, tell: js_sys::Function) -> u32 {
    let number = NEXT.with(|next| next.replace(next.get() + 1));
    let (wish, tell) = (Wish::read(wish), Tell(Rc::new(tell)));
    let needs_all = wish.needs_all();
    WAITING.with(|all| all.borrow_mut().push(Waiting { number, place, wish, tell }));
    rest::begin(needs_all);
    number
}

/// Begins the widgets that wait.
pub fn begin() {
    let waiting = WAITING.with(RefCell::take);
    for Waiting { number, place, wish, tell } in waiting {
        millrace_words::set(wish.language);
        let made = Rc::new(Cell::new(None));
        let (given, of, to) = (made.clone(), wish.clone(), tell.clone());
        let root = mount_to(place, move || {
            let (session, guest, view) = board::board(of, to);
            given.set(Some((session, guest)));
            view
        });
        if let Some((session, guest)) = made.get() {
            WIDGETS.with(|all| {
                all.borrow_mut().push(Widget { number, session, guest, wish, tell, _root: Box::new(root) })
            });
        }
    }
}
