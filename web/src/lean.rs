//! Small code: every closure in a `view!` is a type of its own, and the framework's machinery is compiled once for each.
//! Behind a pointer they are one type. What changes a lot per frame is not slower for it: one indirect call.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// A text that changes.
pub fn text(text: impl FnMut() -> String + Send + 'static) -> AnyView {
    let text: SharedReactiveFunction<String> = Arc::new(Mutex::new(text));
    text.into_any()
}

/// A part of the picture that changes.
pub fn part(part: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let part: SharedReactiveFunction<AnyView> = Arc::new(Mutex::new(part));
    part.into_any()
}

/// A part that is there or not.
pub fn maybe(part: impl FnMut() -> Option<AnyView> + Send + 'static) -> AnyView {
    let part: SharedReactiveFunction<Option<AnyView>> = Arc::new(Mutex::new(part));
    part.into_any()
}

/// An attribute that changes.
pub fn attr(value: impl FnMut() -> String + Send + 'static) -> SharedReactiveFunction<String> {
    Arc::new(Mutex::new(value))
}

/// An attribute that is there or not.
pub fn attr_maybe(
    value: impl FnMut() -> Option<&'static str> + Send + 'static,
) -> SharedReactiveFunction<Option<&'static str>> {
    Arc::new(Mutex::new(value))
}

/// What draws one item of a list; it runs once, when the item is new.
pub type Draw = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// A list by keys.
pub fn each(items: impl Fn() -> Vec<(String, Draw)> + Send + Sync + 'static) -> AnyView {
    fn erased(items: Arc<dyn Fn() -> Vec<(String, Draw)> + Send + Sync>) -> AnyView {
        view! { <For each=move || items() key=|(key, _)| key.clone() let((_key, draw))>{draw()}</For> }
            .into_any()
    }
    erased(Arc::new(items))
}

/// One item of a list.
pub fn item(key: impl ToString, draw: impl Fn() -> AnyView + Send + Sync + 'static) -> (String, Draw) {
    (key.to_string(), Arc::new(draw))
}
