//! The panels, mounted as the page mounts them, operated as a learner operates them.

use crate::support::settle;
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlInputElement, KeyboardEvent, KeyboardEventInit, MouseEvent,
    MouseEventInit,
};

/// A page of its own, on a first visit, with time standing still.
struct Page {
    root: HtmlElement,
    handle: Option<Box<dyn std::any::Any>>,
}

impl Page {
    async fn open() -> Page {
        for storage in [window().local_storage(), window().session_storage()] {
            storage.unwrap().unwrap().clear().unwrap();
        }
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&root).unwrap();
        let handle: UnmountHandle<_> = mount_to(root.clone(), millrace_web::App);
        let page = Page { root, handle: Some(Box::new(handle)) };
        settle().await;
        page.press("[aria-label=pause]").await;
        assert_eq!(page.time("data-playing"), "false");
        page
    }

    fn find(&self, selector: &str) -> Element {
        self.all(selector).into_iter().next().unwrap_or_else(|| panic!("nothing is {selector}"))
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).map(|n| found.get(n).unwrap().unchecked_into()).collect()
    }

    async fn press(&self, selector: &str) {
        self.find(selector).unchecked_into::<HtmlElement>().click();
        settle().await;
    }

    async fn type_into(&self, selector: &str, text: &str) {
        let input: HtmlInputElement = self.find(selector).unchecked_into();
        input.set_value(text);
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        input.dispatch_event(&Event::new_with_event_init_dict("input", &bubbles).unwrap()).unwrap();
        settle().await;
    }

    async fn key(&self, selector: &str, key: &str) {
        let init = KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        init.set_key(key);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        self.find(selector).dispatch_event(&event).unwrap();
        settle().await;
    }

    fn time(&self, attribute: &str) -> String {
        self.find(".time").get_attribute(attribute).unwrap_or_default()
    }

    fn text(&self, selector: &str) -> String {
        self.find(selector).text_content().unwrap_or_default()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(self.handle.take());
        self.root.remove();
    }
}

const KEY: &str = ".produce .field input";

#[wasm_bindgen_test]
async fn enter_produces_a_record_and_it_is_seen_on_a_partition() {
    let page = Page::open().await;
    page.type_into(KEY, "zoe").await;
    page.key(KEY, "Enter").await;
    assert_eq!(page.text(".same-as code"), r#"produce orders zoe '{"amount": 12}'"#);
    let cells = "[data-target^='record/orders-'] [aria-label*='key zoe']";
    assert!(page.all(cells).is_empty(), "it is not there before it has arrived");
    for _ in 0..200 {
        if !page.all(cells).is_empty() {
            break;
        }
        page.press("[aria-label='step forward']").await;
    }
    assert_eq!(page.all(cells).len(), 1);
    let first: HtmlInputElement = page.find(KEY).unchecked_into();
    assert_eq!(first.value(), "zoe", "the form stays as it was");
}

#[wasm_bindgen_test]
async fn steps_go_forward_and_back_to_the_same_worlds() {
    let page = Page::open().await;
    let (step, hash) = (page.time("data-step"), page.time("data-hash"));
    page.press("[aria-label='step forward']").await;
    let further = page.time("data-hash");
    assert!(page.time("data-step").parse::<u64>().unwrap() > step.parse().unwrap());
    assert_ne!(further, hash);
    page.key(".scrubber", "Home").await;
    assert_eq!(page.time("data-step"), "0");
    page.key(".scrubber", "End").await;
    assert_eq!(page.time("data-hash"), further);
}

#[wasm_bindgen_test]
async fn undo_takes_a_command_back_and_redo_does_it_again() {
    let page = Page::open().await;
    let before = page.time("data-hash");
    page.key(KEY, "Enter").await;
    let after = page.time("data-hash");
    assert_ne!(after, before);
    page.press(".undo button").await;
    assert_eq!(page.time("data-hash"), before);
    page.press(".undo [aria-label=redo]").await;
    assert_eq!(page.time("data-hash"), after);
}

#[wasm_bindgen_test]
async fn the_menu_changes_the_speed() {
    let page = Page::open().await;
    let speed = || page.text(".speed summary").trim().to_owned();
    assert_eq!(speed(), "1×");
    page.press(".speed summary").await;
    page.press(".speed .menu-item:first-child").await;
    assert_eq!(speed(), "0.1×");
    page.press(".speed summary").await;
    page.press(".speed .menu-item:last-child").await;
    assert_eq!(speed(), "100×");
}

#[wasm_bindgen_test]
async fn a_failure_rule_that_is_wrong_says_where_and_does_nothing() {
    let page = Page::open().await;
    let hash = page.time("data-hash");
    let field = "[data-app=billing] [data-field=fails]";
    page.type_into(field, "value.amount <").await;
    let error = "[data-app=billing] .field-error";
    assert!(page.text(error).starts_with("column 15: expected a value"), "{}", page.text(error));
    page.key(field, "Enter").await;
    assert_eq!(page.time("data-hash"), hash);
    page.type_into(field, "value.amount < 3").await;
    assert!(page.all(error).is_empty());
    page.key(field, "Enter").await;
    assert_eq!(page.text(".same-as code"), "app fails billing when 'value.amount < 3'");
    assert_ne!(page.time("data-hash"), hash);
}

#[wasm_bindgen_test]
async fn a_click_on_a_record_says_what_it_is_and_why() {
    let page = Page::open().await;
    assert!(page.all(".why").is_empty());
    let cell = page.find("[data-target^='record/orders-0/']");
    let bubbles = MouseEventInit::new();
    bubbles.set_bubbles(true);
    cell.dispatch_event(&MouseEvent::new_with_mouse_event_init_dict("click", &bubbles).unwrap()).unwrap();
    settle().await;
    assert!(page.text(".inspected-title").starts_with("orders · P0 · offset "));
    let why = page.text(".why");
    assert!(why.contains("toPositive(murmur2(") && why.contains("mod 3 = 0"), "{why}");
    let step: u64 = page.time("data-step").parse().unwrap();
    page.press(".why button").await;
    assert!(page.time("data-step").parse::<u64>().unwrap() < step, "the first cause lies earlier");
}
