//! The page comes about in parts, each in a task of the browser's own, so that it answers between them (`docs/decisions/0015`).
//! Where nothing grows, as in tests and widgets, a part is built where it stands.

use crate::lean::maybe;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/rest.js")]
extern "C" {
    #[wasm_bindgen(js_name = inTask)]
    fn in_task(work: &JsValue);
}

type Work = Box<dyn FnOnce()>;

thread_local! {
    static GROWS: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<VecDeque<Work>> = const { RefCell::new(VecDeque::new()) };
    static LAST: RefCell<VecDeque<Work>> = const { RefCell::new(VecDeque::new()) };
}

/// Lets parts grow from now on, until nothing waits any more; `first` is the first work.
pub fn begin(first: impl FnOnce() + 'static) {
    GROWS.set(true);
    then(first);
    next();
}

/// Does something in a task of its own, after all that waits already; at once where nothing grows.
pub fn then(work: impl FnOnce() + 'static) {
    if !GROWS.get() {
        return work();
    }
    WAITING.with_borrow_mut(|waiting| waiting.push_back(Box::new(work)));
}

/// Does something once all parts are there; at once where nothing grows.
pub fn at_last(work: impl FnOnce() + 'static) {
    if !GROWS.get() {
        return work();
    }
    LAST.with_borrow_mut(|last| last.push_back(Box::new(work)));
}

/// A part of the page in a task of its own.
pub fn part(build: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    if !GROWS.get() {
        return build();
    }
    let is_due = RwSignal::new(false);
    let mut build = Some(build);
    then(move || {
        // The page's root may be gone.
        let _ = is_due.try_set(true);
    });
    maybe(move || is_due.get().then(|| build.take().map(|build| build()))?)
}

/// One piece of work a task.
fn next() {
    let work = Closure::once_into_js(|| {
        let waiting = WAITING.with_borrow_mut(VecDeque::pop_front);
        match waiting.or_else(|| LAST.with_borrow_mut(VecDeque::pop_front)) {
            Some(work) => {
                // Before the work, which may be the last thing that this page does.
                next();
                work();
            }
            None => GROWS.set(false),
        }
    });
    in_task(&work);
}
