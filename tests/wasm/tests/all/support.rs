//! A session over a world that a few lines have made, and a place in the page to mount components in.

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use millrace_script::{Runner, Statement, parse_script};
use millrace_sim::Setup;
use millrace_web::session::Session;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Three partitions, two consumers, five records, all committed.
pub const JOURNEY: &str = "kafka-topics --create --topic orders --partitions 3
app start billing --topic orders --instances 2
wait 10s
produce orders alice 1 + bob 2 + carol 3 + dave 4 + alice 5
wait 10s";

/// A mounted component.
pub struct Mounted {
    /// Its session.
    pub session: Session,
    place: HtmlElement,
    _handle: Box<dyn std::any::Any>,
}

/// Runs the lines, then mounts what `view` makes with the session in its context.
pub async fn mount(lines: &str, view: impl Fn() -> AnyView + 'static) -> Mounted {
    let setup = Setup::default();
    let (statements, problems) = parse_script(lines, setup.profile);
    assert_eq!(problems, Vec::new());
    let mut runner = Runner::new(setup);
    for (_, statement) in statements {
        runner.run(&statement).unwrap();
    }
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&place).unwrap();
    let timeline = runner.into_timeline();
    let (give, take) = std::sync::mpsc::channel();
    let handle: UnmountHandle<_> = mount_to(place.clone(), move || {
        let session = Session::new(timeline.clone(), 900.0);
        provide_context(session);
        give.send(session).unwrap();
        view()
    });
    let mounted = Mounted { session: take.recv().unwrap(), place, _handle: Box::new(handle) };
    settle().await;
    mounted
}

impl Mounted {
    /// Runs one more line and lets the components see it.
    pub async fn run(&self, line: &str) {
        let (statements, _) = parse_script(line, Setup::default().profile);
        assert!(matches!(statements.as_slice(), [(_, Statement::Do(_))]), "{line}");
        assert!(self.session.run_line(line), "{line}");
        settle().await;
    }

    /// The only element that matches.
    pub fn one(&self, selector: &str) -> Element {
        let all = self.all(selector);
        assert_eq!(all.len(), 1, "{selector} in {}", self.place.inner_html());
        all.into_iter().next().unwrap()
    }

    /// All elements that match, in the order of the document.
    pub fn all(&self, selector: &str) -> Vec<Element> {
        let all = self.place.query_selector_all(selector).unwrap();
        (0..all.length()).map(|n| all.item(n).unwrap().unchecked_into()).collect()
    }

    /// An attribute of all elements that match.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.all(selector).iter().map(|element| element.get_attribute(name).unwrap_or_default()).collect()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.place.remove();
    }
}

/// Lets effects run, and the events that the browser itself has waiting (a `details` says later that it has opened).
pub async fn settle() {
    for _ in 0..2 {
        leptos::task::tick().await;
        gloo_timers::future::TimeoutFuture::new(0).await;
    }
    leptos::task::tick().await;
}

/// A click, as a pointer makes it.
pub async fn click(element: &Element) {
    dispatch(element, "click", "");
    settle().await;
}

/// A key, pressed while the element has the focus.
pub async fn press(element: &Element, key: &str) {
    dispatch(element, "keydown", key);
    settle().await;
}

fn dispatch(element: &Element, event: &str, key: &str) {
    let event = if event == "click" {
        let init = web_sys::MouseEventInit::new();
        init.set_bubbles(true);
        web_sys::MouseEvent::new_with_mouse_event_init_dict(event, &init)
            .unwrap()
            .unchecked_into::<web_sys::Event>()
    } else {
        let init = web_sys::KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_key(key);
        web_sys::KeyboardEvent::new_with_keyboard_event_init_dict(event, &init).unwrap().unchecked_into()
    };
    element.dispatch_event(&event).unwrap();
}
