//! The playback clock: the only place where wall time meets virtual time.

use super::Session;
use leptos::prelude::*;
use millrace_model::Span;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// The closure that asks for itself again: it holds itself, as long as the page lives.
type Frame = Rc<RefCell<Option<Closure<dyn FnMut()>>>>;

/// A longer gap between two frames (a hidden tab, a slow machine) counts as this much.
const LONGEST_FRAME_MS: f64 = 100.0;
/// Wall time that one frame may spend on the engine, so that the page stays quick at any speed.
const ENGINE_SHARE_MS: f64 = 9.0;

/// Lets time run with the browser's frames, for as long as the page lives.
pub fn start_clock(session: Session) {
    let Some(performance) = web_sys::window().and_then(|window| window.performance()) else { return };
    let last = Rc::new(RefCell::new(performance.now()));
    let frame = Frame::default();
    let next = frame.clone();
    *frame.borrow_mut() = Some(Closure::new(move || {
        let now = performance.now();
        // The page's root is gone only in tests; then time ends with it.
        let Some(transport) = session.transport.try_get_untracked() else { return };
        let elapsed = (now - last.replace(now)).clamp(0.0, LONGEST_FRAME_MS);
        if transport.is_playing {
            let wall = Span((elapsed * 1_000.0) as u64);
            session.run_for(wall, || performance.now() - now < ENGINE_SHARE_MS);
        }
        request_frame(&next);
    }));
    request_frame(&frame);
}

fn request_frame(frame: &Frame) {
    if let (Some(window), Some(callback)) = (web_sys::window(), frame.borrow().as_ref()) {
        // A refusal means that the page is going away: then no frame is needed either.
        let _ = window.request_animation_frame(callback.as_ref().unchecked_ref());
    }
}

/// Does something with the browser's next frame.
pub fn next_frame(work: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(work);
    if let Some(window) = web_sys::window() {
        let _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

/// Does something after a while of the reader's time, in milliseconds.
pub fn after(ms: u64, work: impl FnOnce() + 'static) {
    set_timeout(work, std::time::Duration::from_millis(ms));
}
