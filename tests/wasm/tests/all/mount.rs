//! The page mounts as `main` mounts it, and takes the loading mark away.

use leptos::prelude::document;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

/// What the page's program exports: `rest.js` calls it.
#[wasm_bindgen]
pub fn begin() {
    millrace_web::begin();
}

#[wasm_bindgen_test]
async fn the_page_mounts_and_the_loading_mark_goes() {
    let body = document().body().unwrap();
    let mark = document().create_element("div").unwrap();
    mark.set_id("boot");
    body.append_child(&mark).unwrap();

    let others = children(&body);
    millrace_web::start();
    // It grows in parts.
    while document().get_element_by_id("boot").is_some() {
        gloo_timers::future::TimeoutFuture::new(10).await;
    }

    let heading = document().query_selector("header h1").unwrap().unwrap();
    assert_eq!(heading.text_content().as_deref(), Some("millrace"));

    // The page lives on, as it does for a learner. Out of the document it has no stage that the other tests' keys
    // could find in place of their own.
    children(&body).iter().filter(|child| !others.contains(child)).for_each(Element::remove);
}

fn children(of: &Element) -> Vec<Element> {
    let all = of.children();
    (0..all.length()).filter_map(|n| all.item(n)).collect()
}
